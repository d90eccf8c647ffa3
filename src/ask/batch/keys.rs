//! What rows are looked up by.

use std::collections::HashMap;
use std::hash::Hash;

use super::cache::{Words, hash_words};
use crate::eval::{Bits, ResourceSort};
use crate::policy::ArnParts;

/// All that decides what a request passes through, but for what is looked at apart: see [`Part`](super::part::Part).
#[derive(Clone, Copy, Debug)]
pub(super) struct ProfileKey(pub(super) [u64; 3]);

/// A number that is packed into a [`ProfileKey`] is below this: it has sixteen bits.
pub(super) const MOST_NUMBERS: usize = 1 << 16;

impl PartialEq for ProfileKey {
    // not derived: a call to compare so few words takes longer than the comparison
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let words = self.0.iter().zip(&other.0);
        words.fold(0, |differ, (own, other)| differ | own ^ other) == 0
    }
}

impl Words for ProfileKey {
    #[inline]
    fn hash(&self) -> u64 {
        hash_words(&self.0)
    }
}

/// Rows with equal ones are told the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ask) struct OutcomeKey<const N: usize> {
    pub(in crate::ask) shape: u32,
    /// The profile, where something is open: what a decision depends on is more than which statements are.
    pub(in crate::ask) open: u32,
    pub(in crate::ask) certainly: Bits<N>,
    pub(in crate::ask) possibly: Bits<N>,
    /// The Allows that miss nothing but the address.
    pub(in crate::ask) near: Bits<N>,
}

impl<const N: usize> Words for OutcomeKey<N> {
    #[inline]
    fn hash(&self) -> u64 {
        // The statements that may apply are seldom others than those that do.
        hash_words(&[
            u64::from(self.shape) << 32 | u64::from(self.open),
            hash_words(&self.certainly.0),
            hash_words(&self.near.0),
        ])
    }
}

/// Numbers for values, the same for the same.
#[derive(Debug)]
pub(in crate::ask) struct Numbers<T>(HashMap<T, u32>);

impl<T: Eq + Hash> Numbers<T> {
    pub(in crate::ask) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(in crate::ask) fn len(&self) -> usize {
        self.0.len()
    }

    /// The number of a value, from 1.
    pub(in crate::ask) fn of(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.0.len() + 1).unwrap_or(u32::MAX);
        *self.0.entry(value).or_insert(next)
    }
}

/// What rules can see of an ARN.
pub(in crate::ask) fn sort(arn: &ArnParts<'_>) -> ResourceSort {
    match arn.service() {
        b"iam" if arn.resource().starts_with(b"role/aws-service-role/") => {
            ResourceSort::ServiceLinkedRole
        }
        b"iam" if arn.resource().starts_with(b"role/") => ResourceSort::Role,
        b"kms" if arn.resource().starts_with(b"key/") => ResourceSort::Key,
        _ => ResourceSort::Other,
    }
}

/// The bytes of what is as long as an account id; other texts are no account, whatever they are.
#[inline]
pub(in crate::ask) fn account_words(account: &[u8]) -> (u64, u32) {
    match (account.len(), account.first_chunk(), account.last_chunk()) {
        (12, Some(first), Some(last)) => (u64::from_le_bytes(*first), u32::from_le_bytes(*last)),
        _ => (0, 0),
    }
}
