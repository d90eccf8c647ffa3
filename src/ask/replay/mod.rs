//! Recorded events held against policies: what would have become of them, and what would change.

mod judge;
mod memory;
mod ruling;
mod scope;
mod tally;

use jiff::Timestamp;

pub(crate) use judge::{Entry, Judge, Told};
pub(crate) use ruling::Ruling;
pub(crate) use scope::ASSUMED;
pub(crate) use tally::{Group, Groups, Matrix, Row, Tally};

use crate::error::Result;
use crate::eval::{PolicySet, Scenario};
use memory::Court;
use scope::Scope;

/// What is asked of every event.
#[derive(Debug)]
pub(crate) struct Question {
    new: Side,
    /// The current policies, for a comparison.
    old: Option<Side>,
    /// The VPC endpoints of the account.
    pub(crate) endpoints: Vec<String>,
    /// Events before it are left out.
    pub(crate) since: Option<Timestamp>,
    /// So are those at it or later.
    pub(crate) until: Option<Timestamp>,
}

/// Policies, and which of them bind which events: the policy of a resource only calls on it, that of an endpoint only
/// calls through one of the account's.
#[derive(Debug)]
struct Side {
    scope: Option<Scope>,
    /// By "on the resource" and "through an endpoint"; nothing where no policy is left.
    courts: [[Option<Court>; 2]; 2],
    /// Whether any of its policies bind services (RCPs and policies of resources and endpoints do).
    binds_services: bool,
}

impl Question {
    /// A question about the policies of scenarios; `resources` are whose the resource policies are.
    ///
    /// # Errors
    /// If it is not said whose a resource policy is.
    pub(crate) fn new(
        new: &Scenario,
        old: Option<&Scenario>,
        resources: &[String],
        now: Timestamp,
    ) -> Result<Self> {
        Ok(Self {
            new: Side::new(new, resources, now)?,
            old: old.map(|old| Side::new(old, resources, now)).transpose()?,
            endpoints: Vec::new(),
            since: None,
            until: None,
        })
    }

    /// Whether two versions are compared.
    pub(crate) fn compares(&self) -> bool {
        self.old.is_some()
    }
}

impl Side {
    fn new(scenario: &Scenario, resources: &[String], now: Timestamp) -> Result<Self> {
        let scope = Scope::new(&scenario.policies, resources)?;
        let policies = &scenario.policies;
        let court = |on_resource: bool, through_endpoint: bool| {
            let mut scenario = scenario.clone();
            if scope.is_some() && !on_resource {
                // What else lets a call through is not said of other resources.
                scenario.policies.resource = scenario.policies.resource.map(|policies| {
                    let mut rest = policies;
                    rest.retain(|policy| scope::is_assumed(policy));
                    rest
                });
                if scenario
                    .policies
                    .resource
                    .as_ref()
                    .is_some_and(Vec::is_empty)
                {
                    scenario.policies.resource = None;
                }
            }
            if !through_endpoint {
                scenario.policies.vpce = None;
            }
            binds_anything(&scenario.policies).then(|| Court::new(scenario, now))
        };
        Ok(Self {
            courts: [false, true].map(|on| [false, true].map(|through| court(on, through))),
            binds_services: policies.rcp.is_some() || scope.is_some() || policies.vpce.is_some(),
            scope,
        })
    }
}

/// Whether there is a policy that was not only assumed.
fn binds_anything(policies: &PolicySet) -> bool {
    policies
        .all()
        .any(|(_, _, policy)| !scope::is_assumed(policy))
}
