//! Findings with the lines that they are about, as compilers show them.

use std::io::{Result, Write};

use crate::ask::lint::{Fix, Located, Mark, Severity};
use crate::report::snippet::{self, Change, FindingLevel};

/// How many lines away another place may be, to be shown with the finding.
const FARTHEST: usize = 500;

/// Writes each finding with its piece of source and the changes that would mend it.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, found: &[Located], styled: bool) -> Result<()> {
    for one in found {
        writeln!(out, "{}", shown(one).render(styled))?;
    }
    Ok(())
}

fn shown(one: &Located) -> snippet::Finding<'_> {
    let finding = &one.finding;
    let main = snippet::Mark {
        span: finding.mark.span,
        label: finding.mark.label.clone(),
        main: true,
    };
    let line = |mark: &Mark| one.source.position(mark.span.start()).line;
    let near = |mark: &&Mark| line(mark).abs_diff(line(&finding.mark)) <= FARTHEST;
    let others = finding
        .others
        .iter()
        .filter(near)
        .map(|mark| snippet::Mark {
            span: mark.span,
            label: mark.label.clone(),
            main: false,
        });
    snippet::Finding {
        level: match finding.severity {
            Severity::Error => FindingLevel::Error,
            Severity::Warning => FindingLevel::Warning,
            Severity::Info => FindingLevel::Info,
        },
        id: Some(finding.rule.code.to_owned()),
        title: finding.message.clone(),
        source: Some(&one.source),
        marks: std::iter::once(main).chain(others).collect(),
        notes: one
            .among
            .iter()
            .map(|among| format!("in {}", among.title()))
            .chain(finding.notes.clone())
            .collect(),
        help: finding.help.clone(),
        changes: finding.fixes.iter().map(change).collect(),
    }
}

fn change(fix: &Fix) -> Change {
    let edits = fix.edits.iter();
    Change {
        title: fix.what.clone(),
        edits: edits.map(|edit| (edit.span, edit.text.clone())).collect(),
    }
}
