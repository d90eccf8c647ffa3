//! Regression tests: scenarios with the decision that is expected of them.

use jiff::Timestamp;

use crate::error::Error;
use crate::eval::{Answer, Decision, Layer, Scenario};
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
    /// What is asked; an error if that made no sense.
    pub scenario: Result<Scenario, Error>,
    /// What is expected.
    pub expected: Expected,
    /// Why the test may fail for now.
    pub todo: Option<String>,
}

/// What a test expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The decision; `None` if the test gives none, which is an error unless it is `todo`.
    pub decision: Option<ExpectedDecision>,
    /// A statement that must be among the deciding ones: its `Sid`, or `policy#index`.
    pub by: Vec<String>,
    /// Layers that must be among those that stop the request.
    pub blocked_by: Vec<Layer>,
    /// Where the expectation stands.
    pub span: Span,
}

/// A decision that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedDecision {
    /// Either deny.
    Denied,
    /// This one.
    Exactly(Decision),
}

impl ExpectedDecision {
    /// The word: a decision, or `denied` for either deny.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "denied" => Self::Denied,
            "allowed" => Self::Exactly(Decision::Allowed),
            "explicitDeny" => Self::Exactly(Decision::ExplicitDeny),
            "implicitDeny" => Self::Exactly(Decision::ImplicitDeny),
            "depends" => Self::Exactly(Decision::Depends),
            _ => return None,
        })
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Exactly(decision) => decision.as_str(),
        }
    }

    /// Whether the decision is the expected one.
    pub fn admits(self, decision: Decision) -> bool {
        match self {
            Self::Denied => decision.is_denied(),
            Self::Exactly(expected) => expected == decision,
        }
    }
}

/// What became of one test.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The test could not be run.
    Error(Error),
    /// The decision is not the expected one.
    Fail(Failure),
    /// As expected.
    Pass,
    /// It is marked `todo`, for this reason; whether it would pass.
    Todo {
        /// The reason.
        reason: String,
        /// The mark can go.
        passes: bool,
    },
}

/// Why a test failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What was expected and what was found.
    pub message: String,
    /// The statements that decided.
    pub decided_by: Vec<Place>,
}

/// A statement that had a part in a failure.
#[derive(Clone, Debug)]
pub struct Place {
    /// What it is called.
    pub statement: String,
    /// The text that it stands in.
    pub source: Source,
    /// Where.
    pub span: Span,
}

impl Outcome {
    /// Whether it makes the run fail.
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Error(_) | Self::Fail(_))
    }
}

impl Test {
    /// Runs the test.
    pub fn run(&self, now: Timestamp) -> Outcome {
        let outcome = match &self.scenario {
            Err(error) => Err(error.clone()),
            Ok(scenario) => self.check(scenario, now),
        };
        match (outcome, &self.todo) {
            (outcome, Some(reason)) => Outcome::Todo {
                reason: reason.clone(),
                passes: matches!(outcome, Ok(None)),
            },
            (Ok(None), None) => Outcome::Pass,
            (Ok(Some(failure)), None) => Outcome::Fail(failure),
            (Err(error), None) => Outcome::Error(error),
        }
    }

    fn check(&self, scenario: &Scenario, now: Timestamp) -> Result<Option<Failure>, Error> {
        let Some(expected) = self.expected.decision else {
            return Err(Error::request("the test expects nothing").help(
                "add `expect: allowed`, `denied`, `explicitDeny`, `implicitDeny` or `depends`",
            ));
        };
        let answers = match &scenario.steps {
            None => vec![scenario.decide(now)?],
            Some(_) => scenario.journey(now)?.steps,
        };
        let Some(answer) = answers.last() else {
            return Ok(None);
        };
        let problem = self.problem(expected, answer);
        let step = if answers.len() > 1 || scenario.steps.is_some() {
            format!(" at step {}", answers.len())
        } else {
            String::new()
        };
        Ok(problem.map(|problem| Failure {
            message: format!("{problem}{step}"),
            decided_by: deciders(answer),
        }))
    }

    fn problem(&self, expected: ExpectedDecision, answer: &Answer) -> Option<String> {
        if !expected.admits(answer.decision) {
            let mut found = answer.decision.as_str().to_owned();
            if answer.decision == Decision::Depends {
                found = format!("depends on {}", answer.depends_on.join(", "));
            }
            return Some(format!("expected {}, but {found}", expected.as_str()));
        }
        let named = |by: &String| {
            answer
                .deciders()
                .any(|trace| trace.name() == *by || trace.statement().sid.as_ref() == Some(by))
        };
        if let Some(by) = self.expected.by.iter().find(|by| !named(by)) {
            let deciders: Vec<String> = answer
                .deciders()
                .map(crate::eval::StatementTrace::name)
                .collect();
            let found = if deciders.is_empty() {
                "no statement".to_owned()
            } else {
                deciders.join(", ")
            };
            return Some(format!(
                "{} as expected, but by {found}, not by {by}",
                answer.decision
            ));
        }
        let layer = self
            .expected
            .blocked_by
            .iter()
            .find(|layer| !answer.blocked_by.contains(layer))?;
        let found: Vec<&str> = answer
            .blocked_by
            .iter()
            .map(|layer| layer.as_str())
            .collect();
        let found = if found.is_empty() {
            "no layer".to_owned()
        } else {
            found.join(", ")
        };
        Some(format!(
            "{} as expected, but blocked by {found}, not by {}",
            answer.decision,
            layer.as_str()
        ))
    }
}

fn deciders(answer: &Answer) -> Vec<Place> {
    let place = |trace: &crate::eval::StatementTrace| Place {
        statement: trace.name(),
        source: trace.policy.source.clone(),
        span: trace.statement().span,
    };
    answer.deciders().map(place).collect()
}

/// What became of all tests of a file.
#[derive(Clone, Debug)]
pub struct SuiteOutcome {
    /// The file.
    pub suite: Suite,
    /// For each test that was run, its index in the file and its outcome.
    pub outcomes: Vec<(usize, Outcome)>,
}

impl SuiteOutcome {
    /// The tests that were run, with their outcomes.
    pub fn tests(&self) -> impl Iterator<Item = (&Test, &Outcome)> {
        self.outcomes
            .iter()
            .map(|(index, outcome)| (&self.suite.tests[*index], outcome))
    }
}

/// How many tests there were of each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As expected.
    pub passed: usize,
    /// Not as expected, or not run for an error.
    pub failed: usize,
    /// Marked `todo`.
    pub todo: usize,
}

impl Counts {
    /// Counts the outcomes of files.
    pub fn of(suites: &[SuiteOutcome]) -> Self {
        let mut counts = Self::default();
        for (_, outcome) in suites.iter().flat_map(|suite| &suite.outcomes) {
            match outcome {
                Outcome::Error(_) | Outcome::Fail(_) => counts.failed += 1,
                Outcome::Pass => counts.passed += 1,
                Outcome::Todo { .. } => counts.todo += 1,
            }
        }
        counts
    }

    /// All of them.
    pub fn total(self) -> usize {
        self.passed + self.failed + self.todo
    }
}
