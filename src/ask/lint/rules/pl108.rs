//! Operators in a case that AWS does not use.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, rewritten};
use crate::policy::{Operator, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "PL108",
    name: "operator-spelling",
    severity: Severity::Info,
    what: "A condition operator is not spelled as AWS spells it.",
    why: "AWS documents one spelling. That case does not count is what others have observed, and this program takes it to be so (COND-7).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"ipAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
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
    fix: "Spell it as AWS does. `--fix` does.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject
        .policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    let mut findings: Vec<Finding> = tests
        .filter_map(|test| {
            let spelling = Operator::spelling(&test.operator_text)?;
            (*spelling != *test.operator_text).then(|| {
                Finding::new(
                    &RULE,
                    test.operator_span,
                    format!("AWS spells this operator {spelling}"),
                )
                .fix(
                    "spell it so",
                    vec![rewritten(subject.policy, test.operator_span, &spelling)],
                )
            })
        })
        .collect();
    // An operator with several keys is several tests.
    findings.dedup_by_key(|finding| finding.mark.span);
    findings
}
