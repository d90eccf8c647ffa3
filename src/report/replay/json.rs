//! The shape `replay/1`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Replay;
use crate::ask::replay::{Group, Groups, Matrix, Row};

/// A replay as `replay/1`. `events` is the sum of `unreadable`, of `not_asked.events` and of all that `decisions` counts.
#[derive(Debug, Serialize)]
pub(crate) struct Whole<'a> {
    ipcond: &'static str,
    events: u64,
    files: u64,
    passed_over: PassedOver,
    first: Option<String>,
    last: Option<String>,
    unreadable: u64,
    unread_bytes: u64,
    not_asked: Reasons<'a>,
    decisions: Decisions,
    current: Option<Decisions>,
    not_decided: Reasons<'a>,
    may_need_more: u64,
    would_break: Changes<'a>,
    would_gain: Option<Changes<'a>>,
    unexplained: Option<Changes<'a>>,
    assumptions: &'a [String],
}

#[derive(Debug, Serialize)]
struct PassedOver {
    digests: u64,
    insights: u64,
}

/// Events by reason.
#[derive(Debug, Serialize)]
struct Reasons<'a> {
    events: u64,
    reasons: &'a BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
struct Decisions {
    happened: Row,
    denied: Row,
    failed: Row,
}

#[derive(Debug, Serialize)]
struct Changes<'a> {
    events: u64,
    groups: Vec<Shared<'a>>,
}

/// Events that share a caller and what decides.
#[derive(Debug, Serialize)]
struct Shared<'a> {
    principal: &'a str,
    statement: &'a str,
    place: &'a str,
    reason: &'a str,
    outcome: &'static str,
    events: u64,
    first: String,
    addresses: &'a BTreeMap<String, u64>,
    actions: &'a BTreeMap<String, u64>,
}

impl<'a> Whole<'a> {
    /// The shape of a replay.
    pub(crate) fn new(replay: &Replay<'a>) -> Self {
        let tally = replay.tally;
        let [digests, insights] = replay.passed_over;
        let compared = |groups: &'a Groups| replay.compares.then(|| Changes::of(groups));
        Self {
            ipcond: "replay/1",
            events: tally.events,
            files: replay.files,
            passed_over: PassedOver { digests, insights },
            first: tally.span.map(|(first, _)| first.to_string()),
            last: tally.span.map(|(_, last)| last.to_string()),
            unreadable: tally.unreadable,
            unread_bytes: tally.unread_bytes,
            not_asked: Reasons {
                events: tally.left(),
                reasons: &tally.left,
            },
            decisions: Decisions::of(&tally.asked),
            current: replay.compares.then(|| Decisions::of(&tally.current)),
            not_decided: Reasons {
                events: tally.asked.depends(),
                reasons: &tally.open,
            },
            may_need_more: tally.needs_more,
            would_break: Changes::of(&tally.breaks),
            would_gain: compared(&tally.gains),
            unexplained: compared(&tally.unexplained),
            assumptions: replay.assumptions,
        }
    }
}

impl Decisions {
    fn of(matrix: &Matrix) -> Self {
        let Matrix {
            happened,
            denied,
            failed,
        } = *matrix;
        Self {
            happened,
            denied,
            failed,
        }
    }
}

impl<'a> Changes<'a> {
    fn of(groups: &'a Groups) -> Self {
        Self {
            events: groups.events(),
            groups: groups.sorted().into_iter().map(Shared::of).collect(),
        }
    }
}

impl<'a> Shared<'a> {
    fn of(group: &'a Group) -> Self {
        Self {
            principal: &group.principal,
            statement: &group.statement,
            place: &group.place,
            reason: &group.reason,
            outcome: group.outcome.as_str(),
            events: group.events,
            first: group.first.to_string(),
            addresses: &group.addresses,
            actions: &group.actions,
        }
    }
}
