//! JSON by `serde_json`, with spans and without its silence on duplicate keys (GRAM-4).
//!
//! Each level is read as slices of the text (`RawValue`), so a value's place is the distance between two addresses.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::tree::{Member, Node, Value};
use crate::error::{Error, Result};
use crate::source::{Source, Span};

/// The largest text that is read: 32 MiB.
pub const MAX_BYTES: usize = 32 << 20;
/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;
/// The most values that a text may hold.
pub const MAX_VALUES: usize = 4_000_000;

/// Reads a JSON text. A byte order mark at its start is passed over.
///
/// # Errors
/// For a text over [`MAX_BYTES`], that is not JSON, nested deeper than [`MAX_DEPTH`], with more than [`MAX_VALUES`]
/// values, or with the same key twice in an object: AWS refuses it (GRAM-4), where most readers keep the last.
///
/// # Example
/// ```
/// use ipcond::{json, source::Source};
/// let source = Source::new("p.json", r#"{"Effect":"Deny","\u0045ffect":"Allow"}"#);
/// let error = json::parse(&source).unwrap_err();
/// assert_eq!(error.message(), "duplicate key `Effect`");
/// assert_eq!(error.rule(), Some("GRAM-4"));
/// ```
pub fn parse(source: &Source) -> Result<Node<'_>> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        return Err(too_large(source.name()));
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let raw: &RawValue = serde_json::from_str(body)
        .map_err(|error| syntax_error(source, text.len() - body.len(), body, &error))?;
    Reader { source, values: 0 }.node(raw, MAX_DEPTH)
}

/// Reads the value that stands at `span`, of a text of any size; places are those of the whole text.
///
/// # Errors
/// As [`parse`], of the value.
pub(crate) fn parse_part(source: &Source, span: Span) -> Result<Node<'_>> {
    let text = source.slice(span);
    if text.len() > MAX_BYTES {
        return Err(too_large(source.name()));
    }
    let reader = Reader { source, values: 0 };
    let raw: &RawValue = reader.inner(text, span)?;
    Reader { source, values: 0 }.node(raw, MAX_DEPTH)
}

/// The members of the object at `span`: the keys, and where the values stand. What is in the values is not looked at, but
/// for whether it is JSON.
///
/// # Errors
/// If it is not JSON, is no object, or has a key twice.
pub(crate) fn outline(source: &Source, span: Span) -> Result<Vec<(Cow<'_, str>, Span)>> {
    let reader = Reader { source, values: 0 };
    let pairs: Pairs<'_> = reader.inner(source.slice(span), span)?;
    let mut members: Vec<(Cow<'_, str>, Span)> = Vec::with_capacity(pairs.0.len());
    let mut seen = HashSet::with_capacity(pairs.0.len());
    for (key, value) in pairs.0 {
        let key_span = reader.span(key);
        let name = reader.string(key.get(), key_span)?;
        if !seen.insert(name.clone()) {
            return Err(duplicate_key(&name, source, key_span));
        }
        members.push((name, reader.span(value)));
    }
    Ok(members)
}

/// Where the elements of the array at `span` stand, as [`outline`].
///
/// # Errors
/// If it is not JSON, or no array.
pub(crate) fn outline_list(source: &Source, span: Span) -> Result<Vec<Span>> {
    let reader = Reader { source, values: 0 };
    let elements: Vec<&RawValue> = reader.inner(source.slice(span), span)?;
    Ok(elements.into_iter().map(|raw| reader.span(raw)).collect())
}

/// The error for a text over [`MAX_BYTES`].
pub(crate) fn too_large(name: &str) -> Error {
    Error::syntax(format!("`{name}` is over {} MiB", MAX_BYTES >> 20)).help(
        "AWS takes at most 20 KiB for any policy (GRAM-50 to GRAM-57); is this the right file?",
    )
}

struct Reader<'a> {
    source: &'a Source,
    values: usize,
}

impl<'a> Reader<'a> {
    fn node(&mut self, raw: &'a RawValue, depth: usize) -> Result<Node<'a>> {
        let span = self.span(raw);
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(
                Error::syntax(format!("more than {MAX_VALUES} values")).at(self.source, span)
            );
        }
        if depth == 0 {
            return Err(
                Error::syntax(format!("nested more than {MAX_DEPTH} levels deep"))
                    .at(self.source, Span::new(span.start(), span.start() + 1))
                    .help("no policy needs more than seven levels"),
            );
        }
        let text = raw.get();
        let value = match text.as_bytes().first() {
            Some(b'{') => self.object(text, span, depth)?,
            Some(b'[') => {
                let elements: Vec<&'a RawValue> = self.inner(text, span)?;
                Value::Array(
                    elements
                        .into_iter()
                        .map(|raw| self.node(raw, depth - 1))
                        .collect::<Result<_>>()?,
                )
            }
            Some(b'"') => Value::String(self.string(text, span)?),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') => Value::Null,
            _ => Value::Number(Cow::Borrowed(text)),
        };
        Ok(Node { value, span })
    }

    fn object(&mut self, text: &'a str, span: Span, depth: usize) -> Result<Value<'a>> {
        let pairs: Pairs<'a> = self.inner(text, span)?;
        let mut members = Vec::with_capacity(pairs.0.len());
        for (key, value) in pairs.0 {
            let key_span = self.span(key);
            members.push(Member {
                key: self.string(key.get(), key_span)?,
                key_span,
                value: self.node(value, depth - 1)?,
            });
        }
        reject_duplicates(&members, self.source)?;
        Ok(Value::Object(members))
    }

    fn string(&self, text: &'a str, span: Span) -> Result<Cow<'a, str>> {
        if text.contains('\\') {
            self.inner(text, span).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(&text[1..text.len() - 1]))
        }
    }

    fn inner<T: Deserialize<'a>>(&self, text: &'a str, span: Span) -> Result<T> {
        serde_json::from_str(text)
            .map_err(|error| syntax_error(self.source, span.start(), text, &error))
    }

    fn span(&self, raw: &RawValue) -> Span {
        // `raw` borrows from the text of the source, so the difference of the addresses is the offset.
        let start = raw.get().as_ptr() as usize - self.source.text().as_ptr() as usize;
        Span::new(start, start + raw.get().len())
    }
}

/// Reports a key that stands twice in one object (GRAM-4).
pub(crate) fn reject_duplicates(members: &[Member<'_>], source: &Source) -> Result<()> {
    let mut order: Vec<&Member<'_>> = members.iter().collect();
    order.sort_by(|a, b| a.key.cmp(&b.key).then(a.key_span.cmp(&b.key_span)));
    let twice = order
        .windows(2)
        .filter(|pair| pair[0].key == pair[1].key)
        .map(|pair| pair[1]);
    match twice.min_by_key(|member| member.key_span) {
        None => Ok(()),
        Some(member) => Err(duplicate_key(&member.key, source, member.key_span)),
    }
}

fn duplicate_key(key: &str, source: &Source, span: Span) -> Error {
    Error::syntax(format!("duplicate key `{key}`"))
        .at(source, span)
        .by("GRAM-4")
        .help("merge the two: AWS refuses a policy with the same key twice")
}

/// The members of an object in order, keys too as slices of the text.
struct Pairs<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Vec<(&'de RawValue, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(PairsVisitor).map(Pairs)
    }
}

/// Our words for an error of `serde_json` in `body`, which starts at byte `base` of the source.
fn syntax_error(source: &Source, base: usize, body: &str, error: &serde_json::Error) -> Error {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => body
            .match_indices('\n')
            .nth(line - 2)
            .map_or(body.len(), |(at, _)| at + 1),
    };
    // Columns of serde_json count bytes from 1, up to the byte that it stopped at.
    let mut at = (line_start + error.column().saturating_sub(1)).min(body.len());
    while !body.is_char_boundary(at) {
        at -= 1;
    }
    let found = body[at..].chars().next();
    let before = body[..at].trim_end();
    let end = base + at + found.map_or(0, char::len_utf8);
    let place = Span::new(base + at, end);
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let report = |text: String| Error::syntax(text).at(source, place);
    if body.trim().is_empty() {
        return report("the text is empty; expected a JSON document".into());
    }
    if found == Some('/') || found == Some('#') {
        return report("not JSON: comments are not allowed".into())
            .by("GRAM-16")
            .help("remove the comment");
    }
    if before.ends_with(',') && matches!(found, Some('}' | ']')) {
        let comma = base + before.len() - 1;
        return Error::syntax("not JSON: a comma before a closing bracket")
            .at(source, Span::new(comma, comma + 1))
            .by("GRAM-16")
            .help("remove the comma");
    }
    if matches!(found, Some('\u{201c}' | '\u{201d}' | '\'')) {
        return report(format!(
            "not JSON: found the quote {}",
            found.unwrap_or_default()
        ))
        .by("GRAM-16")
        .help("use straight double quotes \"");
    }
    if error.is_eof() {
        return report(format!("not JSON: the text ends too early ({message})")).by("GRAM-16");
    }
    report(format!("not JSON: {message}")).by("GRAM-16")
}
