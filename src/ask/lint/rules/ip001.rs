//! LINT-1: a Deny outside of a list that forgets the services that call on someone's behalf.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, tests_any, with_tests};
use crate::policy::PolicyKind;

pub(super) static RULE: Rule = Rule {
    code: "IP001",
    name: "deny-without-services",
    severity: Severity::Warning,
    what: "A Deny outside of a list of addresses does not exempt calls that AWS services make on the caller's behalf.",
    why: "When Athena reads S3 or CloudFormation makes resources for someone, AWS authorises each of these calls with that person's permissions (IP-33). What `aws:SourceIp` is then is documented in two ways: the address of the first call, or that of the service (IP-30, IP-32); after a call through a VPC endpoint it is absent (IP-31). Where it is not in the list, the call is denied.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}
  }
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}
  }
}"#,
    ),
    fix: "Add `\"BoolIfExists\": {\"aws:ViaAWSService\": \"false\"}` to the condition.",
    page: Some("reference_policies_examples_aws_deny-ip"),
    check: Check::Policy(check),
};

/// Keys that tell such calls from direct ones (KEY-7, KEY-8).
const KEYS: [&str; 4] = [
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:ViaAWSService",
];

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    // Services assume no role on someone's behalf, and their calls pass no endpoint of the caller.
    if subject.is(&[PolicyKind::Trust, PolicyKind::Vpce]) {
        return Vec::new();
    }
    let findings = subject
        .deny_outside()
        .filter(|(statement, _)| !tests_any(statement, &KEYS));
    findings
        .map(|(statement, test)| {
            let title = "this Deny also stops calls that AWS services make on the caller's behalf";
            let finding = Finding::new(&RULE, test.operator_span, title)
                .label("aws:SourceIp may be that of the service, or absent")
                .also(statement.effect_span, "")
                .note("for example Athena reading S3, CloudFormation, or S3 decrypting with KMS");
            let help = "exempt calls that AWS makes with the caller's credentials";
            match with_tests(
                subject,
                test,
                &[("BoolIfExists", "aws:ViaAWSService", "false")],
            ) {
                Some(edit) => finding.offer(help, vec![edit]),
                None => finding.help(format!(
                    "{help}: \"BoolIfExists\": {{\"aws:ViaAWSService\": \"false\"}}"
                )),
            }
        })
        .collect()
}
