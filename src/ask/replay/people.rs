//! Policies that are other ones for each caller: those that the data of accounts says.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;

use super::judge::Left;
use super::memory::{Call, Court, Memory, Room};
use super::ruling::Ruling;
use super::{assumed, binds_anything};
use crate::ask::batch::cache::Cache;
use crate::error::{Error, Result};
use crate::eval::{PolicySet, Role, Scenario};
use crate::input::cloudtrail::{Event, Target};
use crate::input::{Account, Standing};

/// The most callers and roles that are remembered, and the most bytes of their statements; beyond that, all is forgotten.
const MOST: usize = 1 << 10;
const MOST_BYTES: usize = 32 << 20;

/// The callers of accounts, and what holds for all of them.
#[derive(Debug)]
pub(super) struct People {
    account: Arc<Account>,
    base: Scenario,
    lenient: bool,
    now: Timestamp,
}

/// What one thread remembers of callers.
#[derive(Debug)]
pub(super) struct Roster<'a> {
    people: &'a People,
    /// By all that an event says of its caller.
    parties: Cache<Party>,
    /// By the ARN of a role that is called on.
    roles: Cache<Option<u32>>,
    /// The users and roles of the files that were met.
    numbers: HashMap<String, u32>,
    memories: HashMap<Place, Remembered>,
    bytes: usize,
    key: Vec<u8>,
}

/// Who calls, as far as policies are those of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Party {
    /// Someone of another account, who is not named (CT-3).
    Foreign,
    /// A user or role of the files.
    Known(u32),
    /// A user or role that is not in the files.
    Missing,
    /// A service, or someone for whom a provider vouches.
    Outside,
    /// A root user.
    Root,
}

/// What decides which policies bind a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Place {
    party: Party,
    /// The role of the files that it is on.
    role: Option<u32>,
    /// It is on the resource of the policies that hold for all.
    on: bool,
    /// It comes through an endpoint of the account.
    through: bool,
}

/// What is known of a place.
#[derive(Debug)]
enum Remembered {
    Bound(Memory),
    /// A policy cannot be read: which, and why.
    Broken(String),
    /// No policy binds calls there.
    Unbound,
}

impl People {
    pub(super) fn new(
        account: Arc<Account>,
        base: Scenario,
        lenient: bool,
        now: Timestamp,
    ) -> Self {
        Self {
            account,
            base,
            lenient,
            now,
        }
    }

    /// The policies that bind a call.
    fn court(&self, place: Place, call: &Call<'_>) -> Result<Court> {
        let mut all = self.base.policies.clone();
        if !place.on {
            all.resource = assumed(all.resource.take());
        }
        if !place.through {
            all.vpce = None;
        }
        let mut own = PolicySet::default();
        match place.party {
            Party::Known(_) => {
                let collected = self.account.of_caller(&call.event.who.caller()?)?;
                own = collected.unwrap_or_default().policies(self.lenient)?;
            }
            Party::Root => (all.identity, all.boundary) = (None, None),
            Party::Foreign => {
                (all.identity, all.boundary, all.session, all.scp) = (None, None, None, None);
            }
            Party::Outside | Party::Missing => {
                (all.identity, all.boundary, all.session) = (None, None, None);
            }
        }
        if let (Some(_), Some(role)) = (place.role, role_of(call))
            && let Some(trust) = self.account.trust_of(&role)?
        {
            own.resource = Some(vec![trust.policy(None, self.lenient)?.into()]);
        }
        let mut scenario = self.base.clone();
        scenario.policies = own.overlaid(&all);
        Ok(Court::new(scenario, self.now))
    }
}

/// The role that a call is on.
fn role_of(call: &Call<'_>) -> Option<Role> {
    match call.target {
        Target::Arn { arn, .. } if call.action.is_on_role() => {
            let arn = arn.parse().ok()?;
            Role::from_arn(&arn).ok()
        }
        _ => None,
    }
}

impl<'a> Roster<'a> {
    pub(super) fn new(people: &'a People) -> Self {
        Self {
            people,
            parties: Cache::new(10),
            roles: Cache::new(6),
            numbers: HashMap::new(),
            memories: HashMap::new(),
            bytes: 0,
            key: Vec::new(),
        }
    }

    /// What the policies say of a call: `on` the resource of those that hold for all, and `through` an endpoint.
    pub(super) fn decide(
        &mut self,
        call: &Call<'_>,
        on: bool,
        through: bool,
    ) -> Result<Rc<Ruling>, Left> {
        let unreadable = |error: &Error| Left::Unreadable(error.message().to_owned());
        let party = self.party(call.event).map_err(|error| unreadable(&error))?;
        if party == Party::Missing {
            return Err(Left::Reason("principals not in the account data".into()));
        }
        let place = Place {
            party,
            role: self.role(call),
            on,
            through,
        };
        match self.remembered(place, call) {
            Remembered::Bound(memory) => memory.decide(call).map_err(|error| unreadable(&error)),
            Remembered::Broken(why) => {
                let text = format!("principals whose policies cannot be read: {why}");
                Err(Left::Reason(text.into()))
            }
            Remembered::Unbound => Err(Left::Reason(unbound(party, call).into())),
        }
    }

    fn party(&mut self, event: &Event<'_>) -> Result<Party> {
        let Self {
            people,
            parties,
            numbers,
            key,
            ..
        } = self;
        key.clear();
        event.who.key(key);
        let party = parties.get_or(key, || {
            if event.who.is_foreign() {
                return Ok(Party::Foreign);
            }
            let caller = event.who.caller()?;
            Ok::<_, Error>(match people.account.standing(&caller) {
                Standing::In(arn) => Party::Known(number(numbers, arn)),
                Standing::Missing => Party::Missing,
                Standing::Outside => Party::Outside,
                Standing::Root => Party::Root,
            })
        })?;
        Ok(*party)
    }

    fn role(&mut self, call: &Call<'_>) -> Option<u32> {
        let Target::Arn { arn, .. } = call.target else {
            return None;
        };
        if !call.action.is_on_role() {
            return None;
        }
        let (people, numbers) = (self.people, &mut self.numbers);
        let find = || {
            let role = role_of(call);
            let known = role.and_then(|role| people.account.role(&role));
            Ok::<_, std::convert::Infallible>(known.map(|arn| number(numbers, arn)))
        };
        match self.roles.get_or(arn.as_bytes(), find) {
            Ok(number) => *number,
            Err(never) => match never {},
        }
    }

    fn remembered(&mut self, place: Place, call: &Call<'_>) -> &mut Remembered {
        if self.memories.len() >= MOST || self.bytes >= MOST_BYTES {
            self.memories.clear();
            self.bytes = 0;
        }
        let (people, bytes) = (self.people, &mut self.bytes);
        self.memories.entry(place).or_insert_with(|| {
            let court = match people.court(place, call) {
                Ok(court) => court,
                Err(error) => return Remembered::Broken(error.to_string()),
            };
            // Someone who has no policy may do nothing; of others there is nothing to say then.
            let is_own = matches!(place.party, Party::Known(_) | Party::Root);
            if !is_own && !binds_anything(court.policies()) {
                return Remembered::Unbound;
            }
            *bytes += statement_bytes(court.policies());
            Remembered::Bound(Memory::new(&Arc::new(court), Room::Narrow))
        })
    }
}

/// Why no policy binds a call.
fn unbound(party: Party, call: &Call<'_>) -> &'static str {
    if call.action.is_on_role() {
        "calls on roles that are not in the account data"
    } else if party == Party::Outside && call.event.who.is_service() {
        "calls of AWS services for themselves"
    } else {
        "calls from outside the account"
    }
}

fn statement_bytes(policies: &PolicySet) -> usize {
    let statements = policies.all().flat_map(|(_, _, policy)| &policy.statements);
    statements
        .map(|statement| statement.span.range().len())
        .sum()
}

/// The number of an ARN.
fn number(numbers: &mut HashMap<String, u32>, arn: &str) -> u32 {
    if let Some(number) = numbers.get(arn) {
        return *number;
    }
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    numbers.insert(arn.to_owned(), next);
    next
}
