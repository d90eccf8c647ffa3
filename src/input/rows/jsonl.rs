//! Lines of JSON, each an object.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::ask::batch::{Field, Meaning, Renamed};
use crate::error::{Error, Result};

/// The members of an object, in order; keys decoded, values as written.
#[derive(Debug)]
pub struct Members<'a>(pub Vec<(Cow<'a, str>, &'a str)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(key) = map.next_key::<&RawValue>()? {
                    let key = decoded(key.get()).map_err(serde::de::Error::custom)?;
                    members.push((key, map.next_value::<&RawValue>()?.get()));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The text of a JSON string.
fn decoded(raw: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    if raw.contains('\\') {
        return serde_json::from_str(raw).map(Cow::Owned);
    }
    Ok(Cow::Borrowed(raw.trim_matches('"')))
}

/// The members of a line.
///
/// # Errors
/// If it is not a JSON object.
pub fn members(line: &[u8]) -> Result<Members<'_>> {
    serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        // The line is known; its column helps in a long one.
        let what = text.split(" at line ").next().unwrap_or_default();
        Error::syntax(match error.column() {
            0 => format!("not a JSON object: {what}"),
            column => format!("not a JSON object: {what} at column {column}"),
        })
    })
}

/// The meanings of the cells that [`cells`] makes, in order.
pub(super) const MEANINGS: [Meaning; 7] = [
    Meaning::Address,
    Meaning::Action,
    Meaning::EventSource,
    Meaning::Resource,
    Meaning::Principal,
    Meaning::ResourceAccount,
    Meaning::Context,
];

/// Adds the members of an object as cells in the order of [`MEANINGS`]; condition keys become part of the context. After
/// an error, some may have been added.
///
/// # Errors
/// If two members mean the same, or one has a value that makes no sense there.
pub(super) fn cells(
    members: &Members<'_>,
    renamed: &Renamed,
    text: &mut Vec<u8>,
    fields: &mut Vec<Field>,
) -> Result<()> {
    let first = fields.len();
    fields.resize(first + MEANINGS.len(), Field::MISSING);
    let fields = &mut fields[first..];
    let mut context = String::new();
    for (name, raw) in &members.0 {
        let Some(meaning) = renamed.meaning(name) else {
            continue;
        };
        match &meaning {
            Meaning::Key(key) => {
                let key = serde_json::to_string(key.as_str()).unwrap_or_default();
                push_member(&mut context, &format!("{key}:{raw}"));
                continue;
            }
            Meaning::Context => {
                let inner = raw.strip_prefix('{').and_then(|raw| raw.strip_suffix('}'));
                match inner {
                    Some(inner) => push_member(&mut context, inner),
                    None if *raw == "null" => {}
                    None => return Err(wrong(name, "an object")),
                }
                continue;
            }
            _ => {}
        }
        let at = MEANINGS.iter().position(|other| *other == meaning);
        let Some(field) = at.and_then(|at| fields.get_mut(at)) else {
            continue;
        };
        if *field != Field::MISSING {
            return Err(Error::request(format!("two members say {meaning}")));
        }
        let start = text.len();
        match raw.as_bytes().first() {
            Some(b'"') => {
                let decoded = decoded(raw).map_err(|_| wrong(name, "a string"))?;
                text.extend_from_slice(decoded.as_bytes());
            }
            Some(b'n') => {}
            Some(b'{' | b'[' | b't' | b'f') => return Err(wrong(name, "a string")),
            _ => text.extend_from_slice(raw.as_bytes()),
        }
        *field = Field::new(start, text.len());
    }
    if !context.is_empty() {
        let start = text.len();
        text.push(b'{');
        text.extend_from_slice(context.as_bytes());
        text.push(b'}');
        fields[MEANINGS.len() - 1] = Field::new(start, text.len());
    }
    Ok(())
}

fn push_member(context: &mut String, member: &str) {
    let member = member.trim();
    if !context.is_empty() && !member.is_empty() {
        context.push(',');
    }
    context.push_str(member);
}

fn wrong(name: &str, expected: &str) -> Error {
    Error::request(format!("`{name}` must be {expected}"))
}
