//! The nodes of static search trees over 32 bits.

/// Keys in a node: as many as one cache line has.
pub(super) const WIDTH: usize = 16;

/// Boundaries in a node. The last key is always padding.
pub(super) const BOUNDARIES: usize = WIDTH - 1;

/// What decides between children, of which each has the number of its place.
///
/// A search has neither branches nor a place to look up: it adds up, without carry, how the value changes at all
/// boundaries below the address. Compilers turn that into a few instructions over many keys at a time.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Inner {
    // INVARIANT: ascending, padding last
    ends: [i32; WIDTH],
    /// The child before each boundary, XOR the one after it; where `ends` has its last padding, the first child.
    steps: [u32; WIDTH],
}

/// Segments of a tree, or of several small trees, one after the other, each with padding at its end.
///
/// Keys are the last addresses of segments, and not the first of the next, so that the greatest address needs no case of
/// its own: no address is greater than padding.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Leaf {
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

impl Inner {
    /// The node above children, of which each has a place and the key of the last address before the next.
    pub(super) fn new(children: &[(u32, i32)]) -> Self {
        let mut node = Self {
            ends: [PADDING; WIDTH],
            steps: [0; WIDTH],
        };
        node.steps[BOUNDARIES] = children[0].0;
        for (number, pair) in children.windows(2).enumerate() {
            node.ends[number] = pair[0].1;
            node.steps[number] = pair[0].0 ^ pair[1].0;
        }
        node
    }

    /// The child for the address with that key.
    #[inline]
    pub(super) fn find(&self, key: i32) -> u32 {
        let mut child = self.steps[BOUNDARIES];
        for (&end, &step) in self.ends.iter().zip(&self.steps) {
            child ^= if end < key { step } else { 0 };
        }
        child
    }

    /// All children, in order.
    pub(super) fn children(&self) -> impl Iterator<Item = u32> {
        let first = self.steps[BOUNDARIES];
        let ends = self.ends.iter().take_while(|&&end| end != PADDING);
        let others = ends.zip(&self.steps).scan(first, |child, (_, step)| {
            *child ^= step;
            Some(*child)
        });
        std::iter::once(first).chain(others)
    }
}

impl Leaf {
    /// A leaf without boundaries.
    pub(super) fn new(value: u32) -> Self {
        Self {
            ends: [PADDING; WIDTH],
            values: [value; WIDTH],
        }
    }

    /// Writes boundaries from `place` on: where each starts, the value before the first, and the value after each.
    pub(super) fn write(&mut self, place: usize, starts: &[u32], values: &[u32]) {
        for (end, &start) in self.ends[place..].iter_mut().zip(starts) {
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
