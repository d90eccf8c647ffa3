//! LINT-27: a test that both values pass.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::policy::{Comparison, Operand, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "IP027",
    name: "true-and-false",
    severity: Severity::Error,
    what: "A list under Bool or Null holds both `true` and `false`.",
    why: "One of the two always matches (COND-2), so that the test only says that the key is there; under Null it says nothing at all (COND-10).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"Bool": {"aws:SecureTransport": ["true", "false"]}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"Bool": {"aws:SecureTransport": "true"}}
}"#,
    ),
    fix: "Keep the one that is meant.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject
        .policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    let findings = tests.filter(|test| {
        let has = |wanted: bool| {
            let mut values = test.values.iter();
            values.any(|value| matches!(value.operand, Operand::Bool(value) if value == wanted))
        };
        matches!(
            test.operator.comparison,
            Comparison::Bool | Comparison::Null
        ) && has(true)
            && has(false)
    });
    findings
        .map(|test| {
            let title = format!("both values of {} match", test.key);
            let label = if test.operator.comparison == Comparison::Null {
                "always true"
            } else {
                "true whenever the key is there"
            };
            Finding::new(&RULE, test.key_span, title)
                .label(label)
                .help("keep the one that is meant")
        })
        .collect()
}
