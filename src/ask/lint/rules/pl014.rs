//! Lists and objects with nothing in them (GRAM-14, GRAM-15, COND-20).

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::json::{Member, Node, Value};
use crate::policy::PolicyKind;

pub(super) static ELEMENT: Rule = Rule {
    code: "PL014",
    name: "empty-list",
    severity: Severity::Warning,
    what: "A list of actions, resources or principals is empty.",
    why: "The statement is about nothing then; or, with `NotAction`, `NotPrincipal` and `NotResource`, about everything (GRAM-14).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": [],
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    passes: Example::new(PolicyKind::Identity, PASSES),
    fix: "Fill it, or remove the statement.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(element),
};

pub(super) static CONDITION: Rule = Rule {
    code: "PL015",
    name: "empty-condition",
    severity: Severity::Warning,
    what: "`Condition`, or an operator in it, is an empty object.",
    why: "It has no effect: the statement applies as if there were no condition (GRAM-15).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {}
}"#,
    ),
    passes: Example::new(PolicyKind::Identity, PASSES),
    fix: "Write the condition that was meant, or remove the element.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(condition),
};

pub(super) static VALUES: Rule = Rule {
    code: "PL120",
    name: "empty-values",
    severity: Severity::Warning,
    what: "A condition key has an empty list of values.",
    why: "No value matches: a positive test is never true, a negated one always (COND-20).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"IpAddress": {"aws:SourceIp": []}}
}"#,
    ),
    passes: Example::new(PolicyKind::Identity, PASSES),
    fix: "Fill it, or remove the test.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(values),
};

const PASSES: &str = r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#;

/// The members of every statement.
fn members<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Member<'a>> {
    let statements = subject
        .tree
        .get("Statement")
        .map(Node::elements)
        .unwrap_or_default();
    statements.iter().filter_map(Node::members).flatten()
}

fn is_empty_list(node: &Node<'_>) -> bool {
    matches!(&node.value, Value::Array(elements) if elements.is_empty())
}

fn element(subject: &Subject<'_>) -> Vec<Finding> {
    let lists = members(subject).flat_map(|member| {
        let inner = match member.key.as_ref() {
            "Principal" | "NotPrincipal" => member.value.members().unwrap_or_default(),
            "Action" | "NotAction" | "Resource" | "NotResource" => std::slice::from_ref(member),
            _ => &[],
        };
        let empty = inner.iter().filter(|inner| is_empty_list(&inner.value));
        empty.map(move |inner| (member.key.starts_with("Not"), inner))
    });
    lists
        .map(|(everything, member)| {
            let label = if everything {
                "about everything"
            } else {
                "about nothing"
            };
            Finding::new(
                &ELEMENT,
                member.key_span,
                format!("`{}` is empty", member.key),
            )
            .label(label)
            .help("fill it, or remove the statement")
        })
        .collect()
}

fn condition(subject: &Subject<'_>) -> Vec<Finding> {
    let conditions = members(subject).filter(|member| member.key == "Condition");
    let objects = conditions.flat_map(|condition| {
        let operators = condition.value.members().unwrap_or_default();
        std::iter::once(condition).chain(operators)
    });
    objects
        .filter(|member| member.value.members().is_some_and(<[_]>::is_empty))
        .map(|member| {
            Finding::new(
                &CONDITION,
                member.key_span,
                format!("`{}` is empty and has no effect", member.key),
            )
            .help("write the condition that was meant, or remove it")
        })
        .collect()
}

fn values(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject
        .policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    tests
        .filter(|test| test.values.is_empty())
        .map(|test| {
            let label = if test.operator.negated {
                "always true"
            } else {
                "never true while the key is there"
            };
            Finding::new(
                &VALUES,
                test.key_span,
                format!("`{}` has no values", test.key),
            )
            .label(label)
            .help("fill it, or remove the test")
        })
        .collect()
}
