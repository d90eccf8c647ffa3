//! What is known about a request: the context keys (COND-3, COND-12, EVAL-31).

use std::collections::{BTreeMap, BTreeSet};

use super::keys;
use crate::policy::{Binding, ConditionKey};

/// A value of the request context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue {
    /// One value, as text.
    One(String),
    /// A list, possibly empty.
    List(Vec<String>),
}

impl ContextValue {
    /// The values; a single one is a list of one.
    pub fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::List(values) => values,
        }
    }
}

/// What a key that is neither given nor declared absent means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// It is not in the request.
    Absent,
    /// It may be in the request, with any value.
    #[default]
    Unknown,
}

/// What is known about one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known<'a> {
    /// It is not in the request. An empty list is the same (COND-12).
    Absent,
    /// It is, with any address as its one value: the question is asked for all of them at once.
    Every,
    /// It is, with this value.
    Given(&'a ContextValue),
    /// Nothing.
    Unknown,
}

/// An undocumented point that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Assumption {
    /// The rule that chose the reading.
    pub rule: &'static str,
    /// What was taken to be so.
    pub text: String,
}

impl Assumption {
    /// By a rule, that something is so.
    pub fn new(rule: &'static str, text: impl Into<String>) -> Self {
        Self {
            rule,
            text: text.into(),
        }
    }
}

/// The context of a request.
#[derive(Clone, Debug, Default)]
pub struct Context {
    keys: BTreeMap<ConditionKey, Option<ContextValue>>,
    /// The key that holds every address at once; it is not in `keys`.
    every: Option<ConditionKey>,
    /// Keys that are not filled in.
    open: BTreeSet<ConditionKey>,
    assumed: BTreeMap<ConditionKey, Assumption>,
    missing: Missing,
}

impl Context {
    /// An empty context.
    pub fn new(missing: Missing) -> Self {
        Self {
            missing,
            ..Self::default()
        }
    }

    /// What a key that is not mentioned means.
    pub fn missing(&self) -> Missing {
        self.missing
    }

    /// Gives a key a value, in place of any other.
    pub fn set(&mut self, key: &str, value: ContextValue) {
        self.keys.insert(ConditionKey::new(key), Some(value));
    }

    /// Says that a key is not in the request.
    pub fn set_absent(&mut self, key: &str) {
        self.keys.insert(ConditionKey::new(key), None);
    }

    /// Asks about every address at once as the value of a key, unless something was said about it.
    pub(crate) fn fill_every(&mut self, key: &str) {
        if !self.mentions(key) {
            self.every = Some(ConditionKey::new(key));
        }
    }

    /// Leaves a key as it is, whatever AWS sets on such a request: where nothing was said about it, nothing is known.
    pub(crate) fn leave_open(&mut self, key: &str) {
        self.open.insert(ConditionKey::new(key));
    }

    /// Whether the key was given, declared absent or left open.
    pub fn mentions(&self, key: &str) -> bool {
        let lower = key.to_lowercase();
        self.keys.contains_key(lower.as_str())
            || self.open.contains(lower.as_str())
            || self.every.as_ref().is_some_and(|every| every.is(key))
    }

    /// Gives a key a value unless something was said about it.
    pub fn fill(&mut self, key: &str, value: impl Into<String>) {
        if !self.mentions(key) {
            self.set(key, ContextValue::One(value.into()));
        }
    }

    /// Says that a key is absent unless something was said about it.
    pub fn fill_absent(&mut self, key: &str) {
        if !self.mentions(key) {
            self.set_absent(key);
        }
    }

    /// As [`Context::fill`], for a value that may be wrong: the assumption is stated when a policy tests the key.
    pub fn fill_assumed(&mut self, key: &str, value: impl Into<String>, assumption: Assumption) {
        if !self.mentions(key) {
            self.fill(key, value);
            self.assume(key, assumption);
        }
    }

    /// States an assumption whenever a policy tests the key.
    pub fn assume(&mut self, key: &str, assumption: Assumption) {
        self.assumed.insert(ConditionKey::new(key), assumption);
    }

    /// The assumption behind the value of a key.
    pub fn assumption(&self, key: &ConditionKey) -> Option<&Assumption> {
        self.assumed.get(key)
    }

    /// What is known about a key.
    pub fn get(&self, key: &ConditionKey) -> Known<'_> {
        // What a document says that is not at hand is unknown whatever a missing key means.
        if key.is_stand_in() {
            return Known::Unknown;
        }
        match self.keys.get(key) {
            Some(Some(value)) if value.values().is_empty() => Known::Absent,
            Some(Some(value)) => Known::Given(value),
            Some(None) => Known::Absent,
            None if self.every.as_ref() == Some(key) => Known::Every,
            None => match self.missing {
                Missing::Absent => Known::Absent,
                Missing::Unknown => Known::Unknown,
            },
        }
    }

    /// The value of a key that was given one value.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.keys.get(key.to_lowercase().as_str()) {
            Some(Some(value)) => value.values().first().map(String::as_str),
            _ => None,
        }
    }

    /// The value of a policy variable: of keys with one value only (VAR-2).
    pub(crate) fn bind(&self, key: &ConditionKey) -> Binding<'_> {
        match self.get(key) {
            Known::Absent => Binding::Void,
            Known::Unknown | Known::Every => Binding::Unknown,
            Known::Given(_) if keys::is_multi_valued(key) => Binding::Void,
            Known::Given(value) => match value.values() {
                [value] => Binding::Text(value),
                _ => Binding::Void,
            },
        }
    }

    /// All keys that were given or declared absent, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&ConditionKey, Option<&ContextValue>)> {
        self.keys.iter().map(|(key, value)| (key, value.as_ref()))
    }
}
