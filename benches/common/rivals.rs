//! The crates that answer the same questions, with their default features and the types that each is fastest with.

#![expect(clippy::inline_always, reason = "a call would be measured too")]

use std::net::{Ipv4Addr, Ipv6Addr};

use ip_network::{IpNetwork, Ipv4Network, Ipv6Network};
use ip_network_table::IpNetworkTable;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use ipnet_trie::IpnetTrie;
use iprange::IpRange;
use iptrie::map::LCTrieMap;
use iptrie::{Ipv4Prefix, Ipv6Prefix};
use poptrie::Poptrie;
use prefix_trie::{PrefixMap, PrefixSet};
use ts_bart::RoutingTable;

use super::contenders::{Answers, Ask, Built, Contender, Input, Lookup};
use super::data::{Bits, Prefix};

type Builder<A> = fn(&Input<A>) -> Box<dyn Lookup<A>>;

fn nets<A: Bits>(input: &Input<A>) -> impl Iterator<Item = (IpNet, u32)> {
    let net = |block: &Prefix<A>| {
        Some((
            IpNet::new(block.first.ip(), block.length).ok()?,
            block.number,
        ))
    };
    input.blocks.iter().filter_map(net)
}

fn bart<A: Bits>(input: &Input<A>) -> Box<dyn Lookup<A>> {
    let mut table = ts_bart::Table::default();
    for (net, number) in nets(input) {
        table.insert(net, number);
    }
    Box::new(Built { table, bytes: None })
}

impl<A: Bits> Ask<A> for ts_bart::Table<u32> {
    #[inline(always)]
    fn ask(&self, address: A) -> u32 {
        self.lookup(address.ip()).copied().unwrap_or(0)
    }
}

/// The crates for one family.
macro_rules! rivals {
    ($function:ident, $sets:ident, $maps:ident, $word:ty, $bits:literal, $ip:ty, $net:ident, $network:ident, $variant:ident, $prefix:ident, $tree:ident, $ipnet_trie:ident) => {
        impl Ask<$word> for IpRange<$net> {
            #[inline(always)]
            fn ask(&self, address: $word) -> u32 {
                u32::from(self.contains(&<$ip>::from_bits(address)))
            }
        }

        impl Ask<$word> for PrefixSet<($word, u8)> {
            #[inline(always)]
            fn ask(&self, address: $word) -> u32 {
                u32::from(self.is_covered(&(address, $bits)))
            }
        }

        impl Ask<$word> for Poptrie<($word, u8), u32> {
            #[inline(always)]
            fn ask(&self, address: $word) -> u32 {
                self.lookup(address).copied().unwrap_or(0)
            }
        }

        impl Ask<$word> for PrefixMap<($word, u8), u32> {
            #[inline(always)]
            fn ask(&self, address: $word) -> u32 {
                self.get_lpm(&(address, $bits))
                    .map_or(0, |(_, &number)| number)
            }
        }

        impl Ask<$word> for IpNetworkTable<u32> {
            #[inline(always)]
            fn ask(&self, address: $word) -> u32 {
                self.$tree(<$ip>::from_bits(address))
                    .map_or(0, |(_, &number)| number)
            }
        }

        impl Ask<$word> for LCTrieMap<$prefix, u32> {
            #[inline(always)]
            fn ask(&self, address: $word) -> u32 {
                *self.lookup(&<$ip>::from_bits(address)).1
            }
        }

        impl Ask<$word> for IpnetTrie<u32> {
            #[inline(always)]
            fn ask(&self, address: $word) -> u32 {
                self.$ipnet_trie(&$net::from(<$ip>::from_bits(address)))
                    .map_or(0, |(_, &number)| number)
            }
        }

        fn $sets() -> [(&'static str, Builder<$word>); 2] {
            [
                ("iprange", |input| {
                    let nets = input
                        .lists
                        .iter()
                        .flatten()
                        .filter_map(|block| match block.net() {
                            IpNet::$variant(net) => Some(net),
                            _ => None,
                        });
                    let table: IpRange<$net> = nets.collect();
                    Box::new(Built { table, bytes: None })
                }),
                ("prefix-trie set", |input| {
                    let blocks = input.blocks.iter().map(|block| (block.first, block.length));
                    let table: PrefixSet<($word, u8)> = blocks.collect();
                    let bytes = Some(table.mem_size());
                    Box::new(Built { table, bytes })
                }),
            ]
        }

        fn $maps() -> [(&'static str, Builder<$word>); 6] {
            [
                ("poptrie", |input| {
                    let blocks = input
                        .blocks
                        .iter()
                        .map(|block| ((block.first, block.length), block.number));
                    let table: Poptrie<($word, u8), u32> = blocks.collect();
                    Box::new(Built { table, bytes: None })
                }),
                ("prefix-trie", |input| {
                    let blocks = input
                        .blocks
                        .iter()
                        .map(|block| ((block.first, block.length), block.number));
                    let table: PrefixMap<($word, u8), u32> = blocks.collect();
                    let bytes = Some(table.mem_size());
                    Box::new(Built { table, bytes })
                }),
                ("treebitmap", |input| {
                    let mut table = IpNetworkTable::new();
                    for block in &input.blocks {
                        if let Ok(network) =
                            $network::new(<$ip>::from_bits(block.first), block.length)
                        {
                            table.insert(IpNetwork::$variant(network), block.number);
                        }
                    }
                    Box::new(Built { table, bytes: None })
                }),
                ("ts_bart", bart),
                ("iptrie", |input| {
                    let prefix = |block: &Prefix<$word>| {
                        Some((
                            $prefix::new(<$ip>::from_bits(block.first), block.length).ok()?,
                            block.number,
                        ))
                    };
                    let table: LCTrieMap<$prefix, u32> =
                        input.blocks.iter().filter_map(prefix).collect();
                    Box::new(Built { table, bytes: None })
                }),
                ("ipnet-trie", |input| {
                    let mut table = IpnetTrie::new();
                    for (net, number) in nets(input) {
                        table.insert(net, number);
                    }
                    Box::new(Built { table, bytes: None })
                }),
            ]
        }

        /// The crates that are compared for this family.
        pub(crate) fn $function() -> Vec<Contender<$word>> {
            let membership = $sets().map(|(name, build)| (name, Answers::Membership, build));
            let classes = $maps().map(|(name, build)| (name, Answers::Classes, build));
            let all = membership.into_iter().chain(classes);
            all.map(|(name, answers, build)| Contender {
                name,
                answers,
                rival: true,
                build,
            })
            .collect()
        }
    };
}

rivals!(
    v4,
    sets_v4,
    maps_v4,
    u32,
    32,
    Ipv4Addr,
    Ipv4Net,
    Ipv4Network,
    V4,
    Ipv4Prefix,
    longest_match_ipv4,
    longest_match_ipv4
);
rivals!(
    v6,
    sets_v6,
    maps_v6,
    u128,
    128,
    Ipv6Addr,
    Ipv6Net,
    Ipv6Network,
    V6,
    Ipv6Prefix,
    longest_match_ipv6,
    longest_match_ipv6
);
