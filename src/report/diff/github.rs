//! A difference as annotations of GitHub Actions, at the lines behind it.

use std::fmt::Write as _;
use std::io::{Result, Write};
use std::net::IpAddr;

use super::{Comparison, caller_title, depends_on, everyone, request_title};
use crate::ask::diff::{Change, ChangedPart, Difference};
use crate::ask::{Blame, Blamer};
use crate::eval::Place;
use crate::net::AddressSet;
use crate::report::escape::{github_data, github_property};
use crate::report::shape::{Family, count_words, in_words};

/// The most annotations for one group of requests: GitHub shows ten of a sort in a step.
const MOST: usize = 10;

/// Writes a warning for the addresses that gain access by a line of a policy and a notice for those that lose it.
///
/// # Errors
/// If the stream cannot be written.
pub fn write(out: &mut dyn Write, comparisons: &[Comparison<'_>]) -> Result<()> {
    let all = comparisons.iter().flat_map(|comparison| {
        let differences = comparison.differences.iter();
        differences.map(move |difference| (comparison.file, difference))
    });
    for (file, difference) in all {
        let changes = changes_by_line(difference);
        for part in changes.iter().take(MOST) {
            annotation(out, file, difference, part)?;
        }
        if changes.len() > MOST {
            let more = format!(
                "{}: {} more lines of policies change access",
                request_title(difference),
                changes.len() - MOST
            );
            writeln!(out, "::notice title=ipcond diff::{}", github_data(&more))?;
        }
        if !difference.depends.is_empty() {
            let text = format!(
                "{}: whether access changes depends on {}",
                request_title(difference),
                depends_on(difference)
            );
            writeln!(out, "::warning title=ipcond diff::{}", github_data(&text))?;
        }
    }
    Ok(())
}

/// The addresses of a family, or "no address", that gain or lose access by one line of a policy.
struct ChangeByLine {
    change: Change,
    /// `None` is a request without an address.
    family: Option<Family>,
    ranges: Vec<(IpAddr, IpAddr)>,
    /// What to call the addresses if they are all that did not have access before.
    everyone: Option<&'static str>,
    /// The line, and whether it stands in the new version.
    behind: Option<(Blame, bool)>,
}

/// What changes, the gains first, so that they are not among those left out.
fn changes_by_line(difference: &Difference) -> Vec<ChangeByLine> {
    let none = ChangedPart {
        range: AddressSet::none(),
        change: difference.change(Place::None),
        place: Place::None,
    };
    let mut blamer = Blamer::default();
    let mut changes: Vec<ChangeByLine> = Vec::new();
    for part in difference.parts().chain([none]) {
        if !matches!(part.change, Change::Gained | Change::Lost) {
            continue;
        }
        let first = part.range.first();
        let mut families = Family::ALL.into_iter();
        let family = first.and_then(|ip| families.find(|family| family.holds(ip)));
        let everyone = family
            .filter(|_| part.change == Change::Gained)
            .and_then(|family| everyone(difference, family));
        let (behind, new) = difference.behind(part.place);
        let behind = behind
            .first()
            .map(|placed| (blamer.blame(placed, first), new));
        let same = |other: &&mut ChangeByLine| {
            other.change == part.change
                && other.family == family
                && (everyone.is_some() || other.behind == behind)
        };
        match changes.iter_mut().find(same) {
            Some(other) => other.ranges.extend(part.range.ranges()),
            None => changes.push(ChangeByLine {
                change: part.change,
                family,
                ranges: part.range.ranges().collect(),
                everyone,
                behind,
            }),
        }
    }
    changes.sort_by_key(|change| change.change != Change::Gained);
    changes
}

fn annotation(
    out: &mut dyn Write,
    file: Option<&str>,
    difference: &Difference,
    part: &ChangeByLine,
) -> Result<()> {
    let (level, verb) = match part.change {
        Change::Gained => ("warning", "gain access"),
        _ => ("notice", "lose access"),
    };
    let what = match (part.everyone, part.family) {
        (Some(everyone), _) => format!("{everyone} gains access"),
        (None, None) => format!("requests without a source IP {verb}"),
        (None, Some(_)) => {
            let set = AddressSet::from_ranges(part.ranges.iter().copied());
            let (addresses, count) = (in_words(&set), count_words(set.count()));
            format!("{addresses} ({count}) {verb}")
        }
    };
    let (request, caller) = (request_title(difference), caller_title(difference));
    let mut text = format!("{request} as {caller}: {what}");
    let mut place = file.map_or_else(String::new, |file| {
        format!(",file={}", github_property(file))
    });
    if let Some((blame, new)) = &part.behind {
        let _ = write!(
            text,
            "\n  by {} {}:{}:{}",
            blame.statement, blame.source, blame.at.line, blame.at.column
        );
        // A line of the old version is no line of what is reviewed.
        if *new {
            // Of a document in a string, the file is what is reviewed.
            let (file, at) = match &blame.outer {
                Some((file, at)) => (file, at),
                None => (&blame.source, &blame.at),
            };
            let file = github_property(file);
            place = format!(",file={file},line={},col={}", at.line, at.column);
        }
    }
    writeln!(
        out,
        "::{level} title=ipcond diff{place}::{}",
        github_data(&text)
    )
}
