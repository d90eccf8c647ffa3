//! Which statements apply at a class of addresses.

use super::class_set::ClassSet;
use super::truth::{Pointwise, Truth};
use crate::net::Class;

/// The most entries that the index by class may have; beyond that each statement is asked.
const MOST_ENTRIES: usize = 8_000_000;

/// The statements of an answer by where they apply, quick to ask by class.
#[derive(Debug)]
pub(super) enum Applying {
    /// For each class, the statements in order: those of class `n` stand from `starts[n]` up to `starts[n + 1]`.
    ByClass {
        /// Statements that apply everywhere, which are in no row.
        everywhere: Vec<u32>,
        starts: Vec<u32>,
        statements: Vec<u32>,
    },
    /// Where each statement applies.
    ByStatement(Vec<ClassSet>),
}

impl Applying {
    pub(super) fn new(sets: Vec<ClassSet>, count: usize) -> Self {
        let partial = || sets.iter().enumerate().filter(|(_, set)| !set.is(true));
        let entries: usize = partial()
            .flat_map(|(_, set)| set.runs(count))
            .map(|(start, end)| end - start)
            .sum();
        if entries > MOST_ENTRIES || u32::try_from(sets.len()).is_err() {
            return Self::ByStatement(sets);
        }
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let mut starts = vec![0_u32; count + 1];
        for (start, end) in partial().flat_map(|(_, set)| set.runs(count)) {
            starts[start + 1..=end]
                .iter_mut()
                .for_each(|size| *size += 1);
        }
        for class in 0..count {
            starts[class + 1] += starts[class];
        }
        let mut ends = starts.clone();
        let mut statements = vec![0_u32; entries];
        for (index, set) in partial() {
            for class in set.runs(count).flat_map(|(start, end)| start..end) {
                statements[ends[class] as usize] = number(index);
                ends[class] += 1;
            }
        }
        let everywhere = sets.iter().enumerate().filter(|(_, set)| set.is(true));
        Self::ByClass {
            everywhere: everywhere.map(|(index, _)| number(index)).collect(),
            starts,
            statements,
        }
    }

    /// The statements that apply at a class, by their index, in order.
    pub(super) fn at(&self, class: Class) -> impl Iterator<Item = usize> {
        let mut found: Vec<u32> = Vec::new();
        match self {
            Self::ByClass {
                everywhere,
                starts,
                statements,
            } => {
                let (start, end) = (starts[class.index()], starts[class.index() + 1]);
                found.extend(everywhere);
                found.extend(&statements[start as usize..end as usize]);
                found.sort_unstable();
            }
            Self::ByStatement(sets) => {
                let all = (0_u32..).zip(sets);
                found.extend(all.filter(|(_, set)| set.at(class)).map(|(index, _)| index));
            }
        }
        found.into_iter().map(|index| index as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::class_set::Runs;

    #[test]
    fn the_index_says_what_the_sets_say() {
        let set = |classes: &[u32]| {
            let mut runs = Runs::default();
            for class in classes {
                runs.push(Class::new(*class));
            }
            runs.finish(4)
        };
        let sets = vec![set(&[1, 2]), set(&[0, 1, 2, 3]), set(&[]), set(&[0, 3])];
        let index = Applying::new(sets.clone(), 4);
        assert!(matches!(index, Applying::ByClass { .. }));
        let plain = Applying::ByStatement(sets);
        for class in (0..4).map(Class::new) {
            assert!(index.at(class).eq(plain.at(class)));
        }
        assert!(index.at(Class::new(3)).eq([1, 3]));
    }
}
