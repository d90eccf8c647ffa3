//! Amazon Resource Names.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// An ARN: `arn:partition:service:region:account:resource`. Region and account may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arn {
    text: Box<str>,
    // INVARIANT: the places of the second to the fifth colon of `text`
    colons: [usize; 4],
}

impl Arn {
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub fn partition(&self) -> &str {
        &self.text["arn:".len()..self.colons[0]]
    }

    /// `s3`, `iam` …
    pub fn service(&self) -> &str {
        &self.text[self.colons[0] + 1..self.colons[1]]
    }

    /// The region, or nothing.
    pub fn region(&self) -> &str {
        &self.text[self.colons[1] + 1..self.colons[2]]
    }

    /// The account field as written, or nothing.
    pub fn account_field(&self) -> &str {
        &self.text[self.colons[2] + 1..self.colons[3]]
    }

    /// The account, if the field holds one: 12 digits (`aws` and an empty field do not count).
    pub fn account(&self) -> Option<AccountId> {
        self.account_field().parse().ok()
    }

    /// Everything after the fifth colon.
    pub fn resource(&self) -> &str {
        &self.text[self.colons[3] + 1..]
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The parts of an ARN, where they stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArnParts<'a> {
    pub(crate) whole: &'a [u8],
    /// Where the six parts begin.
    starts: [usize; 6],
}

impl<'a> ArnParts<'a> {
    /// The parts of a text; `None` for what cannot be read as an [`Arn`].
    #[inline]
    pub(crate) fn split(whole: &'a [u8]) -> Option<Self> {
        let colons = colons(whole);
        if whole.first_chunk::<4>() == Some(b"arn:") && colons.count_ones() < 5 {
            return Self::split_long(whole);
        }
        Self::at(whole, colons)
    }

    /// The parts of a text by the places of the colons among its first 64 bytes, which are at least five.
    #[inline]
    pub(crate) fn at(whole: &'a [u8], mut colons: u64) -> Option<Self> {
        let mut starts = [0; 6];
        for start in &mut starts[1..] {
            *start = colons.trailing_zeros() as usize + 1;
            colons &= colons.wrapping_sub(1);
        }
        Self::filled(whole, starts)
    }

    #[cold]
    fn split_long(whole: &'a [u8]) -> Option<Self> {
        let mut starts = [0; 6];
        for at in 1..6 {
            let length = memchr::memchr(b':', whole.get(starts[at - 1]..)?)?;
            starts[at] = starts[at - 1] + length + 1;
        }
        Self::filled(whole, starts)
    }

    #[inline]
    fn filled(whole: &'a [u8], starts: [usize; 6]) -> Option<Self> {
        let filled = whole.first_chunk::<4>() == Some(b"arn:")
            && starts[1] == 4
            && starts[2] > 5
            && starts[3] > starts[2] + 1
            && starts[5] < whole.len();
        filled.then_some(Self { whole, starts })
    }

    /// What stands before its last part, the fifth colon included.
    pub(crate) fn head(&self) -> &'a [u8] {
        &self.whole[..self.starts[5]]
    }

    /// One of the six parts, counted from 0.
    #[inline]
    pub(crate) fn part(&self, at: usize) -> &'a [u8] {
        let next = self.starts.get(at + 1);
        let end = next.map_or(self.whole.len(), |next| next - 1);
        self.whole.get(self.starts[at]..end).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn service(&self) -> &'a [u8] {
        self.part(2)
    }

    pub(crate) fn region(&self) -> &'a [u8] {
        self.part(3)
    }

    #[inline]
    pub(crate) fn account(&self) -> &'a [u8] {
        self.part(4)
    }

    pub(crate) fn resource(&self) -> &'a [u8] {
        self.part(5)
    }
}

/// The places of the colons among the first 64 bytes of a text, eight at a time.
#[inline]
fn colons(text: &[u8]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let among = |bytes: [u8; 8]| {
        let word = u64::from_le_bytes(bytes) ^ u64::from_le_bytes([b':'; 8]);
        let found = !(((word & LOW) + LOW) | word | LOW) >> 7;
        // one bit for each byte, gathered in the highest byte
        found.wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    let Some(last) = text.last_chunk() else {
        return 0;
    };
    let (words, _) = text.as_chunks();
    let mut places = 0;
    for (at, word) in words.iter().take(8).enumerate() {
        places |= among(*word) << (8 * at);
    }
    match text.len() - 8 {
        at @ 0..64 => places | among(*last) << at,
        _ => places,
    }
}

impl FromStr for Arn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |what: &str| {
            Error::request(format!("`{text}` is not an ARN: {what}"))
                .help("an ARN is `arn:partition:service:region:account:resource`")
        };
        let rest = text
            .strip_prefix("arn:")
            .ok_or_else(|| bad("it does not start with `arn:`"))?;
        let places: Vec<usize> = rest
            .match_indices(':')
            .map(|(at, _)| at + "arn:".len())
            .take(4)
            .collect();
        let colons: [usize; 4] = places
            .try_into()
            .map_err(|_| bad("it has fewer than six parts"))?;
        let arn = Self {
            text: text.into(),
            colons,
        };
        if arn.partition().is_empty() || arn.service().is_empty() || arn.resource().is_empty() {
            return Err(bad("the partition, the service or the resource is empty"));
        }
        Ok(arn)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A 12-digit account number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        // INVARIANT: ASCII digits, checked when it was read.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for AccountId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match <[u8; 12]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            _ => Err(Error::request(format!("`{text}` is not an account id"))
                .help("an account id has 12 digits")),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_are_those_of_the_arn(text in "(arn:)?[a:é]{0,12}(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:a)?:?") {
            let arn = text.parse::<Arn>().ok();
            let parts = ArnParts::split(text.as_bytes());
            prop_assert_eq!(arn.is_some(), parts.is_some());
            if let (Some(arn), Some(parts)) = (arn, parts) {
                prop_assert_eq!(parts.service(), arn.service().as_bytes());
                prop_assert_eq!(parts.region(), arn.region().as_bytes());
                prop_assert_eq!(parts.account(), arn.account_field().as_bytes());
                prop_assert_eq!(parts.resource(), arn.resource().as_bytes());
            }
        }
    }
}
