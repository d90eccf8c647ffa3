//! LINT-37: a policy that locks out the person who writes it.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::scope::applies;
use crate::ask::lint::subject::{Subject, address_tests};
use crate::net::Address;
use crate::policy::{Effect, PolicyKind, Statement};

pub(super) static RULE: Rule = Rule {
    code: "IP037",
    name: "locks-me-out",
    severity: Severity::Info,
    what: "From the address of `--me` a Deny applies, or no Allow does.",
    why: "Who applies such a policy to a role of their own cannot take it back from there. The rule looks at tests of `aws:SourceIp` only; ask `ipcond eval --ip` for the whole decision. The example is looked at from 203.0.113.9.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "2001:db8:1::/48"]},
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
    "NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}
  }
}"#,
    ),
    fix: "Add your own address to the list, or apply the policy from an address that is in it.",
    page: None,
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(me) = subject.me else {
        return Vec::new();
    };
    let denies = subject.with(Effect::Deny).filter_map(|statement| {
        let test = address_tests(statement).next()?;
        applies(statement)?.contains(me).then(|| {
            let title = format!("this Deny applies to {me}");
            let finding = Finding::new(&RULE, test.operator_span, title)
                .label("true for your address")
                .also(statement.effect_span, "")
                .help(
                    "add your own address to the list, or apply the policy from one that is in it",
                );
            if statement.conditions.len() == address_tests(statement).count() {
                finding
            } else {
                finding.note("unless one of its other conditions exempts you")
            }
        })
    });
    denies.chain(not_let_in(subject, me)).collect()
}

/// Every Allow has a list, and the address is in none of them.
fn not_let_in(subject: &Subject<'_>, me: Address) -> Option<Finding> {
    let outside = |statement: &Statement| {
        address_tests(statement).next().is_some()
            && applies(statement).is_some_and(|set| !set.contains(me))
    };
    let first = subject.with(Effect::Allow).next()?;
    let test = address_tests(first).next()?;
    subject.with(Effect::Allow).all(outside).then(|| {
        Finding::new(
            &RULE,
            test.key_span,
            format!("no Allow of this policy lets {me} in"),
        )
        .label("your address is in no list")
        .help("add your own address, if you are to use it")
    })
}
