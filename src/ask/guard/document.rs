//! A policy as it is written: a tree in the order of its text.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::policy::Effect;

/// A policy document that formats write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    /// The version of the language: GRAM-7.
    pub version: &'static str,
    /// Its statements.
    pub statement: Vec<Statement>,
}

/// A statement of a [`Document`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Allow or Deny.
    #[serde(serialize_with = "word")]
    pub effect: Effect,
    /// `*` where the kind of policy names principals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<&'static str>,
    /// Of what.
    #[serde(serialize_with = "one_or_many")]
    pub action: Vec<String>,
    /// On what; nothing in a trust policy (GRAM-12).
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_many")]
    pub resource: Vec<String>,
    /// When.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_operator")]
    pub condition: Vec<Test>,
}

/// One key of a condition. Tests of one operator stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its operator.
    pub operator: &'static str,
    /// What is tested.
    pub key: &'static str,
    /// Against what.
    pub values: Vec<String>,
}

impl Statement {
    /// Its tests, operator by operator.
    pub fn operators(&self) -> impl Iterator<Item = &[Test]> {
        self.condition
            .chunk_by(|one, next| one.operator == next.operator)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn word<S: Serializer>(effect: &Effect, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(effect.as_str())
}

/// One value without brackets (GRAM-3).
fn one_or_many<S: Serializer>(values: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match values {
        [value] => serializer.serialize_str(value),
        values => values.serialize(serializer),
    }
}

fn by_operator<S: Serializer>(tests: &[Test], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for tests in tests.chunk_by(|one, next| one.operator == next.operator) {
        map.serialize_entry(tests[0].operator, &Keys(tests))?;
    }
    map.end()
}

/// The tests of one operator.
struct Keys<'a>(&'a [Test]);

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for test in self.0 {
            map.serialize_entry(test.key, &Values(&test.values))?;
        }
        map.end()
    }
}

struct Values<'a>(&'a [String]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        one_or_many(self.0, serializer)
    }
}
