//! Coverage against the plain way: every test asked again from the start for every change.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::*;
use crate::input::{Documents, Sets, read_suite};

fn suite(text: &str) -> SuiteOutcome {
    let source = Source::new("t.json", text);
    let suite = read_suite(
        &source,
        Path::new(""),
        &mut Documents::default(),
        &Sets::default(),
    );
    let suite = suite.expect("it is a test file");
    let run = suite
        .tests
        .iter()
        .map(|test| test.run(Timestamp::UNIX_EPOCH));
    let outcomes = run.enumerate().collect();
    SuiteOutcome { suite, outcomes }
}

/// What is not covered, in a few words.
fn words(coverage: &Coverage) -> Vec<String> {
    let all = coverage.policies.iter().flat_map(|policy| &policy.untested);
    all.map(|one| format!("{} {:?}", one.statement, one.change))
        .collect()
}

fn coverage(text: &str) -> Vec<String> {
    words(&Coverage::of(&[suite(text)], Timestamp::UNIX_EPOCH))
}

/// Few blocks, which nest, touch and repeat.
const BLOCKS: [&str; 10] = [
    "0.0.0.0/0",
    "203.0.113.0/24",
    "203.0.113.0/25",
    "203.0.113.128/25",
    "203.0.113.7",
    "203.0.112.0/24",
    "::/0",
    "::fffe:0:0/95",
    "2001:db8::/48",
    "2001:db8::1",
];
const DECISIONS: [&str; 5] = [
    "allowed",
    "denied",
    "explicitDeny",
    "implicitDeny",
    "depends",
];

fn some_blocks() -> impl Strategy<Value = Value> {
    prop::collection::vec(select(BLOCKS.to_vec()), 1..4).prop_map(|blocks| json!(blocks))
}

fn statements(principal: bool) -> impl Strategy<Value = Value> {
    let conditions = (
        prop::option::of((
            select(vec!["IpAddress", "IpAddressIfExists"]),
            some_blocks(),
        )),
        prop::option::weighted(0.4, some_blocks()),
        prop::bool::weighted(0.2),
    );
    let statement = (
        prop::bool::weighted(0.7),
        select(vec!["*", "s3:*", "sts:*", "iam:*"]),
        conditions,
        select(vec!["*", "111122223333", "444455556666"]),
    );
    let statement = statement.prop_map(move |(allow, action, (inside, outside, mfa), who)| {
        let mut condition = json!({});
        if let Some((operator, blocks)) = inside {
            condition[operator] = json!({"aws:SourceIp": blocks});
        }
        if let Some(blocks) = outside {
            condition["NotIpAddress"] = json!({"aws:SourceIp": blocks});
        }
        if mfa {
            condition["Bool"] = json!({"aws:MultiFactorAuthPresent": "true"});
        }
        let effect = if allow { "Allow" } else { "Deny" };
        let mut statement =
            json!({"Effect": effect, "Action": action, "Resource": "*", "Condition": condition});
        if principal {
            statement["Principal"] = if who == "*" {
                json!(who)
            } else {
                json!({"AWS": who})
            };
        }
        statement
    });
    prop::collection::vec(statement, 1..4).prop_map(|statements| json!({"Statement": statements}))
}

fn tests() -> impl Strategy<Value = Value> {
    let addresses = prop_oneof![
        some_blocks(),
        select(vec!["203.0.113.7", "203.0.112.9", "none", "2001:db8::1"]).prop_map(Value::from),
        some_blocks().prop_map(|mut blocks| {
            blocks.as_array_mut().expect("a list").push(json!("none"));
            blocks
        }),
    ];
    let one = (
        addresses,
        select(DECISIONS.to_vec()),
        prop::option::weighted(0.2, 0..3_usize),
    );
    let one = one.prop_map(|(ip, expect, by)| {
        let by = by.map_or(json!([]), |index| json!([format!("identity#{index}")]));
        json!({"ip": ip, "expect": expect, "by": by})
    });
    let sets = subsequence(DECISIONS.to_vec(), 1..3).prop_flat_map(|decisions| {
        let set = prop_oneof![
            select(BLOCKS.to_vec()).prop_map(Value::from),
            Just(json!([])),
            Just(json!("rest")),
        ];
        prop::collection::vec(set, decisions.len()).prop_map(move |sets| {
            let entries = decisions
                .iter()
                .map(|decision| (*decision).to_owned())
                .zip(sets);
            json!({"ips": entries.collect::<serde_json::Map<_, _>>()})
        })
    });
    let way = select(vec![None, None, None, Some("vpce"), Some("service-role")]);
    let more = (way, prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (prop_oneof![one, sets], more).prop_map(|(mut test, (via, unnamed, journey))| {
        if let Some(via) = via {
            test["via"] = json!(via);
        }
        if unnamed {
            test["principal"] = json!(null);
        }
        if journey {
            test["steps"] = json!([
                {"action": "s3:ListAllMyBuckets", "resource": "*"},
                {"action": "s3:ListAllMyBuckets", "resource": "*", "context": {"aws:SourceIp": "203.0.113.7"}},
            ]);
        }
        test
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 3000 }))]

    #[test]
    fn agrees_with_asking_every_test_again(
        identity in statements(false),
        resource in prop::option::weighted(0.3, statements(true)),
        tests in prop::collection::vec(tests(), 1..4),
    ) {
        let mut policies = json!({"identity": identity});
        let mut action = json!({"action": "s3:ListAllMyBuckets", "resource": "*"});
        if let Some(resource) = resource.filter(|_| tests.iter().all(|test| test.get("steps").is_none())) {
            policies["resource"] = resource;
            action = json!({"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"});
        }
        let mut defaults = action;
        defaults["principal"] = json!("arn:aws:iam::111122223333:user/bob");
        let text = json!({"policies": policies, "defaults": defaults, "tests": tests});
        let suites = [suite(&text.to_string())];
        let now = Timestamp::UNIX_EPOCH;
        let plain = Coverage::by(&suites, now, |changes, subject, now| subject.again(changes, now));
        prop_assert_eq!(words(&Coverage::of(&suites, now)), words(&plain), "{:#}", text);
    }
}

const OFFICE: &str = r#"{"policies": {"identity": {"Statement": [
    {"Sid": "Office", "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "192.0.2.0/24"]}}},
    {"Sid": "Guests", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.128/25"}}}]}},
    "defaults": {"principal": "arn:aws:iam::111122223333:user/bob", "action": "s3:ListAllMyBuckets", "resource": "*"},
    "tests": ["#;

#[test]
fn a_test_of_the_whole_notices_everything() {
    let all = r#"{"ips": {"allowed": ["203.0.113.0/25", "192.0.2.0/24"], "denied": "rest"}}"#;
    assert_eq!(coverage(&format!("{OFFICE}{all}]}}")), [""; 0]);
}

#[test]
fn what_no_test_asks_about_is_not_covered() {
    let inside = r#"{"ip": "203.0.113.0/25", "expect": "allowed"}"#;
    let untested = coverage(&format!("{OFFICE}{inside}]}}"));
    let block = |statement: &str, block: &str, removed: &str, widened: &str| {
        format!(
            "{statement} Block {{ block: {block:?}, removed: {removed}, widened: Some(Cidr({widened})) }}"
        )
    };
    let expected = [
        block("Office", "203.0.113.0/24", "Noticed", "203.0.112.0/23"),
        block("Office", "192.0.2.0/24", "Unnoticed", "192.0.2.0/23"),
        "Guests RemoveStatement".to_owned(),
    ];
    // Widened, the block of the guests takes in the addresses of the test, which notices.
    let guests = r#"Guests Block { block: "203.0.113.128/25", removed: Unnoticed, widened: None }"#;
    assert_eq!(untested[..3], expected);
    assert_eq!(untested[3..], [guests]);
}

#[test]
fn tests_that_wait_notice_nothing_and_failing_ones_may() {
    let todo = r#"{"ip": "203.0.113.0/25", "expect": "allowed", "todo": "later"}"#;
    assert_eq!(coverage(&format!("{OFFICE}{todo}]}}")).len(), 5);
    // Without the Deny it would pass.
    let failing = r#"{"ip": "203.0.113.0/24", "expect": "allowed"}"#;
    let untested = coverage(&format!("{OFFICE}{failing}]}}"));
    assert!(
        !untested.contains(&"Guests RemoveStatement".to_owned()),
        "{untested:?}"
    );
}

#[test]
fn addresses_that_only_sets_hold_are_not_taken_for_others() {
    // What the first block has more than the second is IPv4-mapped: of one request it would be read as IPv4 (IP-8).
    let text = r#"{"policies": {"identity": {"Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["::fffe:0:0/95", "::fffe:0:0/96"]}}},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}]}},
      "defaults": {"principal": "arn:aws:iam::111122223333:user/bob", "action": "s3:ListAllMyBuckets", "resource": "*"},
      "tests": [{"ip": "::fffe:0:0/95", "expect": "allowed"}]}"#;
    let untested = coverage(text);
    assert!(
        untested
            .iter()
            .all(|one| !one.contains("\"::fffe:0:0/95\", removed: Unnoticed")),
        "{untested:?}"
    );
}
