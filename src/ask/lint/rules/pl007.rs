//! The version of the language.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::policy::PolicyKind;
use crate::source::Span;

pub(super) static UNKNOWN: Rule = Rule {
    code: "PL007",
    name: "unknown-version",
    severity: Severity::Error,
    what: "`Version` is neither `2012-10-17` nor `2008-10-17`.",
    why: "It is the version of the policy language, not that of the policy; AWS knows these two (GRAM-7).",
    fails: Example::text(
        PolicyKind::Identity,
        r#"{"Version": "2024-01-31", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
    ),
    passes: Example::text(
        PolicyKind::Identity,
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
    ),
    fix: "Write `2012-10-17`.",
    page: Some("reference_policies_elements_version"),
    check: Check::Reading(&["GRAM-7"]),
};

pub(super) static MISSING: Rule = Rule {
    code: "PL008",
    name: "missing-version",
    severity: Severity::Info,
    what: "The policy has no `Version`.",
    why: "It is then read as of 2008-10-17, which knows no policy variables (GRAM-8): whoever adds one later wonders.",
    fails: Example::text(
        PolicyKind::Identity,
        r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
    ),
    passes: Example::text(
        PolicyKind::Identity,
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
    ),
    fix: "Add `\"Version\": \"2012-10-17\"`.",
    page: Some("reference_policies_elements_version"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let start = subject.tree.span.start();
    let missing = subject.tree.get("Version").is_none().then(|| {
        let title = "the policy has no `Version` and is read as of 2008-10-17";
        Finding::new(&MISSING, Span::new(start, start + 1), title)
            .help("add \"Version\": \"2012-10-17\"")
    });
    missing.into_iter().collect()
}
