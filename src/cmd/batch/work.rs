//! One block of rows, decided and written.

use crate::ask::batch::{Batch, Columns, Decided, Decider, Field, Row, Rows, STRIP, Verdict};
use crate::error::{Error, Result};
use crate::eval::Decision;
use crate::input::rows::csv::{Record, Records, Strip};
use crate::input::rows::{Naming, OBJECT_WIDTH, Shape, jsonl, object, unquoted};
use crate::net::PrefixTrie;
use crate::report::rows::{Layout, Raw};
use crate::report::sink::{Added, Sink};

use super::summary::Summary;

/// The most bad rows that are named.
pub(super) const MOST_NAMED: usize = 10;

/// What holds for every block.
pub(super) struct Task<'a> {
    pub(super) batch: &'a Batch,
    pub(super) layout: &'a Layout,
    pub(super) naming: &'a Naming,
    pub(super) shape: Shape,
    pub(super) columns: &'a Columns,
    pub(super) strip_port: bool,
    /// For a summary, the blocks that addresses are counted by.
    pub(super) summary: Option<&'a PrefixTrie<()>>,
}

impl Task<'_> {
    /// Whether rows are written: a summary stands in their place.
    fn writes(&self) -> bool {
        self.summary.is_none()
    }

    /// Rows whose cells are not joined.
    fn rows<'t>(&'t self, text: &'t [u8], fields: &'t [Field], width: usize) -> Rows<'t> {
        Rows {
            text,
            fields,
            width,
            columns: self.columns,
            strip_port: self.strip_port,
            joined: false,
        }
    }

    /// Writes a line of JSON.
    fn object(
        &self,
        line: &[u8],
        ending: &[u8],
        members: Option<&jsonl::Members<'_>>,
        told: &Told<'_>,
        out: &mut Sink,
    ) {
        if self.writes() {
            let added = told.added().as_bytes();
            out.append(|out| self.layout.line(line, ending, members, added, out));
        }
    }
}

/// How many rows were told what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) allowed: u64,
    pub(super) explicit: u64,
    pub(super) implicit: u64,
    pub(super) depends: u64,
    pub(super) unreadable: u64,
}

impl Counts {
    fn add(&mut self, decision: Option<Decision>) {
        self.rows += 1;
        *match decision {
            None => &mut self.unreadable,
            Some(Decision::Allowed) => &mut self.allowed,
            Some(Decision::ExplicitDeny) => &mut self.explicit,
            Some(Decision::ImplicitDeny) => &mut self.implicit,
            Some(Decision::Depends) => &mut self.depends,
        } += 1;
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.rows += other.rows;
        self.allowed += other.allowed;
        self.explicit += other.explicit;
        self.implicit += other.implicit;
        self.depends += other.depends;
        self.unreadable += other.unreadable;
    }

    pub(super) fn denied(&self) -> u64 {
        self.explicit + self.implicit
    }
}

/// A row that could not be read.
#[derive(Clone, Debug)]
pub(super) struct BadRow {
    /// Its line in the block, from 0.
    pub(super) line: u64,
    pub(super) why: Error,
    /// What was written and counted before it.
    pub(super) written: usize,
    pub(super) before: Counts,
}

/// What became of a block.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) out: Sink,
    pub(super) counts: Counts,
    pub(super) lines: u64,
    /// The first ones.
    pub(super) bad: Vec<BadRow>,
    pub(super) summary: Summary,
}

impl Done {
    fn clear(&mut self) {
        self.out.clear();
        self.counts = Counts::default();
        self.lines = 0;
        self.bad.clear();
        self.summary = Summary::default();
    }

    /// Counts what a row is told; of the first rows that cannot be read, it keeps why.
    #[inline]
    fn told<'d, 'r>(
        &mut self,
        decided: Result<&'d Decided<Added>>,
        task: &Task<'_>,
        row: impl FnOnce() -> Row<'r>,
    ) -> Told<'d> {
        match decided {
            Ok(decided) => {
                self.counts.add(decided.verdict.decision);
                if let Some(blocks) = task.summary {
                    self.summary.add(&row(), &decided.verdict, blocks);
                }
                Told::Decided(&decided.made)
            }
            Err(why) => self.bad(&why, task.layout),
        }
    }

    #[cold]
    fn bad(&mut self, why: &Error, layout: &Layout) -> Told<'static> {
        if self.bad.len() < MOST_NAMED {
            self.bad.push(BadRow {
                line: self.lines,
                why: why.clone(),
                written: self.out.as_bytes().len(),
                before: self.counts,
            });
        }
        self.counts.add(None);
        Told::Unreadable(layout.render(&Verdict::unreadable(why)))
    }
}

/// What is added to a row.
enum Told<'a> {
    Decided(&'a Added),
    Unreadable(Added),
}

impl Told<'_> {
    #[inline]
    fn added(&self) -> &Added {
        match self {
            Self::Decided(added) => added,
            Self::Unreadable(added) => added,
        }
    }
}

/// Decides blocks, one after the other.
pub(super) struct Worker<'a> {
    task: &'a Task<'a>,
    decider: Decider<'a, Added>,
    strip: Strip,
    fields: Vec<Field>,
    text: Vec<u8>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(task: &'a Task<'a>, render: &'a (dyn Fn(&Verdict) -> Added + Sync)) -> Self {
        Self {
            task,
            decider: Decider::new(task.batch, render),
            strip: Strip::default(),
            fields: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Decides the rows of a block into `done`, in place of what is in it; `plain` says that it has no quote.
    pub(super) fn block(&mut self, block: &[u8], plain: bool, done: &mut Done) {
        done.clear();
        match self.task.shape {
            Shape::Csv(delimiter) => {
                self.records(Records::new(block, delimiter, plain), block, plain, done);
            }
            Shape::Lines => self.lines(block, done),
        }
    }

    fn records(&mut self, mut records: Records<'_>, block: &[u8], plain: bool, done: &mut Done) {
        let (task, width) = (self.task, self.task.layout.columns().max(1));
        // Cells that are written one by one need their quotes, which those of a strip have lost.
        let by_strips = plain || task.layout.copies() || !task.writes();
        loop {
            if by_strips {
                records.strip(width, &mut self.strip);
                if !self.strip.lines.is_empty() {
                    self.strip(block, width, plain, done);
                    continue;
                }
            }
            let Some(record) = records.next(&mut self.fields) else {
                return;
            };
            let bytes = &block[record.bytes.clone()];
            if !record.bytes.is_empty() {
                self.record(block, &record, done);
            }
            done.lines += 1 + line_feeds(bytes);
        }
    }

    /// Decides records that need no second look.
    fn strip(&mut self, block: &[u8], width: usize, plain: bool, done: &mut Done) {
        let (task, strip) = (self.task, &self.strip);
        let rows = Rows {
            joined: plain,
            ..task.rows(block, strip.fields(), width)
        };
        let copies = task.writes() && task.layout.copies();
        self.decider.decide(&rows, |at, decided| {
            let line = strip.lines[at];
            let (start, end, next) = (line.start as usize, line.end as usize, line.next as usize);
            let told = done.told(decided, task, || rows.row(at));
            if copies {
                done.out
                    .row(block, start, end, next - end == 2, told.added());
            } else if task.writes() {
                let raw = Raw {
                    block,
                    bytes: start..end,
                    ending: &block[end..next],
                    fields: rows.row(at).fields,
                    open: false,
                };
                let added = told.added().as_bytes();
                done.out.append(|out| task.layout.record(&raw, added, out));
            }
            done.lines += 1;
            if !plain {
                done.lines += line_feeds(&block[start..end]);
            }
        });
    }

    /// Decides one record.
    fn record(&mut self, block: &[u8], record: &Record, done: &mut Done) {
        let task = self.task;
        let raw = Raw {
            block,
            bytes: record.bytes.clone(),
            ending: &block[record.ending.clone()],
            fields: &self.fields,
            open: record.open,
        };
        let write = |told: &Told<'_>, out: &mut Sink| {
            if task.writes() {
                let added = told.added().as_bytes();
                out.append(|out| task.layout.record(&raw, added, out));
            }
        };
        if let Some(fault) = fault(&raw, task.layout.columns()) {
            let told = done.bad(&fault, task.layout);
            return write(&told, &mut done.out);
        }
        let mut cells = self.fields.clone();
        let bytes = &block[record.bytes.clone()];
        unquoted(bytes, record.bytes.start, &mut cells, &mut self.text);
        let rows = task.rows(&self.text, &cells, cells.len());
        self.decider.decide(&rows, |_, decided| {
            let told = done.told(decided, task, || rows.row(0));
            write(&told, &mut done.out);
        });
    }

    fn lines(&mut self, block: &[u8], done: &mut Done) {
        let mut rest = block;
        while !rest.is_empty() {
            rest = self.objects(rest, done);
        }
    }

    /// Decides the first lines of a text, and gives what is left of it.
    fn objects<'t>(&mut self, text: &'t [u8], done: &mut Done) -> &'t [u8] {
        let task = self.task;
        let (mut rest, mut objects, mut bad) = (text, Vec::with_capacity(STRIP), None);
        self.text.clear();
        self.fields.clear();
        // how many lines stand before each object
        let mut lines = 0;
        while !rest.is_empty() && objects.len() < STRIP && bad.is_none() {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (whole, after) = rest.split_at(end);
            rest = after;
            lines += 1;
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.trim_ascii().is_empty() {
                continue;
            }
            let ending = &whole[line.len()..];
            let read = object(line, task.naming, &mut self.text, &mut self.fields);
            let clash =
                |members: &jsonl::Members<'_>| task.layout.clash(members).map_or(Ok(()), Err);
            match read.and_then(|members| clash(&members).map(|()| members)) {
                Ok(members) => objects.push((line, ending, members, lines)),
                Err(why) => bad = Some((line, ending, why)),
            }
        }
        let first = done.lines;
        let fields = &self.fields[..objects.len() * OBJECT_WIDTH];
        let rows = task.rows(&self.text, fields, OBJECT_WIDTH);
        self.decider.decide(&rows, |at, decided| {
            let (line, ending, members, lines) = &objects[at];
            done.lines = first + lines - 1;
            let told = done.told(decided, task, || rows.row(at));
            task.object(line, ending, Some(members), &told, &mut done.out);
        });
        done.lines = first + lines;
        if let Some((line, ending, why)) = bad {
            done.lines -= 1;
            let told = done.bad(&why, task.layout);
            let members = jsonl::members(line).ok();
            task.object(line, ending, members.as_ref(), &told, &mut done.out);
            done.lines += 1;
        }
        rest
    }
}

/// The line feeds in a text.
fn line_feeds(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// What is wrong with a record before its cells are read.
#[inline]
fn fault(raw: &Raw<'_>, columns: usize) -> Option<Error> {
    if raw.open {
        return Some(Error::request("a quote is not closed"));
    }
    (raw.fields.len() != columns).then(|| {
        let found = raw.fields.len();
        let plural = if found == 1 { "" } else { "s" };
        Error::request(format!(
            "{found} cell{plural} where the header has {columns}"
        ))
    })
}
