//! Values of conditions, read by the type of their operator (OP-1 to OP-10).

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::key::ConditionKey;
use super::operator::Comparison;
use super::resource::ArnShape;
use super::template::{Binding, Resolved, Syntax, Template};
use crate::net::{Cidr, Written};
use crate::source::Span;

/// One value of a condition: its text, its place, and what it means to the operator.
#[derive(Clone, Debug)]
pub struct ConditionValue {
    /// The text, decoded.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
    pub(crate) operand: Operand,
}

/// A pattern of ARNs, compiled once if it has no variables.
#[derive(Clone, Debug)]
pub(crate) struct ArnTemplate {
    template: Template,
    fixed: Option<ArnShape>,
}

impl ArnTemplate {
    /// `None` if the pattern has fewer than the six parts of an ARN and no variable that could bring them.
    fn new(template: Template) -> Option<Self> {
        if template.variables().next().is_some() {
            return Some(Self {
                template,
                fixed: None,
            });
        }
        let Resolved::Known(tokens) = template.tokens(&|_| Binding::Void) else {
            return None;
        };
        let shape = ArnShape::new(&tokens);
        shape.is_arn().then_some(Self {
            template,
            fixed: Some(shape),
        })
    }

    /// Whether an ARN matches, part by part (OP-8).
    pub(crate) fn matches<'b>(
        &self,
        arn: &str,
        bind: &impl Fn(&ConditionKey) -> Binding<'b>,
    ) -> Resolved<bool> {
        if let Some(shape) = &self.fixed {
            return Resolved::Known(shape.matches_segments(arn));
        }
        match self.template.tokens(bind) {
            Resolved::Known(tokens) => {
                Resolved::Known(ArnShape::new(&tokens).matches_segments(arn))
            }
            Resolved::Void => Resolved::Void,
            Resolved::Unknown => Resolved::Unknown,
        }
    }
}

/// A value as its operator understands it. What cannot be read matches nothing (OP-4).
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Arn(Box<ArnTemplate>),
    Binary(Vec<u8>),
    Bool(bool),
    Date(Timestamp),
    Ip(Written),
    Numeric(Decimal),
    /// What it is, nothing at hand tells.
    Open(ConditionKey),
    Text(Box<Template>),
    Unreadable(String),
}

impl Operand {
    /// Reads `text` for `comparison`; `variables` says whether the policy's version knows `${…}` (VAR-1).
    pub(crate) fn read(comparison: Comparison, text: &str, variables: bool) -> Self {
        let template = |wildcards, variables| {
            Box::new(Template::parse(
                text,
                Syntax {
                    wildcards,
                    variables,
                },
            ))
        };
        match comparison {
            Comparison::Arn => match ArnTemplate::new(*template(true, variables)) {
                Some(arn) => Self::Arn(Box::new(arn)),
                None => Self::Unreadable("not an ARN (OP-8)".into()),
            },
            Comparison::StringEquals | Comparison::StringEqualsIgnoreCase => {
                Self::Text(template(false, variables))
            }
            Comparison::StringLike => Self::Text(template(true, variables)),
            Comparison::Binary => read_binary(text).map_or_else(
                || Self::Unreadable("not base64 (OP-7)".into()),
                Self::Binary,
            ),
            Comparison::Bool | Comparison::Null => read_bool(text).map_or_else(
                || Self::Unreadable("not `true` or `false` (OP-6)".into()),
                Self::Bool,
            ),
            Comparison::Date(_) => read_date(text)
                .map_or_else(|| Self::Unreadable("not a date (OP-5)".into()), Self::Date),
            Comparison::Ip => {
                Cidr::read(text).map_or_else(|error| Self::Unreadable(error.to_string()), Self::Ip)
            }
            Comparison::Numeric(_) => Decimal::read(text).map_or_else(
                || Self::Unreadable("not a number (OP-4)".into()),
                Self::Numeric,
            ),
        }
    }
}

impl Operand {
    /// Whether it has a policy variable, be it one that no key could fill.
    pub(crate) fn has_variable(&self) -> bool {
        match self {
            Self::Arn(arn) => arn.template.variables().next().is_some(),
            Self::Text(template) => template.variables().next().is_some(),
            Self::Open(_) => true,
            _ => false,
        }
    }

    /// The keys of its policy variables, and what it stands for if it is not known.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &ConditionKey> {
        let template = match self {
            Self::Arn(arn) => Some(&arn.template),
            Self::Text(template) => Some(template.as_ref()),
            _ => None,
        };
        let open = match self {
            Self::Open(what) => Some(what),
            _ => None,
        };
        let variables = template.into_iter().flat_map(Template::variables);
        open.into_iter()
            .chain(variables.filter_map(|variable| variable.key.as_ref()))
    }
}

pub(crate) fn read_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

pub(crate) fn read_binary(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A date of the W3C profile of ISO 8601, without a zone in UTC, or seconds since 1970 (OP-5).
pub(crate) fn read_date(text: &str) -> Option<Timestamp> {
    if let Some(seconds) = Decimal::read(text) {
        return Timestamp::from_second(seconds.whole()?).ok();
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let utc = |datetime: DateTime| TimeZone::UTC.to_timestamp(datetime).ok();
    // `parse` of a civil type passes over what follows a date, so a date must be all there is.
    if text.len() == "2026-01-31".len() {
        return text
            .parse::<Date>()
            .ok()
            .and_then(|date| utc(date.at(0, 0, 0, 0)));
    }
    text.parse::<DateTime>().ok().and_then(utc)
}

/// A decimal number, compared exactly: not as a binary fraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    // INVARIANT: no leading zero
    whole: String,
    // INVARIANT: no trailing zero
    fraction: String,
}

impl Decimal {
    /// The longest exponent that is read: 1e400 is no number that a service sends.
    const MAX_EXPONENT: u32 = 400;

    pub(crate) fn read(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.bytes().chain(fraction.bytes());
        if whole.is_empty() && fraction.is_empty()
            || !digits.clone().all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        if exponent.unsigned_abs() > Self::MAX_EXPONENT {
            return None;
        }
        let all: String = digits.map(char::from).collect();
        let point = i32::try_from(whole.len()).ok()? + exponent;
        let (whole, fraction) = match usize::try_from(point) {
            Err(_) => (
                String::new(),
                "0".repeat(point.unsigned_abs() as usize) + &all,
            ),
            Ok(point) if point > all.len() => (
                format!("{all}{}", "0".repeat(point - all.len())),
                String::new(),
            ),
            Ok(point) => (all[..point].to_owned(), all[point..].to_owned()),
        };
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }

    /// The number of whole units, towards zero, if it fits.
    fn whole(&self) -> Option<i64> {
        let magnitude: i64 = if self.whole.is_empty() {
            0
        } else {
            self.whole.parse().ok()?
        };
        Some(if self.negative { -magnitude } else { magnitude })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitude = || {
            let lengths = self.whole.len().cmp(&other.whole.len());
            lengths
                .then_with(|| self.whole.cmp(&other.whole))
                .then_with(|| self.fraction.cmp(&other.fraction))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_exactly() {
        let read = |text| Decimal::read(text).unwrap();
        assert!(read("9007199254740993") > read("9007199254740992")); // equal as f64
        assert!(read("0.1") > read("0.09"));
        assert!(read("-2") < read("-1.5"));
        assert_eq!(read("-0"), read("0.00"));
        assert_eq!(read("1e3"), read("1000"));
        assert_eq!(read("12.5e-2"), read("0.125"));
        for bad in [
            "",
            "-",
            "ten",
            "1.2.3",
            "0x10",
            "1e",
            "1e9999",
            "1e-2147483648",
            " 1",
            ".",
        ] {
            assert_eq!(Decimal::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_of_every_documented_form() {
        let same = read_date("2026-01-01T00:00:00Z").unwrap();
        for text in [
            "2026-01-01",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T01:00:00.0+01:00",
            "1767225600",
        ] {
            assert_eq!(read_date(text), Some(same), "{text}");
        }
        for bad in ["", "yesterday", "2026-13-01", "2026-01-01T25:00Z", "*"] {
            assert_eq!(read_date(bad), None, "{bad}");
        }
    }
}
