//! Findings as `JUnit` XML in the form that Surefire writes and Jenkins and GitLab read.

use std::io::{Result, Write};

use super::escape::{xml_attribute, xml_text};
use crate::ask::lint::Located;

/// Writes a `<testsuite>` for each file, with a `<testcase>` that fails for each finding. `files` are the names of all
/// files that were looked at: those without findings pass.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, found: &[Located], files: &[String]) -> Result<()> {
    let of = |file: &str| -> Vec<&Located> {
        let start = found.partition_point(|one| one.file() < file);
        let rest = found[start..].iter();
        rest.take_while(|one| one.file() == file).collect()
    };
    let clean = files.iter().filter(|file| of(file).is_empty()).count();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="ipcond lint" tests="{}" failures="{}" errors="0">"#,
        found.len() + clean,
        found.len()
    )?;
    for file in files {
        write_file(out, file, &of(file))?;
    }
    writeln!(out, "</testsuites>")
}

fn write_file(out: &mut dyn Write, file: &str, found: &[&Located]) -> Result<()> {
    let name = xml_attribute(file);
    let tests = found.len().max(1);
    let failures = found.len();
    writeln!(
        out,
        r#"  <testsuite name="{name}" tests="{tests}" failures="{failures}" errors="0" skipped="0">"#
    )?;
    if found.is_empty() {
        writeln!(
            out,
            r#"    <testcase classname="{name}" name="no findings" file="{name}"/>"#
        )?;
    }
    for one in found {
        let (source, span) = one.outer();
        let at = source.position(span.start());
        let rule = one.finding.rule;
        writeln!(
            out,
            r#"    <testcase classname="{name}" name="{} {} at {}:{}" file="{name}" line="{}">"#,
            rule.code, rule.name, at.line, at.column, at.line
        )?;
        let among = one.among.as_ref();
        let among = among.map(|among| format!("in {}\n", among.title()));
        let notes = one
            .finding
            .notes
            .iter()
            .map(|note| format!("note: {note}\n"));
        let help = one.help().map(|help| format!("help: {help}\n"));
        let details: String = among.into_iter().chain(notes).chain(help).collect();
        writeln!(
            out,
            r#"      <failure message="{}" type="{}">{}:{}:{}
{}</failure>"#,
            xml_attribute(&one.finding.message),
            one.finding.severity.as_str(),
            xml_text(file),
            at.line,
            at.column,
            xml_text(&details)
        )?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn findings_fail_and_clean_files_pass() {
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="ipcond lint" tests="2" failures="1" errors="0">
  <testsuite name="a,b/100%:.json" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="a,b/100%:.json" name="IP009 invalid-block at 2:3" file="a,b/100%:.json" line="2">
      <failure message="`%&#x202E;&#xA;]]&gt;` is &lt;no&gt; block" type="error">a,b/100%:.json:2:3
</failure>
    </testcase>
  </testsuite>
  <testsuite name="clean.json" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="clean.json" name="no findings" file="clean.json"/>
  </testsuite>
</testsuites>
"#;
        let files = ["a,b/100%:.json".to_owned(), "clean.json".to_owned()];
        let written = fixture::written(|out| write(out, &fixture::hostile(), &files));
        assert_eq!(written, expected);
    }
}
