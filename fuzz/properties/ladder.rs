//! A document that a string of another text holds, however it is encoded.

use std::borrow::Cow;

use ipcond::input::Holder;
use ipcond::json;
use ipcond::source::Source;

use super::tree::{check_error, check_span, quoted};

/// The first byte says how to encode, the rest is a document, or what somebody took for an encoded one.
pub fn check(bytes: &[u8]) {
    let Some((how, text)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    as_it_is(text);
    if is_document(text) {
        encoded(*how, text);
    }
}

/// Whatever a string holds, it is a document, no document, or an error with a place.
fn as_it_is(text: &str) {
    let outer = Source::new("f.json", format!(r#"{{"Policy":{}}}"#, quoted(text)));
    for source in [Source::new("f.json", text), outer] {
        match Holder::new(&source).and_then(|holder| holder.documents().map(Cow::into_owned)) {
            Err(error) => check_error(&error),
            Ok(all) => {
                for held in all {
                    if let Err(error) = held.policy(None, true) {
                        check_error(&error);
                    }
                }
            }
        }
        check_span(&source, ipcond::source::Span::new(0, 0));
    }
}

/// An object of JSON with statements, not yet encoded.
fn is_document(text: &str) -> bool {
    let source = Source::new("d.json", text);
    let tree = json::parse(&source);
    text.starts_with('{') && tree.is_ok_and(|tree| tree.get("Statement").is_some())
}

/// Encoded up to three times, in any of three ways, it is found as it was.
fn encoded(how: u8, document: &str) {
    let mut text = document.to_owned();
    for way in [how & 3, how >> 2 & 3, how >> 4 & 3] {
        text = match way {
            2 => quoted(&text),
            // Both are told by the brace that they begin with.
            1 if text.starts_with('{') => percent(&text, how & 0x40 != 0),
            3 if text.starts_with('{') => {
                let quoted = quoted(&text);
                quoted[1..quoted.len() - 1].to_owned()
            }
            _ => text,
        };
        if way == 3 && !text[1..].trim_start().starts_with('\\') {
            return; // it had nothing to escape right after the brace
        }
    }
    let outer = format!(
        r#"{{"Role":{{"RoleName":"ci","AssumeRolePolicyDocument":{}}}}}"#,
        quoted(&text)
    );
    let source = Source::new("f.json", outer);
    let holder = Holder::new(&source).expect("a role has a document");
    let held = holder.choose(None).expect("it has one");
    assert_eq!(
        held.text().map(str::trim_end),
        Some(document.trim_end()),
        "{text}"
    );
    assert_eq!(held.address, "Role.AssumeRolePolicyDocument");
}

/// As IAM encodes: everything but letters, digits and `-._~` (RFC 3986); with `least`, only what cannot stand by itself.
fn percent(text: &str, least: bool) -> String {
    let plain = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || b"-._~".contains(byte)
            || least && byte.is_ascii() && !b"%{\"".contains(byte)
    };
    let byte = |byte: &u8| match plain(byte) {
        true => char::from(*byte).to_string(),
        false if least => format!("%{byte:02x}"),
        false => format!("%{byte:02X}"),
    };
    text.as_bytes().iter().map(byte).collect()
}
