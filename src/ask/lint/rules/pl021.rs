//! Who a statement is about (GRAM-21 to GRAM-29).

use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::policy::PolicyKind;

pub(super) static TYPE: Rule = Rule {
    code: "PL021",
    name: "principal-type",
    severity: Severity::Error,
    what: "`Principal` is neither `\"*\"` nor an object with known types.",
    why: "The types are AWS, Service, Federated and CanonicalUser, spelled like this (GRAM-21).",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"Aws": "arn:aws:iam::111122223333:role/ci"},
  "Action": "sts:AssumeRole"
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
    fix: "Spell the type as AWS does.",
    page: Some("reference_policies_elements_principal"),
    check: Check::Reading(&["GRAM-21"]),
};

pub(super) static NOBODY: Rule = Rule {
    code: "PL022",
    name: "principal-matches-nobody",
    severity: Severity::Error,
    what: "A principal is neither an account nor the ARN of a user, role or session.",
    why: "It matches nobody (GRAM-22). Groups are no principals.",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:group/ci"},
  "Action": "sts:AssumeRole"
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
    fix: "Write an account id, or the ARN of a user, role or session.",
    page: Some("reference_policies_elements_principal"),
    check: Check::Reading(&["GRAM-22"]),
};

pub(super) static WILDCARD: Rule = Rule {
    code: "PL023",
    name: "wildcard-in-principal",
    severity: Severity::Error,
    what: "A wildcard stands for a part of a principal.",
    why: "AWS takes `*` only as the whole (GRAM-23).",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:role/*"},
  "Action": "sts:AssumeRole"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "111122223333"},
  "Action": "sts:AssumeRole",
  "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci-*"}}
}"#,
    ),
    fix: "Name the account, and test `aws:PrincipalArn` with ArnLike.",
    page: Some("reference_policies_elements_principal"),
    check: Check::Reading(&["GRAM-23"]),
};

pub(super) static DELETED: Rule = Rule {
    code: "PL025",
    name: "deleted-principal",
    severity: Severity::Warning,
    what: "A principal is the unique id of a user or role that was deleted.",
    why: "AWS stores principals by unique id; after the user or role is gone the id is what shows, and one made again under the same name is another (GRAM-25).",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "AROAEXAMPLEEXAMPLEID"},
  "Action": "sts:AssumeRole"
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
    fix: "Write the ARN again, or remove it.",
    page: Some("reference_policies_elements_principal"),
    check: Check::Reading(&["GRAM-25"]),
};

pub(super) static BARE: Rule = Rule {
    code: "PL029",
    name: "bare-principal",
    severity: Severity::Error,
    what: "`Principal` is a string other than `\"*\"`.",
    why: "AWS wants an object that says of which type it is (GRAM-29).",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": "arn:aws:iam::111122223333:role/ci",
  "Action": "sts:AssumeRole"
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
    fix: "Write `{\"AWS\": \"…\"}` or `{\"Service\": \"…\"}`.",
    page: Some("reference_policies_elements_principal"),
    check: Check::Reading(&["GRAM-29"]),
};
