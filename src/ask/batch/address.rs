//! The address cell of a row.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wide::u8x16;

use crate::error::Error;
use crate::net::Address;
use crate::policy::bytes::{chunk, gathered, padded, places};

/// An address cell that holds none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// Not text.
    Bytes,
    /// Another text.
    Text(String),
}

impl Bad {
    /// What is wrong with it.
    pub(super) fn error(&self) -> Error {
        let text = match self {
            Self::Bytes => return Error::request("the address is not UTF-8"),
            Self::Text(text) => text,
        };
        let why = if text.contains('/') {
            "is a block, not an IP address"
        } else if text.contains('%') {
            "has a zone id, which no address of a request has"
        } else if port_of(text).is_some() {
            "has a port; --strip-port drops it"
        } else {
            "is not an IP address"
        };
        Error::request(format!("\"{text}\" {why}"))
    }
}

/// Reads an address cell: spaces around it do not count, `[v6]` is taken, an IPv4-mapped address is the IPv4 address (IP-8),
/// and nothing or `-` is "no address".
#[inline]
pub(super) fn read_address(cell: &[u8], strip_port: bool) -> Result<Option<IpAddr>, Bad> {
    if let Some(bits) = v4(cell, 0, cell.len()) {
        return Ok(Some(IpAddr::V4(Ipv4Addr::from_bits(bits))));
    }
    match v6(cell) {
        Some(ip) if ip.to_ipv4_mapped().is_none() => Ok(Some(IpAddr::V6(ip))),
        _ => read_other(cell, strip_port),
    }
}

fn read_other(cell: &[u8], strip_port: bool) -> Result<Option<IpAddr>, Bad> {
    let text = std::str::from_utf8(cell).map_err(|_| Bad::Bytes)?;
    let text = text.trim_matches([' ', '\t']);
    if text.is_empty() || text == "-" {
        return Ok(None);
    }
    let parsed = parse(text).or_else(|| {
        let without = port_of(text).filter(|_| strip_port)?;
        parse(without)
    });
    match parsed {
        Some(ip) => Ok(Some(Address::new(ip).ip())),
        None => Err(Bad::Text(text.to_owned())),
    }
}

fn parse(text: &str) -> Option<IpAddr> {
    if let Some(bits) = v4(text.as_bytes(), 0, text.len()) {
        return Some(IpAddr::V4(Ipv4Addr::from_bits(bits)));
    }
    let bracketed = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let text = bracketed.unwrap_or(text);
    let v6 = v6(text.as_bytes()).or_else(|| text.parse().ok())?;
    Some(IpAddr::V6(v6))
}

/// An IPv6 address in groups of hexadecimal digits; `None` for other forms, which the standard library reads, and for
/// what is none.
fn v6(text: &[u8]) -> Option<Ipv6Addr> {
    let (mut groups, mut count, mut gap) = ([0_u16; 8], 0, None);
    let mut rest = text;
    if let Some(after) = rest.strip_prefix(b"::") {
        (gap, rest) = (Some(0), after);
    }
    while !rest.is_empty() {
        let (mut group, mut digits) = (0_u16, 0);
        while let Some(digit) = rest.get(digits).and_then(|byte| hexadecimal(*byte)) {
            if digits == 4 {
                return None;
            }
            group = group << 4 | digit;
            digits += 1;
        }
        if digits == 0 || count == 8 {
            return None;
        }
        groups[count] = group;
        count += 1;
        rest = match &rest[digits..] {
            [] => &[],
            [b':', b':', after @ ..] if gap.is_none() => {
                gap = Some(count);
                after
            }
            [b':', after @ ..] if !after.is_empty() => after,
            _ => return None,
        };
    }
    match gap {
        None if count == 8 => {}
        // a gap stands for one group at least
        Some(gap) if count < 8 => {
            let after = count - gap;
            groups.copy_within(gap..count, 8 - after);
            groups[gap..8 - after].fill(0);
        }
        _ => return None,
    }
    Some(Ipv6Addr::from(groups))
}

/// Whether a cell begins as an IPv4 address does: with a dot among its second, third and fourth byte.
#[inline]
pub(super) fn looks_like_v4(text: &[u8], start: usize, length: usize) -> bool {
    let first = text.get(start..).and_then(<[u8]>::first_chunk::<4>);
    let word = first.map_or(0, |first| u32::from_le_bytes(*first));
    let others = word ^ u32::from_le_bytes([b'.'; 4]);
    let dots = others.wrapping_sub(0x0101_0101) & !others & 0x8080_8000;
    length >= 7 && dots != 0
}

/// The bits of an IPv6 address whose eight groups are all written out; `None` for every other text.
///
/// The digits become numbers all at once, and each group is cut out of them by the places of the colons.
#[inline]
pub(super) fn v6_in_full(text: &[u8], start: usize, length: usize) -> Option<u128> {
    const BEFORE: usize = 4;
    if !(15..=39).contains(&length) {
        return None;
    }
    let inside = (1_u64 << length) - 1;
    let end;
    let bytes = if let Some(bytes) = chunk(text, start) {
        bytes
    } else {
        end = padded(text, start);
        &end
    };
    let colons = places(bytes, b':') & inside;
    let mut values = [0; BEFORE + 64];
    for (value, byte) in values[BEFORE..].iter_mut().zip(bytes).take(48) {
        *value = (byte & 0x0f) + 9 * (byte >> 6);
    }
    let digits = gathered(bytes, |bytes| {
        let from_zero = bytes - u8x16::splat(b'0');
        let from_a = (bytes | u8x16::splat(0x20)) - u8x16::splat(b'a');
        from_zero.simd_le(u8x16::splat(9)) | from_a.simd_le(u8x16::splat(5))
    });
    if (digits | colons) & inside != inside || colons.count_ones() != 7 {
        return None;
    }
    let (mut bits, mut begin, mut rest) = (0_u128, 0, colons | 1 << length);
    let mut well = true;
    for _ in 0..8 {
        let end = rest.trailing_zeros() as usize;
        rest &= rest.wrapping_sub(1);
        let count = end - begin;
        well &= count.wrapping_sub(1) < 4;
        let digits = values[end..].first_chunk::<4>()?;
        let kept = u32::MAX >> (32 - 8 * count.clamp(1, 4));
        let digits = u32::from_be_bytes(*digits) & kept;
        let pairs = (digits | digits >> 4) & 0x00ff_00ff;
        bits = bits << 16 | u128::from((pairs | pairs >> 8) & 0xffff);
        begin = end + 1;
    }
    // An IPv4-mapped address is the IPv4 address (IP-8).
    (well && bits >> 32 != 0xffff).then_some(bits)
}

#[inline]
fn hexadecimal(byte: u8) -> Option<u16> {
    match byte {
        b'0'..=b'9' => Some(u16::from(byte - b'0')),
        b'a'..=b'f' => Some(u16::from(byte - b'a' + 10)),
        b'A'..=b'F' => Some(u16::from(byte - b'A' + 10)),
        _ => None,
    }
}

/// What stands before the port, if there is a port after an address.
fn port_of(text: &str) -> Option<&str> {
    let (address, port) = text.rsplit_once(':')?;
    let number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let whole = address.starts_with('[') && address.ends_with(']') || !address.contains(':');
    (number && port.parse::<u16>().is_ok() && whole && parse(address).is_some()).then_some(address)
}

/// An IPv4 address in four decimal numbers without leading zeros (IP-9).
///
/// The numbers are cut out by the places of the dots, without a branch for each digit: how many digits there are differs
/// from row to row, and a wrong guess costs more than all of this.
#[inline]
pub(super) fn v4(text: &[u8], start: usize, length: usize) -> Option<u32> {
    if !(7..=15).contains(&length) {
        return None;
    }
    let mut space = [0; 20];
    let bytes: &[u8; 20] = if let Some(bytes) = text.get(start..).and_then(<[u8]>::first_chunk) {
        bytes
    } else {
        space[..length].copy_from_slice(text.get(start..start + length)?);
        &space
    };
    let first: &[u8; 16] = bytes.first_chunk()?;
    let dots = u8x16::new(*first).simd_eq(u8x16::splat(b'.')).to_bitmask();
    // the end counts as a dot
    let ends = (dots & ((1 << length) - 1)) | 1 << length;
    let (second, third) = (ends & ends.wrapping_sub(1), without_two(ends));
    let fourth = third & third.wrapping_sub(1);
    if fourth == 0 || fourth & fourth.wrapping_sub(1) != 0 {
        return None;
    }
    let place = |ends: u32| ends.trailing_zeros() as usize & 15;
    let ends = [place(ends), place(second), place(third), place(fourth)];
    let begins = [0, ends[0] + 1, ends[1] + 1, ends[2] + 1];
    let (mut bits, mut well) = (0, true);
    for (begin, end) in begins.into_iter().zip(ends) {
        let digits: &[u8; 4] = bytes[begin & 15..].first_chunk()?;
        let (octet, is_octet) = octet(u32::from_le_bytes(*digits), end.wrapping_sub(begin));
        well &= is_octet;
        bits = bits << 8 | octet;
    }
    well.then_some(bits)
}

/// A set of bits without its two lowest.
#[inline]
fn without_two(bits: u32) -> u32 {
    let bits = bits & bits.wrapping_sub(1);
    bits & bits.wrapping_sub(1)
}

/// The number in the first one to three of four digits, and whether there is one.
#[inline]
fn octet(digits: u32, count: usize) -> (u32, bool) {
    // right-aligned in three bytes, the last digit highest
    let moved = (digits ^ 0x3030_3030) << (8 * (3_usize.wrapping_sub(count) & 3));
    let digits = moved & 0x00ff_ffff;
    let in_range = ((digits + 0x0076_7676) | digits) & 0x0080_8080 == 0;
    let value = (digits & 0xff) * 100 + (digits >> 8 & 0xff) * 10 + (digits >> 16);
    let shortest = [256, 0, 10, 100][count & 3];
    (
        value & 0xff,
        in_range && count < 4 && value >= shortest && value <= 255,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Option<IpAddr>, String> {
        read_address(text.as_bytes(), false).map_err(|bad| bad.error().message().to_owned())
    }

    #[test]
    fn one_rule_for_each_way_of_writing() {
        let ip = |text: &str| Ok(Some(text.parse::<IpAddr>().expect("an address")));
        assert_eq!(read(" 203.0.113.9\t"), ip("203.0.113.9"));
        assert_eq!(read("[2001:db8::1]"), ip("2001:db8::1"));
        assert_eq!(read("::ffff:203.0.113.9"), ip("203.0.113.9"));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read(" - "), Ok(None));
        let refused = |text: &str| read(text).unwrap_err();
        assert_eq!(
            refused("203.0.113.999"),
            "\"203.0.113.999\" is not an IP address"
        );
        assert_eq!(refused("10.0.0.01"), "\"10.0.0.01\" is not an IP address");
        assert_eq!(
            refused("10.0.0.0/8"),
            "\"10.0.0.0/8\" is a block, not an IP address"
        );
        assert!(refused("fe80::1%eth0").contains("zone id"));
        for text in ["10.0.0.1:443", "[2001:db8::1]:443"] {
            assert!(refused(text).contains("--strip-port"), "{text}");
            assert!(matches!(read_address(text.as_bytes(), true), Ok(Some(_))));
        }
        // the last group of an IPv6 address is no port
        assert_eq!(
            read_address(b"2001:db8::1:443", true),
            Ok(read("2001:db8::1:443").expect("an address"))
        );
        assert!(read_address(b"10.0.0.1:99999", true).is_err());
        assert_eq!(read_address(b"10.0.0.1\xff", false), Err(Bad::Bytes));
    }

    proptest! {
        #[test]
        fn reads_ipv4_as_the_standard_library_does(text in "[0-9.]{0,16}", octets in any::<[u8; 4]>()) {
            prop_assert_eq!(v4(text.as_bytes(), 0, text.len()).map(Ipv4Addr::from_bits), text.parse::<Ipv4Addr>().ok());
            let text = Ipv4Addr::from(octets).to_string();
            let bits = Some(u32::from_be_bytes(octets));
            prop_assert_eq!(v4(text.as_bytes(), 0, text.len()), bits);
            let within = format!("1.{text}.1,2.3.4.5.6.7.8.9.10");
            prop_assert_eq!(v4(within.as_bytes(), 2, text.len()), bits);
        }

        #[test]
        fn reads_ipv6_as_the_standard_library_does(text in "[0-9a-fA-F]{0,5}(:[0-9a-f]{0,4}){1,8}", words in any::<[u16; 8]>(), zeros in any::<u8>()) {
            let std = text.parse::<Ipv6Addr>().ok();
            prop_assert_eq!(v6(text.as_bytes()), std);
            let full = std.filter(|ip| !text.contains("::") && ip.to_ipv4_mapped().is_none());
            prop_assert_eq!(v6_in_full(text.as_bytes(), 0, text.len()), full.map(Ipv6Addr::to_bits));
            let within = format!("1:{text}{}", ":ffff".repeat(16));
            prop_assert_eq!(v6_in_full(within.as_bytes(), 2, text.len()), full.map(Ipv6Addr::to_bits));
            let mut words = words;
            for (at, word) in words.iter_mut().enumerate() {
                *word = if zeros >> at & 1 == 1 { 0 } else { *word };
            }
            let ip = Ipv6Addr::from(words);
            let text = ip.to_string();
            prop_assert_eq!(read_address(text.as_bytes(), false), Ok(Some(Address::new(ip.into()).ip())));
        }
    }
}
