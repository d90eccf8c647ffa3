//! What shows that the first line of a table is no header.
//!
//! Without a word of what is in them, rows would all be decided alike; and a row that is taken for the header is lost.

use memchr::{memchr, memchr_iter};

use crate::ask::batch::Meaning;
use crate::error::{Error, Result};
use crate::net::parse_address;

/// Refuses what is no text, or has its line ends elsewhere; `open` says that a quote is not closed in it.
pub(super) fn check_bytes(header: &[u8], open: bool) -> Result<()> {
    if open {
        return Err(Error::syntax("the header has a quote that is not closed"));
    }
    let what = if memchr(0, header).is_some() {
        "the header has NUL bytes, as UTF-16 and binary files have"
    } else if memchr_iter(b'\r', header).any(|at| !matches!(header.get(at + 1), None | Some(b'\n')))
    {
        "the header has a carriage return without a line feed, so no row ends where it should"
    } else {
        return Ok(());
    };
    Err(Error::syntax(what).help("save it as UTF-8 text with line feeds"))
}

/// Refuses names that are a row, or of which none is known.
pub(super) fn check_names(
    names: &[String],
    meanings: &[Option<Meaning>],
    begins_as_array: bool,
) -> Result<()> {
    if begins_as_array {
        return Err(
            Error::syntax("an array of objects, expected an object on each line")
                .help("jq -c '.[]' makes lines of it"),
        );
    }
    let address = names
        .iter()
        .find(|name| parse_address(name.trim()).is_some());
    let what = match address {
        Some(name) => format!("the header has an address in it, `{name}`"),
        None if meanings.iter().all(Option::is_none) => {
            "no column of the header says anything of a request".to_owned()
        }
        None => return Ok(()),
    };
    Err(Error::request(what).help(
        "columns are called source_ip, action, resource, principal …; others are given a meaning by --columns ip=NAME,…; those of a file without a header are named in order, --columns ip,action",
    ))
}

/// Refuses a first line that is only the beginning of an object.
pub(super) fn check_object(name: &str, table: &[u8]) -> Result<()> {
    let end = memchr(b'\n', table).unwrap_or(table.len());
    if table[..end].trim_ascii() != b"{" {
        return Ok(());
    }
    let what = format!("{name}:1: an object over several lines, expected one on each line");
    Err(Error::syntax(what)
        .help("jq -c . makes a line of it; policies are named first, and requests last"))
}
