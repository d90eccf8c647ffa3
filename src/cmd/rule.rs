//! `ipcond rule`: what a rule of lint finds, and why.

use clap::Args;

use super::output::Console;
use super::{Exit, Stop};
use crate::ask::lint::{rule, rules};
use crate::report::lint::rule::{list, page};

/// Arguments of `ipcond rule`.
#[derive(Args, Debug)]
pub(crate) struct RuleArgs {
    /// The code or name of a rule, such as IP002; without it, all rules are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(crate) fn run(args: &RuleArgs, console: &mut Console) -> Result<Exit, Stop> {
    let text = match &args.code {
        Some(code) => page(rule(code)?),
        None => list(rules()),
    };
    console.result()?.write_all(text.as_bytes())?;
    Ok(Exit::Yes)
}
