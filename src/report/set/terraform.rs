//! A set of addresses as an expression of Terraform.

use std::io::{Result, Write};

use super::{NONE_IS_IN_THE_SET, listed};
use crate::net::AddressSet;

/// Writes a list of strings in the syntax of HCL, with the shortest list of blocks, IPv4 before IPv6.
///
/// A comment inside of the brackets says if "no address in the request" is in the set: there it stays with the list
/// wherever the expression is pasted.
///
/// # Errors
/// If `out` cannot be written to.
///
/// # Example
/// ```
/// use ipcond::net::AddressSet;
/// use ipcond::report::set::terraform;
/// let mut out = Vec::new();
/// terraform::write(&mut out, &AddressSet::default())?;
/// assert_eq!(out, b"[]\n"); // of nothing there is a list as well
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(out: &mut dyn Write, set: &AddressSet) -> Result<()> {
    let mut blocks = listed(set).peekable();
    if blocks.peek().is_none() && !set.has_none() {
        return writeln!(out, "[]");
    }
    writeln!(out, "[")?;
    if set.has_none() {
        writeln!(out, "  # {NONE_IS_IN_THE_SET}")?;
    }
    for block in blocks {
        writeln!(out, "  \"{block}\",")?;
    }
    writeln!(out, "]")
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
    fn a_list_expression() {
        assert_eq!(
            text(&small()),
            r#"[
  "198.51.100.7/32",
  "203.0.113.0/25",
  "2001:db8:1::/48",
]
"#
        );
        assert_eq!(text(&AddressSet::default()), "[]\n");
        assert_eq!(
            text(&AddressSet::none()),
            "[
  # Requests without a source IP are in the set too; no list of addresses can say it.
]
"
        );
        assert_eq!(
            text(&AddressSet::all()),
            r#"[
  # Requests without a source IP are in the set too; no list of addresses can say it.
  "0.0.0.0/0",
  "::/0",
]
"#
        );
    }

    proptest! {
        #[test]
        fn reads_back(a in sets()) {
            let text = text(&a);
            let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix("]\n")).expect("brackets");
            let lines = inner.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let blocks: Vec<_> = lines.map(|line| {
                line.strip_prefix('"').and_then(|line| line.strip_suffix("\",")).expect("a string")
            }).collect();
            prop_assert_eq!(set(&blocks.join(" ")), sayable(&a));
        }
    }
}
