//! Which line of which policy an address comes from.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::eval::{PlacedStatement, SOURCE_IP};
use crate::net::{Address, PrefixTrie};
use crate::policy::{Comparison, Operand, Policy, Statement};
use crate::source::{Position, Span};

/// A statement, and the line of it that speaks of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// Its `Sid`, or `policy#index`.
    pub statement: String,
    /// The policy.
    pub policy: String,
    /// The text that the statement stands in.
    pub source: String,
    /// The file that holds that text in a string, and where.
    pub outer: Option<(String, Position)>,
    /// Where: the narrowest block that holds the address, else the test of the address, else the statement.
    pub at: Position,
    /// The block, as it is written.
    pub block: Option<String>,
}

/// Finds the lines; the blocks of a statement are put in order once, however many addresses are asked about.
#[derive(Debug, Default)]
pub struct Blamer {
    blocks: HashMap<(*const Policy, usize), PrefixTrie<Span>>,
}

impl Blamer {
    /// The line of a statement that speaks of an address; `None` is "no address in the request".
    pub fn blame(&mut self, placed: &PlacedStatement, ip: Option<IpAddr>) -> Blame {
        let source = &placed.policy.source;
        let (span, block) = self.find(placed, ip);
        Blame {
            statement: placed.name(),
            policy: placed.policy.name.clone(),
            source: source.name().to_owned(),
            outer: source
                .within()
                .map(|(outer, span)| (outer.name().to_owned(), outer.position(span.start()))),
            at: source.position(span.start()),
            block: block.map(|span| source.text()[span.range()].trim_matches('"').to_owned()),
        }
    }

    /// Where in its policy a statement speaks of an address; `None` is "no address in the request".
    pub fn span(&mut self, placed: &PlacedStatement, ip: Option<IpAddr>) -> Span {
        self.find(placed, ip).0
    }

    /// The place, and the block that stands there if it is one.
    fn find(&mut self, placed: &PlacedStatement, ip: Option<IpAddr>) -> (Span, Option<Span>) {
        let statement = placed.statement();
        let block = ip.and_then(|ip| self.block(placed, ip));
        let test = || address_test(statement);
        let span = block.or_else(test).unwrap_or(statement.span);
        (span, block)
    }

    /// The narrowest block that the statement lists and that holds the address.
    fn block(&mut self, placed: &PlacedStatement, ip: IpAddr) -> Option<Span> {
        let key = (Arc::as_ptr(&placed.policy), placed.index);
        let trie = self
            .blocks
            .entry(key)
            .or_insert_with(|| listed(placed.statement()));
        let (_, span) = trie.longest_match(Address::new(ip))?;
        Some(*span)
    }
}

/// The blocks that a statement asks the address to be in.
fn listed(statement: &Statement) -> PrefixTrie<Span> {
    let mut trie = PrefixTrie::new();
    let positive = statement.conditions.iter().filter(|condition| {
        condition.operator.comparison == Comparison::Ip
            && !condition.operator.negated
            && condition.key.is(SOURCE_IP)
    });
    for value in positive.flat_map(|condition| &condition.values) {
        if let Operand::Ip(block) = &value.operand {
            trie.get_or_insert_with(block.cidr, || value.span);
        }
    }
    trie
}

fn address_test(statement: &Statement) -> Option<Span> {
    let mut conditions = statement.conditions.iter();
    let condition = conditions.find(|condition| condition.key.is(SOURCE_IP))?;
    Some(condition.operator_span)
}
