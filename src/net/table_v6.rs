//! The segments of IPv6, laid out to be searched.

use std::collections::HashMap;

use super::forest::{EXIT, Forest, Root, number};
use super::lanes::{LANES, Lanes};
use super::node::{Shared, Steps};
use super::segments::Segments;
use super::table_v4::{bits, merged};

/// What the segments of IPv6 lead to: a tree over the first 32 bits, which leads to trees over the next, and a sorted list
/// of the last 64 bits where there are boundaries even there.
#[derive(Clone, Debug)]
pub(super) struct TableV6<const WIDTH: usize> {
    /// The tree over the first 32 bits.
    top: Forest<Steps<WIDTH>>,
    root: Root,
    directory: Vec<u32>,
    /// The class of the last segment, and most likely of all addresses outside of all blocks.
    outside: u32,
    /// The number of the tree in which all addresses have that class.
    exit: u32,
    /// The trees over the second 32 bits. The values of the first tree are their numbers, even where a tree has no
    /// boundaries: whether it has any, no processor could predict.
    trees: Vec<Tree>,
    forest: Forest<Shared<WIDTH>>,
    /// The directories of the trees.
    directories: Vec<u32>,
    tails: Vec<Tail>,
    /// The last address of each segment of the tails, without what the tail's addresses have in common.
    ends: Vec<u64>,
    values: Vec<u32>,
}

/// A tree over the second 32 bits, and where its directory starts.
#[derive(Clone, Copy, Debug)]
struct Tree {
    root: Root,
    first: u32,
}

/// Segments of addresses that have the first 64 bits in common.
#[derive(Clone, Copy, Debug)]
struct Tail {
    first: u32,
    len: u32,
}

/// A value with this bit is the number of a tail, and not a class.
const DEEPER: u32 = 1 << 31;

impl<const WIDTH: usize> TableV6<WIDTH> {
    pub(super) fn new(segments: &Segments<u128>) -> Self {
        let mut planting = PlantingV6::new();
        let whole = Part {
            starts: &segments.starts,
            values: &segments.values,
            before: segments.values[0],
        };
        let mut top = whole.digits(96, |part| planting.tree(part));
        for value in &mut top.values {
            *value = planting.tree_of(*value);
        }
        let outside = segments.values[segments.values.len() - 1];
        let exit = planting.tree_of(outside);
        let mut directory = Vec::new();
        let bits = bits(top.starts.len(), 6, 12);
        let mut forest = Forest::new();
        let root = forest.plant(&top, bits, Some(exit), &mut directory);
        forest.shrink();
        planting.shrink();
        Self {
            top: forest,
            root,
            directory,
            outside,
            exit,
            trees: planting.trees,
            forest: planting.forest,
            directories: planting.directories,
            tails: planting.tails,
            ends: planting.ends,
            values: planting.values,
        }
    }

    /// The class of the segment that holds the address.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of every look-up, which a call would slow down by half"
    )]
    #[expect(clippy::cast_possible_truncation, reason = "the parts of 128 bits")]
    pub(super) fn find(&self, address: u128) -> u32 {
        let (first, second) = ((address >> 96) as u32, (address >> 64) as u32);
        let cell = self.directory[self.root.cell(first)];
        if cell == EXIT {
            return self.outside;
        }
        let tree = &self.trees[self.top.find_low(cell, first) as usize];
        let cell = self.directories[tree.first as usize + tree.root.cell(second)];
        let value = self.forest.find_low(cell, second);
        if value & DEEPER == 0 {
            return value;
        }
        self.find_in_tail(value, address as u64)
    }

    /// The classes of as many addresses, not more than there are lanes.
    #[expect(clippy::cast_possible_truncation, reason = "the parts of 128 bits")]
    pub(super) fn find_each(&self, addresses: &[u128], mut write: impl FnMut(usize, u32)) {
        let (mut cells, mut keys, mut inside) = ([0; LANES], [0; LANES], Lanes::new());
        for (lane, &address) in addresses.iter().enumerate().take(LANES) {
            keys[lane] = (address >> 96) as u32;
            cells[lane] = self.directory[self.root.cell(keys[lane])];
            inside.push_if(lane, cells[lane] != EXIT);
            write(lane, self.outside);
        }
        self.top.find_each(inside, &mut cells, &keys);
        for lane in inside.iter() {
            let tree = &self.trees[cells[lane] as usize];
            keys[lane] = (addresses[lane] >> 64) as u32;
            cells[lane] = self.directories[tree.first as usize + tree.root.cell(keys[lane])];
        }
        self.forest.find_each(inside, &mut cells, &keys);
        for lane in inside.iter() {
            let value = cells[lane];
            if value & DEEPER == 0 {
                write(lane, value);
            } else {
                write(lane, self.find_in_tail(value, addresses[lane] as u64));
            }
        }
    }

    #[cold]
    fn find_in_tail(&self, value: u32, address: u64) -> u32 {
        let (ends, values) = self.tail(value);
        values[ends.partition_point(|&end| end < address)]
    }

    /// The last address and the class of each segment of the tail that a value leads to.
    fn tail(&self, value: u32) -> (&[u64], &[u32]) {
        let Tail { first, len } = self.tails[(value ^ DEEPER) as usize];
        let range = first as usize..first as usize + len as usize;
        (&self.ends[range.clone()], &self.values[range])
    }

    /// The first address and the class of every segment, in order.
    pub(super) fn segments(&self) -> impl Iterator<Item = (u128, u32)> {
        let top = self.top.segments(self.root, &self.directory, self.exit);
        merged(top.flat_map(|(start, tree)| self.second(u128::from(start) << 96, tree)))
    }

    /// The segments of a tree over the second 32 bits, with what leads deeper resolved.
    fn second(&self, start: u128, tree: u32) -> impl Iterator<Item = (u128, u32)> {
        let tree = self.trees[tree as usize];
        let cells = &self.directories[tree.first as usize..][..tree.root.cells()];
        // these trees have no exits
        let segments = self.forest.segments(tree.root, cells, self.outside);
        segments.flat_map(move |(next, value)| self.third(start | u128::from(next) << 64, value))
    }

    /// The one segment that a class stands for, or those of a tail.
    fn third(&self, start: u128, value: u32) -> impl Iterator<Item = (u128, u32)> {
        let own = (value & DEEPER == 0).then_some((start, value));
        let (ends, values) = if own.is_none() {
            self.tail(value)
        } else {
            (&[][..], &[][..])
        };
        let starts = std::iter::once(0).chain(ends.iter().map(|&end| end.wrapping_add(1)));
        let tail = starts
            .zip(values)
            .map(move |(next, &value)| (start | u128::from(next), value));
        own.into_iter().chain(tail)
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let words = self.directory.len() + self.directories.len() + self.values.len();
        let tails = self.tails.len() * size_of::<Tail>() + self.ends.len() * size_of::<u64>();
        let trees = self.trees.len() * size_of::<Tree>();
        self.top.bytes() + self.forest.bytes() + words * size_of::<u32>() + tails + trees
    }
}

/// A table for IPv6 that is being made.
struct PlantingV6<const WIDTH: usize> {
    forest: Forest<Shared<WIDTH>>,
    trees: Vec<Tree>,
    directories: Vec<u32>,
    tails: Vec<Tail>,
    ends: Vec<u64>,
    values: Vec<u32>,
    /// The trees without boundaries, by class.
    flat: HashMap<u32, u32>,
}

/// Segments of addresses that begin alike: where each starts and its class, and the class before the first.
#[derive(Clone, Copy)]
struct Part<'segments> {
    starts: &'segments [u128],
    values: &'segments [u32],
    before: u32,
}

impl<const WIDTH: usize> PlantingV6<WIDTH> {
    fn new() -> Self {
        Self {
            forest: Forest::new(),
            trees: Vec::new(),
            directories: Vec::new(),
            tails: Vec::new(),
            ends: Vec::new(),
            values: Vec::new(),
            flat: HashMap::new(),
        }
    }

    fn shrink(&mut self) {
        self.forest.shrink();
        self.trees.shrink_to_fit();
        self.directories.shrink_to_fit();
        self.tails.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.values.shrink_to_fit();
    }

    /// Plants a tree over the second 32 bits, and returns what leads to it.
    fn tree(&mut self, part: Part<'_>) -> u32 {
        let segments = part.digits(64, |part| DEEPER | number(self.tail(part)));
        DEEPER | self.plant(&segments)
    }

    /// The number of the tree that a value of the first digits stands for: of a class, a tree without boundaries.
    fn tree_of(&mut self, value: u32) -> u32 {
        if value & DEEPER != 0 {
            return value ^ DEEPER;
        }
        if let Some(&tree) = self.flat.get(&value) {
            return tree;
        }
        let (starts, values) = (vec![0], vec![value]);
        let tree = self.plant(&Segments { starts, values });
        self.flat.insert(value, tree);
        tree
    }

    fn plant(&mut self, segments: &Segments<u32>) -> u32 {
        let first = number(self.directories.len());
        let boundaries = segments.starts.len() - 1;
        let root = if boundaries < WIDTH {
            let cell = self.forest.plant_small(segments);
            self.directories.push(cell);
            Root::ONE_CELL
        } else {
            let bits = bits(boundaries, 1, 16);
            self.forest
                .plant(segments, bits, None, &mut self.directories)
        };
        self.trees.push(Tree { root, first });
        number(self.trees.len() - 1)
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
