//! What a reader of a journey could be misled by (ROLE-2 to ROLE-5, ROLE-12).

use std::sync::Arc;

use super::decision::{Answer, Decision};
use super::journey::{AssumeRole, Step};
use super::scenario::Scenario;
use crate::policy::{Comparison, Condition, Effect, Operand, Policy, Statement};

/// Something to know about a journey.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// The rule behind it.
    pub rule: &'static str,
    /// What there is to know.
    pub text: String,
    /// What to do, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// The notes on a journey of which `answers` are the steps taken.
pub(super) fn of_journey(scenario: &Scenario, steps: &[Step], answers: &[Answer]) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut hops = 0;
    let mut caller_checks_address =
        by_address(scenario.policies.identity.iter().flatten()).is_some();
    for (step, answer) in steps.iter().zip(answers) {
        let Step::AssumeRole(assume) = step else {
            continue;
        };
        hops += 1;
        let allowed = answer.decision == Decision::Allowed;
        let own = by_address(assume.session.identity.iter().flatten());
        if let Some((policy, index, condition)) = own
            && !checks_address(assume.trust.iter().flatten())
        {
            notes.push(own_policies_have_no_say(
                assume, policy, index, condition, allowed,
            ));
        }
        if allowed && caller_checks_address && own.is_none() {
            let text = format!(
                "the caller's own policies check the address, but not those of {}: the session works from any address",
                assume.role.name()
            );
            notes.push(Note {
                rule: "ROLE-5",
                text,
                help: None,
            });
        }
        if allowed && hops == 2 {
            let text = "sessions of chained roles last at most one hour".to_owned();
            notes.push(Note {
                rule: "ROLE-12",
                text,
                help: None,
            });
        }
        caller_checks_address = own.is_some();
    }
    notes
}

fn own_policies_have_no_say(
    assume: &AssumeRole,
    policy: &Policy,
    index: usize,
    condition: &Condition,
    allowed: bool,
) -> Note {
    let place = policy.source.position(condition.operator_span.start());
    let says = if allowed {
        "did not stop"
    } else {
        "cannot stop"
    };
    let text = format!(
        "{} ({}:{}:{}) {says} this AssumeRole: a role's own policies are not evaluated when it is assumed, only on the calls made \
         with its session",
        policy.statement_name(index),
        policy.source.name(),
        place.line,
        place.column,
    );
    let blocks: Vec<String> = condition
        .values
        .iter()
        .filter(|value| matches!(value.operand, Operand::Ip(_)))
        .map(|value| format!("\"{}\"", value.text))
        .collect();
    let list = if blocks.is_empty() {
        "\"YOUR BLOCK\"".to_owned()
    } else {
        blocks.join(", ")
    };
    let (place, element) = trust_place(assume, &list);
    let help = format!(
        "to decide by address who may assume the role, add to {place}:\n  {element}\n\
         (or deny it in the caller's policies, an SCP on the caller's account, or an RCP on the role's account: ROLE-4)"
    );
    Note {
        rule: "ROLE-2",
        text,
        help: Some(help),
    }
}

/// Where in the trust policy the address belongs, and what to write there.
fn trust_place(assume: &AssumeRole, list: &str) -> (String, String) {
    let test = format!("\"IpAddress\": {{ \"aws:SourceIp\": [{list}] }}");
    let whole = format!("\"Condition\": {{ {test} }}");
    let allow = assume.trust.iter().flatten().find_map(|policy| {
        let index = policy
            .statements
            .iter()
            .position(|statement| statement.effect == Effect::Allow)?;
        Some((policy, index, &policy.statements[index]))
    });
    let Some((policy, index, statement)) = allow else {
        return ("the Allow of the trust policy".into(), whole);
    };
    let place = policy.source.position(statement.span.start());
    let place = format!("{}:{}:{}", policy.source.name(), place.line, place.column);
    let name = policy.statement_name(index);
    if statement.conditions.is_empty() {
        (format!("{name} in the trust policy ({place})"), whole)
    } else {
        (
            format!("the Condition of {name} in the trust policy ({place})"),
            test,
        )
    }
}

/// The first Deny that tests the address of the caller.
fn by_address<'a>(
    mut policies: impl Iterator<Item = &'a Arc<Policy>>,
) -> Option<(&'a Policy, usize, &'a Condition)> {
    policies.find_map(|policy| {
        policy
            .statements
            .iter()
            .enumerate()
            .find_map(|(index, statement)| {
                let condition = (statement.effect == Effect::Deny)
                    .then(|| address_test(statement))
                    .flatten()?;
                Some((policy.as_ref(), index, condition))
            })
    })
}

/// Whether any statement tests the address of the caller.
fn checks_address<'a>(mut policies: impl Iterator<Item = &'a Arc<Policy>>) -> bool {
    policies.any(|policy| {
        policy
            .statements
            .iter()
            .any(|statement| address_test(statement).is_some())
    })
}

fn address_test(statement: &Statement) -> Option<&Condition> {
    statement.conditions.iter().find(|condition| {
        condition.operator.comparison == Comparison::Ip && condition.key.lower() == "aws:sourceip"
    })
}
