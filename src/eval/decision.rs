//! The answer for one request: the decision and what it rests on.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::caller::Caller;
use super::condition::KeyState;
use super::context::{Assumption, Known};
use super::keys;
use super::layers::{self, Exemption, Judged, LayerOutcome, Outcome, Path};
use super::request::{Layer, PolicySet, Request, Resource};
use super::statement::Unknown;
use super::truth::Pair;
use crate::policy::{ConditionKey, Effect, Policy, Statement};
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
    fn from_pairs(explicit: Pair<bool>, allowed: Pair<bool>) -> Self {
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
    let outcome = layers::evaluate::<bool>(&request, policies);
    let decision = Decision::from_pairs(outcome.explicit, outcome.allowed);
    let decided_by = deciding(decision, &outcome, policies);
    let blocked_by = blocking(decision, &outcome, policies);
    let depends_on = if decision == Decision::Depends {
        depends_on(&outcome)
    } else {
        Vec::new()
    };
    let assumptions = assumptions(decision, &outcome, &request);
    let missing_context = missing_context(&outcome.statements, &request);
    let layers = outcome
        .layers
        .iter()
        .map(|layer| (layer.layer, layer_decision(layer)))
        .collect();
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

/// The denies that apply, or the allows that were needed.
fn deciding(decision: Decision, outcome: &Outcome<'_, bool>, policies: &PolicySet) -> Vec<usize> {
    let certain = |effect| {
        let statements = outcome.statements.iter().enumerate();
        statements.filter(move |(_, judged)| {
            judged.statement().effect == effect && *judged.outcome.applies.certainly()
        })
    };
    match decision {
        Decision::ExplicitDeny => certain(Effect::Deny).map(|(at, _)| at).collect(),
        Decision::Allowed => {
            let used = used_layers(&outcome.path, policies.gives(Layer::Identity));
            let used = |judged: &Judged<'_, bool>| {
                judged.layer != Layer::Rcp && used.contains(&judged.layer)
            };
            certain(Effect::Allow)
                .filter(|(_, judged)| used(judged))
                .map(|(at, _)| at)
                .collect()
        }
        Decision::ImplicitDeny | Decision::Depends => Vec::new(),
    }
}

/// The layers whose Allow carries an allowed request.
fn used_layers(path: &Path<bool>, identity_given: bool) -> Vec<Layer> {
    let mut used = vec![Layer::Scp, Layer::Vpce];
    let own = [Layer::Identity, Layer::Boundary, Layer::Session];
    match path {
        Path::Free(_) => {}
        Path::ResourceOnly { .. } => used.push(Layer::Resource),
        Path::CrossAccount { .. } => {
            used.extend(own);
            used.push(Layer::Resource);
        }
        Path::SameAccount {
            core,
            grants,
            must_grant,
        } => {
            let core_holds = *core.identity.certainly()
                && *core.boundary.certainly()
                && *core.session.certainly();
            let account = *must_grant && core_holds && *grants.account.certainly();
            if account || (!must_grant && core_holds) {
                used.extend(own);
            } else if !grants.direct.certainly() {
                used.extend([Layer::Boundary, Layer::Session]);
            }
            // Where the caller's own permission is taken for granted, the delegation is what allows.
            let delegated = !identity_given && *grants.account.certainly();
            if *must_grant || delegated || *grants.direct.certainly() || *grants.limited.certainly()
            {
                used.push(Layer::Resource);
            }
        }
    }
    used
}

/// The layers that stop a request.
fn blocking(decision: Decision, outcome: &Outcome<'_, bool>, policies: &PolicySet) -> Vec<Layer> {
    if decision == Decision::ExplicitDeny {
        return outcome
            .layers
            .iter()
            .filter(|layer| *layer.deny.certainly())
            .map(|layer| layer.layer)
            .collect();
    }
    if decision != Decision::ImplicitDeny {
        return Vec::new();
    }
    let mut blocking = path_blocks(&outcome.path, policies);
    let gates = outcome
        .layers
        .iter()
        .filter(|layer| matches!(layer.layer, Layer::Scp | Layer::Vpce));
    blocking.extend(
        gates
            .filter(|layer| !layer.allow.possibly())
            .map(|layer| layer.layer),
    );
    if blocking.is_empty() {
        // No layer stops it by itself; together they leave nothing.
        blocking.extend(
            outcome
                .layers
                .iter()
                .filter(|layer| *layer.deny.possibly())
                .map(|layer| layer.layer),
        );
    }
    blocking.sort_unstable();
    blocking.dedup();
    blocking
}

fn path_blocks(path: &Path<bool>, policies: &PolicySet) -> Vec<Layer> {
    let limits = |core: &layers::Core<bool>| {
        let limits = [
            (Layer::Boundary, core.boundary),
            (Layer::Session, core.session),
        ];
        limits
            .into_iter()
            .filter(|(_, truth)| !truth.possibly())
            .map(|(layer, _)| layer)
            .collect::<Vec<_>>()
    };
    match path {
        Path::Free(_) => Vec::new(),
        Path::ResourceOnly { resource } if *resource.possibly() => Vec::new(),
        Path::ResourceOnly { .. } => vec![Layer::Resource],
        Path::CrossAccount { core, resource } => {
            let mut blocking = limits(core);
            blocking.extend((!resource.possibly()).then_some(Layer::Resource));
            blocking.extend((!core.identity.possibly()).then_some(Layer::Identity));
            blocking
        }
        Path::SameAccount {
            core,
            grants,
            must_grant,
        } => {
            let holds = super::truth::Truth::and;
            let core_holds = holds(&core.identity, &holds(&core.boundary, &core.session));
            if *grants.direct.possibly()
                || (*core_holds.possibly() && (!must_grant || *grants.account.possibly()))
            {
                return Vec::new();
            }
            let mut blocking = limits(core);
            if *grants.limited.possibly() {
                return blocking;
            }
            if *must_grant && !grants.account.possibly() {
                return vec![Layer::Resource];
            }
            if !core.identity.possibly() {
                let told = policies.gives(Layer::Identity)
                    || !policies.gives(Layer::Resource)
                    || *grants.account.possibly();
                blocking.push(if told {
                    Layer::Identity
                } else {
                    Layer::Resource
                });
            }
            blocking
        }
    }
}

/// What an uncertain statement needs, where the statement can still matter; and the documents that are not given.
fn depends_on(outcome: &Outcome<'_, bool>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let settled = |judged: &Judged<'_, bool>| {
        let layer = outcome
            .layers
            .iter()
            .find(|layer| layer.layer == judged.layer);
        judged.statement().effect == Effect::Allow
            && (judged.layer == Layer::Rcp
                || layer.is_some_and(|layer| {
                    *layer.allow.certainly() && judged.layer != Layer::Resource
                }))
    };
    for judged in &outcome.statements {
        if judged.outcome.applies.decided().is_some() || settled(judged) {
            continue;
        }
        for unknown in &judged.outcome.unknown {
            all.push(match unknown {
                Unknown::Key(key) => keys::canonical(key),
                Unknown::Principal => "principal".into(),
                Unknown::CanonicalUser => "the account of the canonical user id".into(),
                Unknown::EndpointType => {
                    "the type of the VPC endpoint (gateway or interface)".into()
                }
            });
        }
    }
    all.extend(outcome.needs.iter().cloned());
    let mut seen = BTreeSet::new();
    all.retain(|entry| seen.insert(entry.clone()));
    all
}

fn missing_context(statements: &[Judged<'_, bool>], request: &Request) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut missing = Vec::new();
    for judged in statements {
        for key in judged.statement().keys() {
            if !matches!(request.context.get(key), Known::Given(_)) && seen.insert(key.clone()) {
                missing.push(keys::canonical(key));
            }
        }
    }
    missing
}

fn assumptions(
    decision: Decision,
    outcome: &Outcome<'_, bool>,
    request: &Request,
) -> Vec<Assumption> {
    let mut all = request.assumptions.clone();
    all.extend(outcome.assumptions.iter().cloned());
    for judged in outcome
        .statements
        .iter()
        .filter(|judged| judged.outcome.is_about_request())
    {
        all.extend(judged.outcome.assumptions.iter().cloned());
    }
    let rcp_denies = outcome.statements.iter().any(|judged| {
        judged.layer == Layer::Rcp
            && judged.statement().effect == Effect::Deny
            && *judged.outcome.applies.possibly()
    });
    let mut assume = |applies: bool, rule, text: &str| {
        if applies {
            all.push(Assumption::new(rule, text));
        }
    };
    assume(rcp_denies, "GRAM-41", "the service is one that RCPs bind");
    let unstated = rcp_denies && request.resource == Resource::Unstated;
    assume(
        unstated,
        "EVAL-33",
        "the action is on a resource, so RCPs bind it",
    );
    let key = matches!(&request.resource, Resource::Arn(arn) if arn.service() == "kms" && arn.resource().starts_with("key/"));
    let kms = request.action.service() == "kms";
    assume(
        kms && key && decision == Decision::ImplicitDeny,
        "EVAL-36",
        "no KMS grant allows it",
    );
    let alias = matches!(&request.resource, Resource::Arn(arn) if arn.service() == "kms" && arn.resource().starts_with("alias/"));
    assume(
        kms && alias,
        "EVAL-36",
        "the same call is also authorised on the key, which is not decided here",
    );
    let public = request.caller == Caller::Anonymous && request.action.service() == "s3";
    assume(
        public && decision == Decision::Allowed,
        "EVAL-18",
        "Block Public Access does not apply, and no ACL is involved",
    );
    let mut seen = BTreeSet::new();
    all.retain(|assumption| seen.insert(assumption.clone()));
    all
}

impl Statement {
    /// The condition keys that it names, in conditions and in variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ConditionKey> {
        let tested = self.conditions.iter().flat_map(|condition| {
            std::iter::once(&condition.key).chain(
                condition
                    .values
                    .iter()
                    .flat_map(|value| value.operand.variables()),
            )
        });
        let resources = self.resource.iter().flat_map(|element| &element.patterns);
        tested.chain(resources.flat_map(|entry| entry.pattern.variables()))
    }
}

impl Answer {
    /// The deciding statements.
    pub fn deciders(&self) -> impl Iterator<Item = &StatementTrace> {
        self.decided_by.iter().map(|at| &self.statements[*at])
    }
}
