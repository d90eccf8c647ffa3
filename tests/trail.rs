//! The made-up events that replays are measured on are shaped as they claim to be.

#[path = "../benches/common/trail.rs"]
mod trail;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::Value;

const COUNT: usize = 10_000;

fn events(seed: u64) -> Vec<Value> {
    let text = trail::lines(COUNT, seed);
    let read = |line: &[u8]| serde_json::from_slice(line).expect("it is JSON");
    text.trim_ascii_end()
        .split(|byte| *byte == b'\n')
        .map(read)
        .collect()
}

/// How many of a thousand events are so.
fn of_a_thousand(events: &[Value], is_so: impl Fn(&Value) -> bool) -> usize {
    events.iter().filter(|event| is_so(event)).count() * 1_000 / events.len()
}

fn text<'a>(event: &'a Value, pointer: &str) -> &'a str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn address(event: &Value) -> Option<IpAddr> {
    text(event, "/sourceIPAddress").parse().ok()
}

fn error_is(event: &Value, part: &str) -> bool {
    text(event, "/errorCode").contains(part)
}

#[test]
fn both_forms_hold_the_same_events() {
    let lines = events(1);
    assert_eq!(lines.len(), COUNT);
    let records = trail::records(COUNT, 1);
    assert!(!records.contains(&b'\n'));
    let whole: Value = serde_json::from_slice(&records).expect("it is JSON");
    assert_eq!(whole["Records"].as_array(), Some(&lines));
    assert_ne!(events(2), lines, "the seed counts");
    assert_eq!(trail::records(0, 1), br#"{"Records":[]}"#);
}

/// The shares of the sets that the generator names.
#[test]
fn shares_are_those_of_real_events() {
    let events = events(3);
    let share = |is_so: &dyn Fn(&Value) -> bool| of_a_thousand(&events, is_so);
    let mean = trail::lines(COUNT, 3).len() / COUNT;
    assert!((1_200..1_500).contains(&mean), "{mean} bytes");
    let shares = [
        (
            "IPv4",
            share(&|e| address(e).is_some_and(|ip| ip.is_ipv4())),
            860..900,
        ),
        (
            "IPv6",
            share(&|e| address(e).is_some_and(|ip| ip.is_ipv6())),
            5..15,
        ),
        (
            "internal",
            share(&|e| text(e, "/sourceIPAddress") == "AWS Internal"),
            50..70,
        ),
        (
            "service",
            share(&|e| text(e, "/sourceIPAddress").contains("amazonaws")),
            45..65,
        ),
        (
            "endpoint",
            share(&|e| e.get("vpcEndpointId").is_some()),
            45..65,
        ),
        (
            "no type",
            share(&|e| e.pointer("/userIdentity/type").is_none()),
            10..18,
        ),
        ("error", share(&|e| e.get("errorCode").is_some()), 90..115),
        (
            "denied",
            share(&|e| error_is(e, "AccessDenied") || error_is(e, "Unauthorized")),
            15..25,
        ),
        ("throttled", share(&|e| error_is(e, "Throttling")), 30..40),
    ];
    for (name, found, expected) in shares {
        assert!(expected.contains(&found), "{name}: {found} of 1,000");
    }
}

#[test]
fn events_vary_as_real_ones_do() {
    let events = events(4);
    let (mut names, mut kinds, mut people) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    for event in &events {
        let name = (text(event, "/eventSource"), text(event, "/eventName"));
        *names.entry(name).or_insert(0) += 1;
        kinds.insert(text(event, "/userIdentity/type"));
        people.insert(text(event, "/userIdentity/arn"));
    }
    assert!((140..170).contains(&names.len()), "{} names", names.len());
    assert!(people.len() > 150, "{} principals", people.len());
    let all = [
        "",
        "AWSAccount",
        "AWSService",
        "AssumedRole",
        "FederatedUser",
        "IAMUser",
        "Root",
        "WebIdentityUser",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    let most = names.values().max().copied().unwrap_or(0);
    assert!(most > COUNT / 10, "the commonest of the calls: {most}");
    assert!(events.is_sorted_by_key(|event| text(event, "/eventTime")));
}

/// Strings that a reader cannot take as they stand.
#[test]
fn strings_hold_escapes_and_letters_beyond_ascii() {
    let lines = String::from_utf8(trail::lines(1_000, 5)).expect("it is UTF-8");
    for part in [r#"\""#, r"\u0026", r"\n", r"\t", "ü", "東京"] {
        assert!(lines.contains(part), "{part}");
    }
}
