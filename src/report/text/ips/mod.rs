//! The screen of `ips`.

mod table;

use std::fmt::Write as _;

use anstyle::AnsiColor;

use super::style::{Screen, few};
use crate::ask::ips::{Ips, principal_title};
use crate::eval::{Assumption, Decision, Place};
use crate::net::AddressSet;
use crate::report::escape;
use crate::report::shape::Family;
use table::Table;

/// The most lines of one sort under the table.
const MOST_LINES: usize = 12;

/// What the screen shows beside the addresses that are allowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Show the addresses that are denied instead.
    pub denied: bool,
    /// List the blocks even where what is left out is shorter to say.
    pub cidrs: bool,
    /// Leave out a family.
    pub only: Option<Family>,
}

/// What sets of addresses are called, where they have a name.
pub type Names<'a> = &'a dyn Fn(&AddressSet) -> Option<String>;

/// The most requests that share one answer and are named; the rest are counted.
const MOST_HEADLINES: usize = 8;

/// The screen for answers; those that read the same are given once, under all their requests.
pub fn ips(answers: &[Ips], options: Options, names: Names<'_>, screen: Screen) -> String {
    let mut screens: Vec<(Vec<String>, String)> = Vec::new();
    for answer in answers {
        let (headline, body) = (headline(answer), body(answer, options, names, screen));
        match screens.iter_mut().find(|(_, other)| *other == body) {
            Some((headlines, _)) => headlines.push(headline),
            None => screens.push((vec![headline], body)),
        }
    }
    let mut out = String::new();
    for (index, (headlines, body)) in screens.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.extend(headlines.iter().take(MOST_HEADLINES).map(String::as_str));
        if headlines.len() > MOST_HEADLINES {
            let _ = writeln!(
                out,
                "… and {} more requests",
                headlines.len() - MOST_HEADLINES
            );
        }
        let _ = write!(out, "\n{body}");
    }
    out
}

/// The answer below its headline.
fn body(answer: &Ips, options: Options, names: Names<'_>, screen: Screen) -> String {
    let mut table = Table::new(answer, options, names);
    if options.denied {
        table.section("denied", &answer.denied, Decision::is_denied);
        table.whole("allowed", &answer.allowed, &answer.denied);
    } else {
        let allowed = |decision| decision == Decision::Allowed;
        table.section("allowed", &answer.allowed, allowed);
        table.cut_out();
    }
    let depends = |decision| decision == Decision::Depends;
    if !answer.depends.is_empty()
        && table
            .families()
            .any(|family| family.of(&answer.depends).has_addresses())
    {
        table.section("depends", &answer.depends, depends);
    }
    if !options.denied {
        table.rest();
    }
    let mut out = String::new();
    table.write(&mut out, screen);
    if options.only.is_none() {
        none_line(&mut out, answer, screen);
    }
    footer(&mut out, answer);
    out
}

/// `sts:AssumeRole as arn:aws:iam::111122223333:role/ci`, and of a journey each call.
fn headline(answer: &Ips) -> String {
    let requests: Vec<_> = answer.everywhere.requests().collect();
    let mut out = String::new();
    for (index, request) in requests.iter().enumerate() {
        let resource = if index + 1 == requests.len() {
            answer.resource()
        } else {
            request.resource.as_str()
        };
        let on = if resource == "*" {
            String::new()
        } else {
            format!(" on {resource}")
        };
        let line = format!(
            "{}{on} as {}",
            request.action,
            principal_title(&request.caller)
        );
        let then = if index > 0 { "then " } else { "" };
        let _ = writeln!(out, "{then}{}", escape::terminal(&line));
    }
    out
}

fn none_line(out: &mut String, answer: &Ips, screen: Screen) {
    let everywhere = &answer.everywhere;
    let decision = everywhere.decision(Place::None);
    let names: Vec<String> = everywhere
        .deciders(Place::None)
        .iter()
        .map(|placed| placed.short_name())
        .collect();
    let word = match decision {
        Decision::Allowed => "allowed".to_owned(),
        Decision::ExplicitDeny => format!("denied by {}", few(&names)),
        Decision::ImplicitDeny => "denied".to_owned(),
        Decision::Depends => format!("depends on {}", few(&everywhere.none_depends_on())),
    };
    let colour = match decision {
        Decision::Allowed => AnsiColor::Green,
        Decision::Depends => AnsiColor::Yellow,
        Decision::ExplicitDeny | Decision::ImplicitDeny => AnsiColor::Red,
    };
    let word = escape::terminal(&word).into_owned();
    let word = screen.paint(colour.on_default(), &word);
    let _ = writeln!(
        out,
        "  no source IP in the request (VPC endpoint, AWS service)   {word}"
    );
}

fn footer(out: &mut String, answer: &Ips) {
    let keys = answer.everywhere.depends_on();
    if !answer.depends.is_empty() {
        for key in keys.iter().take(MOST_LINES) {
            let line = match key.contains(' ') || key == "principal" {
                false => format!("settle it with --context {key}=VALUE or --absent {key}"),
                true if key == "principal" => "settle it with --principal ARN".to_owned(),
                true => format!("not given: {key}"),
            };
            let _ = writeln!(out, "  {}", escape::terminal(&line));
        }
    }
    let assumptions = answer.everywhere.assumptions();
    for Assumption { rule, text } in assumptions.iter().take(MOST_LINES) {
        let _ = writeln!(out, "assumes: {} ({rule})", escape::terminal(text));
    }
    if assumptions.len() > MOST_LINES {
        let more = assumptions.len() - MOST_LINES;
        let _ = writeln!(out, "  … and {more} more; -f json has all");
    }
}
