//! The actions of rows.

use super::cache::{Cache, LONGEST};
use super::keys::Numbers;
use super::lane::Lane;
use super::part::Part;
use super::row::{Field, Rows};
use crate::eval::{Sieve, action_class};
use crate::policy::Action;

/// What is remembered of actions.
#[derive(Debug)]
pub(super) struct Actions<const N: usize> {
    /// What the action of rows says that do not say theirs.
    constant: Option<Part<N>>,
    /// By the name and the event source.
    with_source: Cache<Part<N>>,
    numbers: Numbers<String>,
}

impl<const N: usize> Actions<N> {
    /// `constant` is the action of rows that do not say theirs.
    pub(super) fn new(constant: Option<&Action>, sieve: &Sieve<N>) -> Self {
        let mut numbers = Numbers::new();
        Self {
            constant: constant.map(|action| learn(action, &mut numbers, sieve)),
            with_source: Cache::new(8),
            numbers,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// What an action says.
    pub(super) fn part(&mut self, cell: &[u8], sieve: &Sieve<N>) -> Option<Part<N>> {
        let text = std::str::from_utf8(short(cell)?).ok()?;
        Some(learn(&text.parse().ok()?, &mut self.numbers, sieve))
    }

    /// Puts to a row what the action says that holds for all rows without one, if there is one.
    pub(super) fn join_constant(&self, lane: &mut Lane<N>) {
        match &self.constant {
            Some(part) => lane.part.join(part),
            None => lane.slow = true,
        }
    }

    /// Puts to rows what their action and event source say.
    pub(super) fn join_with_source(
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
            match self.with_source.get_or(&both, find) {
                Ok(part) => lane.part.join(part),
                Err(()) if rows.field(at, column) == Field::MISSING => self.join_constant(lane),
                Err(()) => lane.slow = true,
            }
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
) -> Part<N> {
    let class = numbers.of(format!("class {}", action_class(action)));
    let own = numbers.of(action.lower().to_string());
    Part::of_action(class, own, sieve.action(action))
}
