//! A test over a block, against the same test of each address at which its answer could change.

use std::net::IpAddr;

use ipcond::ask::suite::{Claim, Expected, ExpectedDecision, Outcome, Question, Test};
use ipcond::eval::{Everywhere, Layer, Scenario, SourceIp};
use ipcond::net::{Address, AddressSet, Cidr};
use ipcond::source::Span;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::{around, read};
use crate::generate::{closed_scenarios, open_scenarios};

/// Every block that stands anywhere in a value: in the text of `StringLike`, `203.0.113.*` is one too.
fn blocks(value: &Value, all: &mut Vec<Cidr>) {
    match value {
        Value::String(text) => {
            let pattern = text.strip_suffix(".*").map(|start| format!("{start}.0/24"));
            all.extend(pattern.as_ref().unwrap_or(text).parse::<Cidr>());
        }
        Value::Array(values) => values.iter().for_each(|value| blocks(value, all)),
        Value::Object(members) => members.values().for_each(|value| blocks(value, all)),
        _ => {}
    }
}

/// A block near one of those that the policies list.
fn near(listed: &[Cidr], which: Index, shift: i8) -> Cidr {
    let everyone = "203.0.113.0/24".parse().expect("a block");
    let block = if listed.is_empty() {
        everyone
    } else {
        listed[which.index(listed.len())]
    };
    let longest = block.net().max_prefix_len();
    let prefix = block.net().prefix_len().saturating_add_signed(shift);
    Cidr::new(block.last(), prefix.min(longest)).expect("the prefix is not too long")
}

fn passes(scenario: &Scenario, expected: Expected) -> bool {
    let test = Test {
        name: "t".to_owned(),
        span: Span::default(),
        expectation: Span::default(),
        question: Ok(Question {
            scenario: scenario.clone(),
            expected,
        }),
        todo: None,
    };
    match test.run(Timestamp::UNIX_EPOCH) {
        Outcome::Pass => true,
        Outcome::Fail(failure) => {
            let counterexample = failure.counterexample();
            assert_eq!(
                counterexample.is_some(),
                test.addresses().is_some(),
                "of many addresses one is named"
            );
            false
        }
        outcome => panic!("it cannot be run: {outcome:?}"),
    }
}

/// Whether one address, or none, is as it is claimed of it.
fn holds(scenario: &Scenario, ip: Option<IpAddr>, claim: &Claim) -> bool {
    let ip = ip.map_or(SourceIp::Absent, |ip| SourceIp::From(Address::new(ip)));
    let scenario = Scenario {
        ip: Some(ip),
        ..scenario.clone()
    };
    passes(&scenario, Expected::Answer(claim.clone()))
}

/// Something to claim of the block: what is so at one end of it, or perhaps is not so at all.
fn claims() -> impl Strategy<Value = (bool, bool, ExpectedDecision, Option<Layer>)> {
    let words = [
        "allowed",
        "denied",
        "explicitDeny",
        "implicitDeny",
        "depends",
    ];
    let decision = select(words.to_vec())
        .prop_map(|word| ExpectedDecision::parse(word).expect("it is a decision"));
    let layer = prop::option::weighted(0.2, select(Layer::ALL.to_vec()));
    (prop::bool::weighted(0.8), any::<bool>(), decision, layer)
}

fn check(
    scenario: &Value,
    (which, shift): (Index, i8),
    none: bool,
    (found, by, decision, layer): (bool, bool, ExpectedDecision, Option<Layer>),
) -> Result<(), TestCaseError> {
    let mut listed = Vec::new();
    blocks(scenario, &mut listed);
    let block = near(&listed, which, shift);
    let scenario = read(scenario);
    let Ok(everywhere) = Everywhere::of(&scenario, Timestamp::UNIX_EPOCH) else {
        // Only tests of the address as text are refused.
        return Ok(());
    };
    let place = everywhere.place(block.first());
    let mut claim = Claim {
        decision,
        by: Vec::new(),
        blocked_by: layer.into_iter().collect(),
    };
    if found {
        claim.decision = ExpectedDecision::Exactly(everywhere.decision(place));
        let deciders = everywhere.last_deciders(place).filter(|_| by);
        claim.by = deciders.map(ipcond::eval::PlacedStatement::name).collect();
        claim.blocked_by = everywhere.blocked_by(place);
    }
    // Where the answer could change: at the ends of every block that is listed, and of the one asked about.
    let parts = everywhere.parts().filter_map(|part| part.range);
    let ends = listed.iter().map(|block| (block.first(), block.last()));
    let edges = ends
        .chain(parts)
        .chain([(block.first(), block.last())])
        .flat_map(|(first, last)| [first, last])
        .flat_map(around);
    let set = AddressSet::from(block).with_none(none);
    let mut each = !none || holds(&scenario, None, &claim);
    for ip in edges {
        // IPv4-mapped addresses are ordinary in sets, but no request carries one (IP-8).
        let mapped = matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
        if !mapped && set.contains(Address::new(ip)) {
            each &= holds(&scenario, Some(ip), &claim);
        }
    }
    let expected = Expected::Every {
        addresses: set,
        claim,
    };
    prop_assert_eq!(passes(&scenario, expected), each, "{}", block);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_block_passes_as_each_of_its_addresses_where_everything_is_known(
        scenario in closed_scenarios(),
        block in (any::<Index>(), -3..=3_i8),
        none in prop::bool::weighted(0.2),
        claim in claims(),
    ) {
        check(&scenario, block, none, claim)?;
    }

    #[test]
    fn a_block_passes_as_each_of_its_addresses_where_something_is_unknown(
        scenario in open_scenarios(),
        block in (any::<Index>(), -3..=3_i8),
        none in prop::bool::weighted(0.2),
        claim in claims(),
    ) {
        check(&scenario, block, none, claim)?;
    }
}
