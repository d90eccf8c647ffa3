//! What became of tests, for people.

use std::io::{Result, Write};

use anstyle::{AnsiColor, Style};

use super::{details, escape};
use crate::ask::suite::{Outcome, SuiteOutcome, Test};
use crate::net::AddressSet;

/// Where names begin, and what belongs to a test: two blanks, the longest word, one blank.
const INDENT: &str = "        ";

/// Writes every test under its file, and under the test what went wrong.
///
/// With `styled` the words have colours, as ANSI sequences.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, suites: &[SuiteOutcome], styled: bool) -> Result<()> {
    for suite in suites.iter().filter(|suite| !suite.outcomes.is_empty()) {
        write_suite(out, suite, styled)?;
        writeln!(out)?;
    }
    Ok(())
}

fn write_suite(out: &mut dyn Write, suite: &SuiteOutcome, styled: bool) -> Result<()> {
    let path = if styled {
        Style::new().bold()
    } else {
        Style::new()
    };
    writeln!(
        out,
        "{path}{}{path:#}",
        escape::terminal(suite.suite.source.name())
    )?;
    let noted = suite
        .tests()
        .filter(|(test, outcome)| note(test, outcome).is_some());
    let width = noted
        .map(|(test, _)| escape::terminal(&test.name).chars().count())
        .max();
    for (test, outcome) in suite.tests() {
        let (word, style) = heading(outcome);
        let style = if styled { style } else { Style::new() };
        let blanks = " ".repeat(INDENT.len().saturating_sub(2 + word.len()));
        let name = escape::terminal(&test.name);
        write!(out, "  {style}{word}{style:#}{blanks}")?;
        match note(test, outcome) {
            Some(note) => {
                let width = width.unwrap_or_default();
                writeln!(out, "{name:width$}   {}", escape::terminal(&note))?;
            }
            None => writeln!(out, "{name}")?,
        }
        for line in details(&suite.suite, test, outcome) {
            writeln!(out, "{INDENT}{line}")?;
        }
    }
    Ok(())
}

/// What stands after the name.
fn note(test: &Test, outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Pass => proved(test),
        Outcome::Todo { reason, .. } if !reason.is_empty() => Some(reason.clone()),
        _ => None,
    }
}

/// What a test that passed was proved for, where it is not about one request: `128 addresses proved`.
fn proved(test: &Test) -> Option<String> {
    let set = test.addresses()?;
    let count = set.count();
    let none = if set.has_none() { " and none" } else { "" };
    let addresses = match count.exact() {
        Some(0) => return Some("none proved".to_owned()),
        Some(1) => "1 address".to_owned(),
        _ if set.clone().with_none(true) == AddressSet::all() => {
            return Some("all addresses proved".to_owned());
        }
        _ => format!("{count} addresses"),
    };
    Some(format!("{addresses}{none} proved"))
}

fn heading(outcome: &Outcome) -> (&'static str, Style) {
    match outcome {
        Outcome::Error(_) => ("ERROR", AnsiColor::Red.on_default().bold()),
        Outcome::Fail(_) => ("FAIL", AnsiColor::Red.on_default().bold()),
        Outcome::Pass => ("ok", AnsiColor::Green.on_default()),
        Outcome::Todo { .. } => ("todo", AnsiColor::Yellow.on_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::ask::suite::Expected;

    #[test]
    fn what_is_proved_is_counted() {
        let told = |blocks: &[&str], none: bool| {
            let mut test = fixture::suites()[0].suite.tests[0].clone();
            let sets = blocks.iter().map(|text| fixture::block(text));
            let set = sets.fold(AddressSet::default(), |all, set| all.union(&set));
            let question = test.question.as_mut().expect("it makes sense");
            if let Expected::Every { addresses, .. } = &mut question.expected {
                *addresses = set.with_none(none);
            }
            proved(&test).expect("it is about many addresses")
        };
        for (blocks, none, expected) in [
            (
                &["203.0.113.0/25"] as &[&str],
                false,
                "128 addresses proved",
            ),
            (&["203.0.113.0/25"], true, "128 addresses and none proved"),
            (&["::1"], false, "1 address proved"),
            (&["2001:db8::/48"], false, "2^80 addresses proved"),
            (&["::/0"], false, "2^128 addresses proved"),
            (&["::/0", "0.0.0.0/0"], false, "all addresses proved"),
            (&["::/0", "0.0.0.0/0"], true, "all addresses proved"),
            (&[], true, "none proved"),
        ] {
            assert_eq!(told(blocks, none), expected);
        }
    }

    fn written(suites: &[SuiteOutcome], styled: bool) -> String {
        fixture::written(|out| write(out, suites, styled))
    }

    #[test]
    fn every_outcome() {
        let expected = r#"trust_test.yaml
  ok    office gets in   128 addresses proved
  FAIL  nobody else
        expected denied, but allowed: 2001:db8:1::/48   e.g. 2001:db8:1::1
          --> trust.json:2:3   AllowOffice
          --> trust_test.yaml:5:13   this expectation
  todo  vpn              waiting for range
  todo  guest            until June
        passes now: the mark can go
  ERROR typo
        `Efect` is not an element of a statement
          --> trust.json:2:3
          --> trust_test.yaml:10:11   this test
        help: did you mean `Effect`?

a,b/100%:\u{202e}.ipcond.json
  FAIL  a\u{a}::error::<b a="1"> 5% # \ \u{202e}
        expected denied,
        but \u{1b}[31mallowed ]]>
          --> account.json:2:15 (in the string 2:1)   x\u{a}<y>
          --> a,b/100%:\u{202e}.ipcond.json:2:12   this expectation

"#;
        assert_eq!(written(&fixture::suites(), false), expected);
    }

    #[test]
    fn colour_repeats_the_words() {
        let styled = written(&fixture::suites(), true);
        let marks = [
            "\u{1b}[1mtrust_test.yaml\u{1b}[0m\n",
            "  \u{1b}[32mok\u{1b}[0m    office gets in   128 addresses proved\n",
            "  \u{1b}[1m\u{1b}[31mFAIL\u{1b}[0m  nobody else\n",
            "  \u{1b}[33mtodo\u{1b}[0m  vpn              waiting for range\n",
            "  \u{1b}[1m\u{1b}[31mERROR\u{1b}[0m typo\n",
        ];
        for mark in marks {
            assert!(styled.contains(mark), "{mark:?} in {styled:?}");
        }
        let mut plain = styled;
        for sequence in [
            "\u{1b}[0m",
            "\u{1b}[1m",
            "\u{1b}[31m",
            "\u{1b}[32m",
            "\u{1b}[33m",
        ] {
            plain = plain.replace(sequence, "");
        }
        assert_eq!(plain, written(&fixture::suites(), false));
    }

    #[test]
    fn files_without_a_test_that_ran_are_not_listed() {
        let mut suites = fixture::suites();
        suites[0].outcomes.clear();
        suites[1].outcomes.clear();
        assert_eq!(written(&suites, false), "");
    }
}
