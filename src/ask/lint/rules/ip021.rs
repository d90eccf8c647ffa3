//! LINT-21: an address asked of a service.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, names, when_absent};
use crate::policy::{Effect, PolicyKind, Who};

pub(super) static RULE: Rule = Rule {
    code: "IP021",
    name: "service-with-address",
    severity: Severity::Warning,
    what: "An Allow for an AWS service wants `aws:SourceIp` to be in a list.",
    why: "When a service calls, the network keys are left out of the request (KEY-10, ROLE-17), so that the test is never true and the service cannot do it.",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"Service": "ec2.amazonaws.com"},
  "Action": "sts:AssumeRole",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"Service": "cloudtrail.amazonaws.com"},
  "Action": "sts:AssumeRole",
  "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}
}"#,
    ),
    fix: "Drop the test for the service; say by `aws:SourceArn` or `aws:SourceAccount` for whom it may act.",
    page: Some("reference_policies_condition-keys"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.address_tests().filter(|(statement, test)| {
        statement.effect == Effect::Allow
            && !test.operator.negated
            && !when_absent(test)
            && names(statement, |who| matches!(who, Who::Service(_)))
    });
    findings
        .map(|(statement, test)| {
            let principal = statement
                .principal
                .as_ref()
                .map_or(statement.span, |principal| principal.span);
            Finding::new(
                &RULE,
                test.key_span,
                "a service carries no aws:SourceIp; for it this is never true",
            )
            .label("left out when a service calls")
            .also(principal, "")
            .help("drop the test for the service, and test aws:SourceArn or aws:SourceAccount")
        })
        .collect()
}
