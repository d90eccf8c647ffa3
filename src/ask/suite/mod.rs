//! Regression tests: scenarios with the decision that is expected of them.

mod claim;
pub mod coverage;
mod outcome;
mod sets;
mod whole;

use jiff::Timestamp;

pub use self::claim::{Claim, ExpectedDecision};
use self::claim::{Found, Rule};
pub(crate) use self::outcome::blocks_of;
pub use self::outcome::{Counts, Failure, Finding, Outcome, Place, SuiteOutcome, Wrong};
pub use self::sets::ExpectedSets;
use self::whole::Whole;
use crate::error::Error;
use crate::eval::{Answer, Scenario};
use crate::net::AddressSet;
use crate::source::{Source, Span};

/// A file of tests.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The text that the tests were read from.
    pub source: Source,
    /// Its tests, in order.
    pub tests: Vec<Test>,
}

/// One test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where it stands in the file.
    pub span: Span,
    /// What is asked and what is expected; an error if that made no sense.
    pub question: Result<Question, Error>,
    /// Where the expectation stands.
    pub expectation: Span,
    /// Why the test may fail for now.
    pub todo: Option<String>,
}

/// What a test asks, and the answer that it expects.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub scenario: Scenario,
    /// What is expected.
    pub expected: Expected,
}

/// The answer that a test expects.
#[derive(Clone, Debug)]
pub enum Expected {
    /// Of the one request that the scenario describes.
    Answer(Claim),
    /// Of the request from every one of many addresses.
    Every {
        /// The addresses; "no address in the request" may be among them.
        addresses: AddressSet,
        /// What is expected from each.
        claim: Claim,
    },
    /// Of the request from everywhere: which sets of addresses get which decision.
    Sets(ExpectedSets),
}

impl Test {
    /// Runs the test.
    pub fn run(&self, now: Timestamp) -> Outcome {
        let question = self.question.as_ref().map_err(Clone::clone);
        let found = question.and_then(|question| question.check(now));
        let failure = found.map(Failure::of);
        match (failure, &self.todo) {
            (failure, Some(reason)) => Outcome::Todo {
                reason: reason.clone(),
                passes: matches!(failure, Ok(None)),
            },
            (Ok(None), None) => Outcome::Pass,
            (Ok(Some(failure)), None) => Outcome::Fail(failure),
            (Err(error), None) => Outcome::Error(error),
        }
    }

    /// The addresses that the test is proved for if it passes, where it is not about one request.
    pub fn addresses(&self) -> Option<AddressSet> {
        match &self.question.as_ref().ok()?.expected {
            Expected::Answer(_) => None,
            Expected::Every { addresses, .. } => Some(addresses.clone()),
            Expected::Sets(_) => Some(AddressSet::all()),
        }
    }
}

impl Question {
    /// What contradicts the expectation; nothing if it holds.
    fn check(&self, now: Timestamp) -> Result<Vec<Finding>, Error> {
        match self.expected.regions() {
            Regions::One(claim) => Ok(Answered::new(&self.scenario, now)?.findings(claim)),
            Regions::Many(regions) => Ok(Whole::new(&self.scenario, regions, now)?.findings()),
        }
    }
}

/// What is expected where.
enum Regions<'a> {
    /// Of the one request.
    One(&'a Claim),
    /// Of many places, which share nothing.
    Many(Vec<(AddressSet, Rule<'a>)>),
}

impl Expected {
    fn regions(&self) -> Regions<'_> {
        match self {
            Self::Answer(claim) => Regions::One(claim),
            Self::Every { addresses, claim } => {
                Regions::Many(vec![(addresses.clone(), Rule::Claim(claim))])
            }
            Self::Sets(sets) => Regions::Many(sets.regions()),
        }
    }
}

/// What becomes of one request, or of a journey: the answer of the last step that was taken.
struct Answered {
    answer: Answer,
    /// Of a journey, which step that is, from 1.
    step: Option<usize>,
}

impl Answered {
    /// Decides the scenario.
    ///
    /// # Errors
    /// As [`Scenario::decide`] and [`Scenario::journey`].
    fn new(scenario: &Scenario, now: Timestamp) -> Result<Self, Error> {
        if scenario.steps.is_none() {
            return Ok(Self {
                answer: scenario.decide(now)?,
                step: None,
            });
        }
        let mut steps = scenario.journey(now)?.steps;
        let step = Some(steps.len());
        let answer = steps.pop();
        let answer = answer.ok_or_else(|| Error::request("the journey has no steps"))?;
        Ok(Self { answer, step })
    }

    /// How it is not as expected, if it is not.
    fn problem(&self, rule: &Rule<'_>) -> Option<String> {
        rule.problem(&Found::Answer {
            answer: &self.answer,
            step: self.step,
        })
    }

    /// What of it is not as expected.
    fn findings(&self, claim: &Claim) -> Vec<Finding> {
        let finding = self.problem(&Rule::Claim(claim)).map(|message| Finding {
            message,
            addresses: None,
            decided_by: self.answer.deciders().map(Place::of_trace).collect(),
        });
        finding.into_iter().collect()
    }
}
