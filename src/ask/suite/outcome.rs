//! What became of tests.

use std::net::IpAddr;

use super::{Suite, Test};
use crate::error::Error;
use crate::eval::{PlacedStatement, StatementTrace};
use crate::net::AddressSet;
use crate::source::{Source, Span};

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
    // INVARIANT: not empty; by the smallest address of each
    findings: Vec<Finding>,
    /// How many more there are.
    more: usize,
}

/// One thing that is not as expected.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was expected and what was found.
    pub message: String,
    /// Where it is so; `None` for the one request of the test.
    pub addresses: Option<Wrong>,
    /// The statements that decided.
    pub decided_by: Vec<Place>,
}

/// The addresses at which something is not as expected.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// All of them.
    // INVARIANT: not empty
    pub set: AddressSet,
    /// The smallest that a host may well have; `None` is "no address in the request".
    pub example: Option<IpAddr>,
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

impl Place {
    pub(super) fn of_trace(trace: &StatementTrace) -> Self {
        Self {
            statement: trace.name(),
            source: trace.policy.source.clone(),
            span: trace.statement().span,
        }
    }

    pub(super) fn of_placed(placed: &PlacedStatement, span: Span) -> Self {
        Self {
            statement: placed.name(),
            source: placed.policy.source.clone(),
            span,
        }
    }
}

/// How many findings of one test are kept: a policy may have a thousand statements, and each may decide somewhere.
const SHOWN_FINDINGS: usize = 5;
/// How many blocks of a set are named before they are counted.
const SHOWN_BLOCKS: usize = 3;

/// The first blocks of a set, and how many more there are: `203.0.113.0/24, 2 more`.
pub(crate) fn blocks_of(set: &AddressSet) -> String {
    let mut blocks = set.blocks();
    let first = blocks.by_ref().take(SHOWN_BLOCKS);
    let mut parts: Vec<String> = first.map(|block| block.to_string()).collect();
    match (blocks.next(), blocks.count()) {
        (None, _) => {}
        (Some(last), 0) => parts.push(last.to_string()),
        (Some(_), more) => parts.push(format!("{} more", more + 1)),
    }
    if set.has_none() {
        parts.push("a request without an address".to_owned());
    }
    parts.join(", ")
}

impl Wrong {
    /// The example: an address, or `none`.
    pub fn counterexample(&self) -> String {
        self.example
            .map_or_else(|| "none".to_owned(), |ip| ip.to_string())
    }
}

impl Finding {
    /// What was expected, what was found, and where.
    pub fn text(&self) -> String {
        match &self.addresses {
            None => self.message.clone(),
            Some(wrong) => format!("{}: {}", self.message, blocks_of(&wrong.set)),
        }
    }

    /// The same, with an example where there are many addresses: `…: 2001:db8::/48, e.g. 2001:db8::1`.
    pub fn text_with_example(&self) -> String {
        let text = self.text();
        match &self.addresses {
            None => text,
            Some(wrong) => format!("{text}, e.g. {}", wrong.counterexample()),
        }
    }
}

impl Failure {
    /// The failure that findings make, if there are any.
    pub(crate) fn of(mut findings: Vec<Finding>) -> Option<Self> {
        let more = findings.len().saturating_sub(SHOWN_FINDINGS);
        findings.truncate(SHOWN_FINDINGS);
        (!findings.is_empty()).then_some(Self { findings, more })
    }

    /// What is not as expected, by the smallest address of each: the first few.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many findings there are beside these.
    pub fn more(&self) -> usize {
        self.more
    }

    /// What was expected and what was found, a line for each finding.
    pub fn message(&self) -> String {
        self.lines(Finding::text)
    }

    /// The same, with examples.
    pub fn message_with_examples(&self) -> String {
        self.lines(Finding::text_with_example)
    }

    fn lines(&self, text: fn(&Finding) -> String) -> String {
        let mut texts: Vec<String> = self.findings.iter().map(text).collect();
        if self.more > 0 {
            texts.push(format!("… {} more findings", self.more));
        }
        texts.join("\n")
    }

    /// The smallest address that contradicts the test, or `none`; nothing where the test is about one request.
    pub fn counterexample(&self) -> Option<String> {
        let mut wrongs = self
            .findings
            .iter()
            .filter_map(|one| one.addresses.as_ref());
        wrongs.next().map(Wrong::counterexample)
    }

    /// The statements that decided.
    pub fn decided_by(&self) -> impl Iterator<Item = &Place> {
        self.findings.iter().flat_map(|finding| &finding.decided_by)
    }
}

impl Outcome {
    /// Whether it makes the run fail.
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Error(_) | Self::Fail(_))
    }
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
