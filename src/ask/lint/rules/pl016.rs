//! Characters that IAM refuses.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::policy::PolicyKind;
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    code: "PL016",
    name: "character",
    severity: Severity::Error,
    what: "The policy holds a character that IAM refuses.",
    why: "IAM takes tab, line feed, carriage return and U+0020 to U+00FF (GRAM-16). A dash or quotation mark that was copied from a text document is none of them.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/2026–01/*"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/2026-01/*"
}"#,
    ),
    fix: "Write the plain character.",
    page: None,
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let kept_by_iam = [
        PolicyKind::Identity,
        PolicyKind::Boundary,
        PolicyKind::Session,
        PolicyKind::Trust,
    ];
    let (text, start) = subject.text();
    // A comment of YAML is no part of the policy.
    if !subject.is(&kept_by_iam) || !text.trim_start().starts_with('{') {
        return Vec::new();
    }
    let refused = text
        .char_indices()
        .find(|(_, character)| !matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'));
    refused
        .map(|(at, character)| {
            let code = u32::from(character);
            let span = Span::new(start + at, start + at + character.len_utf8());
            Finding::new(
                &RULE,
                span,
                format!("IAM refuses the character U+{code:04X}"),
            )
            .help("write a plain one, such as - for a dash")
        })
        .into_iter()
        .collect()
}
