//! Segments of each family, laid out to be searched.

use super::forest::{Forest, Root, number};
use super::node::BOUNDARIES;
use super::segments::Segments;

/// What the segments of IPv4 lead to.
#[derive(Clone, Debug)]
pub(super) struct TableV4<const EXITS: bool> {
    forest: Forest,
    root: Root,
    directory: Vec<u32>,
}

/// What the segments of IPv6 lead to: a tree over the first 32 bits, a tree over the next for each value of those that
/// has boundaries inside, and a sorted list of the last 64 bits where there are boundaries even there.
#[derive(Clone, Debug)]
pub(super) struct TableV6 {
    forest: Forest,
    root: Root,
    directory: Vec<u32>,
    trees: Vec<Tree>,
    /// The directories of the trees.
    directories: Vec<u32>,
    tails: Vec<Tail>,
    /// The last address of each segment of the tails, without what the tail's addresses have in common.
    ends: Vec<u64>,
    values: Vec<u32>,
}

/// A tree over the second 32 bits, and where its directory is.
#[derive(Clone, Copy, Debug)]
struct Tree {
    root: Root,
    first: u32,
    cells: u32,
}

/// Segments of addresses that have the first 64 bits in common.
#[derive(Clone, Copy, Debug)]
struct Tail {
    first: u32,
    len: u32,
}

/// A value with this bit is the number of a tree or a tail, and not a class.
const DEEPER: u32 = 1 << 31;

/// With `DEEPER`: the place of a small tree.
const SMALL: u32 = 1 << 30;

/// The directory over IPv4 has about as many cells as there are boundaries.
fn bits(boundaries: usize, least: u32, most: u32) -> u32 {
    boundaries.max(1).ilog2().clamp(least, most)
}

impl<const EXITS: bool> TableV4<EXITS> {
    pub(super) fn new(segments: &Segments<u32>) -> Self {
        let (mut forest, mut directory) = (Forest::default(), Vec::new());
        let bits = bits(segments.starts.len(), 6, 20);
        let root = forest.plant(segments, bits, EXITS, &mut directory);
        Self {
            forest,
            root,
            directory,
        }
    }

    /// The class of the segment that holds the address.
    #[inline]
    pub(super) fn find(&self, address: u32) -> u32 {
        if EXITS {
            self.forest
                .find_or_exit(&self.root, &self.directory, address)
        } else {
            self.forest.find(&self.root, &self.directory, address)
        }
    }

    /// The first address and the class of every segment, in order.
    pub(super) fn segments(&self) -> impl Iterator<Item = (u32, u32)> {
        self.forest.segments(&self.root)
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.forest.bytes() + self.directory.len() * size_of::<u32>()
    }
}

impl TableV6 {
    pub(super) fn new(segments: &Segments<u128>) -> Self {
        let mut planting = PlantingV6::default();
        let whole = Part {
            starts: &segments.starts,
            values: &segments.values,
            before: segments.values[0],
        };
        let top = whole.digits(96, |part| planting.tree(part));
        let mut directory = Vec::new();
        let bits = bits(top.starts.len(), 6, 12);
        let root = planting.forest.plant(&top, bits, true, &mut directory);
        Self {
            forest: planting.forest,
            root,
            directory,
            trees: planting.trees,
            directories: planting.directories,
            tails: planting.tails,
            ends: planting.ends,
            values: planting.values,
        }
    }

    /// The class of the segment that holds the address.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the parts of 128 bits")]
    pub(super) fn find(&self, address: u128) -> u32 {
        let first = (address >> 96) as u32;
        let value = self.forest.find_or_exit(&self.root, &self.directory, first);
        if value & DEEPER == 0 {
            return value;
        }
        let second = (address >> 64) as u32;
        let value = if value & SMALL == 0 {
            let tree = &self.trees[(value ^ DEEPER) as usize];
            self.forest.find(&tree.root, self.directory(tree), second)
        } else {
            self.forest.find_at(value ^ DEEPER ^ SMALL, second)
        };
        if value & DEEPER == 0 {
            return value;
        }
        self.find_in_tail(self.tails[(value ^ DEEPER) as usize], address as u64)
    }

    #[inline]
    fn directory(&self, tree: &Tree) -> &[u32] {
        &self.directories[tree.first as usize..][..tree.cells as usize]
    }

    #[inline(never)]
    fn find_in_tail(&self, tail: Tail, address: u64) -> u32 {
        let (first, len) = (tail.first as usize, tail.len as usize);
        let before = self.ends[first..first + len].partition_point(|&end| end < address);
        self.values[first + before]
    }

    /// The first address and the class of every segment, in order.
    pub(super) fn segments(&self) -> impl Iterator<Item = (u128, u32)> {
        let mut last = None;
        let top = self.forest.segments(&self.root);
        top.flat_map(|(start, value)| self.below(u128::from(start) << 96, value))
            .filter(move |&(_, value)| last.replace(value) != Some(value))
    }

    /// What a value at the first 32 bits stands for: itself, or the segments of a tree.
    fn below(&self, start: u128, value: u32) -> impl Iterator<Item = (u128, u32)> {
        let own = (value & DEEPER == 0).then_some((start, value));
        let tree =
            (value & (DEEPER | SMALL) == DEEPER).then(|| &self.trees[(value ^ DEEPER) as usize]);
        let small = (value & (DEEPER | SMALL) == DEEPER | SMALL).then_some(value ^ DEEPER ^ SMALL);
        let tree = tree
            .into_iter()
            .flat_map(|tree| self.forest.segments(&tree.root));
        let small = small
            .into_iter()
            .flat_map(|place| self.forest.segments_at(place));
        let deeper = tree.chain(small);
        let deeper =
            deeper.flat_map(move |(next, value)| self.tail(start | u128::from(next) << 64, value));
        own.into_iter().chain(deeper)
    }

    /// What a value at the second 32 bits stands for: itself, or the segments of a tail.
    fn tail(&self, start: u128, value: u32) -> impl Iterator<Item = (u128, u32)> {
        let tail = (value & DEEPER != 0).then(|| self.tails[(value ^ DEEPER) as usize]);
        let own = tail.is_none().then_some((start, value));
        let deeper = tail.into_iter().flat_map(move |tail| {
            let range = tail.first as usize..tail.first as usize + tail.len as usize;
            let starts = std::iter::once(0).chain(
                self.ends[range.clone()]
                    .iter()
                    .map(|end| end.wrapping_add(1)),
            );
            starts
                .zip(self.values[range].iter().copied())
                .map(move |(next, value)| (start | u128::from(next), value))
        });
        own.into_iter().chain(deeper)
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let cells = self.directory.len() + self.directories.len();
        let tails = self.tails.len() * size_of::<Tail>() + self.ends.len() * size_of::<u64>();
        let values = cells + self.values.len();
        self.forest.bytes()
            + self.trees.len() * size_of::<Tree>()
            + tails
            + values * size_of::<u32>()
    }
}

/// A table for IPv6 that is being made.
#[derive(Default)]
struct PlantingV6 {
    forest: Forest,
    trees: Vec<Tree>,
    directories: Vec<u32>,
    tails: Vec<Tail>,
    ends: Vec<u64>,
    values: Vec<u32>,
}

/// Segments of addresses that begin alike: where each starts and its class, and the class before the first.
#[derive(Clone, Copy)]
struct Part<'segments> {
    starts: &'segments [u128],
    values: &'segments [u32],
    before: u32,
}

impl PlantingV6 {
    /// Plants the tree over the second 32 bits, and returns the value that leads to it.
    fn tree(&mut self, part: Part<'_>) -> u32 {
        let segments = part.digits(64, |part| DEEPER | number(self.tail(part)));
        let boundaries = segments.starts.len() - 1;
        if boundaries <= BOUNDARIES {
            return DEEPER | SMALL | self.forest.plant_small(&segments);
        }
        let first = self.directories.len();
        let bits = bits(boundaries, 1, 16);
        let root = self
            .forest
            .plant(&segments, bits, false, &mut self.directories);
        self.trees.push(Tree {
            root,
            first: number(first),
            cells: number(self.directories.len() - first),
        });
        DEEPER | number(self.trees.len() - 1)
    }

    /// Lists the segments of the last 64 bits, and returns the number of the list.
    #[expect(clippy::cast_possible_truncation, reason = "the last 64 bits")]
    fn tail(&mut self, part: Part<'_>) -> usize {
        let first = self.ends.len();
        let mut before = part.before;
        for (&start, &value) in part.starts.iter().zip(part.values) {
            if let Some(end) = (start as u64).checked_sub(1) {
                self.ends.push(end);
                self.values.push(before);
            }
            before = value;
        }
        self.ends.push(u64::MAX);
        self.values.push(before);
        self.tails.push(Tail {
            first: number(first),
            len: number(self.ends.len() - first),
        });
        self.tails.len() - 1
    }
}

impl Part<'_> {
    /// The segments of the 32 bits above `shift`. Where there are boundaries below `shift`, the value leads to what
    /// `deeper` makes of the segments that begin with those bits.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the 32 bits that are meant"
    )]
    fn digits(self, shift: u32, mut deeper: impl FnMut(Part<'_>) -> u32) -> Segments<u32> {
        let digit = |start: u128| (start >> shift) as u32;
        let mut before = self.before;
        let mut digits = Segments {
            starts: vec![0],
            values: vec![before],
        };
        let mut values = self.values;
        for starts in self
            .starts
            .chunk_by(|&one, &other| digit(one) == digit(other))
        {
            let (here, later) = values.split_at(starts.len());
            values = later;
            let (first, last) = (starts[0], here[here.len() - 1]);
            if starts.len() == 1 && first.trailing_zeros() >= shift {
                digits.push(digit(first), last);
            } else {
                let part = Part {
                    starts,
                    values: here,
                    before,
                };
                digits.push(digit(first), deeper(part));
                if let Some(next) = digit(first).checked_add(1) {
                    digits.push(next, last);
                }
            }
            before = last;
        }
        digits
    }
}
