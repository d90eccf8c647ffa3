//! The address cell of a row.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::Error;
use crate::net::Address;

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
    if let Some(bits) = v4(cell) {
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
    if let Some(bits) = v4(text.as_bytes()) {
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
/// The numbers are cut out of two words by the places of the dots, without a branch for each digit: how many digits
/// there are differs from row to row, and a wrong guess costs more than all of this.
#[inline]
fn v4(text: &[u8]) -> Option<u32> {
    let length = text.len();
    if !(7..=15).contains(&length) {
        return None;
    }
    let (first, last) = (text.first_chunk::<7>()?, text.last_chunk::<7>()?);
    let low = u128::from(seven(*first));
    let middle = match text.get(7) {
        Some(byte) if length > 14 => u128::from(*byte) << 56,
        _ => 0,
    };
    let high = u128::from(seven(*last)) << (8 * (length - 7));
    let word = low | middle | high;
    let dots = dots(word);
    let (second, third) = (dots & dots.wrapping_sub(1), without_two(dots));
    if third == 0 || third & third.wrapping_sub(1) != 0 {
        return None;
    }
    let place = |dots: u32| dots.trailing_zeros() as usize;
    let (first, second, third) = (place(dots), place(second), place(third));
    let mut bits = 0;
    for (start, end) in [
        (0, first),
        (first + 1, second),
        (second + 1, third),
        (third + 1, length),
    ] {
        bits = bits << 8 | octet(word, start, end)?;
    }
    Some(bits)
}

/// Seven bytes as a word.
#[inline]
fn seven(bytes: [u8; 7]) -> u64 {
    let mut word = [0; 8];
    word[..7].copy_from_slice(&bytes);
    u64::from_le_bytes(word)
}

/// A set of bits without its two lowest.
#[inline]
fn without_two(bits: u32) -> u32 {
    let bits = bits & bits.wrapping_sub(1);
    bits & bits.wrapping_sub(1)
}

/// The places of the dots among sixteen bytes.
#[inline]
fn dots(word: u128) -> u32 {
    const LOW: u128 = u128::from_le_bytes([0x7f; 16]);
    let zeros = word ^ u128::from_le_bytes([b'.'; 16]);
    let found = !(((zeros & LOW) + LOW) | zeros | LOW) >> 7;
    // one bit for each byte, gathered in the highest byte of each half
    let gather = |half: u64| half.wrapping_mul(0x0102_0408_1020_4080) >> 56;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the halves are meant, and 8 bits of each"
    )]
    let (low, high) = (
        gather(found as u64) as u32,
        gather((found >> 64) as u64) as u32,
    );
    low | high << 8
}

/// The number in one to three digits.
#[inline]
fn octet(word: u128, start: usize, end: usize) -> Option<u32> {
    let count = end.wrapping_sub(start);
    if !(1..=3).contains(&count) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the first three bytes are meant"
    )]
    let digits = (word >> (8 * start)) as u32;
    // right-aligned in three bytes, with `0` before
    let digits = (digits << (8 * (3 - count)) | 0x0030_3030 >> (8 * count)) & 0x00ff_ffff;
    let digits = digits ^ 0x0030_3030;
    let out_of_range = ((digits + 0x0076_7676) | digits) & 0x0080_8080 != 0;
    let (hundreds, tens, ones) = (digits & 0xff, digits >> 8 & 0xff, digits >> 16);
    let value = hundreds * 100 + tens * 10 + ones;
    let shortest = [0, 0, 10, 100][count];
    (!out_of_range && value <= 255 && value >= shortest).then_some(value)
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
            prop_assert_eq!(v4(text.as_bytes()).map(Ipv4Addr::from_bits), text.parse::<Ipv4Addr>().ok());
            let ip = Ipv4Addr::from(octets);
            prop_assert_eq!(v4(ip.to_string().as_bytes()), Some(ip.to_bits()));
        }

        #[test]
        fn reads_ipv6_as_the_standard_library_does(text in "[0-9a-fA-F]{0,5}(:[0-9a-f]{0,4}){1,8}", words in any::<[u16; 8]>(), zeros in any::<u8>()) {
            let std = text.parse::<Ipv6Addr>().ok();
            prop_assert_eq!(v6(text.as_bytes()), std);
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
