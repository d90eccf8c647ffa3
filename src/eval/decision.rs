//! The answer for one request: the decision and what it rests on.

use std::fmt;
use std::sync::Arc;

use super::algebra::OneAddress;
use super::condition::KeyState;
use super::context::Assumption;
use super::exemptions::Exemption;
use super::layers::{self, Judged, LayerOutcome};
use super::reasons;
use super::request::{Layer, PolicySet, Request};
use super::truth::Pair;
use crate::policy::{Policy, Statement};
use crate::source::Span;

/// What becomes of a request. The words are those of the AWS API, and `depends`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Decision {
    /// It is allowed.
    Allowed,
    /// A Deny applies (EVAL-2).
    ExplicitDeny,
    /// No Allow applies (EVAL-3).
    ImplicitDeny,
    /// It depends on something that is not known (EVAL-31).
    Depends,
}

impl Decision {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
            Self::Depends => "depends",
        }
    }

    /// Either deny.
    pub fn is_denied(self) -> bool {
        matches!(self, Self::ExplicitDeny | Self::ImplicitDeny)
    }

    /// From "where denied explicitly" and "where allowed": never more than all ways of filling in the unknown share.
    pub(super) fn from_pairs(explicit: Pair<bool>, allowed: Pair<bool>) -> Self {
        if *explicit.certainly() {
            Self::ExplicitDeny
        } else if !allowed.possibly() {
            Self::ImplicitDeny
        } else if *allowed.certainly() {
            Self::Allowed
        } else {
            Self::Depends
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether something holds, does not, or is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Match {
    /// It holds.
    Match,
    /// It does not.
    NoMatch,
    /// It depends on something unknown.
    Unknown,
}

impl From<Pair<bool>> for Match {
    fn from(pair: Pair<bool>) -> Self {
        match pair.decided() {
            Some(true) => Self::Match,
            Some(false) => Self::NoMatch,
            None => Self::Unknown,
        }
    }
}

impl Match {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::NoMatch => "noMatch",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer for one request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The decision.
    pub decision: Decision,
    /// The request that it is about.
    pub request: Request,
    /// Every statement of the layers in play, and what became of it.
    pub statements: Vec<StatementTrace>,
    /// The deciding statements, by their index in `statements`: the denies, or the allows that were needed.
    pub decided_by: Vec<usize>,
    /// The layers in play, each by itself.
    pub layers: Vec<(Layer, Decision)>,
    /// The layers that stop the request.
    pub blocked_by: Vec<Layer>,
    /// Keys and documents that could change a `depends`.
    pub depends_on: Vec<String>,
    /// Keys that some policy names and the request does not carry.
    pub missing_context: Vec<String>,
    /// Layers that were given but do not bind this request.
    pub exemptions: Vec<Exemption>,
    /// Undocumented points that the answer rests on.
    pub assumptions: Vec<Assumption>,
}

/// One statement in an [`Answer`].
#[derive(Clone, Debug)]
pub struct StatementTrace {
    /// The layer of its policy.
    pub layer: Layer,
    /// The level, for SCPs and RCPs.
    pub level: usize,
    /// Its policy.
    pub policy: Arc<Policy>,
    /// Its place in the policy, from 0.
    pub index: usize,
    /// Whether it applies.
    pub outcome: Match,
    /// Whether `Principal` matches; `None` where there is none.
    pub principal: Option<Match>,
    /// Whether `Action` matches.
    pub action: Match,
    /// The pattern that named the action.
    pub action_span: Option<Span>,
    /// Whether `Resource` matches.
    pub resource: Match,
    /// The tests of `Condition`, in order.
    pub conditions: Vec<ConditionTrace>,
}

/// One test of a condition in a [`StatementTrace`].
#[derive(Clone, Copy, Debug)]
pub struct ConditionTrace {
    /// Whether it holds.
    pub outcome: Match,
    /// The value of the policy that matched, by its index.
    pub matched: Option<usize>,
    /// What was known about its key.
    pub key: KeyState,
}

impl StatementTrace {
    /// The statement.
    pub fn statement(&self) -> &Statement {
        &self.policy.statements[self.index]
    }

    /// Its `Sid`, or `policy#index`.
    pub fn name(&self) -> String {
        self.policy.statement_name(self.index)
    }

    /// Whether principal, action and resource match, so that only conditions can be in the way.
    pub fn is_about_request(&self) -> bool {
        self.action == Match::Match
            && self.resource != Match::NoMatch
            && self.principal != Some(Match::NoMatch)
    }
}

/// Decides one request.
///
/// # Example
/// ```
/// use ipcond::eval::{Caller, Context, Decision, Missing, PolicySet, Request, Resource, decide};
/// use ipcond::policy::{Policy, PolicyKind};
/// let deny = r#"{"Statement":[
///     {"Effect":"Allow","Action":"*","Resource":"*"},
///     {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#;
/// let policies = PolicySet {
///     identity: Some(vec![Policy::from_json("deny.json", deny, PolicyKind::Identity)?.into()]),
///     ..PolicySet::default()
/// };
/// let request = Request {
///     caller: Caller::parse("arn:aws:iam::111122223333:user/bob")?,
///     action: "s3:GetObject".parse()?,
///     resource: Resource::Arn("arn:aws:s3:::reports/a.csv".parse()?),
///     resource_account: "111122223333".parse().ok(),
///     management_account: None,
///     context: Context::new(Missing::Absent), // a call through a VPC endpoint has no aws:SourceIp
///     assumptions: vec![],
/// };
/// assert_eq!(decide(request, &policies).decision, Decision::ExplicitDeny); // and so it is denied (COND-4)
/// # Ok::<(), ipcond::Error>(())
/// ```
pub fn decide(request: Request, policies: &PolicySet) -> Answer {
    let outcome = layers::evaluate(&OneAddress, &request, policies);
    let decision = Decision::from_pairs(outcome.explicit, outcome.allowed);
    let decided_by = reasons::deciding(decision, &outcome, policies);
    let blocked_by = reasons::blocking(decision, &outcome.path, &outcome.layers, policies);
    let depends_on = if decision == Decision::Depends {
        reasons::depends_on(&outcome, &true)
    } else {
        Vec::new()
    };
    let assumptions = reasons::assumptions(|made| made == decision, &outcome, &request);
    let missing_context = reasons::missing_context(&outcome.statements, &request);
    let mut layers: Vec<(Layer, Decision)> = outcome
        .layers
        .iter()
        .map(|layer| (layer.layer, layer_decision(layer)))
        .collect();
    // A layer that was not given and is missed is in play all the same.
    for layer in &blocked_by {
        if layers.iter().all(|(known, _)| known != layer) {
            layers.push((*layer, Decision::ImplicitDeny));
        }
    }
    layers.sort_by_key(|(layer, _)| *layer);
    let statements = outcome.statements.iter().map(trace).collect();
    let exemptions = outcome.exemptions;
    Answer {
        decision,
        request,
        statements,
        decided_by,
        layers,
        blocked_by,
        depends_on,
        missing_context,
        exemptions,
        assumptions,
    }
}

fn layer_decision(layer: &LayerOutcome<bool>) -> Decision {
    let not_denied = if *layer.deny.possibly() {
        Pair::<bool>::unknown()
    } else {
        layer.allow
    };
    let allowed = if *layer.allow.possibly() {
        not_denied
    } else {
        layer.allow
    };
    Decision::from_pairs(layer.deny, allowed)
}

fn trace(judged: &Judged<'_, bool>) -> StatementTrace {
    let outcome = &judged.outcome;
    let condition = |condition: &super::condition::ConditionOutcome<bool>| ConditionTrace {
        outcome: condition.truth.into(),
        matched: condition.matched,
        key: condition.key,
    };
    StatementTrace {
        layer: judged.layer,
        level: judged.level,
        policy: Arc::clone(judged.policy),
        index: judged.index,
        outcome: outcome.applies.into(),
        principal: outcome.principal.map(Match::from),
        action: if outcome.action {
            Match::Match
        } else {
            Match::NoMatch
        },
        action_span: outcome.action_span,
        resource: outcome.resource.into(),
        conditions: outcome.conditions.iter().map(condition).collect(),
    }
}

impl Answer {
    /// The deciding statements.
    pub fn deciders(&self) -> impl Iterator<Item = &StatementTrace> {
        self.decided_by.iter().map(|at| &self.statements[*at])
    }
}
