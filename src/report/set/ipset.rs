//! A set of addresses as sets of `ipset`.

use std::io::{Result, Write};

use super::{NONE_IS_IN_THE_SET, by_family, halved};
use crate::net::AddressSet;

/// How many elements `ipset` gives a set room for, unless told otherwise.
const ROOM: usize = 65_536;

/// Writes the input of `ipset restore` for two sets of the type `hash:net`, `ipcond-v4` and `ipcond-v6`.
///
/// Both sets are always there, so that rules that name them load whatever is in them. "Network address with zero prefix
/// size cannot be stored" in a set of this type (`man ipset`), so two blocks of prefix length 1 stand for a whole family.
/// A set has room for its blocks, for 65,536 at least, which is the default.
///
/// `ipset restore` stops at a set that is there already; with `-exist` it adds to it.
///
/// # Errors
/// If `out` cannot be written to.
///
/// # Example
/// ```
/// use ipcond::net::{AddressSet, Cidr};
/// use ipcond::report::set::ipset;
/// let everyone: Cidr = "0.0.0.0/0".parse().unwrap();
/// let mut out = Vec::new();
/// ipset::write(&mut out, &everyone.into())?;
/// let out = String::from_utf8_lossy(&out);
/// assert!(out.contains("add ipcond-v4 0.0.0.0/1\nadd ipcond-v4 128.0.0.0/1\n")); // `hash:net` takes no /0
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(out: &mut dyn Write, set: &AddressSet) -> Result<()> {
    if set.has_none() {
        writeln!(out, "# {NONE_IS_IN_THE_SET}")?;
    }
    for (family, set) in by_family(set) {
        let inet = if family == '4' { "inet" } else { "inet6" };
        let room = halved(&set).count().max(ROOM);
        writeln!(
            out,
            "create ipcond-v{family} hash:net family {inet} hashsize 1024 maxelem {room}"
        )?;
        for block in halved(&set) {
            writeln!(out, "add ipcond-v{family} {block}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

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
            "create ipcond-v4 hash:net family inet hashsize 1024 maxelem 65536
add ipcond-v4 198.51.100.7/32
add ipcond-v4 203.0.113.0/25
create ipcond-v6 hash:net family inet6 hashsize 1024 maxelem 65536
add ipcond-v6 2001:db8:1::/48
"
        );
        assert_eq!(
            text(&AddressSet::all()),
            "# Requests without a source IP are in the set too; no list of addresses can say it.
create ipcond-v4 hash:net family inet hashsize 1024 maxelem 65536
add ipcond-v4 0.0.0.0/1
add ipcond-v4 128.0.0.0/1
create ipcond-v6 hash:net family inet6 hashsize 1024 maxelem 65536
add ipcond-v6 ::/1
add ipcond-v6 8000::/1
"
        );
        let empty = "create ipcond-v4 hash:net family inet hashsize 1024 maxelem 65536
create ipcond-v6 hash:net family inet6 hashsize 1024 maxelem 65536
";
        assert_eq!(text(&AddressSet::default()), empty);
        assert!(text(&AddressSet::none()).ends_with(empty));
        assert!(text(&AddressSet::none()).starts_with("# Requests without"));
    }

    #[test]
    fn there_is_room_for_every_block() {
        let ips = (0..70_000_u32).map(|at| IpAddr::V4((at * 2).into()));
        let set = AddressSet::from_ranges(ips.map(|ip| (ip, ip)));
        let text = text(&set);
        assert!(
            text.starts_with("create ipcond-v4 hash:net family inet hashsize 1024 maxelem 70000\n")
        );
        assert!(
            text.contains("family inet6 hashsize 1024 maxelem 65536\n"),
            "each set its own"
        );
    }

    proptest! {
        #[test]
        fn reads_back(a in sets()) {
            let text = text(&a);
            let mut blocks = Vec::new();
            for line in text.lines() {
                if let ["add", name, block] = *line.split(' ').collect::<Vec<_>>() {
                    prop_assert_eq!(block.contains(':'), name == "ipcond-v6");
                    prop_assert!(!block.ends_with("/0"));
                    blocks.push(block);
                } else {
                    prop_assert!(line.starts_with("create ") || line.starts_with("# "));
                }
            }
            prop_assert_eq!(set(&blocks.join(" ")), sayable(&a));
        }
    }
}
