//! Which sets of addresses a test expects to get which decision.

use super::claim::{ExpectedDecision, Rule};
use crate::eval::Decision;
use crate::net::AddressSet;

/// Sets of addresses with a decision each. From each set every address gets its decision, and no address outside of it does.
///
/// # Example
/// ```
/// use ipcond::ask::suite::{ExpectedDecision, ExpectedSets};
/// use ipcond::net::AddressSet;
/// let word = |text| ExpectedDecision::parse(text).expect("one of the words");
/// let office = AddressSet::from_iter(["203.0.113.0/24".parse()?]);
/// let mut sets = ExpectedSets::default();
/// assert!(sets.insert(word("allowed"), office.clone()).is_ok());
/// assert_eq!(sets.insert(word("denied"), office.clone()), Err(office)); // nothing gets two decisions
/// sets.insert_rest(word("denied")); // all other addresses, and no address
/// # Ok::<(), ipcond::net::CidrError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ExpectedSets {
    // INVARIANT: the sets share nothing
    entries: Vec<(ExpectedDecision, AddressSet)>,
}

impl ExpectedSets {
    /// Expects a decision from exactly this set.
    ///
    /// # Errors
    /// What is in a set that is expected to get another decision.
    pub fn insert(
        &mut self,
        decision: ExpectedDecision,
        set: AddressSet,
    ) -> Result<(), AddressSet> {
        let overlap = self.named().intersection(&set);
        if !overlap.is_empty() {
            return Err(overlap);
        }
        self.entries.push((decision, set));
        Ok(())
    }

    /// Expects a decision from exactly what no set names so far, "no address in the request" included.
    pub fn insert_rest(&mut self, decision: ExpectedDecision) {
        let rest = self.named().complement();
        self.entries.push((decision, rest));
    }

    fn named(&self) -> AddressSet {
        let sets = self.entries.iter().map(|(_, set)| set);
        sets.fold(AddressSet::default(), |all, set| all.union(set))
    }

    /// The decisions that an entry is about: `denied` is about the denies that have no entry of their own.
    fn decisions(&self, expected: ExpectedDecision) -> Vec<Decision> {
        let has_entry = |decision| {
            let own = ExpectedDecision::Exactly(decision);
            self.entries.iter().any(|(other, _)| *other == own)
        };
        match expected {
            ExpectedDecision::Exactly(decision) => vec![decision],
            ExpectedDecision::Denied => [Decision::ExplicitDeny, Decision::ImplicitDeny]
                .into_iter()
                .filter(|decision| !has_entry(*decision))
                .collect(),
        }
    }

    /// What must hold where; the places share nothing and are together everything.
    pub(super) fn regions(&self) -> Vec<(AddressSet, Rule<'static>)> {
        let mut all = Vec::new();
        let mut regions: Vec<(AddressSet, Rule<'static>)> = self
            .entries
            .iter()
            .map(|(expected, set)| {
                let decisions = self.decisions(*expected);
                all.extend(decisions.iter().copied());
                (set.clone(), Rule::In(*expected, decisions))
            })
            .collect();
        regions.push((self.named().complement(), Rule::NotIn(all)));
        regions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> AddressSet {
        AddressSet::from_iter([text.parse().expect("it is a block")])
    }

    fn word(text: &str) -> ExpectedDecision {
        ExpectedDecision::parse(text).expect("it is a decision")
    }

    #[test]
    fn regions_share_nothing_and_cover_everything() {
        let mut sets = ExpectedSets::default();
        let all = [("allowed", "203.0.113.0/24"), ("explicitDeny", "::/0")];
        for (decision, block) in all {
            assert_eq!(sets.insert(word(decision), set(block)), Ok(()));
        }
        for with_rest in [false, true] {
            if with_rest {
                sets.insert_rest(word("denied"));
            }
            let mut seen = AddressSet::default();
            for (region, _) in sets.regions() {
                assert!(seen.intersection(&region).is_empty());
                seen = seen.union(&region);
            }
            assert_eq!(seen, AddressSet::all());
        }
        let overlap = sets.insert(word("depends"), set("2001:db8::/32"));
        assert_eq!(overlap, Err(set("2001:db8::/32")));
    }

    #[test]
    fn denied_beside_one_deny_is_the_other() {
        let mut sets = ExpectedSets::default();
        assert_eq!(sets.insert(word("explicitDeny"), set("::/0")), Ok(()));
        let both = [Decision::ExplicitDeny, Decision::ImplicitDeny];
        assert_eq!(sets.decisions(word("denied")), &both[1..]);
        assert_eq!(
            ExpectedSets::default().decisions(word("denied")),
            both.to_vec()
        );
    }
}
