//! One request from every address of a block or set.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::error::Result;
use crate::eval::{Answer, Decision, Everywhere, Part, Place, Scenario, SourceIp};
use crate::net::{Address, AddressSet};

/// The addresses of a set that no condition tells apart: the trace holds for each of them, but for the block of a list
/// that matched, which is that of the first.
#[derive(Debug)]
pub struct BlockPart {
    /// The addresses.
    pub set: AddressSet,
    /// The decision for each of them, asked from the first.
    pub answer: Answer,
    /// The scenario that was asked, from the first address.
    pub scenario: Scenario,
}

/// The answers for a set, which hold for every address of it: no address is in two of them, or in none.
///
/// # Errors
/// As [`Everywhere::of`].
pub fn decide_set(scenario: &Scenario, set: &AddressSet, now: Timestamp) -> Result<Vec<BlockPart>> {
    let everywhere = Everywhere::of(scenario, now)?;
    let mut parts: Vec<(Place, AddressSet)> = Vec::new();
    for Part { range, place, .. } in everywhere.classes() {
        let part = match range {
            Some(range) => AddressSet::from_ranges([range]),
            None => AddressSet::none(),
        };
        let inside = part.intersection(set);
        if inside.is_empty() {
            continue;
        }
        match parts.iter_mut().find(|(other, _)| *other == place) {
            Some((_, all)) => *all = all.union(&inside),
            None => parts.push((place, inside)),
        }
    }
    let parts = parts.into_iter();
    parts
        .map(|(_, set)| BlockPart::new(scenario, set, now))
        .collect()
}

impl BlockPart {
    /// Addresses of one class are decided alike, so the first stands for all.
    fn new(scenario: &Scenario, set: AddressSet, now: Timestamp) -> Result<Self> {
        let ip = set
            .first()
            .map_or(SourceIp::Absent, |ip| SourceIp::From(Address::new(ip)));
        let scenario = Scenario {
            ip: Some(ip),
            ..scenario.clone()
        };
        let answer = scenario.decide(now)?;
        Ok(Self {
            set,
            answer,
            scenario,
        })
    }
}

/// Where else a denied request would be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nearest {
    /// From this address of the same family, so far away.
    Address(IpAddr, u128),
    /// From addresses of the other family only.
    OtherFamily,
    /// From no address.
    Nowhere,
}

/// The allowed address that is nearest to one that is denied. `None` where the address makes no difference.
pub fn nearest_allowed(scenario: &Scenario, address: Address, now: Timestamp) -> Option<Nearest> {
    let everywhere = Everywhere::of(scenario, now).ok()?;
    if !everywhere.tests_addresses() {
        return None;
    }
    let allowed = everywhere.set_of(|decision| decision == Decision::Allowed);
    Some(match allowed.nearest(address) {
        Some(nearest) => Nearest::Address(nearest, distance(nearest, address.ip())),
        None if allowed.has_addresses() => Nearest::OtherFamily,
        None => Nearest::Nowhere,
    })
}

fn distance(a: IpAddr, b: IpAddr) -> u128 {
    let bits = |ip| match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    bits(a).abs_diff(bits(b))
}
