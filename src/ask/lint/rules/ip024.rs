//! LINT-24: a Deny that hits roles which services run with.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, tests_any, tests_principal};
use crate::policy::{ActionPattern, PolicyKind, Statement};

pub(super) static RULE: Rule = Rule {
    code: "IP024",
    name: "deny-of-service-roles",
    severity: Severity::Warning,
    what: "A Deny outside of a list is on every role, those of Lambda, CodeBuild or EC2 included.",
    why: "Code that a service runs calls with a role's session and from addresses of AWS, and `aws:ViaAWSService` is false for it (IP-34). An SCP, a boundary or a policy for everything reaches such roles.",
    fails: Example::new(
        PolicyKind::Scp,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"}
  }
}"#,
    ),
    passes: Example::new(
        PolicyKind::Scp,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::*:role/service/*"}
  }
}"#,
    ),
    fix: "Say whom it is about: `ArnLike` or `ArnNotLikeIfExists` on `aws:PrincipalArn`, a tag of the principal, or `Null` on `ec2:SourceInstanceArn` or `lambda:SourceFunctionArn` (IP-53, IP-55).",
    page: Some("reference_policies_condition-keys"),
    check: Check::Policy(check),
};

/// Keys by which sessions of such roles are told (KEY-11).
const KEYS: [&str; 10] = [
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "codebuild:BuildArn",
    "codebuild:ProjectArn",
    "ec2:RoleDelivery",
    "ec2:SourceInstanceArn",
    "glue:CredentialIssuingService",
    "glue:RoleAssumedBy",
    "lambda:SourceFunctionArn",
    "ssm:SourceInstanceArn",
];

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let reaches = |statement: &Statement| match subject.policy.kind {
        PolicyKind::Scp | PolicyKind::Boundary => true,
        // Of one user or role whoever attached it knows what it runs.
        PolicyKind::Identity => is_everything(statement),
        _ => false,
    };
    let findings = subject.deny_outside().filter(|(statement, _)| {
        reaches(statement) && !tests_any(statement, &KEYS) && !tests_principal(statement)
    });
    findings
        .map(|(statement, test)| {
            let title = "this Deny also hits roles that Lambda, CodeBuild or EC2 run with";
            Finding::new(&RULE, test.operator_span, title)
                .label("they call from addresses of AWS")
                .also(statement.effect_span, "")
                .help("say whom it is about by aws:PrincipalArn or a tag of the principal")
        })
        .collect()
}

fn is_everything(statement: &Statement) -> bool {
    let mut patterns = statement.action.patterns.iter();
    statement.action.negated || patterns.any(|entry| matches!(entry.pattern, ActionPattern::All))
}
