//! Lists of blocks, turned into classes of addresses.

use std::net::IpAddr;
use std::sync::OnceLock;

use super::inverse::Inverse;
use super::lanes::LANES;
use super::list_sets::{ListSets, ListSetsBuilder, SetId};
use super::segments::{Entries, Segments};
use super::table_v4::TableV4;
use super::table_v6::TableV6;
use super::word::{Word, push_blocks};
use super::{Address, Cidr};

/// An address class: addresses that no list of a [`Partition`] tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class(u32);

/// The address space of both families, cut by lists of blocks into classes of addresses that are in the same lists.
///
/// # Example
/// ```
/// use ipcond::net::{Cidr, Partition, parse_address};
/// let block = |text: &str| text.parse::<Cidr>().expect("a block");
/// let lists = [vec![block("10.0.0.0/8"), block("2001:db8::/32")], vec![block("10.1.0.0/16")]];
/// let partition = Partition::new(lists);
/// assert_eq!(partition.class_count(), 3); // in no list, in the first, in both: none is in the second alone
/// let class_of = |text| partition.class_of(parse_address(text).expect("an address").0);
/// assert_eq!(class_of("10.0.0.1"), class_of("2001:db8::1")); // a class may hold addresses of both families
/// assert!(partition.lists_of(class_of("10.1.0.1")).eq([0, 1]));
/// assert!(partition.is_in(class_of("10.1.0.1"), 1));
/// ```
#[derive(Clone, Debug)]
pub struct Partition {
    v4: TableV4<true>,
    v6: TableV6<16>,
    sets: ListSets,
    // INVARIANT: the set of lists of each class, all different
    classes: Vec<SetId>,
    /// Made when it is first needed.
    inverse: OnceLock<Inverse>,
}

impl Class {
    /// The class of that number, which means something only to the partition that gave it out.
    ///
    /// # Example
    /// ```
    /// use ipcond::net::{Class, Partition};
    /// let everything = Partition::new([[]; 0]).class_of(ipcond::net::parse_address("::1").expect("an address").0);
    /// assert_eq!(everything, Class::new(0)); // without lists there is one class
    /// ```
    pub fn new(index: u32) -> Self {
        Self(index)
    }

    /// [`Class::index`] as it is kept.
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// The number of the class, counted from 0 in the order in which classes first appear in [`Partition::segments`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Partition {
    /// The classes of any number of lists. A block counts once however often a list repeats it.
    ///
    /// # Panics
    /// For a list with blocks that has 2^32 or more lists before it, and for more blocks than about 2^27, which is many
    /// times what all routers of the Internet know.
    pub fn new<L: IntoIterator<Item = Cidr>>(lists: impl IntoIterator<Item = L>) -> Self {
        let mut entries = Entries::default();
        for (list, blocks) in lists.into_iter().enumerate() {
            for block in blocks {
                let list = u32::try_from(list).expect("fewer than 2^32 lists, as documented");
                entries.push(block, list);
            }
        }
        let mut sets = ListSetsBuilder::new();
        let mut v4 = Segments::new(entries.v4, &mut sets);
        let mut v6 = Segments::new(entries.v6, &mut sets);
        let mut numbers = vec![u32::MAX; sets.len()];
        let mut classes = Vec::new();
        for value in v4.values.iter_mut().chain(&mut v6.values) {
            let number = &mut numbers[*value as usize];
            if *number == u32::MAX {
                *number = u32::try_from(classes.len()).expect("no more classes than sets");
                classes.push(*value);
            }
            *value = *number;
        }
        classes.shrink_to_fit();
        Self {
            v4: TableV4::new(&v4),
            v6: TableV6::new(&v6),
            sets: sets.finish(),
            classes,
            inverse: OnceLock::new(),
        }
    }

    /// The class of an address.
    #[inline]
    pub fn class_of(&self, address: Address) -> Class {
        match address.ip() {
            IpAddr::V4(ip) => self.class_of_v4(ip.to_bits()),
            IpAddr::V6(ip) => self.class_of_v6(ip.to_bits()),
        }
    }

    /// The class of an IPv4 address, given as [`Ipv4Addr::to_bits`](std::net::Ipv4Addr::to_bits) has it.
    #[inline]
    pub fn class_of_v4(&self, address: u32) -> Class {
        Class(self.v4.find(address))
    }

    /// The class of an IPv6 address, given as [`Ipv6Addr::to_bits`](std::net::Ipv6Addr::to_bits) has it.
    /// `::ffff:0:0/96` is ordinary IPv6 here.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a call would make a look-up slower by a third"
    )]
    pub fn class_of_v6(&self, address: u128) -> Class {
        Class(self.v6.find(address))
    }

    /// Writes the class of each IPv4 address to the same place of `classes`; as many as the shorter slice has.
    pub fn classes_of_v4(&self, addresses: &[u32], classes: &mut [Class]) {
        for (addresses, classes) in addresses.chunks(LANES).zip(classes.chunks_mut(LANES)) {
            let count = addresses.len().min(classes.len());
            self.v4.find_each(&addresses[..count], |lane, class| {
                classes[lane] = Class(class);
            });
        }
    }

    /// Writes the class of each IPv6 address to the same place of `classes`; as many as the shorter slice has.
    pub fn classes_of_v6(&self, addresses: &[u128], classes: &mut [Class]) {
        for (addresses, classes) in addresses.chunks(LANES).zip(classes.chunks_mut(LANES)) {
            let count = addresses.len().min(classes.len());
            self.v6.find_each(&addresses[..count], |lane, class| {
                classes[lane] = Class(class);
            });
        }
    }

    /// The number of classes, at least 1.
    pub fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// The lists that every address of the class is in, ascending; none for a class of another partition.
    pub fn lists_of(&self, class: Class) -> impl Iterator<Item = usize> {
        let set = self.classes.get(class.index()).copied().unwrap_or_default();
        self.sets.lists(set)
    }

    /// Whether the addresses of the class are in the list.
    pub fn is_in(&self, class: Class, list: usize) -> bool {
        let set = self.classes.get(class.index()).copied().unwrap_or_default();
        self.sets.contains(set, list)
    }

    /// The classes whose addresses are in the list, ascending. The first call takes as long as a look at all classes.
    pub fn classes_in(&self, list: usize) -> impl Iterator<Item = Class> {
        let inverse = self
            .inverse
            .get_or_init(|| Inverse::new(&self.sets, &self.classes));
        inverse.classes_in(&self.sets, list).into_iter().map(Class)
    }

    /// The first address, the last address and the class of every segment: all of IPv4, then all of IPv6, in order, with
    /// neighbours of one family in different classes.
    pub fn segments(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Class)> {
        let ip = |(first, last, class): (u32, u32, Class)| (first.ip(), last.ip(), class);
        let v4 = ranges(self.v4.segments()).map(ip);
        let ip = |(first, last, class): (u128, u128, Class)| (first.ip(), last.ip(), class);
        v4.chain(ranges(self.v6.segments()).map(ip))
    }

    /// The shortest list of blocks that covers the class: IPv4, then IPv6, in order of address.
    pub fn blocks_of(&self, class: Class) -> Vec<Cidr> {
        let mut blocks = Vec::new();
        for (first, last, _) in ranges(self.v4.segments()).filter(|&(.., other)| other == class) {
            push_blocks(first, last, &mut blocks);
        }
        for (first, last, _) in ranges(self.v6.segments()).filter(|&(.., other)| other == class) {
            push_blocks(first, last, &mut blocks);
        }
        blocks
    }

    /// The memory that it takes, in bytes, without what [`Partition::classes_in`] adds when it is first called.
    pub fn bytes(&self) -> usize {
        let classes = self.classes.len() * size_of::<SetId>();
        self.v4.bytes() + self.v6.bytes() + self.sets.bytes() + classes
    }
}

/// Segments with their last addresses, from their first ones.
fn ranges<W: Word>(
    segments: impl Iterator<Item = (W, u32)>,
) -> impl Iterator<Item = (W, W, Class)> {
    let mut segments = segments.peekable();
    std::iter::from_fn(move || {
        let (first, class) = segments.next()?;
        let last = segments.peek().map_or(W::MAX, |&(next, _)| next.previous());
        Some((first, last, Class(class)))
    })
}
