//! A difference as annotations of GitHub Actions, at the lines behind it.

use std::fmt::Write as _;
use std::io::{Result, Write};

use super::{Comparison, caller_title, request_title};
use crate::ask::Blamer;
use crate::ask::diff::{Change, ChangedPart, Difference};
use crate::eval::Place;
use crate::net::AddressSet;
use crate::report::escape::{github_data, github_property};
use crate::report::shape::{count_words, in_words};

/// The most annotations for one group of requests: GitHub shows ten of a sort in a step.
const MOST: usize = 10;

/// Writes a warning for each run of addresses that gains access and a notice for each that loses it.
///
/// # Errors
/// If the stream cannot be written.
pub fn write(out: &mut dyn Write, comparisons: &[Comparison<'_>]) -> Result<()> {
    let all = comparisons.iter().flat_map(|comparison| {
        let differences = comparison.differences.iter();
        differences.map(move |difference| (comparison.title, difference))
    });
    for (title, difference) in all {
        let parts = difference.parts();
        let changed: Vec<ChangedPart> = parts
            .filter(|part| matches!(part.change, Change::Gained | Change::Lost))
            .chain(std::iter::once(ChangedPart {
                range: AddressSet::none(),
                change: difference.change(Place::None),
                place: Place::None,
            }))
            .filter(|part| part.change == Change::Gained || part.change == Change::Lost)
            .collect();
        // What widens access comes first, so that it is not among those left out.
        let gains = changed.iter().filter(|part| part.change == Change::Gained);
        let losses = changed.iter().filter(|part| part.change == Change::Lost);
        for part in gains.chain(losses).take(MOST) {
            annotation(out, title, difference, part)?;
        }
        if changed.len() > MOST {
            let more = format!("{} more runs of addresses change", changed.len() - MOST);
            writeln!(out, "::notice title=ipcond diff::{}", github_data(&more))?;
        }
        if !difference.depends.is_empty() {
            let keys = difference.new.depends_on().join(", ");
            let text = format!(
                "{}: whether access changes depends on {keys}",
                request_title(difference)
            );
            writeln!(out, "::warning title=ipcond diff::{}", github_data(&text))?;
        }
    }
    Ok(())
}

fn annotation(
    out: &mut dyn Write,
    title: Option<&str>,
    difference: &Difference,
    part: &ChangedPart,
) -> Result<()> {
    let (level, verb) = match part.change {
        Change::Gained => ("warning", "gain access"),
        _ => ("notice", "lose access"),
    };
    let what = if part.range.has_none() {
        "requests without a source IP".to_owned()
    } else {
        format!(
            "{} ({})",
            in_words(&part.range),
            count_words(part.range.count())
        )
    };
    let (request, caller) = (request_title(difference), caller_title(difference));
    let mut text = format!("{request} as {caller}: {what} {verb}");
    let (behind, new) = difference.behind(part.place);
    let mut place = title.map_or_else(String::new, |file| {
        format!(",file={}", github_property(file))
    });
    if let Some(placed) = behind.first() {
        let blame = Blamer::default().blame(placed, part.range.first());
        let _ = write!(
            text,
            "\n  by {} {}:{}:{}",
            blame.statement, blame.source, blame.at.line, blame.at.column
        );
        // A line of the old version is no line of what is reviewed.
        if new {
            let file = github_property(&blame.source);
            place = format!(
                ",file={file},line={},col={}",
                blame.at.line, blame.at.column
            );
        }
    }
    writeln!(
        out,
        "::{level} title=ipcond diff{place}::{}",
        github_data(&text)
    )
}
