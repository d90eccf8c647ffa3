//! From statements to the decision: the layers and how they combine (EVAL-2 to EVAL-38, ROLE-1 to ROLE-17).

use std::mem::Discriminant;
use std::sync::Arc;

use super::algebra::Algebra;
use super::caller::{Caller, Grants};
use super::context::{Assumption, Known, Missing};
use super::exemptions::{
    Exemption, exemption, impossible, is_owner_root_on_bucket_policy, must_grant,
    needs_no_permission,
};
use super::keys::SOURCE_IP;
use super::request::{Layer, PolicySet, Request, Resource};
use super::statement::{self, StatementOutcome};
use super::truth::{Pair, Pointwise, Truth, all, any};
use crate::net::Class;
use crate::policy::{ConditionKey, Effect, Policy, Statement};

/// The outcome of evaluating a request, in an algebra.
#[derive(Clone, Debug)]
pub(crate) struct Outcome<'a, T> {
    /// Where an applicable Deny stands (EVAL-2).
    pub explicit: Pair<T>,
    /// Where the request is allowed.
    pub allowed: Pair<T>,
    /// Where it would be allowed if no Deny applied.
    pub granted: Pair<T>,
    /// The layers in play, each by itself.
    pub layers: Vec<LayerOutcome<T>>,
    /// Every statement of the layers in play.
    pub statements: Vec<Judged<'a, T>>,
    /// Layers that were given but do not bind this caller or resource.
    pub exemptions: Vec<Exemption>,
    /// Documents that are not given and that the answer needs.
    pub needs: Vec<String>,
    /// How the caller-side and resource-side policies combine.
    pub(crate) path: Path<T>,
    /// Undocumented points that the combination rests on.
    pub(crate) assumptions: Vec<Assumption>,
}

/// One layer by itself.
#[derive(Clone, Debug)]
pub(crate) struct LayerOutcome<T> {
    /// Which one.
    pub layer: Layer,
    /// Where a Deny of it applies.
    pub deny: Pair<T>,
    /// Where it allows; for SCPs, at every level (EVAL-7).
    pub allow: Pair<T>,
}

impl<T: Pointwise> LayerOutcome<T> {
    /// What became of it for the addresses of a class.
    pub(crate) fn at(&self, class: Class) -> LayerOutcome<bool> {
        LayerOutcome {
            layer: self.layer,
            deny: self.deny.at(class),
            allow: self.allow.at(class),
        }
    }
}

/// A statement and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Judged<'a, T> {
    /// The layer of its policy.
    pub layer: Layer,
    /// The level, for SCPs and RCPs.
    pub level: usize,
    /// Its policy.
    pub policy: &'a Arc<Policy>,
    /// Its place in the policy.
    pub index: usize,
    /// What became of it.
    pub outcome: StatementOutcome<T>,
}

impl<'a, T> Judged<'a, T> {
    /// The statement.
    pub(super) fn statement(&self) -> &'a Statement {
        &self.policy.statements[self.index]
    }
}

/// How the caller's own policies and the resource's combine.
#[derive(Clone, Debug)]
pub(crate) enum Path<T> {
    /// Nothing to allow: the action needs no permission, or only organization and endpoint policies count.
    Free(bool),
    /// The caller has no identity policies: the resource policy decides (EVAL-15, EVAL-17, EVAL-18, ROLE-16).
    ResourceOnly { resource: Pair<T> },
    /// Both accounts must allow (EVAL-14).
    CrossAccount { core: Core<T>, resource: Pair<T> },
    /// One account (EVAL-13, EVAL-16).
    SameAccount {
        core: Core<T>,
        grants: Rows<T>,
        must_grant: bool,
    },
}

/// The caller's side.
#[derive(Clone, Debug)]
pub(crate) struct Core<T> {
    pub(crate) identity: Pair<T>,
    pub(crate) boundary: Pair<T>,
    pub(crate) session: Pair<T>,
}

impl<T: Truth> Core<T> {
    fn holds(&self) -> Pair<T> {
        self.identity.and(&self.limits())
    }

    fn limits(&self) -> Pair<T> {
        self.boundary.and(&self.session)
    }
}

/// What a resource policy grants, by the rows of EVAL-20 to EVAL-27.
#[derive(Clone, Debug)]
pub(crate) struct Rows<T> {
    pub(crate) account: Pair<T>,
    pub(crate) limited: Pair<T>,
    pub(crate) direct: Pair<T>,
}

impl<T: Pointwise> Core<T> {
    fn at(&self, class: Class) -> Core<bool> {
        Core {
            identity: self.identity.at(class),
            boundary: self.boundary.at(class),
            session: self.session.at(class),
        }
    }
}

impl<T: Pointwise> Path<T> {
    /// How they combine for the addresses of a class.
    pub(crate) fn at(&self, class: Class) -> Path<bool> {
        match self {
            Self::Free(allowed) => Path::Free(*allowed),
            Self::ResourceOnly { resource } => Path::ResourceOnly {
                resource: resource.at(class),
            },
            Self::CrossAccount { core, resource } => Path::CrossAccount {
                core: core.at(class),
                resource: resource.at(class),
            },
            Self::SameAccount {
                core,
                grants,
                must_grant,
            } => Path::SameAccount {
                core: core.at(class),
                grants: Rows {
                    account: grants.account.at(class),
                    limited: grants.limited.at(class),
                    direct: grants.direct.at(class),
                },
                must_grant: *must_grant,
            },
        }
    }
}

impl<T: Truth> Path<T> {
    fn holds(&self) -> Pair<T> {
        match self {
            Self::Free(allowed) => Pair::known(*allowed),
            Self::ResourceOnly { resource } => resource.clone(),
            Self::CrossAccount { core, resource } => core.holds().and(resource),
            Self::SameAccount {
                core,
                grants,
                must_grant,
            } => {
                let own = if *must_grant {
                    grants.account.and(&core.holds())
                } else {
                    core.holds()
                };
                own.or(&grants.limited.and(&core.limits()))
                    .or(&grants.direct)
            }
        }
    }
}

/// Evaluates a request against its policies.
pub(crate) fn evaluate<'a, A: Algebra>(
    algebra: &A,
    request: &Request,
    policies: &'a PolicySet,
) -> Outcome<'a, A::Truth> {
    let exemptions: Vec<Exemption> = Layer::ALL
        .into_iter()
        .filter(|layer| policies.gives(*layer))
        .filter_map(|layer| exemption(layer, request))
        .collect();
    let mut evaluation = Evaluation {
        algebra,
        request,
        policies,
        exemptions,
        statements: Vec::new(),
        needs: Vec::new(),
        assumptions: Vec::new(),
    };
    evaluation.judge_statements();
    evaluation.finish()
}

/// All that a decision rests on beside the question which statements apply: two requests of one shape to which the same
/// statements apply, as far as that is known, are decided alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    caller: Discriminant<Caller>,
    exempt: Vec<Layer>,
    impossible: Option<&'static str>,
    /// Whether it needs no permission, is the owner's own, stays in one account, and needs the resource's Allow.
    rules: [bool; 4],
    /// What a missing document would be called, by the service.
    service: u8,
    /// How each statement reaches the caller.
    grants: Vec<u16>,
    /// What is known of the address.
    address: u8,
}

impl Shape {
    /// Whether the policies of a layer count.
    pub(crate) fn in_play(&self, layer: Layer) -> bool {
        !self.exempt.contains(&layer)
    }
}

/// The shape of a request.
pub(crate) fn shape(request: &Request, policies: &PolicySet) -> Shape {
    let exempt = Layer::ALL
        .into_iter()
        .filter(|layer| exemption(*layer, request).is_some());
    let has_boundary = policies.gives(Layer::Boundary);
    let mut grants = Vec::new();
    for (layer, _, policy) in policies.all() {
        let named = policy.statements.iter();
        for statement in named.filter(|statement| statement.principal.is_some()) {
            let (_, own) = statement::principal(statement, layer, has_boundary, request);
            grants.push(super::signature::code(&own));
        }
    }
    Shape {
        caller: std::mem::discriminant(&request.caller),
        exempt: exempt.collect(),
        impossible: impossible(request).map(|(rule, _)| rule),
        rules: [
            needs_no_permission(request),
            is_owner_root_on_bucket_policy(request),
            is_same_account(request),
            must_grant(request),
        ],
        service: match request.action.service() {
            "sts" => 0,
            "kms" => 1,
            _ => 2,
        },
        grants,
        address: match request.context.get(&ConditionKey::new(SOURCE_IP)) {
            Known::Absent => 0,
            Known::Every => 1,
            Known::Given(_) => 2,
            Known::Unknown => 3,
        },
    }
}

fn is_same_account(request: &Request) -> bool {
    match (request.caller.account(), request.resource_account) {
        (Some(caller), Some(resource)) => caller == resource,
        _ => request.caller != Caller::Stranger,
    }
}

struct Evaluation<'a, 'r, A: Algebra> {
    algebra: &'r A,
    request: &'r Request,
    policies: &'a PolicySet,
    exemptions: Vec<Exemption>,
    statements: Vec<Judged<'a, A::Truth>>,
    needs: Vec<String>,
    assumptions: Vec<Assumption>,
}

impl<'a, A: Algebra> Evaluation<'a, '_, A> {
    fn judge_statements(&mut self) {
        let has_boundary = self.policies.gives(Layer::Boundary);
        for (layer, level, policy) in self.policies.all() {
            if !self.in_play(layer) {
                continue;
            }
            for (index, statement) in policy.statements.iter().enumerate() {
                let outcome =
                    statement::judge(self.algebra, statement, layer, has_boundary, self.request);
                self.statements.push(Judged {
                    layer,
                    level,
                    policy,
                    index,
                    outcome,
                });
            }
        }
    }

    fn finish(mut self) -> Outcome<'a, A::Truth> {
        let layers: Vec<LayerOutcome<A::Truth>> = Layer::ALL
            .into_iter()
            .filter(|layer| self.in_play(*layer))
            .map(|layer| LayerOutcome {
                layer,
                deny: self.deny(layer),
                allow: self.allow(layer),
            })
            .collect();
        let explicit = any(layers.iter().map(|layer| layer.deny.clone()));
        let path = self.path();
        let gates =
            all([Layer::Scp, Layer::Rcp, Layer::Vpce].map(|layer| self.allow_if_given(layer)));
        let granted = path.holds().and(&gates);
        let allowed = granted.and(&explicit.not());
        let Self {
            exemptions,
            statements,
            needs,
            assumptions,
            ..
        } = self;
        Outcome {
            explicit,
            allowed,
            granted,
            layers,
            statements,
            exemptions,
            needs,
            path,
            assumptions,
        }
    }

    fn in_play(&self, layer: Layer) -> bool {
        self.policies.gives(layer)
            && !self
                .exemptions
                .iter()
                .any(|exemption| exemption.layer == layer)
    }

    fn of(&self, layer: Layer, effect: Effect) -> impl Iterator<Item = &Judged<'a, A::Truth>> {
        self.statements
            .iter()
            .filter(move |judged| judged.layer == layer && judged.statement().effect == effect)
    }

    fn deny(&self, layer: Layer) -> Pair<A::Truth> {
        any(self
            .of(layer, Effect::Deny)
            .map(|judged| judged.outcome.applies.clone()))
    }

    fn allow(&self, layer: Layer) -> Pair<A::Truth> {
        match layer {
            // RCPFullAWSAccess is always attached (EVAL-9).
            Layer::Rcp => Pair::known(true),
            Layer::Scp => {
                let levels = self.policies.scp.as_ref().map_or(0, Vec::len);
                all((0..levels).map(|level| {
                    let at_level = self
                        .of(layer, Effect::Allow)
                        .filter(|judged| judged.level == level);
                    any(at_level.map(|judged| judged.outcome.applies.clone()))
                }))
            }
            _ => any(self
                .of(layer, Effect::Allow)
                .map(|judged| judged.outcome.applies.clone())),
        }
    }

    fn allow_if_given(&self, layer: Layer) -> Pair<A::Truth> {
        if self.in_play(layer) {
            self.allow(layer)
        } else {
            Pair::known(true)
        }
    }

    fn path(&mut self) -> Path<A::Truth> {
        let request = self.request;
        if needs_no_permission(request) {
            return Path::Free(request.caller.is_signed());
        }
        if is_owner_root_on_bucket_policy(request) {
            return Path::Free(true);
        }
        if let Some((rule, why)) = impossible(request) {
            self.assume(rule, why);
            return Path::Free(false);
        }
        let same_account = is_same_account(request);
        let must_grant = !same_account || must_grant(request) || !request.caller.has_identity();
        let grants = self.grants(must_grant);
        let granted = any([
            grants.account.clone(),
            grants.limited.clone(),
            grants.direct.clone(),
        ]);
        if !request.caller.has_identity() {
            return Path::ResourceOnly { resource: granted };
        }
        let core = Core {
            identity: self.identity(&granted, &grants, same_account),
            boundary: self.allow_if_given(Layer::Boundary),
            session: self.session(),
        };
        if same_account {
            Path::SameAccount {
                core,
                grants,
                must_grant,
            }
        } else {
            Path::CrossAccount {
                core,
                resource: granted,
            }
        }
    }

    fn grants(&mut self, needed: bool) -> Rows<A::Truth> {
        if !self.policies.gives(Layer::Resource) {
            let nothing = Pair::known(false);
            let unknown = needed && self.request.context.missing() == Missing::Unknown;
            if unknown {
                self.needs.push(self.resource_policy_title());
            }
            let direct = if unknown {
                Pair::unknown()
            } else {
                nothing.clone()
            };
            return Rows {
                account: nothing.clone(),
                limited: nothing,
                direct,
            };
        }
        let row = |pick: fn(&Grants) -> Pair<bool>| {
            any(self.of(Layer::Resource, Effect::Allow).map(|judged| {
                judged
                    .outcome
                    .applies
                    .and(&pick(&judged.outcome.grants).lift())
            }))
        };
        Rows {
            account: row(|grants| grants.account),
            limited: row(|grants| grants.role).or(&row(|grants| grants.user)),
            direct: row(|grants| grants.direct),
        }
    }

    /// The identity policies; what is taken for granted where they are not given.
    fn identity(
        &mut self,
        granted: &Pair<A::Truth>,
        grants: &Rows<A::Truth>,
        same_account: bool,
    ) -> Pair<A::Truth> {
        if matches!(self.request.caller, Caller::Root { .. }) {
            return Pair::known(true);
        }
        if self.policies.gives(Layer::Identity) {
            return self.allow(Layer::Identity);
        }
        if self.request.context.missing() == Missing::Absent {
            return Pair::known(false);
        }
        let title = format!("the identity policies of {}", self.request.caller.title());
        let taken = self.policies.gives(Layer::Resource);
        let identity = if taken {
            granted.at_least()
        } else {
            Pair::unknown()
        };
        if taken
            && !granted.possibly().is(false)
            && (!same_account || !grants.account.possibly().is(false))
        {
            self.assume("EVAL-14", format!("{title} are not given; taken to allow"));
        }
        if !identity.certainly().is(true) {
            self.needs.push(title);
        }
        identity
    }

    /// Session policies; a federated-user session without any may do nothing by itself (EVAL-11).
    fn session(&self) -> Pair<A::Truth> {
        if self.in_play(Layer::Session) {
            return self.allow(Layer::Session);
        }
        Pair::known(!matches!(self.request.caller, Caller::FederatedUser { .. }))
    }

    fn resource_policy_title(&self) -> String {
        let resource = match &self.request.resource {
            Resource::Arn(arn) => arn.as_str(),
            Resource::All | Resource::Unknown | Resource::Unstated => "the resource",
        };
        match self.request.action.service() {
            "sts" if resource == "the resource" => "the trust policy of the role".into(),
            "sts" => format!("the trust policy of {resource}"),
            "kms" => format!("the key policy of {resource}"),
            _ => format!("the resource policy of {resource}"),
        }
    }

    fn assume(&mut self, rule: &'static str, text: impl Into<String>) {
        self.assumptions.push(Assumption::new(rule, text));
    }
}
