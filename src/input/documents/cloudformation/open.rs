//! What a template does not say.

use std::borrow::Cow;

use super::resolver::MOST_BYTES;
use crate::json::{Member, Node, Value};

/// What a condition of the template is called.
pub(super) fn condition_title(name: &str) -> String {
    format!("{name} (condition of the template)")
}

/// A value that is not known, by its name.
pub(super) fn open<'s>(what: String) -> Value<'s> {
    Value::Open(Cow::Owned(what))
}

/// A text, unless some of it is not known.
pub(super) fn text_or_open<'s>(text: String, mut unknown: Vec<String>, name: &str) -> Value<'s> {
    if text.len() > MOST_BYTES {
        return open(name.to_owned());
    }
    if unknown.is_empty() {
        return Value::String(Cow::Owned(text));
    }
    unknown.dedup();
    unknown.truncate(4);
    open(unknown.join(" and "))
}

/// Makes all statements of a document depend on something.
pub(super) fn make_open(document: &mut Node<'_>, what: &str) {
    let Value::Object(members) = &mut document.value else {
        return;
    };
    let statements = members
        .iter_mut()
        .filter(|member| member.key == "Statement");
    for member in statements {
        match &mut member.value.value {
            Value::Array(statements) => {
                for statement in statements {
                    make_open_statement(statement, what);
                }
            }
            _ => make_open_statement(&mut member.value, what),
        }
    }
}

/// Adds a test of something that is not known.
pub(super) fn make_open_statement(statement: &mut Node<'_>, what: &str) {
    let span = statement.span;
    let Value::Object(members) = &mut statement.value else {
        return;
    };
    let test = Member {
        key: Cow::Owned(what.to_owned()),
        key_span: span,
        value: Node {
            value: open(what.to_owned()),
            span,
        },
    };
    let condition = members.iter_mut().find(|member| member.key == "Condition");
    match condition.map(|member| &mut member.value.value) {
        Some(Value::Object(tests)) => tests.push(test),
        // A block that is not known as a whole depends already.
        Some(_) => {}
        None => members.push(Member {
            key: Cow::Borrowed("Condition"),
            key_span: span,
            value: Node {
                value: Value::Object(vec![test]),
                span,
            },
        }),
    }
}
