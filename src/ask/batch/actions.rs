//! The action cells of rows.

use super::cache::{Cache, LONGEST};
use super::cells::Cells;
use super::keys::Numbers;
use super::lane::Lane;
use super::row::{Field, Rows};
use crate::eval::{Bits, ResourceSort, Sieve, action_class};
use crate::policy::Action;

/// What is remembered of actions.
#[derive(Debug)]
pub(super) struct Actions<const N: usize> {
    /// The action of rows that do not say theirs.
    constant: Option<Known<N>>,
    cells: Cells<Known<N>>,
    /// By the name and the event source.
    with_source: Cache<Known<N>>,
    numbers: Numbers<String>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Known<const N: usize> {
    /// The number of the action's class.
    class: u32,
    /// The number of the action itself: without a resource, which resources the policies name for it counts as well.
    own: u32,
    about: Bits<N>,
}

impl<const N: usize> Actions<N> {
    /// `constant` is the action of rows that do not say theirs.
    pub(super) fn new(constant: Option<&Action>, sieve: &Sieve<N>) -> Self {
        let mut numbers = Numbers::new();
        Self {
            constant: constant.map(|action| learn(action, &mut numbers, sieve)),
            cells: Cells::new(),
            with_source: Cache::new(8),
            numbers,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Looks at the actions of rows whose resources were looked at.
    pub(super) fn look_at(&mut self, rows: &Rows<'_>, sieve: &Sieve<N>, lanes: &mut [Lane<N>]) {
        let (constant, numbers) = (self.constant, &mut self.numbers);
        let Some(column) = rows.columns.action else {
            for lane in lanes {
                lane.set_action(constant);
            }
            return;
        };
        if rows.columns.event_source.is_some() {
            self.with_source(rows, column, sieve, lanes);
            return;
        }
        let find = |cell: &[u8]| {
            let text = std::str::from_utf8(short(cell)?).ok()?;
            Some(learn(&text.parse().ok()?, numbers, sieve))
        };
        self.cells.column(rows, column, find, |at, found| {
            let unsaid = || constant.filter(|_| rows.field(at, column) == Field::MISSING);
            lanes[at].set_action(found.or_else(unsaid));
        });
    }

    fn with_source(
        &mut self,
        rows: &Rows<'_>,
        column: usize,
        sieve: &Sieve<N>,
        lanes: &mut [Lane<N>],
    ) {
        let mut both = Vec::new();
        for (at, lane) in lanes.iter_mut().enumerate() {
            let row = rows.row(at);
            both.clear();
            both.extend_from_slice(rows.cell(rows.field(at, column)));
            both.push(0);
            both.extend_from_slice(row.event_source_cell().unwrap_or_default());
            let numbers = &mut self.numbers;
            let find = || {
                short(&both).ok_or(())?;
                let action = row.action().ok().flatten().ok_or(())?;
                Ok::<_, ()>(learn(&action.parse().map_err(|_| ())?, numbers, sieve))
            };
            let found = self.with_source.get_or(&both, find).ok().copied();
            let unsaid = || {
                self.constant
                    .filter(|_| rows.field(at, column) == Field::MISSING)
            };
            lane.set_action(found.or_else(unsaid));
        }
    }
}

/// A text that is short enough: numbers keep the text that they stand for.
fn short(text: &[u8]) -> Option<&[u8]> {
    (text.len() <= LONGEST).then_some(text)
}

fn learn<const N: usize>(
    action: &Action,
    numbers: &mut Numbers<String>,
    sieve: &Sieve<N>,
) -> Known<N> {
    Known {
        class: numbers.of(format!("class {}", action_class(action))),
        own: numbers.of(action.lower().to_string()),
        about: sieve.action(action),
    }
}

impl<const N: usize> Lane<N> {
    #[inline]
    fn set_action(&mut self, known: Option<Known<N>>) {
        match known {
            Some(known) if self.sort == ResourceSort::Unsaid => {
                (self.action, self.about) = (known.own, known.about);
            }
            Some(known) => (self.action, self.about) = (known.class, known.about),
            None => self.slow = true,
        }
    }
}
