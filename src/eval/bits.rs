//! Sets of statements, as truth values.

use super::truth::Truth;

/// A set of up to `64 * N` statements, by their numbers. As a truth value it is "true" for these statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bits<const N: usize>(pub(crate) [u64; N]);

impl<const N: usize> Bits<N> {
    /// No statement.
    pub(crate) const NONE: Self = Self([0; N]);
    /// Every statement.
    pub(crate) const ALL: Self = Self([u64::MAX; N]);

    /// Adds a statement, whose number is below `64 * N`.
    pub(crate) fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// Takes a statement away.
    pub(crate) fn remove(&mut self, number: usize) {
        self.0[number / 64] &= !(1 << (number % 64));
    }

    /// Whether a statement is in the set.
    #[inline]
    pub(crate) fn has(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    /// Whether no statement is in both sets.
    #[inline]
    pub(crate) fn is_apart(&self, other: &Self) -> bool {
        (0..N).fold(0, |met, word| met | self.0[word] & other.0[word]) == 0
    }

    /// Those that are not in the other set.
    #[inline]
    pub(crate) fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }
}

impl<const N: usize> Truth for Bits<N> {
    fn known(value: bool) -> Self {
        if value { Self::ALL } else { Self::NONE }
    }

    #[inline]
    fn and(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    #[inline]
    fn or(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    fn not(&self) -> Self {
        Self(self.0.map(|word| !word))
    }

    fn is(&self, value: bool) -> bool {
        *self == Self::known(value)
    }
}
