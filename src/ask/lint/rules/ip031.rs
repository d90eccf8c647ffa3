//! LINT-31, LINT-32: requests that carry no address of the Internet.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, tests_any, when_absent};
use crate::eval::VPC_KEYS;
use crate::policy::{PolicyKind, Statement};

pub(super) static PRIVATE: Rule = Rule {
    code: "IP031",
    name: "address-of-private-api",
    severity: Severity::Warning,
    what: "`aws:SourceIp` is tested where requests come through VPC endpoints only: in the policy of a private API, or of an endpoint.",
    why: "A request through a VPC endpoint carries no `aws:SourceIp` (KEY-2). A positive test is never true there, and a negated one always. Private APIs are those whose policy also names a VPC or an endpoint.",
    fails: Example::new(
        PolicyKind::Resource,
        r#"{
  "Effect": "Allow",
  "Principal": "*",
  "Action": "execute-api:Invoke",
  "Resource": "*",
  "Condition": {
    "StringEquals": {"aws:SourceVpce": "vpce-0f3a9c2d"},
    "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}
  }
}"#,
    ),
    passes: Example::new(
        PolicyKind::Resource,
        r#"{
  "Effect": "Allow",
  "Principal": "*",
  "Action": "execute-api:Invoke",
  "Resource": "*",
  "Condition": {
    "StringEquals": {"aws:SourceVpce": "vpce-0f3a9c2d"},
    "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}
  }
}"#,
    ),
    fix: "Test `aws:VpcSourceIp` instead.",
    page: Some("reference_policies_condition-keys"),
    check: Check::Policy(private),
};

pub(super) static DATA_PLANE: Rule = Rule {
    code: "IP032",
    name: "address-of-data-plane",
    severity: Severity::Warning,
    what: "`aws:SourceIp` is tested for actions inside a network, whose requests do not carry it as others do.",
    why: "Connections to DAX, Neptune, MSK, EFS, RDS or S3 on Outposts, and to OpenSearch domains in a VPC, stay in the network: AWS's own perimeter policies leave these actions out (IP-39).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "rds-db:connect",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "rds-db:connect",
  "Resource": "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABCDEFGH/app"
}"#,
    ),
    fix: "Use security groups, or conditions on the VPC.",
    page: None,
    check: Check::Policy(data_plane),
};

fn private(subject: &Subject<'_>) -> Vec<Finding> {
    let statements = || subject.policy.statements.iter();
    let endpoint = subject.is(&[PolicyKind::Vpce]);
    let is_private = endpoint
        || subject.is(&[PolicyKind::Resource])
            && statements().any(|statement| tests_any(statement, &VPC_KEYS));
    let is_api = |statement: &Statement| only_about(statement, &["execute-api:"]);
    let findings = subject
        .address_tests()
        .filter(|(statement, _)| is_private && (endpoint || is_api(statement)));
    findings
        .map(|(_, test)| {
            Finding::new(
                &PRIVATE,
                test.key_span,
                "requests through a VPC endpoint carry no aws:SourceIp",
            )
            .label(if when_absent(test) {
                "always true here"
            } else {
                "never true here"
            })
            .help("test aws:VpcSourceIp")
        })
        .collect()
}

/// Actions of the data plane, by how they begin in lower case (IP-39).
const DATA_PLANE_ACTIONS: [&str; 7] = [
    "dax:",
    "elasticfilesystem:client",
    "kafka-cluster:",
    "neptune-db:",
    "rds-db:connect",
    "s3-outposts:",
    "s3outposts:",
];

fn data_plane(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.address_tests().filter(|(statement, _)| {
        // An OpenSearch domain with a public endpoint does see the address of the caller.
        only_about(statement, &DATA_PLANE_ACTIONS)
            || only_about(statement, &["es:es"]) && tests_any(statement, &VPC_KEYS)
    });
    findings
        .map(|(statement, test)| {
            let title = "requests of these actions do not carry aws:SourceIp as others do";
            Finding::new(&DATA_PLANE, test.key_span, title)
                .also(statement.action.span, "these stay inside a network")
                .help("use security groups, or conditions on the VPC")
        })
        .collect()
}

/// Whether all actions of a statement begin like one of these.
fn only_about(statement: &Statement, beginnings: &[&str]) -> bool {
    let fits = |text: &str| {
        let text = text.to_ascii_lowercase();
        beginnings
            .iter()
            .any(|beginning| text.starts_with(beginning))
    };
    let patterns = &statement.action.patterns;
    !statement.action.negated
        && !patterns.is_empty()
        && patterns.iter().all(|entry| fits(&entry.text))
}
