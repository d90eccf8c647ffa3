//! A difference as a table in Markdown, for a pull request.

use std::fmt::Write as _;
use std::io::{Result, Write};

use super::text::everyone;
use super::{Comparison, caller_title, none_words, totals};
use crate::net::AddressSet;
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
        let mut gains = match everyone(difference, Family::V4) {
            Some(everyone) if difference.gained.only_v4().has_addresses() => everyone.to_owned(),
            _ => addresses(&difference.gained),
        };
        if !gains.is_empty() {
            gains = format!("**{gains}**");
        }
        if !difference.depends.is_empty() {
            let depends = addresses(&difference.depends);
            let keys = difference.new.depends_on();
            let what = if depends.is_empty() {
                "no source IP".into()
            } else {
                depends
            };
            let gap = if gains.is_empty() { "" } else { "; " };
            let keys = escape(&keys.join(", "));
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
    writeln!(
        out,
        "\n{} gain access, {} lose it.",
        count_words(gained.count()),
        count_words(lost.count())
    )
}

fn addresses(set: &AddressSet) -> String {
    if !set.has_addresses() {
        return String::new();
    }
    format!("{} ({})", in_words(set), count_words(set.count()))
}

/// Text as code in a cell of a table: no markup in it counts.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ").replace('|', "\\|");
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
    for character in text.chars() {
        match character {
            '\n' | '\r' => out.push(' '),
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '&' | '~' | '!' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}
