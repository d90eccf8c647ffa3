//! The truth of a `Condition` block.

use serde_json::Value;

use super::context::Context;
use super::{one_or_many, operand, scalar_text};

/// How an operator treats a key with several values (COND-8).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Quantifier {
    All,
    Any,
    None,
}

/// An operator taken apart: `ForAnyValue:StringNotLikeIfExists` is `StringLike`, negated, with
/// a quantifier and `IfExists`.
#[derive(Debug)]
struct Operator {
    quantifier: Quantifier,
    /// In lower case (COND-7), without `Not`.
    base: String,
    negated: bool,
    if_exists: bool,
}

impl Operator {
    fn read(name: &str) -> Self {
        let name = name.to_lowercase();
        let (quantifier, name) = match name.split_once(':') {
            Some(("forallvalues", name)) => (Quantifier::All, name),
            Some(("foranyvalue", name)) => (Quantifier::Any, name),
            Some(_) => panic!("unknown set operator in {name}"),
            None => (Quantifier::None, name.as_str()),
        };
        let base = name.strip_suffix("ifexists").unwrap_or(name);
        Self {
            quantifier,
            base: base.replace("not", ""),
            negated: base.contains("not"),
            if_exists: base != name,
        }
    }
}

/// Whether all keys under all operators hold (COND-1); a block with none holds (GRAM-15).
pub(super) fn holds(block: &Value, expands: bool, context: &Context) -> bool {
    let Some(block) = block.as_object() else {
        return true;
    };
    block.iter().all(|(operator, keys)| {
        let operator = Operator::read(operator);
        let keys = keys
            .as_object()
            .expect("an operator holds an object of keys");
        keys.iter().all(|(key, values)| {
            let values: Vec<String> = one_or_many(values).into_iter().map(scalar_text).collect();
            if operator.base == "null" {
                null_holds(operator.quantifier, key, &values, context)
            } else {
                element_holds(&operator, key, &values, expands, context)
            }
        })
    })
}

fn null_holds(quantifier: Quantifier, key: &str, values: &[String], context: &Context) -> bool {
    // A list that holds nothing but the empty string is null too (COND-12).
    let absent = context
        .get(key)
        .is_none_or(|supplied| supplied.values() == [""]);
    match quantifier {
        Quantifier::All => true,  // COND-11
        Quantifier::Any => false, // COND-11
        // COND-10: the values are alternatives.
        Quantifier::None => {
            let wanted = if absent { "true" } else { "false" };
            values
                .iter()
                .any(|value| value.eq_ignore_ascii_case(wanted))
        }
    }
}

fn element_holds(
    operator: &Operator,
    key: &str,
    values: &[String],
    expands: bool,
    context: &Context,
) -> bool {
    // A negated operator is true of a value that matches none of the policy's (COND-2).
    let value_passes = |candidate: &str| {
        let matched = values
            .iter()
            .any(|value| operand::matches(&operator.base, value, candidate, expands, context));
        matched != operator.negated
    };
    let supplied = context.get(key).map(super::context::Supplied::values);
    match (supplied, operator.quantifier) {
        (Some(values), Quantifier::All) if values == [""] => true, // COND-12: a null dataset
        (Some(values), Quantifier::All) => values.into_iter().all(value_passes),
        (Some(values), Quantifier::Any) => values.into_iter().any(value_passes),
        // Several values without a set operator: no match, negated or not (COND-19).
        (Some(_), Quantifier::None) => context.single(key).is_some_and(value_passes),
        (None, _) if operator.if_exists => true, // COND-9, COND-17
        (None, Quantifier::All) => true,         // COND-13, COND-15
        (None, Quantifier::Any) => false,        // COND-14, COND-16
        (None, Quantifier::None) => operator.negated, // COND-3
    }
}
