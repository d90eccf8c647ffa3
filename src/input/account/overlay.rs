//! What an account would be: policies attached, detached and replaced that in its files are not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::input::Held;
use crate::policy::PolicyKind;

/// Changes that lie over the files of an account, by where they take effect.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay {
    changes: Arc<[Change]>,
    /// By the ARN of the user, group or role.
    attached: BTreeMap<String, Vec<(usize, Held)>>,
    /// By the place of the inline policy, or of the attachment: `FILE#ADDRESS`.
    detached: BTreeMap<String, usize>,
    /// By the place of the document: `FILE#ADDRESS`.
    replaced: BTreeMap<String, (usize, Held)>,
    /// By the ARN of a managed policy that is attached and not in the files.
    supplied: BTreeMap<String, (usize, Held)>,
}

/// One change, for those who asked for it.
#[derive(Debug)]
struct Change {
    /// As it was typed: `--attach role/ci=deny.json`
    typed: String,
    /// Whom or what it is about: an ARN.
    about: String,
    /// What it does: `attached deny.json to arn:aws:iam::111122223333:role/ci`
    done: String,
    /// Whether it took effect for anyone who was asked about. It only ever becomes true.
    reached: AtomicBool,
}

/// Where a change takes effect, as [`Overlay`] keeps it.
pub(super) enum Effect {
    Attach { arn: String, policy: Held },
    Detach { place: String },
    Replace { place: String, policy: Held },
    Supply { arn: String, policy: Held },
}

/// A change that is understood: as it was typed, whom it is about, what it does, and where it takes effect.
pub(super) struct Understood {
    pub(super) typed: String,
    pub(super) about: String,
    pub(super) done: String,
    pub(super) effect: Effect,
}

impl Overlay {
    /// Puts changes together; of two for one place, the other is given back.
    pub(super) fn new(all: Vec<Understood>) -> Result<Self, String> {
        let mut overlay = Self::default();
        let mut changes = Vec::with_capacity(all.len());
        for (number, understood) in all.into_iter().enumerate() {
            let Understood {
                typed,
                about,
                done,
                effect,
            } = understood;
            let before = match effect {
                Effect::Attach { arn, policy } => {
                    let policies = overlay.attached.entry(arn).or_default();
                    policies.push((number, policy));
                    None
                }
                Effect::Detach { place } => overlay.detached.insert(place, number),
                Effect::Replace { place, policy } => {
                    let before = overlay.replaced.insert(place, (number, policy));
                    before.map(|(before, _)| before)
                }
                Effect::Supply { arn, policy } => {
                    let before = overlay.supplied.insert(arn, (number, policy));
                    before.map(|(before, _)| before)
                }
            };
            if before.is_some() {
                return Err(typed);
            }
            changes.push(Change {
                typed,
                about,
                done,
                reached: AtomicBool::new(false),
            });
        }
        overlay.changes = changes.into();
        Ok(overlay)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What the changes do.
    pub(super) fn done(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| change.done.as_str())
    }

    /// The changes, as they were typed and whom they are about, that took effect for nobody so far.
    pub(super) fn unreached(&self) -> impl Iterator<Item = (&str, &str)> {
        let unreached = |change: &&Change| !change.reached.load(Ordering::Relaxed);
        let changes = self.changes.iter().filter(unreached);
        changes.map(|change| (change.typed.as_str(), change.about.as_str()))
    }

    /// The trust policies that are replaced: their places, and what takes it.
    pub(super) fn trusts(&self) -> impl Iterator<Item = (&str, &Held)> {
        let all = self.replaced.iter();
        let trusts = all.filter(|(_, (_, held))| held.kind == Some(PolicyKind::Trust));
        trusts.map(|(place, (_, held))| (place.as_str(), held))
    }
}

/// An overlay as it is gone by for one principal, and which changes were met.
pub(super) struct Applied<'a> {
    overlay: &'a Overlay,
    met: BTreeSet<usize>,
}

impl<'a> Applied<'a> {
    pub(super) fn new(overlay: &'a Overlay) -> Self {
        Self {
            overlay,
            met: BTreeSet::new(),
        }
    }

    /// Whether any change took effect.
    pub(super) fn any(&self) -> bool {
        !self.met.is_empty()
    }

    /// Remembers that they did.
    pub(super) fn reach(&self) {
        for number in &self.met {
            if let Some(change) = self.overlay.changes.get(*number) {
                change.reached.store(true, Ordering::Relaxed);
            }
        }
    }

    /// What is attached to a user, group or role beside what its file says.
    pub(super) fn attached(&mut self, arn: &str) -> impl Iterator<Item = Held> + use<'a> {
        let overlay = self.overlay;
        let policies = overlay.attached.get(arn).into_iter().flatten();
        self.met.extend(policies.clone().map(|(number, _)| *number));
        policies.map(|(_, policy)| policy.clone())
    }

    /// Whether the inline policy or attachment of this place is still there.
    pub(super) fn keeps(&mut self, place: &str) -> bool {
        let detached = self.overlay.detached.get(place);
        self.met.extend(detached);
        detached.is_none()
    }

    /// A document, or what takes its place.
    pub(super) fn newest(&mut self, held: Held) -> Held {
        if self.overlay.replaced.is_empty() {
            return held;
        }
        let Some((number, policy)) = self.overlay.replaced.get(&held.name()) else {
            return held;
        };
        self.met.insert(*number);
        policy.clone()
    }

    /// The text of a managed policy that is not in the files.
    pub(super) fn supplied(&mut self, arn: &str) -> Option<Held> {
        let (number, policy) = self.overlay.supplied.get(arn)?;
        self.met.insert(*number);
        Some(policy.clone())
    }
}
