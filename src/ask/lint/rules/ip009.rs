//! LINT-9, LINT-19, LINT-29: values that are no block.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, rewritten};
use crate::net::{Cidr, CidrError};
use crate::policy::{Condition, ConditionValue, Operand, PolicyKind};

pub(super) static INVALID: Rule = Rule {
    code: "IP009",
    name: "invalid-block",
    severity: Severity::Error,
    what: "A value of IpAddress or NotIpAddress is no address and no CIDR block.",
    why: "What AWS makes of it is not documented (IP-11). This program takes it to match no address: an IpAddress list loses it, and NotIpAddress does not exempt it. Wildcards, ranges, netmasks and short forms are no CIDR blocks (IP-4, IP-9). For a placeholder of a template, such as `<my-corporate-cidr>`, the finding is a warning.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.*", "2001:db8:1::/48"]}}
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
    fix: "Write an address, or a block in CIDR form.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(invalid),
};

pub(super) static VARIABLE: Rule = Rule {
    code: "IP019",
    name: "variable-in-block",
    severity: Severity::Error,
    what: "A value of IpAddress or NotIpAddress is a policy variable.",
    why: "IP operators take no variables (IP-4): the text `${…}` is no block and matches no address.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": "${aws:PrincipalTag/ip}"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"StringEquals": {"aws:SourceIp": "${aws:PrincipalTag/ip}"}}
}"#,
    ),
    fix: "Write the blocks themselves; or, for a single address in a tag, compare it as text with StringEquals.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(variable),
};

pub(super) static LIST: Rule = Rule {
    code: "IP029",
    name: "list-in-a-string",
    severity: Severity::Error,
    what: "One string holds several blocks, or spaces around a block.",
    why: "A value is one block. `203.0.113.0/24,198.51.100.0/24` and `\" 203.0.113.0/24\"` are none, and match no address (IP-9, IP-11). It is what `join()` in templates makes.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24,2001:db8:1::/48"}}
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
    fix: "Write a flat list with one block in each string. `--fix` leaves it alone: it would change who is let in.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(list),
};

/// Values that are no block, and why.
fn unreadable<'a>(
    subject: &Subject<'a>,
) -> impl Iterator<Item = (&'a Condition, &'a ConditionValue, CidrError)> {
    let values = subject
        .ip_tests()
        .flat_map(|(_, test)| test.values.iter().map(move |value| (test, value)));
    values.filter_map(|(test, value)| match value.operand {
        Operand::Unreadable(_) => Some((test, value, Cidr::read(&value.text).err()?)),
        _ => None,
    })
}

/// The blocks that a text lists, if it lists nothing else.
fn pieces(text: &str) -> Option<Vec<&str>> {
    let apart = |character: char| matches!(character, ',' | ';') || character.is_whitespace();
    let pieces: Vec<&str> = text
        .split(apart)
        .filter(|piece| !piece.is_empty())
        .collect();
    let blocks = pieces.iter().all(|piece| Cidr::read(piece).is_ok());
    (blocks && !pieces.is_empty()).then_some(pieces)
}

fn effect(test: &Condition) -> &'static str {
    if test.operator.negated {
        "it exempts no address"
    } else {
        "it matches no address"
    }
}

fn invalid(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = unreadable(subject)
        .filter(|(_, value, why)| *why != CidrError::Variable && pieces(&value.text).is_none());
    findings
        .map(|(test, value, why)| {
            if why == CidrError::Template {
                let title = format!("`{}` is a placeholder that was left in", value.text);
                return Finding::new(&INVALID, value.span, title)
                    .milder(Severity::Warning)
                    .label(effect(test))
                    .help("put the addresses in its place");
            }
            Finding::new(&INVALID, value.span, format!("`{}`: {why}", value.text))
                .label(effect(test))
                .note("what AWS makes of it is not documented")
                .help("write an address or a block such as 203.0.113.0/24")
        })
        .collect()
}

fn variable(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = unreadable(subject).filter(|(_, _, why)| *why == CidrError::Variable);
    findings
        .map(|(test, value, _)| {
            let title = format!("{} takes no policy variables", test.operator_text);
            Finding::new(&VARIABLE, value.span, title)
                .label(effect(test))
                .help("write the blocks; or compare a single address as text with StringEquals")
        })
        .collect()
}

fn list(subject: &Subject<'_>) -> Vec<Finding> {
    let findings = unreadable(subject)
        .filter_map(|(test, value, _)| Some((test, value, pieces(&value.text)?)));
    findings
        .map(|(test, value, pieces)| {
            if let [only] = pieces[..] {
                return Finding::new(
                    &LIST,
                    value.span,
                    "there are spaces or commas around the block",
                )
                .label(effect(test))
                .offer(
                    "without them",
                    vec![rewritten(subject.policy, value.span, only)],
                );
            }
            let title = format!("one string holds {} blocks", pieces.len());
            Finding::new(&LIST, value.span, title)
                .label(effect(test))
                .help("write a flat list with one block in each string")
        })
        .collect()
}
