//! The screen of `find`: how many blocks, then each with its place and what it means.

use std::fmt::Write as _;

use super::Search;
use crate::ask::find::{Hit, Relation};
use crate::net::{Cidr, with_separators};
use crate::report::escape;
use crate::report::text::style::columns;

/// The answer, then a line for each block.
pub fn find(search: &Search<'_>) -> String {
    let mut out = headline(search);
    let address = is_address(search);
    if !search.hits.is_empty() {
        out.push('\n');
    }
    if address {
        let rows: Vec<[String; 5]> = search.hits.iter().map(row).collect();
        columns(&mut out, "  ", &rows);
    } else {
        let with_relation = |hit: &Hit<'_>| {
            let [statement, place, condition, block, meaning] = row(hit);
            let relation = relation(hit.relation).to_owned();
            [statement, place, condition, block, relation, meaning]
        };
        let rows: Vec<[String; 6]> = search.hits.iter().map(with_relation).collect();
        columns(&mut out, "  ", &rows);
    }
    for assumption in &search.query.assumptions {
        let text = escape::terminal(&assumption.text);
        let _ = writeln!(out, "assumes: {text} ({})", assumption.rule);
    }
    out
}

/// `203.0.113.9 is in 3 blocks of 2 policies`
fn headline(search: &Search<'_>) -> String {
    let name = escape::terminal(&search.query.name);
    let verb = if is_address(search) { "is in" } else { "meets" };
    if search.hits.is_empty() {
        return format!("{name} {verb} no block of {}\n", policies(search.policies));
    }
    // The hits of a policy stand together.
    let mut of: Vec<*const crate::policy::Policy> = search
        .hits
        .iter()
        .map(|hit| std::ptr::from_ref(hit.policy))
        .collect();
    of.dedup();
    let blocks = match search.hits.len() {
        1 => "1 block".to_owned(),
        count => format!("{} blocks", with_separators(count as u128)),
    };
    let mut line = format!("{name} {verb} {blocks} of {}", policies(of.len()));
    if of.len() < search.policies {
        let _ = write!(line, " ({} searched)", policies(search.policies));
    }
    line.push('\n');
    line
}

fn policies(count: usize) -> String {
    match count {
        1 => "1 policy".to_owned(),
        count => format!("{} policies", with_separators(count as u128)),
    }
}

/// Whether one address was looked for: a block contains it or does not, and nothing else.
fn is_address(search: &Search<'_>) -> bool {
    let mut ranges = search.query.set.ranges();
    let single = ranges.next().is_some_and(|(first, last)| first == last);
    single && ranges.next().is_none()
}

fn row(hit: &Hit<'_>) -> [String; 5] {
    let source = &hit.policy.source;
    let start = source.position(hit.value.span.start());
    let statement = hit.statement();
    let part = if hit.relation.is_whole() { "" } else { "part " };
    let block = match hit.value.text.parse::<Cidr>() {
        Ok(cidr) if cidr.to_string() != *hit.value.text && hit.value.text.contains('/') => {
            format!("{} = {cidr}", hit.value.text)
        }
        _ => hit.value.text.to_string(),
    };
    [
        statement
            .label()
            .map_or_else(|| format!("#{}", hit.index), str::to_owned),
        format!("{}:{}:{}", source.name(), start.line, start.column),
        format!(
            "{} {} {}",
            statement.effect.as_str(),
            hit.condition.operator_text,
            hit.condition.key
        ),
        block,
        format!("{part}{}", hit.meaning()),
    ]
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Contains => "contains it",
        Relation::Equal => "equals it",
        Relation::Inside => "lies in it",
        Relation::Overlaps => "overlaps it",
    }
}
