//! From where, and to what, statements apply.

use std::collections::BTreeSet;

use super::subject::{address_tests, is_ip, listed, when_absent};
use crate::eval::SOURCE_IP;
use crate::net::AddressSet;
use crate::policy::{Condition, Statement};

/// Where a test of `aws:SourceIp` is true, "no address in the request" included (COND-3, COND-9, COND-13 to COND-17).
/// `None` for other tests, and where a block cannot be read.
pub(super) fn holds(test: &Condition) -> Option<AddressSet> {
    if !is_ip(test) || !test.key.is(SOURCE_IP) {
        return None;
    }
    let operator = test.operator;
    let list = listed(test)?;
    let addresses = if operator.negated {
        list.complement()
    } else {
        list
    };
    Some(addresses.with_none(when_absent(test)))
}

/// Where all the tests of `aws:SourceIp` in a statement are true; everything if it has none. `None` if one cannot be told.
pub(super) fn applies(statement: &Statement) -> Option<AddressSet> {
    let mut all = AddressSet::all();
    for test in address_tests(statement) {
        all = all.intersection(&holds(test)?);
    }
    Some(all)
}

/// The tests of anything else, in a form that can be compared.
fn other_tests(statement: &Statement) -> BTreeSet<(String, String, BTreeSet<&str>)> {
    let tests = statement.conditions.iter();
    tests
        .filter(|test| !(is_ip(test) && test.key.is(SOURCE_IP)))
        .map(|test| {
            let values = test.values.iter().map(|value| &*value.text).collect();
            let operator = test.operator_text.to_ascii_lowercase();
            (operator, test.key.lower().to_owned(), values)
        })
        .collect()
}

/// Whether one statement applies to every request that the other applies to, but for addresses. A `false` may be wrong.
pub(super) fn covers(wide: &Statement, narrow: &Statement) -> bool {
    covers_actions(wide, narrow)
        && covers_resources(wide, narrow)
        && covers_principals(wide, narrow)
        && other_tests(wide).is_subset(&other_tests(narrow))
}

fn covers_actions(wide: &Statement, narrow: &Statement) -> bool {
    let texts = |statement: &Statement| -> BTreeSet<String> {
        let patterns = statement.action.patterns.iter();
        patterns
            .map(|entry| entry.text.to_ascii_lowercase())
            .collect()
    };
    let (all, some) = (texts(wide), texts(narrow));
    match (wide.action.negated, narrow.action.negated) {
        (false, _) if all.contains("*") => true,
        (false, false) => some.is_subset(&all),
        (true, true) => all.is_subset(&some),
        _ => false,
    }
}

fn covers_resources(wide: &Statement, narrow: &Statement) -> bool {
    let (Some(all), Some(some)) = (&wide.resource, &narrow.resource) else {
        // Without the element it is what the policy is attached to (GRAM-12).
        return wide.resource.is_none() && narrow.resource.is_none();
    };
    let texts = |patterns: &[crate::policy::ResourceEntry]| -> BTreeSet<String> {
        patterns
            .iter()
            .map(|entry| entry.text.to_string())
            .collect()
    };
    let (wider, narrower) = (texts(&all.patterns), texts(&some.patterns));
    match (all.negated, some.negated) {
        (false, _) if wider.contains("*") => true,
        (false, false) => narrower.is_subset(&wider),
        (true, true) => wider.is_subset(&narrower),
        _ => false,
    }
}

fn covers_principals(wide: &Statement, narrow: &Statement) -> bool {
    let (Some(all), Some(some)) = (&wide.principal, &narrow.principal) else {
        return wide.principal.is_none() && narrow.principal.is_none();
    };
    if !all.negated && all.names_everyone() {
        return true;
    }
    !all.negated && !some.negated && some.entries.iter().all(|entry| all.entries.contains(entry))
}
