//! Changes to an account as people write them: `role/ci=deny.json`.

use std::collections::BTreeSet;
use std::path::Path;

use super::attachments::{Attachment, attached_arn, attachments};
use super::entry::{Entry, Sort};
use super::overlay::{Effect, Overlay, Understood};
use super::{Account, MOST_LISTED};
use crate::error::{Error, Result};
use crate::input::documents::file_of;
use crate::input::{Documents, Held};
use crate::json::Node;
use crate::policy::{PolicyKind, nearest};

/// A change to the policies of an account that is only thought of.
///
/// A principal is named as `role/NAME`, `user/NAME` or `group/NAME`, with its path or without, or by its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// `PRINCIPAL=FILE`: an identity policy more; of a group, for each of its members.
    Attach(String),
    /// `PRINCIPAL=NAME`: without the inline or managed policy of this name or ARN.
    Detach(String),
    /// `ADDRESS=FILE`: another text in the place of a document.
    Replace(String),
}

/// Someone whose policies are others with the changes than without.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Touched {
    /// A user or role, by its ARN: identity policies or the boundary.
    Principal(String),
    /// The role of this ARN: who may assume it.
    Trust(String),
}

impl Edit {
    /// As it is typed.
    fn typed(&self) -> String {
        match self {
            Self::Attach(text) => format!("--attach {text}"),
            Self::Detach(text) => format!("--detach {text}"),
            Self::Replace(text) => format!("--replace {text}"),
        }
    }
}

impl Account {
    /// The account with changes: what is attached is read as it would be before it is deployed, and not leniently as what
    /// is in force.
    ///
    /// # Errors
    /// If a change names nobody or nothing that there is, or a file that holds no such policy.
    ///
    /// # Example
    /// ```
    /// use ipcond::{eval::Caller, input::{Account, Documents, Edit}, source::Source};
    /// let text = r#"{"RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/ci", "RolePolicyList": [
    ///     {"PolicyName": "all", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}]}"#;
    /// let mut account = Account::default();
    /// account.add(&Source::new("gaad.json", text))?;
    /// let edited = account.edited(&[Edit::Detach("role/ci=all".into())], &Documents::default())?;
    /// let caller = Caller::parse("arn:aws:iam::111122223333:role/ci")?;
    /// assert!(edited.of_caller(&caller)?.is_some_and(|own| own.identity.is_empty()));
    /// assert_eq!(edited.unreached().count(), 0);
    /// let error = account.edited(&[Edit::Detach("role/ci=ALL".into())], &Documents::default()).unwrap_err();
    /// assert!(error.message().contains("no policy `ALL` is attached to `arn:aws:iam::111122223333:role/ci`"));
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn edited(&self, edits: &[Edit], documents: &Documents) -> Result<Self> {
        let read = |edit: &Edit| {
            let reader = Reader {
                account: self,
                documents,
            };
            reader.edit(edit).map_err(|error| in_edit(edit, &error))
        };
        let all = edits.iter().map(read).collect::<Result<Vec<_>>>()?;
        let overlay = Overlay::new(all).map_err(|typed| {
            Error::request(format!("{typed}: another change is for the same place"))
                .help("give one of them")
        })?;
        Ok(Self {
            overlay,
            ..self.clone()
        })
    }

    /// Whether there are changes.
    pub fn is_edited(&self) -> bool {
        !self.overlay.is_empty()
    }

    /// What the changes do, a line for each.
    pub fn edits(&self) -> impl Iterator<Item = &str> {
        self.overlay.done()
    }

    /// The changes that had no part in anything that was asked of this account so far: as they are typed, and the ARN of
    /// whom or what they are about.
    pub fn unreached(&self) -> impl Iterator<Item = (&str, &str)> {
        self.overlay.unreached()
    }

    /// Everyone whose policies the changes alter, in the order of the files.
    ///
    /// # Errors
    /// For documents that cannot be read.
    pub fn touched(&self) -> Result<Vec<Touched>> {
        let mut touched = Vec::new();
        let mut seen = BTreeSet::new();
        let trusts: BTreeSet<&str> = self.overlay.trusts().map(|(place, _)| place).collect();
        for entry in self.entries() {
            let is_principal = matches!(entry.sort, Sort::Role | Sort::User);
            // The pages of an output may overlap.
            if !is_principal || !seen.insert(&entry.arn) {
                continue;
            }
            let trust = entry.trust_address();
            if trusts.contains(entry.with_file(&trust).as_str()) {
                touched.push(Touched::Trust(entry.arn.clone()));
            }
            if self.collector(entry)?.applied.any() {
                touched.push(Touched::Principal(entry.arn.clone()));
            }
        }
        Ok(touched)
    }
}

/// An error in a change, with the change before it.
fn in_edit(edit: &Edit, error: &Error) -> Error {
    if error.place().is_some() {
        return error.clone();
    }
    let told = Error::request(format!("{}: {}", edit.typed(), error.message()));
    match error.help_text() {
        Some(help) => told.help(help),
        None => told,
    }
}

/// Reads changes to an account.
struct Reader<'a> {
    account: &'a Account,
    documents: &'a Documents,
}

impl Reader<'_> {
    fn edit(&self, edit: &Edit) -> Result<Understood> {
        let (about, done, effect) = match edit {
            Edit::Attach(text) => self.attach(text),
            Edit::Detach(text) => self.detach(text),
            Edit::Replace(text) => self.replace(text),
        }?;
        Ok(Understood {
            typed: edit.typed(),
            about,
            done,
            effect,
        })
    }

    fn attach(&self, text: &str) -> Result<(String, String, Effect)> {
        let (name, path) = split(text, "PRINCIPAL=FILE", |name| self.principal(name).is_ok())?;
        let entry = self.principal(name)?;
        let policy = self.policy(path, PolicyKind::Identity)?;
        let done = format!("attached {} to {}", policy.name(), entry.arn);
        let arn = entry.arn.clone();
        Ok((arn.clone(), done, Effect::Attach { arn, policy }))
    }

    fn detach(&self, text: &str) -> Result<(String, String, Effect)> {
        let (name, policy) = split(text, "PRINCIPAL=NAME", |name| self.principal(name).is_ok())?;
        let entry = self.principal(name)?;
        let all = attachments(entry)?;
        let found: Vec<&Attachment> = all.iter().filter(|one| one.is(policy)).collect();
        match found.as_slice() {
            [only] => {
                let place = entry.with_file(&only.address);
                let done = format!("detached {} ({place}) from {}", only.title(), entry.arn);
                Ok((entry.arn.clone(), done, Effect::Detach { place }))
            }
            [] => Err(self.not_attached(policy, entry, &all)),
            several => {
                let places: Vec<&str> = several.iter().map(|one| one.address.as_str()).collect();
                let text = format!(
                    "{} policies of `{}` are called `{policy}`: {}",
                    several.len(),
                    entry.arn,
                    places.join(", ")
                );
                Err(Error::request(text)
                    .help(format!("name one by its place: {name}={}", places[0])))
            }
        }
    }

    /// What is attached instead, and by which group if it comes from one.
    fn not_attached(&self, policy: &str, entry: &Entry, all: &[Attachment]) -> Error {
        let text = format!("no policy `{policy}` is attached to `{}`", entry.arn);
        let has = match all.len() {
            0 => "; it has none".to_owned(),
            count => format!(
                "; it has {count}:\n{}",
                listed(all.iter().map(Attachment::line))
            ),
        };
        let error = Error::request(format!("{text}{has}"));
        if let Some(group) = self.group_with(policy, entry) {
            return error.help(format!(
                "it comes from a group: --detach group/{group}={policy} takes it from all its members"
            ));
        }
        let names = all
            .iter()
            .flat_map(|one| [Some(one.name.as_str()), one.arn.as_deref()]);
        match nearest(policy, names.flatten()) {
            Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
            None => error.help("name a policy by its name or ARN"),
        }
    }

    /// The group of a user that has a policy.
    fn group_with(&self, policy: &str, entry: &Entry) -> Option<String> {
        let node = entry.tree().ok()?;
        let groups = entry.list(&node, "GroupList").ok()?;
        let mut names = groups.iter().filter_map(Node::as_str);
        let has = |name: &&str| {
            let group = self.account.named(Sort::Group, name);
            let all = group.and_then(attachments);
            all.is_ok_and(|all| all.iter().any(|one| one.is(policy)))
        };
        names.find(has).map(str::to_owned)
    }

    fn replace(&self, text: &str) -> Result<(String, String, Effect)> {
        let (address, path) = split(text, "ADDRESS=FILE", |address| !self.at(address).is_empty())?;
        let found = self.at(address);
        let (entry, inside) = match found.as_slice() {
            [only] => *only,
            [] => return Err(self.no_address(address)),
            several => {
                let files: Vec<String> = several
                    .iter()
                    .map(|(entry, _)| entry.with_file(address))
                    .collect();
                let text = format!("`{address}` is in {} files", several.len());
                return Err(Error::request(text).help(format!("say which: {}", files.join(", "))));
            }
        };
        let place = entry.with_file(inside);
        let documents = entry.documents()?;
        if let Some(old) = documents.iter().find(|held| held.address == inside) {
            let kind = old.kind.unwrap_or(PolicyKind::Identity);
            let policy = self.policy(path, kind)?;
            let done = format!("replaced {place} of {} by {}", entry.arn, policy.name());
            return Ok((entry.arn.clone(), done, Effect::Replace { place, policy }));
        }
        // What is attached and not in the files has no other place than where it is attached.
        if let Some(arn) = attached_arn(entry, inside)? {
            if let Some(managed) = self.account.get(&arn)
                && let Some(held) = managed.default_version()?
            {
                return Err(no_document(inside, &arn, &held));
            }
            let policy = self.policy(path, PolicyKind::Identity)?;
            let done = format!("supplied {} for {arn}", policy.name());
            return Ok((arn.clone(), done, Effect::Supply { arn, policy }));
        }
        Err(self.no_address(address))
    }

    /// The entries that an address may be in: the file may be named or not.
    fn at<'t>(&self, address: &'t str) -> Vec<(&Entry, &'t str)> {
        let mut found = Vec::new();
        for file in &self.account.files {
            let named = address.strip_prefix(file.as_str());
            let inside = named
                .and_then(|rest| rest.strip_prefix('#'))
                .unwrap_or(address);
            let below = |entry: &&Entry| {
                let rest = inside.strip_prefix(entry.address.as_str());
                rest.is_some_and(|rest| rest.starts_with('.')) && file_of(&entry.source) == file
            };
            let entry = self.account.entries().find(below);
            found.extend(entry.map(|entry| (entry, inside)));
        }
        found
    }

    fn no_address(&self, address: &str) -> Error {
        let inside = self.at(address);
        let near = match inside.first() {
            Some((entry, _)) => entry.documents().unwrap_or_default(),
            None => Vec::new(),
        };
        let text = format!(
            "{} has no policy document at `{address}`",
            self.account.title()
        );
        if let ([(entry, _), ..], false) = (inside.as_slice(), near.is_empty()) {
            let lines = near.iter().map(|held| format!("  {}", held.address));
            return Error::request(format!(
                "{text}; of {} it has:\n{}",
                entry.arn,
                listed(lines)
            ));
        }
        let all: Vec<String> = self
            .account
            .entries()
            .flat_map(|entry| entry.documents().unwrap_or_default())
            .map(|held| held.address)
            .collect();
        let error = Error::request(format!("{text}; it has {}", all.len()));
        match nearest(address, all.iter().map(String::as_str)) {
            Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
            None => error.help(
                "an address is what messages print: `RoleDetailList[3].AssumeRolePolicyDocument`",
            ),
        }
    }

    fn principal(&self, name: &str) -> Result<&Entry> {
        let account = self.account;
        if name.starts_with("arn:") {
            let is_principal =
                |entry: &&Entry| !matches!(entry.sort, Sort::Policy | Sort::Resource);
            let found = account.get(name).filter(is_principal);
            return found.ok_or_else(|| {
                let known = account.entries().filter(is_principal);
                let nearest = nearest(name, known.map(|entry| entry.arn.as_str()));
                let error = Error::request(format!("`{name}` is not in {}", account.title()));
                match nearest {
                    Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
                    None => error.help("name a user, group or role of the files"),
                }
            });
        }
        let (sort, rest) = name.split_once('/').unwrap_or((name, ""));
        let wanted = match sort {
            "group" => Sort::Group,
            "role" => Sort::Role,
            "user" => Sort::User,
            _ => {
                return Err(Error::request(format!("`{name}` names no principal"))
                    .help("name it as role/NAME, user/NAME, group/NAME or by its ARN"));
            }
        };
        account.named(wanted, rest)
    }

    /// The policy of a file, which must be one of the kind.
    fn policy(&self, path: &str, kind: PolicyKind) -> Result<Held> {
        let held = self.documents.choose(Path::new(path))?.of_kind(kind);
        self.documents.policy(&held, None)?;
        Ok(held)
    }
}

/// Splits a change at the `=` before which something known stands: names and paths may hold one as well.
fn split<'t>(
    text: &'t str,
    form: &str,
    is_known: impl Fn(&str) -> bool,
) -> Result<(&'t str, &'t str)> {
    let parts = || {
        text.match_indices('=')
            .map(|(at, _)| (&text[..at], &text[at + 1..]))
    };
    let whole = |(left, right): &(&str, &str)| !left.is_empty() && !right.is_empty();
    let known = parts().filter(whole).find(|(left, _)| is_known(left));
    known
        .or_else(|| parts().find(whole))
        .ok_or_else(|| Error::request(format!("found `{text}`, expected {form}")))
}

fn no_document(address: &str, arn: &str, held: &Held) -> Error {
    Error::request(format!("`{address}` attaches {arn}, and is no document"))
        .help(format!("its document is at {}", held.address))
}

fn listed(lines: impl ExactSizeIterator<Item = String>) -> String {
    let more = lines.len().saturating_sub(MOST_LISTED);
    let mut lines: Vec<String> = lines.take(MOST_LISTED).collect();
    if more > 0 {
        lines.push(format!("  … {more} more"));
    }
    lines.join("\n")
}
