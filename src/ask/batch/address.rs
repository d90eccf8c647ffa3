//! The address cell of a row.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wide::bytemuck::cast;
use wide::{i16x8, u8x16, u16x8};

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
/// What can be wrong is asked of all bytes at once, and the four numbers are made of their digits at once: how many digits
/// there are differs from row to row, and a wrong guess costs more than all of this.
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
    let ends = ends_of_octets(bytes.first_chunk()?, length)?;
    let mut begin = 0;
    let words = ends.map(|end| {
        let digits = bytes[begin & 15..].first_chunk();
        let digits = digits.map_or(0, |digits| u32::from_le_bytes(*digits));
        // the last digit third, before it the others and zeros
        let missing = (begin + 3).wrapping_sub(end) & 3;
        begin = end + 1;
        digits << (8 * missing)
    });
    octets(words)
}

/// Where the four numbers of an IPv4 address end, if each has one to three digits, the first of several not zero.
#[inline]
fn ends_of_octets(bytes: &[u8; 16], length: usize) -> Option<[usize; 4]> {
    let bytes = u8x16::new(*bytes);
    let values = bytes - u8x16::splat(b'0');
    let (stop, inside) = (1 << length, (1_u32 << length) - 1);
    let dots = bytes.simd_eq(u8x16::splat(b'.')).to_bitmask() & inside;
    let digits = values.simd_le(u8x16::splat(9)).to_bitmask();
    let zeros = values.simd_eq(u8x16::ZERO).to_bitmask();
    // the end counts as a dot
    let ends = dots | stop;
    let begins = (ends << 1 | 1) & inside;
    let second = ends & ends.wrapping_sub(1);
    let third = second & second.wrapping_sub(1);
    let fourth = third & third.wrapping_sub(1);
    let (others, empty) = (!ends & inside, ends & (ends << 1 | 1));
    let pairs = others & others >> 1;
    let long = pairs & pairs >> 2;
    let leading_zeros = zeros & begins & !(ends >> 1);
    let wrong = empty | long | leading_zeros | (fourth ^ stop) | (others & !digits);
    let place = |ends: u32| ends.trailing_zeros() as usize;
    (wrong == 0).then(|| [place(ends), place(second), place(third), length])
}

/// The address of four numbers, each in the first three bytes of a word; none may be over 255.
#[inline]
fn octets(words: [u32; 4]) -> Option<u32> {
    // zeros where there is no digit
    let digits = cast::<_, u8x16>(words).saturating_sub(u8x16::splat(b'0'));
    let tens = cast::<_, u16x8>(digits) >> 8;
    let others = cast::<_, i16x8>(digits) & i16x8::splat(0xff);
    let tens = cast::<_, i16x8>(tens).dot(i16x8::new([10, 0, 10, 0, 10, 0, 10, 0]));
    let values = others.dot(i16x8::new([100, 1, 100, 1, 100, 1, 100, 1])) + tens;
    let [first, second]: [u64; 2] = cast(values);
    let over = (first | second) & !0x0000_00ff_0000_00ff != 0;
    let both = first << 16 | second;
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    let bits = (both as u32) << 8 | (both >> 32) as u32;
    (!over).then_some(bits)
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
