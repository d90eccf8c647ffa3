//! Every address at once, against the evaluator that decides one.

mod blocks;
mod groups;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use ipcond::ask::diff::{Change, Difference, diff};
use ipcond::ask::groups::Wanted;
use ipcond::eval::{Decision, Everywhere, Scenario, SourceIp};
use ipcond::input::{Documents, read_scenario};
use ipcond::net::{Address, AddressSet};
use ipcond::source::Source;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use crate::generate::{
    Fillings, closed_scenarios, fillings, open_scenarios, scenarios_before_and_after_a_denial,
};

fn read(scenario: &Value) -> Scenario {
    let source = Source::new("scenario", scenario.to_string());
    let node = ipcond::json::parse(&source).expect("it is JSON");
    read_scenario(&source, &node, Path::new(""), &mut Documents::default())
        .expect("it is a scenario")
}

/// The decision for one address, by the evaluator of one request; of a journey, that of its last step.
fn decide(scenario: &Scenario, ip: SourceIp) -> Decision {
    let scenario = Scenario {
        ip: Some(ip),
        ..scenario.clone()
    };
    if scenario.steps.is_some() {
        return scenario
            .journey(Timestamp::UNIX_EPOCH)
            .expect("it can be answered")
            .decision();
    }
    scenario
        .decide(Timestamp::UNIX_EPOCH)
        .expect("it can be answered")
        .decision
}

/// An address and those next to it.
fn around(ip: IpAddr) -> Vec<IpAddr> {
    match ip {
        IpAddr::V4(ip) => [
            ip.to_bits().checked_sub(1),
            Some(ip.to_bits()),
            ip.to_bits().checked_add(1),
        ]
        .into_iter()
        .flatten()
        .map(|bits| Ipv4Addr::from_bits(bits).into())
        .collect(),
        IpAddr::V6(ip) => [
            ip.to_bits().checked_sub(1),
            Some(ip.to_bits()),
            ip.to_bits().checked_add(1),
        ]
        .into_iter()
        .flatten()
        .map(|bits| Ipv6Addr::from_bits(bits).into())
        .collect(),
    }
}

/// Both ends of every part and one step outside, and "no address": the same decision either way.
fn check(scenario: &Scenario) -> Result<(), TestCaseError> {
    let everywhere = match Everywhere::of(scenario, Timestamp::UNIX_EPOCH) {
        Ok(everywhere) => everywhere,
        Err(error) => {
            // Only tests of the address as text are refused.
            prop_assert!(error.to_string().contains("cannot be"), "{}", error);
            return Ok(());
        }
    };
    let mut seen = AddressSet::default();
    for part in everywhere.parts() {
        let Some((first, last)) = part.range else {
            prop_assert_eq!(part.decision, decide(scenario, SourceIp::Absent));
            seen = seen.union(&AddressSet::none());
            continue;
        };
        let part_set = AddressSet::from_ranges([(first, last)]);
        prop_assert!(
            seen.intersection(&part_set).is_empty(),
            "parts share addresses"
        );
        seen = seen.union(&part_set);
        for ip in around(first).into_iter().chain(around(last)) {
            // IPv4-mapped addresses are ordinary in sets, but no request carries one (IP-8).
            if matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some()) {
                continue;
            }
            let one = decide(scenario, SourceIp::From(Address::new(ip)));
            prop_assert_eq!(everywhere.decision(everywhere.place(ip)), one, "{}", ip);
            if part_set.contains(Address::new(ip)) {
                prop_assert_eq!(part.decision, one, "{}", ip);
            }
        }
    }
    prop_assert_eq!(seen, AddressSet::all(), "parts cover everything");
    for decision in [
        Decision::Allowed,
        Decision::ExplicitDeny,
        Decision::ImplicitDeny,
        Decision::Depends,
    ] {
        let set = everywhere.set_of(|made| made == decision);
        prop_assert_eq!(
            set.has_none(),
            decide(scenario, SourceIp::Absent) == decision
        );
    }
    Ok(())
}

/// As the evaluator of one request names them.
fn check_deciders(scenario: &Scenario) -> Result<(), TestCaseError> {
    let Ok(everywhere) = Everywhere::of(scenario, Timestamp::UNIX_EPOCH) else {
        return Ok(());
    };
    for part in everywhere.parts() {
        let ip = match part.range {
            Some((IpAddr::V6(ip), _)) if ip.to_ipv4_mapped().is_some() => continue,
            Some((first, _)) => SourceIp::From(Address::new(first)),
            None => SourceIp::Absent,
        };
        let scenario = Scenario {
            ip: Some(ip),
            ..scenario.clone()
        };
        let answer = scenario
            .decide(Timestamp::UNIX_EPOCH)
            .expect("it can be answered");
        let one: Vec<(String, usize)> = answer
            .deciders()
            .map(|trace| (trace.policy.name.clone(), trace.index))
            .collect();
        let all: Vec<(String, usize)> = everywhere
            .deciders(part.place)
            .iter()
            .map(|placed| (placed.policy.name.clone(), placed.index))
            .collect();
        prop_assert_eq!(all, one);
        prop_assert_eq!(everywhere.blocked_by(part.place), answer.blocked_by);
    }
    Ok(())
}

/// The difference of the one request that two scenarios share.
fn compare(old: &Scenario, new: &Scenario) -> Option<Difference> {
    let wanted = Wanted {
        actions: old.action.iter().cloned().collect(),
        resources: old.resource.iter().cloned().collect(),
        principal: true,
    };
    let mut all = diff(old, new, &wanted, Timestamp::UNIX_EPOCH).ok()?;
    assert!(all.len() == 1, "one request, one group");
    all.pop()
}

/// What the two versions decide for one place, by the evaluator of one request, fits what is said to change.
fn check_change(
    difference: &Difference,
    (old, new): (&Scenario, &Scenario),
    ip: SourceIp,
) -> Result<(), TestCaseError> {
    let is_in = |set: &AddressSet| match ip {
        SourceIp::From(address) => set.contains(address),
        _ => set.has_none(),
    };
    let (before, after) = (decide(old, ip), decide(new, ip));
    let expected = match (before, after) {
        (Decision::Allowed, Decision::Allowed) => [false, false, true, false],
        (Decision::Depends, Decision::Depends) => {
            // Open in the same way, or perhaps in another: `residues` below looks at that.
            prop_assert!(!is_in(&difference.gained) && !is_in(&difference.lost));
            return Ok(());
        }
        (Decision::Depends, _) | (_, Decision::Depends) => [false, false, false, true],
        (Decision::Allowed, _) => [false, true, false, false],
        (_, Decision::Allowed) => [true, false, false, false],
        _ => [false; 4],
    };
    let sets = [
        &difference.gained,
        &difference.lost,
        &difference.kept,
        &difference.depends,
    ];
    prop_assert_eq!(sets.map(is_in), expected, "{} then {}", before, after);
    Ok(())
}

/// Where both versions depend on something and the change does not, every filling decides alike.
fn check_open_alike(
    old: &Value,
    new: &Value,
    difference: &Difference,
) -> Result<(), TestCaseError> {
    for place in difference
        .parts()
        .map(|part| (part.range.first(), part.place))
    {
        let (Some(ip), place) = place else { continue };
        let open = difference.old.decision(place) == Decision::Depends;
        if !open || difference.change(place) != Change::Without {
            continue;
        }
        for scenario in [old, new] {
            let Fillings { contexts, .. } = fillings(scenario);
            for context in contexts.iter().take(12) {
                let filled = |scenario: &Value| {
                    let mut scenario = scenario.clone();
                    scenario["context"] = context.clone();
                    scenario["missing"] = "absent".into();
                    decide(&read(&scenario), SourceIp::From(Address::new(ip)))
                };
                let (before, after) = (filled(old), filled(new));
                let same = before == after || before.is_denied() && after.is_denied();
                prop_assert!(
                    same,
                    "{} then {} from {} with {:#}",
                    before,
                    after,
                    ip,
                    context
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn differences_are_what_the_two_versions_decide(
        (old, new) in scenarios_before_and_after_a_denial(),
    ) {
        let (before, after) = (read(&old), read(&new));
        let Some(forth) = compare(&before, &after) else { return Ok(()) };
        let back = compare(&after, &before).expect("the same policies can be compared the other way");
        prop_assert_eq!(&forth.gained, &back.lost);
        prop_assert_eq!(&forth.lost, &back.gained);
        prop_assert_eq!(&forth.kept, &back.kept);
        prop_assert_eq!(&forth.depends, &back.depends);
        let same = compare(&before, &before).expect("it can be compared with itself");
        prop_assert!(!same.is_changed(), "{:#}", old);
        for part in forth.parts() {
            let (first, last) = part.range.ranges().next().expect("a part has addresses");
            for ip in around(first).into_iter().chain(around(last)) {
                if !matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some()) {
                    check_change(&forth, (&before, &after), SourceIp::From(Address::new(ip)))?;
                }
            }
        }
        check_change(&forth, (&before, &after), SourceIp::Absent)?;
        check_open_alike(&old, &new, &forth)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn agrees_with_one_address_where_everything_is_known(scenario in closed_scenarios()) {
        let scenario = read(&scenario);
        check(&scenario)?;
        check_deciders(&scenario)?;
    }

    #[test]
    fn agrees_with_one_address_where_something_is_unknown(scenario in open_scenarios()) {
        let scenario = read(&scenario);
        check(&scenario)?;
        check_deciders(&scenario)?;
    }
}
