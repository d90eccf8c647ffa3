//! A set of addresses, laid out to be asked.

use std::net::IpAddr;

use super::lanes::LANES;
use super::list_sets::{EMPTY, ListSetsBuilder};
use super::segments::{Entries, Segments};
use super::table_v4::TableV4;
use super::table_v6::TableV6;
use super::{Address, Cidr};

/// A set of addresses that answers one question, fast: whether an address is in it.
///
/// # Example
/// ```
/// use ipcond::net::{Cidr, FrozenSet, parse_address};
/// let halves = ["203.0.113.0/25", "203.0.113.128/25"].map(|text| text.parse::<Cidr>().expect("a block"));
/// let set = FrozenSet::from_iter(halves);
/// assert!(set.contains(parse_address("::ffff:203.0.113.200").expect("an address").0)); // an IPv4 address (IP-8)
/// assert!(!set.contains(parse_address("::203.0.113.200").expect("an address").0));
/// ```
#[derive(Clone, Debug)]
pub struct FrozenSet {
    // the classes are 1 inside, 0 outside
    v4: TableV4<false>,
    v6: TableV6<8>,
}

impl FrozenSet {
    /// Whether the address is in the set.
    #[inline]
    pub fn contains(&self, address: Address) -> bool {
        match address.ip() {
            IpAddr::V4(ip) => self.contains_v4(ip.to_bits()),
            IpAddr::V6(ip) => self.contains_v6(ip.to_bits()),
        }
    }

    /// Whether the IPv4 address is in the set.
    #[inline]
    pub fn contains_v4(&self, address: u32) -> bool {
        self.v4.find(address) != 0
    }

    /// Whether the IPv6 address is in the set. `::ffff:0:0/96` is ordinary IPv6 here.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call would make a look-up slower by a third"
    )]
    pub fn contains_v6(&self, address: u128) -> bool {
        self.v6.find(address) != 0
    }

    /// Writes whether each IPv4 address is in the set to the same place of `inside`; as many as the shorter slice has. One
    /// call for many addresses is up to twice as fast as a call for each.
    pub fn contain_v4(&self, addresses: &[u32], inside: &mut [bool]) {
        for (addresses, inside) in addresses.chunks(LANES).zip(inside.chunks_mut(LANES)) {
            let count = addresses.len().min(inside.len());
            self.v4
                .find_each(&addresses[..count], |lane, class| inside[lane] = class != 0);
        }
    }

    /// Writes whether each IPv6 address is in the set to the same place of `inside`; as many as the shorter slice has.
    pub fn contain_v6(&self, addresses: &[u128], inside: &mut [bool]) {
        for (addresses, inside) in addresses.chunks(LANES).zip(inside.chunks_mut(LANES)) {
            let count = addresses.len().min(inside.len());
            self.v6
                .find_each(&addresses[..count], |lane, class| inside[lane] = class != 0);
        }
    }

    /// The memory that it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.v4.bytes() + self.v6.bytes()
    }
}

impl FromIterator<Cidr> for FrozenSet {
    fn from_iter<I: IntoIterator<Item = Cidr>>(blocks: I) -> Self {
        let mut entries = Entries::default();
        for block in blocks {
            entries.push(block, 0);
        }
        let mut sets = ListSetsBuilder::new();
        let mut v4 = Segments::new(entries.v4, &mut sets);
        let mut v6 = Segments::new(entries.v6, &mut sets);
        for value in v4.values.iter_mut().chain(&mut v6.values) {
            *value = u32::from(*value != EMPTY);
        }
        Self {
            v4: TableV4::new(&v4),
            v6: TableV6::new(&v6),
        }
    }
}
