//! A byte order mark.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::policy::PolicyKind;
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    code: "JS002",
    name: "byte-order-mark",
    severity: Severity::Warning,
    what: "The text begins with a byte order mark.",
    why: "It is no character of a policy (GRAM-16), and many programs refuse it: RFC 8259 forbids to put one before JSON. Some editors write it unasked.",
    fails: Example::text(
        PolicyKind::Identity,
        "\u{feff}{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}}",
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    fix: "Save the file as UTF-8 without a mark. `--fix` does.",
    page: None,
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mark = subject.has_mark.then(|| {
        Finding::new(
            &RULE,
            Span::new(0, 1),
            "the text begins with a byte order mark (U+FEFF)",
        )
        .fix("write the file without it", Vec::new())
    });
    mark.into_iter().collect()
}
