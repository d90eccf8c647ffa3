//! Statements that are about everyone (GRAM-27, GRAM-28).

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, names};
use crate::policy::{Comparison, Effect, PolicyKind, Quantifier, Statement, Who};

pub(super) static TRUSTED: Rule = Rule {
    code: "PL027",
    name: "trusts-everyone",
    severity: Severity::Error,
    what: "A role can be assumed by everyone in every account of AWS.",
    why: "`\"Principal\": \"*\"` in a trust policy names all principals of all accounts (GRAM-27); no test of the principal, the organization or an external id narrows it.",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": "*",
  "Action": "sts:AssumeRole"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": "*",
  "Action": "sts:AssumeRole",
  "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
}"#,
    ),
    fix: "Name the principals, or test `aws:PrincipalOrgID`, `aws:PrincipalAccount` or `aws:PrincipalArn`.",
    page: Some("reference_policies_elements_principal"),
    check: Check::Policy(trusted),
};

pub(super) static NOT_PRINCIPAL: Rule = Rule {
    code: "PL028",
    name: "not-principal",
    severity: Severity::Error,
    what: "`NotPrincipal` stands in an Allow, or in the trust policy of a role.",
    why: "With an Allow it is a grant to everyone else, anonymous callers included, and AWS does not support it; a trust policy may not have it at all (GRAM-28).",
    fails: Example::new(
        PolicyKind::Resource,
        r#"{
  "Effect": "Allow",
  "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/eve"},
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Resource,
        r#"{
  "Effect": "Deny",
  "Principal": "*",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/eve"}}
}"#,
    ),
    fix: "Name who is allowed; or deny, with a test of `aws:PrincipalArn`.",
    page: Some("reference_policies_elements_notprincipal"),
    check: Check::Policy(not_principal),
};

/// Keys that every caller of `sts:AssumeRole` carries.
const ALWAYS_THERE: [&str; 3] = ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:userid"];

/// Whether a condition narrows who is meant: not where it holds without its key (COND-9, COND-13), and not where it asks only
/// whether the key is there or the caller is a service.
fn is_narrowed(statement: &Statement) -> bool {
    let mut tests = statement.conditions.iter();
    tests.any(|test| {
        let key = test.key.lower();
        let operator = test.operator;
        let absent_passes = operator.if_exists || operator.quantifier == Some(Quantifier::All);
        let always_there = ALWAYS_THERE.iter().any(|always| test.key.is(always));
        let says_who = key.starts_with("aws:principal") && key != "aws:principalisawsservice"
            || matches!(
                key,
                "sts:externalid"
                    | "aws:sourceaccount"
                    | "aws:sourcearn"
                    | "aws:sourceorgid"
                    | "aws:userid"
                    | "aws:sourceidentity"
            );
        says_who
            && !operator.negated
            && operator.comparison != Comparison::Null
            && (always_there || !absent_passes)
    })
}

fn trusted(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.with(Effect::Allow).filter(|statement| {
        subject.is(&[PolicyKind::Trust])
            && names(statement, |who| *who == Who::Everyone)
            && !is_narrowed(statement)
    });
    findings
        .map(|statement| {
            let span = statement
                .principal
                .as_ref()
                .map_or(statement.span, |principal| principal.span);
            Finding::new(
                &TRUSTED,
                span,
                "everyone in every account of AWS may assume this role",
            )
            .label("not only those of your account")
            .help("name the principals, or test aws:PrincipalOrgID or aws:PrincipalArn")
        })
        .collect()
}

fn not_principal(subject: &Subject<'_>) -> Vec<Finding> {
    let negated = subject.policy.statements.iter().filter_map(|statement| {
        let principal = statement
            .principal
            .as_ref()
            .filter(|principal| principal.negated)?;
        Some((statement, principal))
    });
    negated
        .filter(|(statement, _)| {
            statement.effect == Effect::Allow || subject.is(&[PolicyKind::Trust])
        })
        .map(|(statement, principal)| {
            let title = match statement.effect {
                Effect::Allow => {
                    "Allow + NotPrincipal is for everyone else, anonymous callers included"
                }
                Effect::Deny => "a role trust policy may not have NotPrincipal",
            };
            Finding::new(&NOT_PRINCIPAL, principal.span, title)
                .also(statement.effect_span, "")
                .help("name who is meant under Principal, or deny with a test of aws:PrincipalArn")
        })
        .collect()
}
