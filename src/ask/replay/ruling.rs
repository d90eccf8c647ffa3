//! What policies say of one event.

use super::scope::is_assumed;
use crate::ask::batch::{Verdict, without_whose};
use crate::eval::{Answer, Decision, SOURCE_IP, StatementTrace, UNKNOWN_RESOURCE, network_keys};

/// The decision, by what, and what it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) decision: Decision,
    /// The `Sid` of the first deciding statement, or `policy#index`; empty if none decides.
    pub(crate) statement: String,
    /// Where that statement is: `policy.json:11`.
    pub(crate) place: String,
    /// Why, in short; empty if it is allowed.
    pub(crate) reason: String,
    /// What it depends on.
    pub(crate) needs: Needs,
}

/// What would have to be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Where the call came from, and by what way; nothing else.
    Network,
    /// Nothing: it is decided.
    #[default]
    Nothing,
    /// Keys and documents.
    Other,
    /// Which resource it was on, or which of the actions it needed.
    Resource,
}

impl Ruling {
    /// The ruling that sums up an answer.
    pub(crate) fn of(answer: &Answer) -> Self {
        let verdict = Verdict::of(answer);
        // What was only assumed decides nothing that anyone could look up.
        let mut deciders = answer.deciders();
        let first = deciders.find(|trace| !is_assumed(&trace.policy));
        let place = first.map(|trace| {
            let policy = &trace.policy;
            let span = trace.statement().span;
            let line = policy.source.position(span.start()).line;
            format!("{}:{line}", policy.name)
        });
        Self {
            decision: answer.decision,
            statement: first.map_or_else(String::new, StatementTrace::name),
            place: place.unwrap_or_default(),
            reason: verdict.reason,
            needs: Needs::of(answer),
        }
    }

    /// A ruling that the event does not say enough for.
    pub(crate) fn open(needs: Needs, reason: &str) -> Self {
        Self {
            decision: Decision::Depends,
            statement: String::new(),
            place: String::new(),
            reason: reason.to_owned(),
            needs,
        }
    }
}

impl Needs {
    fn of(answer: &Answer) -> Self {
        if answer.decision != Decision::Depends {
            return Self::Nothing;
        }
        let needs: Vec<&str> = answer
            .depends_on
            .iter()
            .map(|need| without_whose(need))
            .collect();
        let network = |need: &&str| {
            *need == "aws:PrincipalIsAWSService" || network_keys().any(|key| key == *need)
        };
        if needs.iter().all(|need| *need == UNKNOWN_RESOURCE) {
            Self::Resource
        } else if needs.iter().all(|need| network(need) || *need == SOURCE_IP) {
            Self::Network
        } else {
            Self::Other
        }
    }
}
