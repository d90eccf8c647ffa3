//! LINT-28: variables that the version does not know.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::policy::{Comparison, PolicyKind, Statement, Version};
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    code: "IP028",
    name: "variable-in-old-version",
    severity: Severity::Error,
    what: "A policy of version 2008-10-17, or without a version, has policy variables.",
    why: "Only version 2012-10-17 fills variables in. In others `${aws:username}` is these characters and nothing else (GRAM-8).",
    fails: Example::text(
        PolicyKind::Identity,
        r#"{
  "Version": "2008-10-17",
  "Statement": {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::home/${aws:username}/*"
  }
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::home/${aws:username}/*"
}"#,
    ),
    fix: "Write `\"Version\": \"2012-10-17\"`, if variables are meant.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.policy.version == Version::V2012 {
        return Vec::new();
    }
    let places = subject.policy.statements.iter().flat_map(variables);
    places
        .map(|span| {
            let title = "policy variables are not filled in without \"Version\": \"2012-10-17\"";
            Finding::new(&RULE, span, title)
                .label("read as these characters")
                .help("write \"Version\": \"2012-10-17\"")
        })
        .collect()
}

/// Where a statement has what would be a variable. Other operators than those of text take none in any version (VAR-1); of
/// `Bool` it is not known.
fn variables(statement: &Statement) -> Vec<Span> {
    let resource = statement.resource.iter().filter(|element| {
        let mut patterns = element.patterns.iter();
        patterns.any(|entry| entry.text.contains("${"))
    });
    let tests = statement
        .conditions
        .iter()
        .filter(|test| takes_variables(test.operator.comparison));
    let values = tests
        .flat_map(|test| &test.values)
        .filter(|value| value.text.contains("${"));
    resource
        .map(|element| element.span)
        .chain(values.map(|value| value.span))
        .collect()
}

fn takes_variables(comparison: Comparison) -> bool {
    match comparison {
        Comparison::Arn
        | Comparison::Bool
        | Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike => true,
        Comparison::Binary
        | Comparison::Date(_)
        | Comparison::Ip
        | Comparison::Null
        | Comparison::Numeric(_) => false,
    }
}
