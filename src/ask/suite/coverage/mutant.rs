//! The changes that are tried, and from where a request could show them.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::ask::suite::Answered;
use crate::eval::{SOURCE_IP, Scenario, SourceIp};
use crate::net::{AddressSet, Cidr};
use crate::policy::{Comparison, Condition, Mutation, Operand, Policy, Statement, ValuePlace};

/// A change of a policy, and where it can make a difference.
#[derive(Clone, Debug)]
pub(super) struct Mutant {
    pub(super) mutation: Mutation,
    /// Only a request from here can be decided otherwise: from these addresses, or without one.
    pub(super) reach: AddressSet,
}

/// A change, in all that was read of one policy.
pub(super) struct Changes<'a> {
    pub(super) mutant: &'a Mutant,
    // INVARIANT: not empty
    read: &'a [Arc<Policy>],
    /// The same, changed: made when a test needs it, since most changes are out of the reach of most tests.
    changed: OnceCell<Vec<Arc<Policy>>>,
    /// What was answered: many tests ask the same from the same address, and expect something else.
    answers: RefCell<Answers>,
}

/// Answers, by the group of the test and the address.
type Answers = Vec<((usize, SourceIp), Rc<Option<Answered>>)>;

impl<'a> Changes<'a> {
    pub(super) fn new(read: &'a [Arc<Policy>], mutant: &'a Mutant) -> Self {
        Self {
            mutant,
            read,
            changed: OnceCell::new(),
            answers: RefCell::default(),
        }
    }

    /// The answer to a group of tests from an address, if there is one; `decide` finds it if that was not done before.
    pub(super) fn answer(
        &self,
        question: (usize, SourceIp),
        decide: impl FnOnce() -> Option<Answered>,
    ) -> Rc<Option<Answered>> {
        let known = self.answers.borrow();
        if let Some((_, answer)) = known.iter().find(|(other, _)| *other == question) {
            return Rc::clone(answer);
        }
        drop(known);
        let answer = Rc::new(decide());
        let mut answers = self.answers.borrow_mut();
        answers.push((question, Rc::clone(&answer)));
        answer
    }

    /// The statement that is changed, and whether it is to have no effect at all.
    pub(super) fn statement(&self) -> (&Statement, bool) {
        let (index, silenced) = match self.mutant.mutation {
            Mutation::RemoveValue { at } | Mutation::ReplaceBlock { at, .. } => {
                (at.statement, false)
            }
            Mutation::Silence { statement } => (statement, true),
        };
        (&self.read[0].statements[index], silenced)
    }

    /// A scenario with the changed policy.
    pub(super) fn made_in(&self, scenario: &Scenario) -> Scenario {
        let changed = self.changed.get_or_init(|| {
            let read = self.read.iter();
            read.map(|policy| Arc::new(policy.mutated(self.mutant.mutation)))
                .collect()
        });
        let mut scenario = scenario.clone();
        scenario.change_policies(|policy| {
            let at = self.read.iter().position(|read| Arc::ptr_eq(read, policy));
            if let Some(after) = at.and_then(|at| changed.get(at)) {
                *policy = Arc::clone(after);
            }
        });
        scenario
    }
}

/// The blocks that a test of `aws:SourceIp` lists, by their place.
pub(super) fn blocks(condition: &Condition) -> impl Iterator<Item = (usize, Cidr)> {
    let tests_address =
        condition.operator.comparison == Comparison::Ip && condition.key.is(SOURCE_IP);
    let values = condition.values.iter().enumerate();
    values
        .filter(move |_| tests_address)
        .filter_map(|(index, value)| match &value.operand {
            Operand::Ip(written) => Some((index, written.cidr)),
            _ => None,
        })
}

/// A statement without effect. It could only have had one from an address that passes all its tests of the address.
pub(super) fn silenced(statement: &Statement, index: usize) -> Mutant {
    let tests = statement.conditions.iter().filter(|condition| {
        condition.operator.comparison == Comparison::Ip && condition.key.is(SOURCE_IP)
    });
    let reach = tests.fold(AddressSet::all(), |reach, condition| {
        let listed: AddressSet = blocks(condition).map(|(_, block)| block).collect();
        reach.intersection(&if condition.operator.negated {
            listed.complement()
        } else {
            listed
        })
    });
    Mutant {
        mutation: Mutation::Silence { statement: index },
        // Whether a test holds without an address is another matter.
        reach: reach.with_none(true),
    }
}

/// A condition without one of its blocks, and with the block that is twice as large in its place. What would not change
/// the meaning of the condition is left out: no test in the world could notice.
pub(super) fn block_mutants(
    condition: &Condition,
    at: ValuePlace,
    block: Cidr,
) -> (Option<Mutant>, Option<(Cidr, Mutant)>) {
    let mutant =
        |mutation, reach: AddressSet| (!reach.is_empty()).then_some(Mutant { mutation, reach });
    let others = || blocks(condition).filter(|(value, _)| *value != at.value);
    let removed = mutant(
        Mutation::RemoveValue { at },
        uncovered(block, others().map(|(_, other)| other)),
    );
    let widened = wider(block).and_then(|(wide, other_half)| {
        let reach = uncovered(other_half, others().map(|(_, other)| other));
        let mutation = Mutation::ReplaceBlock { at, block: wide };
        Some((wide, mutant(mutation, reach)?))
    });
    (removed, widened)
}

/// What of a block is in no other. Two blocks nest, or share nothing.
fn uncovered(block: Cidr, others: impl Iterator<Item = Cidr>) -> AddressSet {
    let mut inside = Vec::new();
    for other in others {
        if other.first() <= block.first() && block.last() <= other.last() {
            return AddressSet::default();
        }
        if block.first() <= other.first() && other.last() <= block.last() {
            inside.push(other);
        }
    }
    AddressSet::from(block).difference(&inside.into_iter().collect())
}

/// The block with one bit less of prefix, and the half of it that is new.
fn wider(block: Cidr) -> Option<(Cidr, Cidr)> {
    let prefix = block.net().prefix_len();
    let wide = Cidr::new(block.first(), prefix.checked_sub(1)?)?;
    let half = if wide.first() == block.first() {
        Cidr::new(wide.last(), prefix)?
    } else {
        Cidr::new(wide.first(), prefix)?
    };
    Some((wide, half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, PolicyKind};

    fn block(text: &str) -> Cidr {
        text.parse().expect("a block")
    }

    fn set(texts: &[&str]) -> AddressSet {
        texts.iter().map(|text| block(text)).collect()
    }

    fn statement(condition: &str) -> Statement {
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
        );
        let policy = Policy::from_json("p", text, PolicyKind::Identity);
        policy.expect("it is a policy").statements.remove(0)
    }

    #[test]
    fn the_wider_block_has_a_new_half() {
        let halves =
            |text| wider(block(text)).map(|(wide, half)| (wide.to_string(), half.to_string()));
        let pair = |wide: &str, half: &str| Some((wide.to_owned(), half.to_owned()));
        assert_eq!(
            halves("203.0.113.0/24"),
            pair("203.0.112.0/23", "203.0.112.0/24")
        );
        assert_eq!(
            halves("203.0.112.0/24"),
            pair("203.0.112.0/23", "203.0.113.0/24")
        );
        assert_eq!(halves("::1"), pair("::/127", "::/128"));
        assert_eq!(halves("0.0.0.0/0"), None);
    }

    #[test]
    fn changes_reach_what_they_change() {
        let statement = statement(
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","203.0.113.64/26","203.0.113.64/26","192.0.2.0/25","192.0.2.128/25"]}}"#,
        );
        let condition = &statement.conditions[0];
        let reach = |value: usize| {
            let at = ValuePlace {
                statement: 0,
                condition: 0,
                value,
            };
            let (_, block) = blocks(condition).nth(value).expect("there are five");
            let (removed, widened) = block_mutants(condition, at, block);
            (
                removed.map(|one| one.reach),
                widened.map(|(_, one)| one.reach),
            )
        };
        let outer = set(&["203.0.113.0/26", "203.0.113.128/25"]);
        assert_eq!(reach(0), (Some(outer), Some(set(&["203.0.112.0/24"]))));
        assert_eq!(reach(1), (None, None));
        // Two halves: either can go, and neither can grow into the other.
        assert_eq!(reach(3), (Some(set(&["192.0.2.0/25"])), None));
    }

    #[test]
    fn a_statement_reaches_what_passes_its_tests_of_the_address() {
        let statement = statement(
            r#"{"IpAddress":{"aws:sourceip":"203.0.113.0/24","aws:VpcSourceIp":"10.0.0.0/8"},"NotIpAddressIfExists":{"aws:SourceIp":"203.0.113.0/25"}}"#,
        );
        let reach = silenced(&statement, 0).reach;
        assert_eq!(reach, set(&["203.0.113.128/25"]).with_none(true));
    }
}
