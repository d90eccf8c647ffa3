//! What is found out about one row, column by column.

use crate::eval::{Bits, Pair, ResourceSort, Truth};
use crate::net::Class;

/// What is known of a row before it is decided. `N` is as in [`Bits`].
#[derive(Clone, Debug)]
pub(super) struct Lane<const N: usize> {
    /// The row needs the evaluator: something is wrong with it, or it has what is not remembered.
    pub(super) slow: bool,
    /// The number of the class of its action.
    pub(super) action: u32,
    /// The number of its caller's signature.
    pub(super) caller: u32,
    /// The number of the account and region in its resource.
    pub(super) owner: u32,
    /// The number of the account column.
    pub(super) account: u32,
    /// The number of the context column.
    pub(super) context: u32,
    /// Which columns with condition keys have a value, by their places.
    pub(super) given: u64,
    pub(super) sort: ResourceSort,
    pub(super) address: LaneAddress,
    /// The statements about its action.
    pub(super) about: Bits<N>,
    /// What its cells with condition keys let through.
    pub(super) passed: Pair<Bits<N>>,
    /// Where its resource has a head that is known: its number from 1, and the colons of the resource.
    pub(super) head: u32,
    pub(super) colons: u64,
    /// The number of its profile.
    pub(super) profile: u32,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LaneAddress {
    /// There is no such cell.
    Unsaid,
    /// The request carries no address.
    Absent,
    /// From an address of this class.
    Of(Class),
}

impl<const N: usize> Lane<N> {
    /// A row of which nothing is known yet.
    pub(super) fn new() -> Self {
        Self {
            slow: false,
            action: 0,
            caller: 0,
            owner: 0,
            account: 0,
            context: 0,
            given: 0,
            sort: ResourceSort::Unsaid,
            address: LaneAddress::Unsaid,
            about: Bits::ALL,
            passed: Pair::known(true),
            head: 0,
            colons: 0,
            profile: 0,
        }
    }
}
