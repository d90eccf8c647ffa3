//! The `Condition` element (COND-1, COND-6, GRAM-15).

use std::collections::BTreeSet;

use super::document::Reader;
use super::key::ConditionKey;
use super::operator::{Comparison, Operator, OperatorError};
use super::value::{ConditionValue, Operand};
use crate::error::Result;
use crate::json::{Member, Node, Value};
use crate::net::Cidr;
use crate::source::Span;

/// One test of a `Condition`: an operator, a key, and its values. All tests of a statement must hold (COND-1).
#[derive(Clone, Debug)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The operator, as written.
    pub operator_text: Box<str>,
    /// Where the operator stands.
    pub operator_span: Span,
    /// The condition key.
    pub key: ConditionKey,
    /// Where the key stands.
    pub key_span: Span,
    /// The values, of which one must match, or none if the operator is negated (COND-2).
    pub values: Vec<ConditionValue>,
}

impl Condition {
    /// The blocks among its values.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Cidr> {
        self.values.iter().filter_map(|value| match &value.operand {
            Operand::Ip(block) => Some(block.cidr),
            _ => None,
        })
    }
}

/// A test of something that nothing at hand tells, named by `what`: whether it holds is not known.
pub(super) fn open(what: &str, at: Span) -> Condition {
    let key = ConditionKey::stand_in(what);
    Condition {
        operator: Operator::EQUALS,
        operator_text: "StringEquals".into(),
        operator_span: at,
        values: vec![ConditionValue {
            text: what.into(),
            span: at,
            operand: Operand::Open(key.clone()),
        }],
        key_span: at,
        key,
    }
}

/// Reads the value of `Condition`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Result<Vec<Condition>> {
    if let Some(what) = node.open() {
        return Ok(vec![open(what, node.span)]);
    }
    let Some(operators) = node.members() else {
        return Err(reader
            .error(format!("`Condition` must be an object, found {}", node.sort()), node.span)
            .by("COND-1")
            .help("write {\"Operator\": {\"key\": [values]}}; several operators go into the one object"));
    };
    let mut conditions = Vec::new();
    for member in operators {
        if let Some(what) = member.value.open() {
            conditions.push(open(what, member.value.span));
            continue;
        }
        let operator =
            Operator::parse(&member.key).map_err(|error| operator_error(reader, member, error))?;
        let Some(keys) = member.value.members() else {
            return Err(reader
                .error(
                    format!(
                        "`{}` must be an object, found {}",
                        member.key,
                        member.value.sort()
                    ),
                    member.value.span,
                )
                .by("COND-1")
                .help("write {\"key\": [values]}"));
        };
        let mut seen = BTreeSet::new();
        for entry in keys {
            let key = ConditionKey::new(&entry.key);
            if !seen.insert(key.clone()) {
                let text = format!(
                    "`{key}` stands twice under one operator, in different case; both must hold"
                );
                reader.warn("GRAM-4", text, "merge the two", entry.key_span);
            }
            conditions.push(Condition {
                operator,
                operator_text: member.key.as_ref().into(),
                operator_span: member.key_span,
                values: values(reader, operator, &key, &entry.value)?,
                key_span: entry.key_span,
                key,
            });
        }
    }
    Ok(conditions)
}

fn operator_error(reader: &Reader<'_>, member: &Member<'_>, error: OperatorError) -> crate::Error {
    match error {
        OperatorError::NullIfExists => reader
            .error("`Null` cannot be combined with `IfExists`", member.key_span)
            .by("COND-9")
            .help("use `Null`: it tests whether the key exists"),
        OperatorError::Unknown(nearest) => {
            let error = reader
                .error(
                    format!("unknown condition operator `{}`", member.key),
                    member.key_span,
                )
                .by("COND-7");
            match nearest {
                Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
                None => error.help("operators are such as `StringEquals`, `IpAddress`, `NotIpAddress`, `Bool`, `Null`"),
            }
        }
    }
}

fn values(
    reader: &mut Reader<'_>,
    operator: Operator,
    key: &ConditionKey,
    node: &Node<'_>,
) -> Result<Vec<ConditionValue>> {
    let mut values = Vec::with_capacity(node.elements().len());
    for element in node.elements() {
        if let Some(what) = element.open() {
            values.push(ConditionValue {
                text: what.into(),
                span: element.span,
                operand: Operand::Open(ConditionKey::stand_in(what)),
            });
            continue;
        }
        let Some(text) = element.scalar() else {
            let error = reader.error(
                format!(
                    "a value of `{key}` must be a string, number or boolean, found {}",
                    element.sort()
                ),
                element.span,
            );
            return Err(match element.value {
                Value::Array(_) => error.by("GRAM-3").help("write one flat list of values"),
                _ => error
                    .by("COND-6")
                    .help("write a string, or a flat list of strings"),
            });
        };
        let operand = Operand::read(operator.comparison, text, reader.variables());
        if let Operand::Unreadable(why) = &operand {
            let (rule, effect, help) = if operator.comparison == Comparison::Ip {
                let help = "write an address or a CIDR block such as 203.0.113.0/24";
                ("IP-11", "it matches no address", help)
            } else {
                (
                    "OP-4",
                    "it matches nothing",
                    "write a value of the operator's type",
                )
            };
            reader.warn(
                rule,
                format!("`{text}`: {why}; {effect}"),
                help,
                element.span,
            );
        }
        values.push(ConditionValue {
            text: text.into(),
            span: element.span,
            operand,
        });
    }
    Ok(values)
}
