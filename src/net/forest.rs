//! Search trees over 32 bits, many in one arena.

use super::node::{BOUNDARIES, Node, SharedLeaf, WIDTH, key};
use super::segments::Segments;

/// A cell of a directory in which all addresses have the value outside of the tree.
const OUTSIDE: u32 = u32::MAX;

/// The bits of a cell that are the height of a tree; the others are the number of its topmost node.
const HEIGHT_BITS: u32 = 3;

/// Trees that map every 32-bit address to the value of its segment.
///
/// Over each tree lies a directory: the address space from the first boundary to the last, cut into cells of equal
/// width. A cell leads to a leaf, which it may share with its neighbours, or if it has more boundaries than a leaf, to a
/// static B+ tree of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Forest {
    inner: Vec<Node>,
    // INVARIANT: those of one tree follow each other, in order
    leaves: Vec<Node>,
    shared: Vec<SharedLeaf>,
    /// How many places of the last shared leaf are taken.
    taken: usize,
}

/// The way into one tree: how its directory is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    /// Where the first cell starts.
    low: u32,
    /// The logarithm of the width of a cell.
    shift: u32,
    /// The number of the last cell.
    last: u32,
    /// The value of the last segment, and most likely of all that lies outside of the tree.
    outside: u32,
    first_leaf: u32,
    leaves: u32,
}

impl Forest {
    /// The value of the address's segment in the tree with that root and that directory, planted with exits.
    #[inline]
    pub(super) fn find_or_exit(&self, root: &Root, directory: &[u32], address: u32) -> u32 {
        let cell = directory[root.cell(address)];
        // a branch on the cell, and a value that is none of its bits: a processor that predicts the branch need not wait
        // for the cell
        if cell == OUTSIDE {
            return root.outside;
        }
        self.descend(cell, key(address))
    }

    /// The value of the address's segment in the tree with that root and that directory, planted without exits.
    #[inline]
    pub(super) fn find(&self, root: &Root, directory: &[u32], address: u32) -> u32 {
        self.descend(directory[root.cell(address)], key(address))
    }

    /// The value of the address's segment in the small tree at that place.
    #[inline]
    pub(super) fn find_at(&self, place: u32, address: u32) -> u32 {
        let place = place as usize;
        self.shared[place / WIDTH].find(place % WIDTH, key(address))
    }

    #[inline]
    fn descend(&self, cell: u32, key: i32) -> u32 {
        let mut node = cell >> HEIGHT_BITS;
        for _ in 0..cell % (1 << HEIGHT_BITS) {
            node = self.inner[node as usize].find(key);
        }
        self.leaves[node as usize].find(key)
    }

    /// The start and the value of each segment of a tree, in order.
    pub(super) fn segments(&self, root: &Root) -> impl Iterator<Item = (u32, u32)> {
        let first = root.first_leaf as usize;
        let leaves = &self.leaves[first..first + root.leaves as usize];
        let alone = leaves.is_empty().then_some((0, root.outside));
        // each leaf but the first begins with the value that the one before ended with
        let leaves = leaves.iter().enumerate();
        let leaves =
            leaves.flat_map(|(number, leaf)| leaf.segments().skip(usize::from(number > 0)));
        alone.into_iter().chain(leaves)
    }

    /// The start and the value of each segment of the small tree at that place, in order.
    pub(super) fn segments_at(&self, place: u32) -> impl Iterator<Item = (u32, u32)> {
        let place = place as usize;
        self.shared[place / WIDTH].segments(place % WIDTH)
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        (self.inner.len() + self.leaves.len()) * size_of::<Node>()
            + self.shared.len() * size_of::<SharedLeaf>()
    }

    /// Plants a tree over the segments, of which the first starts at 0, with a directory of at most `2^bits` cells and a
    /// few more, which are appended to `directory`.
    ///
    /// With exits, cells of which all addresses have the value outside of the tree lead nowhere: quick for such addresses
    /// if they come alone, and a branch that no processor can predict if others are mixed in.
    pub(super) fn plant(
        &mut self,
        Segments { starts, values }: &Segments<u32>,
        bits: u32,
        exits: bool,
        directory: &mut Vec<u32>,
    ) -> Root {
        let mut root = Root::new(starts, values, bits);
        root.first_leaf = number(self.leaves.len());
        let mut planting = Planting::new(self, values[0]);
        // what is left: the boundaries, and the value before each and after the last
        let (mut starts, mut values) = (&starts[1..], &values[..]);
        directory.reserve_exact(root.last as usize + 1);
        for cell in 0..=root.last {
            let first = root.low + (cell << root.shift);
            let last = first | ((1 << root.shift) - 1);
            let inside = starts.iter().take_while(|&&start| start <= last).count();
            let flat = starts[..inside].iter().all(|&start| start == first);
            let place = planting.cell(&starts[..inside], &values[..=inside]);
            directory.push(if exits && flat && values[inside] == root.outside {
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

    /// Plants a tree of as many boundaries as a node has, or fewer, and returns its place. Small trees share leaves.
    pub(super) fn plant_small(&mut self, Segments { starts, values }: &Segments<u32>) -> u32 {
        if self.shared.is_empty() || self.taken + values.len() > WIDTH {
            self.shared.push(SharedLeaf::new());
            self.taken = 0;
        }
        let leaf = self.shared.len() - 1;
        self.shared[leaf].write(self.taken, starts, values);
        let place = number(leaf * WIDTH + self.taken);
        self.taken += values.len();
        place
    }
}

impl Root {
    /// The root of a tree over the segments, which has no leaves yet.
    fn new(starts: &[u32], values: &[u32], bits: u32) -> Self {
        let outside = values[values.len() - 1];
        let mut root = Self {
            low: 0,
            shift: 31,
            last: 0,
            outside,
            first_leaf: 0,
            leaves: 0,
        };
        if let [_, low, .., high] | [_, low @ high] = *starts {
            let span = 32 - (high - low).leading_zeros();
            root.shift = span.saturating_sub(bits.max(1));
            // one more cell on each side: what lies outside of all boundaries comes there, and would cost a search if it
            // shared a cell with them
            let width = 1 << root.shift;
            root.low = (low & !(width - 1)).saturating_sub(width);
            let guard = high.checked_add(width).unwrap_or(u32::MAX);
            root.last = (guard - root.low) >> root.shift;
        }
        root
    }

    /// The number of the cell that holds the address, or is nearest to it.
    #[inline]
    fn cell(&self, address: u32) -> usize {
        (address.saturating_sub(self.low) >> self.shift).min(self.last) as usize
    }
}

/// A tree that is being planted: its leaves are filled from left to right.
struct Planting<'forest> {
    forest: &'forest mut Forest,
    /// The leaf that comes after those of the forest.
    open: Node,
    boundaries: usize,
    /// Whether a cell leads to the open leaf.
    open_is_used: bool,
}

impl<'forest> Planting<'forest> {
    fn new(forest: &'forest mut Forest, value: u32) -> Self {
        Self {
            forest,
            open: Node::new(value),
            boundaries: 0,
            open_is_used: false,
        }
    }

    /// Takes the boundaries of the next cell, with the value before each and after the last, and returns where the cell
    /// leads: to the open leaf or to a tree of its own.
    fn cell(&mut self, starts: &[u32], values: &[u32]) -> u32 {
        if starts.len() > BOUNDARIES {
            self.close();
            let place = self.tree(starts, values);
            self.open = Node::new(values[starts.len()]);
            return place;
        }
        if self.boundaries + starts.len() > BOUNDARIES {
            self.close();
            self.open = Node::new(values[0]);
        }
        for (&start, value) in starts.iter().zip(values.windows(2)) {
            self.open
                .set(self.boundaries, key(start - 1), value[0], value[1]);
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

    /// Adds a B+ tree to the forest, its nodes full but for the last of each level, and returns the cell that leads to it.
    fn tree(&mut self, starts: &[u32], values: &[u32]) -> u32 {
        // the nodes of the level that was made last: the number of each, and the key of the last address before the next
        let mut level: Vec<(u32, i32)> = Vec::new();
        let mut values = values;
        for chunk in starts.chunks(BOUNDARIES) {
            let mut leaf = Node::new(values[0]);
            for (boundary, (&start, value)) in chunk.iter().zip(values.windows(2)).enumerate() {
                leaf.set(boundary, key(start - 1), value[0], value[1]);
            }
            level.push((
                number(self.forest.leaves.len()),
                key(chunk[chunk.len() - 1] - 1),
            ));
            self.forest.leaves.push(leaf);
            values = &values[chunk.len()..];
        }
        let mut height = 0;
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len() / WIDTH + 1);
            for children in level.chunks(WIDTH) {
                let mut node = Node::new(children[0].0);
                for (boundary, pair) in children.windows(2).enumerate() {
                    node.set(boundary, pair[0].1, pair[0].0, pair[1].0);
                }
                above.push((
                    number(self.forest.inner.len()),
                    children[children.len() - 1].1,
                ));
                self.forest.inner.push(node);
            }
            level = above;
            height += 1;
        }
        level[0].0 << HEIGHT_BITS | height
    }
}

/// The number of a node, a cell or the like.
///
/// # Panics
/// For 2^29 and more, which is far more than 10 GiB of any of them.
pub(super) fn number(index: usize) -> u32 {
    let number = u32::try_from(index).ok();
    number
        .filter(|&number| number < OUTSIDE >> HEIGHT_BITS)
        .expect("fewer than 2^29, as documented")
}
