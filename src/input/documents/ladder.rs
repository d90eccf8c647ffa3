//! A document that is held in a string: as it is, percent-encoded, or escaped once more.

use std::borrow::Cow;

use crate::error::{Error, Result};

/// The most rounds of decoding: one more than any tool is known to need.
const MOST_ROUNDS: usize = 3;

/// The JSON text of an object that a string holds; `None` if the string does not begin like one.
///
/// IAM encodes documents by RFC 3986, so `+` is a plus sign and no blank; API Gateway escapes its policy once more.
///
/// # Errors
/// If what begins like an encoded object cannot be decoded, or is still encoded after three rounds.
pub(crate) fn climb(text: &str) -> Result<Option<Cow<'_, str>>> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..=MOST_ROUNDS {
        match rung(&text) {
            Rung::Object => return Ok(Some(text)),
            Rung::Other => return Ok(None),
            Rung::Percent => text = Cow::Owned(percent_decoded(text.trim())?),
            Rung::Escaped => text = Cow::Owned(unescaped(&format!("\"{}\"", text.trim()))?),
            Rung::Quoted => text = Cow::Owned(unescaped(text.trim())?),
        }
    }
    Err(Error::syntax(format!(
        "still encoded after {MOST_ROUNDS} rounds of decoding"
    ))
    .help("save the policy document itself"))
}

/// How a text holds an object.
enum Rung {
    /// `{`, with blanks or `"` after it.
    Object,
    /// `%7B…`
    Percent,
    /// `{\"…`: a string without its quotes.
    Escaped,
    /// `"{…"`
    Quoted,
    /// Not at all.
    Other,
}

fn rung(text: &str) -> Rung {
    let text = text.trim_start();
    let begins = |prefix: &str| {
        let start = text.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if let Some(inner) = text.strip_prefix('{') {
        // Escaped once more, blanks are letters as well: `{\n  \"Version\"`.
        return if inner.trim_start().starts_with('\\') {
            Rung::Escaped
        } else {
            Rung::Object
        };
    }
    if begins("%7b") {
        return Rung::Percent;
    }
    match text.strip_prefix('"').map(str::trim_start) {
        Some(inner) if inner.starts_with(['{', '\\', '%']) => Rung::Quoted,
        _ => Rung::Other,
    }
}

fn percent_decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let (byte, after) = match (first, after) {
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, after),
                _ => return Err(bad_percent(rest)),
            },
            (b'%', _) => return Err(bad_percent(rest)),
            (byte, after) => (byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::syntax("the percent-encoded text is not UTF-8 when decoded"))
}

fn bad_percent(rest: &[u8]) -> Error {
    let found = String::from_utf8_lossy(&rest[..rest.len().min(3)]).into_owned();
    Error::syntax(format!(
        "not percent-encoded: found `{found}`, expected `%` and two hexadecimal digits"
    ))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The value of a JSON string.
fn unescaped(quoted: &str) -> Result<String> {
    serde_json::from_str(quoted).map_err(|_| {
        Error::syntax("an escaped document that is no JSON string").help("save the document itself")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<String> {
        climb(text).expect("it can be decoded").map(Cow::into_owned)
    }

    #[test]
    fn every_way_to_hold_an_object() {
        let plain = r#"{"Statement":[]}"#;
        for text in [
            plain,
            "%7B%22Statement%22%3A%5B%5D%7D",
            "%7b%22Statement%22%3a%5b%5d%7d",
            r#"{\"Statement\":[]}"#,
            r#""{\"Statement\":[]}""#,
            "%257B%2522Statement%2522%253A%255B%255D%257D"
                .replace("%25", "%")
                .as_str(),
        ] {
            assert_eq!(decoded(text).as_deref(), Some(plain), "{text}");
        }
        assert_eq!(
            decoded("{\\n  \\\"a\\\": 1}").as_deref(),
            Some("{\n  \"a\": 1}")
        );
    }

    #[test]
    fn a_plus_sign_stays() {
        let text = "%7B%22a%22:%22b+c%20d%22%7D"; // a form would make a blank of it
        assert_eq!(decoded(text).as_deref(), Some(r#"{"a":"b+c d"}"#));
    }

    #[test]
    fn what_holds_no_object() {
        for text in [
            "",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "[]",
            "7B",
            "\"text\"",
            "%7",
            "ü%7B",
        ] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_decoded() {
        for text in ["%7B%2", "%7B%zz", "%7B%ff%7D", r#"{\"a\": \x}"#] {
            assert!(climb(text).is_err(), "{text}");
        }
        // Quotes within quotes within quotes, each round one less.
        let wrap = |text: &str| serde_json::to_string(text).expect("a string");
        let mut text = "{}".to_owned();
        for _ in 0..MOST_ROUNDS {
            text = wrap(&text);
        }
        assert_eq!(decoded(&text).as_deref(), Some("{}"));
        let error = climb(&wrap(&text)).map(|_| ()).unwrap_err();
        assert_eq!(error.message(), "still encoded after 3 rounds of decoding");
    }
}
