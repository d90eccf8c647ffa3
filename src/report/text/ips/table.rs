//! The addresses of an answer in rows, each with where it comes from.

use std::fmt::Write as _;
use std::net::IpAddr;

use anstyle::AnsiColor;

use super::{MOST_LINES, Names, Options};
use crate::ask::ips::Ips;
use crate::ask::{Blame, Blamer};
use crate::eval::{Decision, Part, Place};
use crate::net::{AddressSet, Cidr};
use crate::report::shape::{Family, Shape, count_words, first_blocks};
use crate::report::text::style::{Screen, columns, few};

/// The most blocks of one sort that are listed; the rest are counted.
const MOST_ROWS: usize = 24;
/// The rows of an answer.
pub(super) struct Table<'a> {
    answer: &'a Ips,
    options: Options,
    names: Names<'a>,
    blamer: Blamer,
    rows: Vec<[String; 5]>,
    styles: Vec<&'static str>,
}

impl<'a> Table<'a> {
    pub(super) fn new(answer: &'a Ips, options: Options, names: Names<'a>) -> Self {
        Self {
            answer,
            options,
            names,
            blamer: Blamer::default(),
            rows: Vec::new(),
            styles: Vec::new(),
        }
    }

    pub(super) fn families(&self) -> impl Iterator<Item = Family> + use<> {
        let only = self.options.only;
        [Family::V4, Family::V6]
            .into_iter()
            .filter(move |family| only.is_none_or(|only| only == *family))
    }

    fn row(&mut self, label: &'static str, cells: [String; 4]) {
        let [block, count, statement, place] = cells;
        let again = self.styles.last() == Some(&label);
        let shown = if again {
            String::new()
        } else {
            label.to_owned()
        };
        self.styles.push(label);
        self.rows.push([shown, block, count, statement, place]);
    }

    fn line(&mut self, label: &'static str, text: String) {
        self.row(label, [text, String::new(), String::new(), String::new()]);
    }

    /// The blocks of a set, by whichever is shorter, what is in it or what is not.
    pub(super) fn section(
        &mut self,
        label: &'static str,
        set: &AddressSet,
        wanted: fn(Decision) -> bool,
    ) {
        let families: Vec<Family> = self.families().collect();
        let has = |family: &&Family| family.of(set).has_addresses();
        if families
            .iter()
            .all(|family| family.of(set) == family.whole())
        {
            let names: Vec<&str> = families.iter().map(|family| family.name()).collect();
            let text = format!("every address (all of {})", names.join(" and "));
            let (statement, place) = self.common_origin(&families, wanted);
            return self.row(label, [text, String::new(), statement, place]);
        }
        if !families.iter().any(|family| has(&family)) {
            return self.line(label, "no address".into());
        }
        for family in families.iter().filter(has) {
            let inside = family.of(set);
            if let Some(name) = (self.names)(&inside).filter(|_| inside == *set) {
                self.named(label, &inside, name);
                continue;
            }
            match Shape::of(set, *family) {
                Shape::Nothing => {}
                Shape::Everything => {
                    let text = format!("all of {}", family.name());
                    let (statement, place) = self.common_origin(&[*family], wanted);
                    self.row(label, [text, String::new(), statement, place]);
                }
                Shape::AllBut(outside, blocks) if !self.options.cidrs => {
                    let text =
                        format!("all of {} except {}", family.name(), first_blocks(&outside));
                    let note = format!("{blocks} blocks otherwise, --cidrs lists them");
                    let (statement, _) = self.common_origin(&[*family], wanted);
                    self.row(label, [text, String::new(), statement, note]);
                }
                Shape::AllBut(..) | Shape::Blocks(_) => self.blocks(label, *family, wanted),
            }
        }
    }

    fn named(&mut self, label: &'static str, set: &AddressSet, name: String) {
        let count = count_words(set.count());
        self.row(label, [name, count, String::new(), String::new()]);
    }

    /// The blocks of all parts with a wanted decision, each with where it comes from.
    fn blocks(&mut self, label: &'static str, family: Family, wanted: fn(Decision) -> bool) {
        let most = if self.options.cidrs {
            usize::MAX
        } else {
            MOST_ROWS
        };
        let (mut shown, mut all) = (0, 0);
        let answer = self.answer;
        for part in answer
            .everywhere
            .parts()
            .filter(|part| wanted(part.decision))
        {
            let Some((first, last)) = part.range.filter(|(first, _)| family.holds(*first)) else {
                continue;
            };
            for block in AddressSet::from_ranges([(first, last)]).blocks() {
                all += 1;
                if shown < most {
                    shown += 1;
                    self.block(label, block, &part);
                }
            }
        }
        if all > shown {
            let flag = if self.options.denied { " --denied" } else { "" };
            self.line(
                label,
                format!("… {} more, -f cidr{flag} for all", all - shown),
            );
        }
    }

    fn block(&mut self, label: &'static str, block: Cidr, part: &Part) {
        let set = AddressSet::from(block);
        let name = (self.names)(&set);
        let text = name.map_or_else(|| block.to_string(), |name| format!("{block} {name}"));
        let (statement, place) = self.reason(part, block.first());
        self.row(label, [text, count_words(set.count()), statement, place]);
    }

    /// What decides for an address of a part, and the line of it.
    fn reason(&mut self, part: &Part, ip: IpAddr) -> (String, String) {
        match part.decision {
            Decision::Depends => {
                let keys = self.answer.everywhere.depends_on();
                (format!("on {}", few(&keys)), String::new())
            }
            _ => self.origin(part.place, Some(ip)),
        }
    }

    /// What decides for every address of some families with a wanted decision, if it is the same for all of them.
    fn common_origin(
        &mut self,
        families: &[Family],
        wanted: fn(Decision) -> bool,
    ) -> (String, String) {
        let answer = self.answer;
        let mut parts = answer.everywhere.parts().filter_map(|part| {
            let (first, _) = part.range?;
            let shown = families.iter().any(|family| family.holds(first)) && wanted(part.decision);
            shown.then(|| self.reason(&part, first))
        });
        let Some((statement, place)) = parts.next() else {
            return Default::default();
        };
        let mut places_agree = true;
        for (other, other_place) in parts {
            if other != statement {
                return Default::default();
            }
            places_agree &= other_place == place;
        }
        let place = if places_agree { place } else { String::new() };
        (statement, place)
    }

    /// The statements that decide at a place, and the line of the first one that lists the address.
    fn origin(&mut self, place: Place, ip: Option<IpAddr>) -> (String, String) {
        let deciders = self.answer.everywhere.deciders(place);
        let blames: Vec<Blame> = deciders
            .iter()
            .take(MOST_LINES)
            .map(|placed| self.blamer.blame(placed, ip))
            .collect();
        let mut names: Vec<String> = deciders.iter().map(|placed| placed.short_name()).collect();
        names.dedup();
        let telling = blames.iter().find(|blame| blame.block.is_some());
        let place = telling
            .or(blames.first())
            .map_or_else(String::new, place_text);
        (few(&names), place)
    }

    /// What a Deny takes away from what would be allowed.
    pub(super) fn cut_out(&mut self) {
        let cut = &self.answer.cut_out;
        if !self.families().any(|family| family.of(cut).has_addresses()) {
            return;
        }
        if self.is_everything_else(cut) {
            let part = self.answer.everywhere.cuts().next();
            if let Some(part) = part {
                let ip = part.range.map(|(first, _)| first);
                let (names, place) = self.origin(part.place, ip);
                let text = format!("everything else, by {names}");
                self.row("denied", [text, String::new(), String::new(), place]);
            }
            return;
        }
        for family in self.families().collect::<Vec<_>>() {
            let (mut shown, mut all) = (0, 0);
            let answer = self.answer;
            for part in answer.everywhere.cuts() {
                let Some((first, last)) = part.range.filter(|(first, _)| family.holds(*first))
                else {
                    continue;
                };
                for block in AddressSet::from_ranges([(first, last)]).blocks() {
                    all += 1;
                    if shown < MOST_LINES {
                        shown += 1;
                        self.block("cut out", block, &part);
                    }
                }
            }
            if all > shown {
                self.line("cut out", format!("… {} more, -f csv for all", all - shown));
            }
        }
    }

    /// Whether, among the families shown, a set is all that is not allowed.
    fn is_everything_else(&self, set: &AddressSet) -> bool {
        self.families().all(|family| {
            let whole = family.of(&AddressSet::all());
            family.of(set) == whole.difference(&self.answer.allowed)
        })
    }

    pub(super) fn rest(&mut self) {
        let shown = self
            .answer
            .allowed
            .union(&self.answer.cut_out)
            .union(&self.answer.depends);
        let rest = AddressSet::all().with_none(false).difference(&shown);
        if self
            .families()
            .any(|family| family.of(&rest).has_addresses())
        {
            let nothing = self.rows.len() == 1 && self.rows[0][1] == "no address";
            let text = if nothing {
                "every address"
            } else {
                "everything else"
            };
            self.line("denied", text.into());
        }
    }

    pub(super) fn whole(&mut self, label: &'static str, set: &AddressSet, shown: &AddressSet) {
        let everything_else = self
            .families()
            .all(|family| family.of(set) == family.of(&AddressSet::all()).difference(shown));
        if everything_else && self.families().any(|family| family.of(set).has_addresses()) {
            self.line(label, "everything else".into());
        } else if self.families().any(|family| family.of(set).has_addresses()) {
            self.section(label, set, |decision| decision == Decision::Allowed);
        }
    }

    pub(super) fn write(&self, out: &mut String, screen: Screen) {
        let mut text = String::new();
        columns(&mut text, "  ", &self.rows);
        for (line, label) in text.lines().zip(&self.styles) {
            let line = line.trim_end();
            let colour = match *label {
                "allowed" => AnsiColor::Green,
                "depends" => AnsiColor::Yellow,
                _ => AnsiColor::Red,
            };
            let painted = line.replacen(label, &screen.paint(colour.on_default(), label), 1);
            let own = line.trim_start().starts_with(label);
            let _ = writeln!(out, "{}", if own { &painted } else { line });
        }
    }
}

/// `trust.json:10:41`
fn place_text(blame: &Blame) -> String {
    format!("{}:{}:{}", blame.source, blame.at.line, blame.at.column)
}
