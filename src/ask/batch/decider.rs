//! Rows decided, many at a time.

use super::Batch;
use super::cache::Cache;
use super::fast::Fast;
use super::row::{Row, Rows, STRIP};
use super::verdict::Verdict;
use crate::error::Result;
use crate::eval::Sieves;

/// A verdict, and what the caller made of it once.
#[derive(Clone, Debug)]
pub struct Decided<T> {
    /// The answer.
    pub verdict: Verdict,
    /// What was made of it.
    pub made: T,
}

/// Decides the rows of a batch. It remembers what it met, so rows that are alike cost little; each thread has its own.
pub struct Decider<'a, T> {
    batch: &'a Batch,
    make: &'a (dyn Fn(&Verdict) -> T + Sync),
    memory: Memory<'a, T>,
    /// What was decided, by the numbers that the memory gives.
    decided: Vec<Decided<T>>,
}

/// What is remembered of rows, by the number of statements.
#[derive(Debug)]
enum Memory<'a, T> {
    One(Box<Fast<'a, 1>>),
    Four(Box<Fast<'a, 4>>),
    Sixteen(Box<Fast<'a, 16>>),
    /// Rows as a whole: the policies cannot be taken apart.
    Whole(Cache<Decided<T>>, Vec<u8>),
}

impl<T> std::fmt::Debug for Decider<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decider").finish_non_exhaustive()
    }
}

impl<'a, T> Decider<'a, T> {
    /// A decider; `make` is called once for each verdict that it remembers.
    pub fn new(batch: &'a Batch, make: &'a (dyn Fn(&Verdict) -> T + Sync)) -> Self {
        Self {
            batch,
            make,
            memory: Memory::new(batch),
            decided: Vec::new(),
        }
    }

    /// Decides rows, and tells each in order, with its place among them. All the rows that a decider is given should have
    /// the same columns: at others, it begins anew.
    pub fn decide(&mut self, rows: &Rows<'_>, mut each: impl FnMut(usize, Result<&Decided<T>>)) {
        for first in (0..rows.len()).step_by(STRIP) {
            let strip = rows.part(first, STRIP);
            self.strip(&strip, |at, decided| each(first + at, decided));
        }
    }

    fn strip(&mut self, rows: &Rows<'_>, each: impl FnMut(usize, Result<&Decided<T>>)) {
        let (batch, make, decided) = (self.batch, self.make, &mut self.decided);
        match &mut self.memory {
            Memory::One(fast) => looked_up(fast, batch, make, decided, rows, each),
            Memory::Four(fast) => looked_up(fast, batch, make, decided, rows, each),
            Memory::Sixteen(fast) => looked_up(fast, batch, make, decided, rows, each),
            Memory::Whole(known, cells) => whole(known, cells, batch, make, rows, each),
        }
    }
}

impl<'a, T> Memory<'a, T> {
    fn new(batch: &'a Batch) -> Self {
        match &batch.sieves {
            Sieves::One(sieve) => Self::One(Box::new(Fast::new(batch, sieve))),
            Sieves::Four(sieve) => Self::Four(Box::new(Fast::new(batch, sieve))),
            Sieves::Sixteen(sieve) => Self::Sixteen(Box::new(Fast::new(batch, sieve))),
            Sieves::None => Self::Whole(Cache::new(12), Vec::new()),
        }
    }
}

type Make<'a, T> = &'a (dyn Fn(&Verdict) -> T + Sync);

#[inline]
fn looked_up<const N: usize, T>(
    fast: &mut Fast<'_, N>,
    batch: &Batch,
    make: Make<'_, T>,
    decided: &mut Vec<Decided<T>>,
    rows: &Rows<'_>,
    mut each: impl FnMut(usize, Result<&Decided<T>>),
) {
    if fast.is_full() || !fast.is_about(rows.columns) {
        *fast = fast.anew();
        decided.clear();
    }
    fast.look_at(rows);
    let mut numbers = [None; STRIP];
    for (at, number) in numbers[..rows.len()].iter_mut().enumerate() {
        let decide = || {
            decided.push(evaluated(batch, make, &rows.row(at)).ok()?);
            u32::try_from(decided.len() - 1).ok()
        };
        *number = fast.outcome(rows, at, decide).ok();
    }
    for (at, number) in numbers[..rows.len()].iter().enumerate() {
        match number.and_then(|number| decided.get(number as usize)) {
            Some(decided) => each(at, Ok(decided)),
            None => slowly(batch, make, &rows.row(at), |decided| each(at, decided)),
        }
    }
}

fn whole<T>(
    known: &mut Cache<Decided<T>>,
    cells: &mut Vec<u8>,
    batch: &Batch,
    make: Make<'_, T>,
    rows: &Rows<'_>,
    mut each: impl FnMut(usize, Result<&Decided<T>>),
) {
    for at in 0..rows.len() {
        let row = rows.row(at);
        row.copy_used(cells);
        each(at, known.get_or(cells, || evaluated(batch, make, &row)));
    }
}

#[cold]
fn slowly<T>(
    batch: &Batch,
    make: Make<'_, T>,
    row: &Row<'_>,
    each: impl FnOnce(Result<&Decided<T>>),
) {
    match evaluated(batch, make, row) {
        Ok(decided) => each(Ok(&decided)),
        Err(error) => each(Err(error)),
    }
}

fn evaluated<T>(batch: &Batch, make: Make<'_, T>, row: &Row<'_>) -> Result<Decided<T>> {
    let verdict = batch.decide(row)?;
    Ok(Decided {
        made: make(&verdict),
        verdict,
    })
}
