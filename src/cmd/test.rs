//! `ipcond test`: regression files.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use clap::{Args, ValueEnum};
use ignore::WalkBuilder;
use jiff::Timestamp;
use regex_lite::Regex;

use super::account::{AccountArgs, warn_unreached};
use super::output::Console;
use super::policies::base_of;
use super::{Exit, Stop};
use crate::ask::suite::coverage::Coverage;
use crate::ask::suite::{Counts, Suite, SuiteOutcome};
use crate::error::{Error, Result};
use crate::input::{self, Documents, files};
use crate::report::{escape, suite};
use crate::source::Span;

/// Arguments of `ipcond test`.
#[expect(clippy::struct_excessive_bools, reason = "flags are on or off")]
#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    /// Test files, or directories to look for `*_test.yaml`, `*_test.json`, `*.ipcond.yaml`, `*.ipcond.json` in
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Run only tests whose name, or whose file's path, matches
    #[arg(short, long, value_name = "REGEX")]
    run: Option<Regex>,
    /// Stop at the first test that fails
    #[arg(long)]
    fail_fast: bool,
    /// Run again whenever a file changes
    #[arg(short, long, conflicts_with = "output")]
    watch: bool,
    /// List the statements and blocks of policies that no test tells apart
    #[arg(long)]
    coverage: bool,
    /// Finding no tests is no failure
    #[arg(long)]
    allow_empty: bool,
    #[command(flatten)]
    account: AccountArgs,
    /// How the results are printed
    #[arg(short, long, value_enum, default_value_t = Format::Pretty, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    #[value(alias = "text")]
    Pretty,
    Json,
    Junit,
    Tap,
    Github,
}

pub(crate) fn run(args: &TestArgs, console: &mut Console) -> Result<Exit, Stop> {
    if args.watch {
        return watch(args, console);
    }
    once(args, console)
}

fn once(args: &TestArgs, console: &mut Console) -> Result<Exit, Stop> {
    let start = Instant::now();
    let (mut outcomes, mut empty, mut broken) = (Vec::new(), false, false);
    let mut documents = Documents::default();
    documents.accounts = args.account.of_tests()?;
    let config = console.config()?;
    let now = Timestamp::now();
    for path in args.files()? {
        // A file that cannot be read must not hide what became of the others.
        let read = files::read(&path).and_then(|source| {
            let suite = input::read_suite(&source, base_of(&path), &mut documents, &config.sets)?;
            Ok((source, suite))
        });
        let (source, mut suite) = match read {
            Ok(read) => read,
            Err(error) => {
                console.report(&error);
                broken = true;
                continue;
            }
        };
        for question in suite.tests.iter_mut().flat_map(|test| &mut test.question) {
            config.fill(&mut question.scenario);
        }
        if suite.tests.is_empty() && !args.allow_empty {
            let error = Error::request("the file has no tests").at(&source, Span::new(0, 0));
            console.report(&error.help("write some under `tests`, or allow it with --allow-empty"));
            empty = true;
        }
        let outcome = args.run_suite(suite, &path, now);
        let stop = args.fail_fast && outcome.outcomes.iter().any(|(_, outcome)| outcome.is_bad());
        outcomes.push(outcome);
        if stop {
            break;
        }
    }
    args.say_edits(&documents, console)?;
    let counts = Counts::of(&outcomes);
    let coverage = args.coverage.then(|| Coverage::of(&outcomes, now));
    args.write(&outcomes, coverage.as_ref(), console)?;
    console.flush()?;
    console.say(&suite::summary(&outcomes, start.elapsed()));
    if broken {
        return Ok(Exit::Error);
    }
    if counts.total() == 0 && !args.allow_empty {
        let what = if args.run.is_some() {
            "no test matches --run"
        } else {
            "no tests were found; test files are named *_test.yaml, *_test.json, *.ipcond.yaml or *.ipcond.json"
        };
        console.say(&format!("error: {what}"));
        return Ok(Exit::No);
    }
    Ok(if counts.failed > 0 || empty {
        Exit::No
    } else {
        Exit::Yes
    })
}

impl TestArgs {
    /// With `-v` what was changed in accounts, and what of it no test reaches.
    fn say_edits(&self, documents: &Documents, console: &Console) -> Result<()> {
        if !self.account.has_edits() {
            return Ok(());
        }
        let mut accounts = documents.accounts.all().peekable();
        if accounts.peek().is_none() {
            let error = self.account.nothing_to_edit();
            return Err(error);
        }
        for account in accounts {
            for line in account.edits().filter(|_| console.verbose > 0) {
                console.say(&escape::terminal(line));
            }
            warn_unreached(account, console);
        }
        Ok(())
    }

    /// Where to look: what was named, else the working directory.
    fn roots(&self) -> Vec<PathBuf> {
        if self.paths.is_empty() {
            return vec![PathBuf::from(".")];
        }
        self.paths.clone()
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let mut all = Vec::new();
        for path in &self.roots() {
            if path.is_dir() {
                all.extend(test_files(path)?);
            } else {
                all.push(path.clone());
            }
        }
        Ok(all)
    }

    fn run_suite(&self, suite: Suite, path: &Path, now: Timestamp) -> SuiteOutcome {
        let in_path = self
            .run
            .as_ref()
            .is_some_and(|regex| regex.is_match(&files::display(path)));
        let wanted =
            |name: &str| in_path || self.run.as_ref().is_none_or(|regex| regex.is_match(name));
        let mut outcomes = Vec::new();
        for (index, test) in suite
            .tests
            .iter()
            .enumerate()
            .filter(|(_, test)| wanted(&test.name))
        {
            let outcome = test.run(now);
            let stop = self.fail_fast && outcome.is_bad();
            outcomes.push((index, outcome));
            if stop {
                break;
            }
        }
        SuiteOutcome { suite, outcomes }
    }

    fn write(
        &self,
        outcomes: &[SuiteOutcome],
        coverage: Option<&Coverage>,
        console: &mut Console,
    ) -> Result<(), Stop> {
        let screen = console.screen();
        let out = console.result()?;
        match self.format {
            Format::Pretty => suite::pretty::write(out, outcomes, screen.styled)?,
            Format::Json => suite::json::write(out, outcomes, coverage)?,
            Format::Junit => suite::junit::write(out, outcomes)?,
            Format::Tap => suite::tap::write(out, outcomes)?,
            Format::Github => suite::github::write(out, outcomes)?,
        }
        match (self.format, coverage) {
            (Format::Json, _) | (_, None) => {}
            (Format::Pretty, Some(coverage)) => {
                suite::coverage::write(out, coverage)?;
                writeln!(out)?;
            }
            // These formats have no place for it.
            (_, Some(coverage)) => {
                let mut text = Vec::new();
                suite::coverage::write(&mut text, coverage)?;
                console.say(&String::from_utf8_lossy(&text));
            }
        }
        Ok(())
    }
}

/// Test files below a directory, in alphabetical order; what `.gitignore` names is passed over.
fn test_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in WalkBuilder::new(directory)
        .require_git(false)
        .sort_by_file_path(Path::cmp)
        .build()
    {
        let entry = entry.map_err(|error| Error::io(format!("cannot look for tests: {error}")))?;
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_some_and(|sort| sort.is_file()) && input::is_test_file(&name) {
            let path = entry.path();
            found.push(path.strip_prefix("./").unwrap_or(path).to_owned());
        }
    }
    Ok(found)
}

/// How often files are looked at.
const PAUSE: Duration = Duration::from_millis(300);

fn watch(args: &TestArgs, console: &mut Console) -> Result<Exit, Stop> {
    loop {
        let seen = args.fingerprint();
        match once(args, console) {
            Ok(_) => {}
            Err(Stop::Error(error)) => console.report(&error),
            Err(stop) => return Err(stop),
        }
        console.say("watching for changes; Ctrl-C ends");
        while args.fingerprint() == seen {
            std::thread::sleep(PAUSE);
        }
        if console.is_watched() {
            // Clear the screen and go to its first line.
            console.say("\x1b[2J\x1b[H");
        }
    }
}

impl TestArgs {
    /// Which files there are near the tests, and when they changed.
    fn fingerprint(&self) -> Vec<(PathBuf, Option<SystemTime>, u64)> {
        let mut all = Vec::new();
        for path in &self.roots() {
            let root = if path.is_dir() { path } else { base_of(path) };
            let root = if root == Path::new("") {
                Path::new(".")
            } else {
                root
            };
            for entry in WalkBuilder::new(root)
                .require_git(false)
                .sort_by_file_path(Path::cmp)
                .build()
                .flatten()
            {
                let name = entry.file_name().to_string_lossy();
                if let Ok(metadata) = entry.metadata()
                    && metadata.is_file()
                    && [".json", ".yaml", ".yml"]
                        .iter()
                        .any(|end| name.ends_with(end))
                {
                    all.push((
                        entry.path().to_owned(),
                        metadata.modified().ok(),
                        metadata.len(),
                    ));
                }
            }
        }
        all
    }
}
