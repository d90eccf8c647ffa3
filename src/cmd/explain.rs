//! `ipcond explain`: the full trace of a decision.

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::args::{RequestArgs, described};
use super::eval::{exit, write_json};
use super::output::Console;
use super::policies::PolicyArgs;
use super::{Exit, Stop};
use crate::report::json::Eval;
use crate::report::text;

/// Arguments of `ipcond explain`.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    request: RequestArgs,
    /// How the trace is printed
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) fn run(args: &ExplainArgs, console: &mut Console) -> Result<Exit, Stop> {
    let scenario = described(&args.policies, &args.request, console)?;
    let screen = console.screen();
    let mut worst = Exit::Yes;
    for (index, scenario) in args.request.each(&scenario)?.iter().enumerate() {
        let answer = scenario.decide(Timestamp::now())?;
        let out = console.result()?;
        match args.format {
            Format::Json => write_json(out, &Eval::new(&answer, scenario.name.as_deref()))?,
            Format::Text => {
                let gap = if index > 0 { "\n" } else { "" };
                write!(out, "{gap}{}", text::explain::explain(&answer, screen))?;
            }
        }
        worst = worst.worse(exit(None, false, answer.decision));
    }
    Ok(worst)
}
