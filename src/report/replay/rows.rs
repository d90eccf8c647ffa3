//! One line for each event, as CSV or JSON Lines.

use std::borrow::Cow;

use serde::Serialize;

use crate::ask::replay::{Entry, Told};
use crate::input::cloudtrail::Record;
use crate::policy::Action;
use crate::report::escape::csv_field as field;

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Csv,
    Lines,
}

/// The lines of a replay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) shape: Shape,
    /// Whether there are current policies, whose decision has a column.
    pub(crate) compares: bool,
    /// Leave out events that nothing changes for.
    pub(crate) only_changed: bool,
}

/// One line.
#[derive(Debug, Default, Serialize)]
struct Line<'a> {
    ipcond: &'static str,
    time: Cow<'a, str>,
    #[serde(rename = "eventID")]
    id: &'a str,
    principal: Cow<'a, str>,
    action: Cow<'a, str>,
    resource: &'a str,
    address: Cow<'a, str>,
    happened: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'static str>,
    decision: &'static str,
    statement: &'a str,
    reason: Cow<'a, str>,
}

impl Layout {
    /// The header of a CSV file.
    pub(crate) fn header(self) -> &'static str {
        match (self.shape, self.compares) {
            (Shape::Lines, _) => "",
            (Shape::Csv, false) => {
                "time,eventID,principal,action,resource,address,happened,decision,statement,reason\n"
            }
            (Shape::Csv, true) => {
                "time,eventID,principal,action,resource,address,happened,current,decision,statement,reason\n"
            }
        }
    }

    /// Writes the line of an event.
    pub(crate) fn write(self, entry: &Entry<'_>, out: &mut Vec<u8>) {
        let line = match entry {
            Entry::Asked(told) if self.only_changed && told.change.is_none() => return,
            Entry::Asked(told) => asked(told),
            _ if self.only_changed => return,
            Entry::Left {
                why,
                record,
                action,
            } => Line {
                current: self.compares.then_some("none"),
                ..left(why, record, action.as_ref())
            },
            Entry::Unreadable(why) => Line {
                current: self.compares.then_some("error"),
                decision: "error",
                reason: why.into(),
                ..Line::default()
            },
        };
        match self.shape {
            Shape::Lines => line.json(out),
            Shape::Csv => line.csv(out),
        }
    }
}

fn asked<'a>(told: &'a Told<'_>) -> Line<'a> {
    Line {
        time: told.event.time.to_string().into(),
        id: told.event.id(),
        principal: told.event.who.title().into(),
        action: told.action.as_str().into(),
        resource: &told.resource,
        address: told.event.origin.text().into(),
        happened: told.event.outcome.as_str(),
        current: told.old.as_ref().map(|old| old.decision.as_str()),
        decision: told.new.decision.as_str(),
        statement: &told.new.statement,
        reason: (&*told.new.reason).into(),
        ..Line::default()
    }
}

/// What is no access decision is written as the event has it.
fn left<'a>(why: &'a str, record: &'a Record<'_>, action: Option<&'a Action>) -> Line<'a> {
    let called = || {
        let source = record.text(|record| &record.event_source);
        let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
        let name = record.text(|record| &record.event_name);
        Cow::Owned(format!("{service}:{name}"))
    };
    let identity = record.user_identity.as_ref();
    let arn = identity.and_then(|identity| identity.arn.as_ref());
    Line {
        time: record.text(|record| &record.event_time).into(),
        id: record.text(|record| &record.id),
        principal: arn.map_or("", |arn| &*arn.0).into(),
        action: action.map_or_else(called, |action| action.as_str().into()),
        address: record.text(|record| &record.source).into(),
        decision: "none",
        reason: why.into(),
        ..Line::default()
    }
}

impl Line<'_> {
    fn json(mut self, out: &mut Vec<u8>) {
        self.ipcond = "replay-event/1";
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(&mut *out, &self);
        out.push(b'\n');
    }

    fn csv(&self, out: &mut Vec<u8>) {
        let first = [
            &*self.time,
            self.id,
            &self.principal,
            &self.action,
            self.resource,
            &self.address,
            self.happened,
        ];
        let last = [self.decision, self.statement, &self.reason];
        let cells = first.into_iter().chain(self.current).chain(last);
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(field(cell).as_bytes());
        }
        out.push(b'\n');
    }
}
