//! What the rules found, a file per format.

use std::collections::BTreeSet;

use super::escape;
use crate::ask::lint::{Located, Severity};

pub mod concise;
#[cfg(feature = "cli")]
pub mod full;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod rule;
pub mod sarif;
pub mod statistics;

/// The line that ends a run: how much was found in how many files, which hold so many policies, and what to do next.
pub fn summary(found: &[Located], files: usize, policies: usize) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let Some(first) = found.iter().rev().max_by_key(|one| one.finding.severity) else {
        let held = if policies > files {
            format!(" with {policies} policies")
        } else {
            String::new()
        };
        return format!("no findings in {files} file{}{held}", plural(files));
    };
    let count = |severity| {
        found
            .iter()
            .filter(|one| one.finding.severity == severity)
            .count()
    };
    let parts = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "info"),
    ];
    let parts = parts.iter().filter_map(|(severity, word)| {
        let count = count(*severity);
        let plural = if *severity == Severity::Info {
            ""
        } else {
            plural(count)
        };
        (count > 0).then(|| format!("{count} {word}{plural}"))
    });
    let places: BTreeSet<&str> = found.iter().map(Located::file).collect();
    let files = places.len();
    let fixable = found
        .iter()
        .filter(|one| one.safe_edits().is_some())
        .count();
    let fixable = if fixable > 0 {
        format!(" {fixable} fixable with --fix.")
    } else {
        String::new()
    };
    let parts = parts.collect::<Vec<_>>().join(", ");
    let code = first.finding.rule.code;
    format!(
        "{parts} in {files} file{}.{fixable} `ipcond rule {code}` explains.",
        plural(files)
    )
}

#[cfg(test)]
mod fixture {
    use std::io::{Result, Write};

    use crate::ask::lint::{Finding, Located, rule};
    use crate::source::{Source, Span};

    /// A finding whose file and message hold what formats give a meaning to.
    pub(super) fn hostile() -> Vec<Located> {
        let source = Source::new("a,b/100%:.json", "{\n  \"a\": 1\n}\n");
        let rule = rule("IP009").expect("it is a rule");
        let finding = Finding::new(rule, Span::new(4, 10), "`%\u{202e}\n]]>` is <no> block");
        vec![Located::in_text(finding, &source)]
    }

    pub(super) fn written(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).expect("memory can be written to");
        String::from_utf8(out).expect("it is text")
    }
}
