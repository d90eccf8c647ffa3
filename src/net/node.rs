//! The nodes of static search trees over 32 bits.

/// Keys in a node: as many as one cache line has.
pub(super) const WIDTH: usize = 16;

/// Boundaries in a node. The last key is always padding.
pub(super) const BOUNDARIES: usize = WIDTH - 1;

/// Segments of addresses with a value each: of an inner node the number of a child, of a leaf what was asked for.
///
/// A search has neither branches nor a place to look up: it adds up, without carry, how the value changes at all
/// boundaries below the address. Compilers turn that into a few instructions over many keys at a time.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Node {
    // INVARIANT: ascending, padding last. These are the last addresses of segments, and not the first of the next, so
    // that the greatest address needs no case of its own: no address is greater than padding
    ends: [i32; WIDTH],
    /// The value before each boundary, XOR the one after it; where `ends` has its last padding, the value before all.
    steps: [u32; WIDTH],
}

/// Segments of several small trees, one after the other, each with padding at its end.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct SharedLeaf {
    // INVARIANT: padding last
    ends: [i32; WIDTH],
    values: [u32; WIDTH],
}

const PADDING: i32 = i32::MAX;

/// The key for an address: signed, since signed numbers are the only ones that every x86-64 compares many at a time.
#[inline]
pub(super) fn key(address: u32) -> i32 {
    (address ^ 1 << 31).cast_signed()
}

/// The start of the segment after the one that ends with that key.
fn start(end: i32) -> u32 {
    (end.cast_unsigned() ^ 1 << 31) + 1
}

impl Node {
    /// A node without boundaries.
    pub(super) fn new(value: u32) -> Self {
        let mut steps = [0; WIDTH];
        steps[BOUNDARIES] = value;
        Self {
            ends: [PADDING; WIDTH],
            steps,
        }
    }

    /// Writes the boundary of that number: the key of the last address before it, the values before and after it. All
    /// boundaries with lower numbers were written, and are below this one.
    pub(super) fn set(&mut self, number: usize, end: i32, before: u32, after: u32) {
        self.ends[number] = end;
        self.steps[number] = before ^ after;
    }

    /// The value of the segment that holds the address with that key.
    #[inline]
    pub(super) fn find(&self, key: i32) -> u32 {
        let mut value = self.steps[BOUNDARIES];
        for (&end, &step) in self.ends.iter().zip(&self.steps) {
            value ^= if end < key { step } else { 0 };
        }
        value
    }

    /// The start and the value of each segment; the first starts at 0.
    pub(super) fn segments(&self) -> impl Iterator<Item = (u32, u32)> {
        let first = self.steps[BOUNDARIES];
        let ends = self.ends.iter().take_while(|&&end| end != PADDING);
        let boundaries = ends.zip(&self.steps).scan(first, |value, (&end, step)| {
            *value ^= step;
            Some((start(end), *value))
        });
        std::iter::once((0, first)).chain(boundaries)
    }
}

impl SharedLeaf {
    /// A leaf without trees.
    pub(super) fn new() -> Self {
        Self {
            ends: [PADDING; WIDTH],
            values: [0; WIDTH],
        }
    }

    /// Writes the segments of a tree from `place` on, of which the first starts at 0.
    pub(super) fn write(&mut self, place: usize, starts: &[u32], values: &[u32]) {
        for (end, &start) in self.ends[place..].iter_mut().zip(&starts[1..]) {
            *end = key(start - 1);
        }
        self.values[place..][..values.len()].copy_from_slice(values);
    }

    /// The value of the segment that holds the address with that key, in the tree that begins at `place`.
    #[inline]
    pub(super) fn find(&self, place: usize, key: i32) -> u32 {
        // a bit for each key below, and the lowest, so that no key is a special case to the compiler
        let mut below = 1_u32;
        for (number, &end) in self.ends.iter().enumerate() {
            below |= u32::from(end < key) << (number + 1);
        }
        // the tree ends with padding, whose bit is clear
        let rank = (!(below >> (place + 1))).trailing_zeros() as usize;
        self.values[(place + rank) % WIDTH]
    }

    /// The start and the value of each segment of the tree that begins at `place`.
    pub(super) fn segments(&self, place: usize) -> impl Iterator<Item = (u32, u32)> {
        let ends = self.ends[place..].iter().take_while(|&&end| end != PADDING);
        let starts = std::iter::once(0).chain(ends.map(|&end| start(end)));
        starts.zip(self.values[place..].iter().copied())
    }
}
