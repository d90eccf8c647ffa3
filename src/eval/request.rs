//! One request and the policies that are held against it.

use std::sync::Arc;

use super::caller::Caller;
use super::context::{Assumption, Context};
use crate::policy::{AccountId, Action, Arn, Effect, Policy, PolicyKind};

/// A request to AWS.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who calls.
    pub caller: Caller,
    /// What is called.
    pub action: Action,
    /// On what.
    pub resource: Resource,
    /// Whose the resource is, where that is known.
    pub resource_account: Option<AccountId>,
    /// The management account of the organization, where that is known (EVAL-8, EVAL-9).
    pub management_account: Option<AccountId>,
    /// What is known about the request.
    pub context: Context,
    /// What was taken to be so when the request was put together.
    pub assumptions: Vec<Assumption>,
}

/// The resource of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The action has none: `*` (GRAM-34).
    All,
    /// An ARN.
    Arn(Arn),
    /// It has one, which is not known: a statement that is not about every resource may be about it or not.
    Unknown,
    /// It was not said; every statement that counts is about `*`.
    Unstated,
}

impl Resource {
    /// The text that patterns are matched against.
    pub fn as_str(&self) -> &str {
        match self {
            Self::All | Self::Unstated => "*",
            Self::Unknown => "(unknown)",
            Self::Arn(arn) => arn.as_str(),
        }
    }
}

/// All policies that are held against a request, by layer. `None` is "not given"; an empty list is "there is none".
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    /// Of the caller: its own, attached and group policies.
    pub identity: Option<Vec<Arc<Policy>>>,
    /// The caller's permissions boundary; in play if given.
    pub boundary: Option<Arc<Policy>>,
    /// Session policies; in play if given.
    pub session: Option<Vec<Arc<Policy>>>,
    /// Service control policies by level, root first; in play if given.
    pub scp: Option<Vec<Vec<Arc<Policy>>>>,
    /// Resource control policies by level, root first; in play if given.
    pub rcp: Option<Vec<Vec<Arc<Policy>>>>,
    /// The policy of the resource: bucket policy, key policy, role trust policy …
    pub resource: Option<Vec<Arc<Policy>>>,
    /// The policy of the VPC endpoint that the request goes through; in play if given.
    pub vpce: Option<Arc<Policy>>,
}

/// Whether there are policies that count together, and none of them has an Allow.
pub fn only_denies(policies: &[Arc<Policy>]) -> bool {
    let mut statements = policies.iter().flat_map(|policy| &policy.statements);
    !policies.is_empty() && statements.all(|statement| statement.effect == Effect::Deny)
}

/// The seven places that a policy can count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Identity-based policies of the caller.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
    /// The policy of the resource.
    Resource,
    /// The policy of the VPC endpoint.
    Vpce,
}

impl Layer {
    /// All layers, in the order in which answers list them.
    pub const ALL: [Self; 7] = [
        Self::Identity,
        Self::Boundary,
        Self::Session,
        Self::Scp,
        Self::Rcp,
        Self::Resource,
        Self::Vpce,
    ];

    /// The word that scenarios use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Resource => "resource",
            Self::Vpce => "vpce",
        }
    }

    /// The kind of its policies; a role's trust policy is [`PolicyKind::Trust`].
    pub fn kind(self) -> PolicyKind {
        match self {
            Self::Identity => PolicyKind::Identity,
            Self::Boundary => PolicyKind::Boundary,
            Self::Session => PolicyKind::Session,
            Self::Scp => PolicyKind::Scp,
            Self::Rcp => PolicyKind::Rcp,
            Self::Resource => PolicyKind::Resource,
            Self::Vpce => PolicyKind::Vpce,
        }
    }
}

impl PolicySet {
    /// The policies of a layer, each with its level (0 but for SCPs and RCPs).
    pub fn of(&self, layer: Layer) -> Vec<(usize, &Arc<Policy>)> {
        fn flat(policies: Option<&Vec<Arc<Policy>>>) -> Vec<(usize, &Arc<Policy>)> {
            policies
                .into_iter()
                .flatten()
                .map(|policy| (0, policy))
                .collect()
        }
        fn levels(levels: Option<&Vec<Vec<Arc<Policy>>>>) -> Vec<(usize, &Arc<Policy>)> {
            let numbered = levels.into_iter().flatten().enumerate();
            numbered
                .flat_map(|(level, policies)| policies.iter().map(move |policy| (level, policy)))
                .collect()
        }
        match layer {
            Layer::Identity => flat(self.identity.as_ref()),
            Layer::Boundary => self.boundary.iter().map(|policy| (0, policy)).collect(),
            Layer::Session => flat(self.session.as_ref()),
            Layer::Scp => levels(self.scp.as_ref()),
            Layer::Rcp => levels(self.rcp.as_ref()),
            Layer::Resource => flat(self.resource.as_ref()),
            Layer::Vpce => self.vpce.iter().map(|policy| (0, policy)).collect(),
        }
    }

    /// Whether anything was said about a layer.
    pub fn gives(&self, layer: Layer) -> bool {
        match layer {
            Layer::Identity => self.identity.is_some(),
            Layer::Boundary => self.boundary.is_some(),
            Layer::Session => self.session.is_some(),
            Layer::Scp => self.scp.is_some(),
            Layer::Rcp => self.rcp.is_some(),
            Layer::Resource => self.resource.is_some(),
            Layer::Vpce => self.vpce.is_some(),
        }
    }

    /// These policies, but for the layers that `over` says something about.
    #[must_use]
    pub fn overlaid(&self, over: &Self) -> Self {
        let over = over.clone();
        Self {
            identity: over.identity.or_else(|| self.identity.clone()),
            boundary: over.boundary.or_else(|| self.boundary.clone()),
            session: over.session.or_else(|| self.session.clone()),
            scp: over.scp.or_else(|| self.scp.clone()),
            rcp: over.rcp.or_else(|| self.rcp.clone()),
            resource: over.resource.or_else(|| self.resource.clone()),
            vpce: over.vpce.or_else(|| self.vpce.clone()),
        }
    }

    /// Changes policies, each where it stands.
    pub(crate) fn change(&mut self, change: &mut impl FnMut(&mut Arc<Policy>)) {
        let Self {
            identity,
            boundary,
            session,
            scp,
            rcp,
            resource,
            vpce,
        } = self;
        let lists = [identity, session, resource]
            .into_iter()
            .flatten()
            .flatten();
        let levels = [scp, rcp].into_iter().flatten().flatten().flatten();
        let singles = [boundary, vpce].into_iter().flatten();
        lists.chain(levels).chain(singles).for_each(change);
    }

    /// All policies, layer by layer.
    pub fn all(&self) -> impl Iterator<Item = (Layer, usize, &Arc<Policy>)> {
        Layer::ALL.into_iter().flat_map(|layer| {
            self.of(layer)
                .into_iter()
                .map(move |(level, policy)| (layer, level, policy))
        })
    }
}
