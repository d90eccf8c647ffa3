//! The address cells of rows: the IPv4 addresses in one loop, all others in another, so that neither has to guess which
//! kind comes next; in a table of IPv4 addresses, there is only the one.

use super::address::{looks_like_v4, read_address, v4, v6_in_full};
use super::lane::{Lane, LaneAddress};
use super::row::{Field, Rows, STRIP};
use crate::eval::Sieve;
use std::net::IpAddr;

/// What is known of the addresses of a table.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Among the last ones were others than IPv4 addresses.
    mixed: bool,
}

/// So many others at most are read among the IPv4 addresses.
const FEW: usize = STRIP / 16;

impl Addresses {
    /// Looks at a column of addresses.
    pub(super) fn look_at<const N: usize>(
        &mut self,
        rows: &Rows<'_>,
        column: usize,
        sieve: &Sieve<N>,
        lanes: &mut [Lane<N>],
    ) {
        let (mut four, mut others) = (ALL, [0_u8; STRIP]);
        let (mut fours, mut rest) = (rows.len(), 0);
        if self.mixed {
            fours = 0;
            for (at, field) in (0..).zip(rows.column(column)) {
                let is_four = looks_like_v4(rows.text, field.start as usize, field.length());
                four[fours % STRIP] = at;
                others[rest % STRIP] = at;
                fours += usize::from(is_four);
                rest += usize::from(!is_four);
            }
        }
        let found = read_v4(rows, column, sieve, lanes, &four[..fours]);
        read_others(rows, column, sieve, lanes, &others[..rest]);
        self.mixed = lanes.len() - found > FEW;
    }
}

/// Every place of a strip.
const ALL: [u8; STRIP] = {
    let mut all = [0; STRIP];
    let mut at = 0_u8;
    while (at as usize) < STRIP {
        all[at as usize] = at;
        at += 1;
    }
    all
};

/// Reads what is most likely IPv4, and tells how many are.
fn read_v4<const N: usize>(
    rows: &Rows<'_>,
    column: usize,
    sieve: &Sieve<N>,
    lanes: &mut [Lane<N>],
    places: &[u8],
) -> usize {
    let mut bits = [None; STRIP];
    for (bits, at) in bits.iter_mut().zip(places) {
        let field = rows.field(usize::from(*at), column);
        *bits = v4(rows.text, field.start as usize, field.length());
    }
    let mut found = places.len();
    for (bits, at) in bits.iter().zip(places) {
        let lane = &mut lanes[usize::from(*at)];
        if let Some(bits) = bits {
            lane.address = LaneAddress::Of(sieve.class_of_v4(*bits));
        } else {
            lane.read_address(rows, rows.field(usize::from(*at), column), sieve);
            found -= 1;
        }
    }
    found
}

/// Reads what is most likely IPv6.
fn read_others<const N: usize>(
    rows: &Rows<'_>,
    column: usize,
    sieve: &Sieve<N>,
    lanes: &mut [Lane<N>],
    places: &[u8],
) {
    for at in places {
        let lane = &mut lanes[usize::from(*at)];
        let field = rows.field(usize::from(*at), column);
        match v6_in_full(rows.text, field.start as usize, field.length()) {
            Some(bits) => lane.address = LaneAddress::Of(sieve.class_of_v6(bits)),
            None => lane.read_address(rows, field, sieve),
        }
    }
}

impl<const N: usize> Lane<N> {
    /// Reads an address in whatever form it has.
    fn read_address(&mut self, rows: &Rows<'_>, field: Field, sieve: &Sieve<N>) {
        if field == Field::MISSING {
            return;
        }
        self.address = match read_address(rows.cell(field), rows.strip_port) {
            Ok(Some(IpAddr::V4(ip))) => LaneAddress::Of(sieve.class_of_v4(ip.to_bits())),
            Ok(Some(IpAddr::V6(ip))) => LaneAddress::Of(sieve.class_of_v6(ip.to_bits())),
            Ok(None) => LaneAddress::Absent,
            Err(_) => {
                self.slow = true;
                return;
            }
        };
    }
}
