//! What is taken to be attached beside the policies that were given.

use std::sync::Arc;

use crate::eval::{PolicySet, Scenario, only_denies};
use crate::policy::{Policy, PolicyKind};

/// A policy that allows everything.
pub(super) const ALLOW_ALL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// AWS attaches `FullAWSAccess` to every level; a level of only Denies leaves it out as a matter of course.
pub(super) fn with_full_access(mut scenario: Scenario) -> Scenario {
    if let Ok(full) = Policy::from_json("FullAWSAccess", ALLOW_ALL, PolicyKind::Scp) {
        let full = Arc::new(full);
        let levels = scenario.policies.scp.iter_mut().flatten();
        for level in levels.filter(|level| only_denies(level)) {
            level.push(Arc::clone(&full));
        }
    }
    scenario
}

/// What is assumed of the levels of SCPs that have only Deny statements.
pub(super) fn full_access_notes(policies: &PolicySet) -> Vec<String> {
    let levels = policies.scp.iter().flatten().enumerate();
    let levels = levels.filter(|(_, level)| only_denies(level));
    levels
        .map(|(level, _)| {
            format!("level {level} of the SCPs has only Deny statements; FullAWSAccess is taken to be attached there too")
        })
        .collect()
}
