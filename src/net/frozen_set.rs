//! A set of addresses, laid out to be asked.

use super::{Address, Cidr, Partition};

/// A set of addresses that answers one question, fast: whether an address is in it.
///
/// # Example
/// ```
/// use ipcond::net::{Cidr, FrozenSet, parse_address};
/// let halves = ["203.0.113.0/25", "203.0.113.128/25"].map(|text| text.parse::<Cidr>().unwrap());
/// let set = FrozenSet::from_iter(halves);
/// assert!(set.contains(parse_address("::ffff:203.0.113.200").unwrap().0)); // an IPv4 address (IP-8)
/// assert!(!set.contains(parse_address("::203.0.113.200").unwrap().0));
/// ```
#[derive(Clone, Debug)]
pub struct FrozenSet(Partition);

impl FrozenSet {
    /// Whether the address is in the set.
    pub fn contains(&self, address: Address) -> bool {
        self.0.is_in(self.0.class_of(address), 0)
    }

    /// Whether the IPv4 address is in the set.
    pub fn contains_v4(&self, address: u32) -> bool {
        self.0.is_in(self.0.class_of_v4(address), 0)
    }

    /// Whether the IPv6 address is in the set. `::ffff:0:0/96` is ordinary IPv6 here.
    pub fn contains_v6(&self, address: u128) -> bool {
        self.0.is_in(self.0.class_of_v6(address), 0)
    }

    /// The memory that it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl FromIterator<Cidr> for FrozenSet {
    fn from_iter<I: IntoIterator<Item = Cidr>>(blocks: I) -> Self {
        Self(Partition::new([blocks]))
    }
}
