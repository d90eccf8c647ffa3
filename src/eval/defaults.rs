//! The context keys that AWS sets on every request of a sort (EVAL-18, EVAL-19, EVAL-35, EVAL-37, ROLE-13, ROLE-20).

use jiff::Timestamp;

use super::caller::Caller;
use super::context::{Assumption, Context, Missing};
use super::exemptions::is_role_action;
use super::request::{Request, Resource};

/// Fills in what AWS sets for this caller, action and resource. What the context says already stands.
pub(crate) fn fill(request: &mut Request, now: Timestamp) {
    fill_caller(&mut request.context, &request.caller);
    fill_session(request);
    let context = &mut request.context;
    if !matches!(request.caller, Caller::Service(_)) {
        context.fill("aws:SecureTransport", "true");
    }
    context.fill("aws:CurrentTime", now.to_string());
    context.fill("aws:EpochTime", now.as_second().to_string());
    if let Resource::Arn(arn) = &request.resource
        && !arn.region().is_empty()
    {
        context.fill("aws:RequestedRegion", arn.region());
    }
    if let Some(account) = request.resource_account {
        context.fill("aws:ResourceAccount", account.as_str());
        if request.action.service() == "s3" {
            context.fill("s3:ResourceAccount", account.as_str());
        }
    }
}

/// The keys that follow from who calls.
pub(crate) const OF_CALLER: [&str; 6] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalType",
    "aws:userid",
    "aws:username",
];

/// Fills in the keys of [`OF_CALLER`].
pub(crate) fn fill_caller(context: &mut Context, caller: &Caller) {
    if let Some(account) = caller.account()
        && !matches!(caller, Caller::Unnamed(_))
    {
        context.fill("aws:PrincipalAccount", account.as_str());
    }
    let named = match caller {
        Caller::User { arn, .. } => {
            let name = arn.resource().rsplit('/').next().unwrap_or_default();
            context.fill("aws:username", name);
            Some(("User", arn))
        }
        Caller::Root { arn, account } => {
            context.fill("aws:userid", account.as_str());
            Some(("Account", arn))
        }
        Caller::FederatedUser { arn, account, .. } => {
            let name = arn.resource().rsplit('/').next().unwrap_or_default();
            context.fill("aws:userid", format!("{account}:{name}"));
            Some(("FederatedUser", arn))
        }
        Caller::RoleSession { role, .. } => {
            if !role.path_known && role.is_service_linked() {
                // Its path names a service that the session's ARN does not: unknown, or at best without it (ROLE-35).
                if context.missing() == Missing::Unknown {
                    context.fill("aws:PrincipalType", "AssumedRole");
                    context.fill_absent("aws:username");
                    return;
                }
            }
            if !role.path_known {
                let text = format!(
                    "the path of role {} is unknown; aws:PrincipalArn is taken without one",
                    role.name()
                );
                context.fill_assumed(
                    "aws:PrincipalArn",
                    role.arn.as_str(),
                    Assumption::new("ROLE-35", text),
                );
            }
            Some(("AssumedRole", &role.arn))
        }
        Caller::Anonymous => {
            context.fill("aws:PrincipalAccount", "anonymous");
            context.fill("aws:PrincipalType", "Anonymous");
            context.fill("aws:userid", "anonymous");
            context.fill_absent("aws:PrincipalArn");
            context.fill_absent("aws:PrincipalOrgID");
            None
        }
        Caller::Federated(_) => {
            context.fill_absent("aws:PrincipalArn");
            None
        }
        Caller::Service(_) | Caller::Stranger | Caller::Unnamed(_) => None,
    };
    if let Some((sort, arn)) = named {
        context.fill("aws:PrincipalType", sort);
        context.fill("aws:PrincipalArn", arn.as_str());
    }
    if !matches!(caller, Caller::Stranger | Caller::Unnamed(_)) {
        context.fill_absent("aws:username");
    }
}

/// Parameters of `AssumeRole` that are not in the request unless they were passed (ROLE-13).
fn fill_session(request: &mut Request) {
    if !is_role_action(request) {
        return;
    }
    request.context.fill_absent("sts:DurationSeconds");
    if request.action.is("sts:assumerole") {
        request.context.fill_absent("sts:ExternalId");
    }
}
