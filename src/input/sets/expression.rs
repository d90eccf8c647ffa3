//! What stands for a set of addresses: an address, a block, `none`, `@name`, `@file:PATH`.

use super::ip_ranges::Filters;
use crate::error::{Error, Result};
use crate::eval::Assumption;
use crate::net::{AddressSet, Cidr, CidrError, Written};

/// The ways to write addresses, for messages.
pub(super) const FORMS: &str =
    "an address, a CIDR block such as 203.0.113.0/24, `none`, @NAME or @file:PATH";

/// A set of addresses, as written.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    /// `none`: no address in the request.
    Absent,
    /// An address or a block, and its text.
    Block(Written, String),
    /// `@file:PATH`, with filters if it is a list with labels.
    File { path: String, filters: Filters },
    /// `@name`
    Name(String),
    /// A set that was computed.
    Set(AddressSet),
}

impl Expression {
    /// Reads an expression; whether its names and files exist shows when they are needed.
    pub(super) fn parse(text: &str) -> Result<Self> {
        if text == "none" {
            return Ok(Self::Absent);
        }
        let Some(reference) = text.strip_prefix('@') else {
            return match Cidr::read(text) {
                Ok(written) => Ok(Self::Block(written, text.to_owned())),
                Err(error) => Err(unreadable(text, error).help(format!("write {FORMS}"))),
            };
        };
        if let Some(path) = reference.strip_prefix("file:") {
            return read_file(path);
        }
        check_name(reference)?;
        Ok(Self::Name(reference.to_owned()))
    }
}

/// The error for a text that is no address or block.
pub(super) fn unreadable(text: &str, error: CidrError) -> Error {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    match error {
        CidrError::Address => {
            Error::request(format!("`{shown}` is not an address or a CIDR block")).by("IP-9")
        }
        error => Error::request(format!("`{shown}`: {error}")),
    }
}

fn read_file(text: &str) -> Result<Expression> {
    let (path, query) = match text.rsplit_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    if path.is_empty() {
        return Err(
            Error::request(format!("`@file:{text}` names no file")).help("write @file:PATH")
        );
    }
    Ok(Expression::File {
        path: path.to_owned(),
        filters: query.map(Filters::parse).transpose()?.unwrap_or_default(),
    })
}

/// Whether a set can be called so: the name has to be told from a path and a filter.
pub(super) fn check_name(name: &str) -> Result<()> {
    let plain = |character: char| character.is_alphanumeric() || "_-.".contains(character);
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(());
    }
    let error = Error::request(format!("`{name}` is no name of a set"));
    Err(if name.starts_with('@') {
        error.help("write the name without the @; the @ is for where the set is used")
    } else {
        error.help("names are of letters, digits, `_`, `-` and `.`; a file is @file:PATH")
    })
}

/// What was assumed in reading a block, if its text says something else than what it means (IP-3, IP-8).
pub(super) fn assumed(text: &str, written: Written) -> Option<Assumption> {
    let rule = match written {
        Written { mapped: true, .. } => "IP-8",
        Written {
            host_bits: true, ..
        } => "IP-3",
        _ => return None,
    };
    Some(Assumption::new(
        rule,
        format!("`{text}` is read as {}", canonical(written)),
    ))
}

/// The canonical text of a block, or of the address if no prefix length was written.
pub(super) fn canonical(written: Written) -> String {
    if written.bare {
        written.cidr.first().to_string()
    } else {
        written.cidr.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        Expression::parse(text)
            .expect_err("the text makes no sense")
            .to_string()
    }

    #[test]
    fn reads_every_form() {
        let parse = |text| Expression::parse(text).expect("the text is an expression");
        assert!(matches!(parse("none"), Expression::Absent));
        assert!(matches!(parse("2001:db8::/32"), Expression::Block(..)));
        assert!(matches!(parse("@vpn-2.eu"), Expression::Name(name) if name == "vpn-2.eu"));
        assert!(
            matches!(parse("@file:C:\\a.txt"), Expression::File { path, .. } if path == "C:\\a.txt")
        );
        assert!(
            matches!(parse("@file:a?b/r.json?service=s3"), Expression::File { path, .. } if path == "a?b/r.json")
        );
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            message("203.0.113.999"),
            "`203.0.113.999` is not an address or a CIDR block"
        );
        assert!(message("203.0.113.0/33").contains("the prefix length must be"));
        assert_eq!(message("@"), "`` is no name of a set");
        assert_eq!(message("@@office"), "`@office` is no name of a set");
        assert_eq!(message("@file:"), "`@file:` names no file");
        assert!(message("@files:x.txt").contains("`files:x.txt` is no name"));
        assert!(message("@file:r.json?").contains("filter"));
        let long = message(&"x".repeat(10_000));
        assert!(long.len() < 200, "{long}");
    }

    #[test]
    fn a_text_that_means_another_block_is_told() {
        let told = |text: &str| {
            let written = Cidr::read(text).expect("the text is a block");
            assumed(text, written).map(|assumption| (assumption.rule, assumption.text))
        };
        assert_eq!(told("203.0.113.0/24"), None);
        let masked = "`203.0.113.5/24` is read as 203.0.113.0/24".to_owned();
        assert_eq!(told("203.0.113.5/24"), Some(("IP-3", masked)));
        let mapped = "`::ffff:203.0.113.7` is read as 203.0.113.7".to_owned();
        assert_eq!(told("::ffff:203.0.113.7"), Some(("IP-8", mapped)));
    }
}
