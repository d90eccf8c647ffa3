//! What users have: policies by themselves, encoded, and among what the AWS CLI prints.

mod account;
mod config;
mod formats;
mod hostile;
mod made;
mod organization;
mod overlay;
mod packed;
mod suite;
mod template;
mod terraform;

use ipcond::input::{Format, Held, Holder};
use ipcond::source::Source;

/// A policy of a resource, with one block to tell it by.
const RESOURCE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#;
/// A policy of a caller.
const IDENTITY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#;
/// A trust policy.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;

/// The documents of a text.
fn documents(text: &str) -> ipcond::Result<(Format, Vec<Held>)> {
    let holder = Holder::new(&Source::new("file", text))?;
    let held = holder.documents()?.into_owned();
    Ok((holder.format, held))
}

/// A text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

/// A text as IAM encodes it (RFC 3986): all but unreserved characters.
fn percent(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match byte {
            plain if unreserved(plain) => char::from(plain).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
