//! LINT-25, LINT-26: which service called on someone's behalf.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, tests_any};
use crate::eval::is_multi_valued_key;
use crate::policy::{Comparison, Effect, Operand, PolicyKind};

pub(super) static ANY_SERVICE: Rule = Rule {
    code: "IP025",
    name: "any-service",
    severity: Severity::Warning,
    what: "An Allow is for every service that calls on the caller's behalf.",
    why: "`aws:ViaAWSService` is true for each of them (KEY-7), and whoever can make any one of them call has the permission.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"Bool": {"aws:ViaAWSService": "true"}}
}"#,
    ),
    passes: Example::new(PolicyKind::Identity, PASSES),
    fix: "Name the service: `\"ForAnyValue:StringEquals\": {\"aws:CalledVia\": \"athena.amazonaws.com\"}`.",
    page: Some("access_forward_access_sessions"),
    check: Check::Policy(any_service),
};

pub(super) static NO_QUANTIFIER: Rule = Rule {
    code: "IP026",
    name: "list-without-quantifier",
    severity: Severity::Error,
    what: "A key that holds a list is tested without ForAnyValue or ForAllValues.",
    why: "AWS wants a set operator for keys with several values (MISSING_QUALIFIER in Access Analyzer); without one the test does not match (COND-19).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}
}"#,
    ),
    passes: Example::new(PolicyKind::Identity, PASSES),
    fix: "Write `ForAnyValue:` before the operator; with a negated one mostly `ForAllValues:` is meant.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(no_quantifier),
};

const PASSES: &str = r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}
}"#;

fn any_service(subject: &Subject<'_>) -> Vec<Finding> {
    let keys = ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"];
    let allows = subject
        .with(Effect::Allow)
        .filter(|statement| !tests_any(statement, &keys));
    let tests = allows.flat_map(|statement| {
        statement
            .conditions
            .iter()
            .map(move |test| (statement, test))
    });
    let findings = tests.filter(|(_, test)| {
        let is_true = |operand: &Operand| matches!(operand, Operand::Bool(true));
        test.operator.comparison == Comparison::Bool
            && test.key.is("aws:ViaAWSService")
            && test.values.iter().all(|value| is_true(&value.operand))
    });
    findings
        .map(|(statement, test)| {
            Finding::new(
                &ANY_SERVICE,
                test.key_span,
                "this allows it through every AWS service",
            )
            .label("true for any service that calls on the caller's behalf")
            .also(statement.effect_span, "")
            .help("name the service by aws:CalledVia under ForAnyValue:StringEquals")
        })
        .collect()
}

fn no_quantifier(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject
        .policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    let findings = tests.filter(|test| {
        let operator = test.operator;
        operator.quantifier.is_none()
            && operator.comparison != Comparison::Null
            && is_multi_valued_key(&test.key)
    });
    findings
        .map(|test| {
            let title = format!(
                "{} holds a list; without a set operator it does not match",
                test.key
            );
            let prefix = if test.operator.negated {
                "ForAllValues"
            } else {
                "ForAnyValue"
            };
            Finding::new(&NO_QUANTIFIER, test.operator_span, title)
                .also(test.key_span, "a list of values")
                .help(format!("write {prefix}:{}", test.operator_text))
        })
        .collect()
}
