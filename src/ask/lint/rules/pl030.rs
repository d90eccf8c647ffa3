//! Actions of no use where they stand (GRAM-30, GRAM-42).

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::policy::{ActionPattern, PolicyKind};

pub(super) static SERVICE: Rule = Rule {
    code: "PL030",
    name: "wildcard-in-service",
    severity: Severity::Info,
    what: "A wildcard stands in the service prefix of an action.",
    why: "It takes in services that AWS adds later, and AWS advises against it (GRAM-30). `*` alone, for everything, is another matter.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3*:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:Get*",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    fix: "Name the services.",
    page: Some("reference_policies_elements_action"),
    check: Check::Policy(service),
};

pub(super) static TRUST: Rule = Rule {
    code: "PL042",
    name: "action-in-trust-policy",
    severity: Severity::Warning,
    what: "A trust policy names an action that is not about assuming its role.",
    why: "Only AssumeRole in its forms, `sts:TagSession`, `sts:SetSourceIdentity` and `sts:SetContext` are about a role (GRAM-42); what else a session may do is said by the role's own policies.",
    fails: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
  "Action": ["sts:AssumeRole", "sts:GetCallerIdentity"]
}"#,
    ),
    passes: Example::new(
        PolicyKind::Trust,
        r#"{
  "Effect": "Allow",
  "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
  "Action": ["sts:AssumeRole", "sts:TagSession"]
}"#,
    ),
    fix: "Remove it.",
    page: None,
    check: Check::Policy(trust),
};

fn service(subject: &Subject<'_>) -> Vec<Finding> {
    let elements = subject
        .policy
        .statements
        .iter()
        .map(|statement| &statement.action);
    let entries = elements.flat_map(|element| &element.patterns);
    entries
        .filter(|entry| {
            entry
                .text
                .split_once(':')
                .is_some_and(|(service, _)| service.contains(['*', '?']))
        })
        .map(|entry| {
            let title = format!("`{}` names services by a wildcard", entry.text);
            Finding::new(&SERVICE, entry.span, title).help("name the services")
        })
        .collect()
}

/// Actions on a role, in lower case.
const ON_ROLE: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
];

fn trust(subject: &Subject<'_>) -> Vec<Finding> {
    if !subject.is(&[PolicyKind::Trust]) {
        return Vec::new();
    }
    let elements = subject
        .policy
        .statements
        .iter()
        .map(|statement| &statement.action);
    let entries = elements
        .filter(|element| !element.negated)
        .flat_map(|element| &element.patterns);
    let about_role = |pattern: &ActionPattern| {
        let mut actions = ON_ROLE.iter().filter_map(|action| action.parse().ok());
        actions.any(|action| pattern.matches(&action))
    };
    entries
        .filter(|entry| {
            !matches!(entry.pattern, ActionPattern::Never) && !about_role(&entry.pattern)
        })
        .map(|entry| {
            let title = format!("`{}` is not about assuming the role", entry.text);
            Finding::new(&TRUST, entry.span, title).help("remove it")
        })
        .collect()
}
