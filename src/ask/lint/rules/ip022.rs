//! LINT-22, LINT-23: a Deny on everyone that forgets services and administrators.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, is_about, names, tests_any, tests_principal, with_tests};
use crate::policy::{Condition, PolicyKind, Statement, Who};

pub(super) static SERVICES: Rule = Rule {
    code: "IP022",
    name: "deny-of-services",
    severity: Severity::Warning,
    what: "A Deny on everyone outside of a list also denies AWS services that call in their own name.",
    why: "Log delivery by CloudTrail, Config or a load balancer, replication and the like carry no `aws:SourceIp` (KEY-10), and `\"Principal\": \"*\"` in a Deny means services too (GRAM-20).",
    fails: Example::new(
        PolicyKind::Resource,
        r#"{
  "Effect": "Deny",
  "Principal": "*",
  "Action": "s3:*",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin"}
  }
}"#,
    ),
    passes: Example::new(PolicyKind::Resource, PASSES),
    fix: "Add `\"BoolIfExists\": {\"aws:PrincipalIsAWSService\": \"false\"}` (not `Bool`: anonymous callers carry no such key, EVAL-18).",
    page: Some("reference_policies_condition-keys"),
    check: Check::Policy(services),
};

pub(super) static LOCKED_OUT: Rule = Rule {
    code: "IP023",
    name: "no-way-back",
    severity: Severity::Warning,
    what: "A Deny on everyone outside of a list covers the change of the policy itself, and exempts no administrator.",
    why: "If the list is wrong, or the office moves, nobody can mend it from outside: of a bucket only the root user of its account can still delete the policy (EVAL-32).",
    fails: Example::new(
        PolicyKind::Resource,
        r#"{
  "Effect": "Deny",
  "Principal": "*",
  "Action": "s3:*",
  "Resource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"],
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false"}
  }
}"#,
    ),
    passes: Example::new(PolicyKind::Resource, PASSES),
    fix: "Exempt a break-glass role with `ArnNotLikeIfExists` on `aws:PrincipalArn`, or deny the actions on data only: of a bucket, those on `arn:aws:s3:::name/*`.",
    page: None,
    check: Check::Policy(locked_out),
};

const PASSES: &str = r#"{
  "Effect": "Deny",
  "Principal": "*",
  "Action": "s3:*",
  "Resource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"],
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false"},
    "ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin"}
  }
}"#;

/// Keys that tell services from other callers (KEY-9).
const SERVICE_KEYS: [&str; 6] = [
    "aws:PrincipalIsAWSService",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
];

/// Actions that change the policy of a resource.
const POLICY_ACTIONS: [&str; 6] = [
    "s3:putbucketpolicy",
    "s3:deletebucketpolicy",
    "kms:putkeypolicy",
    "secretsmanager:putresourcepolicy",
    "sns:settopicattributes",
    "sqs:setqueueattributes",
];

/// Denies outside of a list that are on everyone.
fn on_everyone<'a>(subject: &Subject<'a>) -> impl Iterator<Item = (&'a Statement, &'a Condition)> {
    subject.deny_outside().filter(|(statement, _)| {
        let principal = statement.principal.as_ref();
        principal.is_some_and(|principal| principal.negated)
            || names(statement, |who| *who == Who::Everyone)
    })
}

fn services(subject: &Subject<'_>) -> Vec<Finding> {
    let by_service = |statement: &Statement| names(statement, |who| matches!(who, Who::Service(_)));
    let concerned = match subject.policy.kind {
        PolicyKind::Resource | PolicyKind::Rcp => true,
        // A role that trusts no service is not assumed by one.
        PolicyKind::Trust => subject.policy.statements.iter().any(by_service),
        _ => false,
    };
    let findings = on_everyone(subject)
        .filter(|(statement, _)| concerned && !tests_any(statement, &SERVICE_KEYS));
    findings
        .map(|(statement, test)| {
            let title = "this Deny also stops AWS services that call in their own name";
            let finding = Finding::new(&SERVICES, test.operator_span, title)
                .label("true when aws:SourceIp is absent, as it is for services")
                .also(statement.effect_span, "")
                .note(
                    "for example CloudTrail, Config or load balancers that write logs to a bucket",
                );
            let help = "exempt AWS services";
            let edit = with_tests(
                subject,
                test,
                &[("BoolIfExists", "aws:PrincipalIsAWSService", "false")],
            );
            match edit {
                Some(edit) => finding.offer(help, vec![edit]),
                None => finding.help(format!(
                    "{help}: \"aws:PrincipalIsAWSService\": \"false\" under BoolIfExists"
                )),
            }
        })
        .collect()
}

/// Whether some accounts are exempt, and their administrators with them.
fn exempts_accounts(statement: &Statement) -> bool {
    let keys = [
        "aws:PrincipalAccount",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
    ];
    let mut tests = statement.conditions.iter();
    tests.any(|test| test.operator.negated && keys.iter().any(|key| test.key.is(key)))
}

/// Whether a statement is about objects of S3 only: the policy is the bucket's, whose ARN has no slash.
fn is_about_objects(statement: &Statement) -> bool {
    let mut resources = statement.resource.iter();
    let is_object =
        |text: &str| text.contains(":s3:::") && text.contains('/') && !text.contains("${");
    resources.any(|resources| {
        let mut patterns = resources.patterns.iter();
        !resources.negated && patterns.all(|entry| is_object(&entry.text))
    })
}

fn locked_out(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = on_everyone(subject).filter(|(statement, _)| {
        let whole = statement
            .principal
            .as_ref()
            .is_some_and(|principal| !principal.negated);
        let itself = POLICY_ACTIONS
            .iter()
            .any(|action| is_about(statement, action));
        let exempt = tests_principal(statement) || exempts_accounts(statement);
        let in_reach = whole && itself && !is_about_objects(statement);
        subject.is(&[PolicyKind::Resource]) && in_reach && !exempt
    });
    findings
        .map(|(statement, test)| {
            let title = "from outside of the list nobody can change this policy any more";
            Finding::new(&LOCKED_OUT, test.operator_span, title)
                .label("administrators are not exempt")
                .also(
                    statement.action.span,
                    "the change of the policy itself is among these",
                )
                .help("exempt a break-glass role with ArnNotLikeIfExists on aws:PrincipalArn")
        })
        .collect()
}
