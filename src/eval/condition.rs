//! One test of a condition block (COND-1 to COND-20, OP-1 to OP-11).

use super::algebra::Algebra;
use super::context::{Assumption, Context, ContextValue, Known};
use super::keys;
use super::truth::{Pair, Truth, all, any};
use crate::net::{Address, parse_address};
use crate::policy::{
    Arn, Comparison, Condition, ConditionKey, Decimal, Operand, Quantifier, Resolved, read_binary,
    read_bool, read_date,
};

/// What became of one test, and what it rested on.
#[derive(Clone, Debug)]
pub(crate) struct ConditionOutcome<T> {
    /// Whether it holds.
    pub truth: Pair<T>,
    /// The value of the policy that matched, by its index.
    pub matched: Option<usize>,
    /// What was known about the key.
    pub key: KeyState,
    /// Keys that it needs and that are unknown.
    pub unknown: Vec<ConditionKey>,
    /// Undocumented points that it rests on.
    pub assumptions: Vec<Assumption>,
}

/// What was known about the key of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is not in the request.
    Absent,
    /// It is; for every address at once, with any of them.
    Given,
    /// Nothing.
    Unknown,
}

/// Whether one test holds for a request.
pub(crate) fn test<A: Algebra>(
    algebra: &A,
    condition: &Condition,
    context: &Context,
) -> ConditionOutcome<A::Truth> {
    let mut walk = Walk {
        condition,
        context,
        matched: None,
        unknown: Vec::new(),
        assumptions: Vec::new(),
    };
    let known = context.get(&condition.key);
    let truth = if condition.operator.comparison == Comparison::Null {
        walk.null(known).lift()
    } else {
        match known {
            Known::Absent => Pair::known(walk.absent()),
            Known::Every => walk.every(algebra),
            Known::Given(value) => walk.given(value).lift(),
            Known::Unknown => walk.unknown().lift(),
        }
    };
    if known != Known::Absent {
        walk.doubt_list(known);
    }
    if let Some(assumption) = context.assumption(&condition.key) {
        walk.assumptions.push(assumption.clone());
    }
    let key = match known {
        Known::Absent => KeyState::Absent,
        Known::Given(_) | Known::Every => KeyState::Given,
        Known::Unknown => KeyState::Unknown,
    };
    let Walk {
        matched,
        unknown,
        assumptions,
        ..
    } = walk;
    ConditionOutcome {
        truth,
        matched,
        key,
        unknown,
        assumptions,
    }
}

struct Walk<'a> {
    condition: &'a Condition,
    context: &'a Context,
    matched: Option<usize>,
    unknown: Vec<ConditionKey>,
    assumptions: Vec<Assumption>,
}

impl Walk<'_> {
    /// `Null` (COND-10, COND-11, COND-12).
    fn null(&mut self, known: Known<'_>) -> Pair<bool> {
        match self.condition.operator.quantifier {
            Some(Quantifier::All) => return Pair::known(true),
            Some(Quantifier::Any) => return Pair::known(false),
            None => {}
        }
        if self.opens() {
            return Pair::unknown();
        }
        let wants = |value| {
            self.condition
                .values
                .iter()
                .position(|entry| matches!(entry.operand, Operand::Bool(wanted) if wanted == value))
        };
        let absent = match known {
            Known::Absent => true,
            Known::Every => false,
            Known::Given(value) => is_null(value),
            Known::Unknown if wants(true).is_some() == wants(false).is_some() => {
                return Pair::known(wants(true).is_some());
            }
            Known::Unknown => return self.unknown(),
        };
        let matched = wants(absent);
        if let Known::Given(value) = known
            && is_null(value)
        {
            self.assume("COND-12", "an empty value counts as null for `Null`");
        }
        self.matched = matched;
        Pair::known(matched.is_some())
    }

    /// Whether a value of the policy is not known, which is noted.
    fn opens(&mut self) -> bool {
        let operands = self.condition.values.iter().map(|value| &value.operand);
        let open = operands.filter(|operand| matches!(operand, Operand::Open(_)));
        let before = self.unknown.len();
        self.unknown
            .extend(open.flat_map(Operand::variables).cloned());
        self.unknown.len() > before
    }

    /// The key is not in the request (COND-3, COND-9, COND-13 to COND-17).
    fn absent(&self) -> bool {
        let operator = self.condition.operator;
        match (operator.if_exists, operator.quantifier) {
            (true, _) | (_, Some(Quantifier::All)) => true,
            (_, Some(Quantifier::Any)) => false,
            (false, None) => operator.negated,
        }
    }

    /// Every address at once, one value in each request: set operators make no difference (COND-13).
    fn every<A: Algebra>(&mut self, algebra: &A) -> Pair<A::Truth> {
        let matched = algebra.addresses(self.condition);
        if !matched.undecided().is(false) {
            let variables = self.condition.values.iter();
            let unknown = variables
                .flat_map(|value| value.operand.variables())
                .filter(|key| self.context.get(key) == Known::Unknown);
            self.unknown.extend(unknown.cloned());
            if self.unknown.is_empty() {
                self.unknown.push(self.condition.key.clone());
            }
        }
        if self.condition.operator.negated {
            matched.not()
        } else {
            matched
        }
    }

    /// Nothing is known about the key: only a list that can match no value at all can decide.
    fn unknown(&mut self) -> Pair<bool> {
        if let Some(decided) = self.whatever_the_value() {
            return Pair::known(decided);
        }
        self.unknown.push(self.condition.key.clone());
        Pair::unknown()
    }

    /// What the test comes to if no value of the list can match (COND-20, IP-11, OP-4), where absence makes no difference.
    fn whatever_the_value(&self) -> Option<bool> {
        let Condition {
            operator,
            key,
            values,
            ..
        } = self.condition;
        let address = keys::is_address(key);
        let never = values.iter().all(|value| match &value.operand {
            Operand::Unreadable(_) => true,
            Operand::Text(_) => address && !could_be_address(&value.text),
            _ => false,
        });
        if !never || operator.comparison == Comparison::Null {
            return None;
        }
        match (operator.negated, operator.quantifier) {
            (false, None | Some(Quantifier::Any)) if !operator.if_exists => Some(false),
            (true, Some(Quantifier::All)) => Some(true),
            // Several values without a set operator never match, and some keys may hold several (COND-19).
            (true, None) if keys::is_single_valued(key) => Some(true),
            _ => None,
        }
    }

    fn given(&mut self, value: &ContextValue) -> Pair<bool> {
        let operator = self.condition.operator;
        let values = value.values();
        match operator.quantifier {
            Some(Quantifier::All) => {
                if is_null(value) {
                    self.assume(
                        "COND-12",
                        "an empty value counts as null for `ForAllValues`",
                    );
                    return Pair::known(true);
                }
                all(values.iter().map(|value| self.element(value)))
            }
            Some(Quantifier::Any) => any(values.iter().map(|value| self.element(value))),
            None => {
                if keys::is_multi_valued(&self.condition.key) {
                    self.assume(
                        "COND-19",
                        "a key that holds a list, tested without a set operator, never matches",
                    );
                    return Pair::known(false);
                }
                let [value] = values else {
                    self.assume(
                        "COND-19",
                        "several values, tested without a set operator, never match",
                    );
                    return Pair::known(false);
                };
                self.element(value)
            }
        }
    }

    /// One value of the request against the list: in it, or for a negated operator not in it (COND-2).
    fn element(&mut self, text: &str) -> Pair<bool> {
        let matched = self.matches(text);
        if self.condition.operator.negated {
            matched.not()
        } else {
            matched
        }
    }

    fn matches(&mut self, text: &str) -> Pair<bool> {
        let condition = self.condition;
        self.doubt_value(text);
        let subject = Subject::new(condition.operator.comparison, text);
        let mut result = Pair::known(false);
        for (index, value) in condition.values.iter().enumerate() {
            match compare(
                condition.operator.comparison,
                &value.operand,
                &subject,
                self.context,
            ) {
                Resolved::Known(false) => {}
                Resolved::Known(true) => {
                    self.matched.get_or_insert(index);
                    return Pair::known(true);
                }
                Resolved::Void => {
                    if condition.values.len() > 1 {
                        self.assume(
                            "VAR-5",
                            format!(
                                "`{}` has no value; only this entry of the list is void",
                                value.text
                            ),
                        );
                    }
                }
                Resolved::Unknown => {
                    let unknown = value.operand.variables().filter(|key| {
                        matches!(self.context.get(key), Known::Unknown | Known::Every)
                    });
                    self.unknown.extend(unknown.cloned());
                    result = Pair::unknown();
                }
            }
        }
        result
    }

    /// States what is not documented about reading a value of the request (OP-4).
    fn doubt_value(&mut self, text: &str) {
        if !text.is_empty() && !is_readable(self.condition.operator.comparison, text) {
            let operator = &self.condition.operator_text;
            let text =
                format!("`{text}` cannot be read as `{operator}` needs it; it matches nothing");
            self.assume("OP-4", text);
        }
    }

    /// States what is not documented about reading the list of the policy (IP-2, IP-8, IP-11, OP-4).
    fn doubt_list(&mut self, known: Known<'_>) {
        let comparison = self.condition.operator.comparison;
        let is_v6 = |text: &String| parse_address(text).is_some_and(|(ip, _)| ip.ip().is_ipv6());
        let from_v6 = match known {
            Known::Every => true,
            Known::Given(value) => value.values().iter().any(is_v6),
            Known::Absent | Known::Unknown => false,
        };
        for value in &self.condition.values {
            let text = &value.text;
            match &value.operand {
                Operand::Unreadable(_) if comparison == Comparison::Ip => {
                    self.assume(
                        "IP-11",
                        format!("`{text}` is not a CIDR block; it matches no address"),
                    );
                }
                Operand::Unreadable(why) => {
                    self.assume("OP-4", format!("`{text}`: {why}; it matches nothing"));
                }
                Operand::Ip(block) if block.mapped => {
                    self.assume("IP-8", format!("`{text}` is read as {}", block.cidr));
                }
                Operand::Ip(block)
                    if block.bare && from_v6 && block.cidr.net().addr().is_ipv6() =>
                {
                    self.assume(
                        "IP-2",
                        format!("`{text}` without a prefix length is one address, /128"),
                    );
                }
                _ => {}
            }
        }
    }

    fn assume(&mut self, rule: &'static str, text: impl Into<String>) {
        self.assumptions.push(Assumption::new(rule, text));
    }
}

/// Whether a text, or a pattern without variables, could match an address in canonical text.
fn could_be_address(text: &str) -> bool {
    let in_address = |byte: u8| byte.is_ascii_hexdigit() || b".:*?".contains(&byte);
    text.contains("${") || text.bytes().all(in_address)
}

/// `""` and `[""]` are null to `Null` and `ForAllValues` (COND-12).
fn is_null(value: &ContextValue) -> bool {
    matches!(value.values(), [single] if single.is_empty())
}

/// Whether a value of the request is of the operator's type (OP-4).
fn is_readable(comparison: Comparison, text: &str) -> bool {
    match comparison {
        Comparison::Arn => text.parse::<Arn>().is_ok(),
        Comparison::Binary => read_binary(text).is_some(),
        Comparison::Bool => read_bool(text).is_some(),
        Comparison::Date(_) => read_date(text).is_some(),
        Comparison::Ip => parse_address(text).is_some(),
        Comparison::Numeric(_) => Decimal::read(text).is_some(),
        Comparison::Null
        | Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike => true,
    }
}

/// A value of the request, ready for a list that may be long.
struct Subject<'a> {
    text: &'a str,
    /// What it is to an operator of addresses.
    address: Option<Address>,
}

impl<'a> Subject<'a> {
    fn new(comparison: Comparison, text: &'a str) -> Self {
        let is_address = comparison == Comparison::Ip;
        let address = is_address.then(|| parse_address(text)).flatten();
        Self {
            text,
            address: address.map(|(address, _)| address),
        }
    }
}

/// Whether one value of the request matches one value of the policy.
fn compare(
    comparison: Comparison,
    operand: &Operand,
    subject: &Subject<'_>,
    context: &Context,
) -> Resolved<bool> {
    let text = subject.text;
    let bind = |key: &ConditionKey| context.bind(key);
    let known = match (operand, comparison) {
        (Operand::Open(_), _) => return Resolved::Unknown,
        (Operand::Text(template), Comparison::StringEqualsIgnoreCase) => {
            return match template.text(&bind) {
                Resolved::Known(own) => Resolved::Known(own.to_lowercase() == text.to_lowercase()),
                Resolved::Void => Resolved::Void,
                Resolved::Unknown => Resolved::Unknown,
            };
        }
        (Operand::Text(template), _) => return template.matches(text, &bind),
        // Component by component; what is not an ARN on either side matches nothing (OP-8).
        (Operand::Arn(arn), _) => return arn.matches(text, &bind),
        (Operand::Ip(block), _) => {
            let address = subject.address;
            address.is_some_and(|address| block.cidr.contains(address))
        }
        (Operand::Bool(own), _) => read_bool(text) == Some(*own),
        (Operand::Binary(own), _) => read_binary(text).as_ref() == Some(own),
        (Operand::Numeric(own), Comparison::Numeric(order)) => {
            Decimal::read(text).is_some_and(|value| order.holds(value.cmp(own)))
        }
        (Operand::Date(own), Comparison::Date(order)) => {
            read_date(text).is_some_and(|value| order.holds(value.cmp(own)))
        }
        (Operand::Numeric(_) | Operand::Date(_) | Operand::Unreadable(_), _) => false,
    };
    Resolved::Known(known)
}
