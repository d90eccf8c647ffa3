//! What became of tests, in version 14 of the Test Anything Protocol.

use std::io::{Result, Write};

use super::escape::{tap_description, yaml_string};
use super::place;
use crate::ask::suite::{Outcome, Suite, SuiteOutcome, Test};
use crate::source::{Source, Span};

/// Writes a test point for each test, with diagnostics in YAML under those that failed.
///
/// A `todo` test is `not ok` until it passes: harnesses count neither as a failure.
/// Nothing is said of the time that the run took, so the same tests give the same bytes.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, suites: &[SuiteOutcome]) -> Result<()> {
    let total: usize = suites.iter().map(|suite| suite.outcomes.len()).sum();
    writeln!(out, "TAP version 14")?;
    writeln!(out, "1..{total}")?;
    let tests = suites.iter().flat_map(|suite| {
        suite
            .tests()
            .map(move |(test, outcome)| (&suite.suite, test, outcome))
    });
    for (at, (suite, test, outcome)) in tests.enumerate() {
        write_test(out, at + 1, suite, test, outcome)?;
    }
    Ok(())
}

fn write_test(
    out: &mut dyn Write,
    number: usize,
    suite: &Suite,
    test: &Test,
    outcome: &Outcome,
) -> Result<()> {
    let passes = matches!(outcome, Outcome::Pass | Outcome::Todo { passes: true, .. });
    let word = if passes { "ok" } else { "not ok" };
    let path = tap_description(suite.source.name());
    write!(
        out,
        "{word} {number} - {path}: {}",
        tap_description(&test.name)
    )?;
    if let Outcome::Todo { reason, .. } = outcome {
        // what TAP writes behind a test that is known not to pass yet
        let directive = format!(" # TODO {}", tap_description(reason));
        write!(out, "{}", directive.trim_end())?;
    }
    writeln!(out)?;
    write_diagnostics(out, suite, test, outcome)
}

fn write_diagnostics(
    out: &mut dyn Write,
    suite: &Suite,
    test: &Test,
    outcome: &Outcome,
) -> Result<()> {
    match outcome {
        Outcome::Pass | Outcome::Todo { .. } => Ok(()),
        Outcome::Fail(failure) => {
            writeln!(out, "  ---")?;
            writeln!(out, "  severity: fail")?;
            writeln!(out, "  message: {}", yaml_string(&failure.message()))?;
            if let Some(address) = failure.counterexample() {
                writeln!(out, "  counterexample: {}", yaml_string(&address))?;
            }
            write_place(out, &suite.source, test.expectation)?;
            if failure.decided_by().next().is_some() {
                writeln!(out, "  by:")?;
            }
            for decider in failure.decided_by() {
                let at = place(&decider.source, decider.span);
                writeln!(
                    out,
                    "    - {}",
                    yaml_string(&format!("{} {at}", decider.statement))
                )?;
            }
            writeln!(out, "  ...")
        }
        Outcome::Error(error) => {
            writeln!(out, "  ---")?;
            writeln!(out, "  severity: error")?;
            writeln!(out, "  message: {}", yaml_string(error.message()))?;
            match error.place() {
                Some(place) => write_place(out, &place.source, place.span)?,
                None => write_place(out, &suite.source, test.span)?,
            }
            if let Some(help) = error.help_text() {
                writeln!(out, "  help: {}", yaml_string(help))?;
            }
            writeln!(out, "  ...")
        }
    }
}

fn write_place(out: &mut dyn Write, source: &Source, span: Span) -> Result<()> {
    // Of a document held in a string, a file has only the string.
    let (mut source, mut span) = (source, span);
    while let Some((outer, at)) = source.within() {
        (source, span) = (outer, at);
    }
    let start = source.position(span.start());
    writeln!(out, "  at:")?;
    writeln!(out, "    file: {}", yaml_string(source.name()))?;
    writeln!(out, "    line: {}", start.line)?;
    writeln!(out, "    column: {}", start.column)
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::error::Error;

    fn written(suites: &[SuiteOutcome]) -> String {
        fixture::written(|out| write(out, suites))
    }

    #[test]
    fn every_outcome() {
        let expected = r#"TAP version 14
1..6
ok 1 - trust_test.yaml: office gets in
not ok 2 - trust_test.yaml: nobody else
  ---
  severity: fail
  message: "expected denied, but allowed: 2001:db8:1::/48"
  counterexample: "2001:db8:1::1"
  at:
    file: "trust_test.yaml"
    line: 5
    column: 13
  by:
    - "AllowOffice trust.json:2:3"
  ...
not ok 3 - trust_test.yaml: vpn # TODO waiting for range
ok 4 - trust_test.yaml: guest # TODO until June
not ok 5 - trust_test.yaml: typo
  ---
  severity: error
  message: "`Efect` is not an element of a statement"
  at:
    file: "trust.json"
    line: 2
    column: 3
  help: "did you mean `Effect`?"
  ...
not ok 6 - a,b/100%:\\u{202e}.ipcond.json: a\\u{a}::error::<b a="1"> 5% \# \\ \\u{202e}
  ---
  severity: fail
  message: "expected denied,\nbut \x1b[31mallowed ]]>"
  at:
    file: "a,b/100%:\u202e.ipcond.json"
    line: 2
    column: 12
  by:
    - "x\n<y> account.json:2:15 (in the string 2:1)"
  ...
"#;
        assert_eq!(written(&fixture::suites()), expected);
    }

    #[test]
    fn an_error_in_a_held_document_is_placed_in_the_file() {
        let mut suites = fixture::suites();
        let outer = Source::new("account.json", "{\n \"Document\": \"{}\"}");
        let held = Source::held("account.json", "{}", &outer, Span::new(15, 19));
        let error = Error::policy("no").at(&held, Span::new(0, 2));
        suites[1].outcomes = vec![(0, Outcome::Error(error))];
        let place = "  at:\n    file: \"account.json\"\n    line: 2\n    column: 14\n  ...\n";
        assert!(written(&suites[1..]).ends_with(place));
    }

    #[test]
    fn no_tests_are_a_plan_of_none() {
        assert_eq!(written(&[]), "TAP version 14\n1..0\n");
    }
}
