//! Search trees over 32 bits, many in one arena.

use super::node::{FAN, Inner, LEAF_BOUNDARIES, Leaf, key};

/// A cell of a directory in which all addresses have the value outside of the tree.
const OUTSIDE: u32 = u32::MAX;

/// The bits of a cell that are the height of a tree; the others are the number of its topmost node.
const HEIGHT_BITS: u32 = 3;

/// Trees that map every 32-bit address to the value of its segment.
///
/// Over each tree lies a directory: the address space from the first boundary to the last, cut into cells of equal
/// width. A cell leads to a leaf, which it may share with its neighbours, or if it has more boundaries than a leaf, to a
/// static B+ tree of its own. Most cells have no boundaries and the value outside, and lead nowhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Forest {
    inner: Vec<Inner>,
    // INVARIANT: those of one tree follow each other, in order
    leaves: Vec<Leaf>,
}

/// The way into one tree: how its directory is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    /// Where the first cell starts.
    low: u32,
    /// The logarithm of the width of a cell.
    shift: u32,
    // INVARIANT: the value of all addresses that are in no cell
    outside: u32,
    first_leaf: u32,
    leaves: u32,
}

impl Forest {
    /// The value of the address's segment in the tree with that root and that directory.
    #[inline]
    pub(super) fn find(&self, root: &Root, directory: &[u32], address: u32) -> u32 {
        let Some(&cell) = directory.get(root.cell(address)) else {
            return root.outside;
        };
        // a branch on the cell, and a value that is none of its bits: a processor that predicts the branch need not wait
        // for the cell
        if cell == OUTSIDE {
            return root.outside;
        }
        self.descend(cell, key(address))
    }

    #[inline]
    fn descend(&self, cell: u32, key: i32) -> u32 {
        let mut node = (cell >> HEIGHT_BITS) as usize;
        for _ in 0..cell % (1 << HEIGHT_BITS) {
            node = self.inner[node].child(key);
        }
        self.leaves[node].find(key)
    }

    /// The start and the value of each segment of a tree, in order.
    pub(super) fn segments(&self, root: &Root) -> impl Iterator<Item = (u32, u32)> {
        let first = root.first_leaf as usize;
        let leaves = &self.leaves[first..first + root.leaves as usize];
        let value = leaves.first().map_or(root.outside, Leaf::first_value);
        std::iter::once((0, value)).chain(leaves.iter().flat_map(Leaf::boundaries))
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.inner.len() * size_of::<Inner>() + self.leaves.len() * size_of::<Leaf>()
    }

    /// Plants a tree over the segments, of which the first starts at 0, with a directory of at most `2^bits` cells and a
    /// few more, which are appended to `directory`.
    pub(super) fn plant(
        &mut self,
        starts: &[u32],
        values: &[u32],
        bits: u32,
        directory: &mut Vec<u32>,
    ) -> Root {
        let mut root = Root::new(starts, values, bits);
        root.first_leaf = number(self.leaves.len());
        let mut planting = Planting::new(self, values[0]);
        // what is left: the boundaries, and the value before each and after the last
        let (mut starts, mut values) = (&starts[1..], values);
        let cells = starts.last().map_or(0, |&last| root.cell(last) + 1);
        directory.reserve(cells);
        for cell in 0..cells {
            let first = root.low + (number(cell) << root.shift);
            let last = first | ((1 << root.shift) - 1);
            let inside = starts.iter().take_while(|&&start| start <= last).count();
            let flat = starts[..inside].iter().all(|&start| start == first);
            let place = planting.cell(&starts[..inside], &values[..=inside]);
            directory.push(if flat && values[inside] == root.outside {
                OUTSIDE
            } else {
                planting.open_is_used = true;
                place
            });
            (starts, values) = (&starts[inside..], &values[inside..]);
        }
        planting.close();
        root.leaves = number(self.leaves.len()) - root.first_leaf;
        root
    }
}

impl Root {
    /// The root of a tree over the segments, which has no leaves yet.
    fn new(starts: &[u32], values: &[u32], bits: u32) -> Self {
        let outside = values[values.len() - 1];
        let mut root = Self {
            low: 0,
            shift: 31,
            outside,
            first_leaf: 0,
            leaves: 0,
        };
        if let [_, low, .., high] | [_, low @ high] = *starts {
            root.cut(low, high, bits);
            // below the first cell the address wraps round, and must not come out in the last; if it could, or if other
            // addresses than those after the last cell have another value, the first cell starts at 0
            let wraps = high.checked_add(1 << root.shift).is_none();
            if wraps || values[0] != outside {
                root.cut(0, high, bits);
            }
        }
        root
    }

    fn cut(&mut self, low: u32, high: u32, bits: u32) {
        let span = 32 - (high - low).leading_zeros();
        self.shift = span.saturating_sub(bits.max(1));
        self.low = low >> self.shift << self.shift;
    }

    /// The number of the cell that holds the address, or a number beyond the last.
    #[inline]
    fn cell(&self, address: u32) -> usize {
        (address.wrapping_sub(self.low) >> self.shift) as usize
    }
}

/// A tree that is being planted: its leaves are filled from left to right.
struct Planting<'forest> {
    forest: &'forest mut Forest,
    /// The leaf that comes after those of the forest.
    open: Leaf,
    boundaries: usize,
    /// Whether a cell leads to the open leaf.
    open_is_used: bool,
}

impl<'forest> Planting<'forest> {
    fn new(forest: &'forest mut Forest, value: u32) -> Self {
        Self {
            forest,
            open: Leaf::new(value),
            boundaries: 0,
            open_is_used: false,
        }
    }

    /// Takes the boundaries of the next cell, with the value before each and after the last, and returns where the cell
    /// leads: to the open leaf or to a tree of its own.
    fn cell(&mut self, starts: &[u32], values: &[u32]) -> u32 {
        if starts.len() > LEAF_BOUNDARIES {
            self.close();
            let place = self.tree(starts, values);
            self.open = Leaf::new(values[starts.len()]);
            return place;
        }
        if self.boundaries + starts.len() > LEAF_BOUNDARIES {
            self.close();
            self.open = Leaf::new(values[0]);
        }
        for (&start, &value) in starts.iter().zip(&values[1..]) {
            self.open.set(self.boundaries, start, value);
            self.boundaries += 1;
        }
        number(self.forest.leaves.len()) << HEIGHT_BITS
    }

    /// Adds the open leaf to the forest, if anything needs it.
    fn close(&mut self) {
        if self.boundaries > 0 || self.open_is_used {
            self.forest.leaves.push(self.open);
        }
        self.boundaries = 0;
        self.open_is_used = false;
    }

    /// A B+ tree, its leaves full but for the last.
    fn tree(&mut self, starts: &[u32], values: &[u32]) -> u32 {
        let mut first = self.forest.leaves.len();
        let mut last_keys: Vec<i32> = Vec::with_capacity(starts.len() / LEAF_BOUNDARIES + 1);
        for (chunk, starts) in starts.chunks(LEAF_BOUNDARIES).enumerate() {
            let values = &values[chunk * LEAF_BOUNDARIES..];
            let leaf = Leaf::with(starts, values);
            self.forest.leaves.push(leaf);
            last_keys.extend(starts.last().map(|&start| key(start - 1)));
        }
        let mut height = 0;
        while last_keys.len() > 1 {
            let below = first;
            first = self.forest.inner.len();
            for (chunk, children) in last_keys.chunks(FAN).enumerate() {
                let child = number(below + chunk * FAN);
                self.forest.inner.push(Inner::new(child, children));
            }
            last_keys = last_keys
                .chunks(FAN)
                .map(|children| children[children.len() - 1])
                .collect();
            height += 1;
        }
        number(first) << HEIGHT_BITS | height
    }
}

/// The number of a node or a cell.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index)
        .ok()
        .filter(|&index| index < OUTSIDE >> HEIGHT_BITS)
        .expect("2^29 leaves are 64 GiB")
}
