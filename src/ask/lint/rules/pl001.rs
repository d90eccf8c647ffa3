//! What a policy is made of (GRAM-1 to GRAM-13).

use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::policy::PolicyKind;

pub(super) static SHAPE: Rule = Rule {
    code: "PL001",
    name: "no-policy",
    severity: Severity::Error,
    what: "The document is no policy: it is no object, or one of something else.",
    why: "A policy is an object with `Version` and `Statement`; a statement is an object (GRAM-1).",
    fails: Example::text(PolicyKind::Identity, r#"["s3:GetObject"]"#),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    fix: "Write `{\"Version\": \"2012-10-17\", \"Statement\": […]}`.",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&["GRAM-1"]),
};

pub(super) static NESTED: Rule = Rule {
    code: "PL003",
    name: "nested-list",
    severity: Severity::Error,
    what: "A list stands in a list, or something else where a string belongs.",
    why: "Every element takes a string or a flat list of strings (GRAM-3). Templates that put a list into a list make such documents.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": [["s3:GetObject"]],
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
    fix: "Write one flat list.",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&["GRAM-3"]),
};

pub(super) static ELEMENT: Rule = Rule {
    code: "PL005",
    name: "unknown-element",
    severity: Severity::Error,
    what: "A policy or statement has an element that does not exist.",
    why: "AWS refuses it. Names are case-sensitive: `effect` is no element (GRAM-5).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resources": "arn:aws:s3:::reports/*"
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
    fix: "Spell it as the grammar does.",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&["GRAM-5"]),
};

pub(super) static EFFECT: Rule = Rule {
    code: "PL006",
    name: "effect",
    severity: Severity::Error,
    what: "`Effect` is neither `Allow` nor `Deny`.",
    why: "The two words are case-sensitive (GRAM-6).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "allow",
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
    fix: "Write `Allow` or `Deny`.",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&["GRAM-6"]),
};

pub(super) static MISSING: Rule = Rule {
    code: "PL013",
    name: "missing-element",
    severity: Severity::Error,
    what: "A statement lacks an element, or has two that exclude each other.",
    why: "`Effect` and `Action` or `NotAction` must be there, and an element excludes its `Not…` (GRAM-13).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
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
    fix: "Add what is missing, or make two statements of it.",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&["GRAM-13"]),
};
