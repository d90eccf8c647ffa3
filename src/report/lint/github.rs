//! Findings as annotations of GitHub Actions.

use std::io::{Result, Write};

use super::escape::{github_data, github_place};
use crate::ask::lint::{Located, Severity};

/// Writes a workflow command for each finding.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, found: &[Located]) -> Result<()> {
    for one in found {
        let level = match one.finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut message = one.finding.message.clone();
        if let Some(among) = &one.among {
            message.push_str("\nin ");
            message.push_str(&among.title());
        }
        for note in &one.finding.notes {
            message.push_str("\nnote: ");
            message.push_str(note);
        }
        if let Some(help) = one.help() {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        writeln!(
            out,
            "::{level} title=ipcond {},{}::{}",
            one.finding.rule.code,
            properties(one),
            github_data(&message)
        )?;
    }
    Ok(())
}

fn properties(one: &Located) -> String {
    let (source, span) = one.outer();
    let start = source.position(span.start());
    let end = source.position(span.end());
    github_place(source.name(), start, end)
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let expected = "::error title=ipcond IP009,file=a%2Cb/100%25%3A.json,line=2,col=3,endLine=2,endColumn=9::`%25\\u{202e}%0A]]>` is <no> block\n";
        assert_eq!(
            fixture::written(|out| write(out, &fixture::hostile())),
            expected
        );
    }
}
