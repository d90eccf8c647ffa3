//! LINT-8: addresses compared as text.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::eval::is_address_key;
use crate::policy::{Comparison, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "IP008",
    name: "address-as-text",
    severity: Severity::Error,
    what: "An address is compared as text, by an operator such as StringEquals or StringLike.",
    why: "A text operator knows no blocks: `203.0.113.0/24` equals no address, and `203.0.113.*` is no IPv6 (OP-11). An IPv6 address can be written in many ways, so that its text may not match either.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"StringEquals": {"aws:SourceIp": "203.0.113.0/24"}}
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
    fix: "Use IpAddress or NotIpAddress with blocks.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject
        .policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    let findings = tests.filter(|test| {
        let as_text = !matches!(test.operator.comparison, Comparison::Ip | Comparison::Null);
        // An address from another key or a tag can be compared as text only (IP-42).
        as_text
            && is_address_key(&test.key)
            && !test.values.iter().any(|value| value.operand.has_variable())
    });
    findings
        .map(|test| {
            let title = format!("{} compares {} as text", test.operator_text, test.key);
            let operator = if test.operator.negated {
                "NotIpAddress"
            } else {
                "IpAddress"
            };
            Finding::new(&RULE, test.operator_span, title)
                .label("it knows no blocks, and one way only to write an address")
                .also(test.key_span, "")
                .help(format!("use {operator} with blocks such as 203.0.113.0/24"))
        })
        .collect()
}
