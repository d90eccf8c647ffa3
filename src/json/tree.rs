//! The tree that JSON and YAML are read into.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::source::{Source, Span};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'a> {
    /// The value.
    pub value: Value<'a>,
    /// Its bytes in the source.
    pub span: Span,
}

/// A JSON value. Numbers keep their text, objects their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `[…]`
    Array(Vec<Node<'a>>),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
    /// What a function of a template stands for, where the template does not say it: what would have to be known. No text
    /// of JSON has it.
    Open(Cow<'a, str>),
    /// A number, as written.
    Number(Cow<'a, str>),
    /// `{…}`, with distinct keys.
    Object(Vec<Member<'a>>),
    /// A string, decoded.
    String(Cow<'a, str>),
}

/// One `key: value` of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'a> {
    /// The key, decoded.
    pub key: Cow<'a, str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node<'a>,
}

impl<'a> Node<'a> {
    /// What sort of value it is, for messages: `a string`, `an array` …
    pub fn sort(&self) -> &'static str {
        match self.value {
            Value::Array(_) => "an array",
            Value::Bool(_) => "a boolean",
            Value::Null => "null",
            Value::Number(_) => "a number",
            Value::Open(_) => "a value that is not known",
            Value::Object(_) => "an object",
            Value::String(_) => "a string",
        }
    }

    /// The decoded string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// What would have to be known, if the value is not.
    pub(crate) fn open(&self) -> Option<&str> {
        match &self.value {
            Value::Open(what) => Some(what),
            _ => None,
        }
    }

    /// The text of a string, number or boolean: policies may leave out the quotes (COND-6).
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn members(&self) -> Option<&[Member<'a>]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The value under `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.members()?
            .iter()
            .find(|member| member.key == key)
            .map(|member| &member.value)
    }

    /// The same tree, with texts of its own.
    pub(crate) fn into_owned(self) -> Node<'static> {
        let text = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let value = match self.value {
            Value::Array(elements) => {
                Value::Array(elements.into_iter().map(Node::into_owned).collect())
            }
            Value::Bool(value) => Value::Bool(value),
            Value::Null => Value::Null,
            Value::Open(what) => Value::Open(text(what)),
            Value::Number(number) => Value::Number(text(number)),
            Value::Object(members) => {
                let owned = members.into_iter().map(|member| Member {
                    key: text(member.key),
                    key_span: member.key_span,
                    value: member.value.into_owned(),
                });
                Value::Object(owned.collect())
            }
            Value::String(string) => Value::String(text(string)),
        };
        Node {
            value,
            span: self.span,
        }
    }

    /// The elements of an array, or the value itself as the only element (GRAM-3).
    pub fn elements(&self) -> &[Node<'a>] {
        match &self.value {
            Value::Array(elements) => elements,
            _ => std::slice::from_ref(self),
        }
    }

    /// The string, or an error that says `what` should have been one.
    ///
    /// # Errors
    /// If the value is not a string.
    pub fn expect_str(&self, what: &str, source: &Source) -> Result<&str> {
        self.as_str()
            .ok_or_else(|| self.mismatch(what, "a string", source))
    }

    /// The members, or an error that says `what` should have been an object.
    ///
    /// # Errors
    /// If the value is not an object.
    pub fn expect_object(&self, what: &str, source: &Source) -> Result<&[Member<'a>]> {
        self.members()
            .ok_or_else(|| self.mismatch(what, "an object", source))
    }

    /// The boolean, or an error that says `what` should have been one.
    ///
    /// # Errors
    /// If the value is not a boolean.
    pub fn expect_bool(&self, what: &str, source: &Source) -> Result<bool> {
        match self.value {
            Value::Bool(value) => Ok(value),
            _ => Err(self.mismatch(what, "true or false", source)),
        }
    }

    /// The error for a value of the wrong sort.
    pub fn mismatch(&self, what: &str, expected: &str, source: &Source) -> Error {
        Error::request(format!(
            "`{what}` must be {expected}, found {}",
            self.sort()
        ))
        .at(source, self.span)
    }
}
