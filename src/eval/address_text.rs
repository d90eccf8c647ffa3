//! Which addresses have a canonical text that matches a pattern (OP-1 to OP-3 on a key that holds an address).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use crate::net::{AddressSet, parse_address};
use crate::policy::{Token, literal};

/// Why the addresses of a pattern are not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextError {
    /// They are in too many separate ranges, such as those of `*.7`.
    TooMany,
    /// Which IPv6 addresses it matches hangs on where their texts leave out zeros.
    Zeros,
}

/// The most ranges that a pattern may come to.
const MOST_RANGES: usize = 65_536;
/// The longest text of an IPv4 address: `255.255.255.255`.
const LONGEST_V4: usize = 15;

/// The address that is written like this and no other way, or none.
pub(super) fn written(text: &str) -> AddressSet {
    match parse_address(text) {
        Some((address, false)) if address.to_string() == text => address.into(),
        _ => AddressSet::default(),
    }
}

/// The addresses whose text matches the tokens.
pub(super) fn matching(tokens: &[Token]) -> Result<AddressSet, TextError> {
    if let Some(text) = literal(tokens) {
        return Ok(written(&text));
    }
    if tokens.iter().all(|token| *token == Token::Many) {
        return Ok(AddressSet::all().with_none(false));
    }
    let v4 = V4Matcher::new(tokens).map_or(Ok(AddressSet::default()), V4Matcher::addresses)?;
    Ok(v4.union(&v6(tokens)?))
}

/// First and last of each range of what remains of an address.
type Remaining = Rc<[(u32, u32)]>;

/// Follows a pattern through the texts of IPv4 addresses, octet by octet. Bit `i` of a state says that the first `i`
/// tokens can match the text so far.
struct V4Matcher {
    // INVARIANT: no two stars stand side by side, so at most 31 tokens
    tokens: Vec<Token>,
    /// The addresses that remain for a state before an octet, as ranges.
    known: HashMap<(u8, u32), Remaining>,
}

impl V4Matcher {
    /// `None` if no text of an IPv4 address can match.
    fn new(tokens: &[Token]) -> Option<Self> {
        let mut tokens = tokens.to_vec();
        tokens.dedup_by(|next, kept| *next == Token::Many && *kept == Token::Many);
        let fixed = tokens.iter().filter(|token| **token != Token::Many).count();
        let fits = tokens.iter().all(|token| match token {
            Token::Char(character) => character.is_ascii_digit() || *character == '.',
            _ => true,
        });
        (fits && fixed <= LONGEST_V4).then_some(Self {
            tokens,
            known: HashMap::new(),
        })
    }

    fn addresses(mut self) -> Result<AddressSet, TextError> {
        let start = self.skip_stars(1);
        let ranges = self.remaining(0, start)?;
        Ok(AddressSet::from_ranges(ranges.iter().map(
            |(first, last)| {
                let ends = (Ipv4Addr::from_bits(*first), Ipv4Addr::from_bits(*last));
                (IpAddr::V4(ends.0), IpAddr::V4(ends.1))
            },
        )))
    }

    /// The rests of addresses from octet `octet` on that match from `state`, as ranges of numbers.
    fn remaining(&mut self, octet: u8, state: u32) -> Result<Remaining, TextError> {
        if octet == 4 {
            let matches = state >> self.tokens.len() & 1 == 1;
            let whole: &[(u32, u32)] = if matches { &[(0, 0)] } else { &[] };
            return Ok(whole.into());
        }
        if let Some(known) = self.known.get(&(octet, state)) {
            return Ok(Rc::clone(known));
        }
        let shift = 8 * u32::from(3 - octet);
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for value in 0..=255_u8 {
            let mut state = self.after(state, &value.to_string());
            if octet < 3 {
                state = self.after(state, ".");
            }
            if state == 0 {
                continue;
            }
            let base = u32::from(value) << shift;
            for (first, last) in self.remaining(octet + 1, state)?.iter() {
                let (first, last) = (base + first, base + last);
                match ranges.last_mut() {
                    Some((_, end)) if end.checked_add(1) == Some(first) => *end = last,
                    _ => ranges.push((first, last)),
                }
            }
            if ranges.len() > MOST_RANGES {
                return Err(TextError::TooMany);
            }
        }
        let ranges: Remaining = ranges.into();
        self.known.insert((octet, state), Rc::clone(&ranges));
        Ok(ranges)
    }

    fn after(&self, state: u32, text: &str) -> u32 {
        text.chars().fold(state, |state, character| {
            let mut next = 0;
            for (index, token) in self.tokens.iter().enumerate() {
                if state >> index & 1 == 0 {
                    continue;
                }
                match token {
                    Token::Many | Token::ManyNoColon => next |= 1 << index,
                    Token::One | Token::OneNoColon => next |= 1 << (index + 1),
                    Token::Char(own) if *own == character => next |= 1 << (index + 1),
                    Token::Char(_) => {}
                }
            }
            self.skip_stars(next)
        })
    }

    /// A star may match nothing. No two stand side by side, so one pass does.
    fn skip_stars(&self, state: u32) -> u32 {
        let stars = self.tokens.iter().enumerate();
        stars.fold(state, |state, (index, token)| match token {
            Token::Many | Token::ManyNoColon => state | (state >> index & 1) << (index + 1),
            _ => state,
        })
    }
}

/// The IPv6 addresses whose text matches a pattern with a wildcard.
///
/// Texts of IPv4-mapped addresses hold dots, but no request carries such an address (IP-8).
fn v6(tokens: &[Token]) -> Result<AddressSet, TextError> {
    let fits = tokens.iter().all(|token| match token {
        Token::Char(character) => {
            matches!(character, '0'..='9' | 'a'..='f' | ':')
        }
        _ => true,
    });
    if !fits {
        return Ok(AddressSet::default());
    }
    match tokens.split_last() {
        Some((Token::Many, start)) => match literal(start) {
            Some(start) => v6_beginning_with(&start),
            None => Err(TextError::Zeros),
        },
        _ => Err(TextError::Zeros),
    }
}

/// The IPv6 addresses whose text begins with `start`.
fn v6_beginning_with(start: &str) -> Result<AddressSet, TextError> {
    let groups: Vec<&str> = start.split(':').collect();
    let mut bits = 0_u128;
    for (index, group) in groups.iter().enumerate() {
        let last = index + 1 == groups.len();
        if index > 7 || group.len() > 4 || (group.len() > 1 && group.starts_with('0')) {
            // No canonical text has a ninth group, or a leading zero.
            return Ok(AddressSet::default());
        }
        if last && group.is_empty() && index > 0 {
            return Ok(span(bits, index, 0, u128::MAX));
        }
        // Whether a zero group stands in the text or is left out depends on all the others (RFC 5952).
        let value = u128::from_str_radix(group, 16).map_err(|_| TextError::Zeros)?;
        if value == 0 {
            return Err(TextError::Zeros);
        }
        if last {
            let more = 4 - group.len();
            let of_length = (0..=more).map(|digits| {
                let (first, end) = (value << (4 * digits), (value + 1) << (4 * digits));
                span(bits, index, first, end - 1)
            });
            return Ok(of_length.fold(AddressSet::default(), |all, part| all.union(&part)));
        }
        bits |= value << (112 - 16 * index);
    }
    Err(TextError::Zeros)
}

/// The addresses with the groups of `bits` before group `index`, from the values `first` to `last` in it.
fn span(bits: u128, index: usize, first: u128, last: u128) -> AddressSet {
    let shift = 112 - 16 * index;
    let below = (1_u128 << shift) - 1;
    let last = last.min(0xffff);
    let ends = (bits | first << shift, bits | last << shift | below);
    AddressSet::from_ranges([(
        IpAddr::V6(Ipv6Addr::from_bits(ends.0)),
        IpAddr::V6(Ipv6Addr::from_bits(ends.1)),
    )])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::net::Address;
    use crate::policy::{Pattern, glob_tokens};

    fn blocks(pattern: &str) -> Result<Vec<String>, TextError> {
        let set = matching(&glob_tokens(pattern))?;
        Ok(set.blocks().map(|block| block.to_string()).collect())
    }

    #[test]
    fn patterns_that_people_write() {
        let exactly = |pattern: &str, expected: &[&str]| {
            assert_eq!(
                blocks(pattern),
                Ok(expected.iter().map(|text| (*text).to_owned()).collect()),
                "{pattern}"
            );
        };
        exactly("203.0.113.*", &["203.0.113.0/24"]);
        exactly("10.*", &["10.0.0.0/8"]);
        exactly("10.?.*", &["10.0.0.0/13", "10.8.0.0/15"]); // 10.10.0.0 has two digits there
        exactly("*", &["0.0.0.0/0", "::/0"]);
        exactly("203.0.113.7", &["203.0.113.7/32"]);
        exactly("203.0.113.07", &[]);
        exactly("2001:db8::1", &["2001:db8::1/128"]);
        exactly("2001:DB8::1", &[]); // not how an address is written, and StringLike minds the case
        exactly("2001:db8:*", &["2001:db8::/32"]);
        exactly(
            "2001:db8:a*",
            &[
                "2001:db8:a::/48",
                "2001:db8:a0::/44",
                "2001:db8:a00::/40",
                "2001:db8:a000::/36",
            ],
        );
        exactly("fe80:*:x", &[]);
        exactly("2001:0db8:*", &[]);
        assert_eq!(blocks("2001:db8::*"), Err(TextError::Zeros));
        assert_eq!(blocks("*:1"), Err(TextError::Zeros));
        assert_eq!(blocks("*.7"), Err(TextError::TooMany));
    }

    /// Addresses whose texts are short, so that patterns hit them.
    fn addresses() -> impl Strategy<Value = IpAddr> {
        let octet = || prop_oneof![0..30_u8, 100..130_u8, 250..=255_u8];
        let v4 = [octet(), octet(), octet(), octet()].prop_map(|octets| IpAddr::V4(octets.into()));
        let group = || {
            prop_oneof![
                Just(0_u16),
                1..4_u16,
                0x10..0x20_u16,
                0x100..0x110_u16,
                Just(0x1000_u16)
            ]
        };
        let v6 = [
            group(),
            group(),
            group(),
            group(),
            group(),
            group(),
            group(),
            group(),
        ]
        .prop_map(|groups| IpAddr::V6(groups.into()));
        prop_oneof![v4, v6]
    }

    proptest! {
        #[test]
        fn a_pattern_matches_an_address_as_its_text(
            ip in addresses(),
            cut in 0..12_usize,
            holes in prop::collection::vec((0..12_usize, prop::bool::ANY), 0..3),
        ) {
            let mut pattern: Vec<char> = ip.to_string().chars().collect();
            for (place, one) in holes {
                if let Some(character) = pattern.get_mut(place) {
                    *character = if one { '?' } else { '*' };
                }
            }
            pattern.truncate(cut.max(1));
            pattern.push('*');
            let pattern: String = pattern.into_iter().collect();
            if let Ok(set) = matching(&glob_tokens(&pattern)) {
                let glob = Pattern::glob(&pattern);
                let ends = set.ranges().take(64).flat_map(|(first, last)| [first, last]);
                let beyond = set.complement();
                let ends = ends.chain(beyond.ranges().take(64).flat_map(|(first, last)| [first, last]));
                for probe in ends.chain([ip]).map(Address::new) {
                    let mapped = matches!(probe.ip(), IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
                    prop_assert!(!mapped);
                    prop_assert_eq!(set.contains(probe), glob.matches(&probe.to_string()), "{} {}", pattern, probe);
                }
            }
        }
    }
}
