//! The text: keys that stand twice, and what is no JSON.

use crate::ask::lint::reading::SYNTAX;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::policy::PolicyKind;

pub(super) static DUPLICATE: Rule = Rule {
    code: "JS001",
    name: "duplicate-key",
    severity: Severity::Error,
    what: "An object has the same key twice.",
    why: "AWS refuses such a policy (GRAM-4), while most JSON readers silently keep the last of the two: tools that look at it see another policy than its author.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    fix: "Merge the two, or remove one.",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&["GRAM-4"]),
};

pub(super) static NO_JSON: Rule = Rule {
    code: "JS003",
    name: "not-json",
    severity: Severity::Error,
    what: "The text is no JSON, or goes over a limit.",
    why: "There is no policy in it that could be looked at. AWS takes neither comments nor commas after the last element (GRAM-16).",
    fails: Example::text(
        PolicyKind::Identity,
        r#"{"Version": "2012-10-17", "Statement": [],}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    fix: "Write it as JSON (or, for this program, as YAML).",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&[SYNTAX]),
};
