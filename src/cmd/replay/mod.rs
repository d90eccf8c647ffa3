//! `ipcond replay`: what policies would have made of the events in `CloudTrail`.

mod sides;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{ArgAction, Args, ValueEnum};
use jiff::Timestamp;

use super::account::{AccountArgs, warn_unreached};
use super::args::{KnownArgs, in_flag};
use super::layers::LayerArgs;
use super::output::Console;
use super::policies::PolicyArgs;
use super::progress::Progress;
use super::{Exit, Stop};
use crate::ask::replay::{Question, Tally, Version};
use crate::error::{Error, Result};
use crate::eval::Scenario;
use crate::input::cloudtrail::files::{self, Found};
use crate::input::{Account, Documents, read_time};
use crate::report::escape;
use crate::report::replay::rows::{Layout, Shape};
use crate::report::replay::{Replay, json, text};
use crate::report::suite::thousands;
use work::Run;

/// Arguments of `ipcond replay`.
#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// Recorded events: JSON or JSON Lines, plain or gzip, or directories of them (`-` is standard input)
    #[arg(value_name = "CLOUDTRAIL")]
    logs: Vec<PathBuf>,
    /// A policy file; what kind it is shows from its content; repeat it for several
    #[arg(long, value_name = "FILE", action = ArgAction::Append, help_heading = "Policies")]
    policy: Vec<PathBuf>,
    #[command(flatten)]
    layers: LayerArgs,
    #[command(flatten)]
    account: AccountArgs,
    /// The current policies, to tell what changes: a policy that takes the place of the layer, or a scenario; repeat it
    #[arg(long, value_name = "[LAYER=]OLD", action = ArgAction::Append, help_heading = "Policies")]
    against: Vec<String>,
    /// Whose the trust or resource policy is: it binds calls on this resource; repeat it for several
    #[arg(long, value_name = "ARN", action = ArgAction::Append, help_heading = "Policies")]
    resource: Vec<String>,
    #[command(flatten)]
    known: KnownArgs,
    /// A VPC endpoint of the account: calls through it carry no aws:SourceIp; repeat it for several
    #[arg(long, value_name = "ID", action = ArgAction::Append, help_heading = "Events")]
    vpce_id: Vec<String>,
    /// Leave out events before this time or day
    #[arg(long, value_name = "TIME", help_heading = "Events")]
    since: Option<String>,
    /// Leave out events at this time or day, or later
    #[arg(long, value_name = "TIME", help_heading = "Events")]
    until: Option<String>,
    /// Show only what would change
    #[arg(long, help_heading = "Answer")]
    only_changed: bool,
    /// How the answer is printed
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Answer")]
    format: Format,
    /// How many threads read [default: as many as there are processors]
    #[arg(short, long, value_name = "THREADS", help_heading = "Answer")]
    jobs: Option<std::num::NonZeroUsize>,
    /// End with 0 where a change would end with 1
    #[arg(long, help_heading = "Answer")]
    exit_zero: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// All counts, as replay/1
    Json,
    /// An object for each event
    Jsonl,
    /// A row for each event
    Csv,
}

/// What is asked of every event.
struct Asked {
    question: Question,
    /// What is taken to be so.
    assumptions: Vec<String>,
    /// The accounts that the callers are of, with their changes.
    account: Option<Arc<Account>>,
}

pub(crate) fn run(args: &ReplayArgs, console: &mut Console) -> Result<Exit, Stop> {
    let start = Instant::now();
    let Asked {
        question,
        assumptions,
        account,
    } = args.question(console)?;
    let Found {
        logs,
        digests,
        insights,
    } = files::find(&args.logs)?;
    let layout = args.layout(question.compares());
    let sizes = logs.iter().map(|log| log.size).sum();
    let name = match args.logs.as_slice() {
        [only] => crate::input::files::display(only),
        several => format!("{} paths", several.len()),
    };
    let progress = Progress::new(console.is_watched(), &name, Some(sizes), "events");
    let run = Run {
        question: &question,
        layout,
        logs: &logs,
        threads: args.threads(),
        speaker: console.speaker(),
    };
    if layout.is_some() {
        for assumption in &assumptions {
            console.say(&format!("note: {assumption}"));
        }
    }
    let out = console.result()?;
    if let Some(layout) = layout {
        out.write_all(layout.header().as_bytes())?;
    }
    let tally = run.run(progress, out)?;
    let replay = Replay {
        tally: &tally,
        files: logs.len() as u64,
        passed_over: [digests, insights],
        compares: question.compares(),
        assumptions: &assumptions,
    };
    let out = console.result()?;
    match args.format {
        Format::Text => out.write_all(text::screen(&replay, args.only_changed).as_bytes())?,
        Format::Json => {
            let whole = serde_json::to_string(&json::Whole::new(&replay));
            let whole = whole.map_err(|error| Error::io(error.to_string()))?;
            writeln!(out, "{whole}")?;
        }
        Format::Jsonl | Format::Csv => {}
    }
    console.flush()?;
    if let Some(account) = account {
        warn_unreached(&account, console);
    }
    console.say(&end(&tally, start.elapsed()));
    let changes = text::changes(&replay) > 0 && !args.exit_zero;
    Ok(if changes { Exit::No } else { Exit::Yes })
}

impl ReplayArgs {
    fn layout(&self, compares: bool) -> Option<Layout> {
        let shape = match self.format {
            Format::Text | Format::Json => return None,
            Format::Jsonl => Shape::Lines,
            Format::Csv => Shape::Csv,
        };
        Some(Layout {
            shape,
            compares,
            only_changed: self.only_changed,
        })
    }

    fn threads(&self) -> usize {
        let known = self
            .jobs
            .or_else(|| std::thread::available_parallelism().ok());
        known.map_or(1, std::num::NonZeroUsize::get)
    }

    /// What is asked of every event, and what is taken to be so.
    fn question(&self, console: &mut Console) -> Result<Asked> {
        let new = self.described(console)?;
        let mut sides = vec![new];
        if !self.against.is_empty() {
            let old = sides::current(&sides[0], &self.against, self.layers.lenient)?;
            console.say_about(&old);
            sides.push(old);
        } else if self.account.has_edits() {
            sides.push(sides[0].clone());
        }
        let accounts = self.accounts(console)?;
        let assumptions = sides::completed(&mut sides, accounts.is_some())?;
        let now = Timestamp::now();
        let lenient = self.layers.lenient;
        let versions = sides.into_iter().enumerate().map(|(at, scenario)| Version {
            scenario,
            account: accounts.as_ref().map(|sides| Arc::clone(&sides[at.min(1)])),
            lenient,
        });
        let versions: Vec<Version> = versions.collect();
        let (new, old) = (&versions[0], versions.get(1));
        let mut question = Question::new(new, old, &self.resource, &self.vpce_id, now)?;
        let time = |flag: &str, text: &Option<String>| {
            let read = text.as_deref().map(read_time).transpose();
            read.map_err(|error| in_flag(flag, &error))
        };
        question.since = time("--since", &self.since)?;
        question.until = time("--until", &self.until)?;
        if let (Some(since), Some(until)) = (question.since, question.until)
            && since >= until
        {
            return Err(Error::request(format!(
                "no time is between --since {since} and --until {until}"
            ))
            .help("events at --until are left out; name a later time or day there"));
        }
        Ok(Asked {
            question,
            assumptions,
            account: accounts.map(|[new, _]| new),
        })
    }

    /// The accounts as they would be, and as they are.
    fn accounts(&self, console: &Console) -> Result<Option<[Arc<Account>; 2]>> {
        let current = self.account.read()?;
        if !current.organization.is_empty() {
            return Err(Error::request(
                "replay takes no organization: whose SCPs hold is said by flags",
            )
            .help("name them by level: --scp 0=root.json 1=unit.json"));
        }
        if current.resources() > 0 {
            console.say("note: the policies of resources in the account data do not count here; name one with --resource-policy");
        }
        let documents = Documents::new(self.layers.lenient);
        let new = self.account.edit(current.clone(), &documents)?;
        for line in new.edits().filter(|_| console.verbose > 0) {
            console.say(&escape::terminal(line));
        }
        Ok((!current.is_empty()).then(|| [Arc::new(new), Arc::new(current)]))
    }

    /// What holds for every event.
    fn described(&self, console: &mut Console) -> Result<Scenario> {
        let policies = PolicyArgs::new(self.policy.clone(), self.layers.clone());
        if policies.names_nothing() && self.account.is_empty() {
            return Err(Error::request("no policy was given")
                .help("name the policies by flags: ipcond replay cloudtrail/ --scp new-scp.json"));
        }
        if self.logs.is_empty() {
            return Err(Error::request("no CloudTrail was named")
                .help("name its files before flags that take several values, or after `--`"));
        }
        let stdin = Path::new("-");
        let read_as_policy = self.policy.iter().any(|path| path == stdin)
            || self.layers.scenario.as_deref() == Some(stdin);
        if read_as_policy && self.logs.iter().any(|path| path == stdin) {
            return Err(Error::request(
                "policies and events cannot both come from standard input",
            ));
        }
        if self.known.says_address() {
            return Err(Error::request(
                "the addresses are those of the events, and --context or --absent says aws:SourceIp",
            )
            .help("leave it out"));
        }
        let mut scenario = if policies.names_nothing() {
            Scenario::default()
        } else {
            policies.load()?.without_account()?
        };
        if scenario.steps.is_some() {
            return Err(Error::request("this scenario is a journey")
                .help("an event is one request; run the journey with `ipcond assume --scenario`"));
        }
        self.known.apply(&mut scenario)?;
        console.say_about(&scenario);
        Ok(scenario)
    }
}

/// The line at the end.
fn end(tally: &Tally, took: Duration) -> String {
    let plural = if tally.events == 1 { "" } else { "s" };
    format!(
        "{} event{plural} in {:.2} s   {} asked  {} not asked  {} unreadable",
        thousands(tally.events),
        took.as_secs_f64(),
        thousands(tally.events - tally.left() - tally.unreadable),
        thousands(tally.left()),
        thousands(tally.unreadable),
    )
}
