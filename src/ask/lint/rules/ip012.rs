//! LINT-12, LINT-13: lists that forget IPv6.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::special::is_public;
use crate::ask::lint::subject::{Subject, blocks, is_bounded, listed};
use crate::policy::{Condition, Effect, PolicyKind, Statement};

pub(super) static ALLOWED: Rule = Rule {
    code: "IP012",
    name: "no-ipv6",
    severity: Severity::Warning,
    what: "The list of addresses that may come has IPv4 only, so that every IPv6 caller is kept out.",
    why: "No IPv6 address is in an IPv4 block (IP-7). Callers reach AWS over IPv6 wherever an endpoint is dual-stack (KEY-6), and then come with an IPv6 address that is not in the list.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    fix: "Add the IPv6 blocks of the same networks. If they have none, say so in `[lint.ignore]`.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(allowed),
};

pub(super) static BLOCKED: Rule = Rule {
    code: "IP013",
    name: "blocked-without-ipv6",
    severity: Severity::Warning,
    what: "The list of addresses that a Deny blocks has IPv4 only, so that the same people pass over IPv6.",
    why: "No IPv6 address is in an IPv4 block (IP-7): the Deny does not apply to a caller who comes over a dual-stack endpoint (KEY-6).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    fix: "Block their IPv6 addresses too, or turn the list around: say who may come.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(blocked),
};

/// Whether a list is of IPv4 only, and of addresses that requests come from; other lists have rules of their own.
fn forgets(test: &Condition) -> bool {
    listed(test).is_some_and(|set| !set.only_v6().has_addresses())
        && blocks(test).any(|(_, block)| is_public(block))
}

fn has_v6(test: &Condition) -> bool {
    blocks(test).any(|(_, block)| block.first().is_ipv6())
}

fn allowed(subject: &Subject<'_>) -> Vec<Finding> {
    let lets_in = || {
        subject
            .address_tests()
            .filter(|(statement, test)| (statement.effect == Effect::Deny) == test.operator.negated)
    };
    // IPv6 may be allowed by another statement, but each Deny takes away by itself: all outside of a list, unless the list
    // is the hole in a block.
    let takes_away =
        |statement: &Statement| statement.effect == Effect::Deny && !is_bounded(statement);
    let elsewhere =
        lets_in().any(|(statement, test)| statement.effect == Effect::Allow && has_v6(test));
    lets_in()
        .filter(|(statement, test)| {
            let takes = takes_away(statement);
            forgets(test) && (takes || statement.effect == Effect::Allow && !elsewhere)
        })
        .map(|(statement, test)| {
            let title = match statement.effect {
                Effect::Allow => "the list has IPv4 only; callers over IPv6 are not allowed",
                Effect::Deny => "the list has IPv4 only; all callers over IPv6 are denied",
            };
            Finding::new(&ALLOWED, test.key_span, title)
                .label("no IPv6 address is in an IPv4 block")
                .also(statement.effect_span, "")
                .help("add the IPv6 blocks of the same networks")
        })
        .collect()
}

fn blocked(subject: &Subject<'_>) -> Vec<Finding> {
    let blocks = || {
        subject
            .address_tests()
            .filter(|(statement, test)| statement.effect == Effect::Deny && !test.operator.negated)
    };
    if blocks().any(|(_, test)| has_v6(test)) {
        return Vec::new();
    }
    blocks()
        .filter(|(_, test)| forgets(test))
        .map(|(statement, test)| {
            let title = "the list has IPv4 only; callers over IPv6 are not denied";
            Finding::new(&BLOCKED, test.key_span, title)
                .label("no IPv6 address is in an IPv4 block")
                .also(statement.effect_span, "")
                .help("block their IPv6 addresses too, or say who may come instead")
        })
        .collect()
}
