//! A set of addresses as IP sets of AWS WAF.

use std::io::{Result, Write};

use super::{by_family, halved};
use crate::net::{AddressSet, Cidr};

/// How many blocks an IP set can hold, by the quotas of AWS WAF
/// (<https://docs.aws.amazon.com/waf/latest/developerguide/limits.html>).
const MOST_BLOCKS: usize = 10_000;

/// Writes the input of `aws wafv2 create-ip-set --cli-input-json`, one JSON object a line.
///
/// An IP set has addresses of one family, so there is an object for each family that the set has addresses of. Beyond
/// 10,000 blocks of a family there are several, with numbers in their names from the second on (`ipcond-v4`,
/// `ipcond-v4-2`), to be joined by an `OrStatement`. For a set without addresses one IP set without any is written, so that
/// there is always something to load.
///
/// AWS WAF takes blocks of every prefix length but 0
/// (<https://docs.aws.amazon.com/waf/latest/developerguide/waf-ip-set-creating.html>), so two blocks of prefix length 1
/// stand for a whole family. The scope is `REGIONAL`; for `CloudFront` it must be changed to `CLOUDFRONT`. "No address in
/// the request" is left out: whatever reaches AWS WAF has an address.
///
/// # Errors
/// If `out` cannot be written to.
///
/// # Example
/// ```
/// use ipcond::net::{AddressSet, Cidr};
/// use ipcond::report::set::wafv2;
/// let everyone: Cidr = "0.0.0.0/0".parse().unwrap();
/// let mut out = Vec::new();
/// wafv2::write(&mut out, &everyone.into())?;
/// let set: serde_json::Value = serde_json::from_slice(&out)?;
/// assert_eq!(set["Addresses"], serde_json::json!(["0.0.0.0/1", "128.0.0.0/1"])); // AWS WAF refuses /0
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(out: &mut dyn Write, set: &AddressSet) -> Result<()> {
    let mut empty = true;
    for (family, set) in by_family(set) {
        let mut blocks = halved(&set).peekable();
        let mut number = 1;
        while blocks.peek().is_some() {
            write_set(out, family, number, blocks.by_ref().take(MOST_BLOCKS))?;
            number += 1;
            empty = false;
        }
    }
    if empty {
        write_set(out, '4', 1, std::iter::empty())?;
    }
    Ok(())
}

/// Nothing needs an escape: addresses and the names of families are plain.
fn write_set(
    out: &mut dyn Write,
    family: char,
    number: usize,
    blocks: impl Iterator<Item = Cidr>,
) -> Result<()> {
    write!(out, r#"{{"Name":"ipcond-v{family}"#)?;
    if number > 1 {
        write!(out, "-{number}")?;
    }
    write!(
        out,
        r#"","Scope":"REGIONAL","IPAddressVersion":"IPV{family}","Addresses":["#
    )?;
    for (at, block) in blocks.enumerate() {
        let comma = if at == 0 { "" } else { "," };
        write!(out, "{comma}\"{block}\"")?;
    }
    writeln!(out, "]}}")
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::fixture::{sayable, set, sets, small, written};
    use super::*;

    fn text(set: &AddressSet) -> String {
        written(|out| write(out, set))
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct IpSet {
        name: String,
        scope: String,
        #[serde(rename = "IPAddressVersion")]
        version: String,
        addresses: Vec<String>,
    }

    fn read(text: &str) -> Vec<IpSet> {
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("an IP set"))
            .collect()
    }

    #[test]
    fn a_family_a_line() {
        assert_eq!(
            text(&small()),
            r#"{"Name":"ipcond-v4","Scope":"REGIONAL","IPAddressVersion":"IPV4","Addresses":["198.51.100.7/32","203.0.113.0/25"]}
{"Name":"ipcond-v6","Scope":"REGIONAL","IPAddressVersion":"IPV6","Addresses":["2001:db8:1::/48"]}
"#
        );
        assert_eq!(
            text(&AddressSet::all()),
            r#"{"Name":"ipcond-v4","Scope":"REGIONAL","IPAddressVersion":"IPV4","Addresses":["0.0.0.0/1","128.0.0.0/1"]}
{"Name":"ipcond-v6","Scope":"REGIONAL","IPAddressVersion":"IPV6","Addresses":["::/1","8000::/1"]}
"#
        );
        let empty = r#"{"Name":"ipcond-v4","Scope":"REGIONAL","IPAddressVersion":"IPV4","Addresses":[]}
"#;
        assert_eq!(text(&AddressSet::default()), empty);
        assert_eq!(text(&AddressSet::none()), empty);
        assert!(!text(&set("2001:db8::/32")).contains("IPV4"));
    }

    #[test]
    fn a_set_holds_10_000_blocks() {
        let every_other = |count: u32| {
            let ips = (0..count).map(|at| IpAddr::V4((at * 2).into()));
            AddressSet::from_ranges(ips.map(|ip| (ip, ip)))
        };
        let sizes = |count| {
            let sets = read(&text(&every_other(count)));
            let sizes = sets.into_iter().map(|set| (set.name, set.addresses.len()));
            sizes.collect::<Vec<_>>()
        };
        assert_eq!(sizes(10_000), [("ipcond-v4".to_owned(), 10_000)]);
        assert_eq!(
            sizes(20_001),
            [
                ("ipcond-v4".to_owned(), 10_000),
                ("ipcond-v4-2".to_owned(), 10_000),
                ("ipcond-v4-3".to_owned(), 1)
            ]
        );
    }

    proptest! {
        #[test]
        fn reads_back(a in sets()) {
            let mut blocks = Vec::new();
            for ip_set in read(&text(&a)) {
                prop_assert_eq!(ip_set.scope, "REGIONAL");
                for block in ip_set.addresses {
                    prop_assert_eq!(block.contains(':'), ip_set.version == "IPV6");
                    prop_assert!(!block.ends_with("/0"));
                    blocks.push(block);
                }
            }
            prop_assert_eq!(set(&blocks.join(" ")), sayable(&a));
        }
    }
}
