//! What the reader of documents reports, as findings.

use super::finding::Finding;
use super::place::{Segment, path_to};
use super::rule::{Check, Rule, Severity, rules};
use crate::error::Error;
use crate::eval::is_address_key;
use crate::json;
use crate::policy::{ConditionKey, Policy, PolicyKind, Warning};
use crate::source::Span;

/// What a document is refused for without a rule of its own: it is no JSON.
pub(super) const SYNTAX: &str = "syntax";

/// What a warning of GRAM-4 is about; an error of GRAM-4 is a key that stands twice just so.
pub(super) const CASE: &str = "keys in different case";

/// The warnings of a policy that was read leniently. Those on blocks have rules of their own, which look closer.
pub(super) fn of_warnings(policy: &Policy) -> Vec<Finding> {
    let warnings = policy.warnings.iter();
    warnings
        .filter_map(|warning: &Warning| {
            let name = match warning.rule {
                "GRAM-4" => CASE,
                name => name,
            };
            let rule = rule_for(name)?;
            let finding = Finding::new(rule, warning.span, warning.message.clone());
            let text = policy.source.slice(warning.span);
            if is_short_for_api(policy, text) {
                return None;
            }
            if !is_placeholder(text) {
                return Some(finding.help(warning.help));
            }
            let left = finding
                .milder(Severity::Warning)
                .label("a placeholder that was left in");
            Some(left.help("put what it stands for in its place"))
        })
        .collect()
}

/// What stopped the reading; `None` if it was no fault of the text.
pub(super) fn of_error(error: &Error) -> Option<Finding> {
    if error.is_io() {
        return None;
    }
    let named = nested_blocks(error).or_else(|| error.rule().and_then(rule_for));
    let rule = named.or_else(|| rule_for(if error.is_syntax() { SYNTAX } else { "GRAM-1" }))?;
    let span = error.place().map_or(Span::default(), |place| place.span);
    let mut finding = Finding::new(rule, span, error.message());
    finding.help = error.help_text().map(str::to_owned);
    Some(finding)
}

fn rule_for(name: &str) -> Option<&'static Rule> {
    rules().find(|rule| matches!(rule.check, Check::Reading(names) if names.contains(&name)))
}

/// Whether a resource is written in the short form that API Gateway makes an ARN of when the policy is saved:
/// `execute-api:/STAGE/VERB/PATH` (API Gateway developer guide, "API Gateway resource policy examples").
fn is_short_for_api(policy: &Policy, text: &str) -> bool {
    let short = text.trim_start_matches(['"', '\'']);
    policy.kind == PolicyKind::Resource && short.starts_with("execute-api:/")
}

/// Whether a text has a piece that a template would fill in: `<name>`, `{{ name }}`, or `${name}` without the colon that
/// every condition key has.
fn is_placeholder(text: &str) -> bool {
    let angle = text
        .split_once('<')
        .is_some_and(|(_, rest)| rest.contains('>'));
    let references = text.split("${").skip(1);
    let mut names = references.filter_map(|rest| rest.split('}').next());
    let is_name = |name: &str| name.len() > 1 && !name.contains(':');
    angle || text.contains("{{") || names.any(is_name)
}

/// A list of blocks in a list of blocks has a rule of its own (LINT-29).
fn nested_blocks(error: &Error) -> Option<&'static Rule> {
    let place = error.place().filter(|_| error.rule() == Some("GRAM-3"))?;
    let tree = json::parse(&place.source).ok()?;
    let path = path_to(&tree, place.span);
    let keys = path.iter().filter_map(|segment| match segment {
        Segment::Key(key) => Some(key.as_str()),
        Segment::Index(_) => None,
    });
    let key = keys.skip_while(|key| *key != "Condition").nth(2)?;
    let is_address = is_address_key(&ConditionKey::new(key));
    rules().find(|rule| is_address && rule.code == "IP029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_templates() {
        for (text, expected) in [
            ("<third-party-resource>", true),
            ("{{ output.arn }}", true),
            ("${aws_s3_bucket.logs.arn}/*", true),
            ("arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:jobs", false),
            ("arn:aws:s3:::a${*}b${$}", false),
            ("a > b < c", false),
            ("${", false),
        ] {
            assert_eq!(is_placeholder(text), expected, "{text}");
        }
    }
}
