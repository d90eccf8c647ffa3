//! What is found out about one row.

use super::part::Part;
use crate::net::Class;

/// What is known of a row before it is decided. `N` is as in [`Bits`](crate::eval::Bits).
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane<const N: usize> {
    /// The row needs the evaluator: something is wrong with it, or it has what is not remembered.
    pub(super) slow: bool,
    pub(super) address: LaneAddress,
    /// What its cells say, all but the address.
    pub(super) part: Part<N>,
    /// The colons among the first bytes of its resource.
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
            address: LaneAddress::Unsaid,
            part: Part::new(),
            colons: 0,
            profile: 0,
        }
    }
}
