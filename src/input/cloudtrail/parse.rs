//! Single values at the start of a text, which goes on behind them or ends too soon.

use serde::de::{Deserialize, Error as _};

use super::event::{Record, Text};

/// What begins an object at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// A list of records begins after so many bytes.
    List(usize),
    /// Members that are not records come first.
    Members,
    /// It is a record.
    None,
}

/// The text that bytes begin with.
pub(super) fn checked(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_else(|error| {
        // The last character may go on in what is not read yet, or in the next window.
        std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
    })
}

/// A value at the start of a text, and how long it is.
pub(super) fn parse<'a, T: Deserialize<'a>>(
    text: &'a [u8],
) -> Result<(T, usize), serde_json::Error> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<T>();
    match values.next() {
        Some(value) => value.map(|value| (value, values.byte_offset())),
        None => serde_json::from_slice(b"").map(|value| (value, 0)),
    }
}

/// Hands over a record that stands in another: in an event of `EventBridge`, or of `lookup-events`.
pub(super) fn unwrapped(
    record: &Record<'_>,
    each: &mut impl FnMut(&Record<'_>),
) -> Result<(), String> {
    match (&record.wrapped, &record.detail) {
        (Some(Text(text)), _) => {
            let inner: Record<'_> = serde_json::from_str(text).map_err(|error| describe(&error))?;
            each(&inner);
        }
        (None, Some(inner)) if record.event_name.is_none() => each(inner),
        _ => each(record),
    }
    Ok(())
}

/// What begins an object; nothing if the text is too short to tell.
pub(super) fn wrapper(text: &[u8]) -> Option<Wrapper> {
    match member(text.strip_prefix(b"{")?) {
        Ok(Some((name, value))) => match text.get(value + 1) {
            byte if is_list(&name, byte) => Some(Wrapper::List(value + 2)),
            _ if ["NextToken", "ResponseMetadata", "nextToken"].contains(&&*name) => {
                Some(Wrapper::Members)
            }
            _ => Some(Wrapper::None),
        },
        Ok(None) => None,
        Err(_) => Some(Wrapper::None),
    }
}

pub(super) fn is_list(name: &str, first: Option<&u8>) -> bool {
    ["Events", "Records"].contains(&name) && first == Some(&b'[')
}

/// The name of a member, and where its value begins; nothing if the text is too short to tell.
pub(super) fn member(text: &[u8]) -> Result<Option<(String, usize)>, serde_json::Error> {
    let space = |text: &[u8]| {
        text.iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count()
    };
    let (name, mut at) = match parse::<String>(text) {
        Ok(found) => found,
        Err(error) if error.is_eof() => return Ok(None),
        Err(error) => return Err(error),
    };
    at += space(&text[at..]);
    match text.get(at) {
        None => return Ok(None),
        Some(b':') => at += 1,
        // What is said of it does not matter: it is no JSON.
        Some(_) => return Err(serde_json::Error::custom("expected `:`")),
    }
    at += space(&text[at..]);
    Ok((at < text.len()).then_some((name, at)))
}

/// What the parser says, without the place: it counts from the record, and the reader from the file.
pub(super) fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
