//! A scenario as JSON: one request, or a journey of them, with all its policies.

use ipcond::eval::{Answer, Decision, Everywhere, Place, Scenario};
use ipcond::input::{Documents, read_scenario};
use ipcond::net::AddressSet;
use ipcond::source::Source;
use ipcond::{Result, json, report};
use jiff::Timestamp;

use super::tree::{check_error, print};

/// The same text gets the same answer, printed on one line too; the answer for every address is that for its own; and
/// what depends says on what.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Devices and pipes would be waited for.
    if text.contains("/dev") || text.contains("/proc") || text.contains("\\u") {
        return;
    }
    let source = Source::new("s.json", text);
    let tree = match json::parse(&source) {
        Ok(tree) => tree,
        Err(error) => return check_error(&error),
    };
    let read = |source: &Source, tree: &json::Node<'_>| {
        read_scenario(source, tree, "/nowhere".as_ref(), &mut Documents::default())
    };
    let scenario = match read(&source, &tree) {
        Ok(scenario) => scenario,
        Err(error) => return check_error(&error),
    };
    let line = Source::new("s.json", print(&tree));
    let line_tree = json::parse(&line).expect("what is printed can be read");
    let again = read(&line, &line_tree).expect("printed, it cannot be read");
    if scenario.steps.is_some() {
        journey(&scenario, &again);
    } else {
        request(&scenario, &again);
    }
}

fn journey(scenario: &Scenario, again: &Scenario) {
    let now = Timestamp::UNIX_EPOCH;
    match (scenario.journey(now), again.journey(now)) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.decision(), other.decision());
            let text = serde_json::to_string(&report::json::Assume::new(&one)).expect("JSON");
            assert!(text.starts_with(r#"{"ipcond":"assume/1""#));
        }
        (Err(one), Err(other)) => same_error(&one, &other),
        (one, other) => panic!("{one:?}\n{other:?}"),
    }
    if let Err(error) = Everywhere::of(scenario, now) {
        check_error(&error);
    }
}

fn request(scenario: &Scenario, again: &Scenario) {
    let now = Timestamp::UNIX_EPOCH;
    let answer = match (scenario.decide(now), again.decide(now)) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.decision, other.decision);
            assert_eq!(
                told(&one)["statements"].as_array().map(Vec::len),
                told(&other)["statements"].as_array().map(Vec::len)
            );
            one
        }
        (Err(one), Err(other)) => return same_error(&one, &other),
        (one, other) => panic!("{one:?}\n{other:?}"),
    };
    let told = told(&answer);
    let depends = told["depends_on"]
        .as_array()
        .is_some_and(|on| !on.is_empty());
    assert_eq!(answer.decision == Decision::Depends, depends, "{told:#}");
    assert!(
        answer.decision != Decision::Allowed
            || told["blocked_by"].as_array().is_some_and(Vec::is_empty),
        "{told:#}"
    );
    everywhere(scenario, &answer, now);
}

/// What is computed for all addresses at once is what is computed for the one of the request.
fn everywhere(scenario: &Scenario, answer: &Answer, now: Timestamp) {
    let all = match everywhere_of(scenario, now) {
        Ok(all) => all,
        Err(error) => return check_error(&error),
    };
    let told = told(answer);
    let Some(ip) = told["source_ip"].as_str().and_then(|ip| ip.parse().ok()) else {
        return;
    };
    assert_eq!(all.decision(all.place(ip)), answer.decision, "{told:#}");
    let sets = [
        Decision::Allowed,
        Decision::ExplicitDeny,
        Decision::ImplicitDeny,
        Decision::Depends,
    ]
    .map(|wanted| all.set_of(|decision| decision == wanted));
    let parts = sets.iter().flat_map(AddressSet::ranges).count();
    assert!(parts >= 2, "IPv4 and IPv6 are covered");
    let _ = all.decision(Place::None);
}

fn everywhere_of(scenario: &Scenario, now: Timestamp) -> Result<Everywhere> {
    Everywhere::of(scenario, now)
}

fn told(answer: &Answer) -> serde_json::Value {
    serde_json::to_value(report::json::Eval::new(answer, None)).expect("JSON")
}

fn same_error(one: &ipcond::Error, other: &ipcond::Error) {
    check_error(one);
    assert_eq!(one.message(), other.message());
}
