//! Which callers policies tell apart.

use super::Stated;
use crate::eval::{Caller, Role};
use crate::policy::{Action, Effect, PolicyKind, Who};

/// The callers that statements tell apart; `None` is an IAM principal that none of them names.
pub(super) fn callers(about: &[Stated<'_>], action: &Action) -> Vec<Option<Caller>> {
    let mut callers: Vec<Option<Caller>> = Vec::new();
    // Where an account is named, an unnamed principal is one of it; an Allow for everyone is for others as well.
    let names_someone = about.iter().any(|Stated { statement, .. }| {
        let mut elements = statement.principal.iter();
        elements.any(|element| element.entries.iter().any(|who| caller(who).is_some()))
    });
    for Stated { kind, statement } in about {
        let Some(element) = &statement.principal else {
            callers.push(None);
            continue;
        };
        let everyone = element.negated || element.entries.contains(&Who::Everyone);
        if everyone && action.is_federated() {
            callers.push(Some(Caller::Federated(ANY_PROVIDER.into())));
        } else if everyone {
            callers.push(None);
            let stranger = names_someone && statement.effect == Effect::Allow;
            callers.extend(stranger.then_some(Some(Caller::Stranger)));
            callers.extend((*kind == PolicyKind::Resource).then_some(Some(Caller::Anonymous)));
        }
        let unknown = |who: &Who| matches!(who, Who::CanonicalUser(_));
        callers.extend(element.entries.iter().any(unknown).then_some(None));
        callers.extend(element.entries.iter().filter_map(caller).map(Some));
    }
    let mut seen = Vec::new();
    callers.retain(|caller| {
        let new = !seen.contains(caller);
        if new {
            seen.push(caller.clone());
        }
        new
    });
    callers
}

/// A provider vouches for the callers of two actions, and calls no other (GRAM-26).
pub(super) fn can_call(caller: Option<&Caller>, action: &Action) -> bool {
    matches!(caller, Some(Caller::Federated(_))) == action.is_federated()
}

/// The caller that an entry of `Principal` names; `None` if it names nobody, everyone or an account that is not known.
fn caller(who: &Who) -> Option<Caller> {
    Some(match who {
        Who::Account { account, .. } => Caller::Unnamed(Some(*account)),
        Who::User(arn) | Who::RoleSession(arn) | Who::FederatedUser(arn) => {
            Caller::parse(arn.as_str()).ok()?
        }
        Who::Role(arn) => Caller::RoleSession {
            role: Role::from_arn(arn).ok()?,
            session: None,
        },
        Who::Service(name) => Caller::Service((name != "*").then(|| name.clone())),
        Who::Federated(name) if name == "*" => Caller::Federated(ANY_PROVIDER.into()),
        Who::Federated(name) => Caller::Federated(name.clone()),
        Who::CanonicalUser(_) | Who::Everyone | Who::Deleted | Who::Nobody => return None,
    })
}

/// What a provider is called that no policy names.
const ANY_PROVIDER: &str = "any provider";
