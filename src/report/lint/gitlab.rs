//! Findings as a code quality report of GitLab, which is the format of Code Climate.

use std::collections::HashMap;

use serde::Serialize;

use crate::ask::lint::{Located, Severity};

/// An issue of a report; the report is a list of them
/// (<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>).
#[derive(Debug, Serialize)]
pub struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Debug, Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// The report. GitLab shows of issues with one fingerprint only one, so that those that are alike are numbered.
pub fn report(found: &[Located]) -> Vec<Issue<'_>> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    found
        .iter()
        .map(|one| {
            let count = seen.entry(&one.fingerprint).or_default();
            *count += 1;
            let fingerprint = match *count {
                1 => one.fingerprint.clone(),
                count => format!("{}-{count}", one.fingerprint),
            };
            let (source, span) = one.outer();
            let path = source.name();
            Issue {
                description: format!("{}: {}", one.finding.rule.code, one.finding.message),
                check_name: one.finding.rule.code,
                fingerprint,
                severity: match one.finding.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Info => "info",
                },
                location: Location {
                    path: path.strip_prefix("./").unwrap_or(path),
                    lines: Lines {
                        begin: source.position(span.start()).line,
                        end: source.position(span.end()).line,
                    },
                },
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn findings_that_are_alike_have_different_fingerprints() {
        let two = [fixture::hostile(), fixture::hostile()].concat();
        let issues = report(&two);
        assert_eq!(issues[0].fingerprint, two[0].fingerprint);
        assert_eq!(issues[1].fingerprint, format!("{}-2", two[0].fingerprint));
        assert_eq!(
            (issues[0].severity, issues[0].location.lines.begin),
            ("major", 2)
        );
    }
}
