//! Structures to compare: how each is built from the same blocks, and how each is asked.

#![expect(clippy::inline_always, reason = "a call would be measured too")]

use std::hint::black_box;

use ipcond::net::{Address, Cidr, Class, FrozenSet, Partition, PrefixTrie};

use super::data::{Bits, Data, Prefix};

/// The same blocks in the forms that contenders take.
pub(crate) struct Input<A> {
    pub(crate) count: usize,
    pub(crate) lists: Vec<Vec<Cidr>>,
    /// Each block once, with a number for the set of lists that contain it.
    pub(crate) blocks: Vec<Prefix<A>>,
    /// Where each segment starts, and its number.
    pub(crate) segments: Vec<(A, u32)>,
}

impl<A: Bits> Input<A> {
    pub(crate) fn new(data: &Data<A>) -> Self {
        let mut lists = vec![Vec::new(); data.lists as usize];
        for block in &data.blocks {
            lists[block.number as usize].extend(Cidr::new(block.first.ip(), block.length));
        }
        let (blocks, segments) = data.classes();
        Self {
            count: data.blocks.len(),
            lists,
            blocks,
            segments,
        }
    }
}

/// A structure that was built.
pub(crate) trait Lookup<A> {
    /// One answer after the other, independent of each other; the sum keeps them alive.
    fn independent(&self, queries: &[A]) -> u32;
    /// Each query depends on the answer before it.
    fn dependent(&self, queries: &[A]) -> u32;
    /// The bytes that it says it takes.
    fn bytes(&self) -> Option<usize>;
    fn answer(&self, query: A) -> u32;
}

/// How a structure is asked. A trait and no closure, so that the compiler can put the answer into the loop: a call would be
/// a good part of the fastest look-ups.
pub(crate) trait Ask<A> {
    fn ask(&self, address: A) -> u32;
}

/// What answers, and the bytes that it says it takes.
pub(crate) struct Built<T> {
    pub(crate) table: T,
    pub(crate) bytes: Option<usize>,
}

impl<A: Bits, T: Ask<A>> Lookup<A> for Built<T> {
    fn independent(&self, queries: &[A]) -> u32 {
        let answers = queries.iter().map(|&query| self.table.ask(query));
        answers.fold(0, u32::wrapping_add)
    }

    fn dependent(&self, queries: &[A]) -> u32 {
        // zero, but the compiler does not know
        let zero = black_box(0);
        queries
            .iter()
            .fold(0, |last, &query| self.table.ask(query.flip(last & zero)))
    }

    fn bytes(&self) -> Option<usize> {
        self.bytes
    }

    fn answer(&self, query: A) -> u32 {
        self.table.ask(query)
    }
}

impl<A: Ours> Ask<A> for FrozenSet {
    #[inline(always)]
    fn ask(&self, address: A) -> u32 {
        u32::from(A::contains(self, address))
    }
}

impl<A: Ours> Ask<A> for Partition {
    #[inline(always)]
    fn ask(&self, address: A) -> u32 {
        number(A::class_of(self, address))
    }
}

impl<A: Bits> Ask<A> for PrefixTrie<u32> {
    #[inline(always)]
    fn ask(&self, address: A) -> u32 {
        let found = self.longest_match(Address::new(address.ip()));
        found.map_or(0, |(_, &class)| class)
    }
}

/// Where segments start, and their classes.
struct Sorted<A>(Vec<A>, Vec<u32>);

impl<A: Bits> Ask<A> for Sorted<A> {
    #[inline(always)]
    fn ask(&self, address: A) -> u32 {
        self.1[self.0.partition_point(|&start| start <= address) - 1]
    }
}

/// What a contender can tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Whether an address is in any of the lists.
    Membership,
    /// Which set of lists an address is in.
    Classes,
}

/// One structure under comparison.
pub(crate) struct Contender<A: 'static> {
    pub(crate) name: &'static str,
    pub(crate) answers: Answers,
    /// A crate, and not ours.
    pub(crate) rival: bool,
    pub(crate) build: fn(&Input<A>) -> Box<dyn Lookup<A>>,
}

/// A family with what is ours for it.
pub(crate) trait Ours: Bits {
    fn class_of(partition: &Partition, address: Self) -> Class;
    fn classes_of(partition: &Partition, addresses: &[Self], classes: &mut [Class]);
    fn contains(set: &FrozenSet, address: Self) -> bool;
}

impl Ours for u32 {
    #[inline(always)]
    fn class_of(partition: &Partition, address: Self) -> Class {
        partition.class_of_v4(address)
    }

    fn classes_of(partition: &Partition, addresses: &[Self], classes: &mut [Class]) {
        partition.classes_of_v4(addresses, classes);
    }

    #[inline(always)]
    fn contains(set: &FrozenSet, address: Self) -> bool {
        set.contains_v4(address)
    }
}

impl Ours for u128 {
    #[inline(always)]
    fn class_of(partition: &Partition, address: Self) -> Class {
        partition.class_of_v6(address)
    }

    fn classes_of(partition: &Partition, addresses: &[Self], classes: &mut [Class]) {
        partition.classes_of_v6(addresses, classes);
    }

    #[inline(always)]
    fn contains(set: &FrozenSet, address: Self) -> bool {
        set.contains_v6(address)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "as many classes as blocks at most, about"
)]
fn number(class: Class) -> u32 {
    class.index() as u32
}

fn partition<A>(input: &Input<A>) -> Partition {
    Partition::new(input.lists.iter().map(|list| list.iter().copied()))
}

/// Our structures.
pub(crate) fn ours<A: Ours>() -> Vec<Contender<A>> {
    vec![
        Contender {
            name: "FrozenSet",
            answers: Answers::Membership,
            rival: false,
            build: |input| {
                let table: FrozenSet = input.lists.iter().flatten().copied().collect();
                let bytes = Some(table.bytes());
                Box::new(Built { table, bytes })
            },
        },
        Contender {
            name: "Partition",
            answers: Answers::Classes,
            rival: false,
            build: |input| {
                let table = partition(input);
                let bytes = Some(table.bytes());
                Box::new(Built { table, bytes })
            },
        },
        Contender {
            name: "Partition batch",
            answers: Answers::Classes,
            rival: false,
            build: |input| Box::new(Batch(partition(input))),
        },
        Contender {
            name: "PrefixTrie",
            answers: Answers::Classes,
            rival: false,
            build: |input| {
                let block = |block: &Prefix<A>| {
                    Some((Cidr::new(block.first.ip(), block.length)?, block.number))
                };
                let table: PrefixTrie<u32> = input.blocks.iter().filter_map(block).collect();
                Box::new(Built { table, bytes: None })
            },
        },
        Contender {
            name: "partition_point",
            answers: Answers::Classes,
            rival: false,
            build: |input| {
                let (starts, numbers): (Vec<A>, Vec<u32>) = input.segments.iter().copied().unzip();
                let bytes = Some(starts.len() * (size_of::<A>() + size_of::<u32>()));
                Box::new(Built {
                    table: Sorted(starts, numbers),
                    bytes,
                })
            },
        },
    ]
}

/// Asks for 64 addresses in one call.
struct Batch(Partition);

impl<A: Ours> Lookup<A> for Batch {
    fn independent(&self, queries: &[A]) -> u32 {
        let mut classes = [Class::default(); 64];
        queries.chunks(64).fold(0, |sum, chunk| {
            A::classes_of(&self.0, chunk, &mut classes);
            let chunk = &classes[..chunk.len()];
            chunk
                .iter()
                .fold(sum, |sum, &class| sum.wrapping_add(number(class)))
        })
    }

    fn dependent(&self, queries: &[A]) -> u32 {
        queries.iter().fold(0, |_, &query| self.answer(query))
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.0.bytes())
    }

    fn answer(&self, query: A) -> u32 {
        let mut classes = [Class::default()];
        A::classes_of(&self.0, &[query], &mut classes);
        number(classes[0])
    }
}
