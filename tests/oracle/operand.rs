//! One value of a policy against one value of the request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use jiff::{Timestamp, civil, tz::TimeZone};

use super::context::Context;
use super::pattern::{self, Piece};

/// Whether the `value` of a policy matches the `candidate` of the request. What cannot be read
/// as the operator's type matches nothing, on either side (OP-4).
pub(super) fn matches(
    operator: &str,
    value: &str,
    candidate: &str,
    expands: bool,
    context: &Context,
) -> bool {
    // Only strings and ARNs have variables (VAR-1).
    let pattern = || {
        if expands {
            pattern::with_variables(value, context)
        } else {
            Some(pattern::without_variables(value))
        }
    };
    match operator {
        "stringequals" => {
            pattern().is_some_and(|pattern| pattern::literal(&pattern) == candidate) // OP-1
        }
        "stringequalsignorecase" => pattern().is_some_and(|pattern| {
            pattern::literal(&pattern).to_lowercase() == candidate.to_lowercase() // OP-2
        }),
        "stringlike" => {
            pattern().is_some_and(|pattern| pattern::matches_text(&pattern, candidate)) // OP-3
        }
        "arnequals" | "arnlike" => pattern().is_some_and(|pattern| arn_like(&pattern, candidate)),
        "binaryequals" => base64(value).is_some_and(|bytes| base64(candidate) == Some(bytes)), // OP-7
        "bool" => {
            let boolean = |text: &str| text.to_lowercase().parse::<bool>().ok();
            boolean(value).is_some_and(|value| boolean(candidate) == Some(value)) // OP-6
        }
        "ipaddress" => in_block(value, candidate) == Some(true),
        numeric if numeric.starts_with("numeric") => {
            compare(
                &numeric["numeric".len()..],
                number(candidate),
                number(value),
            ) // OP-4
        }
        date if date.starts_with("date") => {
            compare(&date["date".len()..], instant(candidate), instant(value)) // OP-5
        }
        unknown => panic!("unknown operator {unknown}"),
    }
}

/// Whether `address` is in the block `cidr`; `None` if the block is not written as AWS reads it.
/// An address that cannot be read is in no block (IP-18).
pub(crate) fn in_block(cidr: &str, address: &str) -> Option<bool> {
    let block = block(cidr)?;
    let address = address.parse::<IpAddr>().ok().map(unmapped);
    Some(address.is_some_and(|address| block.contains(&address))) // IP-7: families never mix
}

/// Reads a CIDR block or a bare address (IP-2), with or without host bits (IP-3).
fn block(text: &str) -> Option<IpNet> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    // The standard library takes neither zones nor leading zeros nor short forms (IP-9).
    let address: IpAddr = address.parse().ok()?;
    let prefix = match prefix {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
        None if address.is_ipv4() => 32,
        None => 128,
    };
    // A block of IPv4-mapped addresses is the IPv4 block, if it holds nothing else (IP-8).
    match (address, unmapped(address)) {
        (IpAddr::V6(_), IpAddr::V4(mapped)) if (96..=128).contains(&prefix) => {
            IpNet::new(mapped.into(), prefix - 96).ok()
        }
        (address, _) => IpNet::new(address, prefix).ok(), // IP-5: up to 32 or 128
    }
}

/// An IPv4-mapped address as IPv4 (IP-8).
fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.segments() {
            [0, 0, 0, 0, 0, 0xffff, high, low] => {
                IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
            }
            segments => IpAddr::V6(Ipv6Addr::from(segments)),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Each of the six components by itself, so that no wildcard crosses the first five colons
/// (OP-8). Fewer components are no ARN and match nothing.
fn arn_like(pattern: &[Piece], candidate: &str) -> bool {
    let mut patterns = pattern.splitn(6, |&piece| piece == Piece::Char(':'));
    let Some(components) = super::arn::parts(candidate) else {
        return false;
    };
    components[0] == "arn"
        && components.into_iter().all(|component| {
            patterns
                .next()
                .is_some_and(|pattern| pattern::matches_text(pattern, component))
        })
}

/// Compares the request with the policy, in this order: `NumericLessThan` is true of a smaller
/// request.
fn compare<T: PartialOrd>(comparison: &str, request: Option<T>, policy: Option<T>) -> bool {
    let (Some(request), Some(policy)) = (request, policy) else {
        return false;
    };
    match comparison {
        "equals" => request == policy,
        "greaterthan" => request > policy,
        "greaterthanequals" => request >= policy,
        "lessthan" => request < policy,
        "lessthanequals" => request <= policy,
        unknown => panic!("unknown comparison {unknown}"),
    }
}

/// An integer or a decimal.
fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(fraction) {
        text.parse().ok()
    } else {
        None
    }
}

/// Seconds since 1970, written so or as a date; a date without a zone is in UTC.
fn instant(text: &str) -> Option<f64> {
    let of = |timestamp: Timestamp| timestamp.as_duration().as_secs_f64();
    let in_utc = |time: civil::DateTime| TimeZone::UTC.to_timestamp(time).ok();
    number(text)
        .or_else(|| text.parse().ok().map(of))
        .or_else(|| text.parse().ok().and_then(in_utc).map(of))
}

/// The bytes that padded base64 stands for.
fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let symbols = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - symbols.len() > 2 {
        return None;
    }
    let mut bits = 0_u32;
    let mut bytes = Vec::new();
    for (index, symbol) in symbols.bytes().enumerate() {
        let value = ALPHABET.iter().position(|&letter| letter == symbol)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        // Every symbol but the first of four completes a byte.
        let left_over = 6 - 2 * (u32::try_from(index).ok()? % 4);
        if left_over < 6 {
            bytes.push(u8::try_from((bits >> left_over) & 0xff).ok()?);
        }
    }
    Some(bytes)
}
