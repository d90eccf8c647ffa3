//! What policies say of events, remembered by what they can tell apart of them: see [`Sieve`].

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;

use super::ruling::{Needs, Ruling};
use crate::ask::batch::cache::{Cache, Table};
use crate::ask::batch::keys::{Numbers, OutcomeKey, sort};
use crate::error::Result;
use crate::eval::{
    Bits, CallerSignature, Decision, Head, Layer, Missing, Pair, PolicySet, Profile, Scenario,
    Shape, Sieve, Sieves, SourceIp, Truth, VPC_SOURCE_IP,
};
use crate::input::cloudtrail::{Event, Fact, Origin, Target, write};
use crate::policy::{Action, ArnParts, ConditionKey, Statement};

/// The most entries of each table; beyond that, all is forgotten.
const MOST: usize = 1 << 16;

/// The policies and facts that hold for many events, with what their statements tell apart.
#[derive(Debug)]
pub(crate) struct Court {
    base: Scenario,
    now: Timestamp,
    sieves: Sieves,
}

/// One request of an event: one action, on one resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) event: &'a Event<'a>,
    pub(crate) action: &'a Action,
    pub(crate) target: &'a Target<'a>,
}

impl Court {
    pub(crate) fn new(base: Scenario, now: Timestamp) -> Self {
        let sieves = Sieves::new(&base.policies);
        Self { base, now, sieves }
    }

    pub(super) fn policies(&self) -> &PolicySet {
        &self.base.policies
    }

    /// What the evaluator of one request says.
    ///
    /// # Errors
    /// If the event contradicts itself.
    pub(crate) fn decide(&self, call: &Call<'_>) -> Result<Ruling> {
        let scenario = self.scenario(call)?;
        let answer = scenario.decide(self.now)?;
        // Without a session policy such a session may do nothing (EVAL-11), and which one it has is not in events.
        let is_open = answer.decision == Decision::ImplicitDeny
            && answer.blocked_by == [Layer::Session]
            && scenario.policies.session.is_none()
            && scenario.missing == Missing::Unknown;
        if is_open {
            let reason = "depends on the session policies";
            return Ok(Ruling::open(Needs::Other, reason));
        }
        Ok(Ruling::of(&answer))
    }

    fn scenario(&self, call: &Call<'_>) -> Result<Scenario> {
        let owner = call.event.owner(call.target);
        call.event
            .scenario(&self.base, call.action, call.target, owner)
    }
}

/// How much room a memory takes: much for a court of all events, little for one of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Narrow,
    Wide,
}

impl Room {
    /// The size of a cache that is as large as this in a wide room.
    fn bits(self, wide: u32) -> u32 {
        match self {
            Self::Narrow => wide.saturating_sub(6),
            Self::Wide => wide,
        }
    }

    fn most(self) -> usize {
        match self {
            Self::Narrow => MOST >> 6,
            Self::Wide => MOST,
        }
    }
}

/// What one thread remembers of a court.
#[derive(Debug)]
pub(crate) enum Memory {
    One(Box<Fast<1>>),
    Four(Box<Fast<4>>),
    Sixteen(Box<Fast<16>>),
    Whole(Whole),
}

impl Memory {
    pub(crate) fn new(court: &Arc<Court>, room: Room) -> Self {
        let shared = Arc::clone(court);
        match &court.sieves {
            Sieves::One(sieve) => Self::One(Box::new(Fast::new(shared, Arc::clone(sieve), room))),
            Sieves::Four(sieve) => Self::Four(Box::new(Fast::new(shared, Arc::clone(sieve), room))),
            Sieves::Sixteen(sieve) => {
                Self::Sixteen(Box::new(Fast::new(shared, Arc::clone(sieve), room)))
            }
            Sieves::None => Self::Whole(Whole {
                tested: Tested::of(&court.base.policies),
                court: shared,
                known: Cache::new(room.bits(12)),
                key: Vec::new(),
            }),
        }
    }

    /// What [`Court::decide`] says, sooner.
    ///
    /// # Errors
    /// As [`Court::decide`].
    pub(crate) fn decide(&mut self, call: &Call<'_>) -> Result<Rc<Ruling>> {
        match self {
            Self::One(fast) => fast.decide(call),
            Self::Four(fast) => fast.decide(call),
            Self::Sixteen(fast) => fast.decide(call),
            Self::Whole(whole) => whole.decide(call),
        }
    }
}

/// Events remembered as a whole.
#[derive(Debug)]
pub(crate) struct Whole {
    court: Arc<Court>,
    tested: Tested,
    known: Cache<Rc<Ruling>>,
    key: Vec<u8>,
}

impl Whole {
    fn decide(&mut self, call: &Call<'_>) -> Result<Rc<Ruling>> {
        let Self {
            court,
            tested,
            known,
            key,
        } = self;
        key.clear();
        call.event.who.key(key);
        rest_key(call, tested, key);
        write(key, Some(call.target.as_str()));
        write(key, Some(&call.event.origin.title()));
        let found = known.get_or(key, || court.decide(call).map(Rc::new))?;
        Ok(Rc::clone(found))
    }
}

/// Which facts of an event some statement names.
#[derive(Debug)]
struct Tested {
    facts: Vec<Fact>,
    time: bool,
    private_address: bool,
}

impl Tested {
    fn of(policies: &PolicySet) -> Self {
        let statements = policies.all().flat_map(|(_, _, all)| &all.statements);
        let keys: BTreeSet<&ConditionKey> = statements.flat_map(Statement::keys).collect();
        let tests = |name: &str| keys.contains(&ConditionKey::new(name));
        let facts = Fact::ALL.into_iter();
        Self {
            facts: facts.filter(|fact| tests(fact.key())).collect(),
            time: tests("aws:CurrentTime") || tests("aws:EpochTime"),
            private_address: tests(VPC_SOURCE_IP),
        }
    }
}

/// Writes all that decides what a request passes through, but for the caller, the address and the name of the resource.
fn rest_key(call: &Call<'_>, tested: &Tested, key: &mut Vec<u8>) {
    let Call {
        event,
        action,
        target,
    } = *call;
    write(key, Some(action.lower()));
    event.way_key(key);
    match target {
        Target::All => key.push(0),
        Target::Unknown => key.push(1),
        Target::Arn { arn, .. } => match ArnParts::split(arn.as_bytes()) {
            Some(parts) => {
                key.push(2 + sort(&parts) as u8);
                let account = parts.account();
                key.push(u8::try_from(account.len()).unwrap_or(u8::MAX));
                key.extend_from_slice(&account[..account.len().min(12)]);
            }
            None => key.push(1),
        },
    }
    write(key, event.owner(target));
    for fact in &tested.facts {
        event.fact(*fact, action).key(key);
    }
    if tested.time {
        key.extend_from_slice(&event.time.as_second().to_le_bytes());
    }
    if tested.private_address
        && let Origin::Endpoint { address, .. } = event.origin
    {
        write(key, address.map(|ip| ip.to_string()).as_deref());
    }
}

/// The event needs the evaluator: something is wrong with it, or it is the first of its kind.
struct Slow;

/// Events remembered by what they pass through.
#[derive(Debug)]
pub(crate) struct Fast<const N: usize> {
    court: Arc<Court>,
    sieve: Arc<Sieve<N>>,
    room: Room,
    tested: Tested,
    callers: Cache<u32>,
    caller_numbers: Numbers<CallerSignature>,
    /// By what stands before the last part of a resource.
    heads: Cache<Head<N>>,
    profiles: Cache<Known<N>>,
    learned: u32,
    shapes: Numbers<Shape>,
    outcomes: Table<OutcomeKey<N>>,
    rulings: Vec<Rc<Ruling>>,
    key: Vec<u8>,
}

#[derive(Debug)]
struct Known<const N: usize> {
    number: u32,
    about: Bits<N>,
    rest: Pair<Bits<N>>,
    address: Option<Pair<Bits<N>>>,
    shape: u32,
}

impl<const N: usize> Fast<N> {
    fn new(court: Arc<Court>, sieve: Arc<Sieve<N>>, room: Room) -> Self {
        Self {
            tested: Tested::of(&court.base.policies),
            court,
            sieve,
            room,
            callers: Cache::new(room.bits(10)),
            caller_numbers: Numbers::new(),
            heads: Cache::new(room.bits(8)),
            profiles: Cache::new(room.bits(12)),
            learned: 0,
            shapes: Numbers::new(),
            outcomes: Table::new(),
            rulings: Vec::new(),
            key: Vec::new(),
        }
    }

    fn decide(&mut self, call: &Call<'_>) -> Result<Rc<Ruling>> {
        match self.find(call) {
            Ok(ruling) => Ok(ruling),
            Err(Slow) => self.court.decide(call).map(Rc::new),
        }
    }

    fn find(&mut self, call: &Call<'_>) -> Result<Rc<Ruling>, Slow> {
        self.tidy();
        let Self {
            court,
            sieve,
            tested,
            key,
            ..
        } = self;
        key.clear();
        call.event.who.key(key);
        let (sieve, numbers) = (&**sieve, &mut self.caller_numbers);
        let missing = court.base.missing;
        let caller = *self.callers.get_or(key, || {
            let caller = call.event.who.caller().map_err(|_| Slow)?;
            Ok(numbers.of(sieve.caller(&caller, missing)))
        })?;
        key.clear();
        key.extend_from_slice(&caller.to_le_bytes());
        rest_key(call, tested, key);
        let (learned, shapes) = (&mut self.learned, &mut self.shapes);
        let known = self.profiles.get_or(key, || {
            *learned += 1;
            learn(court, sieve, shapes, *learned, call)
        })?;
        let key = outcome(sieve, &mut self.heads, known, call)?;
        if let Some(number) = self.outcomes.get(&key) {
            return Ok(Rc::clone(&self.rulings[number as usize]));
        }
        let ruling = Rc::new(court.decide(call).map_err(|_| Slow)?);
        let number = u32::try_from(self.rulings.len()).map_err(|_| Slow)?;
        self.rulings.push(Rc::clone(&ruling));
        self.outcomes.insert(key, number);
        Ok(ruling)
    }

    /// Makes room, if there is little left.
    fn tidy(&mut self) {
        let sizes = [
            self.caller_numbers.len(),
            self.shapes.len(),
            self.rulings.len(),
            self.learned as usize >> 8,
        ];
        let most = self.room.most();
        if sizes.into_iter().any(|size| size >= most) {
            *self = Self::new(Arc::clone(&self.court), Arc::clone(&self.sieve), self.room);
        }
    }
}

/// Prepares a request of the event to see what it passes through.
#[cold]
fn learn<const N: usize>(
    court: &Court,
    sieve: &Sieve<N>,
    shapes: &mut Numbers<Shape>,
    number: u32,
    call: &Call<'_>,
) -> Result<Known<N>, Slow> {
    let mut scenario = court.scenario(call).map_err(|_| Slow)?;
    if let Some(SourceIp::From(_)) = scenario.ip {
        scenario.ip = Some(SourceIp::Every);
    }
    let request = scenario.request(court.now).map_err(|_| Slow)?;
    let by_resource = matches!(call.target, Target::Arn { .. });
    let Profile {
        rest,
        address,
        shape,
    } = sieve.profile(&request, |_| false, by_resource);
    Ok(Known {
        number,
        about: sieve.action(call.action),
        rest,
        address,
        shape: shapes.of(shape),
    })
}

/// Which statements apply to a request, as far as that is known.
fn outcome<const N: usize>(
    sieve: &Sieve<N>,
    heads: &mut Cache<Head<N>>,
    known: &Known<N>,
    call: &Call<'_>,
) -> Result<OutcomeKey<N>, Slow> {
    let mut possibly = known.about.and(known.rest.possibly());
    if let Target::Arn { arn, .. } = call.target {
        let parts = ArnParts::split(arn.as_bytes()).ok_or(Slow)?;
        let head = heads.get_or(parts.head(), || Ok(sieve.head(&parts)))?;
        possibly = head.narrow(&possibly, parts.resource(), || Some(parts));
    }
    let certainly = possibly.and(known.rest.certainly());
    let by_address = match (&known.address, call.event.origin) {
        (Some(pair), _) => *pair,
        (None, Origin::Internet(std::net::IpAddr::V4(ip))) => {
            let class = sieve.class(sieve.class_of_v4(ip.to_bits()));
            Pair::between(*class, *class)
        }
        (None, Origin::Internet(std::net::IpAddr::V6(ip))) => {
            let class = sieve.class(sieve.class_of_v6(ip.to_bits()));
            Pair::between(*class, *class)
        }
        (None, _) => return Err(Slow),
    };
    let near = certainly.without(by_address.possibly()).and(sieve.allows());
    let certainly = certainly.and(by_address.certainly());
    let possibly = possibly.and(by_address.possibly());
    let open = certainly != possibly;
    Ok(OutcomeKey {
        shape: known.shape,
        open: if open { known.number } else { 0 },
        certainly,
        possibly,
        near,
    })
}
