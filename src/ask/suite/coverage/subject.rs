//! A test that is asked again whenever a policy was changed.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use jiff::Timestamp;

use super::mutant::Changes;
use crate::ask::suite::claim::Rule;
use crate::ask::suite::whole::Whole;
use crate::ask::suite::{Answered, Question, Regions};
use crate::eval::{Known, Request, SOURCE_IP, SourceIp};
use crate::net::{Address, AddressSet, Class, parse_address};
use crate::policy::{Action, ConditionKey};

/// The most places that are decided one by one; if a change reaches more, all are decided at once.
const MOST_PLACES: usize = 24;

/// A test, its outcome, and what a change has to reach to alter it.
pub(super) struct Subject<'a> {
    question: &'a Question,
    passes: bool,
    /// Tests of one group ask the same of the same address.
    group: usize,
    /// The policies of its scenario, ascending.
    uses: Vec<usize>,
    actions: Vec<Action>,
    /// Where its requests come from, but for those that it asks of many addresses; `None` is "no address".
    from: Vec<Option<Address>>,
    /// A request may come from anywhere.
    from_anywhere: bool,
    /// The test is about many addresses.
    many: Option<Many<'a>>,
}

/// What a test about many addresses was decided by.
struct Many<'a> {
    rules: Vec<Rule<'a>>,
    /// The rule for "no address in the request", if the test asks for that.
    none: Option<usize>,
    // INVARIANT: in order, IPv4 before IPv6, and sharing nothing
    pieces: Vec<Piece>,
    /// Where the answer is not as expected.
    wrong: AddressSet,
}

/// A run of addresses of one class, of which one thing is expected.
struct Piece {
    first: IpAddr,
    last: IpAddr,
    class: Class,
    rule: usize,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        question: &'a Question,
        passes: bool,
        (uses, group): (Vec<usize>, usize),
        now: Timestamp,
    ) -> Self {
        let mut subject = Self {
            question,
            passes,
            group,
            uses,
            actions: Vec::new(),
            from: Vec::new(),
            from_anywhere: false,
            many: None,
        };
        match question.expected.regions() {
            Regions::One(_) => match question.scenario.calls(now) {
                Ok(calls) => calls.iter().for_each(|call| subject.add(&call.request)),
                // A step that is never reached may be one that cannot be asked.
                Err(_) => subject.from_anywhere = true,
            },
            Regions::Many(regions) => match Whole::new(&question.scenario, regions, now) {
                Ok(whole) => {
                    whole
                        .everywhere
                        .requests()
                        .for_each(|request| subject.add(request));
                    subject.many = Some(Many::of(whole));
                }
                Err(_) => subject.from_anywhere = true,
            },
        }
        subject
    }

    fn add(&mut self, request: &Request) {
        self.actions.push(request.action.clone());
        match request.context.get(&ConditionKey::new(SOURCE_IP)) {
            Known::Absent => self.from.push(None),
            Known::Every => {}
            Known::Given(value) => {
                for text in value.values() {
                    match parse_address(text) {
                        Some((address, _)) => self.from.push(Some(address)),
                        None => self.from_anywhere = true,
                    }
                }
            }
            Known::Unknown => self.from_anywhere = true,
        }
    }

    /// Whether a policy is among those of the test.
    pub(super) fn uses(&self, policy: usize) -> bool {
        self.uses.binary_search(&policy).is_ok()
    }

    /// Whether the test comes out otherwise with a changed policy.
    pub(super) fn notices(&self, changes: &Changes<'_>, now: Timestamp) -> bool {
        let reach = &changes.mutant.reach;
        let names_caller = self.takes_caller_from(changes);
        if !names_caller && !self.is_about(changes) {
            return false;
        }
        let reached = |from: &Option<Address>| match from {
            Some(address) => reach.contains(*address),
            None => reach.has_none(),
        };
        let everywhere = names_caller || self.from_anywhere || self.from.iter().any(reached);
        let Some(many) = &self.many else {
            return everywhere && self.again(changes, now);
        };
        let places = if everywhere { None } else { many.places(reach) };
        match places {
            None => self.again(changes, now),
            Some(places) if places.is_empty() => false,
            // It fails, and goes on to fail out of reach.
            Some(_) if !many.wrong.is_subset(reach) => false,
            Some(places) => {
                let is_wrong = |(ip, rule): &(SourceIp, usize)| {
                    let answer = changes.answer((self.group, *ip), || {
                        let mut scenario = changes.made_in(&self.question.scenario);
                        scenario.ip = Some(*ip);
                        Answered::new(&scenario, now).ok()
                    });
                    let answer = answer.as_ref().as_ref();
                    answer.is_none_or(|answer| answer.problem(&many.rules[*rule]).is_some())
                };
                places.iter().any(is_wrong) == self.passes
            }
        }
    }

    /// Whether the changed statement is about any action of the test.
    fn is_about(&self, changes: &Changes<'_>) -> bool {
        let (statement, _) = changes.statement();
        let is_about = |action| statement.action.matches(action).0;
        self.actions.is_empty() || self.actions.iter().any(is_about)
    }

    /// Whether the change may tell who calls: the account of a caller that is not named is the only one that any statement
    /// names.
    fn takes_caller_from(&self, changes: &Changes<'_>) -> bool {
        let (statement, silenced) = changes.statement();
        silenced && self.question.scenario.principal.is_none() && statement.principal.is_some()
    }

    /// Whether the whole test comes out otherwise.
    pub(super) fn again(&self, changes: &Changes<'_>, now: Timestamp) -> bool {
        let scenario = &changes.made_in(&self.question.scenario);
        let passes = match self.question.expected.regions() {
            Regions::One(claim) => Answered::new(scenario, now)
                .is_ok_and(|answered| answered.problem(&Rule::Claim(claim)).is_none()),
            Regions::Many(regions) => {
                Whole::new(scenario, regions, now).is_ok_and(|whole| whole.wrong().is_empty())
            }
        };
        passes != self.passes
    }
}

impl<'a> Many<'a> {
    fn of(whole: Whole<'a>) -> Self {
        let wrong = whole.wrong();
        let runs: Vec<(IpAddr, IpAddr, Class)> = whole.everywhere.sweep(|class| class).collect();
        let (mut rules, mut none, mut pieces) = (Vec::new(), None, Vec::new());
        for (rule, (region, expected)) in whole.regions.into_iter().enumerate() {
            rules.push(expected);
            if region.has_none() {
                none = Some(rule);
            }
            for (first, last) in region.ranges() {
                let start = runs.partition_point(|(_, end, _)| *end < first);
                let meeting = runs[start..].iter().take_while(|(run, ..)| *run <= last);
                pieces.extend(meeting.map(|(run, end, class)| Piece {
                    first: first.max(*run),
                    last: last.min(*end),
                    class: *class,
                    rule,
                }));
            }
        }
        pieces.sort_unstable_by_key(|piece| piece.first);
        Self {
            rules,
            none,
            pieces,
            wrong,
        }
    }

    /// A place for each class and rule that a change reaches; `None` if they are many, or have no address that a request
    /// can carry.
    ///
    /// The addresses of a class in the reach of a change share all that the changed policies ask of an address, so that
    /// one of them stands for all.
    fn places(&self, reach: &AddressSet) -> Option<Vec<(SourceIp, usize)>> {
        let mut found: BTreeMap<(Class, usize), Option<IpAddr>> = BTreeMap::new();
        for (first, last) in reach.ranges() {
            let start = self.pieces.partition_point(|piece| piece.last < first);
            for piece in self.pieces[start..]
                .iter()
                .take_while(|piece| piece.first <= last)
            {
                let address = carried(first.max(piece.first), last.min(piece.last));
                let place = found.entry((piece.class, piece.rule)).or_default();
                *place = place.or(address);
                if found.len() > MOST_PLACES {
                    return None;
                }
            }
        }
        let none = self.none.filter(|_| reach.has_none());
        let mut places: Vec<(SourceIp, usize)> = none
            .map(|rule| (SourceIp::Absent, rule))
            .into_iter()
            .collect();
        for ((_, rule), address) in found {
            places.push((SourceIp::From(Address::new(address?)), rule));
        }
        Some(places)
    }
}

/// The first address of a range that a request can carry: IPv4-mapped addresses are read as IPv4 (IP-8).
fn carried(first: IpAddr, last: IpAddr) -> Option<IpAddr> {
    const MAPPED: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);
    match first {
        IpAddr::V6(ip) if (MAPPED.0..=MAPPED.1).contains(&ip.to_bits()) => {
            let next = IpAddr::V6(Ipv6Addr::from_bits(MAPPED.1 + 1));
            (next <= last).then_some(next)
        }
        first => Some(first),
    }
}
