//! `ipcond batch`

mod pipeline;
mod summary;
mod work;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::args::{CallArgs, described_everywhere};
use super::layers::LayerArgs;
use super::output::Console;
use super::policies::PolicyArgs;
use super::progress::Progress;
use super::{Exit, Stop};
use crate::ask::batch::{Batch, Meaning};
use crate::error::{Error, Result};
use crate::eval::{Scenario, is_address_test};
use crate::input::rows::{self, Naming, Shape, Table};
use crate::net::PrefixTrie;
use crate::report::rows::Layout;
use crate::report::suite::{grouped, thousands};
use pipeline::{Run, Total};
use work::{Counts, Task};

/// More threads are of no use to anybody, and a system may refuse them.
const MOST_THREADS: i64 = 1_024;
/// The most columns that are named as not used.
const MOST_NAMED: usize = 20;

/// Arguments of `ipcond batch`.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct BatchArgs {
    /// Policy files, and last the requests: CSV or JSON Lines, plain or gzip (`-` is standard input)
    #[arg(value_name = "POLICY… REQUESTS", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    layers: LayerArgs,
    #[command(flatten)]
    call: CallArgs,
    /// What columns mean, such as ip=src,action=eventName; or, of a file without a header, their names in order
    #[arg(
        long,
        value_name = "MEANING=COLUMN,…",
        value_delimiter = ',',
        help_heading = "Rows"
    )]
    columns: Vec<String>,
    /// Write only these columns before the decision
    #[arg(
        long,
        value_name = "COLUMN,…",
        value_delimiter = ',',
        help_heading = "Rows"
    )]
    keep: Option<Vec<String>>,
    /// How rows are written [default: as they were read]
    #[arg(short, long, value_enum, help_heading = "Rows")]
    format: Option<Format>,
    /// How many threads decide [default: as many as there are processors]
    #[arg(short, long, value_name = "THREADS", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS), help_heading = "Rows")]
    jobs: Option<u16>,
    /// Stop with 2 at the first row that cannot be read
    #[arg(long, help_heading = "Rows")]
    strict: bool,
    /// Drop a port after an address
    #[arg(long, help_heading = "Rows")]
    strip_port: bool,
    /// End with 1 if a row is denied
    #[arg(long, help_heading = "Rows")]
    fail_on_deny: bool,
    /// In place of rows, count them by decision, statement, principal and block
    #[arg(long, help_heading = "Rows")]
    summary: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
}

pub(crate) fn run(args: &BatchArgs, console: &mut Console) -> Result<Exit, Stop> {
    let start = Instant::now();
    let Some((requests, policies)) = args.files.split_last() else {
        return Err(Error::request("no requests were named").into());
    };
    let scenario = described(args, policies, requests, console)?;
    let naming = naming(&args.columns)?;
    let mut table = rows::open(requests, &naming)?;
    check_constants(&args.call, &table)?;
    tell_unused(&table, &scenario, console);
    let layout = Layout::new(&table, args.output(&table), args.keep.as_deref())?;
    let blocks = if args.summary {
        tested_blocks(&scenario)
    } else {
        PrefixTrie::new()
    };
    let batch = Batch::new(scenario, Timestamp::now());
    let header = layout.header(&table);
    let stream = table.take_blocks();
    let task = Task {
        batch: &batch,
        layout: &layout,
        naming: &naming,
        shape: table.shape,
        columns: &table.columns,
        strip_port: args.strip_port,
        summary: args.summary.then_some(&blocks),
    };
    let speaker = console.speaker();
    let progress = Progress::new(console.is_watched(), &table.name, table.size, "rows");
    let run = Run {
        task: &task,
        name: &table.name,
        first_line: table.first_line,
        strict: args.strict,
        threads: args.threads(),
        speaker,
    };
    let out = console.result()?;
    if !args.summary {
        out.write_all(&header)?;
    }
    let total = run.run(stream, progress, out)?;
    if args.summary {
        out.write_all(total.summary.text(&total.counts).as_bytes())?;
    }
    console.flush()?;
    console.say(&end(&total, start.elapsed()));
    let denied = args.fail_on_deny && total.counts.denied() > 0;
    Ok(if denied { Exit::No } else { Exit::Yes })
}

impl BatchArgs {
    fn output(&self, table: &Table) -> Option<Shape> {
        match (self.format?, table.shape) {
            (Format::Jsonl, _) => Some(Shape::Lines),
            (Format::Csv, shape @ Shape::Csv(_)) => Some(shape),
            (Format::Csv, Shape::Lines) => Some(Shape::Csv(b',')),
        }
    }

    fn threads(&self) -> usize {
        match self.jobs {
            Some(threads) => threads.into(),
            None => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        }
    }
}

/// What holds for every row.
fn described(
    args: &BatchArgs,
    policies: &[PathBuf],
    requests: &Path,
    console: &mut Console,
) -> Result<Scenario> {
    let stdin = Path::new("-");
    let scenario = args.layers.scenario.as_deref();
    if requests == stdin && (policies.iter().any(|path| path == stdin) || scenario == Some(stdin)) {
        return Err(Error::request(
            "policies and requests cannot both come from standard input",
        ));
    }
    let policies = PolicyArgs::new(policies.to_vec(), args.layers.clone());
    if policies.names_nothing() {
        return Err(Error::request("no policy was given").help(
            "name the policies, and after them the requests: ipcond batch bucket.json requests.csv",
        ));
    }
    let scenario = described_everywhere(&policies, &args.call, console)?;
    if scenario.steps.is_some() {
        return Err(Error::request("this scenario is a journey")
            .help("a row is one request; run the journey with `ipcond assume --scenario`"));
    }
    let each = args.call.each(&scenario)?;
    <[Scenario; 1]>::try_from(each)
        .map(|[scenario]| scenario)
        .map_err(|_| {
            Error::request("--action and --resource are given once here")
                .help("requests that differ in them have a column for each")
        })
}

/// `--columns`
fn naming(columns: &[String]) -> Result<Naming> {
    let mut naming = Naming::default();
    let renames = columns.iter().filter(|entry| entry.contains('=')).count();
    if renames == 0 && !columns.is_empty() {
        naming.headers = Some(columns.to_vec());
        return Ok(naming);
    }
    for entry in columns {
        let Some((meaning, header)) = entry.split_once('=') else {
            return Err(Error::request(format!("--columns: `{entry}` is not MEANING=COLUMN"))
                .help("give all as ip=src,action=eventName, or, for a file without a header, all as ip,action"));
        };
        naming.renamed.add(meaning, header)?;
    }
    Ok(naming)
}

/// What a flag says for all rows, no column says for each.
fn check_constants(call: &CallArgs, table: &Table) -> Result<()> {
    if table.shape == Shape::Lines {
        return Ok(());
    }
    for (flag, meaning) in call.constants() {
        if table.columns.has(&meaning) {
            return Err(Error::request(format!(
                "{flag} says {meaning} for all rows, and a column of {} for each",
                table.name
            ))
            .help("leave the flag out, or give the column another meaning with --columns"));
        }
    }
    Ok(())
}

/// Names the columns that say nothing of a request, and what no column says.
fn tell_unused(table: &Table, scenario: &Scenario, console: &Console) {
    if table.shape == Shape::Lines {
        return;
    }
    let unused: Vec<&str> = table
        .headers
        .iter()
        .zip(&table.meanings)
        .filter(|(_, meaning)| meaning.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    let name = crate::report::escape::terminal(&table.name);
    if !unused.is_empty() {
        let more = match unused.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(", and {} more", grouped(more)),
        };
        let unused = unused[..unused.len().min(MOST_NAMED)].join(", ");
        let unused = crate::report::escape::terminal(&unused);
        console.say(&format!("{name}: not used: {unused}{more}"));
    }
    let said = scenario
        .context
        .iter()
        .any(|(key, _)| key.is(crate::eval::SOURCE_IP));
    if !table.columns.has(&Meaning::Address) && !said && !table.headers.is_empty() {
        console.say(&format!(
            "{name}: no column holds the address; the columns `source_ip` and `ip` would"
        ));
    }
}

/// The blocks that the policies compare addresses with.
fn tested_blocks(scenario: &Scenario) -> PrefixTrie<()> {
    let mut blocks = PrefixTrie::new();
    for (_, policy) in scenario.all_policies() {
        let conditions = policy
            .statements
            .iter()
            .flat_map(|statement| &statement.conditions);
        for condition in conditions.filter(|condition| is_address_test(condition)) {
            for block in condition.blocks() {
                blocks.insert(block, ());
            }
        }
    }
    blocks
}

/// The line at the end.
fn end(total: &Total, took: Duration) -> String {
    let Counts {
        rows,
        allowed,
        explicit,
        depends,
        unreadable,
        ..
    } = total.counts;
    let plural = if rows == 1 { "" } else { "s" };
    format!(
        "{} row{plural} in {:.2} s   {} allowed  {} denied ({} explicit)  {} depends  {} unreadable",
        thousands(rows),
        took.as_secs_f64(),
        thousands(allowed),
        thousands(total.counts.denied()),
        thousands(explicit),
        thousands(depends),
        thousands(unreadable),
    )
}
