//! Sets of numbers of one width, as ranges.

use std::fmt::Debug;

/// An address as a number: `u32` for IPv4, `u128` for IPv6.
pub(super) trait Number: Copy + Ord + Debug {
    const MIN: Self;
    const MAX: Self;
    /// The next number; the last has none.
    fn next(self) -> Option<Self>;
    /// The number before; the first has none.
    fn previous(self) -> Option<Self>;
}

impl Number for u32 {
    const MIN: Self = Self::MIN;
    const MAX: Self = Self::MAX;

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

impl Number for u128 {
    const MIN: Self = Self::MIN;
    const MAX: Self = Self::MAX;

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }
}

/// A set of numbers: first and last of each range.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ranges<N>(
    // INVARIANT: in order, `first <= last`, and at least one number between two ranges
    Vec<(N, N)>,
);

impl<N> Default for Ranges<N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<N: Number> Ranges<N> {
    /// Every number.
    pub(super) fn all() -> Self {
        Self(vec![(N::MIN, N::MAX)])
    }

    /// From ranges in any order, which may overlap; `first <= last` in each.
    pub(super) fn new(mut ranges: Vec<(N, N)>) -> Self {
        ranges.sort_unstable();
        Self::from_sorted(ranges)
    }

    /// From ranges in order of their first numbers.
    fn from_sorted(ranges: impl IntoIterator<Item = (N, N)>) -> Self {
        let mut merged: Vec<(N, N)> = Vec::new();
        for (first, last) in ranges {
            match merged.last_mut() {
                Some((_, end)) if end.next().is_none_or(|next| first <= next) => {
                    *end = (*end).max(last);
                }
                _ => merged.push((first, last)),
            }
        }
        Self(merged)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_slice(&self) -> &[(N, N)] {
        &self.0
    }

    /// The range that holds the number.
    fn range_of(&self, number: N) -> Option<(N, N)> {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        let range = self.0[..after].last().copied();
        range.filter(|(_, last)| number <= *last)
    }

    pub(super) fn contains(&self, number: N) -> bool {
        self.range_of(number).is_some()
    }

    pub(super) fn contains_range(&self, first: N, last: N) -> bool {
        self.range_of(first).is_some_and(|(_, end)| last <= end)
    }

    /// The members next to a number on either side, itself if it is one.
    pub(super) fn neighbours(&self, number: N) -> (Option<N>, Option<N>) {
        if self.contains(number) {
            return (Some(number), Some(number));
        }
        let after = self.0.partition_point(|(first, _)| *first <= number);
        let below = self.0[..after].last().map(|(_, last)| *last);
        let above = self.0.get(after).map(|(first, _)| *first);
        (below, above)
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self::from_sorted(merge(&self.0, &other.0))
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut shared = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                shared.push((first, last));
            }
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Self(shared)
    }

    pub(super) fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut start = Some(N::MIN);
        for (first, last) in &self.0 {
            if let (Some(start), Some(end)) = (start, first.previous())
                && start <= end
            {
                gaps.push((start, end));
            }
            start = last.next();
        }
        gaps.extend(start.map(|start| (start, N::MAX)));
        Self(gaps)
    }
}

/// Two lists in order as one.
fn merge<'a, N: Number>(a: &'a [(N, N)], b: &'a [(N, N)]) -> impl Iterator<Item = (N, N)> + 'a {
    let (mut left, mut right) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some(a), Some(b)) if a <= b => left.next(),
        (Some(_), None) => left.next(),
        _ => right.next(),
    })
}
