//! What rules look at.

use crate::eval::SOURCE_IP;
use crate::eval::VPC_KEYS;
use crate::json::{Member, Node, Value};
use crate::net::{Address, AddressSet, Cidr};
use crate::policy::{
    Action, Comparison, Condition, ConditionValue, Effect, Operand, Policy, PolicyKind, Quantifier,
    Statement, Who,
};
use crate::source::Span;

use super::finding::Edit;
use super::place::{element_at, member_at};

/// How the text of a policy relates to what AWS is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Written {
    /// It is the text.
    #[default]
    AsSaved,
    /// A program printed it: its blanks are not those of the policy.
    Printed,
    /// A template, from which the text is yet to be made.
    Template,
}

/// A policy as rules look at it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The policy, read leniently.
    pub policy: &'a Policy,
    /// The tree that it was read from.
    pub tree: &'a Node<'a>,
    /// Policies that belong to the same role or resource, as far as is known.
    pub beside: &'a [&'a Policy],
    /// Where the person who asks sits.
    pub me: Option<Address>,
    /// The text began with a byte order mark.
    pub has_mark: bool,
    /// What its text is.
    pub written: Written,
}

impl<'a> Subject<'a> {
    /// A policy by itself.
    pub fn new(policy: &'a Policy, tree: &'a Node<'a>) -> Self {
        Self {
            policy,
            tree,
            beside: &[],
            me: None,
            has_mark: false,
            written: Written::AsSaved,
        }
    }

    /// The text of the policy, and where in its source it begins: other things may stand around it.
    pub(super) fn text(self) -> (&'a str, usize) {
        let source = &self.policy.source;
        match self.written {
            Written::AsSaved => (source.text(), 0),
            Written::Printed | Written::Template => {
                let span = self.tree.span;
                (source.slice(span), span.start())
            }
        }
    }

    /// The statements of an effect.
    pub(super) fn with(self, effect: Effect) -> impl Iterator<Item = &'a Statement> {
        let statements = self.policy.statements.iter();
        statements.filter(move |statement| statement.effect == effect)
    }

    /// Every test by `IpAddress` or `NotIpAddress` on any key, and the statement that it is in.
    pub(super) fn ip_tests(self) -> impl Iterator<Item = (&'a Statement, &'a Condition)> {
        let statements = self.policy.statements.iter();
        statements.flat_map(|statement| {
            let tests = statement.conditions.iter().filter(|test| is_ip(test));
            tests.map(move |test| (statement, test))
        })
    }

    /// Every test of `aws:SourceIp` by `IpAddress` or `NotIpAddress`, and the statement that it is in.
    pub(super) fn address_tests(self) -> impl Iterator<Item = (&'a Statement, &'a Condition)> {
        self.ip_tests().filter(|(_, test)| test.key.is(SOURCE_IP))
    }

    /// The tests that make a statement of `Deny` apply outside of a list, and to requests without an address: `NotIpAddress`
    /// on `aws:SourceIp`. In a block with an exception from it (IP-14) it does neither.
    pub(super) fn deny_outside(self) -> impl Iterator<Item = (&'a Statement, &'a Condition)> {
        self.address_tests().filter(|(statement, test)| {
            let operator = test.operator;
            let outside = operator.negated && operator.quantifier.is_none();
            outside && statement.effect == Effect::Deny && address_tests(statement).all(when_absent)
        })
    }

    /// Whether it is one of these kinds.
    pub(super) fn is(self, kinds: &[PolicyKind]) -> bool {
        kinds.contains(&self.policy.kind)
    }
}

/// Whether a test is by `IpAddress` or `NotIpAddress`.
pub(super) fn is_ip(test: &Condition) -> bool {
    test.operator.comparison == Comparison::Ip
}

/// The tests of `aws:SourceIp` by `IpAddress` and `NotIpAddress` in a statement.
pub(super) fn address_tests(statement: &Statement) -> impl Iterator<Item = &Condition> {
    let tests = statement.conditions.iter();
    tests.filter(|test| is_ip(test) && test.key.is(SOURCE_IP))
}

/// Whether a list of addresses is one with a hole: "in this block, but not in that part of it" (IP-14).
pub(super) fn is_bounded(statement: &Statement) -> bool {
    address_tests(statement).any(|test| !test.operator.negated)
}

/// Whether a test of addresses is true when its key is absent (COND-3, COND-9, COND-13 to COND-17).
pub(super) fn when_absent(test: &Condition) -> bool {
    match test.operator.quantifier {
        _ if test.operator.if_exists => true,
        Some(Quantifier::All) => true,
        Some(Quantifier::Any) => false,
        None => test.operator.negated,
    }
}

/// Whether a statement tests one of these keys in any way.
pub(super) fn tests_any(statement: &Statement, keys: &[&str]) -> bool {
    let mut tests = statement.conditions.iter();
    tests.any(|test| keys.iter().any(|key| test.key.is(key)))
}

/// Whether a statement says who it is about by a condition: on the ARN, a tag, the name …
pub(super) fn tests_principal(statement: &Statement) -> bool {
    let keys = [
        "aws:PrincipalArn",
        "aws:PrincipalType",
        "aws:userid",
        "aws:username",
    ];
    let mut tests = statement.conditions.iter();
    tests_any(statement, &keys)
        || tests.any(|test| test.key.lower().starts_with("aws:principaltag/"))
}

/// Whether a statement asks if `aws:SourceIp` is there at all, or how the request came.
pub(super) fn minds_endpoints(statement: &Statement) -> bool {
    let null =
        |test: &Condition| test.operator.comparison == Comparison::Null && test.key.is(SOURCE_IP);
    tests_any(statement, &VPC_KEYS) || statement.conditions.iter().any(null)
}

/// Whether a statement names a principal that `wanted` accepts.
pub(super) fn names(statement: &Statement, wanted: impl Fn(&Who) -> bool) -> bool {
    let principal = statement
        .principal
        .as_ref()
        .filter(|principal| !principal.negated);
    principal.is_some_and(|principal| principal.entries.iter().any(wanted))
}

/// Whether a statement is about an action, given in lower case.
pub(super) fn is_about(statement: &Statement, action: &str) -> bool {
    let action = action.parse::<Action>();
    action.is_ok_and(|action| statement.action.matches(&action).0)
}

/// The blocks of a test, each with its place; those that cannot be read are left out.
pub(super) fn blocks(test: &Condition) -> impl Iterator<Item = (&ConditionValue, Cidr)> {
    test.values.iter().filter_map(|value| match &value.operand {
        Operand::Ip(written) => Some((value, written.cidr)),
        _ => None,
    })
}

/// The addresses that a test lists; `None` if it lists none, or one cannot be read.
pub(super) fn listed(test: &Condition) -> Option<AddressSet> {
    let blocks: Vec<Cidr> = blocks(test).map(|(_, block)| block).collect();
    (blocks.len() == test.values.len() && !blocks.is_empty()).then(|| blocks.into_iter().collect())
}

/// A string of the text with another content, in the quotes that it had.
pub(super) fn rewritten(policy: &Policy, span: Span, content: &str) -> Edit {
    let old = policy.source.slice(span);
    let quote = match old.as_bytes().first() {
        Some(b'"') => "\"",
        Some(b'\'') => "'",
        _ => "",
    };
    Edit {
        span,
        text: format!("{quote}{content}{quote}"),
    }
}

/// Takes a value out of its list, with one comma; `None` if it is the only one.
pub(super) fn removed(test: &Condition, at: usize) -> Option<Edit> {
    let this = test.values.get(at)?.span;
    let span = match (test.values.get(at + 1), at.checked_sub(1)) {
        (Some(next), _) => Span::new(this.start(), next.span.start()),
        (None, Some(before)) => Span::new(test.values[before].span.end(), this.end()),
        (None, None) => return None,
    };
    Some(Edit {
        span,
        text: String::new(),
    })
}

/// Adds tests to the `Condition` that a test is in, in the style of the text. `None` where the operator is there already, and
/// for YAML, whose style is not that of JSON.
pub(super) fn with_tests(
    subject: &Subject<'_>,
    beside: &Condition,
    tests: &[(&str, &str, &str)],
) -> Option<Edit> {
    let source = &subject.policy.source;
    let (siblings, at) = operators_around(subject.tree, beside.operator_span)?;
    let known = |operator: &str| siblings.iter().any(|member| member.key == operator);
    let end = siblings.get(at)?.value.span.end();
    if tests.iter().any(|(operator, ..)| known(operator)) || !source.text()[..end].ends_with('}') {
        return None;
    }
    let line = source.line_start(source.position(beside.operator_span.start()).line);
    let before = source.slice(Span::new(line, beside.operator_span.start()));
    let gap = if before.chars().all(char::is_whitespace) {
        format!("\n{before}")
    } else {
        " ".to_owned()
    };
    let added = tests
        .iter()
        .map(|(operator, key, value)| format!(",{gap}\"{operator}\": {{\"{key}\": \"{value}\"}}"));
    Some(Edit {
        span: Span::new(end, end),
        text: added.collect(),
    })
}

/// The operators of the `Condition` in which one stands, and which of them it is.
fn operators_around<'t, 'a>(
    tree: &'t Node<'a>,
    operator: Span,
) -> Option<(&'t [Member<'a>], usize)> {
    let mut node = tree;
    loop {
        node = match &node.value {
            Value::Object(members) => {
                let (at, member) = member_at(members, operator)?;
                if member.key_span == operator {
                    return Some((members, at));
                }
                &member.value
            }
            Value::Array(elements) => element_at(elements, operator)?.1,
            _ => return None,
        };
    }
}
