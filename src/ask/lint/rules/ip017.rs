//! LINT-17, LINT-18: addresses inside a VPC.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, is_ip, tests_any};
use crate::eval::{SOURCE_IP, VPC_SOURCE_IP};
use crate::policy::{Condition, PolicyKind, Statement};

pub(super) static BOTH: Rule = Rule {
    code: "IP017",
    name: "public-and-vpc-address",
    severity: Severity::Error,
    what: "A statement wants `aws:SourceIp` and `aws:VpcSourceIp` to be in a list at once.",
    why: "All tests must hold (COND-1), and no request carries both keys: through a VPC endpoint there is only `aws:VpcSourceIp`, otherwise only `aws:SourceIp` (KEY-4).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {
    "IpAddress": {
      "aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"],
      "aws:VpcSourceIp": "10.0.0.0/16"
    },
    "StringEquals": {"aws:SourceVpc": "vpc-0f3a9c2d"}
  }
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
},
{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {
    "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"},
    "StringEquals": {"aws:SourceVpc": "vpc-0f3a9c2d"}
  }
}"#,
    ),
    fix: "Make two statements of it.",
    page: Some("reference_policies_condition-keys"),
    check: Check::Policy(both),
};

pub(super) static UNPAIRED: Rule = Rule {
    code: "IP018",
    name: "vpc-address-of-any-vpc",
    severity: Severity::Warning,
    what: "`aws:VpcSourceIp` is tested without saying in which VPC.",
    why: "Private addresses are not unique: any VPC in the world can have 10.0.0.0/16 (KEY-3).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {
    "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"},
    "StringEquals": {"aws:SourceVpc": "vpc-0f3a9c2d"}
  }
}"#,
    ),
    fix: "Add a test of `aws:SourceVpc`, `aws:SourceVpcArn` or `aws:SourceVpce`.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(unpaired),
};

/// The test that wants a key to be there and in a list.
fn wants<'a>(statement: &'a Statement, key: &str) -> Option<&'a Condition> {
    let mut tests = statement.conditions.iter();
    tests.find(|test| {
        let operator = test.operator;
        is_ip(test)
            && test.key.is(key)
            && !operator.negated
            && !operator.if_exists
            && operator.quantifier.is_none()
    })
}

fn both(subject: &Subject<'_>) -> Vec<Finding> {
    let statements = subject.policy.statements.iter();
    statements
        .filter_map(|statement| {
            let public = wants(statement, SOURCE_IP)?;
            let private = wants(statement, VPC_SOURCE_IP)?;
            let title =
                "no request carries both aws:SourceIp and aws:VpcSourceIp; this is never true";
            Some(
                Finding::new(&BOTH, private.key_span, title)
                    .label("only through a VPC endpoint")
                    .also(public.key_span, "never through one")
                    .help("make two statements of it"),
            )
        })
        .collect()
}

fn unpaired(subject: &Subject<'_>) -> Vec<Finding> {
    // Requests through one endpoint come from its VPC.
    if subject.is(&[PolicyKind::Vpce]) {
        return Vec::new();
    }
    let keys = ["aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce"];
    let findings = subject
        .ip_tests()
        .filter(|(statement, test)| test.key.is(VPC_SOURCE_IP) && !tests_any(statement, &keys));
    findings
        .map(|(_, test)| {
            Finding::new(
                &UNPAIRED,
                test.key_span,
                "aws:VpcSourceIp is tested without saying in which VPC",
            )
            .label("any VPC can have these addresses")
            .help("add a test of aws:SourceVpc or aws:SourceVpce")
        })
        .collect()
}
