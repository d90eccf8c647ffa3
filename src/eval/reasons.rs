//! What a decision rests on: the statements that made it, the layers in its way, what it depends on and assumes.

use std::collections::BTreeSet;

use super::caller::Caller;
use super::context::{Assumption, Known};
use super::decision::Decision;
use super::keys;
use super::layers::{self, Judged, Outcome, Path};
use super::request::{Layer, PolicySet, Request, Resource};
use super::statement::Unknown;
use crate::policy::Effect;

/// The denies that apply, or the allows that were needed.
pub(super) fn deciding(
    decision: Decision,
    outcome: &Outcome<'_, bool>,
    policies: &PolicySet,
) -> Vec<usize> {
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
pub(super) fn blocking(
    decision: Decision,
    outcome: &Outcome<'_, bool>,
    policies: &PolicySet,
) -> Vec<Layer> {
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
pub(super) fn depends_on(outcome: &Outcome<'_, bool>) -> Vec<String> {
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
        let applies = judged.outcome.applies.decided();
        let granted = judged.outcome.grants.are_decided();
        if applies == Some(false) || (applies.is_some() && granted) || settled(judged) {
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

pub(super) fn missing_context(statements: &[Judged<'_, bool>], request: &Request) -> Vec<String> {
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

pub(super) fn assumptions(
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
