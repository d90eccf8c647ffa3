//! `ipcond diff`: which addresses gain or lose access between two versions.

mod pairs;
mod reader;
mod what_if;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::account::AccountArgs;
use super::args::CallArgs;
use super::layers::LayerArgs;
use super::output::Console;
use super::policies::may_hold_policies;
use super::taken::{ALLOW_ALL, full_access_notes, with_full_access};
use super::{Exit, Stop};
use crate::ask::diff::{Difference, diff};
use crate::ask::groups::Wanted;
use crate::error::{Error, Result};
use crate::eval::Scenario;
use crate::input::{self, Held, Holder, files, git};
use crate::policy::{Effect, Policy, PolicyKind};
use crate::report::diff::{Comparison, github, json, markdown, text};
use crate::source::Source;
use reader::{Content, Reader, Side, Versions};

/// Arguments of `ipcond diff`.
#[derive(Args, Debug)]
pub(crate) struct DiffArgs {
    /// The old version and the new one: policy files, directories of them, or scenarios; a Terraform plan alone, which has
    /// both; with --git, what to compare; none with --account and what would be other in it
    #[arg(value_name = "OLD NEW", required_unless_present_any = ["attach", "detach", "replace"])]
    paths: Vec<PathBuf>,
    /// Compare the work tree with this revision
    #[arg(long, value_name = "REV", help_heading = "Policies")]
    git: Option<String>,
    #[command(flatten)]
    layers: LayerArgs,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    call: CallArgs,
    /// What ends with 1
    #[arg(long, value_enum, default_value_t = FailOn::Any, value_name = "WHAT", help_heading = "Answer")]
    fail_on: FailOn,
    /// End with 0 where a change would end with 1
    #[arg(long, help_heading = "Answer")]
    exit_zero: bool,
    /// How the difference is printed
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Someone gains access
    Gain,
    /// Someone loses access
    Lose,
    /// Either
    Any,
    /// Nothing
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// Everything, as diff/1
    Json,
    /// A table for a pull request
    Markdown,
    /// Annotations of GitHub Actions
    Github,
}

const TWO_VERSIONS: &str =
    "name the old version and the new one, or compare with a revision: --git main -- FILE";

/// A pair of versions compared.
struct Compared {
    title: Option<String>,
    file: Option<String>,
    differences: Vec<Difference>,
    same_text: bool,
}

pub(crate) fn run(args: &DiffArgs, console: &mut Console) -> Result<Exit, Stop> {
    args.call.facts.check_no_address()?;
    if args.layers.scenario.is_some() {
        return Err(Error::request("--scenario holds one version")
            .help("name two scenario files as OLD and NEW")
            .into());
    }
    let now = Timestamp::now();
    let mut compared = Vec::new();
    if args.account.has_edits() {
        compared.push(args.what_if(now, console)?);
    } else {
        for versions in args.versions(console)? {
            compared.push(args.compare(versions, now, console)?);
        }
    }
    args.write(&compared, console)?;
    Ok(args.exit(&compared))
}

impl DiffArgs {
    fn versions(&self, console: &mut Console) -> Result<Vec<Versions>> {
        match &self.git {
            Some(revision) => self.with_revision(revision, console),
            None => self.pairs(console),
        }
    }

    fn pairs(&self, console: &mut Console) -> Result<Vec<Versions>> {
        let (old, new) = match self.paths.as_slice() {
            [old, new] => (old, new),
            [plan] => return self.change(plan, console),
            several => {
                let text = format!(
                    "there are {} files, and two versions are compared",
                    several.len()
                );
                return Err(Error::request(text).help(TWO_VERSIONS));
            }
        };
        let mut reader = Reader::new(self, None)?;
        let (old, new) = (Content::read(old)?, Content::read(new)?);
        if let (Some(old), Some(new)) = (self.several(&old)?, self.several(&new)?)
            && old.len().max(new.len()) > 1
        {
            return reader.pairs(&old, &new, console);
        }
        Ok(vec![Versions {
            title: None,
            file: None,
            old: reader.side(old, console)?,
            new: reader.side(new, console)?,
            is_whole: false,
        }])
    }

    /// What a plan changes.
    fn change(&self, path: &Path, console: &mut Console) -> Result<Vec<Versions>> {
        let change = match Content::read(path)? {
            Content::Documents(holder) => holder.change()?,
            _ => None,
        };
        let Some([before, after]) = change else {
            let text = "there is one version, and nothing to compare it with";
            return Err(Error::request(text).help(TWO_VERSIONS));
        };
        Reader::new(self, None)?.pairs(&before, &after, console)
    }

    /// The documents of a side that are compared one by one: not those of an account, where they are taken together for
    /// one principal.
    fn several(&self, content: &Content) -> Result<Option<Vec<Held>>> {
        match content {
            Content::Documents(holder)
                if !(self.call.names_principal() && holder.is_account()?) =>
            {
                holder.documents().map(|held| Some(held.into_owned()))
            }
            _ => Ok(None),
        }
    }

    /// Each file that differs between a revision and the work tree.
    fn with_revision(&self, revision: &str, console: &mut Console) -> Result<Vec<Versions>> {
        let mut paths = BTreeSet::new();
        for path in &self.paths {
            if path.is_dir() {
                paths.extend(
                    git::walk(revision, path)?
                        .into_iter()
                        .filter(|path| may_hold_policies(path)),
                );
                let found = files::walk(path, &|name| may_hold_policies(Path::new(name)))?;
                paths.extend(
                    found
                        .into_iter()
                        .map(|found| match found.strip_prefix(".") {
                            Ok(inside) => inside.to_owned(),
                            Err(_) => found,
                        }),
                );
            } else {
                paths.insert(path.clone());
            }
        }
        let mut old_reader = Reader::new(self, Some(revision.to_owned()))?;
        let mut new_reader = Reader::new(self, None)?;
        let mut pairs = Vec::new();
        for path in &paths {
            let old = git::show(revision, path)?;
            let new = path.exists().then(|| files::read(path)).transpose()?;
            let named = self.paths.contains(path);
            let texts = [&old, &new].map(|source| source.as_ref().map(Source::text));
            match texts {
                [None, None] => {
                    let text = format!(
                        "`{}` is neither in `{revision}` nor in the work tree",
                        files::display(path)
                    );
                    return Err(Error::io(text));
                }
                [old, new] if old == new && !named => continue,
                texts if !named && !texts.into_iter().flatten().all(is_of_use) => continue,
                _ => {}
            }
            // A file that is only there in one version says nothing in the other.
            let kind = [&old, &new].into_iter().flatten().find_map(|source| {
                let held = Holder::new(source).and_then(|holder| holder.choose(None));
                held.and_then(|held| held.likely_kind()).ok()
            });
            pairs.push(Versions {
                title: Some(files::display(path)),
                file: Some(files::display(path)),
                old: old_reader.version(path, old, kind, console)?,
                new: new_reader.version(path, new, kind, console)?,
                is_whole: false,
            });
        }
        Ok(pairs)
    }

    fn compare(&self, versions: Versions, now: Timestamp, console: &Console) -> Result<Compared> {
        let Versions {
            title,
            file,
            old,
            new,
            is_whole,
        } = versions;
        let mut notes = BTreeSet::new();
        let same_text = old.texts == new.texts;
        let collected = old.collected || new.collected;
        let mut completed = |side: Side| {
            if side.organized {
                return side.scenario;
            }
            notes.extend(full_access_notes(&side.scenario.policies));
            with_full_access(side.scenario)
        };
        let mut sides = [completed(old), completed(new)];
        if !collected && !is_whole {
            notes.extend(nobody_trusted(&sides));
            sides = with_an_allow(sides, &mut notes);
        }
        let [old_scenario, new_scenario] = sides;
        for note in notes {
            console.say(&format!("note: {note}"));
        }
        let wanted = self.wanted(&old_scenario, &new_scenario)?;
        Ok(Compared {
            title,
            file,
            differences: diff(&old_scenario, &new_scenario, &wanted, now)?,
            same_text,
        })
    }

    fn wanted(&self, old: &Scenario, new: &Scenario) -> Result<Wanted> {
        let mut wanted = self.call.wanted(new)?;
        let before = self.call.wanted(old)?;
        for action in before.actions {
            if !wanted
                .actions
                .iter()
                .any(|other| other.as_str().eq_ignore_ascii_case(action.as_str()))
            {
                wanted.actions.push(action);
            }
        }
        for resource in before.resources {
            if !wanted.resources.contains(&resource) {
                wanted.resources.push(resource);
            }
        }
        if old.principal.is_some() && new.principal.is_some() && old.principal != new.principal {
            return Err(
                Error::request("the two scenarios have different principals")
                    .help("compare what one principal may do: --principal ARN"),
            );
        }
        Ok(wanted)
    }

    fn write(&self, compared: &[Compared], console: &mut Console) -> Result<(), Stop> {
        let comparisons: Vec<Comparison<'_>> = compared
            .iter()
            .map(|compared| Comparison {
                differences: &compared.differences,
                title: compared.title.as_deref(),
                file: compared.file.as_deref(),
                same_text: compared.same_text,
            })
            .collect();
        let out = console.result()?;
        match self.format {
            Format::Text if comparisons.is_empty() => {
                writeln!(out, "no IP gains or loses access (the texts are the same)")?;
            }
            Format::Text => {
                for (index, comparison) in comparisons.iter().enumerate() {
                    let gap = if index > 0 { "\n" } else { "" };
                    write!(out, "{gap}{}", text::diff(comparison))?;
                }
            }
            Format::Json => {
                let all = compared.iter().flat_map(|compared| &compared.differences);
                json::write(out, &all.collect::<Vec<_>>())?;
            }
            Format::Markdown => markdown::write(out, &comparisons)?,
            Format::Github => github::write(out, &comparisons)?,
        }
        Ok(())
    }

    fn exit(&self, compared: &[Compared]) -> Exit {
        let differences = || compared.iter().flat_map(|compared| &compared.differences);
        let gains = differences().any(|difference| !difference.gained.is_empty());
        let loses = differences().any(|difference| !difference.lost.is_empty());
        let depends = differences().any(|difference| !difference.depends.is_empty());
        let fails = match self.fail_on {
            FailOn::Gain => gains,
            FailOn::Lose => loses,
            FailOn::Any => gains || loses,
            FailOn::Never => return Exit::Yes,
        };
        match (fails, depends) {
            (true, _) if !self.exit_zero => Exit::No,
            (_, true) => Exit::Depends,
            _ => Exit::Yes,
        }
    }
}

/// Whether a text among others in a directory holds a policy or a scenario.
fn is_of_use(text: &str) -> bool {
    let source = Source::new("", text);
    input::is_scenario(&source) || Holder::new(&source).is_ok()
}

/// Where neither version of identity policies allows anything, nothing could ever change: the question is what their
/// Denies take away from what others allow.
fn with_an_allow(mut sides: [Scenario; 2], notes: &mut BTreeSet<String>) -> [Scenario; 2] {
    let own = |scenario: &Scenario| {
        let policies = &scenario.policies;
        let statements = policies
            .identity
            .iter()
            .flatten()
            .flat_map(|policy| &policy.statements);
        let denies = statements
            .clone()
            .all(|statement| statement.effect == Effect::Deny);
        (
            denies && policies.resource.is_none() && scenario.steps.is_none(),
            statements.count(),
        )
    };
    let [(old, before), (new, after)] = [own(&sides[0]), own(&sides[1])];
    let given = sides.iter().all(|side| side.policies.identity.is_some());
    if old && new && given && before + after > 0 {
        let text = "the policies have only Deny statements; another policy is taken to allow what they do not deny";
        notes.insert(text.to_owned());
        for side in &mut sides {
            if let Ok(allow) = Policy::from_json("another policy", ALLOW_ALL, PolicyKind::Identity)
            {
                side.policies
                    .identity
                    .get_or_insert_default()
                    .push(Arc::new(allow));
            }
        }
    }
    sides
}

/// What is to be said where neither version of a trust policy trusts anyone: a role needs that (ROLE-7), so nothing can change.
fn nobody_trusted(sides: &[Scenario; 2]) -> Option<String> {
    let only_denies = |scenario: &Scenario| {
        let policies = scenario.policies.resource.as_deref().unwrap_or_default();
        let denies = |policy: &Arc<Policy>| {
            let mut statements = policy.statements.iter();
            policy.kind == PolicyKind::Trust
                && statements.all(|statement| statement.effect == Effect::Deny)
        };
        !policies.is_empty() && policies.iter().all(denies)
    };
    let text = "the trust policies have only Deny statements: by themselves they let nobody assume the role; compare them with the statement that says whom it trusts";
    sides.iter().all(only_denies).then(|| text.to_owned())
}
