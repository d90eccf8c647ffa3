//! From which addresses a request is allowed.

use std::collections::HashSet;

use jiff::Timestamp;

use super::groups::{Group, Wanted, groups, resource_of};
use crate::error::Result;
use crate::eval::{Caller, Decision, Everywhere, Place, Request, Scenario};
use crate::net::AddressSet;

/// From where the requests of a group are allowed. The three sets share nothing and are together everything.
#[derive(Debug)]
pub struct Ips {
    /// The group; a journey is one by itself.
    pub group: Option<Group>,
    /// The decision for every address, and the statements behind it.
    pub everywhere: Everywhere,
    /// From where it is allowed.
    pub allowed: AddressSet,
    /// From where it is denied.
    pub denied: AddressSet,
    /// From where it depends on something that is not known.
    pub depends: AddressSet,
    /// The part of `denied` that would be allowed if no Deny applied.
    pub cut_out: AddressSet,
}

/// The answer for each group that the scenario leaves open.
///
/// # Errors
/// As [`Everywhere::of`] and [`groups`].
pub fn ips(scenario: &Scenario, wanted: &Wanted, now: Timestamp) -> Result<Vec<Ips>> {
    if scenario.steps.is_some() {
        return Ok(vec![Ips::of(None, Everywhere::of(scenario, now)?)]);
    }
    let groups = groups(&[scenario], wanted)?;
    let scenarios: Vec<Scenario> = groups.iter().map(|group| group.of(scenario)).collect();
    let answers = Everywhere::together(&scenarios.iter().collect::<Vec<_>>(), now)?;
    let mut asked = HashSet::new();
    let answers = groups.into_iter().zip(answers);
    // An unnamed caller may turn out to be one of an account that is named as well.
    let once = answers.filter(|(_, everywhere)| asked.insert(asked_of(everywhere)));
    Ok(once
        .map(|(group, everywhere)| Ips::of(Some(group), everywhere))
        .collect())
}

/// What is asked, as far as two questions differ in it.
pub(super) fn asked_of(everywhere: &Everywhere) -> String {
    let of = |request: &Request| {
        let Request {
            caller,
            action,
            resource,
            ..
        } = request;
        format!("{caller:?} {action} {}", resource.as_str())
    };
    everywhere.requests().map(of).collect::<Vec<_>>().join("\n")
}

impl Ips {
    /// The sets of an answer.
    pub fn of(group: Option<Group>, everywhere: Everywhere) -> Self {
        let cut_out = everywhere
            .addresses(|class| everywhere.is_cut_out(Place::Class(class)))
            .with_none(everywhere.is_cut_out(Place::None));
        Self {
            allowed: everywhere.set_of(|decision| decision == Decision::Allowed),
            denied: everywhere.set_of(Decision::is_denied),
            depends: everywhere.set_of(|decision| decision == Decision::Depends),
            cut_out,
            group,
            everywhere,
        }
    }

    /// The request; of a journey, that of its last call.
    pub fn request(&self) -> Option<&Request> {
        self.everywhere.requests().last()
    }

    /// The resource, or what it is called where it stands for more than itself.
    pub fn resource(&self) -> &str {
        resource_of(self.group.as_ref(), self.request())
    }
}

/// Who makes the requests, for people.
pub fn principal_title(caller: &Caller) -> String {
    match caller {
        Caller::Unnamed(Some(account)) => format!("any principal of {account}"),
        Caller::Stranger => "any principal of an account that is not named".into(),
        Caller::Unnamed(None) => "any principal".into(),
        caller => caller.title(),
    }
}
