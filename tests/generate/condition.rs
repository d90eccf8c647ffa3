//! Random conditions and contexts.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};

use super::Focus;

/// What a condition key holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Address,
    Arn,
    Binary,
    Bool,
    Date,
    /// One of the keys that AWS declares to hold several values.
    List,
    /// A key of a service, of which the policy does not tell whether it holds several values.
    Loose,
    Number,
    Text,
}

/// A condition key with what requests and policies say of it.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    requests: Vec<Value>,
    policies: Vec<Value>,
}

/// All keys that a random policy can name.
///
/// No two of them say the same of a request, so that each can be unknown by itself.
pub(super) fn keys() -> Vec<Key> {
    let key = |name, kind, requests, policies| {
        let elements = |list: Value| list.as_array().expect("a list").clone();
        Key {
            name,
            kind,
            requests: elements(requests),
            policies: elements(policies),
        }
    };
    vec![
        key(
            "aws:SourceIp",
            Kind::Address,
            json!([
                "203.0.113.9",
                "203.0.113.200",
                "198.51.100.7",
                "192.0.2.1",
                "2001:db8::1",
                "2001:db8:1::9"
            ]),
            json!([
                "203.0.113.0/24",
                "203.0.113.128/25",
                "203.0.113.9",
                "198.51.100.77/24",
                "0.0.0.0/0",
                "::/0",
                "2001:db8::/32",
                "2001:DB8:1:0::/64",
                "2001:db8::1",
                "::ffff:203.0.113.0/120",
                "203.0.113.*",
                "203.0.113.0/33"
            ]),
        ),
        key(
            "aws:PrincipalTag/team",
            Kind::Text,
            json!(["red", "RED", "k", "*", "blue", 7]),
            json!([
                "red",
                "RED",
                "r*",
                "?ed",
                "*",
                "",
                7,
                "${*}",
                "${app:name}",
                "${APP:Name, 'red'}",
                "b${?}ue*"
            ]),
        ),
        key(
            "app:name",
            Kind::Text,
            json!(["red", "k", "x/y", "r*"]),
            json!([
                "red",
                "*/*",
                "k*",
                "${aws:PrincipalTag/team}",
                "${aws:principaltag/TEAM}?"
            ]),
        ),
        key(
            "aws:PrincipalArn",
            Kind::Arn,
            json!(["@principal-arn"]),
            json!([
                "@caller",
                "@origin",
                "arn:aws:iam::111122223333:user/*",
                "arn:aws:iam::*:role/team/*",
                "arn:aws:*:*",
                "arn:aws:iam::?11122223333:*",
                "arn:aws:iam::444455556666:root",
                "arn:aws:iam::111122223333:user/${app:name, 'alice'}",
                "nobody"
            ]),
        ),
        key(
            "aws:MultiFactorAuthPresent",
            Kind::Bool,
            json!([true, false, "true", "False"]),
            json!([true, false, "TRUE", "false", "maybe"]),
        ),
        key(
            "s3:max-keys",
            Kind::Number,
            json!([5, "10", 10.5, "-3", "ten"]),
            json!([5, "10", "10.0", 10.25, "-3.5", "ten"]),
        ),
        key(
            "aws:TokenIssueTime",
            Kind::Date,
            json!(["2026-01-31T10:00:00Z", "2026-01-31", "1769853600", "soon"]),
            json!([
                "2026-01-31T10:00:00Z",
                "2026-01-31T12:00:00+02:00",
                "2026-01-31",
                1_769_853_600,
                "2026-01-31T09:59:59.5Z",
                "2026-02-01T00:00Z",
                "soon"
            ]),
        ),
        key(
            "app:blob",
            Kind::Binary,
            json!(["QmluYXJ5", "QQ=="]),
            json!(["QmluYXJ5", "QQ==", "Qg=="]),
        ),
        key(
            "aws:TagKeys",
            Kind::List,
            json!([["a"], ["a", "b"], ["b", "secret"], [""], []]),
            json!(["a", "b", "secret", "s*", "?", ""]),
        ),
        key(
            "app:labels",
            Kind::Loose,
            json!(["a", ["a"], ["a", "b"], []]),
            json!(["a", "b", "?"]),
        ),
    ]
}

/// The operators for a kind of key, those for its own type first and most.
fn operators(kind: Kind) -> Vec<&'static str> {
    let strings = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "Null",
    ];
    let mut operators = match kind {
        Kind::Address => vec![
            "IpAddress",
            "NotIpAddress",
            "IpAddress",
            "NotIpAddress",
            "IpAddress",
            "NotIpAddress",
            "StringLike",
            "StringNotEquals",
        ],
        Kind::Arn => vec![
            "ArnEquals",
            "ArnNotEquals",
            "ArnLike",
            "ArnNotLike",
            "StringLike",
        ],
        Kind::Binary => vec!["BinaryEquals"],
        Kind::Bool => vec!["Bool", "Bool", "StringEquals"],
        Kind::Date => vec![
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        Kind::List | Kind::Loose => strings.to_vec(),
        Kind::Number => vec![
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        Kind::Text => [&strings[..], &["IpAddress", "NumericNotEquals"]].concat(),
    };
    operators.push("Null");
    operators
}

/// One key under one operator: operator, key and values.
fn element(key: Key) -> impl Strategy<Value = (String, &'static str, Value)> {
    let Key {
        name,
        kind,
        policies,
        ..
    } = key;
    let set_operators = match kind {
        Kind::List => vec!["", "ForAllValues:", "ForAnyValue:"],
        Kind::Loose => vec!["", "", "ForAllValues:", "ForAnyValue:"],
        _ => vec!["", "", "", "", "", "", "", "ForAllValues:", "ForAnyValue:"],
    };
    let element = (
        select(operators(kind)),
        select(set_operators),
        prop::bool::weighted(0.2),
        values(policies),
        values(vec![json!(true), json!("false")]),
    );
    element.prop_map(move |(base, set_operator, if_exists, values, booleans)| {
        let suffix = if if_exists && base != "Null" {
            "IfExists"
        } else {
            ""
        };
        let values = if base == "Null" { booleans } else { values };
        (format!("{set_operator}{base}{suffix}"), name, values)
    })
}

/// A value, with or without brackets, or a few of them.
fn values(candidates: Vec<Value>) -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(candidates.clone()),
        1 => select(candidates.clone()).prop_map(|value| json!([value])),
        4 => vec(select(candidates), 2..=3).prop_map(Value::Array),
        1 => Just(json!([])),
    ]
}

/// A `Condition` block with up to three elements; with few, if conditions are to decide.
pub(super) fn block(focus: Focus) -> impl Strategy<Value = Value> {
    let elements = Union::new(keys().into_iter().map(|key| element(key).boxed()));
    // The address is what this program is about.
    let address = element(keys().remove(0));
    let count = if focus == Focus::Conditions {
        1..=2
    } else {
        0..=3
    };
    let elements = vec(prop_oneof![3 => elements, 1 => address], count);
    elements.prop_map(|elements| {
        let mut block = Map::new();
        for (operator, key, values) in elements {
            let keys = block.entry(operator).or_insert_with(|| json!({}));
            keys[key] = values;
        }
        Value::Object(block)
    })
}

/// A context that gives some keys, says of some that they are absent, and is silent on others.
pub(super) fn context(open: bool) -> impl Strategy<Value = Value> {
    let silence = if open { 20 } else { 2 };
    let keys: Vec<_> = keys()
        .into_iter()
        .map(|key| {
            prop_oneof![
                5 => select(key.requests).prop_map(Some),
                2 => Just(Some(Value::Null)),
                silence => Just(None),
            ]
            .prop_map(move |value| value.map(|value| (key.name.to_owned(), value)))
        })
        .collect();
    keys.prop_map(|keys| Value::Object(keys.into_iter().flatten().collect()))
}
