//! Blocks read, decided and written: by as many threads as are wanted, in the order of the input.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::summary::Summary;
use super::work::{Counts, Done, MOST_NAMED, Task, Worker};
use crate::ask::batch::Verdict;
use crate::cmd::Stop;
use crate::cmd::output::Speaker;
use crate::cmd::progress::Progress;
use crate::error::Error;
use crate::input::rows::{BlockError, Blocks, broken};
use crate::report::escape;

/// What was made of all rows.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub(super) counts: Counts,
    pub(super) summary: Summary,
}

/// How a table is gone through.
pub(super) struct Run<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) name: &'a str,
    /// The line of the first row.
    pub(super) first_line: u64,
    pub(super) strict: bool,
    pub(super) threads: usize,
    pub(super) speaker: Speaker,
}

/// Where blocks come from, one thread at a time.
struct Source {
    blocks: Blocks,
    next: u64,
    ended: bool,
}

/// A block that waits for those before it to be written: how much of the stream was read with it, and what became of it.
type Waiting = (u64, Result<Done, BlockError>);

/// Where they go, in their order.
struct Target<'a> {
    out: &'a mut (dyn Write + Send),
    waiting: BTreeMap<u64, Waiting>,
    /// Room that is no longer used.
    spare: Vec<Done>,
    /// The number of the block that is to be written next.
    next: u64,
    line: u64,
    named: usize,
    total: Total,
    progress: Progress,
    stopped: Option<Stop>,
}

impl Run<'_> {
    /// Goes through all blocks.
    ///
    /// # Errors
    /// If the table cannot be read or the result written; with `strict`, at the first row that cannot be read.
    pub(super) fn run(
        &self,
        blocks: Blocks,
        progress: Progress,
        out: &mut (dyn Write + Send),
    ) -> Result<Total, Stop> {
        let source = Mutex::new(Source {
            blocks,
            next: 0,
            ended: false,
        });
        let target = Mutex::new(Target {
            out,
            waiting: BTreeMap::new(),
            spare: Vec::new(),
            next: 0,
            line: self.first_line,
            named: 0,
            total: Total::default(),
            progress,
            stopped: None,
        });
        let turn = Condvar::new();
        std::thread::scope(|scope| {
            for _ in 1..self.threads {
                scope.spawn(|| self.work(&source, &target, &turn));
            }
            self.work(&source, &target, &turn);
        });
        let target = target.into_inner().unwrap_or_else(PoisonError::into_inner);
        target.progress.clear();
        if let Some(stop) = target.stopped {
            return Err(stop);
        }
        self.tell_rest(&target.total, target.named);
        Ok(target.total)
    }

    /// Takes blocks until there are none.
    fn work(&self, source: &Mutex<Source>, target: &Mutex<Target<'_>>, turn: &Condvar) {
        let render = |verdict: &Verdict| self.task.layout.render(verdict);
        let mut worker = Worker::new(self.task, &render);
        let (mut block, mut done) = (Vec::new(), Done::default());
        loop {
            let (number, taken, read) = {
                let mut source = lock(source);
                if source.ended {
                    break;
                }
                let read = source.blocks.next(self.task.shape, &mut block);
                source.ended = block.is_empty() || read.is_err();
                if source.ended && read.is_ok() {
                    break;
                }
                source.next += 1;
                (source.next - 1, source.blocks.taken(), read)
            };
            let became = read.map(|plain| {
                worker.block(&block, plain, &mut done);
                std::mem::take(&mut done)
            });
            let mut target = lock(target);
            // So many blocks are held at most.
            while target.waiting.len() >= self.threads && target.next != number {
                target = turn.wait(target).unwrap_or_else(PoisonError::into_inner);
            }
            target.waiting.insert(number, (taken, became));
            self.write_waiting(&mut target);
            done = target.spare.pop().unwrap_or_default();
            let stopped = target.stopped.is_some();
            drop(target);
            turn.notify_all();
            if stopped {
                break;
            }
        }
    }

    /// Writes the blocks whose turn it is.
    fn write_waiting(&self, target: &mut Target<'_>) {
        while target.stopped.is_none() {
            let next = target.next;
            let Some((taken, became)) = target.waiting.remove(&next) else {
                return;
            };
            let written =
                became
                    .map_err(|error| self.broken(target, error))
                    .and_then(|mut done| {
                        let written = self.write(target, &mut done, taken);
                        target.spare.push(done);
                        written
                    });
            target.stopped = written.err();
            target.next += 1;
        }
        // Nothing is written any more: nobody is to wait.
        target.waiting.clear();
    }

    fn broken(&self, target: &Target<'_>, error: BlockError) -> Stop {
        broken(self.name, target.line, error).into()
    }

    /// Writes what became of a block, and names its bad rows.
    fn write(&self, target: &mut Target<'_>, done: &mut Done, taken: u64) -> Result<(), Stop> {
        if let Some(bad) = done.bad.first().filter(|_| self.strict) {
            target.out.write_all(&done.out.as_bytes()[..bad.written])?;
            // What is not out by now is given up with the rest.
            target.out.flush()?;
            target.total.counts.join(&bad.before);
            let text = self.place(target.line + bad.line, &bad.why);
            let error = Error::request(text);
            return Err(match bad.why.help_text() {
                Some(help) => error.help(help).into(),
                None => error.into(),
            });
        }
        for bad in &done.bad {
            if target.named < MOST_NAMED {
                target.named += 1;
                target.progress.clear();
                self.speaker
                    .say(&self.place(target.line + bad.line, &bad.why));
            }
        }
        target.out.write_all(done.out.as_bytes())?;
        // The next block may come much later.
        target.out.flush()?;
        target.total.counts.join(&done.counts);
        target.total.summary.join(std::mem::take(&mut done.summary));
        target.line += done.lines;
        let rows = target.total.counts.rows;
        target.progress.show(rows, taken);
        Ok(())
    }

    fn place(&self, line: u64, why: &Error) -> String {
        let message = why.message().replace("\n  ", " ");
        let name = escape::terminal(self.name);
        format!("{name}:{line}: {}", escape::terminal(&message))
    }

    /// Counts the bad rows that were not named.
    fn tell_rest(&self, total: &Total, named: usize) {
        let more = total.counts.unreadable.saturating_sub(named as u64);
        if more > 0 {
            let plural = if more == 1 { "" } else { "s" };
            let name = escape::terminal(self.name);
            self.speaker.say(&format!(
                "{name}: {more} more row{plural} could not be read"
            ));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that panicked has ended the process.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
