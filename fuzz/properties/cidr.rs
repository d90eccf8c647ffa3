//! A block of addresses as text, and lines of them.

use std::net::IpAddr;

use ipcond::net::{Address, AddressSet, Cidr, parse_address};
use ipnet::IpNet;

/// A block is what other readers read; lists of blocks are sets of addresses.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let blocks: Vec<Cidr> = text.lines().filter_map(check_one).collect();
    check_set(&blocks);
}

fn check_one(text: &str) -> Option<Cidr> {
    let ip: Option<IpAddr> = text.parse().ok();
    assert_eq!(
        parse_address(text).map(|(address, _)| address),
        ip.map(Address::new)
    );
    let net: Option<IpNet> = text.parse().ok();
    let written = match Cidr::read(text) {
        Ok(written) => written,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(ip.is_none(), "an address is a block (IP-2)");
            assert!(!is_block(text), "{text}");
            return None;
        }
    };
    assert!(ip.is_some() || is_block(text), "{text}");
    let block = written.cidr;
    assert_eq!(written.bare, !text.contains('/'));
    let net = net.or(ip.map(IpNet::from)).expect("others read it too");
    assert_eq!(written.host_bits, net.trunc() != net);
    let in_mapped = net.prefix_len() >= 96 && unmapped(net.network()).is_some();
    assert_eq!(written.mapped, in_mapped, "{text}");
    if written.mapped {
        // `::ffff:a.b.c.d/(96+n)` is `a.b.c.d/n` (IP-8).
        assert_eq!(block.net().prefix_len() + 96, net.prefix_len());
        assert_eq!(Some(block.first()), unmapped(net.network()));
    } else {
        assert_eq!(block.net(), net.trunc());
    }
    let again = Cidr::read(&block.to_string()).expect("what is printed can be read");
    assert_eq!(
        (again.cidr, again.host_bits, again.bare),
        (block, false, false)
    );
    assert!(block.contains(Address::new(block.first())) || unmapped(block.first()).is_some());
    Some(block)
}

/// Whether a text is an address and the length of a prefix for the standard library. Others take `010.0.0.0/024`, or `::` for
/// no group at all, of which nobody knows what AWS makes (IP-9).
fn is_block(text: &str) -> bool {
    let Some((address, digits)) = text.split_once('/') else {
        return false;
    };
    let length: Option<u8> = digits.parse().ok();
    let plain = length.is_some_and(|length| length.to_string() == digits);
    match address.parse() {
        Ok(IpAddr::V4(_)) => plain && length <= Some(32),
        Ok(IpAddr::V6(_)) => plain && length <= Some(128),
        Err(_) => false,
    }
}

fn unmapped(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(_) => None,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map(IpAddr::V4),
    }
}

/// The set of the blocks has their addresses and no others, in the shortest list.
fn check_set(blocks: &[Cidr]) {
    let set: AddressSet = blocks.iter().copied().collect();
    let listed: Vec<Cidr> = set.blocks().collect();
    assert!(listed.len() <= blocks.len());
    assert!(blocks.iter().all(|block| set.contains_block(*block)));
    assert_eq!(listed.iter().copied().collect::<AddressSet>(), set);
    assert_eq!(AddressSet::from_ranges(set.ranges()), set);
    assert_eq!(set.complement().complement(), set);
    assert!(set.intersection(&set.complement()).is_empty());
    assert_eq!(set.union(&set.complement()), AddressSet::all());
    let (left, right) = blocks.split_at(blocks.len() / 2);
    let [left, right] = [left, right].map(|half| half.iter().copied().collect::<AddressSet>());
    assert_eq!(left.union(&right), set);
    assert_eq!(
        left.difference(&right),
        left.intersection(&right.complement())
    );
    assert!(left.is_subset(&set) && set.difference(&left).is_subset(&right));
    for ip in blocks.iter().flat_map(|block| edges(*block)) {
        let inside = blocks.iter().any(|block| block.net().contains(&ip));
        // An IPv4-mapped address is the IPv4 address, which the set has or has not for itself (IP-8).
        assert!(
            unmapped(ip).is_some() || set.contains(Address::new(ip)) == inside,
            "{ip}"
        );
    }
}

/// The first and last address of a block, and those just outside.
fn edges(block: Cidr) -> Vec<IpAddr> {
    let step = |ip: IpAddr, up: bool| match ip {
        IpAddr::V4(v4) => {
            let number = u32::from(v4);
            let next = if up {
                number.checked_add(1)
            } else {
                number.checked_sub(1)
            };
            next.map(|number| IpAddr::from(number.to_be_bytes()))
        }
        IpAddr::V6(v6) => {
            let number = u128::from(v6);
            let next = if up {
                number.checked_add(1)
            } else {
                number.checked_sub(1)
            };
            next.map(|number| IpAddr::from(number.to_be_bytes()))
        }
    };
    let outside = [step(block.first(), false), step(block.last(), true)];
    [block.first(), block.last()]
        .into_iter()
        .chain(outside.into_iter().flatten())
        .collect()
}
