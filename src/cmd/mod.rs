//! The command line: a file per subcommand, arguments in, an exit code out.

mod account;
mod args;
mod assume;
mod batch;
mod completions;
mod diff;
mod eval;
mod explain;
mod find;
mod guard;
mod help;
#[cfg(unix)]
mod interrupt;
mod ips;
mod layers;
mod lint;
mod man;
mod output;
mod policies;
mod progress;
mod replay;
mod rule;
mod schema;
mod taken;
mod test;

use std::process::ExitCode;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::error::Error;
use crate::eval::Decision;

/// What the process tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Yes, or clean.
    Yes,
    /// No, or findings.
    No,
    /// It could not be answered.
    Error,
    /// It depends on facts that were not supplied.
    Depends,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Error => 2,
            Self::Depends => 3,
        }
    }

    fn of(decision: Decision) -> Self {
        match decision {
            Decision::Allowed => Self::Yes,
            Decision::ExplicitDeny | Decision::ImplicitDeny => Self::No,
            Decision::Depends => Self::Depends,
        }
    }

    /// The worse of two: a certain no is worse than a perhaps, and an error is worst.
    fn worse(self, other: Self) -> Self {
        let rank = |exit| match exit {
            Self::Yes => 0,
            Self::Depends => 1,
            Self::No => 2,
            Self::Error => 3,
        };
        if rank(self) >= rank(other) {
            self
        } else {
            other
        }
    }
}

/// Why a command stopped before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Something is wrong with the input.
    Error(Error),
    /// The result could not be written.
    Write(std::io::Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Write(error)
    }
}

/// Which source IPs can use this AWS policy?
#[derive(Debug, Parser)]
#[command(name = "ipcond", version, about = "Which source IPs can use this AWS policy?", arg_required_else_help = true, disable_help_flag = true, help_template = help::TEMPLATE, after_help = help::EXAMPLES)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// Where help lists them: below the flags of the command itself.
const GLOBAL: &str = "Of every command";

/// Flags of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArgs {
    /// When to use colours
    #[arg(long, global = true, help_heading = GLOBAL, value_enum, default_value_t = When::Auto, env = "IPCOND_COLOR", hide_env_values = true)]
    color: When,
    /// Write the result to FILE, complete or not at all
    #[arg(short, long, global = true, help_heading = GLOBAL, value_name = "FILE")]
    output: Option<std::path::PathBuf>,
    /// Named sets and defaults [default: ipcond.toml in the working directory, if there is one]
    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        value_name = "FILE",
        env = "IPCOND_CONFIG",
        hide_env_values = true,
        overrides_with = "no_config"
    )]
    config: Option<std::path::PathBuf>,
    /// Read no configuration file
    #[arg(long, global = true, help_heading = GLOBAL, overrides_with = "config")]
    no_config: bool,
    /// Print nothing; the exit code tells
    #[arg(short, long, global = true, help_heading = GLOBAL, conflicts_with = "verbose")]
    quiet: bool,
    /// Add the statements and which files were read; twice, the full trace
    #[arg(short, long, global = true, help_heading = GLOBAL, action = ArgAction::Count)]
    verbose: u8,
    /// Print help, short with -h and whole with --help
    #[arg(short, long, global = true, help_heading = GLOBAL, action = ArgAction::Help)]
    help: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    /// On a terminal, unless `NO_COLOR` or TERM=dumb say no
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Would this request from this IP be allowed, and why?
    Eval(eval::EvalArgs),
    /// Would `AssumeRole` succeed, and what could be done with the session?
    Assume(assume::AssumeArgs),
    /// The exact set of source IPs that are allowed
    Ips(ips::IpsArgs),
    /// Which IPs gain or lose access between two versions
    Diff(diff::DiffArgs),
    /// Which policies, statements and blocks contain this address or CIDR
    Find(find::FindArgs),
    /// Every statement, every condition, every value: the full trace
    Explain(explain::ExplainArgs),
    /// Decide every row of a CSV or JSONL file
    Batch(batch::BatchArgs),
    /// What would policies have made of recorded events?
    Replay(replay::ReplayArgs),
    /// Run regression tests
    Test(test::TestArgs),
    /// Find pitfalls: statements that never match, deny everyone or open too much
    Lint(lint::LintArgs),
    /// What a rule of lint finds, why, and what to do
    Rule(rule::RuleArgs),
    /// Write the policy that allows exactly these addresses
    Guard(guard::GuardArgs),
    /// Print the JSON Schema of an output or input format
    Schema(schema::SchemaArgs),
    /// Print a shell completion script
    Completions(completions::CompletionsArgs),
    /// Write manual pages
    #[command(hide = true)]
    Man(man::ManArgs),
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let matches = help::added_to(Cli::command()).get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let mut console = output::Console::new(&cli.global);
    let result = match (&cli.command, matches.subcommand()) {
        (Command::Eval(args), _) => eval::run(args, &mut console),
        (Command::Assume(args), Some((_, matches))) => assume::run(args, matches, &mut console),
        (Command::Assume(_), None) => Err(Error::request("no subcommand").into()),
        (Command::Explain(args), _) => explain::run(args, &mut console),
        (Command::Ips(args), _) => ips::run(args, &mut console),
        (Command::Diff(args), _) => diff::run(args, &mut console),
        (Command::Find(args), _) => find::run(args, &mut console),
        (Command::Batch(args), _) => batch::run(args, &mut console),
        (Command::Replay(args), _) => replay::run(args, &mut console),
        (Command::Test(args), _) => test::run(args, &mut console),
        (Command::Lint(args), _) => lint::run(args, &mut console),
        (Command::Rule(args), _) => rule::run(args, &mut console),
        (Command::Guard(args), _) => guard::run(args, &mut console),
        (Command::Schema(args), _) => schema::run(args, &mut console),
        (Command::Completions(args), _) => completions::run(args, Cli::command(), &mut console),
        (Command::Man(args), _) => man::run(args, help::added_to(Cli::command()), &mut console),
    };
    ExitCode::from(console.finish(result).code())
}
