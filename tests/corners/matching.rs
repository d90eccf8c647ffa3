//! Resources, variables and conditions.

use serde_json::json;

use super::{ALICE, OBJECT, QUEUE, allow, assert_decision, assert_holds, oracle, policy, request};

#[test]
fn wildcards_stay_in_their_segment() {
    // GRAM-33, GRAM-36
    let decide = |pattern: &str, allowed| {
        let identity = policy("Allow", &json!({ "Resource": pattern }));
        let policies = json!({ "identity": identity });
        let expected = if allowed { "allowed" } else { "implicitDeny" };
        assert_decision(
            &request(&json!(ALICE), "sqs:SendMessage", QUEUE, &policies),
            expected,
        );
    };
    decide("arn:aws:s*s:us-east-1:111122223333:q1", true);
    decide("arn:aws:s*1:111122223333:q1", false);
    decide("arn:aws:s*:111122223333:q1", true);
    decide("arn:aws:sqs:us?east-1:111122223333:q?", true);
    decide("arn:aws:sqs?us-east-1:111122223333:q1", false);
    decide("arn:aws:sqs*", true);
    decide("arn:aws:sqs", false);
}

#[test]
fn actions_without_a_resource_want_the_star() {
    // GRAM-34
    let decide = |action: &str, pattern: &str, expected| {
        let policies = json!({ "identity": policy("Allow", &json!({ "Resource": pattern })) });
        assert_decision(&request(&json!(ALICE), action, "*", &policies), expected);
    };
    decide("s3:ListAllMyBuckets", "*", "allowed");
    decide("s3:ListAllMyBuckets", "arn:aws:s3:::*", "allowed");
    decide("s3:ListAllMyBuckets", "arn:aws:s3:::b*", "implicitDeny");
    decide("kms:ListKeys", "arn:aws:kms:*:*:*", "implicitDeny");
}

#[test]
fn a_variable_without_a_value_excludes_nothing() {
    // GRAM-35
    let not_resource = json!({ "NotResource": ["arn:aws:s3:::b/${aws:username}"] });
    let mut denies = policy("Deny", &not_resource);
    let statement = denies["Statement"][0].as_object_mut().expect("a statement");
    statement.remove("Resource");
    let policies = json!({ "identity": [allow(), denies] });
    assert_decision(
        &request(&json!(ALICE), "s3:GetObject", OBJECT, &policies),
        "explicitDeny",
    );
}

#[test]
fn lists_of_the_empty_string_are_null_for_some() {
    // COND-12
    let context = json!({ "aws:TagKeys": [""] });
    assert_holds(
        &json!({ "ForAllValues:StringEquals": { "aws:TagKeys": "a" } }),
        &context,
        true,
    );
    assert_holds(
        &json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": "" } }),
        &context,
        true,
    );
    assert_holds(
        &json!({ "Null": { "aws:TagKeys": "true" } }),
        &context,
        true,
    );
    assert_holds(
        &json!({ "Null": { "aws:TagKeys": "false" } }),
        &context,
        false,
    );
}

#[test]
fn several_values_want_a_set_operator() {
    // COND-19
    for operator in ["StringEquals", "StringNotEquals", "StringEqualsIfExists"] {
        let condition = json!({ operator: { "app:labels": "a" } });
        assert_holds(&condition, &json!({ "app:labels": ["a", "b"] }), false);
    }
    let one = json!({ "app:labels": ["a"] });
    assert_holds(
        &json!({ "StringEquals": { "app:labels": "a" } }),
        &one,
        true,
    );
    assert_holds(
        &json!({ "StringNotEquals": { "app:labels": "a" } }),
        &one,
        false,
    );
}

#[test]
fn comparisons_are_exact_at_their_limit() {
    // OP-4, OP-5
    let holds = [
        ("Equals", [false, true, false]),
        ("NotEquals", [true, false, true]),
        ("LessThan", [true, false, false]),
        ("LessThanEquals", [true, true, false]),
        ("GreaterThan", [false, false, true]),
        ("GreaterThanEquals", [false, true, true]),
    ];
    let numbers = ["9.99", "10", "10.01"];
    let dates = [
        "2026-01-30T23:59:59Z",
        "2026-01-31T02:00:00+02:00",
        "1769817601",
    ];
    for (comparison, holds) in holds {
        for (index, holds) in holds.into_iter().enumerate() {
            let condition = json!({ format!("Numeric{comparison}"): { "app:n": "10.0" } });
            assert_holds(&condition, &json!({ "app:n": numbers[index] }), holds);
            let condition = json!({ format!("Date{comparison}"): { "app:t": "2026-01-31" } });
            assert_holds(&condition, &json!({ "app:t": dates[index] }), holds);
        }
    }
}

#[test]
fn values_of_other_types_are_read_as_text_or_not_at_all() {
    // OP-4, OP-6, OP-7, IP-18
    assert_holds(
        &json!({ "Bool": { "app:b": "TRUE" } }),
        &json!({ "app:b": true }),
        true,
    );
    assert_holds(
        &json!({ "Bool": { "app:b": "yes" } }),
        &json!({ "app:b": "yes" }),
        false,
    );
    assert_holds(
        &json!({ "BinaryEquals": { "app:b": "QQ==" } }),
        &json!({ "app:b": "Qg==" }),
        false,
    );
    assert_holds(
        &json!({ "NumericNotEquals": { "app:n": 1 } }),
        &json!({ "app:n": "one" }),
        true,
    );
    assert_holds(
        &json!({ "NotIpAddress": { "app:a": "::/0" } }),
        &json!({ "app:a": "x" }),
        true,
    );
}

#[test]
fn mapped_blocks_are_ipv4_from_prefix_96_on() {
    // IP-8
    let context = json!({ "aws:SourceIp": "203.0.113.9" });
    for (block, holds) in [
        ("::ffff:0.0.0.0/96", true),
        ("::ffff:0.0.0.0/95", false),
        ("::ffff:203.0.113.9", true),
        ("::/0", false),
    ] {
        assert_eq!(
            oracle::in_block(block, "203.0.113.9"),
            Some(holds),
            "{block}"
        );
        assert_holds(
            &json!({ "IpAddress": { "aws:SourceIp": block } }),
            &context,
            holds,
        );
    }
}
