//! A set of addresses as sets of nftables.

use std::io::{Result, Write};

use super::{NONE_IS_IN_THE_SET, by_family, halved};
use crate::net::AddressSet;

/// Writes a table for `nft -f` with two sets, `allowed_v4` and `allowed_v6`; rules name them `@allowed_v4` and `@allowed_v6`.
///
/// Both sets are always there, so that rules that name them load whatever is in them. `nft` takes no empty list of
/// elements: a set without any has no `elements`. Two blocks of prefix length 1 stand for a whole family, since older
/// releases of `nft` refuse `0.0.0.0/0` as an element of an interval set.
///
/// Loading adds to sets that are there already. To replace them, load `flush set inet ipcond allowed_v4` and the same of
/// `allowed_v6` before, in the same file.
///
/// # Errors
/// If `out` cannot be written to.
///
/// # Example
/// ```
/// use ipcond::net::AddressSet;
/// use ipcond::report::set::nft;
/// let mut out = Vec::new();
/// nft::write(&mut out, &AddressSet::default())?;
/// assert!(!String::from_utf8_lossy(&out).contains("elements")); // `elements = { }` is a syntax error
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(out: &mut dyn Write, set: &AddressSet) -> Result<()> {
    if set.has_none() {
        writeln!(out, "# {NONE_IS_IN_THE_SET}")?;
    }
    writeln!(out, "table inet ipcond {{")?;
    for (family, set) in by_family(set) {
        writeln!(out, "  set allowed_v{family} {{")?;
        writeln!(out, "    type ipv{family}_addr")?;
        writeln!(out, "    flags interval")?;
        let mut blocks = halved(&set).peekable();
        if blocks.peek().is_some() {
            writeln!(out, "    elements = {{")?;
            for block in blocks {
                writeln!(out, "      {block},")?;
            }
            writeln!(out, "    }}")?;
        }
        writeln!(out, "  }}")?;
    }
    writeln!(out, "}}")
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
    fn two_sets() {
        assert_eq!(
            text(&small()),
            "table inet ipcond {
  set allowed_v4 {
    type ipv4_addr
    flags interval
    elements = {
      198.51.100.7/32,
      203.0.113.0/25,
    }
  }
  set allowed_v6 {
    type ipv6_addr
    flags interval
    elements = {
      2001:db8:1::/48,
    }
  }
}
"
        );
    }

    #[test]
    fn a_whole_family_is_two_blocks() {
        assert_eq!(
            text(&AddressSet::all()),
            "# Requests without a source IP are in the set too; no list of addresses can say it.
table inet ipcond {
  set allowed_v4 {
    type ipv4_addr
    flags interval
    elements = {
      0.0.0.0/1,
      128.0.0.0/1,
    }
  }
  set allowed_v6 {
    type ipv6_addr
    flags interval
    elements = {
      ::/1,
      8000::/1,
    }
  }
}
"
        );
    }

    #[test]
    fn a_set_without_addresses_has_no_elements() {
        let sets = "table inet ipcond {
  set allowed_v4 {
    type ipv4_addr
    flags interval
  }
  set allowed_v6 {
    type ipv6_addr
    flags interval
  }
}
";
        assert_eq!(text(&AddressSet::default()), sets);
        let comment =
            "# Requests without a source IP are in the set too; no list of addresses can say it.\n";
        assert_eq!(text(&AddressSet::none()), format!("{comment}{sets}"));
    }

    proptest! {
        #[test]
        fn reads_back(a in sets()) {
            let text = text(&a);
            let (mut family, mut blocks) = ("", Vec::new());
            for line in text.lines().map(str::trim) {
                match line.strip_prefix("type ").or_else(|| line.strip_suffix(',')) {
                    Some(name @ ("ipv4_addr" | "ipv6_addr")) => family = name,
                    Some(block) => {
                        prop_assert_eq!(block.contains(':'), family == "ipv6_addr");
                        prop_assert!(!block.ends_with("/0"));
                        blocks.push(block);
                    }
                    None => {}
                }
            }
            prop_assert_eq!(set(&blocks.join(" ")), sayable(&a));
            prop_assert_eq!(text.matches('{').count(), text.matches('}').count());
        }
    }
}
