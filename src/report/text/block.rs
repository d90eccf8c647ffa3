//! What `eval` says of a whole block or set, and of the addresses next to one.

use std::fmt::Write as _;

use crate::ask::block::{BlockPart, Nearest};
use crate::eval::Decision;
use crate::input::NamedSet;
use crate::net::{Address, AddressSet, with_separators};
use crate::report::escape;
use crate::report::shape::{count_words, in_words};

/// `@office, 256 addresses: allowed from 203.0.113.0/25, denied from 203.0.113.128/25`
pub fn overview(origin: &NamedSet, parts: &[BlockPart]) -> String {
    let mut out = escape::terminal(&origin.name).into_owned();
    if origin.set.has_addresses() {
        let _ = write!(out, ", {}", count_words(origin.set.count()));
    }
    let mut words: Vec<(&str, AddressSet)> = Vec::new();
    for part in parts {
        let word = match part.answer.decision {
            Decision::Allowed => "allowed",
            Decision::ExplicitDeny | Decision::ImplicitDeny => "denied",
            Decision::Depends => "depends",
        };
        match words.iter_mut().find(|(other, _)| *other == word) {
            Some((_, set)) => *set = set.union(&part.set),
            None => words.push((word, part.set.clone())),
        }
    }
    if let [(word, _)] = words.as_slice() {
        let all = if origin.set.has_none() {
            ""
        } else {
            " from every address of it"
        };
        let _ = writeln!(out, ": {word}{all}\n");
        return out;
    }
    let words: Vec<String> = words
        .iter()
        .map(|(word, set)| match (set.has_addresses(), set.has_none()) {
            (true, true) => format!("{word} from {} and without a source IP", in_words(set)),
            (true, false) => format!("{word} from {}", in_words(set)),
            _ => format!("{word} without a source IP"),
        })
        .collect();
    let _ = writeln!(out, ": {}\n", words.join("; "));
    out
}

/// `nearest allowed address: 203.0.113.127 (73 below)`
pub fn nearest(nearest: Option<&Nearest>, address: Address) -> String {
    match nearest {
        None => String::new(),
        Some(Nearest::Address(ip, distance)) => {
            let way = if *ip < address.ip() { "below" } else { "above" };
            let far = if *distance < 1 << 40 {
                format!(" ({} {way})", with_separators(*distance))
            } else {
                String::new()
            };
            format!("nearest allowed address: {ip}{far}\n")
        }
        Some(Nearest::OtherFamily) => {
            let (own, other) = if address.ip().is_ipv4() {
                ("IPv4", "IPv6")
            } else {
                ("IPv6", "IPv4")
            };
            format!("no {own} address is allowed, only {other} addresses are\n")
        }
        Some(Nearest::Nowhere) => "no address is allowed\n".into(),
    }
}
