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
        let principal = row.principal_text().unwrap_or("(not given)").to_owned();
        let block = match row.source() {
            RowAddress::Unsaid => "(no address column)".into(),
            RowAddress::Absent => "(no address in the request)".into(),
            RowAddress::From(ip) => blocks
                .longest_match(Address::new(ip))
                .map_or_else(|| "(in no block)".into(), |(block, ())| block.to_string()),
        };
        count(self.of_principal(principal), 1, denied);
        count(self.blocks.entry(block).or_default(), 1, denied);
    }

    /// The counts of a principal, or of all others if there are too many.
    fn of_principal(&mut self, principal: String) -> &mut (u64, u64) {
        let room = self.principals.len() < MOST_PRINCIPALS;
        let known = room || self.principals.contains_key(&principal);
        let name = if known { principal } else { "(others)".into() };
        self.principals.entry(name).or_default()
    }

    /// Adds the counts of the rows that follow. Which principals are counted apart depends on the order.
    pub(super) fn join(&mut self, other: Self) {
        for (statement, rows) in other.statements {
            *self.statements.entry(statement).or_default() += rows;
        }
        for (principal, (all, denied)) in other.principals {
            count(self.of_principal(principal), all, denied);
        }
        for (block, (all, denied)) in other.blocks {
            count(self.blocks.entry(block).or_default(), all, denied);
        }
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

fn count(entry: &mut (u64, u64), all: u64, denied: u64) {
    entry.0 += all;
    entry.1 += denied;
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
