//! One event after the other: asked, or left out for a reason.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::memory::{Call, Court, Memory, Room};
use super::people::Roster;
use super::ruling::{Needs, Ruling};
use super::scope::Within;
use super::{Courts, Question, Side};
use crate::ask::batch::cache::Cache;
use crate::eval::Decision;
use crate::input::cloudtrail::actions::{Extent, Named, actions_of, of_version};
use crate::input::cloudtrail::{Event, Hidden, Origin, Outcome, Record, Skip, Target, write};
use crate::policy::Action;

/// Judges events. It remembers what it met; each thread has its own.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    question: &'a Question,
    new: Bench<'a>,
    old: Option<Bench<'a>>,
    actions: Cache<Rc<Named>>,
    key: Vec<u8>,
}

/// What is remembered of a side.
#[derive(Debug)]
struct Bench<'a> {
    side: &'a Side,
    endpoints: &'a [String],
    memories: Memories<'a>,
}

#[derive(Debug)]
enum Memories<'a> {
    /// By court, as in [`Courts::Same`].
    Same(Box<[[[Option<Memory>; 2]; 2]; 2]>),
    /// By caller.
    People(Box<Roster<'a>>),
}

/// What became of an event here.
#[derive(Debug)]
pub(crate) enum Entry<'r> {
    /// It was asked about.
    Asked(Told<'r>),
    /// It is no access decision of the policies, for a reason.
    Left {
        why: Cow<'static, str>,
        record: &'r Record<'r>,
        /// The action, where the call has one.
        action: Option<Action>,
    },
    /// It cannot be read.
    Unreadable(String),
}

/// An event that was asked about.
#[derive(Debug)]
pub(crate) struct Told<'r> {
    pub(crate) event: Event<'r>,
    /// The action that decides, of those that the call needs.
    pub(crate) action: Action,
    pub(crate) resource: String,
    pub(crate) new: Rc<Ruling>,
    pub(crate) old: Option<Rc<Ruling>>,
    pub(crate) change: Option<Change>,
    /// The call may need more than its event says, such as `iam:PassRole` (CT-13).
    pub(crate) needs_more: bool,
}

/// What the new policies change for an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It happened, and would be denied.
    Break,
    /// It was denied, by the current policies too, and would be allowed.
    Gain,
}

/// One action of a call decided, or why it is not.
type Decided<'r> = Result<(Rc<Ruling>, Action, String), Left>;

pub(super) enum Left {
    Reason(Cow<'static, str>),
    Unreadable(String),
}

impl<'a> Judge<'a> {
    pub(crate) fn new(question: &'a Question) -> Self {
        Self {
            question,
            new: Bench::new(&question.new, &question.endpoints),
            old: question
                .old
                .as_ref()
                .map(|side| Bench::new(side, &question.endpoints)),
            actions: Cache::new(8),
            key: Vec::new(),
        }
    }

    /// Judges the event of a record.
    pub(crate) fn record<'r>(&mut self, record: &'r Record<'r>) -> Entry<'r> {
        let left = |why, action| Entry::Left {
            why,
            record,
            action,
        };
        let event = match Event::read(record, &self.question.endpoints) {
            Ok(event) => event,
            Err(Skip::NoEvent(why)) => return Entry::Unreadable(why.into()),
            Err(skip) => return left(reason(skip), None),
        };
        let early = self.question.since.is_some_and(|since| event.time < since);
        let late = self.question.until.is_some_and(|until| event.time >= until);
        if early || late {
            return left("outside --since and --until".into(), None);
        }
        let named = self.named(&event);
        let (actions, any, needs_more) = match &*named {
            Named::Actions { actions, extent } => (actions, false, *extent == Extent::AtLeast),
            Named::OneOf(actions) => (actions, true, false),
            Named::Free(action) => {
                return left("calls that need no permission".into(), Some(action.clone()));
            }
            Named::NotAnAction => return left("sign-in events".into(), None),
            Named::Unmapped => return left("calls whose action is not known".into(), None),
        };
        let new = match self.new.decide(&event, actions, any) {
            Ok(found) => found,
            Err(Left::Reason(why)) => return left(why, actions.first().cloned()),
            Err(Left::Unreadable(why)) => return Entry::Unreadable(why),
        };
        let old = match &mut self.old {
            None => None,
            Some(bench) => match bench.decide(&event, actions, any) {
                Ok((ruling, ..)) => Some(ruling),
                Err(Left::Reason(why)) => return left(why, actions.first().cloned()),
                Err(Left::Unreadable(why)) => return Entry::Unreadable(why),
            },
        };
        let (new, action, resource) = new;
        Entry::Asked(Told {
            change: change(event.outcome, &new, old.as_deref()),
            event,
            action,
            resource,
            new,
            old,
            needs_more,
        })
    }

    fn named(&mut self, event: &Event<'_>) -> Rc<Named> {
        let key = &mut self.key;
        key.clear();
        write(key, Some(event.source));
        write(key, Some(event.name));
        let learn =
            || Ok::<_, std::convert::Infallible>(Rc::new(actions_of(event.source, event.name)));
        match self.actions.get_or(key, learn) {
            Ok(named) => Rc::clone(named),
            Err(never) => match never {},
        }
    }
}

impl<'a> Bench<'a> {
    fn new(side: &'a Side, endpoints: &'a [String]) -> Self {
        let memory = |court: &Option<Arc<Court>>| {
            let court = court.as_ref();
            court.map(|court| Memory::new(court, Room::Wide))
        };
        let memories = match &side.courts {
            Courts::Same(courts) => {
                let by_way = |courts: &[Option<Arc<Court>>; 2]| courts.each_ref().map(memory);
                let by_place = courts.each_ref();
                let memories = by_place.map(|courts| courts.each_ref().map(by_way));
                Memories::Same(Box::new(memories))
            }
            Courts::People(people) => Memories::People(Box::new(Roster::new(people))),
        };
        Self {
            side,
            endpoints,
            memories,
        }
    }

    /// The ruling on a call that needs all of the actions; with `any`, one or more of them, and which is not said.
    fn decide(&mut self, event: &Event<'_>, actions: &[Action], any: bool) -> Decided<'static> {
        let same = matches!(self.memories, Memories::Same(_));
        if same && event.who.is_service() && !self.side.binds_services {
            return Err(Left::Reason("calls of AWS services for themselves".into()));
        }
        let mut worst: Option<(Rc<Ruling>, Action, String)> = None;
        let mut differ = false;
        for action in actions {
            let versioned = if event.names_version() {
                of_version(action)
            } else {
                None
            };
            let action = versioned.as_ref().unwrap_or(action);
            let target = event.target(action);
            let ruling = self.one(event, action, &target)?;
            if let Some((known, ..)) = &worst {
                differ |= known.decision.is_denied() != ruling.decision.is_denied();
                if rank(ruling.decision) <= rank(known.decision) {
                    continue;
                }
            }
            worst = Some((ruling, action.clone(), target.as_str().to_owned()));
        }
        let mut found =
            worst.ok_or_else(|| Left::Reason("calls whose action is not known".into()))?;
        if any && differ {
            let ruling = Ruling::open(
                Needs::Resource,
                "depends on which of its actions the call needs",
            );
            found.0 = Rc::new(ruling);
        }
        Ok(found)
    }

    fn one(
        &mut self,
        event: &Event<'_>,
        action: &Action,
        target: &Target<'_>,
    ) -> Result<Rc<Ruling>, Left> {
        let within = match &self.side.scope {
            Some(scope) => scope.holds(action, target),
            None => Within::No,
        };
        if within == Within::Perhaps {
            let reason = "depends on the resource";
            return Ok(Rc::new(Ruling::open(Needs::Resource, reason)));
        }
        let through = match event.origin {
            Origin::Endpoint { id: Some(id), .. } => self.endpoints.iter().any(|own| own == id),
            Origin::Endpoint { id: None, .. } if self.side.by_endpoint => {
                let reason = "depends on which VPC endpoint it came through";
                return Ok(Rc::new(Ruling::open(Needs::Other, reason)));
            }
            _ => false,
        };
        let through = through && self.side.by_endpoint;
        let on = within == Within::Yes;
        let call = Call {
            event,
            action,
            target,
        };
        let memories = match &mut self.memories {
            Memories::People(roster) => return roster.decide(&call, on, through),
            Memories::Same(memories) => memories,
        };
        let (on, through) = (usize::from(on), usize::from(through));
        let foreign = usize::from(event.who.is_foreign());
        let Some(memory) = &mut memories[foreign][on][through] else {
            let why = if memories[0][on][through].is_some() {
                "calls from outside the account"
            } else if self.side.scope.is_some() {
                "calls on other resources"
            } else {
                "calls through no VPC endpoint of the account"
            };
            return Err(Left::Reason(why.into()));
        };
        memory
            .decide(&call)
            .map_err(|error| Left::Unreadable(error.message().to_owned()))
    }
}

/// Of several actions that a call needs, the one with the highest decides.
fn rank(decision: Decision) -> u8 {
    match decision {
        Decision::Allowed => 0,
        Decision::Depends => 1,
        Decision::ImplicitDeny => 2,
        Decision::ExplicitDeny => 3,
    }
}

fn change(outcome: Outcome, new: &Ruling, old: Option<&Ruling>) -> Option<Change> {
    let old = old.map(|old| old.decision);
    match outcome {
        // What happened was allowed, whatever is unknown of it.
        Outcome::Happened if new.decision.is_denied() => {
            (!old.is_some_and(Decision::is_denied)).then_some(Change::Break)
        }
        Outcome::Denied if new.decision == Decision::Allowed => {
            old.is_some_and(Decision::is_denied).then_some(Change::Gain)
        }
        _ => None,
    }
}

fn reason(skip: Skip<'_>) -> Cow<'static, str> {
    match skip {
        Skip::Insight => "insight events".into(),
        Skip::NoEvent(why) => why.into(),
        Skip::NotACall(sort) => match sort {
            "AwsConsoleSignIn" => "sign-in events".into(),
            "AwsServiceEvent" => "events of services".into(),
            other => format!("events of type {}", shortened(other)).into(),
        },
        Skip::Unplaced(sort) => format!("callers of kind {}", shortened(sort)).into(),
    }
}

/// A word of an event, which may be anything.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

impl Told<'_> {
    /// Why it is not decided, in few words that many events share.
    pub(crate) fn open_reason(&self) -> Cow<'_, str> {
        match (self.new.needs, self.event.origin) {
            (Needs::Resource, _) => "whose resource is not in the event".into(),
            (Needs::Network, Origin::Hidden(Hidden::Internal)) => "AWS Internal".into(),
            (Needs::Network, Origin::Hidden(Hidden::Service(_))) => {
                "calls made by AWS services".into()
            }
            (Needs::Network, Origin::Hidden(Hidden::Unsaid)) => "without an address".into(),
            (Needs::Network, Origin::Hidden(Hidden::Unreadable(_))) => {
                "with an address that is none".into()
            }
            _ => Cow::Borrowed(&self.new.reason),
        }
    }
}
