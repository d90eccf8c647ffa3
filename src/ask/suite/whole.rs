//! Expectations that must hold for every address of a set, proved and not sampled.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;

use super::claim::{Found, Rule};
use super::outcome::{Finding, Place, Wrong};
use crate::ask::Blamer;
use crate::error::Result;
use crate::eval::{self, Everywhere, Scenario};
use crate::net::{AddressSet, Cidr};

/// The answer for every address at once, and what is expected of it where.
pub(super) struct Whole<'a> {
    pub(super) everywhere: Everywhere,
    // INVARIANT: the sets share nothing
    pub(super) regions: Vec<(AddressSet, Rule<'a>)>,
    is_journey: bool,
}

impl<'a> Whole<'a> {
    /// Decides the scenario for every address.
    ///
    /// # Errors
    /// As [`Everywhere::of`].
    pub(super) fn new(
        scenario: &Scenario,
        regions: Vec<(AddressSet, Rule<'a>)>,
        now: Timestamp,
    ) -> Result<Self> {
        Ok(Self {
            everywhere: Everywhere::of(scenario, now)?,
            regions,
            is_journey: scenario.steps.is_some(),
        })
    }

    fn problem(&self, rule: &Rule<'_>, place: eval::Place) -> Option<String> {
        rule.problem(&Found::Place {
            everywhere: &self.everywhere,
            place,
            is_journey: self.is_journey,
        })
    }

    /// Where it is not as expected, by what is wrong there.
    fn problems(&self) -> BTreeMap<String, AddressSet> {
        let mut problems: BTreeMap<String, AddressSet> = BTreeMap::new();
        let mut add = |problem: String, set: AddressSet| {
            let all = problems.entry(problem).or_default();
            *all = all.union(&set);
        };
        for (region, rule) in &self.regions {
            if region.has_none()
                && let Some(problem) = self.problem(rule, eval::Place::None)
            {
                add(problem, AddressSet::none());
            }
            if !region.has_addresses() {
                continue;
            }
            let runs = self
                .everywhere
                .sweep(|class| self.problem(rule, eval::Place::Class(class)));
            let mut ranges: BTreeMap<String, Vec<(IpAddr, IpAddr)>> = BTreeMap::new();
            for (first, last, problem) in runs {
                if let Some(problem) = problem {
                    ranges.entry(problem).or_default().push((first, last));
                }
            }
            for (problem, ranges) in ranges {
                let set = AddressSet::from_ranges(ranges).intersection(region);
                if !set.is_empty() {
                    add(problem, set);
                }
            }
        }
        problems
    }

    /// Where it is not as expected.
    pub(super) fn wrong(&self) -> AddressSet {
        let sets = self.problems().into_values();
        sets.fold(AddressSet::default(), |all, set| all.union(&set))
    }

    /// What is not as expected, each with an example and the line that decides there, by the smallest address.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut blamer = Blamer::default();
        let mut findings: Vec<(bool, Option<IpAddr>, Finding)> = Vec::new();
        for (message, set) in self.problems() {
            let example = example(&set);
            let place = example.map_or(eval::Place::None, |ip| self.everywhere.place(ip));
            let decided_by = self.everywhere.last_deciders(place).map(|placed| {
                let span = blamer.span(placed, example);
                Place::of_placed(placed, span)
            });
            let finding = Finding {
                message,
                decided_by: decided_by.collect(),
                addresses: Some(Wrong { set, example }),
            };
            findings.push((example.is_none(), example, finding));
        }
        findings.sort_by_key(|(is_none, example, _)| (*is_none, *example));
        findings.into_iter().map(|(.., finding)| finding).collect()
    }
}

/// An address of the set that people recognize as one of a host: the smallest that is neither of a range without hosts
/// nor the first or last of its block, as far as the set has such. `None` if no address is in the set.
pub(super) fn example(set: &AddressSet) -> Option<IpAddr> {
    let ordinary = set.difference(&without_hosts());
    let from = if ordinary.has_addresses() {
        &ordinary
    } else {
        set
    };
    let block = from.blocks().next()?;
    Some(
        match (
            block.first(),
            block.net().max_prefix_len() - block.net().prefix_len(),
        ) {
            (first, 0 | 1) => first,
            (IpAddr::V4(first), _) => Ipv4Addr::from_bits(first.to_bits() | 1).into(),
            (IpAddr::V6(first), _) => Ipv6Addr::from_bits(first.to_bits() | 1).into(),
        },
    )
}

/// What no request comes from: "this network", loopback, multicast and reserved addresses, and all of IPv6 but global
/// unicast and unique local addresses. IPv4-mapped IPv6 is among it, which is read as IPv4 (IP-8).
fn without_hosts() -> AddressSet {
    let v4 = [([0, 0, 0, 0], 8), ([127, 0, 0, 0], 8), ([224, 0, 0, 0], 3)];
    let v4 = v4.map(|(octets, prefix)| Cidr::new(Ipv4Addr::from(octets).into(), prefix));
    let hosts = [(0x2000, 3), (0xfc00, 7)];
    let hosts = hosts
        .map(|(start, prefix)| Cidr::new(Ipv6Addr::new(start, 0, 0, 0, 0, 0, 0, 0).into(), prefix));
    let hosts: AddressSet = hosts.into_iter().flatten().collect();
    let v4: AddressSet = v4.into_iter().flatten().collect();
    v4.union(&hosts.complement().only_v6())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_plain_hosts() {
        let example = |blocks: &[&str]| {
            let blocks = blocks.iter().map(|text| text.parse::<Cidr>());
            let set: AddressSet = blocks.map(|block| block.expect("a block")).collect();
            example(&set).map(|ip| ip.to_string())
        };
        for (blocks, expected) in [
            (&["2001:db8:1::/48"] as &[&str], "2001:db8:1::1"),
            (&["203.0.113.0/24"], "203.0.113.1"),
            (&["203.0.113.6/31"], "203.0.113.6"),
            (&["203.0.113.4/30"], "203.0.113.5"),
            (&["203.0.113.255/32"], "203.0.113.255"),
            (&["0.0.0.0/0", "::/0"], "1.0.0.1"),
            (&["::/0"], "2000::1"),
            (&["::ffff:0:0/95", "2001:db8::7"], "2001:db8::7"),
            (&["255.255.255.255"], "255.255.255.255"),
            (&["::fffe:0:0/95"], "::fffe:0:1"),
        ] {
            assert_eq!(example(blocks).as_deref(), Some(expected), "{blocks:?}");
        }
        assert_eq!(super::example(&AddressSet::none()), None);
    }
}
