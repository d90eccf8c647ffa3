//! `ipcond eval`

mod stream;

use std::io::Write;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::args::{RequestArgs, described};
use super::output::Console;
use super::policies::PolicyArgs;
use super::{Exit, Stop};
use crate::ask::block::{BlockPart, decide_set, nearest_allowed};
use crate::ask::suite::ExpectedDecision;
use crate::ask::what_if::what_if;
use crate::error::{Error, Result};
use crate::eval::{
    Answer, Caller, ContextValue, Decision, Missing, PolicySet, SOURCE_IP, Scenario, SourceIp, Way,
};
use crate::input::NamedSet;
use crate::net::{Address, AddressSet};
use crate::report::aws::Simulation;
use crate::report::json::{Eval, Ways};
use crate::report::shape::in_words;
use crate::report::text::{self, style::Screen};

/// Arguments of `ipcond eval`.
#[derive(Args, Debug)]
pub(crate) struct EvalArgs {
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    request: RequestArgs,
    /// Answer for every way that the request could come
    #[arg(long, conflicts_with_all = ["via", "expect"], help_heading = "Answer")]
    every_way: bool,
    /// Succeed if this is the decision; `denied` is either deny
    #[arg(long, value_name = "DECISION", value_parser = expected(), help_heading = "Answer")]
    expect: Option<ExpectedDecision>,
    /// End with 0 where a denial would end with 1
    #[arg(long, help_heading = "Answer")]
    exit_zero: bool,
    /// How the answer is printed; with jsonl, --scenario takes JSON Lines; aws is what `aws iam
    /// simulate-custom-policy` prints, which takes a key that is not given for absent
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Jsonl,
    Aws,
}

/// Reads the decision that `--expect` names.
pub(crate) fn expected() -> impl TypedValueParser<Value = ExpectedDecision> {
    let words = [
        "allowed",
        "denied",
        "explicitDeny",
        "implicitDeny",
        "depends",
    ];
    PossibleValuesParser::new(words)
        .try_map(|word| ExpectedDecision::parse(&word).ok_or("it is no decision"))
}

pub(crate) fn run(args: &EvalArgs, console: &mut Console) -> Result<Exit, Stop> {
    if let (Format::Jsonl, Some(path)) = (args.format, &args.policies.layers.scenario) {
        return stream::stream(args, path, console);
    }
    let scenario = described(&args.policies, &args.request, console)?;
    if args.every_way {
        return every_way(args, &args.request.each(&scenario)?, console);
    }
    let config = console.config()?;
    let origins = args.request.origins(&config)?;
    let now = Timestamp::now();
    let mut asked = Vec::new();
    for scenario in args.request.each_call(&scenario)? {
        if origins.is_empty() {
            asked.push(Asked::whole(scenario.clone(), now)?);
        }
        for origin in &origins {
            asked.push(Asked::from(&scenario, origin, args.format, now)?);
        }
    }
    write(args, &asked, now, console)?;
    let answers = asked.iter().flat_map(|asked| &asked.parts);
    let exits = answers.map(|part| exit(args.expect, args.exit_zero, part.answer.decision));
    Ok(exits.fold(Exit::Yes, Exit::worse))
}

/// A request that was asked about, from one address or from all of a set.
struct Asked {
    /// The set, if it is more than one address.
    origin: Option<NamedSet>,
    /// The answers: several if not all of the set is decided alike.
    parts: Vec<BlockPart>,
}

impl Asked {
    /// From the address that the scenario says, if any.
    fn whole(scenario: Scenario, now: Timestamp) -> Result<Self> {
        let answer = scenario.decide(now)?;
        let set = AddressSet::default();
        Ok(Self {
            origin: None,
            parts: vec![BlockPart {
                set,
                answer,
                scenario,
            }],
        })
    }

    fn from(
        scenario: &Scenario,
        origin: &NamedSet,
        format: Format,
        now: Timestamp,
    ) -> Result<Self> {
        let mut scenario = scenario.clone();
        scenario
            .assumptions
            .extend(origin.assumptions.iter().cloned());
        let ip = match (origin.set.first(), origin.set.has_none()) {
            (None, _) => Some(SourceIp::Absent),
            (Some(ip), false) if origin.set.count().exact() == Some(1) => {
                Some(SourceIp::From(Address::new(ip)))
            }
            _ => None,
        };
        if ip.is_some() {
            scenario.ip = ip;
            return Self::whole(scenario, now);
        }
        let mut parts = decide_set(&scenario, &origin.set, now)?;
        for part in &mut parts {
            // People know a set by its name; programs get the addresses.
            let words = match format {
                Format::Text if part.set == origin.set => origin.name.clone(),
                Format::Text => in_words(&part.set),
                Format::Json | Format::Jsonl | Format::Aws => {
                    let blocks: Vec<String> =
                        part.set.blocks().map(|block| block.to_string()).collect();
                    blocks.join(", ")
                }
            };
            let context = &mut part.answer.request.context;
            if context.text(SOURCE_IP).is_some() {
                context.set(SOURCE_IP, ContextValue::One(words));
            }
        }
        Ok(Self {
            origin: Some(origin.clone()),
            parts,
        })
    }
}

/// How the process ends after a decision.
pub(crate) fn exit(expect: Option<ExpectedDecision>, exit_zero: bool, decision: Decision) -> Exit {
    let exit = match expect {
        None => Exit::of(decision),
        Some(expected) if expected.admits(decision) => Exit::Yes,
        Some(_) if decision == Decision::Depends => Exit::Depends,
        Some(_) => Exit::No,
    };
    if exit_zero && exit == Exit::No {
        Exit::Yes
    } else {
        exit
    }
}

fn write(
    args: &EvalArgs,
    asked: &[Asked],
    now: Timestamp,
    console: &mut Console,
) -> Result<(), Stop> {
    let (screen, verbose) = (console.screen(), console.verbose);
    let out = console.result()?;
    let parts = || asked.iter().flat_map(|asked| &asked.parts);
    let shapes = || parts().map(|part| Eval::new(&part.answer, part.scenario.name.as_deref()));
    match args.format {
        Format::Json if parts().count() == 1 => write_json(out, &shapes().next())?,
        Format::Json => write_json(out, &shapes().collect::<Vec<_>>())?,
        Format::Jsonl => shapes().try_for_each(|shape| write_line(out, &shape))?,
        Format::Aws => write_json(out, &Simulation::new(&as_by_aws(asked, now)?))?,
        Format::Text => {
            for (index, asked) in asked.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                if let Some(origin) = &asked.origin {
                    out.write_all(text::block::overview(origin, &asked.parts).as_bytes())?;
                }
                for (index, part) in asked.parts.iter().take(MOST_PARTS).enumerate() {
                    if index > 0 {
                        writeln!(out)?;
                    }
                    let screenful = screenful(part, asked.origin.is_none(), now, screen, verbose);
                    out.write_all(screenful.as_bytes())?;
                }
                if let Some(more) = asked
                    .parts
                    .get(MOST_PARTS..)
                    .filter(|more| !more.is_empty())
                {
                    writeln!(out, "\n… and {} more parts; -f json has all", more.len())?;
                }
            }
        }
    }
    Ok(())
}

/// The answers that AWS would give: keys that are not given are taken for absent (SIMAPI-30).
///
/// # Errors
/// If the addresses of a set are not all decided alike: AWS has no place to say which are.
fn as_by_aws(asked: &[Asked], now: Timestamp) -> Result<Vec<(Answer, &PolicySet)>> {
    let mut answers = Vec::with_capacity(asked.len());
    for Asked { parts, .. } in asked {
        let [part] = parts.as_slice() else {
            let text = format!(
                "the addresses fall in {} parts that are not decided alike",
                parts.len()
            );
            return Err(Error::request(text).help("take one address, or `-f json`"));
        };
        let mut answer = part.answer.clone();
        if answer.decision == Decision::Depends {
            let scenario = Scenario {
                missing: Missing::Absent,
                ..part.scenario.clone()
            };
            answer = scenario.decide(now)?;
        }
        answers.push((answer, &part.scenario.policies));
    }
    Ok(answers)
}

/// The most parts of a set that are each explained.
const MOST_PARTS: usize = 6;

/// The screen for the answer of a part, or of the one address there is.
fn screenful(part: &BlockPart, one: bool, now: Timestamp, screen: Screen, verbose: u8) -> String {
    let (answer, policies) = (&part.answer, &part.scenario.policies);
    if verbose > 1 {
        return text::explain::explain(answer, screen);
    }
    let tried = if one {
        what_if(answer, policies)
    } else {
        Vec::new()
    };
    let mut out = text::answer::answer(answer, &tried, policies, screen);
    if let Some(SourceIp::From(address)) = part
        .scenario
        .ip
        .filter(|_| one && answer.decision.is_denied())
    {
        let nearest = nearest_allowed(&part.scenario, address, now);
        out.push_str(&text::block::nearest(nearest.as_ref(), address));
    }
    if verbose == 1 {
        out.push('\n');
        text::answer::table(&mut out, answer, |_| true);
    }
    out
}

/// One object over several lines.
pub(crate) fn write_json(out: &mut dyn Write, shape: &impl serde::Serialize) -> Result<(), Stop> {
    serde_json::to_writer_pretty(&mut *out, shape).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}

fn write_line(out: &mut dyn Write, shape: &impl serde::Serialize) -> Result<(), Stop> {
    serde_json::to_writer(&mut *out, shape).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}

fn every_way(args: &EvalArgs, scenarios: &[Scenario], console: &mut Console) -> Result<Exit, Stop> {
    let [scenario] = scenarios else {
        return Err(
            Error::request("--every-way takes one action, one resource and one address").into(),
        );
    };
    let now = Timestamp::now();
    let rows = Way::every().into_iter().map(|way| {
        let mut scenario = Scenario {
            via: Some(way.clone()),
            ..scenario.clone()
        };
        // By this way it is not the caller who calls, and its policies have no say (EVAL-17).
        if way == Way::Aws && !matches!(scenario.principal, Some(Caller::Service(_))) {
            scenario.principal = Some(Caller::Service(None));
        }
        scenario.decide(now).map(|answer| (way, answer))
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let screen = console.screen();
    let out = console.result()?;
    match args.format {
        Format::Text => out.write_all(text::ways::ways(&rows, screen).as_bytes())?,
        Format::Aws => {
            let text = "AWS has no form for --every-way";
            return Err(Error::request(text).help("take `-f json`").into());
        }
        Format::Json => write_json(out, &Ways(&rows))?,
        Format::Jsonl => write_line(out, &Ways(&rows))?,
    }
    let exits = rows
        .iter()
        .map(|(_, answer)| exit(None, args.exit_zero, answer.decision));
    Ok(exits.fold(Exit::Yes, Exit::worse))
}
