//! Patterns that match nothing (GRAM-31, GRAM-35, GRAM-36).

use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::policy::PolicyKind;

pub(super) static ACTION: Rule = Rule {
    code: "PL031",
    name: "no-action",
    severity: Severity::Error,
    what: "An entry of `Action` or `NotAction` is no action and matches nothing.",
    why: "An action is a service prefix and a name with a colon between them, without spaces (GRAM-31).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3.GetObject",
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
    fix: "Write `service:Name`.",
    page: Some("reference_policies_elements_action"),
    check: Check::Reading(&["GRAM-31"]),
};

pub(super) static VARIABLE: Rule = Rule {
    code: "PL035",
    name: "misplaced-variable",
    severity: Severity::Error,
    what: "An ARN has a policy variable before its fifth colon and matches nothing.",
    why: "Variables work in the last part of an ARN only (GRAM-35).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:jobs"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/${aws:PrincipalAccount}/*"
}"#,
    ),
    fix: "Write the part itself, or `*` with a condition.",
    page: Some("reference_policies_variables"),
    check: Check::Reading(&["GRAM-35"]),
};

pub(super) static ARN: Rule = Rule {
    code: "PL036",
    name: "short-arn",
    severity: Severity::Error,
    what: "An entry of `Resource` or `NotResource` is no ARN and matches nothing.",
    why: "An ARN has six parts: `arn:partition:service:region:account:resource` (GRAM-36). For S3 region and account are empty, but their colons are there.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:reports"
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
    fix: "Write the whole ARN.",
    page: Some("reference_policies_elements_resource"),
    check: Check::Reading(&["GRAM-36"]),
};
