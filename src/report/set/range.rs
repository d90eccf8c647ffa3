//! A set of addresses as a list of ranges.

use std::io::{Result, Write};

use super::is_mapped;
use crate::net::AddressSet;

/// Writes the first and the last address of every run of addresses, `first-last`, one a line, IPv4 before IPv6, in order.
///
/// A single address is written as a range too, so that a reader needs one rule. Runs that hold nothing but IPv4-mapped
/// addresses are left out, as from every list.
///
/// # Errors
/// If `out` cannot be written to.
///
/// # Example
/// ```
/// use ipcond::net::{AddressSet, Cidr};
/// use ipcond::report::set::range;
/// let blocks: [Cidr; 2] = ["203.0.113.64/26".parse().unwrap(), "203.0.113.128/25".parse().unwrap()];
/// let mut out = Vec::new();
/// range::write(&mut out, &AddressSet::from_iter(blocks))?;
/// assert_eq!(out, b"203.0.113.64-203.0.113.255\n"); // one run, though no one block holds it
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(out: &mut dyn Write, set: &AddressSet) -> Result<()> {
    for (first, last) in set.ranges() {
        if !(is_mapped(first) && is_mapped(last)) {
            writeln!(out, "{first}-{last}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{set, sets, small, written};
    use super::*;

    fn text(set: &AddressSet) -> String {
        written(|out| write(out, set))
    }

    #[test]
    fn a_range_a_line() {
        assert_eq!(
            text(&small()),
            "198.51.100.7-198.51.100.7\n203.0.113.0-203.0.113.127\n\
             2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff\n"
        );
        assert_eq!(text(&AddressSet::default()), "");
        assert_eq!(text(&AddressSet::none()), "");
        assert_eq!(
            text(&AddressSet::all()),
            "0.0.0.0-255.255.255.255\n::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n"
        );
        assert_eq!(text(&set("::ffff:203.0.113.0/120")), "", "it reads as IPv4");
    }

    proptest! {
        #[test]
        fn reads_back(a in sets()) {
            let text = text(&a);
            let ranges = text.lines().map(|line| {
                let (first, last) = line.split_once('-').expect("two ends");
                (first.parse().expect("an address"), last.parse().expect("an address"))
            });
            let mapped = set("::ffff:0:0/96");
            let expected = AddressSet::from_ranges(a.ranges()
                .filter(|range| !AddressSet::from_ranges([*range]).is_subset(&mapped)));
            prop_assert_eq!(AddressSet::from_ranges(ranges), expected);
        }
    }
}
