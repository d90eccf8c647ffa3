//! The answer for every address at once, and for a request that carries none.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::address_tests::{AddressSpace, AddressTests, Lists};
use super::context::Assumption;
use super::decision::Decision;
use super::journey::PreparedCall;
use super::keys;
use super::request::{Layer, Request};
use super::scenario::Scenario;
use super::verdicts::{Verdict, Verdicts};
use super::way::SourceIp;
use crate::error::Result;
use crate::net::{AddressSet, Class};
use crate::policy::{Policy, Statement};

/// What becomes of a request, or of a journey of them, from every address at once, and of one that carries no address.
///
/// It is computed by the evaluator that decides one request, over sets of address classes: nothing is sampled.
///
/// # Example
/// ```
/// use ipcond::eval::{Decision, Everywhere, PolicySet, Scenario};
/// use ipcond::policy::{Policy, PolicyKind};
/// let text = r#"{"Statement":[
///     {"Effect":"Allow","Action":"*","Resource":"*"},
///     {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#;
/// let scenario = Scenario {
///     principal: Some(ipcond::eval::Caller::parse("arn:aws:iam::111122223333:user/bob")?),
///     action: Some("s3:ListAllMyBuckets".parse()?),
///     policies: PolicySet {
///         identity: Some(vec![Policy::from_json("p", text, PolicyKind::Identity)?.into()]),
///         ..PolicySet::default()
///     },
///     ..Scenario::default()
/// };
/// let everywhere = Everywhere::of(&scenario, jiff::Timestamp::now())?;
/// let allowed = everywhere.set_of(|decision| decision == Decision::Allowed);
/// assert_eq!(allowed, ["203.0.113.0/24".parse().expect("a block")].into_iter().collect()); // no IPv6 address, and not without one
/// # Ok::<(), ipcond::Error>(())
/// ```
#[derive(Debug)]
pub struct Everywhere {
    space: Arc<AddressSpace>,
    /// From every address: one call, or those of a journey.
    every: Vec<CallEverywhere>,
    /// Without an address.
    none: Vec<CallEverywhere>,
}

/// One call, decided for every address.
#[derive(Debug)]
struct CallEverywhere {
    call: PreparedCall,
    verdicts: Verdicts,
}

/// Where a request comes from, as far as an [`Everywhere`] tells places apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address of this class.
    Class(Class),
    /// No address in the request.
    None,
}

/// A run of addresses for which the same statements make the same decision.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// First and last address; `None` for "no address in the request".
    pub range: Option<(IpAddr, IpAddr)>,
    /// What becomes of the request.
    pub decision: Decision,
    /// Where it is, to ask [`Everywhere::deciders`].
    pub place: Place,
}

/// A statement that an [`Everywhere`] rests on.
#[derive(Clone, Debug)]
pub struct PlacedStatement {
    /// The layer of its policy.
    pub layer: Layer,
    /// The level, for SCPs and RCPs.
    pub level: usize,
    /// Its policy.
    pub policy: Arc<Policy>,
    /// Its place in the policy, from 0.
    pub index: usize,
}

impl PlacedStatement {
    /// The statement.
    pub fn statement(&self) -> &Statement {
        &self.policy.statements[self.index]
    }

    /// Its `Sid`, or `policy#index`.
    pub fn name(&self) -> String {
        self.policy.statement_name(self.index)
    }

    /// Its `Sid`, or `#index` where the policy stands beside it.
    pub fn short_name(&self) -> String {
        let label = self.statement().label().map(str::to_owned);
        label.unwrap_or_else(|| format!("#{}", self.index))
    }
}

impl Everywhere {
    /// The answer for a scenario, whatever address it gives.
    ///
    /// # Errors
    /// As [`Scenario::request`] and [`Scenario::journey`]; and for policies that test the text of the address in a way
    /// whose addresses cannot be listed, such as `*.7`.
    pub fn of(scenario: &Scenario, now: Timestamp) -> Result<Self> {
        let mut all = Self::together(&[scenario], now)?;
        all.pop()
            .ok_or_else(|| crate::Error::request("nothing was asked"))
    }

    /// The answers for several scenarios, over the same address classes, so that they can be compared class by class.
    ///
    /// # Errors
    /// As [`Everywhere::of`], for any of them.
    pub fn together(scenarios: &[&Scenario], now: Timestamp) -> Result<Vec<Self>> {
        let mut lists = Lists::default();
        let mut questions = Vec::with_capacity(scenarios.len());
        for scenario in scenarios {
            let every = collect(scenario, SourceIp::Every, now, &mut lists)?;
            let none = collect(scenario, SourceIp::Absent, now, &mut lists)?;
            questions.push((every, none));
        }
        let space = Arc::new(AddressSpace::new(&lists));
        let answers = questions.into_iter().map(|(every, none)| Self {
            every: decide(every, &space),
            none: decide(none, &space),
            space: Arc::clone(&space),
        });
        Ok(answers.collect())
    }

    /// The request of each call, every address at once.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.every.iter().map(|call| &call.call.request)
    }

    fn calls(&self, place: Place) -> (&[CallEverywhere], Class) {
        match place {
            Place::Class(class) => (&self.every, class),
            Place::None => (&self.none, Class::default()),
        }
    }

    /// The call that decides at a place, and its verdict: the first that is not allowed, else the last.
    fn deciding_call(&self, place: Place) -> Option<(&CallEverywhere, Verdict)> {
        let (calls, class) = self.calls(place);
        let mut verdicts = calls.iter().map(|call| (call, call.verdicts.at(class)));
        let stops = verdicts
            .clone()
            .find(|(_, verdict)| verdict.decision != Decision::Allowed);
        stops.or_else(|| verdicts.next_back())
    }

    /// The decision at a place: of a journey, that of the first call that is not allowed.
    pub fn decision(&self, place: Place) -> Decision {
        self.deciding_call(place)
            .map_or(Decision::Allowed, |(_, verdict)| verdict.decision)
    }

    /// Whether a Deny cuts the place out of what would be allowed without it.
    pub fn is_cut_out(&self, place: Place) -> bool {
        self.deciding_call(place).is_some_and(|(_, verdict)| {
            verdict.decision == Decision::ExplicitDeny && verdict.granted
        })
    }

    /// The step of a journey that decides at a place, from 0.
    pub fn step(&self, place: Place) -> usize {
        self.deciding_call(place)
            .map_or(0, |(call, _)| call.call.step)
    }

    /// The deciding statements at a place: the denies, or the allows that were needed; of a journey that is allowed,
    /// those of every call.
    pub fn deciders(&self, place: Place) -> Vec<&PlacedStatement> {
        let (calls, class) = self.calls(place);
        let allowed = self.decision(place) == Decision::Allowed;
        let deciding = self.deciding_call(place).map(|(call, _)| call);
        calls
            .iter()
            .filter(|call| {
                allowed || deciding.is_some_and(|deciding| std::ptr::eq(*call, deciding))
            })
            .flat_map(|call| call.verdicts.deciders(class))
            .collect()
    }

    /// The deciding statements of the one call that decides at a place: of a journey that is allowed, those of its last.
    pub fn last_deciders(&self, place: Place) -> impl Iterator<Item = &PlacedStatement> {
        let (_, class) = self.calls(place);
        let deciding = self.deciding_call(place).into_iter();
        deciding.flat_map(move |(call, _)| call.verdicts.deciders(class))
    }

    /// The layers that stop the request at a place; none where it is allowed.
    pub fn blocked_by(&self, place: Place) -> Vec<Layer> {
        let (_, class) = self.calls(place);
        self.deciding_call(place)
            .map_or_else(Vec::new, |(call, _)| {
                call.verdicts.blocked_by(class, &call.call.policies)
            })
    }

    /// Two places with equal keys have the same decision by the same statements.
    pub(crate) fn key(&self, place: Place) -> (Decision, usize, u128) {
        let (calls, class) = self.calls(place);
        let decision = self.decision(place);
        let sum = |all: u128, call: &CallEverywhere| {
            all.wrapping_mul(31)
                .wrapping_add(call.verdicts.at(class).deciders)
        };
        match self.deciding_call(place) {
            Some((call, verdict)) if decision != Decision::Allowed => {
                (decision, call.call.step, verdict.deciders)
            }
            _ => (decision, 0, calls.iter().fold(0, sum)),
        }
    }

    /// What decides how the unknown would settle a place that depends on something. Equal for two answers of
    /// [`Everywhere::together`]: however the unknown is filled in, they decide the same there.
    pub(crate) fn residue(&self, place: Place) -> Vec<(Decision, u128)> {
        let (calls, class) = self.calls(place);
        calls
            .iter()
            .map(|call| {
                (
                    call.verdicts.at(class).decision,
                    call.verdicts.residue(class),
                )
            })
            .collect()
    }

    /// The runs of addresses for which `key` is the same, in order, IPv4 before IPv6.
    pub(crate) fn sweep<K: PartialEq + Clone>(
        &self,
        key: impl Fn(Class) -> K,
    ) -> impl Iterator<Item = (IpAddr, IpAddr, K)> {
        let count = self.space.partition.class_count();
        let keys: Vec<K> = (0..count)
            .filter_map(|number| u32::try_from(number).ok())
            .map(|number| key(Class::new(number)))
            .collect();
        let mut segments = self
            .space
            .segments
            .iter()
            .map(move |(first, last, class)| (*first, *last, keys[class.index()].clone()))
            .peekable();
        std::iter::from_fn(move || {
            let (first, mut last, key) = segments.next()?;
            while let Some((_, end, _)) = segments
                .next_if(|(next, _, other)| *other == key && next.is_ipv4() == first.is_ipv4())
            {
                last = end;
            }
            Some((first, last, key))
        })
    }

    /// The addresses of classes that `chosen` names.
    pub(crate) fn addresses(&self, chosen: impl Fn(Class) -> bool) -> AddressSet {
        let runs = self.sweep(chosen).filter(|(_, _, chosen)| *chosen);
        AddressSet::from_ranges(runs.map(|(first, last, _)| (first, last)))
    }

    /// Where the decision is one that `chosen` names, "no address in the request" included.
    pub fn set_of(&self, chosen: impl Fn(Decision) -> bool) -> AddressSet {
        self.addresses(|class| chosen(self.decision(Place::Class(class))))
            .with_none(chosen(self.decision(Place::None)))
    }

    /// The whole, cut where the decision or the deciding statements change: IPv4, then IPv6, then "no address". Every
    /// address is in one part.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let addresses = self
            .sweep(move |class| {
                let place = Place::Class(class);
                Keyed {
                    key: self.key(place),
                    place,
                }
            })
            .map(|(first, last, keyed)| Part {
                range: Some((first, last)),
                decision: keyed.key.0,
                place: keyed.place,
            });
        addresses.chain(std::iter::once(Part {
            range: None,
            decision: self.decision(Place::None),
            place: Place::None,
        }))
    }

    /// What a Deny cuts out of what would be allowed without it, cut where the deciding statements change.
    pub fn cuts(&self) -> impl Iterator<Item = Part> {
        self.sweep(move |class| {
            let place = Place::Class(class);
            self.is_cut_out(place).then(|| Keyed {
                key: self.key(place),
                place,
            })
        })
        .filter_map(|(first, last, keyed)| {
            keyed.map(|keyed| Part {
                range: Some((first, last)),
                decision: keyed.key.0,
                place: keyed.place,
            })
        })
    }

    /// As [`Everywhere::parts`], cut wherever a policy tells addresses apart.
    pub(crate) fn classes(&self) -> impl Iterator<Item = Part> {
        let addresses = self.sweep(Place::Class).map(|(first, last, place)| Part {
            range: Some((first, last)),
            decision: self.decision(place),
            place,
        });
        addresses.chain(std::iter::once(Part {
            range: None,
            decision: self.decision(Place::None),
            place: Place::None,
        }))
    }

    /// The place of an address.
    pub fn place(&self, ip: IpAddr) -> Place {
        Place::Class(match ip {
            IpAddr::V4(ip) => self.space.partition.class_of_v4(ip.to_bits()),
            IpAddr::V6(ip) => self.space.partition.class_of_v6(ip.to_bits()),
        })
    }

    fn all_calls(&self) -> impl Iterator<Item = &CallEverywhere> {
        self.every.iter().chain(&self.none)
    }

    /// Keys and documents that could settle what depends on something.
    pub fn depends_on(&self) -> Vec<String> {
        once_each(self.all_calls().flat_map(|call| &call.verdicts.depends_on))
    }

    /// Keys and documents that could settle what depends on something without an address in the request.
    pub fn none_depends_on(&self) -> Vec<String> {
        once_each(self.none.iter().flat_map(|call| &call.verdicts.depends_on))
    }

    /// Undocumented points that the answer rests on.
    pub fn assumptions(&self) -> Vec<Assumption> {
        once_each(self.all_calls().flat_map(|call| &call.verdicts.assumptions))
    }

    /// Facts that AWS sets on requests of a sort, that a policy tests, and that were filled in: the answer is for requests
    /// with these, such as `aws:SecureTransport = true`.
    pub fn taken(&self) -> Vec<String> {
        let mut taken = BTreeSet::new();
        for PreparedCall {
            request, policies, ..
        } in self.every.iter().map(|call| &call.call)
        {
            let statements = policies.all().flat_map(|(_, _, policy)| &policy.statements);
            for key in statements.flat_map(Statement::keys) {
                if TAKEN.iter().any(|taken| key.is(taken))
                    && let Some(value) = request.context.text(key.as_str())
                {
                    taken.insert(format!("{} = {value}", keys::canonical(key)));
                }
            }
        }
        taken.into_iter().collect()
    }

    /// Whether any statement about the call tests an address that the request carries.
    pub fn tests_addresses(&self) -> bool {
        self.space.partition.class_count() > 1
    }
}

/// Keys that are filled in with what is usual, and that other requests carry with another value.
const TAKEN: [&str; 3] = [
    "aws:PrincipalIsAWSService",
    "aws:SecureTransport",
    "aws:ViaAWSService",
];

/// A place by what makes it differ from others.
#[derive(Clone)]
struct Keyed {
    key: (Decision, usize, u128),
    place: Place,
}

impl PartialEq for Keyed {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

fn once_each<'a, T: Clone + Ord + 'a>(all: impl Iterator<Item = &'a T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    all.filter(|entry| seen.insert(*entry)).cloned().collect()
}

fn collect(
    scenario: &Scenario,
    ip: SourceIp,
    now: Timestamp,
    lists: &mut Lists,
) -> Result<Vec<(PreparedCall, AddressTests)>> {
    let mut scenario = scenario.clone();
    scenario.ip = Some(ip);
    let calls = scenario.calls(now)?.into_iter();
    calls
        .map(|call| {
            let tests = AddressTests::collect(&call.request, &call.policies, lists)?;
            Ok((call, tests))
        })
        .collect()
}

fn decide(calls: Vec<(PreparedCall, AddressTests)>, space: &AddressSpace) -> Vec<CallEverywhere> {
    let decide = |(call, tests): (PreparedCall, AddressTests)| {
        let verdicts = Verdicts::of(space, &tests, &call);
        CallEverywhere { call, verdicts }
    };
    calls.into_iter().map(decide).collect()
}
