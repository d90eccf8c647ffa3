//! The fewest blocks that say a set: some, and others that are cut out of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::net::{AddressSet, Cidr};

/// A set of addresses as blocks with holes: what is in a block of `within` and in none of `except`. Nothing is added and
/// nothing lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cover {
    pub(super) within: Vec<Cidr>,
    pub(super) except: Vec<Cidr>,
}

impl Cover {
    /// The shortest list of blocks without holes.
    pub(super) fn plain(set: &AddressSet) -> Self {
        Self {
            within: set.blocks().collect(),
            except: Vec::new(),
        }
    }

    /// The fewest blocks and holes together.
    pub(super) fn fewest(set: &AddressSet) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in set.ranges() {
            match range {
                (IpAddr::V4(first), IpAddr::V4(last)) => {
                    v4.push((u128::from(first.to_bits()), u128::from(last.to_bits())));
                }
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    v6.push((first.to_bits(), last.to_bits()));
                }
                _ => {}
            }
        }
        let mut cover = fewest(Block::all(32), &v4).uncovered;
        cover.append(fewest(Block::all(128), &v6).uncovered);
        cover
    }

    /// How many blocks and holes.
    pub(super) fn len(&self) -> usize {
        self.within.len() + self.except.len()
    }

    /// Whether the holes are cut out of all of IPv4 and IPv6.
    pub(super) fn is_within_everything(&self) -> bool {
        let is_whole = |block: &&Cidr| block.net().prefix_len() == 0;
        self.within.iter().filter(is_whole).count() == 2
    }

    /// A block that policies take for one of IPv4 (IP-8).
    pub(super) fn mapped(&self) -> Option<Cidr> {
        let is_mapped =
            |ip| matches!(ip, IpAddr::V6(ip) if Ipv6Addr::to_ipv4_mapped(&ip).is_some());
        let mut blocks = self.within.iter().chain(&self.except).copied();
        blocks.find(|block| is_mapped(block.first()) && is_mapped(block.last()))
    }

    fn append(&mut self, mut other: Self) {
        self.within.append(&mut other.within);
        self.except.append(&mut other.except);
    }
}

/// A block of the space of `width` bits.
#[derive(Clone, Copy)]
struct Block {
    first: u128,
    prefix: u8,
    width: u8,
}

impl Block {
    fn all(width: u8) -> Self {
        Self {
            first: 0,
            prefix: 0,
            width,
        }
    }

    fn last(self) -> u128 {
        let rest = self.width - self.prefix;
        self.first | u128::MAX.checked_shr(128 - u32::from(rest)).unwrap_or(0)
    }

    /// Its halves; of a single address there are none.
    fn halves(self) -> Option<[Self; 2]> {
        let prefix = self.prefix + 1;
        let bit = 1 << self.width.checked_sub(prefix)?;
        let first = [self.first, self.first | bit];
        Some(first.map(|first| Self {
            first,
            prefix,
            ..self
        }))
    }

    fn cidr(self) -> Option<Cidr> {
        let address = match u32::try_from(self.first) {
            Ok(bits) if self.width == 32 => IpAddr::V4(Ipv4Addr::from_bits(bits)),
            _ => IpAddr::V6(Ipv6Addr::from_bits(self.first)),
        };
        Cidr::new(address, self.prefix)
    }
}

/// The best ways to say what of a block is in the set.
struct Ways {
    /// If no block around it is listed.
    uncovered: Cover,
    /// If one is: the holes.
    covered: Vec<Cidr>,
}

/// `ranges` are those of the set that meet the block, in order. Halves are put together from the ground up, so each is looked at
/// once; a block that is all in or all out of the set is not divided.
fn fewest(block: Block, ranges: &[(u128, u128)]) -> Ways {
    let itself = || block.cidr().into_iter().collect::<Vec<_>>();
    let is_whole =
        matches!(ranges, [(first, last)] if *first <= block.first && *last >= block.last());
    let halves = block.halves().filter(|_| !is_whole);
    let Some(halves) = halves.filter(|_| !ranges.is_empty()) else {
        // All or nothing of it is in the set: a single address always is the one or the other.
        let (within, covered) = if is_whole {
            (itself(), Vec::new())
        } else {
            (Vec::new(), itself())
        };
        return Ways {
            uncovered: Cover {
                within,
                except: Vec::new(),
            },
            covered,
        };
    };
    let [low, high] = halves.map(|half| {
        let from = ranges.partition_point(|(_, last)| *last < half.first);
        let to = ranges.partition_point(|(first, _)| *first <= half.last());
        fewest(half, &ranges[from..to])
    });
    let (mut uncovered, mut covered) = (low.uncovered, low.covered);
    uncovered.append(high.uncovered);
    covered.extend(high.covered);
    if covered.len() + 1 < uncovered.len() {
        uncovered = Cover {
            within: itself(),
            except: covered.clone(),
        };
    }
    Ways { uncovered, covered }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(blocks: &str) -> AddressSet {
        let blocks = blocks.split_whitespace();
        blocks
            .map(|block| block.parse::<Cidr>().expect("a block"))
            .collect()
    }

    fn texts(blocks: &[Cidr]) -> Vec<String> {
        blocks.iter().map(Cidr::to_string).collect()
    }

    #[test]
    fn a_hole_is_shorter_than_what_is_around_it() {
        let all_but_one = set("192.0.2.0/24").complement().only_v4();
        let cover = Cover::fewest(&all_but_one);
        assert_eq!(texts(&cover.within), ["0.0.0.0/0"]);
        assert_eq!(texts(&cover.except), ["192.0.2.0/24"]);
        assert_eq!(Cover::plain(&all_but_one).len(), 24);
    }

    #[test]
    fn single_addresses_and_nothing_have_no_halves() {
        assert_eq!(Cover::fewest(&AddressSet::default()), Cover::default());
        let one = set("192.0.2.9/32 2001:db8::1/128");
        assert_eq!(Cover::fewest(&one), Cover::plain(&one));
        let whole = set("0.0.0.0/0 ::/0");
        assert_eq!(texts(&Cover::fewest(&whole).within), ["0.0.0.0/0", "::/0"]);
    }

    /// Every list of at most `most` blocks of the 4 addresses of a /30, tried out.
    fn least_by_trial(members: u8) -> usize {
        let blocks: [u8; 7] = [0b1111, 0b0011, 0b1100, 0b0001, 0b0010, 0b0100, 0b1000];
        let union = |choice: u32| {
            let chosen = blocks.iter().enumerate();
            let chosen = chosen.filter(|(at, _)| choice & (1 << at) != 0);
            chosen.fold(0, |all, (_, block)| all | block)
        };
        let mut least = usize::MAX;
        for within in 0..128_u32 {
            for except in 0..128_u32 {
                if union(within) & !union(except) == members {
                    let blocks = within.count_ones() + except.count_ones();
                    least = least.min(blocks as usize);
                }
            }
        }
        least
    }

    #[test]
    fn no_list_with_holes_is_shorter() {
        for members in 0..16_u8 {
            let addresses = (0..4).filter(|at| members & (1 << at) != 0);
            let ips = addresses.map(|at| IpAddr::V4(Ipv4Addr::new(192, 0, 2, at)));
            let set = AddressSet::from_ranges(ips.map(|ip| (ip, ip)));
            assert_eq!(
                Cover::fewest(&set).len(),
                least_by_trial(members),
                "{members:04b}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_cover_is_the_set_and_never_longer(
            v4 in prop::collection::vec((any::<u32>(), 0..=32_u8), 0..12),
            v6 in prop::collection::vec((any::<u128>(), 0..=128_u8), 0..6),
            turned in any::<bool>(),
        ) {
            let v4 = v4.into_iter().map(|(bits, prefix)| (IpAddr::V4(bits.into()), prefix));
            let v6 = v6.into_iter().map(|(bits, prefix)| (IpAddr::V6(bits.into()), prefix));
            let set: AddressSet = v4.chain(v6).filter_map(|(ip, prefix)| Cidr::new(ip, prefix)).collect();
            let set = if turned { set.complement().with_none(false) } else { set };
            let cover = Cover::fewest(&set);
            let except: AddressSet = cover.except.iter().copied().collect();
            let within: AddressSet = cover.within.iter().copied().collect();
            prop_assert_eq!(within.difference(&except), set.clone());
            prop_assert!(cover.len() <= Cover::plain(&set).len());
        }
    }
}
