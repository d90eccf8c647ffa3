//! `ipcond lint`: pitfalls of policies.

mod baseline;
mod files;
mod fix;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::eval::write_json;
use super::output::Console;
use super::{Exit, Stop};
use crate::ask::lint::{Located, Selection, Severity};
use crate::error::{Error, Result};
use crate::net::{Address, parse_address};
use crate::policy::PolicyKind;
use crate::report::lint as report;
use baseline::Baseline;
use files::Files;

/// Arguments of `ipcond lint`.
#[expect(clippy::struct_excessive_bools, reason = "flags are on or off")]
#[derive(Args, Debug)]
pub(crate) struct LintArgs {
    /// Policy files, or directories of them (`-` is standard input) [default: the working directory]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What the policies are attached to, where their content does not show it
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only rules whose codes begin like this
    #[arg(
        long,
        value_name = "CODES",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    select: Vec<String>,
    /// No rules whose codes begin like this; the longer of --select and --ignore decides
    #[arg(
        long,
        value_name = "CODES",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    ignore: Vec<String>,
    /// Findings that are in FILE do not count; it is made with `-f json -o FILE`
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    baseline: Option<PathBuf>,
    /// Report what would lock out this address
    #[arg(long, value_name = "ADDRESS", help_heading = "Rules")]
    me: Option<String>,
    /// Change the files where the meaning is proved to stay as it is
    #[arg(long, help_heading = "Changes")]
    fix: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long, conflicts_with = "fix", help_heading = "Changes")]
    diff: bool,
    /// The mildest finding that is a failure
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Level::Error, help_heading = "Answer")]
    fail_level: Level,
    /// Findings are no failure
    #[arg(long, help_heading = "Answer")]
    exit_zero: bool,
    /// How often each rule found something, in place of the findings
    #[arg(long, help_heading = "Answer")]
    statistics: bool,
    /// How the findings are printed
    #[arg(short, long, value_enum, default_value_t = Format::Full, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With the lines that they are about
    #[value(alias = "text")]
    Full,
    /// A line for each
    Concise,
    /// Everything, as lint/1
    Json,
    /// For code scanning, SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// `JUnit` XML
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    Error,
    Warning,
    Info,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Identity,
    Boundary,
    Session,
    Scp,
    Rcp,
    #[value(alias = "bucket")]
    Resource,
    Trust,
    Vpce,
}

pub(crate) fn run(args: &LintArgs, console: &mut Console) -> Result<Exit, Stop> {
    let selection = Selection::new(&args.select, &args.ignore)?;
    let me = args.me()?;
    let config = console.config()?;
    if args.statistics && !matches!(args.format, Format::Full | Format::Json) {
        return Err(Error::request("--statistics is a table, or JSON")
            .help("leave out --format, or write `-f json`")
            .into());
    }
    if args.fix && args.paths.iter().any(|path| path == Path::new("-")) {
        return Err(Error::request("standard input cannot be changed")
            .help("see the changes with --diff, or name a file")
            .into());
    }
    let baseline = args.baseline.as_deref().map(Baseline::read).transpose()?;
    let mut files = Files::read(args, console)?;
    let counts = |one: &Located| {
        let rule = one.finding.rule;
        selection.takes(rule) && !config.ignores.takes(rule, one.file().as_ref())
    };
    if args.diff {
        return fix::show(&files, &counts, console);
    }
    if args.fix {
        fix::fix(&mut files, &counts, console)?;
    }
    let mut found = files.findings(me, &counts);
    if let Some(baseline) = baseline {
        baseline.subtract(&mut found);
    }
    args.write(&found, &files, console)?;
    console.flush()?;
    files.say(console);
    console.say(&report::summary(&found, files.names().len(), files.count()));
    Ok(args.exit(&found, &files))
}

impl LintArgs {
    fn me(&self) -> Result<Option<Address>> {
        let read = |text: &String| {
            let address = parse_address(text).map(|(address, _)| address);
            address.ok_or_else(|| {
                Error::request(format!("`{text}` is not an IP address"))
                    .help("--me is the address that you call AWS from, such as 203.0.113.9")
            })
        };
        self.me.as_ref().map(read).transpose()
    }

    fn policy_kind(&self) -> Option<PolicyKind> {
        self.kind.map(|kind| match kind {
            Kind::Identity => PolicyKind::Identity,
            Kind::Boundary => PolicyKind::Boundary,
            Kind::Session => PolicyKind::Session,
            Kind::Scp => PolicyKind::Scp,
            Kind::Rcp => PolicyKind::Rcp,
            Kind::Resource => PolicyKind::Resource,
            Kind::Trust => PolicyKind::Trust,
            Kind::Vpce => PolicyKind::Vpce,
        })
    }

    fn write(&self, found: &[Located], files: &Files, console: &mut Console) -> Result<(), Stop> {
        let styled = console.screen().styled;
        let out = console.result()?;
        if self.statistics {
            let statistics = report::statistics::Statistics::new(found);
            return match self.format {
                Format::Json => write_json(out, &statistics),
                _ => Ok(out.write_all(statistics.table().as_bytes())?),
            };
        }
        match self.format {
            Format::Full => report::full::write(out, found, styled)?,
            Format::Concise => report::concise::write(out, found)?,
            Format::Json => write_json(out, &report::json::Lint::new(found))?,
            Format::Sarif => write_json(out, &report::sarif::Log::new(found))?,
            Format::Github => report::github::write(out, found)?,
            Format::Gitlab => write_json(out, &report::gitlab::report(found))?,
            Format::Junit => report::junit::write(out, found, &files.names())?,
        }
        Ok(())
    }

    fn exit(&self, found: &[Located], files: &Files) -> Exit {
        let least = match self.fail_level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Info => Severity::Info,
        };
        let fails = found.iter().any(|one| one.finding.severity >= least);
        match (files.are_unread(), fails && !self.exit_zero) {
            (true, _) => Exit::Error,
            (false, true) => Exit::No,
            (false, false) => Exit::Yes,
        }
    }
}
