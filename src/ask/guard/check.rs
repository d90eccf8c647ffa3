//! Whether a policy does exactly what was asked.

use std::sync::Arc;

use jiff::Timestamp;

use super::probes::{Probe, probes};
use super::wanted::Wanted;
use crate::error::{Error, Result};
use crate::eval::{Decision, Everywhere, Scenario};
use crate::net::AddressSet;
use crate::policy::Policy;

/// The most blocks of a difference that are named.
const MOST_NAMED: usize = 3;

/// Reads the text of a policy and decides requests by it: by every way that the guard is about, from every address and without
/// one, through each VPC endpoint that was named and another, by services, and by roles that are exempt and others. What is
/// allowed must be what was asked: no more, and no less.
///
/// # Errors
/// If the text is no policy of the kind, or decides a request otherwise; the message names it and the addresses.
pub fn check(wanted: &Wanted, text: &str) -> Result<()> {
    let policy = Policy::from_json("guard", text, wanted.kind.policy())?;
    let probes = probes(wanted, Arc::new(policy))?;
    let scenarios: Vec<&Scenario> = probes.iter().map(|probe| &probe.scenario).collect();
    // No probe tests the time; the beginning of it does as well as any.
    let answers = Everywhere::together(&scenarios, Timestamp::UNIX_EPOCH)?;
    probes
        .iter()
        .zip(&answers)
        .try_for_each(|(probe, answer)| compare(probe, answer))
}

fn compare(probe: &Probe, answer: &Everywhere) -> Result<()> {
    let allowed = answer.set_of(|decision| decision == Decision::Allowed);
    let denied = answer.set_of(Decision::is_denied);
    let title = &probe.title;
    let wrong = [
        ("lets through", allowed.difference(&probe.expected)),
        ("denies", denied.intersection(&probe.expected)),
        ("does not decide", allowed.union(&denied).complement()),
    ];
    match wrong.iter().find(|(_, set)| !set.is_empty()) {
        None => Ok(()),
        Some((does, set)) => {
            let text = format!(
                "internal error: the policy that was written {does} {title} {}, which was not asked for",
                in_words(set)
            );
            Err(Error::policy(text).help(
                "nothing was printed; this is a mistake of ipcond and not of yours: please report it with the command line",
            ))
        }
    }
}

fn in_words(set: &AddressSet) -> String {
    let mut words: Vec<String> = set
        .blocks()
        .take(MOST_NAMED)
        .map(|block| block.to_string())
        .collect();
    let more = set.blocks().skip(MOST_NAMED).count();
    if more > 0 {
        words.push(format!("{more} more blocks"));
    }
    let from = if words.is_empty() {
        String::new()
    } else {
        format!("from {}", words.join(", "))
    };
    match (set.has_none(), from.is_empty()) {
        (true, true) => "without a source IP".to_owned(),
        (true, false) => format!("{from}, or without a source IP"),
        (false, _) => from,
    }
}
