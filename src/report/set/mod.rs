//! How a set of addresses reads to other programs, and as a map: a file per format.
//!
//! # What the formats cannot say
//! Only the maps and the formats with comments can say that "no address in the request" is in the set; whoever writes
//! another format says it elsewhere.
//!
//! Blocks of IPv4-mapped addresses (`::ffff:0:0/96` and longer) are in no list. No request carries such an address,
//! while AWS and many other readers take the block for the IPv4 one (IP-8): `::ffff:0:0/96` in a policy is all of IPv4.

use std::fmt;
use std::net::IpAddr;

use crate::net::{AddressSet, Cidr};

pub mod cidr;
mod hilbert;
pub mod ipset;
#[cfg(feature = "cli")]
pub mod map;
pub mod nft;
pub mod range;
pub mod svg;
pub mod terraform;
pub mod wafv2;

/// What formats with comments say of a set that no list of addresses says all about.
const NONE_IS_IN_THE_SET: &str =
    "Requests without a source IP are in the set too; no list of addresses can say it.";

/// The shortest list of blocks, without those that readers take for IPv4.
fn listed(set: &AddressSet) -> impl Iterator<Item = Cidr> {
    let mapped = |block: &Cidr| is_mapped(block.first()) && is_mapped(block.last());
    set.blocks().filter(move |block| !mapped(block))
}

/// The blocks as [`listed`], for programs that take every prefix length but 0: two halves stand for a whole family.
fn halved(set: &AddressSet) -> impl Iterator<Item = Cidr> {
    listed(set).flat_map(|block| {
        let length = block.net().prefix_len().max(1);
        // No block is dropped: only a length below its own or over that of an address would be refused.
        let parts = block.net().subnets(length).into_iter().flatten();
        parts.map(Cidr::from)
    })
}

fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some())
}

/// The set with one family only, and what to call it.
fn by_family(set: &AddressSet) -> [(char, AddressSet); 2] {
    [('4', set.only_v4()), ('6', set.only_v6())]
}

/// What part of the IPv4 addresses some of them are: `0 %`, `under 0.01 %`, `12.50 %`.
///
/// It is never rounded to none or all.
#[derive(Clone, Copy, Debug)]
struct Share(u64);

impl Share {
    const ALL: u64 = 1 << 32;

    /// Of the IPv4 addresses of a set.
    fn of(set: &AddressSet) -> Self {
        let count = set.only_v4().count().exact().unwrap_or_default();
        Self(u64::try_from(count).map_or(Self::ALL, |count| count.min(Self::ALL)))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.0 * 10_000 / Self::ALL;
        match (self.0, hundredths) {
            (0, _) => f.write_str("0 %"),
            (Self::ALL, _) => f.write_str("100 %"),
            (_, 0) => f.write_str("under 0.01 %"),
            (_, 9_999) => f.write_str("over 99.99 %"),
            _ => write!(f, "{}.{:02} %", hundredths / 100, hundredths % 100),
        }
    }
}

/// `1 block` or `2 blocks`.
fn blocks(number: usize) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} block{plural}", super::suite::grouped(number))
}

/// Sets to write, and what is written read back.
#[cfg(test)]
mod fixture {
    use std::io::{Result, Write};

    use ipnet::IpNet;
    use proptest::prelude::*;

    use super::*;

    /// The set of the blocks of a text with blanks between them.
    pub(super) fn set(blocks: &str) -> AddressSet {
        let blocks = blocks.split_whitespace();
        let nets = blocks.map(|block| block.parse::<IpNet>().expect("a block"));
        nets.map(Cidr::from).collect()
    }

    /// A few blocks of both families.
    pub(super) fn small() -> AddressSet {
        set("203.0.113.0/25 198.51.100.7/32 2001:db8:1::/48")
    }

    /// What a format writes.
    pub(super) fn written(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("formats are text")
    }

    /// Sets with short and long blocks, whole families and IPv4-mapped addresses among them.
    pub(super) fn sets() -> impl Strategy<Value = AddressSet> {
        let v4 =
            (any::<u32>(), 0..=32_u8).prop_map(|(bits, prefix)| (IpAddr::V4(bits.into()), prefix));
        let v6 = (any::<u128>(), 0..=128_u8)
            .prop_map(|(bits, prefix)| (IpAddr::V6(bits.into()), prefix));
        let mapped = (any::<u32>(), 90..=128_u8).prop_map(|(bits, prefix)| {
            (
                IpAddr::V6((0xffff_u128 << 32 | u128::from(bits)).into()),
                prefix,
            )
        });
        let block = prop_oneof![3 => v4, 3 => v6, 1 => mapped]
            .prop_filter_map("a block", |(ip, prefix)| Cidr::new(ip, prefix));
        let set = prop::collection::vec(block, 0..20).prop_map(AddressSet::from_iter);
        (set, any::<bool>(), any::<bool>()).prop_map(|(set, turned, none)| {
            let set = if turned { set.complement() } else { set };
            set.with_none(none)
        })
    }

    /// What the formats can say of a set: no IPv4-mapped blocks, and nothing of requests without an address.
    pub(super) fn sayable(set: &AddressSet) -> AddressSet {
        let mapped = self::set("::ffff:0:0/96");
        let blocks = set.blocks();
        blocks
            .filter(|block| !mapped.contains_block(*block))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fixture::{sayable, set, sets};
    use super::*;

    #[test]
    fn a_share_is_rounded_to_neither_end() {
        let table = [
            ("", "0 %"),
            ("192.0.2.1/32", "under 0.01 %"),
            ("10.0.0.0/8", "0.39 %"),
            ("0.0.0.0/3", "12.50 %"),
            ("0.0.0.0/0", "100 %"),
        ];
        for (blocks, expected) in table {
            assert_eq!(Share::of(&set(blocks)).to_string(), expected, "{blocks}");
        }
        let holed = set("192.0.2.1/32").complement();
        assert_eq!(Share::of(&holed).to_string(), "over 99.99 %");
    }

    #[test]
    fn mapped_blocks_are_in_no_list() {
        let list = |blocks: &str| {
            listed(&set(blocks))
                .map(|block| block.to_string())
                .collect::<Vec<_>>()
        };
        assert!(list("::ffff:0:0/96").is_empty(), "it reads as all of IPv4");
        assert!(list("::ffff:203.0.113.9/128").is_empty());
        assert_eq!(
            list("::fffe:0:0/95"),
            ["::fffe:0:0/95"],
            "with more around it is IPv6 to all"
        );
    }

    proptest! {
        #[test]
        fn halves_are_the_set_without_a_prefix_of_0(set in sets()) {
            prop_assert!(halved(&set).all(|block| block.net().prefix_len() > 0));
            prop_assert_eq!(halved(&set).collect::<AddressSet>(), sayable(&set));
            prop_assert!(halved(&set).is_sorted());
        }
    }
}
