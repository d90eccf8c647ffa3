//! LINT-33: switching roles in the console.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, is_about, names, tests_any};
use crate::policy::{Effect, PolicyKind, Who};

pub(super) static RULE: Rule = Rule {
    code: "IP033",
    name: "switch-role-in-console",
    severity: Severity::Info,
    what: "People may assume a role from a list of addresses only, and the console may come with another one.",
    why: "With Switch Role it is the sign-in service that calls AssumeRole; users report that the trust policy then sees an address of AWS (IP-37). It does not concern roles that need an external id, which the console cannot send (ROLE-22).",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:user/bob"},
  "Action": "sts:AssumeRole",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
  "Action": "sts:AssumeRole",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    fix: "Try it; if it fails, test the address where the user is allowed `sts:AssumeRole`.",
    page: None,
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.address_tests().filter(|(statement, test)| {
        let people = names(statement, |who| {
            matches!(who, Who::Account { .. } | Who::User(_))
        });
        subject.is(&[PolicyKind::Trust])
            && statement.effect == Effect::Allow
            && !test.operator.negated
            && people
            && is_about(statement, "sts:assumerole")
            && !tests_any(statement, &["sts:ExternalId"])
    });
    findings
        .map(|(_, test)| {
            let title = "Switch Role in the console may come with another address";
            Finding::new(&RULE, test.key_span, title)
                .label("the address that the sign-in service calls from")
                .help("try it; or test the address where the user is allowed sts:AssumeRole")
        })
        .collect()
}
