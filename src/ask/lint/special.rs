//! Ranges that no public request comes from.

use std::sync::LazyLock;

use crate::net::Cidr;

/// What a range is set aside for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Private networks (RFC 1918).
    Private,
    /// Examples in documentation (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Something else, in a few words.
    Other(&'static str),
}

/// The ranges, from the registries of IANA for special-purpose addresses (LINT-5, LINT-35).
const RANGES: [(&str, Use); 20] = [
    ("10.0.0.0/8", Use::Private),
    ("172.16.0.0/12", Use::Private),
    ("192.168.0.0/16", Use::Private),
    ("0.0.0.0/8", Use::Other("this network")),
    ("100.64.0.0/10", Use::Other("carrier-grade NAT")),
    ("127.0.0.0/8", Use::Other("loopback")),
    (
        "169.254.0.0/16",
        Use::Other("link-local, such as the metadata of instances"),
    ),
    ("192.0.0.0/24", Use::Other("protocol assignments")),
    ("198.18.0.0/15", Use::Other("benchmarks")),
    ("224.0.0.0/4", Use::Other("multicast")),
    ("240.0.0.0/4", Use::Other("reserved")),
    ("192.0.2.0/24", Use::Documentation),
    ("198.51.100.0/24", Use::Documentation),
    ("203.0.113.0/24", Use::Documentation),
    ("2001:db8::/32", Use::Documentation),
    ("3fff::/20", Use::Documentation),
    ("::/127", Use::Other("unspecified and loopback")),
    (
        "fc00::/7",
        Use::Other("unique local addresses of a network"),
    ),
    ("fe80::/10", Use::Other("link-local")),
    ("ff00::/8", Use::Other("multicast")),
];

static PARSED: LazyLock<Vec<(Cidr, Use)>> = LazyLock::new(|| {
    let ranges = RANGES.iter();
    ranges
        .filter_map(|(text, reserved)| Some((text.parse().ok()?, *reserved)))
        .collect()
});

/// What all of a block is set aside for, if it is.
pub(super) fn use_of(block: Cidr) -> Option<Use> {
    let holds = |range: &Cidr| range.net().contains(&block.net());
    let found = PARSED.iter().find(|(range, _)| holds(range))?;
    Some(found.1)
}

/// Whether a block is private, of RFC 1918 (KEY-5).
pub(super) fn is_private(block: Cidr) -> bool {
    use_of(block) == Some(Use::Private)
}

/// Whether requests over the Internet can come from a block: all that is not set aside, and what is so only for documentation.
pub(super) fn is_public(block: Cidr) -> bool {
    matches!(use_of(block), None | Some(Use::Documentation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_can_be_read_and_is_what_it_says() {
        for (text, reserved) in RANGES {
            assert_eq!(use_of(text.parse().expect(text)), Some(reserved), "{text}");
        }
        for text in [
            "0.0.0.0/0",
            "8.8.8.0/24",
            "172.32.0.0/12",
            "2600::/12",
            "::/0",
        ] {
            assert_eq!(use_of(text.parse().expect(text)), None, "{text}");
        }
    }
}
