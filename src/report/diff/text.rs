//! A difference for people: what widens access first.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Comparison, caller_title, depends_on, everyone, none_words, request_title, totals};
use crate::ask::Blamer;
use crate::ask::diff::{Change, ChangedPart, Difference};
use crate::eval::{Assumption, Everywhere, Place};
use crate::net::AddressSet;
use crate::report::escape;
use crate::report::shape::{Family, Shape, count_words, first_blocks, in_words};
use crate::report::text::style::columns;

/// The most blocks of one sort that are listed; the rest are counted.
const MOST_ROWS: usize = 24;
/// The most requests that share one answer and are named; the rest are counted.
const MOST_TITLES: usize = 8;

/// The screen for one pair of versions.
pub fn diff(comparison: &Comparison<'_>) -> String {
    let mut out = String::new();
    if let Some(title) = comparison.title {
        let _ = writeln!(out, "{}", escape::terminal(title));
    }
    let differences = comparison.differences;
    let changed = differences
        .iter()
        .filter(|difference| difference.is_changed());
    let mut bodies: Vec<(Vec<String>, String)> = Vec::new();
    for difference in changed {
        let title = format!(
            "{}   as {}",
            request_title(difference),
            caller_title(difference)
        );
        let body = body(difference);
        match bodies.iter_mut().find(|(_, other)| *other == body) {
            Some((titles, _)) => titles.push(title),
            None => bodies.push((vec![title], body)),
        }
    }
    let count: usize = bodies.iter().map(|(titles, _)| titles.len()).sum();
    for (titles, body) in &bodies {
        for title in titles.iter().take(MOST_TITLES) {
            let _ = writeln!(out, "{}", escape::terminal(title));
        }
        if titles.len() > MOST_TITLES {
            let _ = writeln!(out, "… and {} more requests", titles.len() - MOST_TITLES);
        }
        let _ = writeln!(out, "{body}");
    }
    if count == 0 {
        let why = if comparison.same_text {
            "the texts are the same"
        } else {
            "text differs, meaning does not"
        };
        let _ = writeln!(out, "no IP gains or loses access ({why})");
        if !comparison.same_text {
            footer(&mut out, differences);
        }
        return out;
    }
    unchanged(&mut out, differences);
    let _ = writeln!(out, "{}", summary(differences, count));
    footer(&mut out, differences);
    out
}

/// What the comparison rests on: facts that were filled in, and undocumented points.
fn footer(out: &mut String, differences: &[Difference]) {
    let sides = || {
        let sides = differences.iter();
        sides.flat_map(|difference| [&difference.old, &difference.new])
    };
    let taken: BTreeSet<String> = sides().flat_map(Everywhere::taken).collect();
    if !taken.is_empty() {
        let taken = taken.into_iter().collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "compared for requests with {taken}");
    }
    let assumptions: BTreeSet<Assumption> = sides().flat_map(Everywhere::assumptions).collect();
    for Assumption { rule, text } in assumptions.iter().take(MOST_TITLES) {
        let _ = writeln!(out, "assumes: {} ({rule})", escape::terminal(text));
    }
    if assumptions.len() > MOST_TITLES {
        let more = assumptions.len() - MOST_TITLES;
        let _ = writeln!(out, "  … and {more} more; -f json has all");
    }
}

fn unchanged(out: &mut String, differences: &[Difference]) {
    let mut titles: Vec<String> = Vec::new();
    for difference in differences
        .iter()
        .filter(|difference| !difference.is_changed())
    {
        let title = request_title(difference);
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    if titles.is_empty() {
        return;
    }
    let more = titles.len().saturating_sub(MOST_TITLES);
    titles.truncate(MOST_TITLES);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let titles = titles.join(", ");
    let _ = writeln!(out, "{}{more}   no change\n", escape::terminal(&titles));
}

/// `1 of 3 groups changed: 256 addresses gain, 64 lose`
fn summary(differences: &[Difference], count: usize) -> String {
    let (gained, lost) = totals(differences);
    let mut told = Vec::new();
    let all = differences
        .iter()
        .any(|difference| everyone(difference, Family::V4).is_some());
    if all {
        told.push("EVERYONE ON THE INTERNET gains".to_owned());
    } else if gained.has_addresses() {
        told.push(format!("{} gain", count_words(gained.count())));
    }
    if lost.has_addresses() {
        told.push(format!("{} lose", count_words(lost.count())));
    }
    match (gained.has_none(), lost.has_none()) {
        (true, false) => told.push("requests without a source IP gain".into()),
        (false, true) => told.push("requests without a source IP lose".into()),
        (true, true) => {
            told.push("requests without a source IP gain in one, lose in another".into());
        }
        (false, false) => {}
    }
    if differences
        .iter()
        .any(|difference| !difference.depends.is_empty())
    {
        told.push("some depends on facts that are not given".into());
    }
    let noun = if differences.len() == 1 {
        "group"
    } else {
        "groups"
    };
    format!(
        "{count} of {} {noun} changed: {}",
        differences.len(),
        told.join(", ")
    )
}

/// The rows of one group.
fn body(difference: &Difference) -> String {
    let mut rows = Rows {
        difference,
        blamer: Blamer::default(),
        lines: Vec::new(),
    };
    rows.section(Change::Gained, &difference.gained, "+", "gain access");
    rows.section(Change::Lost, &difference.lost, "-", "lose access");
    rows.depends();
    let mut text = String::new();
    columns(&mut text, "  ", &rows.lines);
    let mut out = String::new();
    for line in text.lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let kept = &difference.kept;
    let none = difference.change(Place::None);
    let stays = matches!(none, Change::Kept | Change::Without).then(|| {
        let words = none_words(difference, "→");
        let word = words.split(' ').next().unwrap_or_default().to_owned();
        match word.as_str() {
            "depends" => "requests without a source IP depend on the same as before".to_owned(),
            word => format!("requests without a source IP stay {word}"),
        }
    });
    let keep = kept
        .has_addresses()
        .then(|| format!("{} keep it", in_words(kept)));
    let line: Vec<String> = keep.into_iter().chain(stays).collect();
    if !line.is_empty() {
        let _ = writeln!(out, "  = {}", line.join("; "));
    }
    out
}

struct Rows<'a> {
    difference: &'a Difference,
    blamer: Blamer,
    lines: Vec<[String; 4]>,
}

impl Rows<'_> {
    fn section(&mut self, change: Change, set: &AddressSet, sign: &str, verb: &str) {
        for family in Family::ALL {
            let inside = family.of(set);
            if change == Change::Gained
                && let Some(everyone) = everyone(self.difference, family)
            {
                self.whole(change, family, format!("{sign} {everyone}"), verb, &inside);
                continue;
            }
            match Shape::of(set, family) {
                Shape::Nothing => {}
                Shape::Everything => {
                    let text = format!("{sign} all of {}", family.name());
                    self.whole(change, family, text, verb, &inside);
                }
                Shape::AllBut(outside, _) => {
                    let text = format!(
                        "{sign} all of {} except {}",
                        family.name(),
                        first_blocks(&outside)
                    );
                    self.whole(change, family, text, verb, &inside);
                }
                Shape::Blocks(_) => self.blocks(change, family, sign, verb),
            }
        }
        if set.has_none() {
            let (names, place) = self.origin(Place::None, None);
            let text = format!("{sign} requests without a source IP");
            self.lines.push([text, verb.to_owned(), names, place]);
        }
    }

    /// A row for all of a family that changes.
    fn whole(
        &mut self,
        change: Change,
        family: Family,
        text: String,
        verb: &str,
        set: &AddressSet,
    ) {
        let part = self.difference.parts().find(|part| {
            part.change == change && part.range.first().is_some_and(|ip| family.holds(ip))
        });
        let (names, place) = part.map_or_else(Default::default, |part| {
            self.origin(part.place, Some(&part))
        });
        let count = format!("{} {verb}", count_words(set.count()));
        self.lines.push([text, count, names, place]);
    }

    fn blocks(&mut self, change: Change, family: Family, sign: &str, verb: &str) {
        let (mut shown, mut all) = (0, 0);
        let difference = self.difference;
        for part in difference.parts().filter(|part| part.change == change) {
            if !part.range.first().is_some_and(|ip| family.holds(ip)) {
                continue;
            }
            let (names, place) = if shown < MOST_ROWS {
                self.origin(part.place, Some(&part))
            } else {
                Default::default()
            };
            for block in part.range.blocks() {
                all += 1;
                if shown < MOST_ROWS {
                    shown += 1;
                    let count = count_words(AddressSet::from(block).count());
                    let text = format!("{sign} {block}");
                    self.lines.push([
                        text,
                        format!("{count} {verb}"),
                        names.clone(),
                        place.clone(),
                    ]);
                }
            }
        }
        if all > shown {
            let text = format!("{sign} … {} more, -f json for all", all - shown);
            self.lines
                .push([text, String::new(), String::new(), String::new()]);
        }
    }

    fn depends(&mut self) {
        let depends = &self.difference.depends;
        if depends.is_empty() {
            return;
        }
        let mut what = in_words(depends);
        if depends.has_none() {
            let none = "requests without a source IP";
            what = if what.is_empty() {
                none.to_owned()
            } else {
                format!("{what}, {none}")
            };
        }
        let keys = depends_on(self.difference);
        self.lines.push([
            format!("? {what}"),
            format!("may change, depending on {keys}"),
            String::new(),
            String::new(),
        ]);
    }

    /// The statements behind a change, and the line of the first.
    fn origin(&mut self, place: Place, part: Option<&ChangedPart>) -> (String, String) {
        let (behind, new) = self.difference.behind(place);
        let Some(placed) = behind.first() else {
            return Default::default();
        };
        let blame = self
            .blamer
            .blame(placed, part.and_then(|part| part.range.first()));
        let was = if new { "" } else { "was " };
        let at = format!(
            "{was}{}:{}:{}",
            blame.source, blame.at.line, blame.at.column
        );
        (placed.short_name(), at)
    }
}
