//! LINT-4: an Allow to everyone but some.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, is_bounded, when_absent};
use crate::policy::{Effect, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "IP004",
    name: "allow-outside",
    severity: Severity::Error,
    what: "An Allow with NotIpAddress allows the whole world but a few addresses.",
    why: "The test is true for every other address, and for requests that carry none (COND-4). Whoever is locked out of the list takes another address.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {
    "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "NotIpAddress": {"aws:SourceIp": "203.0.113.128/25"}
  }
}"#,
    ),
    fix: "Allow the addresses that may come, with IpAddress; or, to keep some out, deny them with Deny and IpAddress.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.address_tests().filter(|(statement, test)| {
        statement.effect == Effect::Allow && test.operator.negated && !is_bounded(statement)
    });
    findings
        .map(|(statement, test)| {
            let title = format!(
                "Allow + {} allows everyone else in the world",
                test.operator_text
            );
            let label = if when_absent(test) {
                "true for every address that is not listed, and for requests without one"
            } else {
                "true for every address that is not listed"
            };
            Finding::new(&RULE, test.operator_span, title)
                .label(label)
                .also(statement.effect_span, "")
                .help("list who may come with IpAddress, or keep some out with Deny + IpAddress")
        })
        .collect()
}
