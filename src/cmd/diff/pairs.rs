//! Files of several documents: each is compared with the one at its address.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::input::Held;
use crate::policy::PolicyKind;

/// A document in two versions, of which one may not be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'h> {
    pub(super) old: Option<&'h Held>,
    pub(super) new: Option<&'h Held>,
}

impl<'h> Pair<'h> {
    /// The new version, or of what is gone the old one.
    pub(super) fn newest(&self) -> Option<&'h Held> {
        self.new.or(self.old)
    }

    /// What it is called.
    pub(super) fn title(&self) -> String {
        let held = self.newest();
        held.map_or_else(String::new, |held| match &held.owner {
            Some(owner) => format!("{} of {owner}", held.address),
            None => held.address.clone(),
        })
    }

    /// What kind of policy it is.
    pub(super) fn kind(&self) -> Result<PolicyKind> {
        let held = self.newest();
        held.map_or(Ok(PolicyKind::Identity), Held::likely_kind)
    }
}

/// Pairs of documents by their addresses, in the order of the new version and then of what only the old one has; those
/// whose texts are the same are left out.
pub(super) fn by_address<'h>(old: &'h [Held], new: &'h [Held]) -> Vec<Pair<'h>> {
    let mut before: BTreeMap<(&str, Option<&str>), &Held> =
        old.iter().map(|held| (key(held), held)).collect();
    let mut pairs: Vec<Pair<'h>> = new
        .iter()
        .map(|held| Pair {
            old: before.remove(&key(held)),
            new: Some(held),
        })
        .collect();
    let gone = old.iter().filter(|held| before.contains_key(&key(held)));
    pairs.extend(gone.map(|held| Pair {
        old: Some(held),
        new: None,
    }));
    pairs.retain(|pair| match (pair.old, pair.new) {
        (Some(old), Some(new)) => old.text().is_none() || old.text() != new.text(),
        _ => true,
    });
    pairs
}

fn key(held: &Held) -> (&str, Option<&str>) {
    (&held.address, held.owner.as_deref())
}
