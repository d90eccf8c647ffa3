//! Search trees over 32 bits, many in one arena.

use super::lanes::{LANES, Lanes};
use super::node::{Node, Shared, Steps, key};

use super::segments::Segments;

/// A cell of a directory that leads nowhere: all its addresses have the value outside of the tree.
pub(super) const EXIT: u32 = u32::MAX;

/// The bits of a cell that are the height of what it leads to; the others are the place of that: a leaf and where in it,
/// or the number of an inner node.
const HEIGHT_BITS: u32 = 3;

/// The children of an inner node.
const FAN: usize = 16;

/// Trees that map every 32-bit address to the value of its segment.
///
/// Over each tree lies a directory: the address space from the first boundary to the last, cut into cells of equal
/// width. A cell leads to a leaf, which it may share with its neighbours, or if it has more boundaries than a leaf, to a
/// static B+ tree of its own.
#[derive(Clone, Debug)]
pub(super) struct Forest<L> {
    inner: Vec<Steps<FAN>>,
    leaves: Vec<L>,
    /// The leaf that small trees share, and how many of its places are taken.
    shared: Option<(usize, usize)>,
}

/// How the directory of a tree is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    /// Where the first cell starts.
    low: u32,
    /// The logarithm of the width of a cell.
    shift: u32,
    /// The number of the last cell.
    last: u32,
}

impl<L: Node + Copy> Forest<L> {
    pub(super) fn new() -> Self {
        Self {
            inner: Vec::new(),
            leaves: Vec::new(),
            shared: None,
        }
    }

    /// The value of the address's segment, in what a cell leads to.
    #[inline(never)]
    pub(super) fn find(&self, cell: u32, address: u32) -> u32 {
        let (mut place, height, key) =
            (cell >> HEIGHT_BITS, cell % (1 << HEIGHT_BITS), key(address));
        for _ in 0..height {
            place = self.inner[place as usize].find(0, key);
        }
        self.find_at(place, key)
    }

    /// The same as `find`, quicker where most cells lead to leaves, and slower where trees are common.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of every look-up, which a call would slow down by half"
    )]
    pub(super) fn find_low(&self, cell: u32, address: u32) -> u32 {
        let (place, height, key) = (cell >> HEIGHT_BITS, cell % (1 << HEIGHT_BITS), key(address));
        let place = if height == 0 {
            place
        } else {
            self.leaf_below(place, height, key)
        };
        self.find_at(place, key)
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of every look-up, which a call would slow down by half"
    )]
    fn find_at(&self, place: u32, key: i32) -> u32 {
        let place = place as usize;
        self.leaves[place / L::PLACES].find(place % L::PLACES, key)
    }

    /// The place of the leaf for a key. Not inlined, so that the way to a leaf without a tree above it is short.
    #[inline(never)]
    fn leaf_below(&self, mut place: u32, height: u32, key: i32) -> u32 {
        for _ in 0..height {
            place = self.inner[place as usize].find(0, key);
        }
        place
    }

    /// Finds what the cell of each lane leads to, and writes the values over the cells: level by level, so that lanes with
    /// trees of different heights share no branch.
    pub(super) fn find_each(
        &self,
        lanes: Lanes,
        cells: &mut [u32; LANES],
        addresses: &[u32; LANES],
    ) {
        let mut waiting = lanes;
        while !waiting.is_empty() {
            let (mut at_leaf, mut above) = (Lanes::new(), Lanes::new());
            for lane in waiting.iter() {
                let height = cells[lane] % (1 << HEIGHT_BITS);
                at_leaf.push_if(lane, height == 0);
                above.push_if(lane, height > 0);
            }
            for lane in at_leaf.iter() {
                cells[lane] = self.find(cells[lane] >> HEIGHT_BITS << HEIGHT_BITS, addresses[lane]);
            }
            for lane in above.iter() {
                let inner = &self.inner[(cells[lane] >> HEIGHT_BITS) as usize];
                let height = cells[lane] % (1 << HEIGHT_BITS);
                cells[lane] = inner.find(0, key(addresses[lane])) << HEIGHT_BITS | (height - 1);
            }
            waiting = above;
        }
    }

    /// The start and the value of each segment of a tree, in order. Neighbours may have the same value. `outside` is the
    /// value of exits.
    pub(super) fn segments(
        &self,
        root: Root,
        directory: &[u32],
        outside: u32,
    ) -> impl Iterator<Item = (u32, u32)> {
        directory.iter().zip(0..).flat_map(move |(&cell, number)| {
            let first = root.low + (number << root.shift);
            let last = if number == root.last {
                u32::MAX
            } else {
                first | ((1 << root.shift) - 1)
            };
            let first = if number == 0 { 0 } else { first };
            let exit = (cell == EXIT).then_some((first, outside));
            let inside = (cell != EXIT)
                .then(|| self.below(cell))
                .into_iter()
                .flatten()
                .peekable();
            exit.into_iter().chain(clip(inside, first, last))
        })
    }

    /// The start and the value of each segment of what a cell leads to, in order; the first starts at 0.
    fn below(&self, cell: u32) -> impl Iterator<Item = (u32, u32)> {
        let mut places = vec![cell >> HEIGHT_BITS];
        for _ in 0..cell % (1 << HEIGHT_BITS) {
            let inner = places.iter().map(|&place| &self.inner[place as usize]);
            let children = inner.flat_map(|inner| inner.segments(0));
            places = children.map(|(_, place)| place).collect();
        }
        places.into_iter().enumerate().flat_map(|(number, place)| {
            let place = place as usize;
            let segments = self.leaves[place / L::PLACES].segments(place % L::PLACES);
            // each leaf but the first begins with the value that the one before ended with
            segments.skip(usize::from(number > 0))
        })
    }

    /// Gives back the memory that is only there to grow.
    pub(super) fn shrink(&mut self) {
        self.inner.shrink_to_fit();
        self.leaves.shrink_to_fit();
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.inner.len() * size_of::<Steps<FAN>>() + self.leaves.len() * size_of::<L>()
    }

    /// Plants a tree over the segments, of which the first starts at 0, with a directory of at most `2^bits` cells and a
    /// few more, which are appended to `directory`.
    ///
    /// Cells of which all addresses have the value `outside`, if there is one, are exits: quick for such addresses if
    /// they come alone, and a branch that no processor can predict if others are mixed in.
    pub(super) fn plant(
        &mut self,
        Segments { starts, values }: &Segments<u32>,
        bits: u32,
        outside: Option<u32>,
        directory: &mut Vec<u32>,
    ) -> Root {
        let root = Root::new(starts, bits);
        let mut planting = Planting::new(self, values[0]);
        // what is left: the boundaries, and the value before each and after the last
        let (mut starts, mut values) = (&starts[1..], &values[..]);
        directory.reserve(root.cells());
        for cell in 0..=root.last {
            let first = root.low + (cell << root.shift);
            let last = first | ((1 << root.shift) - 1);
            let inside = starts.iter().take_while(|&&start| start <= last).count();
            let flat = starts[..inside].iter().all(|&start| start == first);
            let place = planting.cell(&starts[..inside], &values[..=inside]);
            directory.push(if flat && Some(values[inside]) == outside {
                EXIT
            } else {
                planting.open_is_used = true;
                place
            });
            (starts, values) = (&starts[inside..], &values[inside..]);
        }
        planting.close();
        root
    }
}

impl<const WIDTH: usize> Forest<Shared<WIDTH>> {
    /// Plants a tree of as many boundaries as a leaf has, or fewer, and returns the cell that leads to it. Small trees
    /// share leaves.
    pub(super) fn plant_small(&mut self, Segments { starts, values }: &Segments<u32>) -> u32 {
        let free = self
            .shared
            .filter(|&(_, taken)| taken + values.len() <= WIDTH);
        let (leaf, taken) = free.unwrap_or((self.leaves.len(), 0));
        if taken == 0 {
            self.leaves.push(Shared::new(0));
        }
        self.leaves[leaf].write(taken, ends(&starts[1..]), values);
        self.shared = Some((leaf, taken + values.len()));
        number(leaf * WIDTH + taken) << HEIGHT_BITS
    }
}

/// The keys before boundaries.
fn ends(starts: &[u32]) -> impl Iterator<Item = i32> {
    starts.iter().map(|&start| key(start - 1))
}

/// The part of the segments from `first` to `last`.
fn clip(
    segments: std::iter::Peekable<impl Iterator<Item = (u32, u32)>>,
    first: u32,
    last: u32,
) -> impl Iterator<Item = (u32, u32)> {
    let mut segments = segments;
    std::iter::from_fn(move || {
        loop {
            let (start, value) = segments.next()?;
            if segments.peek().is_none_or(|&(next, _)| next > first) {
                return (start <= last).then_some((start.max(first), value));
            }
        }
    })
}

impl Root {
    /// A directory of one cell for everything.
    pub(super) const ONE_CELL: Self = Self {
        low: 0,
        shift: 31,
        last: 0,
    };

    fn new(starts: &[u32], bits: u32) -> Self {
        let mut root = Self::ONE_CELL;
        if let [_, low, .., high] | [_, low @ high] = *starts {
            let span = 32 - (high - low).leading_zeros();
            root.shift = span.saturating_sub(bits.max(1));
            // one more cell on each side: what lies outside of all boundaries comes there, and would cost a search if it
            // shared a cell with them
            let width = 1 << root.shift;
            root.low = (low & !(width - 1)).saturating_sub(width);
            let guard = high.saturating_add(width);
            root.last = (guard - root.low) >> root.shift;
        }
        root
    }

    /// The number of cells.
    pub(super) fn cells(self) -> usize {
        self.last as usize + 1
    }

    /// The number of the cell that holds the address, or is nearest to it.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of every look-up, which a call would slow down by half"
    )]
    pub(super) fn cell(&self, address: u32) -> usize {
        (address.saturating_sub(self.low) >> self.shift).min(self.last) as usize
    }
}

/// A tree that is being planted: its leaves are filled from left to right.
struct Planting<'forest, L> {
    forest: &'forest mut Forest<L>,
    /// The leaf that comes after those of the forest.
    open: L,
    boundaries: usize,
    /// Whether a cell leads to the open leaf.
    open_is_used: bool,
}

impl<'forest, L: Node + Copy> Planting<'forest, L> {
    fn new(forest: &'forest mut Forest<L>, value: u32) -> Self {
        Self {
            forest,
            open: L::new(value),
            boundaries: 0,
            open_is_used: false,
        }
    }

    /// Takes the boundaries of the next cell, with the value before each and after the last, and returns where the cell
    /// leads: to the open leaf or to a tree of its own.
    fn cell(&mut self, starts: &[u32], values: &[u32]) -> u32 {
        if starts.len() > L::BOUNDARIES {
            self.close();
            let cell = self.tree(starts, values);
            self.open = L::new(values[starts.len()]);
            return cell;
        }
        if self.boundaries + starts.len() > L::BOUNDARIES {
            self.close();
            self.open = L::new(values[0]);
        }
        self.open.write(self.boundaries, ends(starts), values);
        self.boundaries += starts.len();
        number(self.forest.leaves.len() * L::PLACES) << HEIGHT_BITS
    }

    /// Adds the open leaf to the forest, if a cell leads there.
    fn close(&mut self) {
        if self.open_is_used {
            self.forest.leaves.push(self.open);
        }
        self.boundaries = 0;
        self.open_is_used = false;
    }

    /// Adds a B+ tree to the forest, its nodes full but for the last of each level, and returns the cell that leads to it.
    fn tree(&mut self, starts: &[u32], values: &[u32]) -> u32 {
        // the nodes of the level that was made last: the place of each, and the key of the last address before the next
        let mut level: Vec<(u32, i32)> = Vec::with_capacity(starts.len() / L::BOUNDARIES + 1);
        let mut values = values;
        for starts in starts.chunks(L::BOUNDARIES) {
            let mut leaf = L::new(values[0]);
            leaf.write(0, ends(starts), &values[..=starts.len()]);
            let place = number(self.forest.leaves.len() * L::PLACES);
            level.push((place, key(starts[starts.len() - 1] - 1)));
            self.forest.leaves.push(leaf);
            values = &values[starts.len()..];
        }
        let mut height = 0;
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len() / FAN + 1);
            for children in level.chunks(FAN) {
                above.push((
                    number(self.forest.inner.len()),
                    children[children.len() - 1].1,
                ));
                let mut inner = Steps::new(children[0].0);
                let places: Vec<u32> = children.iter().map(|child| child.0).collect();
                inner.write(
                    0,
                    children.iter().map(|child| child.1).take(places.len() - 1),
                    &places,
                );
                self.forest.inner.push(inner);
            }
            level = above;
            height += 1;
        }
        level[0].0 << HEIGHT_BITS | height
    }
}

/// The number of a place, a cell or the like.
///
/// # Panics
/// For 2^29 and more, which is far more than 10 GiB of any of them.
pub(super) fn number(index: usize) -> u32 {
    let number = u32::try_from(index).ok();
    number
        .filter(|&number| number < EXIT >> HEIGHT_BITS)
        .expect("fewer than 2^29, as documented")
}
