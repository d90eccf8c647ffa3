//! What of the policies no test tells apart: each statement and block is changed in turn, and every test asked again.
//!
//! A test notices a change if it passes with it and failed without, or the other way round. Tests that are marked `todo`
//! or could not be run notice nothing.

mod mutant;
mod subject;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use self::mutant::{Changes, Mutant, block_mutants, blocks, silenced};
use self::subject::Subject;
use super::{Outcome, Question, SuiteOutcome};
use crate::eval::Scenario;
use crate::net::Cidr;
use crate::policy::{Condition, Policy, ValuePlace};
use crate::source::{Source, Span};

/// How much of the policies the tests tell apart.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// By file, in the order in which tests name them.
    pub policies: Vec<PolicyCoverage>,
}

/// How much of the policies in one file the tests tell apart.
#[derive(Clone, Debug)]
pub struct PolicyCoverage {
    /// The file.
    pub path: String,
    /// Its statements.
    pub statements: Covered,
    /// The blocks of its tests of `aws:SourceIp`.
    pub blocks: Covered,
    /// What no test tells apart, in order.
    pub untested: Vec<Untested>,
}

/// Of how many things how many are covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// So many are.
    pub covered: usize,
    /// Of so many.
    pub total: usize,
}

/// A statement or block with a change that no test notices.
#[derive(Clone, Debug)]
pub struct Untested {
    /// The statement, or the one that the block stands in: its `Sid`, or `policy#index`.
    pub statement: String,
    /// Which change.
    pub change: Change,
    /// The text that it stands in.
    pub source: Source,
    /// Where.
    pub span: Span,
}

/// A change that no test notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The statement is removed.
    RemoveStatement,
    /// The block is changed.
    Block {
        /// As it is written.
        block: String,
        /// What removing it does.
        removed: Removal,
        /// The block that is twice as large, if putting it in its place is not noticed.
        widened: Option<Cidr>,
    },
}

/// What removing a block does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// A test notices.
    Noticed,
    /// Nothing: the other blocks of the condition hold all of it.
    Redundant,
    /// No test notices.
    Unnoticed,
}

impl Covered {
    fn count(&mut self, covered: bool) {
        self.total += 1;
        self.covered += usize::from(covered);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            covered: self.covered + other.covered,
            total: self.total + other.total,
        }
    }
}

impl Coverage {
    /// Changes all policies of the tests that were run, and asks the tests again.
    pub fn of(suites: &[SuiteOutcome], now: Timestamp) -> Self {
        Self::by(suites, now, |changes, subject, now| {
            subject.notices(changes, now)
        })
    }

    /// `notices` says whether a test comes out otherwise with a change.
    fn by(
        suites: &[SuiteOutcome],
        now: Timestamp,
        notices: fn(&Changes<'_>, &Subject<'_>, Timestamp) -> bool,
    ) -> Self {
        let mut policies = Policies::default();
        let mut subjects = Vec::new();
        let mut groups = HashMap::new();
        for (test, outcome) in suites.iter().flat_map(SuiteOutcome::tests) {
            let Ok(question) = &test.question else {
                continue;
            };
            let uses = policies.add(question);
            let passes = match outcome {
                Outcome::Fail(_) => false,
                Outcome::Pass => true,
                Outcome::Error(_) | Outcome::Todo { .. } => continue,
            };
            let count = groups.len();
            let group = *groups.entry(asked(&question.scenario)).or_insert(count);
            subjects.push(Subject::new(question, passes, (uses, group), now));
        }
        let mut coverage = Self::default();
        for (number, policy) in policies.distinct.iter().enumerate() {
            let using: Vec<&Subject<'_>> = subjects
                .iter()
                .filter(|subject| subject.uses(number))
                .collect();
            let notices = |mutant: &Mutant| {
                let changes = Changes::new(&policies.read[number], mutant);
                using.iter().any(|subject| notices(&changes, subject, now))
            };
            coverage.add(policy, notices);
        }
        coverage
    }

    /// All statements and all blocks.
    pub fn total(&self) -> (Covered, Covered) {
        let none = (Covered::default(), Covered::default());
        self.policies
            .iter()
            .fold(none, |(statements, blocks), policy| {
                (
                    statements.plus(policy.statements),
                    blocks.plus(policy.blocks),
                )
            })
    }

    fn add(&mut self, policy: &Policy, notices: impl Fn(&Mutant) -> bool) {
        let path = outermost(&policy.source);
        let at = self.policies.iter().position(|other| other.path == path);
        let at = at.unwrap_or_else(|| {
            self.policies.push(PolicyCoverage {
                path: path.to_owned(),
                statements: Covered::default(),
                blocks: Covered::default(),
                untested: Vec::new(),
            });
            self.policies.len() - 1
        });
        let file = &mut self.policies[at];
        let untested = |index: usize, change: Change, span: Span| Untested {
            statement: policy.statement_name(index),
            change,
            source: policy.source.clone(),
            span,
        };
        for (index, statement) in policy.statements.iter().enumerate() {
            let covered = notices(&silenced(statement, index));
            file.statements.count(covered);
            if !covered {
                let change = Change::RemoveStatement;
                file.untested.push(untested(index, change, statement.span));
            }
            for (condition, test) in statement.conditions.iter().enumerate() {
                for (value, block) in blocks(test) {
                    let at = ValuePlace {
                        statement: index,
                        condition,
                        value,
                    };
                    let change = unnoticed(test, at, block, &notices);
                    file.blocks.count(change.is_none());
                    let change =
                        change.map(|change| untested(index, change, test.values[value].span));
                    file.untested.extend(change);
                }
            }
        }
    }
}

/// The changes of a block that no test notices, if there are any.
fn unnoticed(
    condition: &Condition,
    at: ValuePlace,
    block: Cidr,
    notices: impl Fn(&Mutant) -> bool,
) -> Option<Change> {
    let (removed, widened) = block_mutants(condition, at, block);
    let removed = match removed {
        None => Removal::Redundant,
        Some(mutant) if notices(&mutant) => Removal::Noticed,
        Some(_) => Removal::Unnoticed,
    };
    let widened = widened.filter(|(_, mutant)| !notices(mutant));
    if removed == Removal::Noticed && widened.is_none() {
        return None;
    }
    Some(Change::Block {
        block: condition.values[at.value].text.to_string(),
        removed,
        widened: widened.map(|(block, _)| block),
    })
}

/// What a scenario asks, but for the address: equal texts are equal questions.
fn asked(scenario: &Scenario) -> String {
    let mut rest = scenario.clone();
    let mut policies = Vec::new();
    rest.change_policies(|policy| {
        policies.push(Arc::as_ptr(policy));
        *policy = Arc::new(Policy {
            statements: Vec::new(),
            ..(**policy).clone()
        });
    });
    (rest.ip, rest.name) = (None, None);
    format!("{rest:?} {policies:?}")
}

/// The file that a text stands in.
fn outermost(source: &Source) -> &str {
    let mut source = source;
    while let Some((outer, _)) = source.within() {
        source = outer;
    }
    source.name()
}

/// Where a policy was read: its text and the texts around it, and its first statement, since a file may hold several.
type Origin = (Vec<(String, Span)>, Span);

/// The policies of all tests. One that was read several times, for tests that call it or use it differently, is one.
#[derive(Default)]
struct Policies {
    distinct: Vec<Arc<Policy>>,
    numbers: HashMap<Origin, usize>,
    /// What was read from each place, and where it is in memory: tests share it.
    read: Vec<Vec<Arc<Policy>>>,
    known: HashMap<*const Policy, usize>,
}

impl Policies {
    /// Adds the policies of a test, and says which they are.
    fn add(&mut self, question: &Question) -> Vec<usize> {
        let mut uses: Vec<usize> = question
            .scenario
            .all_policies()
            .into_iter()
            .filter_map(|(_, policy)| self.number(policy))
            .collect();
        uses.sort_unstable();
        uses.dedup();
        uses
    }

    fn number(&mut self, policy: &Arc<Policy>) -> Option<usize> {
        if let Some(number) = self.known.get(&Arc::as_ptr(policy)) {
            return Some(*number);
        }
        // Without statements there is nothing to change.
        let first = policy.statements.first()?;
        let mut around = Vec::new();
        let mut source = Some((&policy.source, Span::default()));
        while let Some((text, span)) = source {
            around.push((text.name().to_owned(), span));
            source = text.within();
        }
        let number = *self
            .numbers
            .entry((around, first.span))
            .or_insert(self.distinct.len());
        if number == self.distinct.len() {
            self.distinct.push(Arc::clone(policy));
            self.read.push(Vec::new());
        }
        self.read[number].push(Arc::clone(policy));
        self.known.insert(Arc::as_ptr(policy), number);
        Some(number)
    }
}

#[cfg(test)]
mod tests;
