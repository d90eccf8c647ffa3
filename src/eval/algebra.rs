//! What a question is asked about: one address, or every address at once.

use super::truth::{Pair, Pointwise};
use crate::policy::Condition;

/// The truth values of a question, and what a test of the address comes to in them.
pub(crate) trait Algebra {
    /// The truth values.
    type Truth: Pointwise;

    /// Where the one address of a request matches a value of the test; asked only of tests of a key that holds every
    /// address at once ([`Known::Every`](super::Known::Every)). Negation is the caller's business.
    fn addresses(&self, condition: &Condition) -> Pair<Self::Truth>;
}

/// One address, which stands in the context; a key that holds every address at once is unknown here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneAddress;

impl Algebra for OneAddress {
    type Truth = bool;

    fn addresses(&self, _: &Condition) -> Pair<bool> {
        Pair::unknown()
    }
}
