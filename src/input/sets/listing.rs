//! Files of addresses: one block on each line, or AWS's `ip-ranges.json`.

use std::net::IpAddr;
use std::path::Path;

use super::expression::{canonical, unreadable};
use super::ip_ranges::{Filters, IpRanges};
use crate::error::{Error, Result};
use crate::eval::Assumption;
use crate::input::files;
use crate::json::MAX_BYTES;
use crate::net::{AddressSet, Cidr, Written};
use crate::source::{Source, Span};

/// A file of addresses, read once.
#[derive(Debug)]
pub(super) enum Listing {
    /// Addresses with labels.
    Ranges(IpRanges),
    /// One block on each line.
    Lines(Lines),
}

/// A file with one block on each line.
#[derive(Debug)]
pub(super) struct Lines {
    set: AddressSet,
    assumptions: Vec<Assumption>,
}

impl Listing {
    /// Reads a file, and tells by its content what it is.
    ///
    /// # Errors
    /// If it cannot be read, a line of it is no block, or nothing is in it.
    pub(super) fn read(path: &Path) -> Result<Self> {
        if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_BYTES as u64) {
            let text = format!("`{}` is over {} MiB", files::display(path), MAX_BYTES >> 20);
            return Err(Error::syntax(text)
                .help("that is more than a million blocks; is this the right file?"));
        }
        Self::of_source(&files::read(path)?)
    }

    fn of_source(source: &Source) -> Result<Self> {
        if source.text().trim_start().starts_with(['{', '[']) {
            return IpRanges::read(source).map(Self::Ranges);
        }
        Lines::read(source).map(Self::Lines)
    }

    /// The addresses that the filters leave, and what was assumed in reading them.
    ///
    /// # Errors
    /// If there are filters and the file has no labels, or a filter names what is not in it.
    pub(super) fn select(&self, filters: &Filters) -> Result<(AddressSet, &[Assumption])> {
        match self {
            Self::Ranges(ranges) => Ok((ranges.select(filters)?, &[])),
            Self::Lines(lines) if filters.is_empty() => Ok((lines.set.clone(), &lines.assumptions)),
            Self::Lines(_) => Err(Error::request(
                "a plain list of addresses has nothing to filter by",
            )
            .help("filters are for AWS's ip-ranges.json; remove what follows the `?`")),
        }
    }
}

impl Lines {
    fn read(source: &Source) -> Result<Self> {
        let mut ranges: Vec<(IpAddr, IpAddr)> = Vec::new();
        let (mut masked, mut mapped) = (Doubt::default(), Doubt::default());
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            let content = line.split('#').next().unwrap_or_default();
            let text = content.trim();
            let at = start + (content.len() - content.trim_start().len());
            start += line.len();
            if text.is_empty() {
                continue;
            }
            let written = Cidr::read(text).map_err(|error| {
                unreadable(text, error)
                    .at(source, Span::new(at, at + text.len()))
                    .help("write one address or CIDR block on each line; a comment starts with `#`")
            })?;
            match written {
                Written { mapped: true, .. } => mapped.note(text, written),
                Written {
                    host_bits: true, ..
                } => masked.note(text, written),
                _ => {}
            }
            ranges.push((written.cidr.first(), written.cidr.last()));
        }
        if ranges.is_empty() {
            return Err(
                Error::request(format!("`{}` holds no address", source.name()))
                    .help("write one address or CIDR block on each line; was it cut short?"),
            );
        }
        let told = [
            masked.told("IP-3", source.name()),
            mapped.told("IP-8", source.name()),
        ];
        Ok(Self {
            set: AddressSet::from_ranges(ranges),
            assumptions: told.into_iter().flatten().collect(),
        })
    }
}

/// Blocks that mean something else than they say: the first one, and how many follow.
#[derive(Default)]
struct Doubt {
    first: Option<String>,
    more: usize,
}

impl Doubt {
    fn note(&mut self, text: &str, written: Written) {
        if self.first.is_some() {
            self.more += 1;
        } else {
            self.first = Some(format!("`{text}` is read as {}", canonical(written)));
        }
    }

    fn told(self, rule: &'static str, name: &str) -> Option<Assumption> {
        let first = self.first?;
        let text = match self.more {
            0 => format!("{first} in {name}"),
            more => format!("{first}, and {more} more like it, in {name}"),
        };
        Some(Assumption::new(rule, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<String> {
        let listing = Listing::of_source(&Source::new("vpn.txt", text)).expect("the text is read");
        let (set, _) = listing
            .select(&Filters::default())
            .expect("there is no filter");
        set.blocks().map(|block| block.to_string()).collect()
    }

    fn error(text: &str) -> String {
        Listing::of_source(&Source::new("vpn.txt", text))
            .expect_err("the text makes no sense")
            .to_string()
    }

    #[test]
    fn reads_comments_blank_lines_and_line_ends_of_windows() {
        let text = "# the VPN\r\n\r\n203.0.113.0/25 # first half\r\n  203.0.113.128/25\t\r\n2001:db8::1#one\r\n   # end";
        assert_eq!(blocks(text), ["203.0.113.0/24", "2001:db8::1/128"]);
    }

    #[test]
    fn a_bad_line_is_an_error_with_its_place() {
        assert_eq!(
            error("203.0.113.0/24\n# x\n  203.0.113.999 # office\n"),
            "vpn.txt:3:3: `203.0.113.999` is not an address or a CIDR block"
        );
        assert!(error("203.0.113.0/24 office\n").starts_with("vpn.txt:1:1: "));
        assert!(error("none\n").starts_with("vpn.txt:1:1: `none` is not an address"));
        assert_eq!(error(" # nothing yet\n"), "`vpn.txt` holds no address");
    }

    #[test]
    fn says_once_what_was_read_otherwise_than_written() {
        let text = "203.0.113.5/24\n198.51.100.7/24\n::ffff:192.0.2.1\n";
        let listing = Listing::of_source(&Source::new("vpn.txt", text)).expect("the text is read");
        let (set, assumptions) = listing
            .select(&Filters::default())
            .expect("there is no filter");
        assert_eq!(set.count().to_string(), "513");
        let told: Vec<&str> = assumptions
            .iter()
            .map(|assumption| assumption.text.as_str())
            .collect();
        let expected = [
            "`203.0.113.5/24` is read as 203.0.113.0/24, and 1 more like it, in vpn.txt",
            "`::ffff:192.0.2.1` is read as 192.0.2.1 in vpn.txt",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_plain_list_takes_no_filter() {
        let listing = Listing::of_source(&Source::new("vpn.txt", "::1")).expect("the text is read");
        let filters = Filters::parse("service=S3").expect("the filter is well-formed");
        assert!(listing.select(&filters).is_err());
    }
}
