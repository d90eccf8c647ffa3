//! What became of tests, a file per format.

use std::time::Duration;

use super::escape;
use crate::ask::suite::{Counts, Failure, Finding, Outcome, Suite, SuiteOutcome, Test};
use crate::source::{Position, Source, Span};

pub mod coverage;
pub mod github;
pub mod json;
pub mod junit;
#[cfg(feature = "cli")]
pub mod pretty;
pub mod tap;

/// What is said of a test that is marked `todo` and passes.
const MARK_CAN_GO: &str = "passes now: the mark can go";

/// The line that ends a run, without a line end: `1 failed, 3 passed, 1 todo in 1 file, 4 ms`.
///
/// Tests that could not be run count as failed, and files of which no test was run do not count.
pub fn summary(suites: &[SuiteOutcome], elapsed: Duration) -> String {
    let Counts {
        passed,
        failed,
        todo,
    } = Counts::of(suites);
    let words = [(failed, "failed"), (passed, "passed"), (todo, "todo")];
    let words = words.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = words
        .map(|(count, word)| format!("{} {word}", grouped(*count)))
        .collect();
    let ran = suites.iter().filter(|suite| !suite.outcomes.is_empty());
    let (what, files) = match words.as_slice() {
        [] => ("no tests".to_owned(), suites.len()),
        words => (words.join(", "), ran.count()),
    };
    let plural = if files == 1 { "" } else { "s" };
    let (files, time) = (grouped(files), duration(elapsed));
    format!("{what} in {files} file{plural}, {time}")
}

/// A number with a comma between thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// As [`grouped`], for counts that no memory bounds.
#[cfg(feature = "cli")]
pub(crate) fn thousands(number: u64) -> String {
    grouped(usize::try_from(number).unwrap_or(usize::MAX))
}

/// A time in milliseconds, from one second on in seconds.
fn duration(elapsed: Duration) -> String {
    match elapsed.as_millis() {
        0 => "under 1 ms".to_owned(),
        milliseconds @ ..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.2} s", elapsed.as_secs_f64()),
    }
}

/// The lines that belong under a test, safe for a terminal: what was found, where, and what to do.
fn details(suite: &Suite, test: &Test, outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    match outcome {
        Outcome::Pass | Outcome::Todo { passes: false, .. } => {}
        Outcome::Todo { passes: true, .. } => lines.push(MARK_CAN_GO.to_owned()),
        Outcome::Fail(failure) => {
            lines.extend(findings(failure));
            lines.push(arrow(&suite.source, test.expectation, "this expectation"));
        }
        Outcome::Error(error) => {
            lines.extend(lines_of(error.message()));
            let at = error.place();
            lines.extend(at.map(|at| arrow(&at.source, at.span, "")));
            // A place in the test file says which test it is already.
            if at.is_none_or(|at| at.source.name() != suite.source.name()) {
                lines.push(arrow(&suite.source, test.span, "this test"));
            }
            if let Some(help) = error.help_text() {
                lines.extend(lines_of(&format!("help: {help}")));
            }
        }
    }
    lines
}

/// What was found, with an example where it is true of many addresses, and under it the statements that decided.
fn findings(failure: &Failure) -> Vec<String> {
    let texts: Vec<String> = failure.findings().iter().map(Finding::text).collect();
    let width = texts.iter().map(|text| text.chars().count()).max();
    let width = width.unwrap_or_default();
    let mut lines = Vec::new();
    for (finding, text) in failure.findings().iter().zip(texts) {
        lines.extend(match &finding.addresses {
            None => lines_of(&text),
            Some(wrong) => lines_of(&format!("{text:width$}   e.g. {}", wrong.counterexample())),
        });
        for decider in &finding.decided_by {
            lines.push(arrow(&decider.source, decider.span, &decider.statement));
        }
    }
    if failure.more() > 0 {
        lines.push(format!("… {} more findings", grouped(failure.more())));
    }
    lines
}

fn lines_of(text: &str) -> Vec<String> {
    let text = escape::terminal_lines(text);
    text.lines().map(str::to_owned).collect()
}

/// `  --> path:line:column   label`.
fn arrow(source: &Source, span: Span, label: &str) -> String {
    let line = format!("  --> {}   {label}", place(source, span));
    escape::terminal(line.trim_end()).into_owned()
}

/// `path:line:column`. For a document held in a string that is where the string stands, which is what
/// an editor can open, and after it the place in the document.
fn place(source: &Source, span: Span) -> String {
    let Position { line, column, .. } = source.position(span.start());
    match source.within() {
        None => format!("{}:{line}:{column}", source.name()),
        Some((outer, at)) => format!("{} (in the string {line}:{column})", place(outer, at)),
    }
}

/// Why a test is marked `todo`, and whether the mark can go.
fn todo_message(reason: &str, passes: bool) -> String {
    match (reason, passes) {
        ("", true) => MARK_CAN_GO.to_owned(),
        (_, true) => format!("{reason} ({MARK_CAN_GO})"),
        (_, false) => reason.to_owned(),
    }
}

#[cfg(test)]
mod fixture {
    use std::io::{Result, Write};

    use super::*;
    use crate::ask::suite::{Claim, Expected, ExpectedDecision, Finding, Place, Question, Wrong};
    use crate::error::Error;
    use crate::eval::{Decision, Scenario};
    use crate::net::AddressSet;

    /// How long the run of [`suites`] took.
    pub(super) const ELAPSED: Duration = Duration::from_millis(4);

    /// What a report writes.
    pub(super) fn written(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("reports are text")
    }

    const TRUST: &str = "tests:
  - name: office gets in
    expect: allowed
  - name: nobody else
    expect: denied
  - name: vpn
    todo: waiting for range
  - name: guest
    todo: until June
  - name: typo
    expect: implicitDeny
";

    /// A file with every outcome, and one whose names are hostile.
    pub(super) fn suites() -> Vec<SuiteOutcome> {
        let policy = Source::new(
            "trust.json",
            "{\"Statement\": [\n  {\"Sid\": \"AllowOffice\"}]}\n",
        );
        let office = span(&policy, "{\"Sid\"");
        let fail = failed(Finding {
            message: "expected denied, but allowed".to_owned(),
            addresses: Some(Wrong {
                set: block("2001:db8:1::/48"),
                example: "2001:db8:1::1".parse().ok(),
            }),
            decided_by: vec![Place {
                statement: "AllowOffice".to_owned(),
                source: policy.clone(),
                span: office,
            }],
        });
        let todo = |reason: &str, passes| Outcome::Todo {
            reason: reason.to_owned(),
            passes,
        };
        let error = Error::policy("`Efect` is not an element of a statement")
            .at(&policy, office)
            .help("did you mean `Effect`?");
        let trust = Source::new("trust_test.yaml", TRUST);
        let mut office = test(&trust, "office gets in", "expect: allowed");
        office.question = Ok(Question {
            scenario: Scenario::default(),
            expected: Expected::Every {
                addresses: block("203.0.113.0/25"),
                claim: Claim {
                    decision: ExpectedDecision::Exactly(Decision::Allowed),
                    by: Vec::new(),
                    blocked_by: Vec::new(),
                },
            },
        });
        let tests = vec![
            office,
            test(&trust, "nobody else", "denied"),
            test(&trust, "vpn", "name: vpn"),
            test(&trust, "guest", "name: guest"),
            test(&trust, "typo", "implicitDeny"),
        ];
        let outcomes = [
            Outcome::Pass,
            fail,
            todo("waiting for range", false),
            todo("until June", true),
            Outcome::Error(error),
        ];
        vec![suite(trust, tests, outcomes), hostile()]
    }

    fn hostile() -> SuiteOutcome {
        let source = Source::new(
            "a,b/100%:\u{202e}.ipcond.json",
            "{\"tests\": [\n  {\"name\": \"odd\",\n   \"expect\": \"denied\"}]}\n",
        );
        let name = "a\n::error::<b a=\"1\"> 5% # \\ \u{202e}";
        let mut odd = test(&source, "{\"name\"", "\"odd\",\n   \"expect\": \"denied\"");
        name.clone_into(&mut odd.name);
        let outer = Source::new("account.json", "{\n  \"Document\": \"{\\n}\"}\n");
        let held = Source::held("account.json", "{\n}", &outer, span(&outer, "\"{\\n}\""));
        let fail = failed(Finding {
            message: "expected denied,\nbut \u{1b}[31mallowed ]]>".to_owned(),
            addresses: None,
            decided_by: vec![Place {
                statement: "x\n<y>".to_owned(),
                source: held,
                span: Span::new(2, 3),
            }],
        });
        suite(source, vec![odd], [fail])
    }

    pub(super) fn block(text: &str) -> AddressSet {
        AddressSet::from_iter([text.parse().expect("it is a block")])
    }

    fn failed(finding: Finding) -> Outcome {
        let failure = Failure::of(vec![finding]);
        Outcome::Fail(failure.expect("there is a finding"))
    }

    fn suite<const N: usize>(
        source: Source,
        tests: Vec<Test>,
        outcomes: [Outcome; N],
    ) -> SuiteOutcome {
        let outcomes = outcomes.into_iter().enumerate().collect();
        SuiteOutcome {
            suite: Suite { source, tests },
            outcomes,
        }
    }

    fn test(source: &Source, name: &str, expectation: &str) -> Test {
        Test {
            name: name.to_owned(),
            span: span(source, name),
            // Reports read what became of a test, and of what it asked only the addresses.
            question: Err(Error::request("not asked")),
            expectation: span(source, expectation),
            todo: None,
        }
    }

    fn span(source: &Source, text: &str) -> Span {
        let start = source.text().find(text).expect("the fixture has it");
        Span::new(start, start + text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{ELAPSED, suites};
    use super::*;
    use crate::error::Error;

    #[test]
    fn the_summary_leaves_out_what_there_is_none_of() {
        let mut suites = suites();
        assert_eq!(
            summary(&suites, ELAPSED),
            "3 failed, 1 passed, 2 todo in 2 files, 4 ms"
        );
        suites[0].outcomes.truncate(1);
        suites[1].outcomes.clear();
        assert_eq!(
            summary(&suites, Duration::from_micros(9)),
            "1 passed in 1 file, under 1 ms"
        );
        suites[0].outcomes.clear();
        assert_eq!(
            summary(&suites, Duration::from_millis(1250)),
            "no tests in 2 files, 1.25 s"
        );
    }

    #[test]
    fn thousands_are_grouped() {
        let numbers = [0, 999, 1000, 1_234_567];
        assert_eq!(numbers.map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn an_error_in_the_test_file_is_placed_once() {
        let SuiteOutcome { suite, .. } = &suites()[0];
        let test = &suite.tests[4];
        let error = Error::request("no").at(&suite.source, test.span);
        assert_eq!(
            details(suite, test, &Outcome::Error(error)),
            ["no", "  --> trust_test.yaml:10:11"]
        );
        let error = Error::request("no");
        assert_eq!(
            details(suite, test, &Outcome::Error(error)),
            ["no", "  --> trust_test.yaml:10:11   this test"]
        );
    }
}
