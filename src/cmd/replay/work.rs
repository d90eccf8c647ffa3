//! Files read and judged by as many threads as are wanted, and written in the order of the input.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::ask::replay::{Entry, Judge, Question, Tally};
use crate::cmd::Stop;
use crate::cmd::output::Speaker;
use crate::cmd::progress::Progress;
use crate::input::cloudtrail::files::Log;
use crate::input::cloudtrail::{Bad, Item, Records};
use crate::report::escape;
use crate::report::replay::rows::Layout;
use crate::report::suite::thousands;

/// The most bad records that are named.
const MOST_NAMED: usize = 10;

/// Lines that are kept for their turn to be written; a thread that has more waits for it.
const MOST_KEPT: usize = 4 << 20;

/// How files are gone through.
pub(super) struct Run<'a> {
    pub(super) question: &'a Question,
    /// How each event is written, if it is.
    pub(super) layout: Option<Layout>,
    pub(super) logs: &'a [Log],
    pub(super) threads: usize,
    pub(super) speaker: Speaker,
}

/// Where the results go, file by file.
struct Target<'a> {
    out: &'a mut (dyn Write + Send),
    /// The file that is to be written next.
    next: usize,
    tally: Tally,
    bytes: u64,
    named: usize,
    progress: Progress,
    stopped: Option<Stop>,
}

/// What all threads share.
struct Shared<'a> {
    /// The file that is to be read next.
    next: AtomicUsize,
    stopped: AtomicBool,
    target: Mutex<Target<'a>>,
    turn: Condvar,
}

/// What became of a file, as far as it is not written yet.
#[derive(Default)]
struct Done {
    out: Vec<u8>,
    tally: Tally,
    /// The first ones.
    bad: Vec<Bad>,
}

impl Run<'_> {
    /// Goes through all files.
    ///
    /// # Errors
    /// If a file cannot be opened, or the result not be written.
    pub(super) fn run(
        &self,
        progress: Progress,
        out: &mut (dyn Write + Send),
    ) -> Result<Tally, Stop> {
        let shared = Shared {
            next: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            target: Mutex::new(Target {
                out,
                next: 0,
                tally: Tally::default(),
                bytes: 0,
                named: 0,
                progress,
                stopped: None,
            }),
            turn: Condvar::new(),
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.min(self.logs.len()) {
                scope.spawn(|| self.work(&shared));
            }
            self.work(&shared);
        });
        let target = shared.target.into_inner();
        let target = target.unwrap_or_else(PoisonError::into_inner);
        target.progress.clear();
        if let Some(stop) = target.stopped {
            return Err(stop);
        }
        let more = target.tally.unreadable.saturating_sub(target.named as u64);
        if more > 0 {
            let plural = if more == 1 { "" } else { "s" };
            let more = thousands(more);
            self.speaker
                .say(&format!("{more} more record{plural} could not be read"));
        }
        Ok(target.tally)
    }

    /// Takes files until there are none.
    fn work(&self, shared: &Shared<'_>) {
        let mut judge = Judge::new(self.question);
        loop {
            let at = shared.next.fetch_add(1, Ordering::Relaxed);
            let Some(log) = self.logs.get(at) else {
                return;
            };
            if shared.stopped.load(Ordering::Relaxed) {
                return;
            }
            let mut done = Done::default();
            let read = self.file(log, at, &mut judge, &mut done, shared);
            let mut target = shared.turn(at);
            if target.stopped.is_some() {
                return;
            }
            let written = read.and_then(|()| self.write(&mut target, log, &mut done));
            target.tally.join(done.tally);
            target.bytes += log.size;
            target.next += 1;
            if let Err(stop) = written {
                target.stopped = Some(stop);
                shared.stopped.store(true, Ordering::Relaxed);
            }
            let (events, bytes) = (target.tally.events, target.bytes);
            target.progress.show(events, bytes);
            drop(target);
            shared.turn.notify_all();
        }
    }

    /// Judges the events of a file.
    fn file(
        &self,
        log: &Log,
        at: usize,
        judge: &mut Judge<'_>,
        done: &mut Done,
        shared: &Shared<'_>,
    ) -> Result<(), Stop> {
        let mut records = Records::new(log.open()?);
        while records.read(&mut |item| self.item(item, judge, done)) {
            if done.out.len() > MOST_KEPT {
                let mut target = shared.turn(at);
                if target.stopped.is_some() {
                    return Ok(());
                }
                self.write(&mut target, log, done)?;
            }
            if let Ok(mut target) = shared.target.try_lock()
                && target.next == at
            {
                let events = target.tally.events + done.tally.events;
                let bytes = target.bytes + records.taken().min(log.size);
                target.progress.show(events, bytes);
            }
        }
        Ok(())
    }

    fn item(&self, item: Item<'_>, judge: &mut Judge<'_>, done: &mut Done) {
        match item {
            Item::Record(record, line, offset) => {
                let entry = judge.record(record);
                if let Entry::Unreadable(why) = &entry {
                    done.name(Bad {
                        line,
                        offset,
                        why: why.clone(),
                        unread: None,
                    });
                }
                self.entry(&entry, done);
            }
            Item::Bad(bad) => {
                done.tally.unread_bytes += bad.unread.unwrap_or_default();
                let entry = Entry::Unreadable(bad.why.clone());
                done.name(bad);
                self.entry(&entry, done);
            }
        }
    }

    fn entry(&self, entry: &Entry<'_>, done: &mut Done) {
        done.tally.add(entry);
        if let Some(layout) = self.layout {
            layout.write(entry, &mut done.out);
        }
    }

    /// Writes what was made of a file so far, and names its bad records.
    fn write(&self, target: &mut Target<'_>, log: &Log, done: &mut Done) -> Result<(), Stop> {
        for bad in done.bad.drain(..) {
            if target.named < MOST_NAMED {
                target.named += 1;
                target.progress.clear();
                self.speaker.say(&place(log, &bad));
            }
        }
        target.out.write_all(&done.out)?;
        done.out.clear();
        Ok(())
    }
}

impl Done {
    fn name(&mut self, bad: Bad) {
        if self.bad.len() < MOST_NAMED {
            self.bad.push(bad);
        }
    }
}

impl<'a> Shared<'a> {
    /// Waits until the file is to be written, or nothing is any more.
    fn turn(&self, at: usize) -> MutexGuard<'_, Target<'a>> {
        // A thread that panicked has ended the process.
        let target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        self.turn
            .wait_while(target, |target| {
                target.next != at && target.stopped.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// `log.json:1: byte 1,234: expected value`
fn place(log: &Log, bad: &Bad) -> String {
    let name = escape::terminal(&log.name);
    let why = bad.why.replace("\n  ", " ");
    let mut text = format!(
        "{name}:{}: byte {}: {}",
        bad.line,
        thousands(bad.offset),
        escape::terminal(&why)
    );
    if let Some(unread) = bad.unread {
        text = format!(
            "{text}; from there on {} bytes are not read",
            thousands(unread)
        );
    }
    text
}
