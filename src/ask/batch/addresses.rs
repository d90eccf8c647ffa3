//! The address cells of rows: the IPv4 addresses in one loop, all others in another, so that neither has to guess which
//! kind comes next.

use super::address::{looks_like_v4, read_address, v4, v6_in_full};
use super::lane::{Lane, LaneAddress};
use super::row::{Field, Rows, STRIP};
use crate::eval::Sieve;
use std::net::IpAddr;

/// Looks at a column of addresses.
pub(super) fn column<const N: usize>(
    rows: &Rows<'_>,
    column: usize,
    sieve: &Sieve<N>,
    lanes: &mut [Lane<N>],
) {
    let (mut four, mut others) = ([0_u8; STRIP], [0_u8; STRIP]);
    let (mut fours, mut rest) = (0, 0);
    for (at, field) in (0..).zip(rows.column(column)) {
        let is_four = looks_like_v4(rows.text, field.start as usize, field.length());
        four[fours % STRIP] = at;
        others[rest % STRIP] = at;
        fours += usize::from(is_four);
        rest += usize::from(!is_four);
    }
    let mut bits = [None; STRIP];
    for (bits, at) in bits.iter_mut().zip(&four[..fours]) {
        let field = rows.field(usize::from(*at), column);
        *bits = v4(rows.text, field.start as usize, field.length());
    }
    for (bits, at) in bits.iter().zip(&four[..fours]) {
        let lane = &mut lanes[usize::from(*at)];
        match bits {
            Some(bits) => lane.address = LaneAddress::Of(sieve.class_of_v4(*bits)),
            None => lane.read_address(rows, rows.field(usize::from(*at), column), sieve),
        }
    }
    for at in &others[..rest] {
        let (lane, field) = (
            &mut lanes[usize::from(*at)],
            rows.field(usize::from(*at), column),
        );
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
