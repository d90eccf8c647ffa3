//! Sets of addresses.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use iprange::IpRange;

use super::{Address, Cidr};

/// A set of addresses of both families, kept as blocks.
///
/// # Example
/// ```
/// use ipcond::net::{AddressSet, Cidr};
/// let halves = ["2001:db8::/32", "203.0.113.128/25", "203.0.113.0/25", "203.0.113.7/32"];
/// let set: AddressSet = halves.iter().filter_map(|text| text.parse::<Cidr>().ok()).collect();
/// let blocks: Vec<String> = set.blocks().iter().map(Cidr::to_string).collect();
/// assert_eq!(blocks, ["203.0.113.0/24", "2001:db8::/32"]); // the shortest list there is, IPv4 first
/// ```
#[derive(Clone, Debug, Default)]
pub struct AddressSet {
    // INVARIANT: simplified, so no two blocks could be one
    v4: IpRange<Ipv4Net>,
    v6: IpRange<Ipv6Net>,
}

impl AddressSet {
    /// Whether the address is in the set.
    pub fn contains(&self, address: Address) -> bool {
        match address.ip() {
            IpAddr::V4(ip) => self.v4.contains(&ip),
            IpAddr::V6(ip) => self.v6.contains(&ip),
        }
    }

    /// The shortest list of blocks that covers the set, IPv4 before IPv6, in order of address.
    pub fn blocks(&self) -> Vec<Cidr> {
        let v4 = self.v4.iter().map(IpNet::V4);
        let v6 = self.v6.iter().map(IpNet::V6);
        let mut blocks: Vec<Cidr> = v4
            .chain(v6)
            .filter_map(|net| Cidr::new(net.addr(), net.prefix_len()))
            .collect();
        blocks.sort_unstable();
        blocks
    }
}

impl FromIterator<Cidr> for AddressSet {
    fn from_iter<I: IntoIterator<Item = Cidr>>(blocks: I) -> Self {
        let mut set = Self::default();
        for block in blocks {
            match block.net() {
                IpNet::V4(net) => {
                    set.v4.add(net);
                }
                IpNet::V6(net) => {
                    set.v6.add(net);
                }
            }
        }
        set.v4.simplify();
        set.v6.simplify();
        set
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Blocks that meet often: few bits of one network, both families.
    fn blocks() -> impl Strategy<Value = Vec<Cidr>> {
        let v4 =
            (0_u8..16, 28_u8..=32).prop_map(|(low, prefix)| ([203, 0, 113, low].into(), prefix));
        let v6 = (0_u16..16, 124_u8..=128)
            .prop_map(|(low, prefix)| ([0x2001, 0xdb8, 0, 0, 0, 0, 0, low].into(), prefix));
        let block =
            prop_oneof![v4, v6].prop_map(|(ip, prefix): (IpAddr, u8)| Cidr::new(ip, prefix));
        prop::collection::vec(block.prop_filter_map("prefix", |block| block), 0..12)
    }

    fn everyone_near() -> impl Iterator<Item = Address> {
        let v4 = (0..=255).map(|low| IpAddr::from([203, 0, 113, low]));
        let v6 = (0..=255).map(|low| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, low]));
        v4.chain(v6).map(Address::new)
    }

    proptest! {
        #[test]
        fn holds_what_its_blocks_hold(blocks in blocks()) {
            let set: AddressSet = blocks.iter().copied().collect();
            for address in everyone_near() {
                let expected = blocks.iter().any(|block| block.contains(address));
                prop_assert_eq!(set.contains(address), expected);
                prop_assert_eq!(set.blocks().iter().any(|block| block.contains(address)), expected);
            }
        }

        #[test]
        fn the_list_cannot_be_shorter(blocks in blocks()) {
            let list = blocks.into_iter().collect::<AddressSet>().blocks();
            for (index, block) in list.iter().enumerate() {
                let net = block.net();
                for other in &list[index + 1..] {
                    let (other, parent) = (other.net(), net.supernet());
                    prop_assert!(!net.contains(&other) && !other.contains(&net));
                    let twins = net.prefix_len() == other.prefix_len() && parent == other.supernet();
                    prop_assert!(!twins, "{net} and {other} are one block");
                }
            }
        }
    }
}
