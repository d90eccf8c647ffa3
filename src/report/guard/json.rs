//! A guard as JSON: the document as AWS takes it.

use std::fmt::Write as _;

use crate::ask::guard::Guard;

/// The document with white space, or without any where that would not fit.
///
/// # Example
/// ```
/// use ipcond::ask::guard::{Exempt, Guard, Kind, Sid, Wanted};
/// use ipcond::net::{AddressSet, Cidr};
/// let lines = |count: u32| {
///     let addresses = (0..count).map(|number| std::net::Ipv4Addr::from_bits(0x0a00_0001 + 2 * number));
///     let wanted = Wanted {
///         kind: Kind::Bucket, sid: Sid::default(), endpoints: vec![], actions: vec![], exempt: Exempt::default(),
///         resources: vec!["arn:aws:s3:::reports".parse()?],
///         allow: addresses.filter_map(|address| Cidr::new(address.into(), 32)).collect(),
///     };
///     Ok::<_, ipcond::Error>(ipcond::report::guard::json::document(&Guard::new(&wanted)?).lines().count())
/// };
/// assert!(lines(400)? > 400);
/// assert_eq!(lines(1_000)?, 1); // S3 counts white space too (GRAM-56)
/// # Ok::<(), ipcond::Error>(())
/// ```
pub fn document(guard: &Guard) -> String {
    let pretty = serde_json::to_string_pretty(&guard.document);
    let pretty = pretty.map(|text| text + "\n");
    let limit = guard.wanted.kind.limit();
    match pretty {
        Ok(text) if limit.used(&text) <= limit.most => text,
        _ => guard.compact(),
    }
}

/// One document as it is; several as the object `guard/1`, each as it is under the word that scenarios have for it.
pub fn write(guards: &[Guard]) -> String {
    if let [guard] = guards {
        let text = document(guard);
        return text.trim_end().to_owned() + "\n";
    }
    let mut text = "{\n  \"ipcond\": \"guard/1\"".to_owned();
    for guard in guards {
        // No line ends within a string of JSON.
        let document = document(guard).trim_end().replace('\n', "\n  ");
        let _ = write!(text, ",\n  \"{}\": {document}", super::part(guard));
    }
    text + "\n}\n"
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::fixture::{KINDS, guards};
    use super::*;

    #[test]
    fn what_is_printed_holds_the_documents_that_were_checked() {
        for kind in KINDS {
            let guards = guards(kind, "203.0.113.0/24 2001:db8::/32");
            let printed: Value = serde_json::from_str(&write(&guards)).expect("it is JSON");
            let checked = |guard: &Guard| -> Value {
                serde_json::from_str(&document(guard)).expect("it is JSON")
            };
            if let [guard] = &guards[..] {
                assert_eq!(printed, checked(guard));
                assert_eq!(write(&guards), document(guard));
                continue;
            }
            assert_eq!(printed["ipcond"], "guard/1");
            assert_eq!(printed["trust"], checked(&guards[0]));
            assert_eq!(printed["identity"], checked(&guards[1]));
        }
    }
}
