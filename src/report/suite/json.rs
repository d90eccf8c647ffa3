//! What became of tests, as JSON: the shape `test/1`.

use std::io::{Error, Result, Write};

use serde::Serialize;

use super::todo_message;
use crate::ask::suite::{Counts, Outcome, SuiteOutcome, Test};
use crate::source::{Position, Source};

/// Writes `test/1` on one line.
///
/// It says nothing of the time that the run took, so the same tests give the same bytes.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, suites: &[SuiteOutcome]) -> Result<()> {
    let counts = Counts::of(suites);
    let report = Report {
        ipcond: "test/1",
        passed: counts.passed,
        failed: counts.failed,
        todo: counts.todo,
        files: suites.iter().map(FileReport::new).collect(),
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
        let written = fixture::written(|out| write(out, &fixture::suites()));
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
        let error = write(&mut Closed, &fixture::suites()).expect_err("nothing can be written");
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    }
}
