//! What became of tests, as JSON: the shape `test/1`.

use std::io::{Error, Result, Write};

use serde::Serialize;

use super::todo_message;
use crate::ask::suite::coverage::{Change, Coverage, Covered, Removal, Untested};
use crate::ask::suite::{Counts, Outcome, SuiteOutcome, Test};
use crate::report::json::Place;
use crate::source::{Position, Source};

/// Writes `test/1` on one line, with `coverage` if that was asked for.
///
/// It says nothing of the time that the run took, so the same tests give the same bytes.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(
    out: &mut dyn Write,
    suites: &[SuiteOutcome],
    coverage: Option<&Coverage>,
) -> Result<()> {
    let counts = Counts::of(suites);
    let report = Report {
        ipcond: "test/1",
        passed: counts.passed,
        failed: counts.failed,
        todo: counts.todo,
        files: suites.iter().map(FileReport::new).collect(),
        coverage: coverage.map(CoverageReport::new),
    };
    serde_json::to_writer(&mut *out, &report).map_err(Error::from)?;
    writeln!(out)
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    ipcond: &'static str,
    passed: usize,
    failed: usize,
    todo: usize,
    files: Vec<FileReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageReport<'a>>,
}

#[derive(Debug, Serialize)]
struct FileReport<'a> {
    path: &'a str,
    tests: Vec<TestReport<'a>>,
}

impl<'a> FileReport<'a> {
    fn new(suite: &'a SuiteOutcome) -> Self {
        let source = &suite.suite.source;
        let tests = suite
            .tests()
            .map(|(test, outcome)| TestReport::new(source, test, outcome));
        Self {
            path: source.name(),
            tests: tests.collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct TestReport<'a> {
    name: &'a str,
    outcome: &'static str,
    message: Option<String>,
    /// The smallest address that contradicts a test of many, or `none`.
    counterexample: Option<String>,
    start: Position,
    end: Position,
}

impl<'a> TestReport<'a> {
    fn new(source: &Source, test: &'a Test, outcome: &Outcome) -> Self {
        let (word, message) = match outcome {
            // With its place: the positions of this object are those of the test.
            Outcome::Error(error) => ("error", Some(error.to_string())),
            Outcome::Fail(failure) => ("fail", Some(failure.message())),
            Outcome::Pass => ("pass", None),
            Outcome::Todo { reason, passes } => ("todo", Some(todo_message(reason, *passes))),
        };
        Self {
            name: &test.name,
            outcome: word,
            message,
            counterexample: match outcome {
                Outcome::Fail(failure) => failure.counterexample(),
                _ => None,
            },
            start: source.position(test.span.start()),
            end: source.position(test.span.end()),
        }
    }
}

#[derive(Debug, Serialize)]
struct CoverageReport<'a> {
    statements: CoveredReport,
    blocks: CoveredReport,
    policies: Vec<PolicyReport<'a>>,
}

#[derive(Debug, Serialize)]
struct CoveredReport {
    covered: usize,
    total: usize,
}

#[derive(Debug, Serialize)]
struct PolicyReport<'a> {
    path: &'a str,
    statements: CoveredReport,
    blocks: CoveredReport,
    untested: Vec<UntestedReport<'a>>,
}

/// A statement or block with a change that no test notices.
#[derive(Debug, Serialize)]
struct UntestedReport<'a> {
    statement: &'a str,
    /// The block, as it is written; `null` for a statement.
    block: Option<&'a str>,
    /// Whether a test notices if it is removed.
    removed: &'static str,
    /// The wider block that no test tells from it.
    widened: Option<String>,
    #[serde(flatten)]
    place: Place,
}

impl From<Covered> for CoveredReport {
    fn from(covered: Covered) -> Self {
        let Covered { covered, total } = covered;
        Self { covered, total }
    }
}

impl<'a> CoverageReport<'a> {
    fn new(coverage: &'a Coverage) -> Self {
        let (statements, blocks) = coverage.total();
        let policies = coverage.policies.iter().map(|policy| PolicyReport {
            path: &policy.path,
            statements: policy.statements.into(),
            blocks: policy.blocks.into(),
            untested: policy.untested.iter().map(UntestedReport::new).collect(),
        });
        Self {
            statements: statements.into(),
            blocks: blocks.into(),
            policies: policies.collect(),
        }
    }
}

impl<'a> UntestedReport<'a> {
    fn new(untested: &'a Untested) -> Self {
        let (block, removed, widened) = match &untested.change {
            Change::RemoveStatement => (None, Removal::Unnoticed, None),
            Change::Block {
                block,
                removed,
                widened,
            } => (Some(&**block), *removed, widened.as_ref()),
        };
        Self {
            statement: &untested.statement,
            block,
            removed: match removed {
                Removal::Noticed => "noticed",
                Removal::Redundant => "redundant",
                Removal::Unnoticed => "unnoticed",
            },
            widened: widened.map(ToString::to_string),
            place: Place::new(&untested.source, untested.span),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn every_outcome() {
        let expected = concat!(
            r#"{"ipcond":"test/1","passed":1,"failed":3,"todo":2,"files":["#,
            r#"{"path":"trust_test.yaml","tests":["#,
            r#"{"name":"office gets in","outcome":"pass","message":null,"counterexample":null,"#,
            r#""start":{"line":2,"column":11,"offset":17},"end":{"line":2,"column":25,"offset":31}},"#,
            r#"{"name":"nobody else","outcome":"fail","message":"expected denied, but allowed: 2001:db8:1::/48","counterexample":"2001:db8:1::1","#,
            r#""start":{"line":4,"column":11,"offset":62},"end":{"line":4,"column":22,"offset":73}},"#,
            r#"{"name":"vpn","outcome":"todo","message":"waiting for range","counterexample":null,"#,
            r#""start":{"line":6,"column":11,"offset":103},"end":{"line":6,"column":14,"offset":106}},"#,
            r#"{"name":"guest","outcome":"todo","message":"until June (passes now: the mark can go)","counterexample":null,"#,
            r#""start":{"line":8,"column":11,"offset":145},"end":{"line":8,"column":16,"offset":150}},"#,
            r#"{"name":"typo","outcome":"error","message":"trust.json:2:3: `Efect` is not an element of a statement","counterexample":null,"#,
            r#""start":{"line":10,"column":11,"offset":182},"end":{"line":10,"column":15,"offset":186}}]},"#,
            r#"{"path":"a,b/100%:"#,
            "\u{202e}",
            r#".ipcond.json","tests":["#,
            r#"{"name":"a\n::error::<b a=\"1\"> 5% # \\ "#,
            "\u{202e}",
            r#"","outcome":"fail","message":"expected denied,\nbut \u001b[31mallowed ]]>","counterexample":null,"#,
            r#""start":{"line":2,"column":3,"offset":14},"end":{"line":2,"column":10,"offset":21}}]}]}"#,
            "\n",
        );
        let written = fixture::written(|out| write(out, &fixture::suites(), None));
        assert_eq!(written, expected);
    }

    #[test]
    fn a_reader_that_went_away_is_known_as_such() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> Result<()> {
                Ok(())
            }
        }
        let error =
            write(&mut Closed, &fixture::suites(), None).expect_err("nothing can be written");
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    }
}
