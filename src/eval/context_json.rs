//! The context of a request, as JSON writes it.

use std::collections::BTreeSet;

use super::context::ContextValue;
use crate::error::{Error, Result};
use crate::json::{Node, Value};
use crate::policy::ConditionKey;
use crate::source::Source;

/// The context of a scenario: strings, numbers, booleans, lists of them, and null for "known absent".
pub(crate) fn read_context(
    source: &Source,
    node: &Node<'_>,
) -> Result<Vec<(ConditionKey, Option<ContextValue>)>> {
    let mut context: Vec<(ConditionKey, Option<ContextValue>)> = Vec::new();
    let mut seen = BTreeSet::new();
    for member in node.expect_object("context", source)? {
        let key = ConditionKey::new(&member.key);
        if !seen.insert(key.clone()) {
            let text = format!("`{key}` stands twice in the context, in different case");
            return Err(Error::request(text)
                .at(source, member.key_span)
                .by("COND-5"));
        }
        let scalar = |node: &Node<'_>| {
            node.scalar().map(str::to_owned).ok_or_else(|| {
                node.mismatch(
                    &member.key,
                    "a string, number, boolean, list or null",
                    source,
                )
            })
        };
        let value = match &member.value.value {
            Value::Null => None,
            Value::Array(elements) => Some(ContextValue::List(
                elements.iter().map(scalar).collect::<Result<_>>()?,
            )),
            _ => Some(ContextValue::One(scalar(&member.value)?)),
        };
        context.push((key, value));
    }
    Ok(context)
}
