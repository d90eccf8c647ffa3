//! The texts that are looked at.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use super::LintArgs;
use crate::ask::lint::{Among, Located, Subject, Written, lint, lint_error};
use crate::cmd::output::{Console, read_line};
use crate::cmd::policies::{looks_like_policy, may_hold_policies};
use crate::error::{Error, Result};
use crate::input::{self, Format, Held, Holder, files};
use crate::json::MAX_BYTES;
use crate::net::Address;
use crate::policy::{Policy, PolicyKind};
use crate::report::escape;
use crate::source::Source;

/// The policies and what is none.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) policies: Vec<Text>,
    /// Policies that cannot be read, as findings.
    unread: Vec<Located>,
    /// A file could not be read at all.
    broken: bool,
    /// Files of a directory that hold something else.
    others: usize,
}

/// A policy and the file that it is from.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) path: PathBuf,
    pub(super) has_mark: bool,
    /// Its file is compressed.
    pub(super) is_packed: bool,
    pub(super) policy: Arc<Policy>,
    /// The document, if the file holds it among other things.
    held: Option<Held>,
}

impl Text {
    /// A file that is a policy, after a change.
    pub(super) fn changed(&self, policy: Arc<Policy>) -> Self {
        Self {
            path: self.path.clone(),
            has_mark: false,
            is_packed: false,
            policy,
            held: None,
        }
    }

    fn written(&self) -> Written {
        match &self.held {
            None => Written::AsSaved,
            Some(held) if held.has_own_text() => Written::AsSaved,
            Some(held) if held.text().is_some() => Written::Printed,
            Some(_) => Written::Template,
        }
    }

    /// Why its file is left as it is, if it is not for this program to change.
    pub(super) fn why_left(&self) -> Option<&'static str> {
        match (&self.held, self.is_packed) {
            (Some(_), _) => Some(
                "holds its policies among other things, and is left as it is; change what it is made from",
            ),
            (None, true) => Some("is compressed, and is left as it is; change it before that"),
            (None, false) => None,
        }
    }
}

impl Files {
    /// Reads what was named. A file that cannot be read does not hide what is in the others.
    pub(super) fn read(args: &LintArgs, console: &Console) -> Result<Self> {
        let mut all = Self {
            policies: Vec::new(),
            unread: Vec::new(),
            broken: false,
            others: 0,
        };
        let mut paths = Vec::new();
        let here = [PathBuf::from(".")];
        let roots = if args.paths.is_empty() {
            &here[..]
        } else {
            &args.paths
        };
        for root in roots {
            if root.is_dir() {
                paths.extend(walk(root)?.into_iter().map(|path| (path, false)));
            } else {
                paths.push((root.clone(), true));
            }
        }
        paths.sort();
        paths.dedup_by(|a, b| a.0 == b.0);
        for (path, named) in paths {
            all.add(path, named, args.policy_kind(), console);
        }
        Ok(all)
    }

    fn add(&mut self, path: PathBuf, named: bool, kind: Option<PolicyKind>, console: &Console) {
        let name = files::display(&path);
        let read = read(&path, &name);
        let text = match read {
            Ok(text) => text,
            Err(error) => return self.refuse(&error, &Source::new(name, ""), named, console),
        };
        let source = &text.source;
        let is_policy = named || looks_like_policy(source);
        let held = match documents(source) {
            Ok(Some(held)) => held,
            Ok(None) => return self.whole(path, &text, kind, is_policy, console),
            Err(error) => return self.refuse(&error, source, is_policy, console),
        };
        for held in held {
            let kind = held.kind.or(kind);
            match held.policy(kind, true) {
                Ok(policy) => self.policies.push(Text {
                    path: path.clone(),
                    has_mark: false,
                    is_packed: text.is_packed,
                    policy: Arc::new(policy),
                    held: Some(held),
                }),
                Err(error) => self.refuse_held(&error, source, &held),
            }
        }
    }

    /// A file that is a policy, or should be one.
    fn whole(
        &mut self,
        path: PathBuf,
        text: &Read,
        kind: Option<PolicyKind>,
        is_policy: bool,
        console: &Console,
    ) {
        match policy(&text.source, kind) {
            Ok(policy) => self.policies.push(Text {
                path,
                has_mark: text.has_mark,
                is_packed: text.is_packed,
                policy,
                held: None,
            }),
            Err(error) => self.refuse(&error, &text.source, is_policy, console),
        }
    }

    /// A document that cannot be read does not hide what is in the others.
    fn refuse_held(&mut self, error: &Error, file: &Source, held: &Held) {
        let Some(finding) = lint_error(error) else {
            return;
        };
        let place = error.place().map_or(file, |place| &place.source);
        let located = Located::in_text(finding, place);
        self.unread.push(located.among(&among(held), None));
    }

    /// A file that was not named, and does not look like a policy, may be something else.
    fn refuse(&mut self, error: &Error, source: &Source, is_policy: bool, console: &Console) {
        match lint_error(error) {
            None => {
                self.broken = true;
                console.report(error);
            }
            Some(_) if !is_policy => self.others += 1,
            Some(finding) => {
                let place = error.place().map_or(source, |place| &place.source);
                self.unread.push(Located::in_text(finding, place));
            }
        }
    }

    /// What the rules find in all of them, in the order of the files: what counts of it, and that a file could not be read,
    /// about which no flag has a say.
    pub(super) fn findings(
        &self,
        me: Option<Address>,
        counts: &dyn Fn(&Located) -> bool,
    ) -> Vec<Located> {
        let mut found = self.unread.clone();
        let trusts = self.trusts();
        for text in &self.policies {
            let beside = trusts.get(&Beside::of(text)).copied().flatten();
            let all = findings_in(text, beside, me).into_iter();
            found.extend(all.filter(counts));
        }
        found.sort_by(|a, b| a.file().cmp(b.file()));
        found
    }

    /// The trust policies, where there is just one: of several nobody knows which role is which.
    pub(super) fn trusts(&self) -> HashMap<Beside<'_>, Option<&Arc<Policy>>> {
        let mut trusts = HashMap::new();
        let all = self.policies.iter();
        for text in all.filter(|text| text.policy.kind == PolicyKind::Trust) {
            trusts
                .entry(Beside::of(text))
                .and_modify(|only| *only = None)
                .or_insert(Some(&text.policy));
        }
        trusts
    }

    /// Whether a policy could not be read.
    pub(super) fn are_unread(&self) -> bool {
        self.broken || !self.unread.is_empty()
    }

    /// How many policies there are, read or not.
    pub(super) fn count(&self) -> usize {
        self.policies.len() + self.unread.len()
    }

    /// The names of all files with policies, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let read = self.policies.iter().map(|text| files::display(&text.path));
        let unread = self.unread.iter().map(|one| one.file().to_owned());
        let names: BTreeSet<String> = read.chain(unread).collect();
        names.into_iter().collect()
    }

    /// What was read, with `-v`, and what was passed over.
    pub(super) fn say(&self, console: &Console) {
        if console.verbose > 0 {
            for text in &self.policies {
                console.say(&escape::terminal(&read_line(&text.policy)));
            }
        }
        match self.others {
            0 => {}
            1 => console.say("note: 1 file is no policy; passed over"),
            others => console.say(&format!(
                "note: {others} files are no policies; passed over"
            )),
        }
    }
}

/// What may belong to one role: what has one owner in a file, or what is in one directory.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Beside<'t> {
    Directory(Option<&'t Path>),
    Owner(&'t Path, &'t str),
}

impl<'t> Beside<'t> {
    pub(super) fn of(text: &'t Text) -> Self {
        let Some(held) = &text.held else {
            return Self::Directory(text.path.parent());
        };
        // Without an owner a document belongs to nothing but itself.
        let owner = held.owner.as_deref().unwrap_or(&held.address);
        Self::Owner(&text.path, owner)
    }
}

/// What the rules find in one, beside the trust policy of its role.
pub(super) fn findings_in(
    text: &Text,
    trust: Option<&Arc<Policy>>,
    me: Option<Address>,
) -> Vec<Located> {
    let tree = match &text.held {
        Some(held) => held.tree(),
        None => input::tree(&text.policy.source).map(Some),
    };
    let Ok(Some(tree)) = tree else {
        return Vec::new();
    };
    let is_identity = text.policy.kind == PolicyKind::Identity;
    let beside: Vec<&Policy> = trust
        .filter(|_| is_identity)
        .map(|trust| &**trust)
        .into_iter()
        .collect();
    let subject = Subject {
        beside: &beside,
        me,
        has_mark: text.has_mark,
        written: text.written(),
        ..Subject::new(&text.policy, &tree)
    };
    let located = |finding| {
        let located = Located::in_policy(finding, &text.policy, &tree);
        match &text.held {
            Some(held) => located.among(&among(held), Some(&text.policy)),
            None if text.is_packed => located.left(),
            None => located,
        }
    };
    lint(&subject).into_iter().map(located).collect()
}

fn among(held: &Held) -> Among {
    Among {
        address: held.address.clone(),
        owner: held.owner.clone(),
    }
}

/// The documents that a file holds among other things; `None` for a file that is a policy, or none at all.
fn documents(source: &Source) -> Result<Option<Vec<Held>>> {
    let Ok(holder) = Holder::new(source) else {
        // What is wrong with it, the reader of policies says.
        return Ok(None);
    };
    match holder.format {
        Format::Policy => Ok(None),
        // Requests, tests and events name policies too, which are not those that are deployed.
        Format::Output if is_about_requests(source) => Ok(None),
        _ => holder.documents().map(|held| Some(held.into_owned())),
    }
}

fn is_about_requests(source: &Source) -> bool {
    let names = ["tests", "Records", "Events", "detail"];
    let tree = input::tree(source);
    let has = |name: &&str| tree.as_ref().is_ok_and(|tree| tree.get(name).is_some());
    input::is_scenario(source) || names.iter().any(has)
}

/// What is in a file.
struct Read {
    source: Source,
    /// A byte order mark was before it.
    has_mark: bool,
    /// It is compressed.
    is_packed: bool,
}

/// Reads a file. What holds many documents may be large.
fn read(path: &Path, name: &str) -> Result<Read> {
    let is_large = |file: std::fs::Metadata| file.len() > MAX_BYTES as u64;
    if std::fs::metadata(path).is_ok_and(is_large) {
        return Ok(Read {
            source: files::read_any_size(path)?,
            has_mark: false,
            is_packed: false,
        });
    }
    let bytes = files::read_bytes(path)?;
    let has_mark = bytes.starts_with("\u{feff}".as_bytes());
    let (source, is_packed) = files::text_of(bytes, name)?;
    Ok(Read {
        source,
        has_mark,
        is_packed,
    })
}

/// The policy in a text, read leniently: what AWS would refuse to save is a finding.
pub(super) fn policy(source: &Source, kind: Option<PolicyKind>) -> Result<Arc<Policy>> {
    let node = input::tree(source)?;
    let kind = kind.unwrap_or_else(|| input::infer_kind(&node));
    Policy::from_node(source.name(), source, &node, kind, true).map(Arc::new)
}

/// Policy files below a directory, in alphabetical order; what `.gitignore` names is passed over.
fn walk(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in WalkBuilder::new(directory)
        .require_git(false)
        .sort_by_file_path(Path::cmp)
        .build()
    {
        let entry =
            entry.map_err(|error| Error::io(format!("cannot look for policies: {error}")))?;
        let path = entry.path();
        if entry.file_type().is_some_and(|sort| sort.is_file()) && may_hold_policies(path) {
            found.push(path.strip_prefix("./").unwrap_or(path).to_owned());
        }
    }
    Ok(found)
}
