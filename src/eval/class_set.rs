//! Sets of address classes, as truth values.

use std::sync::Arc;

use super::truth::{Pointwise, Truth};
use crate::net::Class;

/// A set of address classes: "true" for these addresses.
///
/// Classes are numbered by the order in which they first appear among the addresses, so the classes of one list of
/// blocks come in runs, and a set is kept as the numbers at which it begins and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClassSet {
    /// No class, or every class.
    Known(bool),
    /// The numbers at which membership changes, beginning with "not a member" before class 0.
    // INVARIANT: strictly ascending, not empty, and not `[0]`; a run up to the last class there is has no end
    Changes(Arc<[u32]>),
}

impl ClassSet {
    /// From classes in ascending order, of `count` classes that there are.
    #[cfg(test)]
    fn new(classes: impl IntoIterator<Item = Class>, count: usize) -> Self {
        let mut runs = Runs::default();
        classes.into_iter().for_each(|class| runs.push(class));
        runs.finish(count)
    }

    /// The runs of classes in it, of `count` that there are: the first of each run, and the first after it.
    pub(crate) fn runs(&self, count: usize) -> impl Iterator<Item = (usize, usize)> {
        let changes: &[u32] = match self {
            Self::Known(false) => &[],
            Self::Known(true) => &[0],
            Self::Changes(changes) => changes,
        };
        changes.chunks(2).map(move |run| {
            let end = run.get(1).map_or(count, |end| *end as usize);
            (run[0] as usize, end)
        })
    }

    fn from_changes(changes: Vec<u32>) -> Self {
        match changes.as_slice() {
            [] => Self::Known(false),
            [0] => Self::Known(true),
            _ => Self::Changes(changes.into()),
        }
    }

    /// Whether membership in the result begins or ends where it does in either set.
    fn combine(a: &[u32], b: &[u32], join: fn(bool, bool) -> bool) -> Self {
        let (mut i, mut j) = (0, 0);
        let mut changes = Vec::with_capacity(a.len() + b.len());
        loop {
            let number = match (a.get(i), b.get(j)) {
                (Some(a), Some(b)) => *a.min(b),
                (Some(number), None) | (None, Some(number)) => *number,
                (None, None) => return Self::from_changes(changes),
            };
            i += usize::from(a.get(i) == Some(&number));
            j += usize::from(b.get(j) == Some(&number));
            let member = join(i % 2 == 1, j % 2 == 1);
            if member != (changes.len() % 2 == 1) {
                changes.push(number);
            }
        }
    }
}

/// A set of classes in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    // INVARIANT: an even number, strictly ascending
    changes: Vec<u32>,
}

impl Runs {
    /// Adds a class that comes after those that are in it.
    pub(crate) fn push(&mut self, class: Class) {
        let number = class.number();
        // The run before may go on.
        if self.changes.last() == Some(&number) {
            self.changes.pop();
        } else {
            self.changes.push(number);
        }
        self.changes.push(number + 1);
    }

    /// The set, of `count` classes that there are.
    pub(crate) fn finish(mut self, count: usize) -> ClassSet {
        if self
            .changes
            .last()
            .is_some_and(|end| *end as usize == count)
        {
            self.changes.pop();
        }
        ClassSet::from_changes(self.changes)
    }
}

impl Truth for ClassSet {
    fn known(value: bool) -> Self {
        Self::Known(value)
    }

    fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Known(false), _) | (_, Self::Known(false)) => Self::Known(false),
            (Self::Known(true), set) | (set, Self::Known(true)) => set.clone(),
            (Self::Changes(a), Self::Changes(b)) => Self::combine(a, b, |a, b| a && b),
        }
    }

    fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Known(true), _) | (_, Self::Known(true)) => Self::Known(true),
            (Self::Known(false), set) | (set, Self::Known(false)) => set.clone(),
            (Self::Changes(a), Self::Changes(b)) => Self::combine(a, b, |a, b| a || b),
        }
    }

    fn not(&self) -> Self {
        match self {
            Self::Known(value) => Self::Known(!value),
            Self::Changes(changes) => Self::from_changes(match changes.split_first() {
                Some((0, rest)) => rest.to_vec(),
                _ => std::iter::once(0).chain(changes.iter().copied()).collect(),
            }),
        }
    }

    fn is(&self, value: bool) -> bool {
        *self == Self::Known(value)
    }
}

impl Pointwise for ClassSet {
    fn at(&self, class: Class) -> bool {
        match self {
            Self::Known(value) => *value,
            Self::Changes(changes) => {
                changes.partition_point(|change| *change <= class.number()) % 2 == 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COUNT: usize = 9;

    fn set(bits: u16) -> ClassSet {
        let classes = (0..9_u32).filter(|number| bits >> number & 1 == 1);
        ClassSet::new(classes.map(Class::new), COUNT)
    }

    fn bits(set: &ClassSet) -> u16 {
        (0..9).fold(0, |bits, number| {
            bits | u16::from(set.at(Class::new(number))) << number
        })
    }

    proptest! {
        #[test]
        fn is_the_algebra_of_bits(a in 0..512_u16, b in 0..512_u16) {
            prop_assert_eq!(bits(&set(a)), a);
            prop_assert_eq!(bits(&set(a).and(&set(b))), a & b);
            prop_assert_eq!(bits(&set(a).or(&set(b))), a | b);
            prop_assert_eq!(bits(&set(a).not()), !a & 511);
            // Equal sets are equal values, whichever way they came about.
            prop_assert_eq!(set(a).and(&set(b)), set(a & b));
            prop_assert_eq!(set(a).or(&set(a).not()), ClassSet::known(true));
            prop_assert!(set(a).or(&set(!a & 511)).is(true));
        }
    }
}
