//! Rows decided one after the other.

use super::cache::Cache;
use super::fast::Fast;
use super::row::Row;
use super::verdict::Verdict;
use super::{Batch, Sieves};
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
    memory: Memory<'a>,
    /// The last row that was not found in the memory.
    last: Option<Decided>,
    rows: u32,
}

/// What is remembered of rows, by the number of statements.
#[derive(Debug)]
enum Memory<'a> {
    One(Box<Fast<'a, 1>>),
    Four(Box<Fast<'a, 4>>),
    Sixteen(Box<Fast<'a, 16>>),
    /// Rows as a whole: the policies cannot be taken apart.
    Whole(Cache<Decided>, Vec<u8>),
}

impl std::fmt::Debug for Decider<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decider").finish_non_exhaustive()
    }
}

impl<'a> Decider<'a> {
    /// A decider; `render` is called once for each verdict that it remembers.
    pub fn new(batch: &'a Batch, render: &'a (dyn Fn(&Verdict) -> Vec<u8> + Sync)) -> Self {
        let memory = match &batch.sieves {
            Sieves::One(sieve) => Memory::One(Box::new(Fast::new(batch, sieve))),
            Sieves::Four(sieve) => Memory::Four(Box::new(Fast::new(batch, sieve))),
            Sieves::Sixteen(sieve) => Memory::Sixteen(Box::new(Fast::new(batch, sieve))),
            Sieves::None => Memory::Whole(Cache::new(12), Vec::new()),
        };
        Self {
            batch,
            render,
            memory,
            last: None,
            rows: 0,
        }
    }

    /// Decides one row.
    ///
    /// # Errors
    /// As [`Batch::decide`].
    #[inline]
    pub fn decide(&mut self, row: &Row<'_>) -> Result<&Decided> {
        self.rows = self.rows.wrapping_add(1);
        if self.rows.is_multiple_of(TIDY) {
            self.tidy();
        }
        match &mut self.memory {
            Memory::One(fast) => remembered(fast, self.batch, self.render, &mut self.last, row),
            Memory::Four(fast) => remembered(fast, self.batch, self.render, &mut self.last, row),
            Memory::Sixteen(fast) => remembered(fast, self.batch, self.render, &mut self.last, row),
            Memory::Whole(rows, cells) => {
                row.copy_used(cells);
                rows.get_or(cells, || decided(self.batch, self.render, row))
            }
        }
    }

    fn tidy(&mut self) {
        match &mut self.memory {
            Memory::One(fast) => fast.tidy(),
            Memory::Four(fast) => fast.tidy(),
            Memory::Sixteen(fast) => fast.tidy(),
            // It takes no more room than it has.
            Memory::Whole(..) => {}
        }
    }
}

/// After so many rows it is looked whether there is room for more.
const TIDY: u32 = 1 << 12;

type Render<'a> = &'a (dyn Fn(&Verdict) -> Vec<u8> + Sync);

#[inline]
fn remembered<'m, const N: usize>(
    fast: &'m mut Fast<'_, N>,
    batch: &Batch,
    render: Render<'_>,
    last: &'m mut Option<Decided>,
    row: &Row<'_>,
) -> Result<&'m Decided> {
    let decide = || decided(batch, render, row).ok();
    match fast.find(row, decide) {
        Ok(number) => Ok(fast.decided(number)),
        Err(_) => evaluated(batch, render, last, row),
    }
}

#[cold]
fn evaluated<'m>(
    batch: &Batch,
    render: Render<'_>,
    last: &'m mut Option<Decided>,
    row: &Row<'_>,
) -> Result<&'m Decided> {
    Ok(last.insert(decided(batch, render, row)?))
}

fn decided(batch: &Batch, render: Render<'_>, row: &Row<'_>) -> Result<Decided> {
    let verdict = batch.decide(row)?;
    let rendered = render(&verdict);
    Ok(Decided { verdict, rendered })
}
