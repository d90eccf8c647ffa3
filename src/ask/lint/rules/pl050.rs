//! Policies that are larger than AWS takes (GRAM-50 to GRAM-58).

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, Written};
use crate::policy::PolicyKind;
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    code: "PL050",
    name: "too-large",
    severity: Severity::Error,
    what: "The policy is larger than AWS takes for its kind.",
    why: "The limits in characters: 6,144 for a managed policy and a permissions boundary, 8,192 for the trust policy of a role (2,048 unless the quota was raised; above that it is a warning), 2,048 for a session policy, 10,240 for an SCP, 5,120 for an RCP, 20,480 bytes for the policy of a bucket. IAM does not count white space (GRAM-50 to GRAM-58). An inline policy of a role may have 10,240, all of them together.",
    fails: Example::new(PolicyKind::Session, SESSION),
    passes: Example::new(
        PolicyKind::Session,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "arn:aws:s3:::reports/*"
}"#,
    ),
    fix: "Split it into several policies, merge blocks and statements, or use wildcards.",
    page: Some("reference_iam-quotas"),
    check: Check::Policy(check),
};

/// A statement with a list of 3,000 characters.
const SESSION: &str = include_str!("pl050.json");

/// What AWS takes at most.
struct Limit {
    characters: usize,
    /// What is said of one that is larger.
    severity: Severity,
    what: &'static str,
}

impl Limit {
    const fn new(characters: usize, what: &'static str) -> Self {
        Self {
            characters,
            severity: Severity::Error,
            what,
        }
    }
}

/// The limits of a kind, the highest first.
fn limits(kind: PolicyKind) -> Vec<Limit> {
    match kind {
        PolicyKind::Identity => vec![
            Limit::new(10_240, "all inline policies of a role together"),
            Limit {
                severity: Severity::Warning,
                ..Limit::new(6_144, "a managed policy")
            },
        ],
        PolicyKind::Boundary => vec![Limit::new(6_144, "a permissions boundary")],
        PolicyKind::Trust => vec![
            Limit::new(8_192, "a trust policy with the highest quota"),
            Limit {
                severity: Severity::Warning,
                ..Limit::new(2_048, "a trust policy with the default quota")
            },
        ],
        PolicyKind::Session => vec![Limit::new(2_048, "a session policy")],
        PolicyKind::Scp => vec![Limit::new(10_240, "a service control policy")],
        PolicyKind::Rcp => vec![Limit::new(5_120, "a resource control policy")],
        PolicyKind::Resource | PolicyKind::Vpce => {
            vec![Limit::new(20_480, "the policy of a bucket or VPC endpoint")]
        }
    }
}

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let (text, _) = subject.text();
    // YAML is written as JSON before it is saved, and that text is not known.
    if subject.written == Written::Template || !text.trim_start().starts_with('{') {
        return Vec::new();
    }
    let size = match subject.policy.kind {
        _ if subject.written == Written::Printed => without_space(text),
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Trust => without_space(text),
        PolicyKind::Resource | PolicyKind::Vpce => text.len(),
        _ => text.chars().count(),
    };
    let over = limits(subject.policy.kind)
        .into_iter()
        .find(|limit| size > limit.characters);
    over.map(|limit| {
        let Limit {
            characters,
            severity,
            what,
        } = limit;
        let start = subject.tree.span.start();
        let title = format!("the policy has {size} characters; AWS takes {characters} for {what}");
        Finding::new(&RULE, Span::new(start, start + 1), title)
            .milder(severity)
            .help("split it, merge blocks and statements, or use wildcards")
    })
    .into_iter()
    .collect()
}

/// Characters outside of JSON's insignificant white space (GRAM-58).
fn without_space(text: &str) -> usize {
    let (mut in_string, mut escaped, mut count) = (false, false, 0);
    for character in text.chars() {
        let space = matches!(character, ' ' | '\t' | '\n' | '\r');
        count += usize::from(in_string || !space);
        match character {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_counts_in_strings_only() {
        assert_eq!(
            without_space("{ \"a b\" :\n\t\"\\\" c\" }"),
            "{\"a b\":\"\\\" c\"}".len()
        );
    }
}
