//! The segments of IPv4, laid out to be searched.

use super::forest::{EXIT, Forest, Root};
use super::lanes::{LANES, Lanes};
use super::node::Steps;
use super::segments::Segments;

/// What the segments of IPv4 lead to. With exits, addresses outside of all boundaries are quick; without, no address is
/// slower than another.
#[derive(Clone, Debug)]
pub(super) struct TableV4<const EXITS: bool> {
    forest: Forest<Steps<16>>,
    root: Root,
    directory: Vec<u32>,
    /// The class of the last segment, and most likely of all addresses outside of all blocks.
    outside: u32,
}

impl<const EXITS: bool> TableV4<EXITS> {
    pub(super) fn new(segments: &Segments<u32>) -> Self {
        let (mut forest, mut directory) = (Forest::new(), Vec::new());
        let bits = bits(segments.starts.len(), 6, 20);
        let outside = segments.values[segments.values.len() - 1];
        let root = forest.plant(segments, bits, EXITS.then_some(outside), &mut directory);
        forest.shrink();
        Self {
            forest,
            root,
            directory,
            outside,
        }
    }

    /// The class of the segment that holds the address.
    #[inline]
    pub(super) fn find(&self, address: u32) -> u32 {
        let cell = self.directory[self.root.cell(address)];
        // a branch on the cell, and a class that is none of its bits: a processor that predicts the branch need not wait
        // for the cell
        if EXITS && cell == EXIT {
            return self.outside;
        }
        self.forest.find(cell, address)
    }

    /// The classes of as many addresses, not more than there are lanes.
    pub(super) fn find_each(&self, addresses: &[u32], mut write: impl FnMut(usize, u32)) {
        let (mut cells, mut keys, mut inside) = ([0; LANES], [0; LANES], Lanes::new());
        for (lane, &address) in addresses.iter().enumerate().take(LANES) {
            keys[lane] = address;
            cells[lane] = self.directory[self.root.cell(address)];
            inside.push_if(lane, !EXITS || cells[lane] != EXIT);
            write(lane, self.outside);
        }
        self.forest.find_each(inside, &mut cells, &keys);
        for lane in inside.iter() {
            write(lane, cells[lane]);
        }
    }

    /// The first address and the class of every segment, in order.
    pub(super) fn segments(&self) -> impl Iterator<Item = (u32, u32)> {
        merged(
            self.forest
                .segments(self.root, &self.directory, self.outside),
        )
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.forest.bytes() + self.directory.len() * size_of::<u32>()
    }
}

/// The logarithm of how many cells a directory has for so many boundaries.
pub(super) fn bits(boundaries: usize, least: u32, most: u32) -> u32 {
    boundaries.max(1).ilog2().clamp(least, most)
}

/// Segments without those that have the value of the one before.
pub(super) fn merged<W>(
    segments: impl Iterator<Item = (W, u32)>,
) -> impl Iterator<Item = (W, u32)> {
    let mut last = None;
    segments.filter(move |&(_, value)| last.replace(value) != Some(value))
}
