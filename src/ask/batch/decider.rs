//! Rows decided one after the other.

use super::Batch;
use super::row::Row;
use super::verdict::Verdict;
use crate::error::Result;

/// A verdict, and what the caller made of it once.
#[derive(Debug)]
pub struct Decided {
    /// The answer.
    pub verdict: Verdict,
    /// What `render` made of it.
    pub rendered: Vec<u8>,
}

/// Decides the rows of a batch. It remembers what it met, so rows that are alike cost little; each thread has its own.
pub struct Decider<'a> {
    batch: &'a Batch,
    render: &'a (dyn Fn(&Verdict) -> Vec<u8> + Sync),
    last: Option<Decided>,
}

impl std::fmt::Debug for Decider<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decider").finish_non_exhaustive()
    }
}

impl<'a> Decider<'a> {
    /// A decider; `render` is called once for each verdict that it remembers.
    pub fn new(batch: &'a Batch, render: &'a (dyn Fn(&Verdict) -> Vec<u8> + Sync)) -> Self {
        Self {
            batch,
            render,
            last: None,
        }
    }

    /// Decides one row.
    ///
    /// # Errors
    /// As [`Batch::decide`].
    pub fn decide(&mut self, row: &Row<'_>) -> Result<&Decided> {
        let verdict = self.batch.decide(row)?;
        let rendered = (self.render)(&verdict);
        Ok(self.last.insert(Decided { verdict, rendered }))
    }
}
