//! The two versions that are compared, and how they are read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::DiffArgs;
use super::pairs::{Pair, by_address};
use crate::cmd::account::{AccountArgs, collect};
use crate::cmd::args::CallArgs;
use crate::cmd::layers::{over, place};
use crate::cmd::output::Console;
use crate::cmd::policies::{base_of, policy_files};
use crate::error::Result;
use crate::eval::{PolicySet, Role, Scenario};
use crate::input::{self, Account, AccountReader, Documents, Held, Holder, files};
use crate::policy::{Arn, Policy, PolicyKind};
use crate::source::Source;

/// Two versions of one thing.
pub(super) struct Versions {
    /// What it is called, where there are several.
    pub(super) title: Option<String>,
    /// The file that it stands in, where it is in one.
    pub(super) file: Option<String>,
    pub(super) old: Side,
    pub(super) new: Side,
    /// All that applies to the caller is at hand: nothing else is taken to allow anything.
    pub(super) is_whole: bool,
}

/// One version: what it asks, and the texts that it was read from.
pub(super) struct Side {
    pub(super) scenario: Scenario,
    pub(super) texts: Vec<String>,
    /// Its SCPs are those of an organization, which says what is attached, and nothing else is.
    pub(super) organized: bool,
    /// Its identity policies are those that an account has of the caller, all of them.
    pub(super) collected: bool,
}

/// What a path of the command line names.
pub(super) enum Content {
    /// One document of a file.
    Chosen(Held),
    /// A directory of policies that count together.
    Directory(PathBuf),
    /// A file of documents.
    Documents(Holder),
    /// A scenario, and where it stands.
    Scenario(PathBuf, Source),
}

impl Content {
    pub(super) fn read(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Ok(Self::Directory(path.to_owned()));
        }
        let (path, address) = files::split_address(path);
        let source = files::read_any_size(&path)?;
        if input::is_scenario(&source) {
            return Ok(Self::Scenario(path, source));
        }
        let holder = Holder::new(&source)?;
        match address {
            Some(address) => holder.choose(Some(&address)).map(Self::Chosen),
            None => Ok(Self::Documents(holder)),
        }
    }
}

/// Reads versions, with the policies and facts that flags add to each.
pub(super) struct Reader<'a> {
    documents: Documents,
    call: &'a CallArgs,
    /// The files of `--account`, which both versions have in common, and what is in them.
    files: &'a AccountArgs,
    account: Account,
    flags: PolicySet,
}

impl<'a> Reader<'a> {
    pub(super) fn new(args: &'a DiffArgs, revision: Option<String>) -> Result<Self> {
        // The policies of flags are the same on both sides: those of the work tree.
        let flags = args
            .layers
            .policies(&mut Documents::new(args.layers.lenient))?;
        let mut documents = Documents::new(args.layers.lenient);
        documents.revision = revision;
        Ok(Self {
            documents,
            call: &args.call,
            files: &args.account,
            account: args.account.read()?,
            flags,
        })
    }

    pub(super) fn side(&mut self, content: Content, console: &mut Console) -> Result<Side> {
        match content {
            Content::Chosen(held) => self.document(Some(&held), None, console),
            Content::Directory(path) => self.directory(&path, console),
            Content::Scenario(path, source) => self.version(&path, Some(source), None, console),
            Content::Documents(holder) if holder.is_account()? => {
                let mut account = self.files.read()?;
                account.add(&holder.source)?;
                let texts = vec![holder.source.text().to_owned()];
                let scenario = Scenario::default();
                self.finish(&account, scenario, &self.flags, texts, console)
            }
            Content::Documents(holder) => self.document(Some(&holder.choose(None)?), None, console),
        }
    }

    fn directory(&self, path: &Path, console: &mut Console) -> Result<Side> {
        let mut policies = self.flags.clone();
        let mut texts = Vec::new();
        for path in policy_files(path)? {
            let held = self.documents.choose(&path)?;
            place(&mut policies, self.documents.policy(&held, None)?)?;
            texts.extend(held.text().map(str::to_owned));
        }
        let scenario = Scenario::default();
        self.finish(&self.account, scenario, &policies, texts, console)
    }

    /// The documents of two files, one by one.
    pub(super) fn pairs(
        &self,
        old: &[Held],
        new: &[Held],
        console: &mut Console,
    ) -> Result<Vec<Versions>> {
        let pairs = by_address(old, new);
        let read = pairs.iter().map(|pair| self.documents(pair, console));
        read.collect()
    }

    /// One document in two versions.
    fn documents(&self, pair: &Pair<'_>, console: &mut Console) -> Result<Versions> {
        let kind = Some(pair.kind()?);
        Ok(Versions {
            title: Some(pair.title()),
            file: pair.newest().map(|held| held.file().to_owned()),
            old: self.document(pair.old, kind, console)?,
            new: self.document(pair.new, kind, console)?,
            is_whole: false,
        })
    }

    /// What applies to the principal of a scenario in two versions of an account.
    pub(super) fn edited(
        &self,
        sides: [&Account; 2],
        scenario: &Scenario,
        console: &mut Console,
    ) -> Result<Versions> {
        let mut side =
            |account| self.finish(account, scenario.clone(), &self.flags, Vec::new(), console);
        Ok(Versions {
            title: None,
            file: None,
            old: side(sides[0])?,
            new: side(sides[1])?,
            is_whole: true,
        })
    }

    /// Who may assume a role in two versions of an account.
    pub(super) fn trusts(
        &self,
        sides: [&Account; 2],
        role: &str,
        console: &mut Console,
    ) -> Result<Versions> {
        let arn: Arn = role.parse()?;
        let mut side = |account: &Account| {
            let scenario = Scenario {
                resource: Some(role.parse()?),
                ..Scenario::default()
            };
            let mut policies = self.flags.clone();
            if let Some(trust) = account.trust_of(&Role::from_arn(&arn)?)? {
                place(&mut policies, self.documents.policy(&trust, None)?)?;
            }
            // Who may assume it is asked of everyone, and not of those in the files only.
            self.finish(
                &Account::default(),
                scenario,
                &policies,
                Vec::new(),
                console,
            )
        };
        Ok(Versions {
            title: None,
            file: None,
            old: side(sides[0])?,
            new: side(sides[1])?,
            is_whole: false,
        })
    }

    /// A version by its document; one that is not there is a policy without statements.
    fn document(
        &self,
        held: Option<&Held>,
        kind: Option<PolicyKind>,
        console: &mut Console,
    ) -> Result<Side> {
        let mut policies = self.flags.clone();
        let policy = match held {
            Some(held) => self.documents.policy(held, kind)?,
            None => empty_policy(kind.unwrap_or(PolicyKind::Identity))?,
        };
        place(&mut policies, policy)?;
        let text = held.and_then(Held::text).map(str::to_owned);
        let texts = text.into_iter().collect();
        let scenario = Scenario::default();
        self.finish(&self.account, scenario, &policies, texts, console)
    }

    /// A version by its text; a text that is not there is a policy without statements.
    pub(super) fn version(
        &mut self,
        path: &Path,
        source: Option<Source>,
        kind: Option<PolicyKind>,
        console: &mut Console,
    ) -> Result<Side> {
        let Some(source) = source else {
            return self.document(None, kind, console);
        };
        let base = base_of(path);
        if let Some(scenario) = input::scenario_in(&source, base, &mut self.documents)? {
            let texts = vec![source.text().to_owned()];
            return self.finish(&self.account, scenario, &self.flags, texts, console);
        }
        let held = Holder::new(&source)?.choose(None)?;
        self.document(Some(&held), None, console)
    }

    /// Puts the flags and the configuration over a version, and what an account says of its principal below the policies.
    fn finish(
        &self,
        account: &Account,
        mut scenario: Scenario,
        policies: &PolicySet,
        texts: Vec<String>,
        console: &mut Console,
    ) -> Result<Side> {
        self.call.apply_in(account, &mut scenario)?;
        console.config()?.fill(&mut scenario);
        let (mut organized, mut complete) = (false, false);
        if !account.is_empty() {
            let (asked, mut notes) = (self.call.wanted(&scenario)?, Vec::new());
            let lenient = self.documents.lenient;
            let mut reader = AccountReader::new(account, lenient, &mut notes);
            let collected = collect(&mut reader, &mut scenario, &asked, policies)?;
            organized = collected.scp.is_some() && policies.scp.is_none();
            complete = collected.identity.is_some() && policies.identity.is_none();
            scenario = over(scenario, &collected);
            console.say_notes(&notes);
        }
        let scenario = over(scenario, policies);
        console.say_about(&scenario);
        Ok(Side {
            scenario,
            texts,
            organized,
            collected: complete,
        })
    }
}

/// A policy that says nothing.
fn empty_policy(kind: PolicyKind) -> Result<Arc<Policy>> {
    let text = r#"{"Version": "2012-10-17", "Statement": []}"#;
    Policy::from_json("nothing", text, kind).map(Arc::new)
}
