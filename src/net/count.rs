//! How many addresses a set holds.

use std::fmt;

/// A number of addresses, up to all of IPv4 and IPv6 together.
///
/// # Example
/// ```
/// use ipcond::net::AddressSet;
/// let count = |block: &str| block.parse().map(|block| AddressSet::from_iter([block]).count().to_string());
/// assert_eq!(count("10.0.0.0/8")?, "16,777,216");
/// assert_eq!(count("2001:db8::/48")?, "2^80"); // nobody reads 1,208,925,819,614,629,174,706,176
/// assert_eq!(AddressSet::all().count().to_string(), "about 2^128"); // IPv4 is not the whole of the difference
/// # Ok::<(), ipcond::net::CidrError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    // INVARIANT: the number is `whole * 2^128 + rest`, and IPv6 is whole at most once
    whole: bool,
    rest: u128,
}

impl Count {
    /// Of the addresses from `first` to `last`, both included.
    pub(super) fn of_range(first: u128, last: u128) -> Self {
        match (last - first).checked_add(1) {
            Some(rest) => Self { whole: false, rest },
            None => Self {
                whole: true,
                rest: 0,
            },
        }
    }

    /// Together, of sets that share nothing.
    pub(super) fn plus(self, other: Self) -> Self {
        let (rest, carry) = self.rest.overflowing_add(other.rest);
        Self {
            whole: self.whole || other.whole || carry,
            rest,
        }
    }

    /// Whether there are none.
    pub fn is_zero(self) -> bool {
        !self.whole && self.rest == 0
    }

    /// The number, if it is below `2^128`.
    pub fn exact(self) -> Option<u128> {
        (!self.whole).then_some(self.rest)
    }

    /// The logarithm to the base 2.
    fn log2(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
        let rest = self.rest as f64;
        (rest + if self.whole { 2f64.powi(128) } else { 0.0 }).log2()
    }
}

/// Numbers up to here are written out.
const WRITTEN_OUT: u128 = 1 << 40;

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exact() {
            Some(number) if number <= WRITTEN_OUT => f.write_str(&with_separators(number)),
            Some(number) if number.is_power_of_two() => write!(f, "2^{}", number.trailing_zeros()),
            None if self.rest == 0 => f.write_str("2^128"),
            _ => {
                let log2 = format!("{:.1}", self.log2());
                write!(f, "about 2^{}", log2.trim_end_matches(".0"))
            }
        }
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn with_separators(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
