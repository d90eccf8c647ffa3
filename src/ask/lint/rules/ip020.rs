//! LINT-20: a Deny on a role that does not stop anyone from assuming it.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, address_tests};
use crate::policy::PolicyKind;

pub(super) static RULE: Rule = Rule {
    code: "IP020",
    name: "role-can-be-assumed-anywhere",
    severity: Severity::Info,
    what: "The policy of a role denies outside of a list, and the role's trust policy tests no address.",
    why: "The policies of a role are not asked when it is assumed (ROLE-2, ROLE-3): anyone whom the trust policy allows gets a session from anywhere, though calls with it are denied. The rule looks at the policies that a file gives to one role, else at a directory with just one trust policy.",
    fails: Example::new(PolicyKind::Identity, DENY).beside(PolicyKind::Trust, OPEN),
    passes: Example::new(PolicyKind::Identity, DENY).beside(PolicyKind::Trust, CLOSED),
    fix: "If that matters, test `aws:SourceIp` in the trust policy too, or in an SCP or RCP (ROLE-4).",
    page: None,
    check: Check::Policy(check),
};

const DENY: &str = r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ops"}
  }
}"#;

const OPEN: &str = r#"{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
    "Action": "sts:AssumeRole"
  }
}"#;

const CLOSED: &str = r#"{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
    "Action": "sts:AssumeRole",
    "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
  }
}"#;

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let open = subject.beside.iter().find(|policy| {
        let mut statements = policy.statements.iter();
        policy.kind == PolicyKind::Trust
            && statements.all(|statement| address_tests(statement).next().is_none())
    });
    let Some(trust) = open.filter(|_| subject.policy.kind == PolicyKind::Identity) else {
        return Vec::new();
    };
    let first = subject.deny_outside().next();
    first
        .map(|(_, test)| {
            let title = "this does not stop anyone from assuming the role from other addresses";
            Finding::new(&RULE, test.operator_span, title)
                .label("asked for calls of the session only")
                .note(format!(
                    "the trust policy in {} tests no address",
                    trust.name
                ))
                .help("test aws:SourceIp in the trust policy too")
        })
        .into_iter()
        .collect()
}
