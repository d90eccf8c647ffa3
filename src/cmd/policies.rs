//! The flags that name policies, and how they fill a scenario.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use super::account::{AccountArgs, collect};
use super::layers::{LayerArgs, over, place, place_at};
use crate::ask::groups::Wanted;
use crate::error::{Error, Result};
use crate::eval::{PolicySet, Scenario};
use crate::input::{self, Account, AccountReader, Documents, Format, Simulation, files};
use crate::source::Source;

/// Where the policies are.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Policies")]
pub(crate) struct PolicyArgs {
    /// Policies, or files that hold some, as `FILE#ADDRESS`; what each one is shows from its content (`-` is standard input)
    #[arg(value_name = "POLICY")]
    policies: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) layers: LayerArgs,
    #[command(flatten)]
    account: AccountArgs,
}

impl PolicyArgs {
    /// Policies that another command has told from its other files.
    pub(crate) fn new(policies: Vec<PathBuf>, layers: LayerArgs) -> Self {
        Self {
            policies,
            layers,
            account: AccountArgs::default(),
        }
    }

    /// Whether no policy was named in any way.
    pub(crate) fn names_nothing(&self) -> bool {
        self.policies.is_empty() && self.layers.names_nothing() && self.account.is_empty()
    }

    /// What the flags and files say.
    pub(crate) fn load(&self) -> Result<Loaded> {
        let mut documents = Documents::new(self.layers.lenient);
        let mut loaded = Loaded {
            scenario: self.layers.scenario(&mut documents)?,
            policies: self.layers.policies(&mut documents)?,
            account: self.account.read()?,
            simulation: Simulation::default(),
            taken: Vec::new(),
            lenient: self.layers.lenient,
        };
        for path in self.paths()? {
            loaded.add(&path, &documents)?;
        }
        loaded.account = self.account.edit(loaded.account, &documents)?;
        let edits = loaded.account.edits().map(str::to_owned);
        loaded.taken.extend(edits);
        Ok(loaded)
    }

    /// The files without a flag: their content says what they are.
    fn paths(&self) -> Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for path in &self.policies {
            if path.is_dir() {
                paths.extend(policy_files(path)?);
            } else {
                paths.push(path.clone());
            }
        }
        if self.names_nothing() && !std::io::stdin().is_terminal() {
            paths.push(PathBuf::from("-"));
        }
        Ok(paths)
    }
}

/// The policies of a request, before it is known who makes it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) scenario: Scenario,
    /// The policies of flags and files.
    policies: PolicySet,
    pub(crate) account: Account,
    /// What an input of the simulator asks.
    pub(crate) simulation: Simulation,
    /// Which files were taken for something else than policies, for `-v`.
    pub(crate) taken: Vec<String>,
    lenient: bool,
}

impl Loaded {
    /// Adds a file that was named without a flag.
    fn add(&mut self, path: &Path, documents: &Documents) -> Result<()> {
        let (file, address) = files::split_address(path);
        let holder = documents.open(&file)?;
        if holder.format != Format::Policy {
            let (name, what) = (holder.source.name(), holder.format.title());
            self.taken.push(format!("read {name}: {what}"));
        }
        if address.is_none() && holder.is_account()? {
            return self.account.add(&holder.source);
        }
        if holder.format == Format::Simulation && address.is_none() {
            self.simulation = Simulation::read(&holder.source, &input::tree(&holder.source)?)?;
            for held in holder.documents()?.iter() {
                let policy = documents.policy(held, None)?;
                place_at(&mut self.policies, policy, held.level)?;
            }
            return Ok(());
        }
        let held = holder.choose(address.as_deref())?;
        place(&mut self.policies, documents.policy(&held, None)?)
    }

    /// The scenario with all its policies, those of `account` that apply to its principal among them; `resources` are what
    /// the request is on, and of a role that is assumed the trust policy applies. Also what is to be said about them.
    pub(crate) fn finish(
        &self,
        mut scenario: Scenario,
        asked: &Wanted,
    ) -> Result<(Scenario, Vec<String>)> {
        let mut notes = Vec::new();
        if !self.account.is_empty() {
            let mut reader = AccountReader::new(&self.account, self.lenient, &mut notes);
            let collected = collect(&mut reader, &mut scenario, asked, &self.policies)?;
            scenario = over(scenario, &collected);
        }
        Ok((over(scenario, &self.policies), notes))
    }

    /// The scenario, for a command that asks about many principals.
    pub(crate) fn without_account(self) -> Result<Scenario> {
        if !self.account.is_empty() {
            return Err(Error::request("the policies of a whole account were given")
                .help("name the documents that are meant: FILE#ADDRESS"));
        }
        Ok(over(self.scenario, &self.policies))
    }
}

/// Whether a file may hold policies, by its name: as [`is_policy_file`], or compressed.
pub(crate) fn may_hold_policies(path: &Path) -> bool {
    let packed = path.extension().is_some_and(|last| last == "gz");
    is_policy_file(path)
        || (packed && is_policy_file(Path::new(path.file_stem().unwrap_or_default())))
}

/// Whether a file may be a policy, by its name.
pub(crate) fn is_policy_file(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["json", "yaml", "yml"]
        .iter()
        .any(|known| extension == *known)
}

/// Whether a text is meant to be a policy: it has the one element that every policy has, or as much of it as can be told.
pub(crate) fn looks_like_policy(source: &Source) -> bool {
    match input::tree(source) {
        Ok(tree) => tree.get("Statement").is_some(),
        Err(_) => source.text().contains("Statement"),
    }
}

/// The policy files below a directory, by their names.
pub(crate) fn policy_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let found = files::walk(directory, &|name| may_hold_policies(Path::new(name)))?;
    if found.is_empty() {
        return Err(Error::io(format!(
            "no policy files in `{}`",
            files::display(directory)
        )));
    }
    Ok(found)
}

/// The directory that paths in a file are relative to.
pub(crate) fn base_of(path: &Path) -> &Path {
    if path == Path::new("-") {
        Path::new("")
    } else {
        path.parent().unwrap_or(Path::new(""))
    }
}
