//! What is expected of a decision, and whether it is so.

use crate::eval::{Answer, Decision, Everywhere, Layer, Place, PlacedStatement, StatementTrace};

/// What a test expects of one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The decision.
    pub decision: ExpectedDecision,
    /// Statements that must be among the deciding ones, each by its `Sid` or `policy#index`.
    pub by: Vec<String>,
    /// Layers that must be among those that stop the request.
    pub blocked_by: Vec<Layer>,
}

/// A decision that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedDecision {
    /// Either deny.
    Denied,
    /// This one.
    Exactly(Decision),
}

impl ExpectedDecision {
    /// The word: a decision, or `denied` for either deny.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "denied" => Self::Denied,
            "allowed" => Self::Exactly(Decision::Allowed),
            "explicitDeny" => Self::Exactly(Decision::ExplicitDeny),
            "implicitDeny" => Self::Exactly(Decision::ImplicitDeny),
            "depends" => Self::Exactly(Decision::Depends),
            _ => return None,
        })
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Exactly(decision) => decision.as_str(),
        }
    }

    /// Whether the decision is the expected one.
    pub fn admits(self, decision: Decision) -> bool {
        match self {
            Self::Denied => decision.is_denied(),
            Self::Exactly(expected) => expected == decision,
        }
    }
}

/// What must hold of the decision at a place.
#[derive(Clone, Debug)]
pub(super) enum Rule<'a> {
    /// This claim.
    Claim(&'a Claim),
    /// It is one of these decisions, which are called by one word.
    In(ExpectedDecision, Vec<Decision>),
    /// It is none of these.
    NotIn(Vec<Decision>),
}

/// What was decided.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// For one request; of a journey, at which step, from 1.
    Answer {
        answer: &'a Answer,
        step: Option<usize>,
    },
    /// For the addresses of a class, or without an address.
    Place {
        everywhere: &'a Everywhere,
        place: Place,
        is_journey: bool,
    },
}

impl Rule<'_> {
    /// How the decision is not as expected, if it is not.
    pub(super) fn problem(&self, found: &Found<'_>) -> Option<String> {
        let decision = found.decision();
        let problem = match self {
            Self::Claim(claim) => claim.problem(found)?,
            Self::In(_, decisions) if decisions.contains(&decision) => return None,
            Self::In(expected, _) => found.unexpected(*expected),
            Self::NotIn(decisions) if !decisions.contains(&decision) => return None,
            Self::NotIn(_) => format!("{} beyond what is expected", found.word()),
        };
        Some(match found.step() {
            Some(step) => format!("{problem} at step {step}"),
            None => problem,
        })
    }
}

impl Claim {
    fn problem(&self, found: &Found<'_>) -> Option<String> {
        let decision = found.decision();
        if !self.decision.admits(decision) {
            return Some(found.unexpected(self.decision));
        }
        let or_no = |names: Vec<String>, what: &str| {
            if names.is_empty() {
                format!("no {what}")
            } else {
                names.join(", ")
            }
        };
        if let Some(by) = self.by.iter().find(|by| !found.is_decided_by(by)) {
            let deciders = or_no(found.deciders(), "statement");
            return Some(format!(
                "{decision} as expected, but by {deciders}, not by {by}"
            ));
        }
        if self.blocked_by.is_empty() {
            return None;
        }
        let blocking = found.blocked_by();
        let layer = self
            .blocked_by
            .iter()
            .find(|layer| !blocking.contains(layer))?;
        let names = blocking.iter().map(|layer| layer.as_str().to_owned());
        let blocking = or_no(names.collect(), "layer");
        Some(format!(
            "{decision} as expected, but blocked by {blocking}, not by {}",
            layer.as_str()
        ))
    }
}

impl Found<'_> {
    fn decision(&self) -> Decision {
        match self {
            Self::Answer { answer, .. } => answer.decision,
            Self::Place {
                everywhere, place, ..
            } => everywhere.decision(*place),
        }
    }

    fn unexpected(&self, expected: ExpectedDecision) -> String {
        format!("expected {}, but {}", expected.as_str(), self.word())
    }

    /// The decision in a sentence.
    fn word(&self) -> String {
        let decision = self.decision();
        if decision != Decision::Depends {
            return decision.as_str().to_owned();
        }
        let on = match self {
            Self::Answer { answer, .. } => answer.depends_on.join(", "),
            Self::Place {
                everywhere,
                place: Place::None,
                ..
            } => everywhere.none_depends_on().join(", "),
            Self::Place { everywhere, .. } => everywhere.depends_on().join(", "),
        };
        format!("depends on {on}")
    }

    fn is_decided_by(&self, name: &str) -> bool {
        let is_it = |sid: Option<&String>, full: &dyn Fn() -> String| {
            sid.is_some_and(|sid| sid == name) || full() == name
        };
        match self {
            Self::Answer { answer, .. } => answer
                .deciders()
                .any(|trace| is_it(trace.statement().sid.as_ref(), &|| trace.name())),
            Self::Place {
                everywhere, place, ..
            } => everywhere
                .last_deciders(*place)
                .any(|placed| is_it(placed.statement().sid.as_ref(), &|| placed.name())),
        }
    }

    fn deciders(&self) -> Vec<String> {
        match self {
            Self::Answer { answer, .. } => answer.deciders().map(StatementTrace::name).collect(),
            Self::Place {
                everywhere, place, ..
            } => everywhere
                .last_deciders(*place)
                .map(PlacedStatement::name)
                .collect(),
        }
    }

    fn blocked_by(&self) -> Vec<Layer> {
        match self {
            Self::Answer { answer, .. } => answer.blocked_by.clone(),
            Self::Place {
                everywhere, place, ..
            } => everywhere.blocked_by(*place),
        }
    }

    fn step(&self) -> Option<usize> {
        match self {
            Self::Answer { step, .. } => *step,
            Self::Place {
                everywhere,
                place,
                is_journey,
            } => is_journey.then(|| everywhere.step(*place) + 1),
        }
    }
}
