//! What no test tells apart, for people.

use std::fmt::Write as _;
use std::io::{Result, Write};

use super::{escape, grouped, place};
use crate::ask::suite::coverage::{Change, Coverage, Covered, Removal, Untested};

/// Writes what of each file no test tells apart, and the sums.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, coverage: &Coverage) -> Result<()> {
    for policy in &coverage.policies {
        let path = escape::terminal(&policy.path);
        let sums = sums(policy.statements, policy.blocks);
        writeln!(out, "{path}: {sums}")?;
        let rows: Vec<[String; 4]> = policy.untested.iter().map(row).collect();
        let width = |column: usize| {
            let widths = rows.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or_default()
        };
        let (first, second, third) = (width(0), width(1), width(2));
        for [place, statement, part, why] in &rows {
            writeln!(
                out,
                "  {place:first$}   {statement:second$}   {part:third$}   {why}"
            )?;
        }
    }
    let (statements, blocks) = coverage.total();
    writeln!(out, "covered {}", sums(statements, blocks))
}

/// `2 of 2 statements, 2 of 3 blocks`.
fn sums(statements: Covered, blocks: Covered) -> String {
    let part = |covered: Covered, what: &str| {
        let plural = if covered.total == 1 { "" } else { "s" };
        let (some, total) = (grouped(covered.covered), grouped(covered.total));
        format!("{some} of {total} {what}{plural}")
    };
    let (statements, blocks) = (part(statements, "statement"), part(blocks, "block"));
    format!("{statements}, {blocks}")
}

fn row(untested: &Untested) -> [String; 4] {
    let part = match &untested.change {
        Change::RemoveStatement => "statement",
        Change::Block { block, .. } => block,
    };
    let safe = |text: &str| escape::terminal(text).into_owned();
    [
        safe(&place(&untested.source, untested.span)),
        safe(&untested.statement),
        safe(part),
        why(&untested.change),
    ]
}

fn why(change: &Change) -> String {
    let Change::Block {
        removed, widened, ..
    } = change
    else {
        return "no test notices if it is removed".to_owned();
    };
    let mut why = match removed {
        Removal::Noticed => String::new(),
        Removal::Redundant => "the other blocks hold all of it".to_owned(),
        Removal::Unnoticed => "no test notices if it is removed".to_owned(),
    };
    if let Some(block) = widened {
        let glue = match removed {
            Removal::Noticed => "no test notices if it is",
            Removal::Redundant => "; no test notices if it is",
            Removal::Unnoticed => ", or",
        };
        // Writing to a string cannot fail.
        let _ = write!(why, "{glue} widened to {block}");
    }
    why
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::ask::suite::coverage::PolicyCoverage;
    use crate::source::{Source, Span};

    #[test]
    fn what_no_test_tells_apart() {
        let source = Source::new("trust.json", "{\n \"a\"}");
        let untested = |change: Change| Untested {
            statement: "Office".to_owned(),
            change,
            source: source.clone(),
            span: Span::new(3, 6),
        };
        let block = |removed, widened: Option<&str>| {
            untested(Change::Block {
                block: "10.0.0.0/8\u{1b}".to_owned(),
                removed,
                widened: widened.and_then(|text| text.parse().ok()),
            })
        };
        let wide = Some("10.0.0.0/7");
        let count = |covered, total| Covered { covered, total };
        let coverage = Coverage {
            policies: vec![PolicyCoverage {
                path: "trust.json".to_owned(),
                statements: count(0, 1),
                blocks: count(1200, 1204),
                untested: vec![
                    untested(Change::RemoveStatement),
                    block(Removal::Noticed, wide),
                    block(Removal::Redundant, None),
                    block(Removal::Redundant, wide),
                    block(Removal::Unnoticed, wide),
                ],
            }],
        };
        let expected = "trust.json: 0 of 1 statement, 1,200 of 1,204 blocks
  trust.json:2:2   Office   statement          no test notices if it is removed
  trust.json:2:2   Office   10.0.0.0/8\\u{1b}   no test notices if it is widened to 10.0.0.0/7
  trust.json:2:2   Office   10.0.0.0/8\\u{1b}   the other blocks hold all of it
  trust.json:2:2   Office   10.0.0.0/8\\u{1b}   the other blocks hold all of it; no test notices if it is widened to 10.0.0.0/7
  trust.json:2:2   Office   10.0.0.0/8\\u{1b}   no test notices if it is removed, or widened to 10.0.0.0/7
covered 0 of 1 statement, 1,200 of 1,204 blocks
";
        assert_eq!(fixture::written(|out| write(out, &coverage)), expected);
        let nothing = fixture::written(|out| write(out, &Coverage::default()));
        assert_eq!(nothing, "covered 0 of 0 statements, 0 of 0 blocks\n");
    }
}
