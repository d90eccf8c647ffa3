//! A difference as a table in Markdown, for a pull request.

use std::fmt::Write as _;
use std::io::{Result, Write};

use super::{Comparison, caller_title, depends_on, everyone, none_words, totals};
use crate::ask::diff::Difference;
use crate::net::AddressSet;
use crate::report::escape::terminal;
use crate::report::shape::{Family, count_words, in_words};

/// Writes a table with a row for each group that changes.
///
/// # Errors
/// If the stream cannot be written.
pub fn write(out: &mut dyn Write, comparisons: &[Comparison<'_>]) -> Result<()> {
    let changed = || {
        comparisons.iter().flat_map(|comparison| {
            let differences = comparison.differences.iter();
            let changed = differences.filter(|difference| difference.is_changed());
            changed.map(move |difference| (comparison.title, difference))
        })
    };
    if changed().next().is_none() {
        return writeln!(out, "No IP gains or loses access.");
    }
    writeln!(
        out,
        "| resource | action | as | gains | loses | no source IP |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for (title, difference) in changed() {
        let resource = match (title, difference.resource()) {
            (Some(title), "*") => code(title),
            (Some(title), resource) => format!("{} {}", code(title), code(resource)),
            (None, resource) => code(resource),
        };
        let action = difference
            .new
            .requests()
            .map(|request| code(request.action.as_str()));
        let action = action.collect::<Vec<_>>().join(", then ");
        let mut gains = gained(difference);
        if !gains.is_empty() {
            gains = format!("**{gains}**");
        }
        if !difference.depends.is_empty() {
            let depends = addresses(&difference.depends);
            let what = if depends.is_empty() {
                "no source IP".into()
            } else {
                depends
            };
            let gap = if gains.is_empty() { "" } else { "; " };
            let keys = escape(&depends_on(difference));
            // Writing to a string cannot fail.
            let _ = write!(gains, "{gap}depends: {what} (on {keys})");
        }
        writeln!(
            out,
            "| {resource} | {action} | {} | {gains} | {} | {} |",
            code(&caller_title(difference)),
            addresses(&difference.lost),
            none_words(difference, "→"),
        )?;
    }
    let mut gained = AddressSet::default();
    let mut lost = AddressSet::default();
    for comparison in comparisons {
        let (more, fewer) = totals(comparison.differences);
        gained = gained.union(&more);
        lost = lost.union(&fewer);
    }
    let totals: Vec<String> = [(gained, "gain access"), (lost, "lose access")]
        .into_iter()
        .filter(|(set, _)| set.has_addresses())
        .map(|(set, verb)| format!("{} {verb}", count_words(set.count())))
        .collect();
    if totals.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}.", totals.join(", "))
}

/// Those who gain access: of each family everyone, or the addresses.
fn gained(difference: &Difference) -> String {
    let everyone = Family::ALL.map(|family| everyone(difference, family));
    if everyone == [None, None] {
        return addresses(&difference.gained);
    }
    let families = Family::ALL.into_iter().zip(everyone);
    let words = families.map(|(family, everyone)| match everyone {
        Some(everyone) => everyone.to_owned(),
        None => addresses(&family.of(&difference.gained)),
    });
    let words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
    words.join(", ")
}

fn addresses(set: &AddressSet) -> String {
    if !set.has_addresses() {
        return String::new();
    }
    format!("{} ({})", in_words(set), count_words(set.count()))
}

/// Text as code in a cell of a table: no markup in it counts.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let text = terminal(&text).replace('|', "\\|");
    let fence = "`".repeat(1 + longest_run(&text));
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|character| character != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// Text in a cell, with what could be markup made harmless.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in terminal(&text.replace(['\n', '\r'], " ")).chars() {
        match character {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '&' | '~' | '!' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}
