//! LINT-14, LINT-15: set operators on keys that hold one value.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::eval::{is_address_key, is_single_valued_key};
use crate::policy::{Condition, Effect, PolicyKind, Quantifier, Statement};

pub(super) static ALL: Rule = Rule {
    code: "IP014",
    name: "for-all-values",
    severity: Severity::Error,
    what: "ForAllValues stands before a test on a key that holds one value.",
    why: "A test with ForAllValues is true when the key is absent (COND-13): with `aws:SourceIp`, for every request through a VPC endpoint (COND-18).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"ForAllValues:IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    passes: Example::new(PolicyKind::Identity, PASSES),
    fix: "Drop the prefix.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(all),
};

pub(super) static ANY: Rule = Rule {
    code: "IP015",
    name: "for-any-value-in-deny",
    severity: Severity::Error,
    what: "ForAnyValue stands before a negated test of an address in a Deny.",
    why: "A test with ForAnyValue is false when the key is absent, a negated one too (COND-16): the Deny does not apply to requests through a VPC endpoint, as it would without the prefix.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "ForAnyValue:NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}
  }
}"#,
    ),
    passes: Example::new(PolicyKind::Identity, PASSES),
    fix: "Drop the prefix; to let requests through your VPC endpoints pass, say so with a test of `aws:SourceVpc`.",
    page: Some("reference_policies_condition-single-vs-multi-valued-context-keys"),
    check: Check::Policy(any),
};

const PASSES: &str = r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#;

fn quantified<'a>(
    subject: &Subject<'a>,
    quantifier: Quantifier,
) -> impl Iterator<Item = (&'a Statement, &'a Condition)> {
    let statements = subject.policy.statements.iter();
    let tests = statements.flat_map(|statement| {
        statement
            .conditions
            .iter()
            .map(move |test| (statement, test))
    });
    tests.filter(move |(_, test)| test.operator.quantifier == Some(quantifier))
}

fn all(subject: &Subject<'_>) -> Vec<Finding> {
    quantified(subject, Quantifier::All)
        .filter(|(_, test)| is_single_valued_key(&test.key))
        .map(|(_, test)| {
            let title = format!("ForAllValues on {}, which holds one value", test.key);
            Finding::new(&ALL, test.operator_span, title)
                .label(format!("true when {} is absent", test.key))
                .help("drop ForAllValues")
        })
        .collect()
}

fn any(subject: &Subject<'_>) -> Vec<Finding> {
    quantified(subject, Quantifier::Any)
        .filter(|(statement, test)| {
            statement.effect == Effect::Deny && test.operator.negated && is_address_key(&test.key)
        })
        .map(|(statement, test)| {
            let title = format!("this Deny does not apply to requests without {}", test.key);
            Finding::new(&ANY, test.operator_span, title)
                .label("ForAnyValue is false when the key is absent")
                .also(statement.effect_span, "")
                .help("drop ForAnyValue, and say by aws:SourceVpc which endpoints pass")
        })
        .collect()
}
