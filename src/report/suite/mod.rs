//! What became of tests, a file per format (interface: `test`).

use std::time::Duration;

use super::escape;
use crate::ask::suite::{Counts, Outcome, Suite, SuiteOutcome, Test};
use crate::source::{Source, Span};

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
    let counts = Counts::of(suites);
    let words = [
        (counts.failed, "failed"),
        (counts.passed, "passed"),
        (counts.todo, "todo"),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (count, word) in words.iter().filter(|(count, _)| *count > 0) {
        parts.push(format!("{} {word}", grouped(*count)));
    }
    let files = suites
        .iter()
        .filter(|suite| !suite.outcomes.is_empty())
        .count();
    let (parts, files) = match parts.as_slice() {
        [] => ("no tests".to_owned(), suites.len()),
        parts => (parts.join(", "), files),
    };
    let plural = if files == 1 { "" } else { "s" };
    format!(
        "{parts} in {} file{plural}, {}",
        grouped(files),
        duration(elapsed)
    )
}

/// A number with a comma between thousands.
fn grouped(number: usize) -> String {
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
            lines.extend(lines_of(&failure.message));
            for decider in &failure.decided_by {
                lines.push(arrow(&decider.source, decider.span, &decider.statement));
            }
            lines.push(arrow(&suite.source, test.expected.span, "this expectation"));
        }
        Outcome::Error(error) => {
            lines.extend(lines_of(error.message()));
            if let Some(place) = error.place() {
                lines.push(arrow(&place.source, place.span, ""));
            }
            // A place in the test file says which test it is already.
            if error
                .place()
                .is_none_or(|place| place.source.name() != suite.source.name())
            {
                lines.push(arrow(&suite.source, test.span, "this test"));
            }
            if let Some(help) = error.help_text() {
                lines.extend(lines_of(&format!("help: {help}")));
            }
        }
    }
    lines
}

fn lines_of(text: &str) -> Vec<String> {
    escape::terminal_lines(text)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// `  --> path:line:column   label`.
fn arrow(source: &Source, span: Span, label: &str) -> String {
    let line = format!("  --> {}   {label}", place(source, span));
    escape::terminal(line.trim_end()).into_owned()
}

/// `path:line:column`. For a document held in a string that is where the string stands, which is what
/// an editor can open, and after it the place in the document.
fn place(source: &Source, span: Span) -> String {
    let start = source.position(span.start());
    match source.within() {
        None => format!("{}:{}:{}", source.name(), start.line, start.column),
        Some((outer, at)) => {
            format!(
                "{} (in the string {}:{})",
                place(outer, at),
                start.line,
                start.column
            )
        }
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
    use super::*;
    use crate::ask::suite::{Expected, Failure, Place};
    use crate::error::Error;

    /// How long the run of [`suites`] took.
    pub(super) const ELAPSED: Duration = Duration::from_millis(4);

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
    expect: denied
";

    /// A file with every outcome, and one whose names are hostile.
    pub(super) fn suites() -> Vec<SuiteOutcome> {
        let policy = Source::new(
            "trust.json",
            "{\"Statement\": [\n  {\"Sid\": \"AllowOffice\"}]}\n",
        );
        let office = span(&policy, "{\"Sid\"");
        let fail = Outcome::Fail(Failure {
            message: "expected denied, but allowed: 2001:db8:1::/48".to_owned(),
            decided_by: vec![place_of("AllowOffice", &policy, office)],
        });
        let todo = |reason: &str, passes| Outcome::Todo {
            reason: reason.to_owned(),
            passes,
        };
        let error = Error::policy("`Efect` is not an element of a statement")
            .at(&policy, office)
            .help("did you mean `Effect`?");
        let trust = Source::new("trust_test.yaml", TRUST);
        let tests = vec![
            test(&trust, "office gets in", "expect: allowed"),
            test(&trust, "nobody else", "denied"),
            test(&trust, "vpn", "name: vpn"),
            test(&trust, "guest", "name: guest"),
            test(&trust, "typo", "expect: denied\n"),
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
        let held = Source::held("{\n}", &outer, span(&outer, "\"{\\n}\""));
        let fail = Outcome::Fail(Failure {
            message: "expected denied,\nbut \u{1b}[31mallowed ]]>".to_owned(),
            decided_by: vec![place_of("x\n<y>", &held, Span::new(2, 3))],
        });
        suite(source, vec![odd], [fail])
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
            // Reports read what became of a test, never what it asked.
            scenario: Err(Error::request("not asked")),
            expected: Expected {
                decision: None,
                by: Vec::new(),
                blocked_by: Vec::new(),
                span: span(source, expectation),
            },
            todo: None,
        }
    }

    fn span(source: &Source, text: &str) -> Span {
        let start = source.text().find(text).unwrap();
        Span::new(start, start + text.len())
    }

    fn place_of(statement: &str, source: &Source, span: Span) -> Place {
        Place {
            statement: statement.to_owned(),
            source: source.clone(),
            span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_leaves_out_what_there_is_none_of() {
        let mut suites = fixture::suites();
        assert_eq!(
            summary(&suites, fixture::ELAPSED),
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
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn an_error_in_the_test_file_is_placed_once() {
        let SuiteOutcome { suite, .. } = &fixture::suites()[0];
        let test = &suite.tests[4];
        let error = crate::error::Error::request("no").at(&suite.source, test.span);
        assert_eq!(
            details(suite, test, &Outcome::Error(error)),
            ["no", "  --> trust_test.yaml:10:11"]
        );
        let error = crate::error::Error::request("no");
        assert_eq!(
            details(suite, test, &Outcome::Error(error)),
            ["no", "  --> trust_test.yaml:10:11   this test"]
        );
    }
}
