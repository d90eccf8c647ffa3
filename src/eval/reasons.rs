//! What a decision rests on: the statements that made it, the layers in its way, what it depends on and assumes.

use std::collections::BTreeSet;

use super::caller::Caller;
use super::context::{Assumption, Known};
use super::decision::Decision;
use super::keys;
use super::layers::{self, Judged, LayerOutcome, Outcome, Path};
use super::request::{Layer, PolicySet, Request, Resource};
use super::statement::Unknown;
use super::truth::{Pointwise, Truth};
use crate::net::Class;
use crate::policy::Effect;

/// The denies that apply, or the allows that were needed.
pub(super) fn deciding(
    decision: Decision,
    outcome: &Outcome<'_, bool>,
    policies: &PolicySet,
) -> Vec<usize> {
    let class = Class::default();
    let used = used_layers(&outcome.path, policies.gives(Layer::Identity), class);
    let statements = outcome.statements.iter().enumerate();
    statements
        .filter(|(_, judged)| {
            *judged.outcome.applies.certainly()
                && has_part(decision, &used, judged.layer, judged.statement().effect)
        })
        .map(|(at, _)| at)
        .collect()
}

/// Whether a statement that applies has a part in a decision: the denies in an explicit deny, and in an allowed request
/// the allows of the layers that carry it.
pub(super) fn has_part(decision: Decision, used: &[Layer], layer: Layer, effect: Effect) -> bool {
    match decision {
        Decision::ExplicitDeny => effect == Effect::Deny,
        Decision::Allowed => {
            effect == Effect::Allow && layer != Layer::Rcp && used.contains(&layer)
        }
        Decision::ImplicitDeny | Decision::Depends => false,
    }
}

/// The layers whose Allow carries an allowed request.
pub(super) fn used_layers<T: Pointwise>(
    path: &Path<T>,
    identity_given: bool,
    class: Class,
) -> Vec<Layer> {
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
            let core_holds = core.identity.certainly().at(class)
                && core.boundary.certainly().at(class)
                && core.session.certainly().at(class);
            let account = *must_grant && core_holds && grants.account.certainly().at(class);
            if account || (!must_grant && core_holds) {
                used.extend(own);
            } else if !grants.direct.certainly().at(class) {
                used.extend([Layer::Boundary, Layer::Session]);
            }
            // Where the caller's own permission is taken for granted, the delegation is what allows.
            let delegated = !identity_given && grants.account.certainly().at(class);
            if *must_grant
                || delegated
                || grants.direct.certainly().at(class)
                || grants.limited.certainly().at(class)
            {
                used.push(Layer::Resource);
            }
        }
    }
    used
}

/// The layers that stop a request.
pub(super) fn blocking(
    decision: Decision,
    path: &Path<bool>,
    layers: &[LayerOutcome<bool>],
    policies: &PolicySet,
) -> Vec<Layer> {
    if decision == Decision::ExplicitDeny {
        return layers
            .iter()
            .filter(|layer| *layer.deny.certainly())
            .map(|layer| layer.layer)
            .collect();
    }
    if decision != Decision::ImplicitDeny {
        return Vec::new();
    }
    let mut blocking = path_blocks(path, policies);
    let gates = layers
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
            layers
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
            let holds = Truth::and;
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

/// What a decision depends on where policies tell resources apart and the resource is not known.
pub(crate) const UNKNOWN_RESOURCE: &str = "the resource";

/// What an uncertain statement needs, where the statement can still matter; and the documents that are not given.
/// `among` is where the decision depends on something.
pub(super) fn depends_on<T: Truth>(outcome: &Outcome<'_, T>, among: &T) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for judged in &outcome.statements {
        if judged.outcome.unknown.is_empty() || among.and(&open(outcome, judged)).is(false) {
            continue;
        }
        for unknown in &judged.outcome.unknown {
            all.push(match unknown {
                Unknown::Key(key) => keys::canonical(key),
                Unknown::Principal => "principal".into(),
                Unknown::Resource => UNKNOWN_RESOURCE.into(),
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

/// Where it is open whether a statement applies, or whom it reaches, and its layer does not allow without it.
fn open<T: Truth>(outcome: &Outcome<'_, T>, judged: &Judged<'_, T>) -> T {
    let applies = &judged.outcome.applies;
    let open = if judged.outcome.grants.are_decided() {
        applies.undecided()
    } else {
        applies.possibly().clone()
    };
    if judged.statement().effect == Effect::Deny {
        return open;
    }
    match judged.layer {
        Layer::Rcp => T::known(false),
        Layer::Resource => open,
        _ => {
            let layer = outcome
                .layers
                .iter()
                .find(|layer| layer.layer == judged.layer);
            layer.map_or(open.clone(), |layer| {
                open.and(&layer.allow.certainly().not())
            })
        }
    }
}

pub(super) fn missing_context<T>(statements: &[Judged<'_, T>], request: &Request) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut missing = Vec::new();
    for judged in statements {
        for key in judged.statement().keys() {
            let carried = matches!(request.context.get(key), Known::Given(_) | Known::Every);
            if !carried && !key.is_stand_in() && seen.insert(key.clone()) {
                missing.push(keys::canonical(key));
            }
        }
    }
    missing
}

/// What the answer rests on; `occurs` says whether a decision is among those that were made.
pub(super) fn assumptions<T: Truth>(
    occurs: impl Fn(Decision) -> bool,
    outcome: &Outcome<'_, T>,
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
            && !judged.outcome.applies.possibly().is(false)
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
        kms && key && occurs(Decision::ImplicitDeny),
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
        public && occurs(Decision::Allowed),
        "EVAL-18",
        "Block Public Access does not apply, and no ACL is involved",
    );
    let mut seen = BTreeSet::new();
    all.retain(|assumption| seen.insert(assumption.clone()));
    all
}
