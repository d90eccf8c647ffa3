//! The screen of a replay.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::Replay;
use crate::ask::replay::{Group, Groups, Matrix, Row};
use crate::input::cloudtrail::Outcome;
use crate::report::escape;
use crate::report::suite::thousands;

/// The most groups of a table, and the most names in a line of one.
const MOST_GROUPS: usize = 20;
const MOST_NAMES: usize = 4;

/// The screen; with `only_changed`, only what would change.
pub(crate) fn screen(replay: &Replay<'_>, only_changed: bool) -> String {
    let mut out = head(replay);
    for assumption in replay.assumptions {
        let _ = writeln!(out, "note: {assumption}");
    }
    let tally = replay.tally;
    if replay.compares && !only_changed {
        matrix(&mut out, "current policies", &tally.current, None, 0);
        let title = "not explained by the current policies";
        table(&mut out, title, &tally.unexplained, true);
    }
    let title = if replay.compares {
        "new policies"
    } else {
        "these policies"
    };
    if !only_changed {
        let breaks = tally.breaks.events();
        matrix(&mut out, title, &tally.asked, Some(&tally.open), breaks);
        notes(&mut out, replay);
    }
    table(&mut out, "would break", &tally.breaks, false);
    if replay.compares {
        table(&mut out, "would gain", &tally.gains, false);
    }
    if changes(replay) == 0 {
        let _ = writeln!(out, "\n{}", unchanged(replay));
    } else if only_changed && tally.asked.depends() > 0 {
        let open = counted(tally.asked.depends(), "event");
        let _ = writeln!(out, "\nnot decided: {open}, more without --only-changed");
    }
    out
}

/// That nothing would change, and of how much that is not known.
fn unchanged(replay: &Replay<'_>) -> String {
    let tally = replay.tally;
    let asked = tally.events - tally.left() - tally.unreadable;
    let mut text = match asked {
        0 => "no event was asked about".to_owned(),
        _ => "no outcome would change".to_owned(),
    };
    let open = match asked {
        0 => 0,
        _ => tally.asked.depends(),
    };
    let unknown = [(open, "not decided"), (tally.unreadable, "not readable")];
    let unknown = unknown.into_iter().filter(|(events, _)| *events > 0);
    let unknown: Vec<String> = unknown
        .map(|(events, what)| format!("{} {what}", thousands(events)))
        .collect();
    if !unknown.is_empty() {
        let _ = write!(text, ", with {}", unknown.join(" and "));
    }
    text
}

/// Events whose outcome would be another.
pub(crate) fn changes(replay: &Replay<'_>) -> u64 {
    replay.tally.breaks.events() + replay.tally.gains.events()
}

/// `2,900 events in 55 files, 2023-07-10 11:45 to 12:20 UTC`
fn head(replay: &Replay<'_>) -> String {
    let mut out = format!(
        "{} in {}",
        counted(replay.tally.events, "event"),
        counted(replay.files, "file")
    );
    if let Some((first, last)) = replay.tally.span {
        let (first, last) = (civil(first), civil(last));
        let day = |text: &str| text[..10].to_owned();
        let last = if day(&first) == day(&last) {
            last[11..16].to_owned()
        } else {
            last[..16].to_owned()
        };
        let _ = write!(out, ", {} to {last} UTC", &first[..16]);
    }
    out.push('\n');
    let [digests, insights] = replay.passed_over;
    for (files, what) in [(digests, "digests"), (insights, "insights")] {
        if files > 0 {
            let _ = writeln!(out, "{} of {what} passed over", counted(files, "file"));
        }
    }
    out
}

/// `2023-07-10 11:45:03`
fn civil(time: Timestamp) -> String {
    let text = time.to_string();
    let seconds = text.get(..19).unwrap_or(&text);
    seconds.replace('T', " ")
}

fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(number))
}

/// What happened by what policies say.
fn matrix(
    out: &mut String,
    title: &str,
    matrix: &Matrix,
    open: Option<&BTreeMap<String, u64>>,
    breaks: u64,
) {
    let (allow, deny) = (format!("{title} allow"), format!("{title} deny"));
    let (first, second) = (allow.len() + 3, deny.len() + 3);
    let _ = writeln!(out, "\n{:28}{allow:>first$}{deny:>second$}   depends", "");
    // Beside those that the current policies deny as well, though they happened.
    let breaks = match breaks {
        0 => String::new(),
        _ if breaks == matrix.happened.denied() => "   <- would break".into(),
        _ => format!("   <- {} would break", thousands(breaks)),
    };
    let failed = if any(&matrix.failed) > 0 {
        "   no access decision"
    } else {
        ""
    };
    for (label, row, note) in [
        ("happened (no error)", &matrix.happened, &*breaks),
        ("denied (AccessDenied ...)", &matrix.denied, ""),
        ("failed (other errors)", &matrix.failed, failed),
    ] {
        let _ = writeln!(
            out,
            "  {label:26}{:>first$}{:>second$}{:>10}{note}",
            cell(row.allowed),
            cell(row.denied()),
            cell(row.depends),
        );
    }
    if let Some(open) = open.filter(|open| !open.is_empty()) {
        let _ = writeln!(out, "\nnot decided here");
        reasons(out, open);
    }
}

fn any(row: &Row) -> u64 {
    row.allowed + row.denied() + row.depends
}

fn cell(number: u64) -> String {
    if number == 0 {
        "-".into()
    } else {
        thousands(number)
    }
}

/// Counts by reason, the most frequent first.
fn reasons(out: &mut String, reasons: &BTreeMap<String, u64>) {
    for (name, events) in by_count(reasons).into_iter().take(MOST_GROUPS) {
        let _ = writeln!(
            out,
            "  {:>10}  {}",
            thousands(events),
            escape::terminal(name)
        );
    }
    let more = reasons.len().saturating_sub(MOST_GROUPS);
    if more > 0 {
        let _ = writeln!(out, "  ... {more} more reasons, -f json for all");
    }
}

fn by_count(counts: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut all: Vec<(&str, u64)> = counts
        .iter()
        .map(|(name, events)| (name.as_str(), *events))
        .collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    all
}

fn notes(out: &mut String, replay: &Replay<'_>) {
    let tally = replay.tally;
    if tally.left() + tally.unreadable > 0 {
        let _ = writeln!(out, "\nnot asked about");
        let mut left = tally.left.clone();
        if tally.unreadable > 0 {
            left.insert("records that cannot be read".into(), tally.unreadable);
        }
        reasons(out, &left);
    }
    if tally.needs_more > 0 {
        let _ = writeln!(
            out,
            "\nnote: {} may need more than is recorded (iam:PassRole, tags)",
            counted(tally.needs_more, "allowed event")
        );
    }
}

/// Groups of events, the largest first.
fn table(out: &mut String, title: &str, groups: &Groups, unexplained: bool) {
    let sorted = groups.sorted();
    if sorted.is_empty() {
        return;
    }
    let shown = sorted.get(..MOST_GROUPS).unwrap_or(&sorted);
    let principals = shown.iter().map(|group| escape::terminal(&group.principal));
    let widest = principals.map(|text| text.chars().count() + 2).max();
    let width = widest.unwrap_or(0).clamp(title.len(), 80);
    let _ = writeln!(out, "\n{title:width$}   events   first                 by");
    for group in shown {
        self::group(out, group, width, unexplained);
    }
    let more = sorted.len() - shown.len();
    if more > 0 {
        let events: u64 = sorted[shown.len()..].iter().map(|group| group.events).sum();
        let _ = writeln!(
            out,
            "  ... {} in {more} more, -f json for all",
            counted(events, "event")
        );
    }
}

fn group(out: &mut String, group: &Group, width: usize, unexplained: bool) {
    let principal = escape::terminal(&group.principal);
    let indented = width - 2;
    let decider = match (group.statement.as_str(), group.reason.as_str()) {
        ("", "") => "nothing that is given denies it".to_owned(),
        ("", reason) => reason.to_owned(),
        (statement, "") => format!("{statement}  {}", group.place),
        (statement, reason) => format!("{reason}: {statement}  {}", group.place),
    };
    let decider = match group.outcome {
        Outcome::Happened if unexplained => format!("happened, and is denied: {decider}"),
        Outcome::Denied if unexplained => format!("was denied, and is allowed: {decider}"),
        _ => decider,
    };
    let _ = writeln!(
        out,
        "  {principal:indented$}   {:>6}   {}   {}",
        thousands(group.events),
        civil(group.first),
        escape::terminal(&decider)
    );
    let (addresses, actions) = (names(&group.addresses, true), names(&group.actions, false));
    let _ = writeln!(out, "      {addresses}   {actions}");
}

/// `203.0.113.9 (31), 8.8.8.8 (2)`, or `s3:ListBuckets 12, iam:ListUsers 9`
fn names(counts: &BTreeMap<String, u64>, in_brackets: bool) -> String {
    let sorted = by_count(counts);
    let shown = sorted.iter().take(MOST_NAMES).map(|(name, events)| {
        let name = escape::terminal(name);
        let events = thousands(*events);
        if in_brackets {
            format!("{name} ({events})")
        } else {
            format!("{name} {events}")
        }
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    let more = sorted.len().saturating_sub(MOST_NAMES);
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}
