//! Lists of blocks and queries with the shape of real ones: clustered, mostly of a few lengths, popular networks first.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers drawn at random, each within its range"
)]

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::net::IpAddr;

/// An address of one family as an integer.
pub(crate) trait Bits: Copy + Ord + Hash + 'static {
    const BITS: u32;
    /// The address in the highest bits.
    fn from_top(bits: u128) -> Self;
    fn top(self) -> u128;
    fn last(self, length: u8) -> Self;
    fn next(self) -> Option<Self>;
    /// The address with some bits flipped in every 32: none, if `bits` is zero.
    fn flip(self, bits: u32) -> Self;
    fn ip(self) -> IpAddr;
}

impl Bits for u32 {
    const BITS: u32 = 32;

    fn from_top(bits: u128) -> Self {
        (bits >> 96) as u32
    }

    fn top(self) -> u128 {
        u128::from(self) << 96
    }

    fn last(self, length: u8) -> Self {
        self | u32::MAX.checked_shr(length.into()).unwrap_or(0)
    }

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn flip(self, bits: u32) -> Self {
        self ^ bits
    }

    fn ip(self) -> IpAddr {
        IpAddr::V4(self.into())
    }
}

impl Bits for u128 {
    const BITS: u32 = 128;

    fn from_top(bits: u128) -> Self {
        bits
    }

    fn top(self) -> u128 {
        self
    }

    fn last(self, length: u8) -> Self {
        self | u128::MAX.checked_shr(length.into()).unwrap_or(0)
    }

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn flip(self, bits: u32) -> Self {
        self ^ (u128::from(bits) * 0x1_0000_0001_0000_0001_0000_0001)
    }

    fn ip(self) -> IpAddr {
        IpAddr::V6(self.into())
    }
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// At least 0, less than 1.
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    fn weighted(&mut self, weights: &[(u8, u32)]) -> u8 {
        let total: u32 = weights.iter().map(|&(_, weight)| weight).sum();
        let mut left = self.below(total.into()) as u32;
        for &(value, weight) in weights {
            if left < weight {
                return value;
            }
            left -= weight;
        }
        0
    }
}

/// A block and a number: of the list that holds it, or of a class.
#[derive(Clone, Copy)]
pub(crate) struct Prefix<A> {
    pub(crate) first: A,
    pub(crate) length: u8,
    pub(crate) number: u32,
}

/// Blocks in lists.
pub(crate) struct Data<A> {
    pub(crate) lists: u32,
    pub(crate) blocks: Vec<Prefix<A>>,
}

/// The kinds of queries: uniform (nearly all miss), half of them inside a block, and those by popularity.
pub(crate) const QUERIES: [&str; 3] = ["uni", "half", "zipf"];

const LENGTHS_V4: &[(u8, u32)] = &[
    (14, 1),
    (15, 1),
    (16, 4),
    (17, 3),
    (18, 4),
    (19, 5),
    (20, 7),
    (21, 7),
    (22, 12),
    (23, 10),
    (24, 32),
    (25, 1),
    (26, 1),
    (27, 1),
    (28, 2),
    (29, 1),
    (30, 1),
    (31, 1),
    (32, 9),
];

const LENGTHS_V6: &[(u8, u32)] = &[
    (32, 8),
    (33, 1),
    (34, 1),
    (35, 1),
    (36, 5),
    (38, 1),
    (40, 12),
    (42, 2),
    (44, 8),
    (46, 3),
    (47, 2),
    (48, 42),
    (52, 1),
    (56, 6),
    (60, 1),
    (64, 6),
    (96, 1),
    (128, 3),
];

/// Where IPv6 is handed out.
const REGISTRIES_V6: [(u128, u32); 8] = [
    (0x2001, 16),
    (0x2400, 12),
    (0x2600, 12),
    (0x2620, 16),
    (0x2800, 12),
    (0x2a00, 12),
    (0x2c00, 12),
    (0x2a10, 13),
];

fn prefix(bits: u128, length: u32) -> u128 {
    if length == 0 {
        0
    } else {
        bits & (u128::MAX << (128 - length))
    }
}

impl<A: Bits> Data<A> {
    /// That many different blocks, in networks of which few are popular, neighbours mostly on the same list.
    pub(crate) fn new(count: usize) -> Self {
        let mut random = Random(0x2a ^ u64::from(A::BITS) << 32 ^ count as u64);
        let lists = match count {
            0..=10 => 4,
            11..=1000 => 8,
            _ => 24,
        };
        let networks = networks::<A>(count, lists, &mut random);
        let lengths = if A::BITS == 32 {
            LENGTHS_V4
        } else {
            LENGTHS_V6
        };
        let mut seen = HashSet::new();
        let mut blocks: Vec<Prefix<A>> = Vec::with_capacity(count);
        let mut tries = 0;
        while blocks.len() < count {
            tries += 1;
            let popular = ((networks.len() as f64).powf(random.fraction()) - 1.0).max(0.0) as usize;
            let network = if tries > 20 * count {
                random.below(networks.len() as u64) as usize
            } else {
                popular % networks.len()
            };
            let (base, shortest, home) = networks[network];
            let length = random.weighted(lengths).max(shortest as u8);
            // clustered inside the network too: half of them near a recent one
            let near = if !blocks.is_empty() && random.below(2) == 0 {
                let back = 1 + random.below(blocks.len().min(64) as u64) as usize;
                let recent = blocks[blocks.len() - back];
                let keep = u32::from(recent.length)
                    .saturating_sub(4 + random.below(6) as u32)
                    .clamp(shortest.min(length.into()), length.into());
                prefix(recent.first.top(), keep) | random.wide() >> keep
            } else {
                base | random.wide() >> shortest
            };
            let first = prefix(near, length.into());
            if seen.insert((first, length)) {
                let stray = random.below(10) >= 7;
                let number = if stray {
                    random.below(lists.into()) as u32
                } else {
                    home
                };
                blocks.push(Prefix {
                    first: A::from_top(first),
                    length,
                    number,
                });
            }
        }
        Self { lists, blocks }
    }

    pub(crate) fn queries(&self, kind: &str, count: usize) -> Vec<A> {
        let mut random = Random(0xABCA);
        let uniform = |random: &mut Random| {
            let bits = random.wide();
            A::from_top(if A::BITS == 32 {
                bits
            } else {
                1 << 125 | bits >> 3
            })
        };
        let half = |random: &mut Random| {
            if random.below(2) == 0 {
                return uniform(random);
            }
            let block = self.blocks[random.below(self.blocks.len() as u64) as usize];
            let inside = random.wide().checked_shr(block.length.into()).unwrap_or(0);
            A::from_top(block.first.top() | inside)
        };
        match kind {
            "uni" => (0..count).map(|_| uniform(&mut random)).collect(),
            "half" => (0..count).map(|_| half(&mut random)).collect(),
            _ => {
                let pool: Vec<A> = (0..65_536).map(|_| half(&mut random)).collect();
                let rank =
                    |random: &mut Random| (65_536_f64.powf(random.fraction()) - 1.0) as usize;
                (0..count).map(|_| pool[rank(&mut random)]).collect()
            }
        }
    }

    /// Every block once, with the number of the set of lists that contain it, and the starts of the segments with theirs.
    /// Number 0 is the empty set.
    pub(crate) fn classes(&self) -> (Vec<Prefix<A>>, Vec<(A, u32)>) {
        let mut sorted = self.blocks.clone();
        sorted.sort_unstable_by_key(|block| (block.first, block.length));
        let mut numbers = HashMap::from([(0_u64, 0)]);
        let mut open: Vec<(A, u64)> = Vec::new();
        let mut blocks: Vec<Prefix<A>> = Vec::new();
        let mut segments: Vec<(A, u32)> = vec![(A::from_top(0), 0)];
        let mut emit = |start: A, number: u32| {
            if segments.last().is_some_and(|&(last, _)| last == start) {
                segments.pop();
            }
            if segments.last().is_none_or(|&(_, last)| last != number) {
                segments.push((start, number));
            }
        };
        let mut close =
            |open: &mut Vec<(A, u64)>, numbers: &HashMap<u64, u32>, before: Option<A>| {
                while let Some(&(last, _)) = open.last()
                    && before.is_none_or(|before| last < before)
                {
                    open.pop();
                    if let Some(start) = last.next() {
                        emit(start, numbers[&open.last().map_or(0, |&(_, set)| set)]);
                    }
                }
                if let (Some(start), Some((_, set))) = (before, open.last()) {
                    emit(start, numbers[set]);
                }
            };
        for block in &sorted {
            close(&mut open, &numbers, Some(block.first));
            let set = open.last().map_or(0, |&(_, set)| set) | 1 << block.number;
            let new = numbers.len() as u32;
            let number = *numbers.entry(set).or_insert(new);
            open.push((block.first.last(block.length), set));
            blocks.pop_if(|last| (last.first, last.length) == (block.first, block.length));
            blocks.push(Prefix { number, ..*block });
            close(&mut open, &numbers, Some(block.first));
        }
        close(&mut open, &numbers, None);
        (blocks, segments)
    }
}

/// Networks with their prefix lengths and the list that most of their blocks are on.
fn networks<A: Bits>(count: usize, lists: u32, random: &mut Random) -> Vec<(u128, u32, u32)> {
    let most = if A::BITS == 32 { 6000 } else { 20_000 };
    let network = |_| {
        let list = random.below(lists.into()) as u32;
        if A::BITS == 32 {
            let length = 8 + random.below(7) as u32;
            let address = u128::from(1 + random.below(222)) << 120 | random.wide() >> 8;
            (prefix(address, length), length, list)
        } else {
            let (registry, width) = REGISTRIES_V6[random.below(8) as usize];
            let address = prefix(registry << 112, width) | random.wide() >> width;
            let length = 28 + random.below(5) as u32;
            (prefix(address, length), length, list)
        }
    };
    (0..(count / 40).clamp(1, most)).map(network).collect()
}
