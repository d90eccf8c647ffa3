//! Changes of a text, and the proof that they change no meaning.

use std::sync::Arc;

use jiff::Timestamp;

use super::finding::Edit;
use crate::ask::diff::diff;
use crate::ask::groups::Wanted;
use crate::error::Result;
use crate::eval::{PolicySet, Scenario, only_denies};
use crate::net::AddressSet;
use crate::policy::{Condition, Operand, Policy, PolicyKind, Statement};

/// The text with edits made that do not overlap, and how many there were. Of those that overlap the first is made.
pub fn apply(text: &str, edits: &[&[Edit]]) -> (String, usize) {
    let mut groups: Vec<&[Edit]> = edits.to_vec();
    groups.sort_by_key(|group| group.first().map(|edit| edit.span));
    let mut chosen: Vec<&Edit> = Vec::new();
    let mut made = 0;
    for group in groups {
        let apart = |edit: &Edit| {
            chosen
                .last()
                .is_none_or(|last| last.span.end() <= edit.span.start())
        };
        if group.iter().all(apart) {
            chosen.extend(group);
            made += 1;
        }
    }
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in chosen {
        new.push_str(text.get(at..edit.span.start()).unwrap_or_default());
        new.push_str(&edit.text);
        at = edit.span.end();
    }
    new.push_str(text.get(at..).unwrap_or_default());
    (new, made)
}

/// Whether two versions of a policy are proved to decide alike, for every request that they tell apart and from every
/// address: statement by statement they differ in nothing but how sets of addresses are written, and the evaluator finds
/// that nobody gains or loses access.
///
/// # Errors
/// If the evaluator cannot compare them.
pub fn is_same(old: &Arc<Policy>, new: &Arc<Policy>, now: Timestamp) -> Result<bool> {
    let alike = old.version == new.version
        && old.statements.len() == new.statements.len()
        && old
            .statements
            .iter()
            .zip(&new.statements)
            .all(|(old, new)| says_the_same(old, new));
    if !alike {
        return Ok(false);
    }
    let differences = diff(&scenario(old)?, &scenario(new)?, &Wanted::default(), now)?;
    Ok(differences
        .iter()
        .all(|difference| !difference.is_changed()))
}

fn says_the_same(old: &Statement, new: &Statement) -> bool {
    let actions = |statement: &Statement| {
        let patterns = statement.action.patterns.iter();
        let texts: Vec<String> = patterns.map(|entry| entry.text.to_string()).collect();
        (statement.action.negated, texts)
    };
    let resources = |statement: &Statement| {
        let element = statement.resource.as_ref()?;
        let texts = element.patterns.iter().map(|entry| entry.text.to_string());
        Some((element.negated, texts.collect::<Vec<_>>()))
    };
    let principals = |statement: &Statement| {
        let element = statement.principal.as_ref()?;
        Some((element.negated, element.entries.clone()))
    };
    let tests = old.conditions.iter().zip(&new.conditions);
    old.effect == new.effect
        && old.sid == new.sid
        && actions(old) == actions(new)
        && resources(old) == resources(new)
        && principals(old) == principals(new)
        && old.conditions.len() == new.conditions.len()
        && tests.into_iter().all(|(old, new)| tests_the_same(old, new))
}

/// Whether two tests are the same, the blocks of a list taken as a set. What AWS makes of IPv4-mapped blocks is not known
/// (IP-8), so that those without must be the same by themselves too.
fn tests_the_same(old: &Condition, new: &Condition) -> bool {
    let set = |test: &Condition| test.blocks().collect::<AddressSet>();
    let plain = |test: &Condition| -> AddressSet {
        let written = test.values.iter().filter_map(|value| match &value.operand {
            Operand::Ip(written) => Some(written),
            _ => None,
        });
        let plain = written.filter(|written| !written.mapped);
        plain.map(|written| written.cidr).collect()
    };
    let others = |test: &Condition| -> Vec<String> {
        let values = test.values.iter();
        values
            .filter(|value| !matches!(value.operand, Operand::Ip(_)))
            .map(|value| value.text.to_string())
            .collect()
    };
    old.operator == new.operator
        && old.key == new.key
        && set(old) == set(new)
        && plain(old) == plain(new)
        && others(old) == others(new)
}

/// An Allow of everything, beside which a policy that only denies shows what it denies.
fn allow_all(kind: PolicyKind) -> Result<Arc<Policy>> {
    let statement = match kind {
        PolicyKind::Identity => r#""Action": "*", "Resource": "*""#,
        PolicyKind::Trust => r#""Action": "sts:*", "Principal": "*""#,
        _ => r#""Action": "*", "Resource": "*", "Principal": "*""#,
    };
    let text = format!(r#"{{"Statement": {{"Effect": "Allow", {statement}}}}}"#);
    Policy::from_json("everything", text, kind).map(Arc::new)
}

/// A policy by itself. Statements mean the same in each layer, so that two will do: of the caller, and of the resource.
fn scenario(policy: &Arc<Policy>) -> Result<Scenario> {
    let kind = match policy.kind {
        PolicyKind::Trust => PolicyKind::Trust,
        kind if kind.names_principals() => PolicyKind::Resource,
        _ => PolicyKind::Identity,
    };
    let mut layer = vec![Arc::new(Policy {
        kind,
        ..Policy::clone(policy)
    })];
    if only_denies(&layer) {
        layer.push(allow_all(kind)?);
    }
    let mut policies = PolicySet::default();
    if kind == PolicyKind::Identity {
        policies.identity = Some(layer);
    } else {
        policies.resource = Some(layer);
    }
    Ok(Scenario {
        policies,
        ..Scenario::default()
    })
}
