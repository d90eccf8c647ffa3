//! The nodes of static search trees over 32 bits.

/// Segments of addresses with a value each.
///
/// The keys of a node are the last addresses of segments, and not the first of the next, so that the greatest address
/// needs no case of its own: no address is greater than padding.
pub(super) trait Node {
    /// Boundaries in a node. The last key is always padding.
    const BOUNDARIES: usize;
    /// How many trees can share a node.
    const PLACES: usize;

    /// A node without boundaries.
    fn new(value: u32) -> Self;
    /// Writes boundaries, each with the key before it, from `place` on, and the values: before the first, after each.
    fn write(&mut self, place: usize, ends: impl Iterator<Item = i32>, values: &[u32]);
    /// The value for the address with that key, in the tree that begins at `place`.
    fn find(&self, place: usize, key: i32) -> u32;
    /// The start and the value of each segment of the tree that begins at `place`.
    fn segments(&self, place: usize) -> impl Iterator<Item = (u32, u32)>;
}

/// A node of one tree.
///
/// A search has neither branches nor a place to look up: it adds up, without carry, how the value changes at all
/// boundaries below the address. Compilers turn that into a few instructions over many keys at a time.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Steps<const WIDTH: usize> {
    // INVARIANT: ascending, padding last
    ends: [i32; WIDTH],
    /// The value before each boundary, XOR the one after it; where `ends` has its last padding, the first value.
    steps: [u32; WIDTH],
}

/// A leaf of one tree, or of several small ones, one after the other, each with padding at its end.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Shared<const WIDTH: usize> {
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

impl<const WIDTH: usize> Node for Steps<WIDTH> {
    const BOUNDARIES: usize = WIDTH - 1;
    const PLACES: usize = 1;

    fn new(value: u32) -> Self {
        let mut steps = [0; WIDTH];
        steps[WIDTH - 1] = value;
        Self {
            ends: [PADDING; WIDTH],
            steps,
        }
    }

    fn write(&mut self, place: usize, ends: impl Iterator<Item = i32>, values: &[u32]) {
        let boundaries = self.ends[place..].iter_mut().zip(&mut self.steps[place..]);
        for (((key, step), end), pair) in boundaries.zip(ends).zip(values.windows(2)) {
            *key = end;
            *step = pair[0] ^ pair[1];
        }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of every look-up, which a call would slow down by half"
    )]
    fn find(&self, _: usize, key: i32) -> u32 {
        let mut value = self.steps[WIDTH - 1];
        for (&end, &step) in self.ends.iter().zip(&self.steps) {
            value ^= if end < key { step } else { 0 };
        }
        value
    }

    fn segments(&self, _: usize) -> impl Iterator<Item = (u32, u32)> {
        let first = self.steps[WIDTH - 1];
        let ends = self.ends.iter().take_while(|&&end| end != PADDING);
        let others = ends.zip(&self.steps).scan(first, |value, (&end, step)| {
            *value ^= step;
            Some((start(end), *value))
        });
        std::iter::once((0, first)).chain(others)
    }
}

impl<const WIDTH: usize> Node for Shared<WIDTH> {
    const BOUNDARIES: usize = WIDTH - 1;
    const PLACES: usize = WIDTH;

    fn new(value: u32) -> Self {
        Self {
            ends: [PADDING; WIDTH],
            values: [value; WIDTH],
        }
    }

    fn write(&mut self, place: usize, ends: impl Iterator<Item = i32>, values: &[u32]) {
        for (key, end) in self.ends[place..].iter_mut().zip(ends) {
            *key = end;
        }
        self.values[place..][..values.len()].copy_from_slice(values);
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of every look-up, which a call would slow down by half"
    )]
    fn find(&self, place: usize, key: i32) -> u32 {
        // a bit for each key below, and the lowest, so that no key is a special case to the compiler
        let mut below = 1_u32;
        for (number, &end) in self.ends.iter().enumerate() {
            below |= u32::from(end < key) << (number + 1);
        }
        // the tree ends with padding, whose bit is clear
        let rank = (!(below >> (place + 1))).trailing_zeros() as usize;
        self.values[(place + rank) % WIDTH]
    }

    fn segments(&self, place: usize) -> impl Iterator<Item = (u32, u32)> {
        let ends = self.ends[place..].iter().take_while(|&&end| end != PADDING);
        let starts = std::iter::once(0).chain(ends.map(|&end| start(end)));
        starts.zip(self.values[place..].iter().copied())
    }
}
