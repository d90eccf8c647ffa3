//! Events counted.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::judge::{Change, Entry, Told};
use super::ruling::Ruling;
use crate::eval::Decision;
use crate::input::cloudtrail::{Outcome, write};

/// The most groups, and the most names in one, that are counted apart.
const MOST: usize = 2_000;
const MOST_NAMES: usize = 200;

/// No ARN is longer.
const MOST_CHARS: usize = 2048;

/// Events by what became of them and by what policies say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Matrix {
    pub(crate) happened: Row,
    pub(crate) denied: Row,
    pub(crate) failed: Row,
}

/// Events by decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Row {
    pub(crate) allowed: u64,
    #[serde(rename = "explicitDeny")]
    pub(crate) explicit: u64,
    #[serde(rename = "implicitDeny")]
    pub(crate) implicit: u64,
    pub(crate) depends: u64,
}

/// Events of one caller by one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) principal: String,
    pub(crate) statement: String,
    pub(crate) place: String,
    /// Why, where no statement says it.
    pub(crate) reason: String,
    /// What became of them.
    pub(crate) outcome: Outcome,
    pub(crate) events: u64,
    pub(crate) first: Timestamp,
    pub(crate) addresses: BTreeMap<String, u64>,
    pub(crate) actions: BTreeMap<String, u64>,
}

/// Groups in the order in which they were first met.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    all: Vec<Group>,
    places: HashMap<Vec<u8>, usize>,
}

/// All counts. Of those events that were read, each is in one of `asked`, `left` and `unreadable`.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) events: u64,
    pub(crate) unreadable: u64,
    /// No access decision of the policies, by reason.
    pub(crate) left: BTreeMap<String, u64>,
    /// First and last event with a time.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
    pub(crate) asked: Matrix,
    /// By the current policies.
    pub(crate) current: Matrix,
    /// The events that are not decided, by reason.
    pub(crate) open: BTreeMap<String, u64>,
    /// Allowed calls that may need more than their events say.
    pub(crate) needs_more: u64,
    pub(crate) breaks: Groups,
    pub(crate) gains: Groups,
    /// What happened though the current policies deny it, and what was denied though they allow it.
    pub(crate) unexplained: Groups,
    /// Bytes of files whose records could not be told apart.
    pub(crate) unread_bytes: u64,
}

impl Row {
    fn add(&mut self, decision: Decision) {
        *match decision {
            Decision::Allowed => &mut self.allowed,
            Decision::ExplicitDeny => &mut self.explicit,
            Decision::ImplicitDeny => &mut self.implicit,
            Decision::Depends => &mut self.depends,
        } += 1;
    }

    fn join(&mut self, other: &Self) {
        self.allowed += other.allowed;
        self.explicit += other.explicit;
        self.implicit += other.implicit;
        self.depends += other.depends;
    }

    pub(crate) fn denied(&self) -> u64 {
        self.explicit + self.implicit
    }
}

impl Matrix {
    fn add(&mut self, outcome: Outcome, decision: Decision) {
        match outcome {
            Outcome::Happened => &mut self.happened,
            Outcome::Denied => &mut self.denied,
            Outcome::Failed => &mut self.failed,
        }
        .add(decision);
    }

    fn join(&mut self, other: &Self) {
        self.happened.join(&other.happened);
        self.denied.join(&other.denied);
        self.failed.join(&other.failed);
    }

    /// The rows.
    pub(crate) fn rows(&self) -> [&Row; 3] {
        [&self.happened, &self.denied, &self.failed]
    }

    /// Events that are not decided.
    pub(crate) fn depends(&self) -> u64 {
        self.rows().iter().map(|row| row.depends).sum()
    }
}

impl Tally {
    /// Counts an event.
    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        self.events += 1;
        match entry {
            Entry::Asked(told) => self.asked(told),
            Entry::Left { why, record, .. } => {
                count(&mut self.left, why, 1, MOST_NAMES);
                if let Some(time) = record.time() {
                    self.see(time, time);
                }
            }
            Entry::Unreadable(_) => self.unreadable += 1,
        }
    }

    fn asked(&mut self, told: &Told<'_>) {
        self.see(told.event.time, told.event.time);
        let (outcome, decision) = (told.event.outcome, told.new.decision);
        self.asked.add(outcome, decision);
        if decision == Decision::Depends {
            count(&mut self.open, &told.open_reason(), 1, MOST_NAMES);
        }
        self.needs_more += u64::from(told.needs_more && decision == Decision::Allowed);
        match told.change {
            Some(Change::Break) => self.breaks.add(told, &told.new),
            // What stands behind a gain is what no longer denies.
            Some(Change::Gain) => {
                let denied = told.old.as_ref().filter(|old| !old.statement.is_empty());
                match denied {
                    Some(old) => self.gains.add_because(told, old, NO_LONGER),
                    None => self.gains.add(told, &told.new),
                }
            }
            None => {}
        }
        let Some(old) = &told.old else {
            return;
        };
        self.current.add(outcome, old.decision);
        let explained = match outcome {
            Outcome::Happened => !old.decision.is_denied(),
            Outcome::Denied => old.decision != Decision::Allowed,
            Outcome::Failed => true,
        };
        if !explained {
            self.unexplained.add(told, old);
        }
    }

    fn see(&mut self, first: Timestamp, last: Timestamp) {
        self.span = Some(match self.span {
            Some((earliest, latest)) => (earliest.min(first), latest.max(last)),
            None => (first, last),
        });
    }

    /// Adds what was counted of the events after these.
    pub(crate) fn join(&mut self, other: Self) {
        self.events += other.events;
        self.unreadable += other.unreadable;
        self.needs_more += other.needs_more;
        self.unread_bytes += other.unread_bytes;
        if let Some((first, last)) = other.span {
            self.see(first, last);
        }
        self.asked.join(&other.asked);
        self.current.join(&other.current);
        for (into, from) in [(&mut self.left, other.left), (&mut self.open, other.open)] {
            join(into, from, MOST_NAMES);
        }
        for (into, from) in [
            (&mut self.breaks, other.breaks),
            (&mut self.gains, other.gains),
            (&mut self.unexplained, other.unexplained),
        ] {
            from.all.into_iter().for_each(|group| into.join(group));
        }
    }

    /// Events that are no access decision of the policies.
    pub(crate) fn left(&self) -> u64 {
        self.left.values().sum()
    }
}

impl Groups {
    /// The groups, the largest first.
    pub(crate) fn sorted(&self) -> Vec<&Group> {
        let mut all: Vec<&Group> = self.all.iter().collect();
        all.sort_by(|a, b| {
            let by_count = b.events.cmp(&a.events);
            by_count
                .then_with(|| a.first.cmp(&b.first))
                .then_with(|| a.principal.cmp(&b.principal))
                .then_with(|| a.statement.cmp(&b.statement))
        });
        all
    }

    /// All events in them.
    pub(crate) fn events(&self) -> u64 {
        self.all.iter().map(|group| group.events).sum()
    }

    fn add(&mut self, told: &Told<'_>, ruling: &Ruling) {
        let reason = if ruling.statement.is_empty() {
            &*ruling.reason
        } else {
            ""
        };
        self.add_because(told, ruling, reason);
    }

    fn add_because(&mut self, told: &Told<'_>, ruling: &Ruling, reason: &str) {
        let principal = cut(&told.event.who.title()).to_owned();
        let outcome = told.event.outcome;
        let parts = [&principal, &ruling.statement, &ruling.place, reason];
        let at = self.place(parts, outcome);
        let at = at.unwrap_or_else(|key| {
            self.put(
                key,
                Group {
                    principal,
                    statement: ruling.statement.clone(),
                    place: ruling.place.clone(),
                    reason: reason.to_owned(),
                    outcome,
                    events: 0,
                    first: told.event.time,
                    addresses: BTreeMap::new(),
                    actions: BTreeMap::new(),
                },
            )
        });
        let group = &mut self.all[at];
        group.events += 1;
        group.first = group.first.min(told.event.time);
        let address = told.event.origin.title();
        count(&mut group.addresses, &address, 1, MOST_NAMES);
        count(&mut group.actions, told.action.as_str(), 1, MOST_NAMES);
    }

    /// The place of a group; else its key.
    fn place(&self, parts: [&str; 4], outcome: Outcome) -> Result<usize, Vec<u8>> {
        let mut key = Vec::with_capacity(128);
        key.push(outcome as u8);
        for part in parts {
            write(&mut key, Some(part));
        }
        self.places.get(&key).copied().ok_or(key)
    }

    /// Puts a new group at its place, or, where there are too many, among the others.
    fn put(&mut self, key: Vec<u8>, mut group: Group) -> usize {
        if self.all.len() >= MOST {
            let others = MOST;
            if self.all.len() == others {
                group.principal = OTHERS.into();
                group.statement.clear();
                group.place.clear();
                group.reason.clear();
                self.all.push(group);
            }
            return others;
        }
        self.places.insert(key, self.all.len());
        self.all.push(group);
        self.all.len() - 1
    }

    fn join(&mut self, group: Group) {
        let parts = [
            &group.principal,
            &group.statement,
            &group.place,
            &group.reason,
        ];
        let at = match self.place(parts.map(String::as_str), group.outcome) {
            Ok(at) => at,
            Err(key) => {
                let empty = Group {
                    events: 0,
                    addresses: BTreeMap::new(),
                    actions: BTreeMap::new(),
                    ..group.clone()
                };
                self.put(key, empty)
            }
        };
        let own = &mut self.all[at];
        own.events += group.events;
        own.first = own.first.min(group.first);
        join(&mut own.addresses, group.addresses, MOST_NAMES);
        join(&mut own.actions, group.actions, MOST_NAMES);
    }
}

/// Why an event would be allowed that a statement denied.
const NO_LONGER: &str = "no longer denied";

/// What stands for all that are not counted apart.
const OTHERS: &str = "(others)";

/// A text of an event, which may be anything, as long as what it should be can get.
fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(MOST_CHARS).map(|(at, _)| at);
    &text[..end.unwrap_or(text.len())]
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str, events: u64, most: usize) {
    let name = cut(name);
    if let Some(count) = counts.get_mut(name) {
        *count += events;
        return;
    }
    let name: Cow<'_, str> = if counts.len() < most {
        name.into()
    } else {
        OTHERS.into()
    };
    *counts.entry(name.into_owned()).or_default() += events;
}

fn join(into: &mut BTreeMap<String, u64>, from: BTreeMap<String, u64>, most: usize) {
    for (name, events) in from {
        count(into, &name, events, most);
    }
}
