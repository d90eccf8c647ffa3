//! Elements that AWS refuses in policies of some kinds (GRAM-9 to GRAM-12, GRAM-41).

use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::policy::PolicyKind;

pub(super) static ID: Rule = Rule {
    code: "PL009",
    name: "id",
    severity: Severity::Error,
    what: "`Id` stands in a policy that has none, or is no string.",
    why: "Only policies of resources have an `Id` (GRAM-9).",
    fails: Example::text(
        PolicyKind::Identity,
        r#"{"Id": "p1", "Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
    ),
    passes: Example::text(
        PolicyKind::Identity,
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
    ),
    fix: "Remove it.",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&["GRAM-9"]),
};

pub(super) static SID: Rule = Rule {
    code: "PL010",
    name: "sid",
    severity: Severity::Error,
    what: "A `Sid` has other characters than letters and digits, stands twice, or is no string.",
    why: "IAM refuses such a policy (GRAM-10); for policies of resources it depends on the service.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Sid": "read-reports",
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Sid": "ReadReports",
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    fix: "Use letters and digits, and each name once.",
    page: Some("reference_policies_grammar"),
    check: Check::Reading(&["GRAM-10"]),
};

pub(super) static PRINCIPAL: Rule = Rule {
    code: "PL011",
    name: "principal",
    severity: Severity::Error,
    what: "`Principal` is missing, or stands where it does not belong.",
    why: "Policies of resources, roles and endpoints say who they are about; those of users, groups and organizations do not (GRAM-11).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
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
    fix: "Add or remove it, or say by `--kind` what the policy is attached to.",
    page: Some("reference_policies_elements_principal"),
    check: Check::Reading(&["GRAM-11"]),
};

pub(super) static RESOURCE: Rule = Rule {
    code: "PL012",
    name: "resource",
    severity: Severity::Error,
    what: "`Resource` is missing, or stands in the trust policy of a role.",
    why: "A trust policy is about its role; policies of users, groups and organizations must say what they are about (GRAM-12).",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
  "Action": "sts:AssumeRole",
  "Resource": "*"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
  "Action": "sts:AssumeRole"
}"#,
    ),
    fix: "Add or remove it.",
    page: Some("reference_policies_elements_resource"),
    check: Check::Reading(&["GRAM-12"]),
};

pub(super) static RCP: Rule = Rule {
    code: "PL041",
    name: "rcp-with-allow",
    severity: Severity::Error,
    what: "A resource control policy has an Allow.",
    why: "One of your own can only deny; `RCPFullAWSAccess` is attached everywhere (GRAM-41).",
    fails: Example::new(
        PolicyKind::Rcp,
        r#"{
  "Effect": "Allow",
  "Principal": "*",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Rcp,
        r#"{
  "Effect": "Deny",
  "Principal": "*",
  "Action": "s3:*",
  "Resource": "*",
  "Condition": {"BoolIfExists": {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"}}
}"#,
    ),
    fix: "Remove the statement.",
    page: None,
    check: Check::Reading(&["GRAM-41"]),
};
