//! `ipcond find`: which policies, statements and blocks contain an address.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::eval::write_json;
use super::output::{Console, read_line};
use super::policies::{looks_like_policy, policy_files};
use super::{Exit, Stop};
use crate::ask::find::Query;
use crate::error::{Error, Result};
use crate::input::{Documents, Held, Holder, NamedSet, files};
use crate::policy::{Operand, Policy};
use crate::report::escape;
use crate::report::find::{Search, csv, json::Find, text};

/// The most blocks that cannot be read, and files without a policy, that are named one by one.
const MOST_NAMED: usize = 10;

/// Arguments of `ipcond find`.
#[derive(Args, Debug)]
pub(crate) struct FindArgs {
    /// What to look for: an address, a CIDR block, `@NAME` of a set, or `@file:PATH`
    #[arg(value_name = "ADDRESS")]
    query: String,
    /// Policy files, or directories of them (`-` is standard input)
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How the blocks are printed
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

pub(crate) fn run(args: &FindArgs, console: &mut Console) -> Result<Exit, Stop> {
    let query = args.query(console)?;
    let mut reader = Reader {
        documents: Documents::new(true),
        policies: Vec::new(),
        others: Vec::new(),
        broken: false,
    };
    for path in args.paths()? {
        if path.is_dir() {
            for path in policy_files(&path)? {
                reader.walked(&path, console)?;
            }
        } else {
            reader.named(&path)?;
        }
    }
    reader.say(console);
    let compared = Query::new(&query.set);
    let hits: Vec<_> = reader
        .policies
        .iter()
        .flat_map(|policy| compared.hits(policy))
        .collect();
    let search = Search {
        query: &query,
        hits: &hits,
        policies: reader.policies.len(),
    };
    let out = console.result()?;
    match args.format {
        Format::Text => out.write_all(text::find(&search).as_bytes())?,
        Format::Json => write_json(out, &Find::new(&search))?,
        Format::Csv => csv::write(out, &search)?,
    }
    Ok(match (reader.broken, hits.is_empty()) {
        (true, _) => Exit::Error,
        (false, true) => Exit::No,
        (false, false) => Exit::Yes,
    })
}

impl FindArgs {
    fn query(&self, console: &mut Console) -> Result<NamedSet> {
        let config = console.config()?;
        let query = config.sets.resolve(&self.query, Path::new(""))?;
        if query.set.has_addresses() {
            return Ok(query);
        }
        let text = format!("`{}` holds no address to look for", self.query);
        Err(Error::request(text).help(
            "no block contains a request without an address; see what happens to it with `ipcond eval --ip none`",
        ))
    }

    /// What was named, else standard input.
    fn paths(&self) -> Result<Vec<PathBuf>> {
        if !self.paths.is_empty() {
            return Ok(self.paths.clone());
        }
        if std::io::stdin().is_terminal() {
            return Err(Error::request("no policy was given")
                .help("name policy files or a directory, or - for standard input"));
        }
        Ok(vec![PathBuf::from("-")])
    }
}

/// Reads policies, and keeps apart what is none.
struct Reader {
    documents: Documents,
    policies: Vec<Arc<Policy>>,
    /// Files of a directory that hold something else.
    others: Vec<PathBuf>,
    /// A policy of a directory could not be read.
    broken: bool,
}

impl Reader {
    fn named(&mut self, path: &Path) -> Result<()> {
        let (path, address) = files::split_address(path);
        let holder = Holder::new(&files::read_any_size(&path)?)?;
        match address {
            Some(address) => self.keep(&holder.choose(Some(&address))?),
            None => self.keep_all(&holder),
        }
    }

    /// A file that was not named itself may be something else than a policy.
    fn walked(&mut self, path: &Path, console: &Console) -> Result<()> {
        let source = match files::read_any_size(path) {
            // What is no text, or larger than any policy, is something else.
            Err(error) if !error.is_io() => {
                self.others.push(path.to_owned());
                return Ok(());
            }
            source => source?,
        };
        let read = Holder::new(&source).and_then(|holder| self.keep_all(&holder));
        if let Err(error) = read {
            // To leave out a policy that cannot be read would pass for "not found".
            if looks_like_policy(&source) {
                self.broken = true;
                console.report(&error);
            } else {
                self.others.push(path.to_owned());
            }
        }
        Ok(())
    }

    fn keep_all(&mut self, holder: &Holder) -> Result<()> {
        holder
            .documents()?
            .iter()
            .try_for_each(|held| self.keep(held))
    }

    fn keep(&mut self, held: &Held) -> Result<()> {
        self.policies.push(self.documents.policy(held, None)?);
        Ok(())
    }

    /// What the search could not look at. Of all that a lenient reading warns about, only a block that cannot be read bears
    /// on it.
    fn say(&self, console: &Console) {
        for policy in self.policies.iter().filter(|_| console.verbose > 0) {
            console.say(&read_line(policy));
        }
        let unreadable = self.policies.iter().flat_map(|policy| {
            let blocks = policy
                .warnings
                .iter()
                .filter(|warning| warning.rule == "IP-11");
            blocks.map(|warning| {
                let at = policy.source.position(warning.span.start());
                let (name, message) = (policy.source.name(), &warning.message);
                format!(
                    "warning[IP-11]: {name}:{}:{}: {message}",
                    at.line, at.column
                )
            })
        });
        let unknown: BTreeSet<String> = self
            .policies
            .iter()
            .flat_map(|policy| unknown(policy))
            .collect();
        let others = self
            .others
            .iter()
            .map(|path| format!("note: {} is no policy; passed over", files::display(path)));
        say_some(
            unreadable,
            "warning: {} more blocks cannot be read",
            console,
        );
        say_some(
            unknown.into_iter(),
            "note: {} more values are not known",
            console,
        );
        say_some(others, "note: {} more files are no policies", console);
    }
}

/// What of a policy is not known and may speak of any address.
fn unknown(policy: &Policy) -> Vec<String> {
    let conditions = policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    let values = conditions.flat_map(|condition| &condition.values);
    let open = values.filter(|value| matches!(value.operand, Operand::Open(_)));
    open.map(|value| {
        let at = policy.source.position(value.span.start());
        let (name, what) = (policy.source.name(), &value.text);
        format!(
            "note: {name}:{}:{}: {what} is not known, and was not searched",
            at.line, at.column
        )
    })
    .collect()
}

/// Says the first few lines, and how many there are more.
fn say_some(lines: impl Iterator<Item = String>, more: &str, console: &Console) {
    let mut count = 0_usize;
    for line in lines {
        count += 1;
        if count <= MOST_NAMED {
            console.say(&escape::terminal(&line));
        }
    }
    if count > MOST_NAMED {
        console.say(&more.replace("{}", &(count - MOST_NAMED).to_string()));
    }
}
