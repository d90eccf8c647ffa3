//! What became of tests, as `JUnit` XML in the form that Surefire writes and Jenkins and GitLab read.

use std::io::{Result, Write};

use super::escape::{xml_attribute, xml_text};
use super::{details, todo_message};
use crate::ask::suite::{Outcome, SuiteOutcome, Test};

/// Writes a `<testsuite>` for each file and a `<testcase>` for each test.
///
/// There are no times in it, so that the same run writes the same bytes.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, suites: &[SuiteOutcome]) -> Result<()> {
    let all = Tally::of(suites.iter().flat_map(|suite| &suite.outcomes));
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="ipcond" {}>"#, all.attributes())?;
    for suite in suites {
        let path = xml_attribute(suite.suite.source.name());
        let tally = Tally::of(&suite.outcomes);
        writeln!(out, r#"  <testsuite name="{path}" {}>"#, tally.attributes())?;
        for (test, outcome) in suite.tests() {
            write_test(out, suite, test, outcome)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn write_test(
    out: &mut dyn Write,
    suite: &SuiteOutcome,
    test: &Test,
    outcome: &Outcome,
) -> Result<()> {
    let source = &suite.suite.source;
    write!(
        out,
        r#"    <testcase classname="{}" name="{}" file="{}" line="{}""#,
        xml_attribute(&class_name(source.name())),
        xml_attribute(&test.name),
        xml_attribute(source.name()),
        source.position(test.span.start()).line,
    )?;
    let (element, message) = match outcome {
        Outcome::Pass => return writeln!(out, "/>"),
        Outcome::Todo { reason, passes } => {
            let message = todo_message(reason, *passes);
            writeln!(out, ">")?;
            writeln!(
                out,
                r#"      <skipped message="{}"/>"#,
                xml_attribute(&message)
            )?;
            return writeln!(out, "    </testcase>");
        }
        Outcome::Error(error) => ("error", error.message().to_owned()),
        Outcome::Fail(failure) => ("failure", failure.message_with_examples()),
    };
    let details = details(&suite.suite, test, outcome).join("\n");
    writeln!(out, ">")?;
    writeln!(
        out,
        r#"      <{element} message="{}" type="{element}">{}</{element}>"#,
        xml_attribute(&message),
        xml_text(&details),
    )?;
    writeln!(out, "    </testcase>")
}

/// The path with dots, as Java names classes, since readers make a tree of them; without the ending of a test file.
fn class_name(path: &str) -> String {
    let stem = [".json", ".yaml", ".yml"]
        .iter()
        .find_map(|ending| path.strip_suffix(ending));
    let stem = stem.unwrap_or(path);
    let stem = stem.strip_suffix(".ipcond").unwrap_or(stem);
    let parts = stem
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."));
    parts.collect::<Vec<_>>().join(".")
}

/// How many tests there are of each outcome; unlike in a summary, an error is no failure.
#[derive(Debug, Default)]
struct Tally {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Tally {
    fn of<'a>(outcomes: impl IntoIterator<Item = &'a (usize, Outcome)>) -> Self {
        let mut tally = Self::default();
        for (_, outcome) in outcomes {
            tally.tests += 1;
            match outcome {
                Outcome::Error(_) => tally.errors += 1,
                Outcome::Fail(_) => tally.failures += 1,
                Outcome::Pass => {}
                Outcome::Todo { .. } => tally.skipped += 1,
            }
        }
        tally
    }

    fn attributes(&self) -> String {
        format!(
            r#"tests="{}" failures="{}" errors="{}" skipped="{}""#,
            self.tests, self.failures, self.errors, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn every_outcome() {
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="ipcond" tests="6" failures="2" errors="1" skipped="2">
  <testsuite name="trust_test.yaml" tests="5" failures="1" errors="1" skipped="2">
    <testcase classname="trust_test" name="office gets in" file="trust_test.yaml" line="2"/>
    <testcase classname="trust_test" name="nobody else" file="trust_test.yaml" line="4">
      <failure message="expected denied, but allowed: 2001:db8:1::/48, e.g. 2001:db8:1::1" type="failure">expected denied, but allowed: 2001:db8:1::/48   e.g. 2001:db8:1::1
  --&gt; trust.json:2:3   AllowOffice
  --&gt; trust_test.yaml:5:13   this expectation</failure>
    </testcase>
    <testcase classname="trust_test" name="vpn" file="trust_test.yaml" line="6">
      <skipped message="waiting for range"/>
    </testcase>
    <testcase classname="trust_test" name="guest" file="trust_test.yaml" line="8">
      <skipped message="until June (passes now: the mark can go)"/>
    </testcase>
    <testcase classname="trust_test" name="typo" file="trust_test.yaml" line="10">
      <error message="`Efect` is not an element of a statement" type="error">`Efect` is not an element of a statement
  --&gt; trust.json:2:3
  --&gt; trust_test.yaml:10:11   this test
help: did you mean `Effect`?</error>
    </testcase>
  </testsuite>
  <testsuite name="a,b/100%:&#x202E;.ipcond.json" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="a,b.100%:&#x202E;" name="a&#xA;::error::&lt;b a=&quot;1&quot;&gt; 5% # \ &#x202E;" file="a,b/100%:&#x202E;.ipcond.json" line="2">
      <failure message="expected denied,&#xA;but \u{1b}[31mallowed ]]&gt;" type="failure">expected denied,
but \u{1b}[31mallowed ]]&gt;
  --&gt; account.json:2:15 (in the string 2:1)   x\u{a}&lt;y&gt;
  --&gt; a,b/100%:\u{202e}.ipcond.json:2:12   this expectation</failure>
    </testcase>
  </testsuite>
</testsuites>
"#;
        let written = fixture::written(|out| write(out, &fixture::suites()));
        assert_eq!(written, expected);
    }

    #[test]
    fn class_names() {
        let table = [
            ("trust_test.yaml", "trust_test", "the ending says nothing"),
            (
                "./iam/prod/trust_test.json",
                "iam.prod.trust_test",
                "directories are packages",
            ),
            (
                "../iam/bucket.ipcond.yml",
                "iam.bucket",
                "or Jenkins shows a class `ipcond`",
            ),
            ("-", "-", "standard input"),
        ];
        for (path, expected, why) in table {
            assert_eq!(class_name(path), expected, "{path}: {why}");
        }
    }
}
