//! What a condition is made of (COND-1, COND-6, COND-7, COND-9, OP-4).

use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::policy::PolicyKind;

pub(super) static SHAPE: Rule = Rule {
    code: "PL101",
    name: "condition-shape",
    severity: Severity::Error,
    what: "`Condition`, or an operator in it, is no object.",
    why: "It is `{\"Operator\": {\"key\": [values]}}`, and several operators go into the one object (COND-1).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": [{"Bool": {"aws:SecureTransport": "true"}}]
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"Bool": {"aws:SecureTransport": "true"}}
}"#,
    ),
    fix: "Write one object.",
    page: Some("reference_policies_elements_condition"),
    check: Check::Reading(&["COND-1"]),
};

pub(super) static VALUE: Rule = Rule {
    code: "PL106",
    name: "condition-value",
    severity: Severity::Error,
    what: "A value of a condition is no string, number or boolean.",
    why: "AWS refuses objects, lists in lists and null (COND-6).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"Bool": {"aws:SecureTransport": null}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"Bool": {"aws:SecureTransport": "true"}}
}"#,
    ),
    fix: "Write a string, or a flat list of strings.",
    page: Some("reference_policies_elements_condition"),
    check: Check::Reading(&["COND-6"]),
};

pub(super) static OPERATOR: Rule = Rule {
    code: "PL107",
    name: "unknown-operator",
    severity: Severity::Error,
    what: "A condition operator does not exist.",
    why: "AWS refuses the policy (COND-7).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"Boolean": {"aws:SecureTransport": "true"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"Bool": {"aws:SecureTransport": "true"}}
}"#,
    ),
    fix: "Write one of AWS's operators.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Reading(&["COND-7"]),
};

pub(super) static NULL_IF_EXISTS: Rule = Rule {
    code: "PL109",
    name: "null-if-exists",
    severity: Severity::Error,
    what: "`Null` is combined with `IfExists`.",
    why: "AWS refuses it: `Null` itself asks whether the key exists (COND-9).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"NullIfExists": {"aws:SecureTransport": "true"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"Bool": {"aws:SecureTransport": "true"}}
}"#,
    ),
    fix: "Write `Null`.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Reading(&["COND-9"]),
};

pub(super) static TYPE: Rule = Rule {
    code: "PL204",
    name: "value-of-another-type",
    severity: Severity::Error,
    what: "A value cannot be read as what its operator compares.",
    why: "It matches nothing: a positive test loses it, and a negated one is true (OP-4). What AWS makes of it is not documented for every operator.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"Bool": {"aws:SecureTransport": "yes"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"Bool": {"aws:SecureTransport": "true"}}
}"#,
    ),
    fix: "Write a value of the operator's type.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Reading(&["OP-4"]),
};
