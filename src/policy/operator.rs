//! Condition operators: `[ForAllValues:|ForAnyValue:]Operator[IfExists]` (COND-7, COND-8).

/// A condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// How one value is compared.
    pub comparison: Comparison,
    /// `…Not…`: true when no value of the list matches (COND-2).
    pub negated: bool,
    /// `…IfExists`: true when the key is absent (COND-9).
    pub if_exists: bool,
}

impl Operator {
    /// `StringEquals`
    pub(super) const EQUALS: Self = Self {
        quantifier: None,
        comparison: Comparison::StringEquals,
        negated: false,
        if_exists: false,
    };
}

/// A set operator (COND-13 to COND-17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// How a value of the request is compared with a value of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `ArnEquals` and `ArnLike`, which are the same (OP-8).
    Arn,
    /// `BinaryEquals` (OP-7).
    Binary,
    /// `Bool` (OP-6).
    Bool,
    /// `Date…` (OP-5).
    Date(Order),
    /// `IpAddress` (OP-9).
    Ip,
    /// `Null`: whether the key is absent (COND-10).
    Null,
    /// `Numeric…` (OP-4).
    Numeric(Order),
    /// `StringEquals` (OP-1).
    StringEquals,
    /// `StringEqualsIgnoreCase` (OP-2).
    StringEqualsIgnoreCase,
    /// `StringLike` (OP-3).
    StringLike,
}

/// How two numbers or dates must stand to each other: the request's value on the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `=`
    Equal,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

impl Order {
    /// Whether `ordering`, of the request's value to the policy's, satisfies it.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

/// All base operators: canonical spelling, comparison, negated.
const OPERATORS: &[(&str, Comparison, bool)] = &[
    ("ArnEquals", Comparison::Arn, false),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnNotLike", Comparison::Arn, true),
    ("BinaryEquals", Comparison::Binary, false),
    ("Bool", Comparison::Bool, false),
    ("DateEquals", Comparison::Date(Order::Equal), false),
    ("DateGreaterThan", Comparison::Date(Order::Greater), false),
    (
        "DateGreaterThanEquals",
        Comparison::Date(Order::GreaterOrEqual),
        false,
    ),
    ("DateLessThan", Comparison::Date(Order::Less), false),
    (
        "DateLessThanEquals",
        Comparison::Date(Order::LessOrEqual),
        false,
    ),
    ("DateNotEquals", Comparison::Date(Order::Equal), true),
    ("IpAddress", Comparison::Ip, false),
    ("NotIpAddress", Comparison::Ip, true),
    ("Null", Comparison::Null, false),
    ("NumericEquals", Comparison::Numeric(Order::Equal), false),
    (
        "NumericGreaterThan",
        Comparison::Numeric(Order::Greater),
        false,
    ),
    (
        "NumericGreaterThanEquals",
        Comparison::Numeric(Order::GreaterOrEqual),
        false,
    ),
    ("NumericLessThan", Comparison::Numeric(Order::Less), false),
    (
        "NumericLessThanEquals",
        Comparison::Numeric(Order::LessOrEqual),
        false,
    ),
    ("NumericNotEquals", Comparison::Numeric(Order::Equal), true),
    ("StringEquals", Comparison::StringEquals, false),
    (
        "StringEqualsIgnoreCase",
        Comparison::StringEqualsIgnoreCase,
        false,
    ),
    ("StringLike", Comparison::StringLike, false),
    ("StringNotEquals", Comparison::StringEquals, true),
    (
        "StringNotEqualsIgnoreCase",
        Comparison::StringEqualsIgnoreCase,
        true,
    ),
    ("StringNotLike", Comparison::StringLike, true),
];

/// Why a text is not an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperatorError {
    /// `NullIfExists` (COND-9).
    NullIfExists,
    /// No such operator; the nearest one, if any is near.
    Unknown(Option<&'static str>),
}

impl Operator {
    /// Reads an operator, without regard to case (COND-7).
    pub(crate) fn parse(text: &str) -> Result<Self, OperatorError> {
        let (quantifier, rest) = match text.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Quantifier::All), rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(Quantifier::Any), rest)
            }
            _ => (None, text),
        };
        let suffix = "IfExists";
        let split = rest
            .len()
            .checked_sub(suffix.len())
            .filter(|at| rest.is_char_boundary(*at));
        let (base, if_exists) = match split.map(|at| rest.split_at(at)) {
            Some((base, end)) if end.eq_ignore_ascii_case(suffix) => (base, true),
            _ => (rest, false),
        };
        let Some((_, comparison, negated)) = OPERATORS
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(base))
        else {
            return Err(OperatorError::Unknown(nearest(
                base,
                OPERATORS.iter().map(|(name, ..)| *name),
            )));
        };
        if if_exists && *comparison == Comparison::Null {
            return Err(OperatorError::NullIfExists);
        }
        Ok(Self {
            quantifier,
            comparison: *comparison,
            negated: *negated,
            if_exists,
        })
    }
}

impl Operator {
    /// An operator as AWS spells it; `None` if it is none.
    pub(crate) fn spelling(text: &str) -> Option<String> {
        let (quantifier, rest) = match Self::parse(text).ok()?.quantifier {
            Some(Quantifier::All) => ("ForAllValues:", text.split_once(':')?.1),
            Some(Quantifier::Any) => ("ForAnyValue:", text.split_once(':')?.1),
            None => ("", text),
        };
        let spelled = |text: &str| {
            let mut names = OPERATORS.iter().map(|(name, ..)| *name);
            names.find(|name| name.eq_ignore_ascii_case(text))
        };
        let suffix = "IfExists";
        if let Some(name) = spelled(rest) {
            return Some(format!("{quantifier}{name}"));
        }
        let end = rest.len().checked_sub(suffix.len())?;
        let name = spelled(rest.get(..end)?)?;
        Some(format!("{quantifier}{name}{suffix}"))
    }
}

/// The candidate that a typing mistake probably meant.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let text = text.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (distance(&text, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, in bytes, of short texts; long ones are far from everything.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, right) in b.bytes().enumerate() {
            let cost = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_and_suffix_combine() {
        let operator = Operator::parse("foranyvalue:STRINGnotLikeifexists").unwrap();
        assert_eq!(operator.quantifier, Some(Quantifier::Any));
        assert_eq!(operator.comparison, Comparison::StringLike);
        assert!(operator.negated && operator.if_exists);
    }

    #[test]
    fn spelled_as_by_aws() {
        for (text, expected) in [
            ("bool", Some("Bool")),
            (
                "foranyvalue:STRINGnotLikeifexists",
                Some("ForAnyValue:StringNotLikeIfExists"),
            ),
            ("notipaddress", Some("NotIpAddress")),
            ("NullIfExists", None),
        ] {
            assert_eq!(Operator::spelling(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn mistakes() {
        assert_eq!(
            Operator::parse("IpAdress"),
            Err(OperatorError::Unknown(Some("IpAddress")))
        );
        assert_eq!(
            Operator::parse("NullIfExists"),
            Err(OperatorError::NullIfExists)
        );
        assert_eq!(
            Operator::parse("IfExists"),
            Err(OperatorError::Unknown(None))
        );
        assert_eq!(
            Operator::parse("BoolNot"),
            Err(OperatorError::Unknown(None))
        );
        assert_eq!(
            Operator::parse("äöüäöüäö"),
            Err(OperatorError::Unknown(None))
        );
    }
}
