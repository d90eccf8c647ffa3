//! A set of addresses as a list of blocks.

use std::io::{Result, Write};

use super::listed;
use crate::net::AddressSet;

/// Writes the shortest list of blocks, one a line, IPv4 before IPv6, in order.
///
/// The list has no comments, since many readers of such lists know none: "no address in the request" is not in it.
///
/// # Errors
/// If `out` cannot be written to.
///
/// # Example
/// ```
/// use ipcond::net::AddressSet;
/// use ipcond::report::set::cidr;
/// let mut out = Vec::new();
/// cidr::write(&mut out, &AddressSet::all())?;
/// assert_eq!(out, b"0.0.0.0/0\n::/0\n"); // two blocks: neither family holds the other (IP-7)
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(out: &mut dyn Write, set: &AddressSet) -> Result<()> {
    for block in listed(set) {
        writeln!(out, "{block}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{sayable, set, sets, small, written};
    use super::*;

    fn text(set: &AddressSet) -> String {
        written(|out| write(out, set))
    }

    #[test]
    fn a_block_a_line() {
        assert_eq!(
            text(&small()),
            "198.51.100.7/32\n203.0.113.0/25\n2001:db8:1::/48\n"
        );
        assert_eq!(text(&AddressSet::default()), "");
        assert_eq!(text(&AddressSet::none()), "");
        assert_eq!(text(&AddressSet::all()), "0.0.0.0/0\n::/0\n");
    }

    proptest! {
        #[test]
        fn reads_back(a in sets()) {
            prop_assert_eq!(set(&text(&a)), sayable(&a));
        }

        #[test]
        fn reads_back_as_aws_would(a in sets()) {
            let blocks = text(&a);
            let blocks = blocks.lines().map(|line| line.parse::<crate::net::Cidr>().expect("a block"));
            prop_assert_eq!(blocks.collect::<AddressSet>(), sayable(&a));
        }
    }
}
