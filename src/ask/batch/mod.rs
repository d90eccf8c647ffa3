//! Millions of requests by the same policies: the rows of a table, decided one by one.

mod address;
mod cache;
mod columns;
mod decider;
mod fast;
mod keys;
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
use crate::eval::{Scenario, Sieve};

/// The policies and facts that hold for every row.
#[derive(Debug)]
pub struct Batch {
    base: Scenario,
    now: Timestamp,
    sieves: Sieves,
}

/// What the policies tell apart, by the number of their statements.
#[derive(Debug)]
enum Sieves {
    One(Box<Sieve<1>>),
    Four(Box<Sieve<4>>),
    Sixteen(Box<Sieve<16>>),
    /// The policies cannot be taken apart; each row is evaluated.
    None,
}

impl Batch {
    /// A batch over what a scenario says; `now` stands in where it gives no time.
    pub fn new(base: Scenario, now: Timestamp) -> Self {
        let sieves = None
            .or_else(|| Sieve::new(&base.policies).map(|sieve| Sieves::One(Box::new(sieve))))
            .or_else(|| Sieve::new(&base.policies).map(|sieve| Sieves::Four(Box::new(sieve))))
            .or_else(|| Sieve::new(&base.policies).map(|sieve| Sieves::Sixteen(Box::new(sieve))))
            .unwrap_or(Sieves::None);
        Self { base, now, sieves }
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
