//! Rows counted by what decides them, who asks and from where.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::work::Counts;
use crate::ask::batch::{Row, RowAddress, Verdict};
use crate::eval::Decision;
use crate::net::{Address, PrefixTrie};
use crate::report::suite::thousands;

/// The most different principals that are counted apart.
const MOST_PRINCIPALS: usize = 100_000;
/// The most lines of a table.
const MOST_LINES: usize = 20;

/// The counts of `--summary`.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// By statement and decision.
    statements: BTreeMap<(String, &'static str), u64>,
    /// By principal: all rows, and those that are denied.
    principals: BTreeMap<String, (u64, u64)>,
    /// By block of the policies: all rows, and those that are denied.
    blocks: BTreeMap<String, (u64, u64)>,
}

impl Summary {
    pub(super) fn add(&mut self, row: &Row<'_>, verdict: &Verdict, blocks: &PrefixTrie<()>) {
        let denied = u64::from(verdict.decision.is_some_and(Decision::is_denied));
        let statement = (verdict.statement.clone(), verdict.word());
        *self.statements.entry(statement).or_default() += 1;
        let mut principal = row.principal_text().unwrap_or("(not given)").to_owned();
        if self.principals.len() >= MOST_PRINCIPALS && !self.principals.contains_key(&principal) {
            principal = "(others)".into();
        }
        let block = match row.source() {
            RowAddress::Unsaid => "(no address column)".into(),
            RowAddress::Absent => "(no address in the request)".into(),
            RowAddress::From(ip) => blocks
                .longest_match(Address::new(ip))
                .map_or_else(|| "(in no block)".into(), |(block, ())| block.to_string()),
        };
        for (all, denials) in [
            self.principals.entry(principal).or_default(),
            self.blocks.entry(block).or_default(),
        ] {
            *all += 1;
            *denials += denied;
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        fn pairs(into: &mut BTreeMap<String, (u64, u64)>, from: BTreeMap<String, (u64, u64)>) {
            for (name, (all, denied)) in from {
                let entry = into.entry(name).or_default();
                entry.0 += all;
                entry.1 += denied;
            }
        }
        for (statement, rows) in other.statements {
            *self.statements.entry(statement).or_default() += rows;
        }
        pairs(&mut self.principals, other.principals);
        pairs(&mut self.blocks, other.blocks);
    }

    /// The tables.
    pub(super) fn text(&self, counts: &Counts) -> String {
        let mut out = String::from("decision\n");
        let decisions = [
            ("allowed", counts.allowed),
            ("explicitDeny", counts.explicit),
            ("implicitDeny", counts.implicit),
            ("depends", counts.depends),
            ("error", counts.unreadable),
        ];
        for (word, rows) in decisions {
            let _ = writeln!(out, "  {:>13}  {word}", thousands(rows));
        }
        out.push_str("statement\n");
        let statements = self.statements.iter().map(|((name, word), rows)| {
            let name = if name.is_empty() { "(none)" } else { name };
            (*rows, format!("{name}  {word}"))
        });
        table(&mut out, statements.collect());
        for (title, counts) in [("principal", &self.principals), ("source", &self.blocks)] {
            out.push_str(title);
            out.push('\n');
            let lines = counts.iter().map(|(name, (all, denied))| {
                (*all, format!("{name}  {} denied", thousands(*denied)))
            });
            table(&mut out, lines.collect());
        }
        out
    }
}

/// Lines by their counts, the most frequent first.
fn table(out: &mut String, mut lines: Vec<(u64, String)>) {
    lines.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let more = lines.len().saturating_sub(MOST_LINES);
    for (rows, text) in lines.iter().take(MOST_LINES) {
        let text = crate::report::escape::terminal(text);
        let _ = writeln!(out, "  {:>13}  {text}", thousands(*rows));
    }
    if more > 0 {
        let rest: u64 = lines.iter().skip(MOST_LINES).map(|(rows, _)| rows).sum();
        let _ = writeln!(out, "  {:>13}  in {more} more", thousands(rest));
    }
}
