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

    fn strip(&mut self, rows: &Rows<'_>, mut each: impl FnMut(usize, Result<&Decided<T>>)) {
        let (batch, make, decided) = (self.batch, self.make, &mut self.decided);
        let mut numbers = [None; STRIP];
        let numbers = &mut numbers[..rows.len()];
        match &mut self.memory {
            Memory::One(fast) => look_up(fast, batch, make, decided, rows, numbers),
            Memory::Four(fast) => look_up(fast, batch, make, decided, rows, numbers),
            Memory::Sixteen(fast) => look_up(fast, batch, make, decided, rows, numbers),
            Memory::Whole(..) => {}
        }
        // One call for all cases, so that what is done with each row becomes part of this loop.
        for (at, number) in numbers.iter().enumerate() {
            let new;
            let known = number.and_then(|number| decided.get(number as usize));
            let told = match (known, &mut self.memory) {
                (Some(decided), _) => Ok(decided),
                (None, Memory::Whole(known, cells)) => {
                    let row = rows.row(at);
                    row.copy_used(cells);
                    known.get_or(cells, || evaluated(batch, make, &row))
                }
                (None, _) => {
                    new = slowly(batch, make, &rows.row(at));
                    new.as_ref().map_err(Clone::clone)
                }
            };
            each(at, told);
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

/// Puts the numbers of what is decided for rows, as far as they are looked up.
fn look_up<const N: usize, T>(
    fast: &mut Fast<'_, N>,
    batch: &Batch,
    make: Make<'_, T>,
    decided: &mut Vec<Decided<T>>,
    rows: &Rows<'_>,
    numbers: &mut [Option<u32>],
) {
    if fast.is_full() || !fast.is_about(rows) {
        *fast = fast.anew();
        decided.clear();
    }
    fast.look_at(rows);
    for (at, number) in numbers.iter_mut().enumerate() {
        let decide = || {
            decided.push(evaluated(batch, make, &rows.row(at)).ok()?);
            u32::try_from(decided.len() - 1).ok()
        };
        *number = fast.outcome(rows, at, decide).ok();
    }
}

#[cold]
fn slowly<T>(batch: &Batch, make: Make<'_, T>, row: &Row<'_>) -> Result<Decided<T>> {
    evaluated(batch, make, row)
}

fn evaluated<T>(batch: &Batch, make: Make<'_, T>, row: &Row<'_>) -> Result<Decided<T>> {
    let verdict = batch.decide(row)?;
    Ok(Decided {
        made: make(&verdict),
        verdict,
    })
}
