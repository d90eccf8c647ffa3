//! Sets of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets, Ipv6Net, Ipv6Subnets};
use iprange::IpRange;

use super::count::Count;
use super::ranges::Ranges;
use super::{Address, Cidr};

/// A set of the places that a request can come from: addresses of both families, and "no address in the request".
///
/// The IPv6 space is whole: `::ffff:0:0/96` is ordinary IPv6, which no request carries, since an IPv4-mapped address is
/// read as IPv4 (IP-8).
///
/// # Example
/// ```
/// use ipcond::net::{AddressSet, Cidr};
/// let halves = ["2001:db8::/32", "203.0.113.128/25", "203.0.113.0/25", "203.0.113.7/32"];
/// let set: AddressSet = halves.iter().filter_map(|text| text.parse::<Cidr>().ok()).collect();
/// let blocks: Vec<String> = set.blocks().map(|block| block.to_string()).collect();
/// assert_eq!(blocks, ["203.0.113.0/24", "2001:db8::/32"]); // the shortest list there is, IPv4 first
/// assert!(set.complement().has_none()); // "no address" is outside of every block (COND-4)
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddressSet {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
    none: bool,
}

impl AddressSet {
    /// All of IPv4 and IPv6, and no address.
    pub fn all() -> Self {
        Self {
            v4: Ranges::all(),
            v6: Ranges::all(),
            none: true,
        }
    }

    /// Only "no address in the request".
    pub fn none() -> Self {
        Self {
            none: true,
            ..Self::default()
        }
    }

    /// The addresses of ranges that may overlap, first and last address of each. A range whose ends are of different
    /// families or in the wrong order holds nothing.
    pub fn from_ranges(ranges: impl IntoIterator<Item = (IpAddr, IpAddr)>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in ranges {
            match range {
                (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
                    v4.push((first.to_bits(), last.to_bits()));
                }
                (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                    v6.push((first.to_bits(), last.to_bits()));
                }
                _ => {}
            }
        }
        Self {
            v4: Ranges::new(v4),
            v6: Ranges::new(v6),
            none: false,
        }
    }

    /// The same set with or without "no address in the request".
    #[must_use]
    pub fn with_none(self, none: bool) -> Self {
        Self { none, ..self }
    }

    /// Whether the address is in the set.
    pub fn contains(&self, address: Address) -> bool {
        match address.ip() {
            IpAddr::V4(ip) => self.v4.contains(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.contains(ip.to_bits()),
        }
    }

    /// Whether all of the block is in the set.
    pub fn contains_block(&self, block: Cidr) -> bool {
        match block.net() {
            IpNet::V4(net) => self
                .v4
                .contains_range(net.network().to_bits(), net.broadcast().to_bits()),
            IpNet::V6(net) => self
                .v6
                .contains_range(net.network().to_bits(), net.broadcast().to_bits()),
        }
    }

    /// Whether "no address in the request" is in the set.
    pub fn has_none(&self) -> bool {
        self.none
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        !self.none && !self.has_addresses()
    }

    /// Whether any address is in the set.
    pub fn has_addresses(&self) -> bool {
        !self.v4.is_empty() || !self.v6.is_empty()
    }

    /// What is in either.
    ///
    /// # Example
    /// ```
    /// use ipcond::net::AddressSet;
    /// let some = AddressSet::from_iter([["0.0.0.0/1".parse()?, "::/0".parse()?], ["128.0.0.0/1".parse()?, "::1".parse()?]].concat());
    /// assert_ne!(some, AddressSet::all()); // every address is not everything: a request may carry none
    /// assert_eq!(some.union(&AddressSet::none()), AddressSet::all());
    /// # Ok::<(), ipcond::net::CidrError>(())
    /// ```
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.union(&other.v4),
            v6: self.v6.union(&other.v6),
            none: self.none || other.none,
        }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.intersection(&other.v4),
            v6: self.v6.intersection(&other.v6),
            none: self.none && other.none,
        }
    }

    /// What is not in the set.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self {
            v4: self.v4.complement(),
            v6: self.v6.complement(),
            none: !self.none,
        }
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// Whether all of this set is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }

    /// The IPv4 addresses only.
    #[must_use]
    pub fn only_v4(&self) -> Self {
        Self {
            v4: self.v4.clone(),
            ..Self::default()
        }
    }

    /// The IPv6 addresses only.
    #[must_use]
    pub fn only_v6(&self) -> Self {
        Self {
            v6: self.v6.clone(),
            ..Self::default()
        }
    }

    /// How many addresses there are; "no address" is not counted.
    pub fn count(&self) -> Count {
        let v4 = self
            .v4
            .as_slice()
            .iter()
            .map(|(first, last)| Count::of_range((*first).into(), (*last).into()));
        let v6 = self
            .v6
            .as_slice()
            .iter()
            .map(|(first, last)| Count::of_range(*first, *last));
        v4.chain(v6).fold(Count::default(), Count::plus)
    }

    /// First and last address of each run of addresses, IPv4 before IPv6, in order.
    pub fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        let v4 = self.v4.as_slice().iter().map(|(first, last)| {
            let ends = (Ipv4Addr::from_bits(*first), Ipv4Addr::from_bits(*last));
            (IpAddr::V4(ends.0), IpAddr::V4(ends.1))
        });
        let v6 = self.v6.as_slice().iter().map(|(first, last)| {
            let ends = (Ipv6Addr::from_bits(*first), Ipv6Addr::from_bits(*last));
            (IpAddr::V6(ends.0), IpAddr::V6(ends.1))
        });
        v4.chain(v6)
    }

    /// The shortest list of blocks that covers the addresses, IPv4 before IPv6, in order.
    pub fn blocks(&self) -> impl Iterator<Item = Cidr> {
        self.ranges()
            .flat_map(|(first, last)| blocks_of_range(first, last))
    }

    /// The first address, IPv4 before IPv6.
    pub fn first(&self) -> Option<IpAddr> {
        self.ranges().next().map(|(first, _)| first)
    }

    /// The address of the set that is nearest to another one of its family.
    ///
    /// # Example
    /// ```
    /// use ipcond::net::{AddressSet, parse_address};
    /// let set = AddressSet::from_iter(["203.0.113.0/25".parse()?, "203.0.114.0/24".parse()?]);
    /// let nearest = set.nearest(parse_address("203.0.113.200").expect("an address").0);
    /// assert_eq!(nearest.expect("the set has an address").to_string(), "203.0.114.0"); // 56 above; 203.0.113.127 is 73 below
    /// # Ok::<(), ipcond::net::CidrError>(())
    /// ```
    pub fn nearest(&self, address: Address) -> Option<IpAddr> {
        match address.ip() {
            IpAddr::V4(ip) => {
                let (below, above) = self.v4.neighbours(ip.to_bits());
                let both = below.into_iter().chain(above);
                let number = both.min_by_key(|number| number.abs_diff(ip.to_bits()))?;
                Some(Ipv4Addr::from_bits(number).into())
            }
            IpAddr::V6(ip) => {
                let (below, above) = self.v6.neighbours(ip.to_bits());
                let both = below.into_iter().chain(above);
                let number = both.min_by_key(|number| number.abs_diff(ip.to_bits()))?;
                Some(Ipv6Addr::from_bits(number).into())
            }
        }
    }

    /// The addresses as sets of the `iprange` crate; "no address" has no place in them.
    pub fn to_ip_ranges(&self) -> (IpRange<Ipv4Net>, IpRange<Ipv6Net>) {
        let (mut v4, mut v6) = (IpRange::new(), IpRange::new());
        for block in self.blocks() {
            match block.net() {
                IpNet::V4(net) => {
                    v4.add(net);
                }
                IpNet::V6(net) => {
                    v6.add(net);
                }
            }
        }
        (v4, v6)
    }
}

/// The shortest list of blocks from `first` to `last`.
fn blocks_of_range(first: IpAddr, last: IpAddr) -> impl Iterator<Item = Cidr> {
    let v4 = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => Some(Ipv4Subnets::new(first, last, 0)),
        _ => None,
    };
    let v6 = match (first, last) {
        (IpAddr::V6(first), IpAddr::V6(last)) => Some(Ipv6Subnets::new(first, last, 0)),
        _ => None,
    };
    let v4 = v4.into_iter().flatten().map(IpNet::V4);
    let v6 = v6.into_iter().flatten().map(IpNet::V6);
    v4.chain(v6).map(Cidr::from)
}

impl FromIterator<Cidr> for AddressSet {
    fn from_iter<I: IntoIterator<Item = Cidr>>(blocks: I) -> Self {
        Self::from_ranges(
            blocks
                .into_iter()
                .map(|block| (block.first(), block.last())),
        )
    }
}

impl From<Cidr> for AddressSet {
    fn from(block: Cidr) -> Self {
        Self::from_iter([block])
    }
}

impl From<Address> for AddressSet {
    fn from(address: Address) -> Self {
        Self::from_ranges([(address.ip(), address.ip())])
    }
}

impl From<&IpRange<Ipv4Net>> for AddressSet {
    fn from(range: &IpRange<Ipv4Net>) -> Self {
        range.iter().map(|net| Cidr::from(IpNet::V4(net))).collect()
    }
}

impl From<&IpRange<Ipv6Net>> for AddressSet {
    fn from(range: &IpRange<Ipv6Net>) -> Self {
        range.iter().map(|net| Cidr::from(IpNet::V6(net))).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Blocks crowded into a few corners of both families, so that they nest, touch and overlap.
    fn blocks() -> impl Strategy<Value = Vec<Cidr>> {
        let v4 = (0..=255_u8, 0..=32_u8, prop::bool::ANY).prop_map(|(byte, prefix, high)| {
            let high = if high { 255 } else { 0 };
            (IpAddr::V4(Ipv4Addr::new(high, high, high, byte)), prefix)
        });
        let v6 = (0..=255_u128, 0..=128_u8, prop::bool::ANY).prop_map(|(byte, prefix, high)| {
            let bits = if high { u128::MAX - byte } else { byte };
            (IpAddr::V6(Ipv6Addr::from_bits(bits)), prefix)
        });
        let block =
            prop_oneof![v4, v6].prop_filter_map("a block", |(ip, prefix)| Cidr::new(ip, prefix));
        prop::collection::vec(block, 0..12)
    }

    fn sets() -> impl Strategy<Value = AddressSet> {
        (blocks(), prop::bool::ANY)
            .prop_map(|(blocks, none)| AddressSet::from_iter(blocks).with_none(none))
    }

    /// Every end of a range of either set, and the addresses next to it.
    fn probes(sets: &[&AddressSet]) -> Vec<IpAddr> {
        let mut probes = Vec::new();
        for (first, last) in sets.iter().flat_map(|set| set.ranges()) {
            for end in [first, last] {
                probes.push(end);
                match end {
                    IpAddr::V4(ip) => {
                        let near = [ip.to_bits().checked_sub(1), ip.to_bits().checked_add(1)];
                        probes.extend(
                            near.into_iter()
                                .flatten()
                                .map(|bits| IpAddr::V4(bits.into())),
                        );
                    }
                    IpAddr::V6(ip) => {
                        let near = [ip.to_bits().checked_sub(1), ip.to_bits().checked_add(1)];
                        probes.extend(
                            near.into_iter()
                                .flatten()
                                .map(|bits| IpAddr::V6(bits.into())),
                        );
                    }
                }
            }
        }
        probes
    }

    proptest! {
        #[test]
        fn agrees_with_the_blocks_it_was_made_of(blocks in blocks()) {
            let set: AddressSet = blocks.iter().copied().collect();
            for probe in probes(&[&set]) {
                let address = Address::new(probe);
                let expected = blocks.iter().any(|block| block.contains(address));
                prop_assert_eq!(set.contains(address), expected, "{}", probe);
            }
            prop_assert!(blocks.iter().all(|block| set.contains_block(*block)));
        }

        #[test]
        fn obeys_the_laws_of_sets(a in sets(), b in sets(), c in sets()) {
            prop_assert_eq!(a.complement().complement(), a.clone());
            prop_assert!(a.difference(&a).is_empty());
            prop_assert_eq!(a.union(&b).complement(), a.complement().intersection(&b.complement()));
            prop_assert_eq!(a.union(&b), b.union(&a));
            prop_assert_eq!(a.intersection(&b.union(&c)), a.intersection(&b).union(&a.intersection(&c)));
            prop_assert_eq!(a.union(&a.complement()), AddressSet::all());
            prop_assert_eq!(a.is_subset(&b), a.union(&b) == b);
            prop_assert!(a.intersection(&b).is_subset(&a));
            let apart = a.difference(&b).count().plus(a.intersection(&b).count());
            prop_assert_eq!(apart, a.count());
        }

        #[test]
        fn the_list_of_blocks_is_the_set_and_as_short_as_that_of_iprange(a in sets()) {
            let blocks: Vec<Cidr> = a.blocks().collect();
            prop_assert!(blocks.is_sorted());
            let again: AddressSet = blocks.iter().copied().collect();
            prop_assert_eq!(again.with_none(a.has_none()), a.clone());
            let (mut v4, mut v6) = a.to_ip_ranges();
            v4.simplify();
            v6.simplify();
            prop_assert_eq!(blocks.len(), v4.iter().count() + v6.iter().count());
        }

        #[test]
        fn the_nearest_address_is_in_the_set_and_nothing_is_nearer(a in sets(), byte in 0..=255_u8) {
            let address = Address::new(IpAddr::V4(Ipv4Addr::new(0, 0, 0, byte)));
            let nearest = a.nearest(address);
            prop_assert_eq!(nearest.is_some(), a.only_v4().has_addresses());
            if let Some(IpAddr::V4(nearest)) = nearest {
                prop_assert!(a.contains(Address::new(nearest.into())));
                let distance = nearest.to_bits().abs_diff(u32::from(byte));
                for nearer in 0..distance.min(512) {
                    for bits in [u32::from(byte).checked_sub(nearer), u32::from(byte).checked_add(nearer)] {
                        let probe = bits.map(|bits| Address::new(IpAddr::V4(bits.into())));
                        prop_assert!(probe.is_none_or(|probe| !a.contains(probe)));
                    }
                }
            }
        }
    }

    #[test]
    fn all_of_a_family_is_one_block() {
        let blocks: Vec<String> = AddressSet::all()
            .blocks()
            .map(|block| block.to_string())
            .collect();
        assert_eq!(blocks, ["0.0.0.0/0", "::/0"]);
        assert_eq!(AddressSet::all().only_v6().count().to_string(), "2^128");
    }
}
