//! What cells say of a request, by which rows are told apart.

use super::keys::ProfileKey;
use super::lane::LaneAddress;
use crate::eval::{Bits, Pair, ResourceSort, Truth};

/// What some cells of a row say. What all of them say is the parts of each put together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<const N: usize> {
    /// The numbers of what they say, 0 where they say nothing. All but the last word tell profiles apart: in the first
    /// the owner of the resource, the caller, the class of the action, and from [`ADDRESS`] on what follows there; in
    /// the second which columns with condition keys have a value, by their places; in the third the context and the
    /// account of the resource; in the last the action itself and the head of the resource.
    words: [u64; 4],
    /// What they let through.
    pub(super) passed: Pair<Bits<N>>,
}

/// Where numbers stand in the first word.
const CALLER: u32 = 16;
const ACTION: u32 = 32;
const ADDRESS: u32 = 48;
const SORT: u32 = 50;
const SORTS: u64 = 7 << SORT;
/// What sort of resource it is depends on more than its head.
const BY_LAST: u64 = 1 << 56;
/// The context says the address.
const SAYS_ADDRESS: u64 = 1 << 57;

impl<const N: usize> Part<N> {
    /// The part of cells that say nothing.
    pub(super) fn new() -> Self {
        Self {
            words: [0; 4],
            passed: Pair::known(true),
        }
    }

    /// An action, by the number of its class and its own, and the statements about it.
    pub(super) fn of_action(class: u32, own: u32, about: Bits<N>) -> Self {
        Self {
            words: [u64::from(class) << ACTION, 0, 0, u64::from(own)],
            passed: Pair::between(about, about),
        }
    }

    /// A caller, by the number of its signature.
    pub(super) fn of_caller(number: u32) -> Self {
        Self {
            words: [u64::from(number) << CALLER, 0, 0, 0],
            ..Self::new()
        }
    }

    /// A resource, by the number of its account and region and that of its head; `None`: its sort depends on the rest.
    pub(super) fn of_resource(owner: u32, head: u32, sort: Option<ResourceSort>) -> Self {
        let sort = sort.map_or(BY_LAST, |sort| (sort as u64) << SORT);
        Self {
            words: [u64::from(owner) | sort, 0, 0, u64::from(head) << 32],
            ..Self::new()
        }
    }

    /// A value of a condition key, by the place of its column among those with keys, and what it lets through.
    pub(super) fn of_key(place: usize, passed: Pair<Bits<N>>) -> Self {
        Self {
            words: [0, 1 << place, 0, 0],
            passed,
        }
    }

    /// The account of a resource.
    pub(super) fn of_account(number: u32) -> Self {
        Self {
            words: [0, 0, u64::from(number) << 32, 0],
            ..Self::new()
        }
    }

    /// A context, and whether the address is in it.
    pub(super) fn of_context(number: u32, says_address: bool) -> Self {
        let says_address = if says_address { SAYS_ADDRESS } else { 0 };
        Self {
            words: [says_address, 0, u64::from(number), 0],
            ..Self::new()
        }
    }

    /// Puts the part of other cells to this one.
    #[inline]
    pub(super) fn join(&mut self, other: &Self) {
        for (own, other) in self.words.iter_mut().zip(&other.words) {
            *own |= other;
        }
        self.passed = self.passed.and(&other.passed);
    }

    /// Adds the sort of a resource whose head does not tell it.
    pub(super) fn set_sort(&mut self, sort: ResourceSort) {
        self.words[0] |= (sort as u64) << SORT;
    }

    /// Whether what sort of resource it is depends on more than its head.
    #[inline]
    pub(super) fn is_by_last(&self) -> bool {
        self.words[0] & BY_LAST != 0
    }

    /// Whether the context says the address.
    #[inline]
    pub(super) fn says_address(&self) -> bool {
        self.words[0] & SAYS_ADDRESS != 0
    }

    /// Where there is a resource with a head that is known, its number from 1.
    #[inline]
    pub(super) fn head(&self) -> usize {
        (self.words[3] >> 32) as usize
    }

    /// Which columns with condition keys have a value, by their places.
    pub(super) fn given(&self) -> u64 {
        self.words[1]
    }

    /// What a row is looked up by that says no more than this and an address.
    #[inline]
    pub(super) fn profile(&self, address: LaneAddress) -> ProfileKey {
        let address = match address {
            LaneAddress::Unsaid => 0,
            LaneAddress::Absent => 1,
            LaneAddress::Of(_) => 2,
        };
        let [mut first, second, third, own] = self.words;
        // Without a resource, which resources the policies name for an action counts as well as its class.
        if first & SORTS == 0 {
            first = first & !(0xffff << ACTION) | (own & 0xffff) << ACTION;
        }
        ProfileKey([first | address << ADDRESS, second, third])
    }
}
