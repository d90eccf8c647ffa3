//! Which addresses gain or lose access between two versions of the policies.

use std::collections::HashSet;

use jiff::Timestamp;

use super::groups::{Group, Wanted, groups, resource_of};
use super::ips::asked_of;
use crate::error::Result;
use crate::eval::{Decision, Everywhere, Place, PlacedStatement, Request, Scenario};
use crate::net::{AddressSet, Class};

/// What becomes of access from a place, from the old version to the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// Denied before, allowed now.
    Gained,
    /// Allowed before, denied now.
    Lost,
    /// Allowed before and now.
    Kept,
    /// Something unknown decides whether it changes.
    Depends,
    /// Denied before and now, or open before and now in just the same way.
    Without,
}

/// The difference for the requests of a group. `gained`, `lost`, `kept` and `depends` share nothing.
#[derive(Debug)]
pub struct Difference {
    /// The group; two journeys, or two whole requests, are one by themselves.
    pub group: Option<Group>,
    /// The old version.
    pub old: Everywhere,
    /// The new version.
    pub new: Everywhere,
    /// Denied before, allowed now.
    pub gained: AddressSet,
    /// Allowed before, denied now.
    pub lost: AddressSet,
    /// Allowed before and now.
    pub kept: AddressSet,
    /// Something unknown decides whether it changes.
    pub depends: AddressSet,
}

/// The differences between two scenarios, for each group that they leave open.
///
/// # Errors
/// As [`Everywhere::together`] and [`groups`].
pub fn diff(
    old: &Scenario,
    new: &Scenario,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<Difference>> {
    let whole = |scenario: &Scenario| scenario.steps.is_some();
    if whole(old) || whole(new) {
        let [old, new] = pair(Everywhere::together(&[old, new], now)?)?;
        return Ok(vec![Difference::of(None, old, new)]);
    }
    // Who may pass an external id, and which, is just what a trust policy is about.
    let [old, new] = [old, new].map(|scenario| {
        let mut scenario = scenario.clone();
        scenario.open.push("sts:ExternalId");
        scenario
    });
    let (old, new) = (&old, &new);
    let groups = groups(&[old, new], wanted)?;
    let sides: Vec<Scenario> = groups
        .iter()
        .flat_map(|group| [group.of(old), group.of(new)])
        .collect();
    let mut answers = Everywhere::together(&sides.iter().collect::<Vec<_>>(), now)?.into_iter();
    let mut asked = HashSet::new();
    let mut differences = Vec::new();
    for group in groups {
        let [old, new] = pair(answers.by_ref().take(2).collect())?;
        if asked.insert((asked_of(&old), asked_of(&new))) {
            differences.push(Difference::of(Some(group), old, new));
        }
    }
    Ok(differences)
}

fn pair(answers: Vec<Everywhere>) -> Result<[Everywhere; 2]> {
    answers
        .try_into()
        .map_err(|_| crate::Error::request("there are not two versions to compare"))
}

impl Difference {
    fn of(group: Option<Group>, old: Everywhere, new: Everywhere) -> Self {
        let none = change(&old, &new, Place::None);
        let set = |wanted: Change| {
            let chosen = |class: Class| change(&old, &new, Place::Class(class)) == wanted;
            new.addresses(chosen).with_none(none == wanted)
        };
        Self {
            gained: set(Change::Gained),
            lost: set(Change::Lost),
            kept: set(Change::Kept),
            depends: set(Change::Depends),
            group,
            old,
            new,
        }
    }

    /// Whether anything may change for anyone.
    pub fn is_changed(&self) -> bool {
        [&self.gained, &self.lost, &self.depends]
            .iter()
            .any(|set| !set.is_empty())
    }

    /// What becomes of access from a place.
    pub fn change(&self, place: Place) -> Change {
        change(&self.old, &self.new, place)
    }

    /// The request in the new version; of a journey, its last call.
    pub fn request(&self) -> Option<&Request> {
        self.new.requests().last()
    }

    /// The resource, or what it is called where it stands for more than itself.
    pub fn resource(&self) -> &str {
        resource_of(self.group.as_ref(), self.request())
    }

    /// The statements behind a change at a place, and whether they stand in the new version. Behind a gain stand the
    /// denies of the old version that no longer apply, else the allows of the new one; behind a loss the denies of the
    /// new version, else the allows of the old one.
    pub fn behind(&self, place: Place) -> (Vec<&PlacedStatement>, bool) {
        let (old, new) = (self.old.decision(place), self.new.decision(place));
        let in_old = match self.change(place) {
            Change::Gained => old == Decision::ExplicitDeny,
            Change::Lost => new != Decision::ExplicitDeny,
            _ => false,
        };
        if in_old {
            (self.old.deciders(place), false)
        } else {
            (self.new.deciders(place), true)
        }
    }

    /// The runs of addresses with one change by the same statements, in order; "no address" is not among them.
    pub fn parts(&self) -> impl Iterator<Item = ChangedPart> {
        let parts = self.new.sweep(|class| {
            let place = Place::Class(class);
            let change = self.change(place);
            // Only where something changes do people ask by what.
            let by = matches!(change, Change::Gained | Change::Lost)
                .then(|| (self.old.key(place), self.new.key(place)));
            Keyed { change, by, place }
        });
        parts.map(|(first, last, keyed)| ChangedPart {
            range: AddressSet::from_ranges([(first, last)]),
            change: keyed.change,
            place: keyed.place,
        })
    }
}

/// A run of addresses with one change by the same statements.
#[derive(Clone, Debug)]
pub struct ChangedPart {
    /// The addresses.
    pub range: AddressSet,
    /// What becomes of access.
    pub change: Change,
    /// Where it is, to ask [`Difference::behind`].
    pub place: Place,
}

#[derive(Clone)]
struct Keyed {
    change: Change,
    by: Option<(Key, Key)>,
    place: Place,
}

type Key = (Decision, usize, u128);

impl PartialEq for Keyed {
    fn eq(&self, other: &Self) -> bool {
        self.change == other.change && self.by == other.by
    }
}

fn change(old: &Everywhere, new: &Everywhere, place: Place) -> Change {
    use Decision::{Allowed, Depends};
    match (old.decision(place), new.decision(place)) {
        (Allowed, Allowed) => Change::Kept,
        (Depends, Depends) if old.residue(place) == new.residue(place) => Change::Without,
        (Depends, _) | (_, Depends) => Change::Depends,
        (Allowed, _) => Change::Lost,
        (_, Allowed) => Change::Gained,
        _ => Change::Without,
    }
}
