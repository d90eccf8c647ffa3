//! LINT-5, LINT-6, LINT-7: private ranges where only public addresses come.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::special::is_private;
use crate::ask::lint::subject::{Subject, blocks, when_absent};
use crate::policy::{Condition, Effect, PolicyKind, Statement};

pub(super) static NEVER: Rule = Rule {
    code: "IP005",
    name: "private-addresses",
    severity: Severity::Error,
    what: "All addresses of an IpAddress test on `aws:SourceIp` are private, so it is never true.",
    why: "`aws:SourceIp` is a public address (KEY-1): what AWS sees of a private network is its gateway. The address inside a VPC is `aws:VpcSourceIp`, and only of requests through a VPC endpoint (KEY-3).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {
    "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"},
    "StringEquals": {"aws:SourceVpc": "vpc-0f3a9c2d"}
  }
}"#,
    ),
    fix: "Write the public addresses, or test `aws:VpcSourceIp` together with `aws:SourceVpc`.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(never),
};

pub(super) static ALWAYS: Rule = Rule {
    code: "IP006",
    name: "not-private-addresses",
    severity: Severity::Error,
    what: "All addresses of a NotIpAddress test on `aws:SourceIp` are private, so it is always true.",
    why: "No request comes from a private address (KEY-5). A Deny with such a test denies everyone: a lock-out.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": "192.168.0.0/16"},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
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
    "NotIpAddressIfExists": {"aws:VpcSourceIp": "192.168.0.0/16"},
    "StringEquals": {"aws:SourceVpc": "vpc-0f3a9c2d"}
  }
}"#,
    ),
    fix: "Write the public addresses, or test `aws:VpcSourceIp` together with `aws:SourceVpc`.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(always),
};

pub(super) static SOME: Rule = Rule {
    code: "IP007",
    name: "some-private-addresses",
    severity: Severity::Error,
    what: "Some addresses of a test on `aws:SourceIp` are private and have no effect.",
    why: "No request carries a private address as `aws:SourceIp` (KEY-5). Whoever is in that network comes with the address of its gateway, or through a VPC endpoint with none.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    fix: "Split it: the public addresses here, the private ones as `aws:VpcSourceIp` with `aws:SourceVpc` in a statement of their own.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(some),
};

/// The tests of which `wanted` accepts "negated" and "all of them are private"; only those with a private block.
fn tests<'a>(
    subject: &Subject<'a>,
    wanted: impl Fn(bool, bool) -> bool,
) -> impl Iterator<Item = (&'a Statement, &'a Condition)> {
    subject.address_tests().filter(move |(_, test)| {
        let private = blocks(test).filter(|(_, block)| is_private(*block)).count();
        private > 0 && wanted(test.operator.negated, private == test.values.len())
    })
}

const HELP: &str = "write public addresses, or test aws:VpcSourceIp together with aws:SourceVpc";

fn never(subject: &Subject<'_>) -> Vec<Finding> {
    tests(subject, |negated, all| !negated && all)
        .map(|(_, test)| {
            let title = if when_absent(test) {
                "aws:SourceIp is never a private address; this test is true only when it is absent"
            } else {
                "aws:SourceIp is never a private address; this test is never true"
            };
            Finding::new(&NEVER, test.key_span, title)
                .label("all addresses in the list are private")
                .help(HELP)
        })
        .collect()
}

fn always(subject: &Subject<'_>) -> Vec<Finding> {
    tests(subject, |negated, all| negated && all)
        .map(|(statement, test)| {
            let title = if when_absent(test) {
                "aws:SourceIp is never a private address; this test is always true"
            } else {
                "aws:SourceIp is never a private address; this test is true whenever it is there"
            };
            let finding = Finding::new(&ALWAYS, test.key_span, title)
                .label("all addresses in the list are private")
                .help(HELP);
            if statement.effect == Effect::Deny {
                return finding.also(statement.effect_span, "from everywhere");
            }
            finding
        })
        .collect()
}

fn some(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = tests(subject, |_, all| !all);
    let private = tests.flat_map(|(_, test)| blocks(test).filter(|(_, block)| is_private(*block)));
    private
        .map(|(value, block)| {
            Finding::new(
                &SOME,
                value.span,
                format!("{block} is private and has no effect on aws:SourceIp"),
            )
            .label("no request carries such an address")
            .help(HELP)
        })
        .collect()
}
