//! The texts that are looked at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use super::LintArgs;
use crate::ask::lint::{Located, Subject, lint, lint_error};
use crate::cmd::output::{Console, read_line};
use crate::cmd::policies::{is_policy_file, looks_like_policy};
use crate::error::{Error, Result};
use crate::input::{self, files};
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
#[derive(Debug)]
pub(super) struct Text {
    pub(super) path: PathBuf,
    pub(super) has_mark: bool,
    pub(super) policy: Arc<Policy>,
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
        let read = files::read_bytes(&path).and_then(|bytes| {
            let has_mark = bytes.starts_with("\u{feff}".as_bytes());
            Ok((files::decode(bytes, &name)?, has_mark))
        });
        let (source, has_mark) = match read {
            Ok(read) => read,
            Err(error) => return self.refuse(&error, &Source::new(name, ""), named, console),
        };
        match policy(&source, kind) {
            Ok(policy) => self.policies.push(Text {
                path,
                has_mark,
                policy,
            }),
            Err(error) => self.refuse(
                &error,
                &source,
                named || looks_like_policy(&source),
                console,
            ),
        }
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

    /// What the rules find in all of them, in the order of the files.
    pub(super) fn findings(&self, me: Option<Address>) -> Vec<Located> {
        let mut found = self.unread.clone();
        found.extend(
            self.policies
                .iter()
                .flat_map(|text| self.findings_in(text, me)),
        );
        found.sort_by(|a, b| a.source.name().cmp(b.source.name()));
        found
    }

    /// What the rules find in one.
    pub(super) fn findings_in(&self, text: &Text, me: Option<Address>) -> Vec<Located> {
        let Ok(tree) = input::tree(&text.policy.source) else {
            return Vec::new();
        };
        let trust = self.trust_beside(text);
        let beside: Vec<&Policy> = trust.into_iter().collect();
        let subject = Subject {
            beside: &beside,
            me,
            has_mark: text.has_mark,
            ..Subject::new(&text.policy, &tree)
        };
        let located = |finding| Located::in_policy(finding, &text.policy, &tree);
        lint(&subject).into_iter().map(located).collect()
    }

    /// The trust policy in the same directory, if there is just one: of several nobody knows which role is which.
    fn trust_beside(&self, text: &Text) -> Option<&Policy> {
        if text.policy.kind != PolicyKind::Identity {
            return None;
        }
        let mut trust = self.policies.iter().filter(|other| {
            other.policy.kind == PolicyKind::Trust && other.path.parent() == text.path.parent()
        });
        let only = trust.next()?;
        trust.next().is_none().then_some(&only.policy)
    }

    /// Whether a finding is that its file could not be read, about which no flag has a say.
    pub(super) fn is_unread(&self, one: &Located) -> bool {
        self.unread
            .iter()
            .any(|unread| unread.source.is(&one.source))
    }

    /// Whether a policy could not be read.
    pub(super) fn are_unread(&self) -> bool {
        self.broken || !self.unread.is_empty()
    }

    /// How many policies there are, read or not.
    pub(super) fn count(&self) -> usize {
        self.policies.len() + self.unread.len()
    }

    /// The names of all policies, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let read = self.policies.iter().map(|text| text.policy.source.name());
        let unread = self.unread.iter().map(|one| one.source.name());
        let mut names: Vec<String> = read.chain(unread).map(str::to_owned).collect();
        names.sort();
        names
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

/// The policy in a text, read leniently: what AWS would refuse to save is a finding.
pub(super) fn policy(source: &Source, kind: Option<PolicyKind>) -> Result<Arc<Policy>> {
    if let Ok(holder) = input::Holder::new(source)
        && holder.format != input::Format::Policy
    {
        let what = holder.format.title();
        return Err(Error::request(format!(
            "`{}` is no policy, though it may hold some: {what}",
            source.name()
        ))
        .help(
            "save the policy document in it (the object with \"Statement\") to a file of its own",
        ));
    }
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
        if entry.file_type().is_some_and(|sort| sort.is_file()) && is_policy_file(path) {
            found.push(path.strip_prefix("./").unwrap_or(path).to_owned());
        }
    }
    Ok(found)
}
