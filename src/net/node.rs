//! The nodes of static search trees over 32 bits.

/// Keys in a node: as many as one cache line has.
const WIDTH: usize = 16;

/// Boundaries in a leaf. The last key is always padding, so that there is a value for each rank.
pub(super) const LEAF_BOUNDARIES: usize = WIDTH - 1;

/// Children of an inner node.
pub(super) const FAN: usize = WIDTH;

/// A run of segments.
///
/// Keys are the last addresses of segments, and not the first of the next, so that the greatest address needs no case of
/// its own: padding is the greatest key, and no address is greater.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Leaf {
    // INVARIANT: ascending, padding last
    ends: [i32; WIDTH],
    // INVARIANT: one more than there are keys without padding; the rest is not looked at
    values: [u32; WIDTH],
}

/// What decides between the children of an inner node: the last key of each but the last; then the number of the first
/// child, where the keys of a leaf have padding.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Inner([i32; WIDTH]);

/// The key for an address: signed, since signed numbers are the only ones that every x86-64 compares many at a time.
#[inline]
pub(super) fn key(address: u32) -> i32 {
    (address ^ 1 << 31).cast_signed()
}

const PADDING: i32 = i32::MAX;

/// One bit for each key that is less than `key`, from the lowest on.
#[inline]
fn less(keys: &[i32; WIDTH], key: i32) -> u32 {
    let mut bits = 0;
    for (place, &other) in keys.iter().enumerate() {
        bits |= u32::from(other < key) << place;
    }
    bits
}

impl Leaf {
    /// The value of the segment that holds the address with that key.
    #[inline]
    pub(super) fn find(&self, key: i32) -> u32 {
        // the last key is padding, so its bit is clear, and the number of ones below is less than the width
        let rank = (!less(&self.ends, key)).trailing_zeros() as usize;
        self.values[rank % WIDTH]
    }

    /// A leaf without boundaries.
    pub(super) fn new(value: u32) -> Self {
        Self {
            ends: [PADDING; WIDTH],
            values: [value; WIDTH],
        }
    }

    /// A leaf with those boundaries, and the value before each and after the last.
    pub(super) fn with(starts: &[u32], values: &[u32]) -> Self {
        let mut leaf = Self::new(values[0]);
        for (number, (&start, &value)) in starts.iter().zip(&values[1..]).enumerate() {
            leaf.set(number, start, value);
        }
        leaf
    }

    /// Writes the boundary of that number, of which all before were written: `start` is not 0, and after theirs.
    pub(super) fn set(&mut self, number: usize, start: u32, value: u32) {
        self.ends[number] = key(start - 1);
        self.values[number + 1] = value;
    }

    /// The number of boundaries.
    pub(super) fn len(&self) -> usize {
        self.ends.iter().take_while(|&&end| end != PADDING).count()
    }

    /// The value before the first boundary.
    pub(super) fn first_value(&self) -> u32 {
        self.values[0]
    }

    /// The start and the value after each boundary.
    pub(super) fn boundaries(&self) -> impl Iterator<Item = (u32, u32)> {
        let starts = self
            .ends
            .iter()
            .map(|&end| (end.cast_unsigned() ^ 1 << 31).wrapping_add(1));
        starts
            .zip(self.values[1..].iter().copied())
            .take(self.len())
    }
}

impl Inner {
    /// The number of the child to go on with.
    #[inline]
    pub(super) fn child(&self, key: i32) -> usize {
        let bits = less(&self.0, key) & ((1 << (WIDTH - 1)) - 1);
        let first = self.0[WIDTH - 1].cast_unsigned();
        first as usize + (!bits).trailing_zeros() as usize
    }

    /// The node above children that follow each other from `first` on, with the last key of each.
    pub(super) fn new(first: u32, last_keys: &[i32]) -> Self {
        let mut keys = [PADDING; WIDTH];
        let separators = &last_keys[..last_keys.len() - 1];
        keys[..separators.len()].copy_from_slice(separators);
        keys[WIDTH - 1] = first.cast_signed();
        Self(keys)
    }
}
