//! What the reader of documents reports, as findings.

use super::finding::Finding;
use super::place::{Segment, path_to};
use super::rule::{Check, Rule, rules};
use crate::error::Error;
use crate::eval::is_address_key;
use crate::json;
use crate::policy::{ConditionKey, Policy, Warning};
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
            Some(Finding::new(rule, warning.span, warning.message.clone()).help(warning.help))
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
