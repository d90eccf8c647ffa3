//! The context of a request: what its condition keys hold.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scalar_text;

/// The keys that AWS declares to hold several values (COND-21).
const MULTIVALUED: [&str; 7] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
];

/// What a request says of one key.
#[derive(Debug)]
pub(super) enum Supplied {
    Many(Vec<String>),
    One(String),
}

impl Supplied {
    /// The values, a scalar being a list of one.
    pub(super) fn values(&self) -> Vec<&str> {
        match self {
            Self::Many(values) => values.iter().map(String::as_str).collect(),
            Self::One(value) => vec![value],
        }
    }
}

/// Keys by their lower-case names, since their case never matters (COND-5).
#[derive(Debug)]
pub(super) struct Context(BTreeMap<String, Supplied>);

impl Context {
    pub(super) fn read(context: &Value) -> Self {
        let Some(context) = context.as_object() else {
            return Self(BTreeMap::new());
        };
        let supplied = |value: &Value| match value {
            Value::Null => None,
            // An empty list is the same as no key at all (COND-12).
            Value::Array(values) if values.is_empty() => None,
            Value::Array(values) => Some(Supplied::Many(values.iter().map(scalar_text).collect())),
            value => Some(Supplied::One(scalar_text(value))),
        };
        let keys = context
            .iter()
            .filter_map(|(key, value)| Some((key.to_lowercase(), supplied(value)?)));
        Self(keys.collect())
    }

    pub(super) fn get(&self, key: &str) -> Option<&Supplied> {
        self.0.get(&key.to_lowercase())
    }

    /// The value of a key that has exactly one, as every test without a set operator and every
    /// variable needs it (COND-19, VAR-2).
    pub(super) fn single(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Supplied::One(value) => Some(value),
            Supplied::Many(_) if MULTIVALUED.contains(&key.to_lowercase().as_str()) => None,
            Supplied::Many(values) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
        }
    }
}
