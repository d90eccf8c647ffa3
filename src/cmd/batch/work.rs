//! One block of rows, decided and written.

use crate::ask::batch::{Batch, Columns, Decider, Field, Row, Verdict};
use crate::error::Error;
use crate::eval::Decision;
use crate::input::rows::csv::{Record, Records};
use crate::input::rows::{Naming, Shape, object, unquoted};
use crate::net::PrefixTrie;
use crate::report::rows::{Layout, Raw};

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
    pub(super) out: Vec<u8>,
    pub(super) counts: Counts,
    pub(super) lines: u64,
    /// The first ones.
    pub(super) bad: Vec<BadRow>,
}

impl Done {
    fn clear(&mut self) {
        self.out.clear();
        self.counts = Counts::default();
        self.lines = 0;
        self.bad.clear();
    }

    fn bad(&mut self, why: &Error, layout: &Layout) -> Vec<u8> {
        if self.bad.len() < MOST_NAMED {
            self.bad.push(BadRow {
                line: self.lines,
                why: why.clone(),
                written: self.out.len(),
                before: self.counts,
            });
        }
        self.counts.add(None);
        layout.render(&Verdict::unreadable(why))
    }
}

/// Decides blocks, one after the other.
pub(super) struct Worker<'a> {
    task: &'a Task<'a>,
    decider: Decider<'a>,
    pub(super) summary: Option<Summary>,
    fields: Vec<Field>,
    cells: Vec<Field>,
    text: Vec<u8>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        task: &'a Task<'a>,
        render: &'a (dyn Fn(&Verdict) -> Vec<u8> + Sync),
    ) -> Self {
        Self {
            task,
            decider: Decider::new(task.batch, render),
            summary: task.summary.map(|_| Summary::default()),
            fields: Vec::new(),
            cells: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Decides the rows of a block into `done`, in place of what is in it; `plain` says that it has no quote.
    pub(super) fn block(&mut self, block: &[u8], plain: bool, done: &mut Done) {
        done.clear();
        match self.task.shape {
            Shape::Csv(delimiter) => {
                self.records(Records::new(block, delimiter, plain), block, done);
            }
            Shape::Lines => self.lines(block, done),
        }
    }

    fn records(&mut self, mut records: Records<'_>, block: &[u8], done: &mut Done) {
        while let Some(record) = records.next(&mut self.fields) {
            if record.bytes.is_empty() {
                done.lines += 1;
                continue;
            }
            self.record(block, &record, done);
            done.lines += 1;
            if record.quoted {
                let bytes = &block[record.bytes];
                done.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
            }
        }
    }

    #[inline]
    fn record(&mut self, block: &[u8], record: &Record, done: &mut Done) {
        let layout = self.task.layout;
        let raw = Raw {
            block,
            bytes: record.bytes.clone(),
            ending: &block[record.ending.clone()],
            fields: &self.fields,
            open: record.open,
        };
        let row = if record.quoted {
            self.cells.clone_from(&self.fields);
            let bytes = &block[record.bytes.clone()];
            unquoted(bytes, record.bytes.start, &mut self.cells, &mut self.text);
            (self.text.as_slice(), self.cells.as_slice())
        } else {
            (block, self.fields.as_slice())
        };
        let row = Row {
            text: row.0,
            fields: row.1,
            columns: self.task.columns,
            strip_port: self.task.strip_port,
        };
        let decided = match fault(&raw, layout.columns()) {
            Some(fault) => Err(fault),
            None => self.decider.decide(&row),
        };
        match decided {
            Ok(decided) => {
                done.counts.add(decided.verdict.decision);
                if let (Some(summary), Some(blocks)) = (&mut self.summary, self.task.summary) {
                    summary.add(&row, &decided.verdict, blocks);
                }
                if self.task.writes() {
                    layout.record(&raw, &decided.rendered, &mut done.out);
                }
            }
            Err(why) => {
                let rendered = done.bad(&why, layout);
                if self.task.writes() {
                    layout.record(&raw, &rendered, &mut done.out);
                }
            }
        }
    }

    fn lines(&mut self, block: &[u8], done: &mut Done) {
        let mut rest = block;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest);
            let (whole, after) = rest.split_at(end.map_or(rest.len(), |at| at + 1));
            rest = after;
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.trim_ascii().is_empty() {
                self.line(line, &whole[line.len()..], done);
            }
            done.lines += 1;
        }
    }

    fn line(&mut self, line: &[u8], ending: &[u8], done: &mut Done) {
        let layout = self.task.layout;
        let members = object(line, self.task.naming, &mut self.text, &mut self.cells);
        let row = Row {
            text: &self.text,
            fields: &self.cells,
            columns: self.task.columns,
            strip_port: self.task.strip_port,
        };
        let decided = match &members {
            Ok(_) => self.decider.decide(&row),
            Err(error) => Err(error.clone()),
        };
        let members = members
            .ok()
            .or_else(|| crate::input::rows::jsonl::members(line).ok());
        match decided {
            Ok(decided) => {
                done.counts.add(decided.verdict.decision);
                if let (Some(summary), Some(blocks)) = (&mut self.summary, self.task.summary) {
                    summary.add(&row, &decided.verdict, blocks);
                }
                if self.task.writes() {
                    layout.line(
                        line,
                        ending,
                        members.as_ref(),
                        &decided.rendered,
                        &mut done.out,
                    );
                }
            }
            Err(why) => {
                let rendered = done.bad(&why, layout);
                if self.task.writes() {
                    layout.line(line, ending, members.as_ref(), &rendered, &mut done.out);
                }
            }
        }
    }
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
