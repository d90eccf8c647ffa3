//! Keys that differ in nothing but case.

use crate::ask::lint::reading::CASE;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::policy::PolicyKind;

pub(super) static RULE: Rule = Rule {
    code: "PL004",
    name: "key-in-two-cases",
    severity: Severity::Error,
    what: "A condition key stands twice under one operator, in different case.",
    why: "They are one key (COND-5), and both tests must hold. Access Analyzer calls it an error (GRAM-4).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalOrgId": "o-a1b2c3d4e5"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
}"#,
    ),
    fix: "Merge the two.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Reading(&[CASE]),
};
