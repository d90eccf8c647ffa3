//! LINT-2 and LINT-38: a Deny outside of a list that forgets requests without an address.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, minds_endpoints, with_tests};
use crate::policy::PolicyKind;

pub(super) static RULE: Rule = Rule {
    code: "IP002",
    name: "deny-without-address",
    severity: Severity::Warning,
    what: "A Deny with NotIpAddress also denies requests that carry no `aws:SourceIp`.",
    why: "A request through any VPC endpoint has no `aws:SourceIp` (KEY-2), and a negated operator is true when its key is absent (COND-3). So every call through an endpoint is denied, those from your own VPC included.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
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
    fix: "Name the VPC whose requests pass, `\"StringNotEqualsIfExists\": {\"aws:SourceVpc\": \"vpc-…\"}` (or `aws:VpceOrgID`); or, to let every endpoint pass, `\"Null\": {\"aws:SourceIp\": \"false\"}`.",
    page: Some("reference_policies_condition-keys"),
    check: Check::Policy(|subject| check(subject, false, &RULE)),
};

pub(super) static IF_EXISTS: Rule = Rule {
    code: "IP038",
    name: "deny-if-exists",
    severity: Severity::Warning,
    what: "A Deny with NotIpAddressIfExists still denies requests that carry no `aws:SourceIp`.",
    why: "`IfExists` makes a test true when its key is absent, under Deny too (COND-9). A negated operator was true then anyway, so the suffix changes nothing: requests through a VPC endpoint are denied.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddressIfExists": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
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
    "NotIpAddressIfExists": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}
  }
}"#,
    ),
    fix: "Add a test that saves the requests that shall pass, such as `\"StringNotEqualsIfExists\": {\"aws:SourceVpc\": \"vpc-…\"}` (IP-53), or `\"Null\": {\"aws:SourceIp\": \"false\"}`.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(|subject| check(subject, true, &IF_EXISTS)),
};

fn check(subject: &Subject<'_>, if_exists: bool, rule: &'static Rule) -> Vec<Finding> {
    // No request passes an endpoint with an address, which IP031 says.
    if subject.is(&[PolicyKind::Vpce]) {
        return Vec::new();
    }
    let findings = subject.deny_outside().filter(|(statement, test)| {
        test.operator.if_exists == if_exists && !minds_endpoints(statement)
    });
    findings
        .map(|(statement, test)| {
            let title = format!(
                "Deny + {} also denies requests that carry no aws:SourceIp",
                test.operator_text
            );
            let label = if if_exists {
                "true when aws:SourceIp is absent, and so it was without IfExists"
            } else {
                "true when aws:SourceIp is absent"
            };
            let finding = Finding::new(rule, test.operator_span, title)
                .label(label)
                .also(statement.effect_span, "")
                .note("requests through a VPC endpoint carry none");
            let help = "exempt requests from your VPC";
            let edit = with_tests(
                subject,
                test,
                &[("StringNotEqualsIfExists", "aws:SourceVpc", "vpc-…")],
            );
            match edit {
                Some(edit) => finding.offer(help, vec![edit]),
                None => finding.help(format!(
                    "{help}: a test of aws:SourceVpc under StringNotEqualsIfExists"
                )),
            }
        })
        .collect()
}
