//! Millions of requests by the same policies: the rows of a table, decided one by one.

mod address;
mod columns;
mod decider;
mod row;
mod verdict;

use jiff::Timestamp;

pub use columns::{Columns, Meaning, Renamed};
pub use decider::{Decided, Decider};
#[cfg(feature = "cli")]
pub(crate) use row::RowAddress;
pub use row::{Field, Row};
pub use verdict::Verdict;

use crate::error::Result;
use crate::eval::Scenario;

/// The policies and facts that hold for every row.
#[derive(Debug)]
pub struct Batch {
    base: Scenario,
    now: Timestamp,
}

impl Batch {
    /// A batch over what a scenario says; `now` stands in where it gives no time.
    pub fn new(base: Scenario, now: Timestamp) -> Self {
        Self { base, now }
    }

    /// Decides one row by the evaluator of one request. A [`Decider`] says the same, sooner.
    ///
    /// # Errors
    /// If a cell cannot be read, or the cells contradict each other.
    pub fn decide(&self, row: &Row<'_>) -> Result<Verdict> {
        let answer = row.scenario(&self.base)?.decide(self.now)?;
        Ok(Verdict::of(&answer))
    }
}
