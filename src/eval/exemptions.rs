//! Who and what a layer does not bind, and where an Allow is needed or not (EVAL-5, EVAL-8, EVAL-9, EVAL-16, EVAL-32, EVAL-33).

use super::caller::Caller;
use super::request::{Layer, Request, Resource};
use crate::policy::Action;

/// A layer that does not bind a request, and why.
#[derive(Clone, Debug)]
pub struct Exemption {
    /// The layer.
    pub layer: Layer,
    /// The rule.
    pub rule: &'static str,
    /// Why.
    pub why: &'static str,
}

/// Why a layer that was given does not bind a request.
pub(super) fn exemption(layer: Layer, request: &Request) -> Option<Exemption> {
    let because = |rule, why| Some(Exemption { layer, rule, why });
    let caller = &request.caller;
    let service_linked =
        matches!(caller, Caller::RoleSession { role, .. } if role.is_service_linked());
    if needs_no_permission(request) {
        return (layer != Layer::Vpce).then_some(Exemption {
            layer,
            rule: "ROLE-30",
            why: "the action needs no permission",
        });
    }
    match layer {
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::Scp
            if !caller.has_identity() =>
        {
            because("EVAL-17", "the caller is no IAM principal")
        }
        Layer::Identity | Layer::Boundary if matches!(caller, Caller::Root { .. }) => because(
            "EVAL-5",
            "identity policies and boundaries do not bind the root user",
        ),
        Layer::Scp
            if request.management_account.is_some()
                && caller.account() == request.management_account =>
        {
            because("EVAL-8", "SCPs do not bind the management account")
        }
        Layer::Scp if service_linked => because("EVAL-8", "SCPs do not bind service-linked roles"),
        Layer::Rcp
            if request.management_account.is_some()
                && request.resource_account == request.management_account =>
        {
            because(
                "EVAL-9",
                "RCPs do not protect resources of the management account",
            )
        }
        Layer::Rcp if service_linked => because("EVAL-9", "RCPs do not bind service-linked roles"),
        Layer::Rcp if request.action.is("kms:retiregrant") => {
            because("EVAL-9", "RCPs do not bind kms:RetireGrant")
        }
        Layer::Rcp if request.resource == Resource::All && !is_role_action(request) => {
            because("EVAL-33", "RCPs bind only actions on a resource")
        }
        Layer::Rcp
            if matches!(caller, Caller::Service(_))
                && is_service_linked_role(&request.resource) =>
        {
            because(
                "EVAL-33",
                "RCPs do not bind services that assume their service-linked role",
            )
        }
        Layer::Resource if is_owner_root_on_bucket_policy(request) => because(
            "EVAL-32",
            "the bucket policy cannot lock out the root user of the bucket's account from itself",
        ),
        _ => None,
    }
}

fn is_service_linked_role(resource: &Resource) -> bool {
    matches!(resource, Resource::Arn(arn) if arn.service() == "iam" && arn.resource().starts_with("role/aws-service-role/"))
}

/// Actions that every signed caller may do whatever the policies say, but for the endpoint's (ROLE-30, ROLE-31).
pub(super) fn needs_no_permission(request: &Request) -> bool {
    request.action.needs_no_permission()
}

/// What the rules of combination, but not the patterns of policies, can see of an action on a resource that is said: two
/// actions of one class are treated alike. Services with rules for single actions of theirs are looked at closely.
pub(crate) fn action_class(action: &Action) -> &str {
    let special = match action.service() {
        "sts" | "kms" => true,
        "s3" => action.name().ends_with("bucketpolicy"),
        "dynamodb" => action.name() == "describeendpoints",
        _ => return "",
    };
    if special {
        action.lower()
    } else {
        action.service()
    }
}

/// Calls that AWS makes impossible whatever the policies say: the rule, and why.
pub(super) fn impossible(request: &Request) -> Option<(&'static str, &'static str)> {
    if !request.action.is("sts:assumerole") {
        return None;
    }
    match request.caller {
        Caller::Root { .. } => Some(("ROLE-11", "the root user cannot assume roles")),
        Caller::Anonymous => Some((
            "ROLE-9",
            "sts:AssumeRole cannot be called without a signature",
        )),
        Caller::Federated(_) => Some((
            "GRAM-26",
            "a web identity or SAML provider calls sts:AssumeRoleWithWebIdentity or …WithSAML, not sts:AssumeRole",
        )),
        _ => None,
    }
}

/// The root user of the bucket's account and the actions on its policy (EVAL-32).
pub(super) fn is_owner_root_on_bucket_policy(request: &Request) -> bool {
    let actions = [
        "s3:getbucketpolicy",
        "s3:putbucketpolicy",
        "s3:deletebucketpolicy",
    ];
    matches!(&request.caller, Caller::Root { account, .. } if Some(*account) == request.resource_account)
        && actions.iter().any(|name| request.action.is(name))
}

/// Actions on a role, which its trust policy must allow (ROLE-1, ROLE-14, GRAM-42).
pub(super) fn is_role_action(request: &Request) -> bool {
    request.action.is_on_role()
}

/// Whether the resource policy must allow even in the same account: trust policies and key policies (EVAL-16, ROLE-7).
pub(super) fn must_grant(request: &Request) -> bool {
    // These have no key; a key policy has no say (EVAL-16).
    let keyless = [
        "connectcustomkeystore",
        "createcustomkeystore",
        "createkey",
        "deletecustomkeystore",
        "describecustomkeystores",
        "disconnectcustomkeystore",
        "generaterandom",
        "listaliases",
        "listkeys",
        "updatecustomkeystore",
    ];
    match (request.action.service(), &request.resource) {
        ("sts", Resource::Arn(arn)) => {
            arn.service() == "iam" && arn.resource().starts_with("role/")
        }
        ("sts", _) => is_role_action(request),
        ("kms", Resource::Arn(arn)) => arn.service() == "kms" && arn.resource().starts_with("key/"),
        ("kms", Resource::Unknown | Resource::Unstated) => {
            !keyless.contains(&request.action.name())
        }
        _ => false,
    }
}
