//! What became of tests, as annotations of GitHub Actions.

use std::fmt::Write as _;
use std::io::{Result, Write};

use super::escape::{github_data, github_place};
use super::place;
use crate::ask::suite::{Outcome, SuiteOutcome, Test};
use crate::source::{Source, Span};

/// Writes a workflow command for each test that failed or could not be run, at what the test expects.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, suites: &[SuiteOutcome]) -> Result<()> {
    for suite in suites {
        for (test, outcome) in suite.tests() {
            if let Some(message) = message(test, outcome) {
                let place = properties(&suite.suite.source, test.expectation);
                writeln!(
                    out,
                    "::error title=ipcond test,{place}::{}",
                    github_data(&message)
                )?;
            }
        }
    }
    Ok(())
}

fn message(test: &Test, outcome: &Outcome) -> Option<String> {
    let mut message = format!("{}: ", test.name);
    match outcome {
        Outcome::Pass | Outcome::Todo { .. } => return None,
        Outcome::Fail(failure) => {
            for (index, finding) in failure.findings().iter().enumerate() {
                let gap = if index > 0 { "\n" } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(message, "{gap}{}", finding.text_with_example());
                for decider in &finding.decided_by {
                    let at = place(&decider.source, decider.span);
                    let _ = write!(message, "\n  by {} {at}", decider.statement);
                }
            }
            if failure.more() > 0 {
                let _ = write!(message, "\n… {} more findings", failure.more());
            }
        }
        Outcome::Error(error) => {
            message.push_str(error.message());
            if let Some(at) = error.place() {
                let _ = write!(message, "\n  at {}", place(&at.source, at.span));
            }
            if let Some(help) = error.help_text() {
                let _ = write!(message, "\n  help: {help}");
            }
        }
    }
    Some(message)
}

fn properties(source: &Source, span: Span) -> String {
    // A block of YAML may end on the line after its text, which is another test's.
    let text = source.slice(span).trim_end();
    let start = source.position(span.start());
    let end = source.position(span.start() + text.len());
    github_place(source.name(), start, end)
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn failures_and_errors() {
        let expected = r#"::error title=ipcond test,file=trust_test.yaml,line=5,col=13,endLine=5,endColumn=19::nobody else: expected denied, but allowed: 2001:db8:1::/48, e.g. 2001:db8:1::1%0A  by AllowOffice trust.json:2:3
::error title=ipcond test,file=trust_test.yaml,line=11,col=13,endLine=11,endColumn=25::typo: `Efect` is not an element of a statement%0A  at trust.json:2:3%0A  help: did you mean `Effect`?
::error title=ipcond test,file=a%2Cb/100%25%3A\u{202e}.ipcond.json,line=2,endLine=3::a%0A::error::<b a="1"> 5%25 # \ \u{202e}: expected denied,%0Abut \u{1b}[31mallowed ]]>%0A  by x%0A<y> account.json:2:15 (in the string 2:1)
"#;
        let written = fixture::written(|out| write(out, &fixture::suites()));
        assert_eq!(written, expected);
    }

    #[test]
    fn the_end_of_a_block_is_the_end_of_its_text() {
        let source = Source::new("t.yaml", "a:\n  - b\n  - c\n\nd: e\n");
        assert_eq!(
            properties(&source, Span::new(5, 16)),
            "file=t.yaml,line=2,endLine=3"
        );
        let one_line = properties(&source, Span::new(5, 9));
        assert_eq!(one_line, "file=t.yaml,line=2,col=3,endLine=2,endColumn=6");
    }
}
