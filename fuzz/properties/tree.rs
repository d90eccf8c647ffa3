//! Trees, errors and places, for all formats.

use ipcond::Error;
use ipcond::json::{Node, Value};
use ipcond::source::{Source, Span};
use serde_json::value::RawValue;

/// A place is in its text, and cuts no character in two.
pub fn check_span(source: &Source, span: Span) {
    let text = source.text();
    assert!(
        text.get(span.range()).is_some(),
        "{span:?} of {} bytes",
        text.len()
    );
}

/// An error can be shown: it has a message, its place is in its text, and nobody panics on the way to the screen.
pub fn check_error(error: &Error) {
    assert!(!error.message().is_empty());
    if let Some(place) = error.place() {
        check_span(&place.source, place.span);
        assert!(place.source.position(place.span.start()).line > 0);
    }
    assert!(!ipcond::report::error::error(error, false).is_empty());
}

/// All places of a tree are in its text.
pub fn check_spans(source: &Source, node: &Node<'_>) {
    check_span(source, node.span);
    match &node.value {
        Value::Array(elements) => elements.iter().for_each(|node| check_spans(source, node)),
        Value::Object(members) => {
            for member in members {
                check_span(source, member.key_span);
                check_spans(source, &member.value);
            }
        }
        _ => {}
    }
}

/// The tree as JSON on one line, numbers as they were written; a number that JSON does not know is a string.
pub fn print(node: &Node<'_>) -> String {
    match &node.value {
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(print).collect();
            format!("[{}]", elements.join(","))
        }
        Value::Bool(value) => value.to_string(),
        Value::Number(text) if serde_json::from_str::<&RawValue>(text).is_ok() => text.to_string(),
        Value::Number(text) | Value::String(text) => quoted(text),
        Value::Object(members) => {
            let members = members.iter();
            let members: Vec<String> = members
                .map(|member| format!("{}:{}", quoted(&member.key), print(&member.value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        _ => "null".to_owned(),
    }
}

/// A JSON string.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is JSON")
}

/// Whether two trees say the same, wherever it stands.
pub fn is_same(one: &Node<'_>, other: &Node<'_>) -> bool {
    match (&one.value, &other.value) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| one.key == other.key && is_same(&one.value, &other.value))
        }
        (one, other) => one == other,
    }
}

/// Whether a tree says what another reader has found.
pub fn is_value(node: &Node<'_>, value: &serde_json::Value) -> bool {
    use serde_json::Value as Other;
    match (&node.value, value) {
        (Value::Array(elements), Other::Array(values)) => {
            elements.len() == values.len()
                && elements
                    .iter()
                    .zip(values)
                    .all(|(node, value)| is_value(node, value))
        }
        (Value::Object(members), Other::Object(values)) => {
            members.len() == values.len()
                && members.iter().all(|member| {
                    let value = values.get(member.key.as_ref());
                    value.is_some_and(|value| is_value(&member.value, value))
                })
        }
        (Value::Number(text), Other::Number(number)) => {
            serde_json::from_str(text).is_ok_and(|own: serde_json::Number| own == *number)
        }
        (Value::String(text), Other::String(value)) => text == value,
        (Value::Bool(own), Other::Bool(value)) => own == value,
        (Value::Null, Other::Null) => true,
        _ => false,
    }
}
