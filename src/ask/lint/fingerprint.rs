//! What makes a finding the same one after the text around it has changed.

use super::finding::Finding;
use super::place::statement_at;
use crate::policy::Policy;

/// A number in hexadecimal for a finding in the file of this name: of its rule, what it says and the name of its statement,
/// but not of lines, columns and blanks. Two findings of a policy may have the same.
pub fn fingerprint(path: &str, policy: Option<&Policy>, finding: &Finding) -> String {
    let sid = policy
        .and_then(|policy| statement_at(policy, finding.mark.span))
        .and_then(|(_, statement)| statement.sid.as_deref());
    let text = policy.map_or("", |policy| policy.source.slice(finding.mark.span));
    let blank = |character: &char| !character.is_ascii_whitespace();
    let compact: String = text.chars().filter(blank).collect();
    let path = path.strip_prefix("./").unwrap_or(path);
    let parts = [
        finding.rule.code,
        path,
        sid.unwrap_or(""),
        &finding.message,
        &compact,
    ];
    format!("{:016x}", fnv1a(&parts.join("\0")))
}

/// The hash of Fowler, Noll and Vo, in the variant 1a with 64 bits: the same on every machine and in every version.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the test vectors at <http://www.isthe.com/chongo/tech/comp/fnv/>.
    #[test]
    fn hashes_as_published() {
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    }
}
