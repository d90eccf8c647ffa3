//! LINT-3: an Allow that requests without an address pass.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, tests_any};
use crate::eval::VPC_KEYS;
use crate::policy::{Effect, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "IP003",
    name: "allow-if-exists",
    severity: Severity::Error,
    what: "An Allow with IpAddressIfExists also allows every request that carries no `aws:SourceIp`.",
    why: "`IfExists` makes the test true when the key is absent (COND-9), and it is absent for a request through any VPC endpoint (KEY-2). In a policy of a resource that is every endpoint in the world, not only yours.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddressIfExists": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
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
  "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-0f3a9c2d"}}
}"#,
    ),
    fix: "Use IpAddress, and allow your VPC in a statement of its own.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = subject.address_tests().filter(|(statement, test)| {
        let operator = test.operator;
        let open = operator.if_exists && !operator.negated && operator.quantifier.is_none();
        open && statement.effect == Effect::Allow && !tests_any(statement, &VPC_KEYS)
    });
    findings
        .map(|(statement, test)| {
            let title =
                "Allow + IpAddressIfExists also allows every request that carries no aws:SourceIp";
            Finding::new(&RULE, test.operator_span, title)
                .label("true when aws:SourceIp is absent")
                .also(statement.effect_span, "")
                .note("a request through any VPC endpoint carries none")
                .help(
                    "use IpAddress, and allow your VPC by aws:SourceVpc in a statement of its own",
                )
        })
        .collect()
}
