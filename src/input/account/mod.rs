//! The users, groups, roles and managed policies of accounts: what `aws iam get-account-authorization-details` prints, and what
//! AWS Config recorded.
//!
//! Such a file may hold hundreds of megabytes, and a question is about one principal of it. So it is kept as text, with
//! where each principal stands, and only what is asked for is read into a tree.

mod attachments;
mod collector;
mod details;
mod edits;
mod entry;
mod fill;
mod items;
mod names;
mod overlay;
mod reader;
#[cfg(feature = "cli")]
mod standing;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub(crate) use details::{LISTS, documents};
pub use edits::{Edit, Touched};
pub(crate) use items::{
    documents as item_documents, has_principals, is_list as is_item_list, is_object as has_items,
};
#[cfg(feature = "cli")]
pub(crate) use reader::AccountReader;
#[cfg(feature = "cli")]
pub(crate) use standing::Standing;

use self::collector::Collector;
use self::entry::{Entry, Sort};
use self::names::without_path;
use self::overlay::{Applied, Overlay};
use super::documents::file_of;
use super::organization::Organization;
use crate::error::{Error, Result};
use crate::eval::{Caller, Role};
use crate::input::Held;
use crate::json::{self, Node, Value};
use crate::policy::{AccountId, Arn};
use crate::source::{Source, Span};

/// The list of managed policies of a user, group or role.
const ATTACHED: &str = "AttachedManagedPolicies";

/// The most ARNs that a message lists.
const MOST_LISTED: usize = 12;

/// The principals of accounts and the organization that these are in, from one file or several, and what is to be changed
/// in them.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The names of the files.
    files: Vec<String>,
    known: BTreeMap<String, Recorded>,
    /// The ARNs, in the order of the files.
    order: Vec<String>,
    /// The ARNs of each ARN without its path: IAM has names once in an account, whatever their paths.
    by_name: BTreeMap<String, Vec<String>>,
    accounts: BTreeSet<AccountId>,
    overlay: Overlay,
    /// The organization.
    pub organization: Organization,
}

/// What a file says of an ARN, and when that was so.
#[derive(Clone, Debug)]
struct Recorded {
    arn: String,
    captured: Option<Timestamp>,
    /// Nothing if it is not there any more, or if it is a resource of which no policy was recorded.
    entry: Option<Entry>,
}

/// What applies to a principal.
#[derive(Debug, Default)]
pub struct Collected {
    /// Inline, attached and group policies.
    pub identity: Vec<Held>,
    /// The permissions boundary.
    pub boundary: Option<Held>,
    /// Of a role, where [`Account::of_role`] was asked: who may assume it.
    pub trust: Option<Held>,
    /// What is attached and not in the files.
    pub dangling: Vec<String>,
}

/// What files say of a resource.
#[derive(Debug)]
pub struct OfResource {
    /// Its policies, where that is known: none in the list is that it has none.
    pub policies: Option<Vec<Held>>,
    /// Whose it is.
    pub account: Option<AccountId>,
}

impl Account {
    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Adds a file: another page, another account, or something of the organization.
    ///
    /// # Errors
    /// If it is no such file, or says something else of a principal than a file before it, for the same time.
    pub fn add(&mut self, source: &Source) -> Result<()> {
        let whole = whole(source);
        let recorded = if items::is_list(source, whole) {
            items::recorded(source)?
        } else {
            let members = json::outline(source, whole)?;
            let has = |name: &str| members.iter().any(|(key, _)| key == name);
            if is_of_organization(source, &members)? {
                self.organization.add(source)?;
                Vec::new()
            } else if items::is_object(&has) {
                items::recorded(source)?
            } else {
                let entries = details::entries(source, whole)?.into_iter();
                entries.map(Recorded::now).collect()
            }
        };
        for recorded in recorded {
            self.keep(recorded)?;
        }
        self.files.push(source.name().to_owned());
        Ok(())
    }

    /// Keeps what is said of an ARN, unless something later is known already.
    fn keep(&mut self, new: Recorded) -> Result<()> {
        let arn = &new.arn;
        // Whose resources are described, of its principals not all need be.
        if !new.is_resource() {
            let account = arn.parse::<Arn>().ok().and_then(|arn| arn.account());
            self.accounts.extend(account);
        }
        if let Some(before) = self.known.get(arn) {
            let later = match (before.captured, new.captured) {
                (Some(before), Some(new)) if before != new => new > before,
                // What says nothing of policies contradicts nothing.
                _ if new.says_nothing() => false,
                _ if before.says_nothing() => true,
                _ => before.agrees(&new).map(|()| false)?,
            };
            if !later {
                return Ok(());
            }
        } else {
            let arns = self.by_name.entry(without_path(arn)).or_default();
            arns.push(arn.clone());
            self.order.push(arn.clone());
        }
        self.known.insert(arn.clone(), new);
        Ok(())
    }

    fn get(&self, arn: &str) -> Option<&Entry> {
        self.known.get(arn)?.entry.as_ref()
    }

    /// What the files say of a resource: of a bucket also where the ARN is that of an object in it.
    ///
    /// # Errors
    /// For a document that cannot be read.
    pub fn of_resource(&self, arn: &Arn) -> Result<Option<OfResource>> {
        let whole = match arn.service() {
            "s3" => arn.as_str().split('/').next().unwrap_or_default(),
            _ => arn.as_str(),
        };
        let found = self.get(whole);
        let found = found.filter(|entry| entry.sort == Sort::Resource);
        found.map(items::resource).transpose()
    }

    /// How many resources the files have policies of.
    pub fn resources(&self) -> usize {
        let of_sort = self.entries().filter(|entry| entry.sort == Sort::Resource);
        of_sort.count()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> + Clone {
        self.order.iter().filter_map(|arn| self.get(arn))
    }

    fn title(&self) -> String {
        format!("`{}`", self.files.join("`, `"))
    }

    /// What applies to a caller; `None` where the files say nothing about callers like it: those of other accounts,
    /// services, root users.
    ///
    /// # Errors
    /// If it is a user or role of an account that the files are of, and not in them; and for documents that cannot be read.
    pub fn of_caller(&self, caller: &Caller) -> Result<Option<Collected>> {
        let found = self.entry_of(caller)?;
        found.map(|entry| self.collect(entry)).transpose()
    }

    fn entry_of(&self, caller: &Caller) -> Result<Option<&Entry>> {
        let (found, arn, account) = match caller {
            Caller::RoleSession { role, .. } => {
                (self.role_named(role), role.arn.as_str(), role.account)
            }
            Caller::User { arn, account }
            | Caller::FederatedUser {
                user: Some(arn),
                account,
                ..
            } => (self.get(arn.as_str()), arn.as_str(), *account),
            _ => return Ok(None),
        };
        match found {
            Some(found) => Ok(Some(found)),
            None if self.accounts.contains(&account) => {
                let text = format!("`{arn}` is not in {}", self.title());
                Err(Error::request(text)
                    .help("name it as role/NAME or user/NAME to have its ARN found"))
            }
            None => Ok(None),
        }
    }

    /// What applies to a role, if the files say; its trust policy among it.
    ///
    /// # Errors
    /// As [`Account::of_caller`].
    pub fn of_role(&self, role: &Role) -> Result<Option<Collected>> {
        let Some(entry) = self.entry_of_role(role)? else {
            return Ok(None);
        };
        Ok(Some(Collected {
            trust: self.trust(entry)?,
            ..self.collect(entry)?
        }))
    }

    /// Who may assume a role, if the files say.
    ///
    /// # Errors
    /// As [`Account::of_caller`].
    pub fn trust_of(&self, role: &Role) -> Result<Option<Held>> {
        match self.entry_of_role(role)? {
            Some(entry) => self.trust(entry),
            None => Ok(None),
        }
    }

    fn entry_of_role(&self, role: &Role) -> Result<Option<&Entry>> {
        self.entry_of(&Caller::RoleSession {
            role: role.clone(),
            session: None,
        })
    }

    fn trust(&self, entry: &Entry) -> Result<Option<Held>> {
        let mut applied = Applied::new(&self.overlay);
        let trust = entry.trust(&entry.tree()?)?;
        let trust = trust.map(|trust| applied.newest(trust));
        applied.reach();
        Ok(trust)
    }

    fn collect(&self, entry: &Entry) -> Result<Collected> {
        let collector = self.collector(entry)?;
        collector.applied.reach();
        Ok(collector.collected)
    }

    fn collector(&self, entry: &Entry) -> Result<Collector<'_>> {
        let mut collector = Collector::new(self);
        collector.principal(entry)?;
        Ok(collector)
    }
}

impl Recorded {
    /// What a file says without a time.
    fn now(entry: Entry) -> Self {
        Self {
            arn: entry.arn.clone(),
            captured: None,
            entry: Some(entry),
        }
    }

    fn is_resource(&self) -> bool {
        match &self.entry {
            Some(entry) => entry.sort == Sort::Resource,
            None => self.arn.split(':').nth(2) != Some("iam"),
        }
    }

    /// Whether no policy was recorded of a resource.
    fn says_nothing(&self) -> bool {
        self.entry.is_none() && self.is_resource()
    }

    /// That two files say the same of an ARN.
    fn agrees(&self, other: &Self) -> Result<()> {
        let text = |entry: &Entry| entry.source.slice(entry.span).to_owned();
        if self.entry.as_ref().map(text) == other.entry.as_ref().map(text) {
            return Ok(());
        }
        let title = |entry: &Entry| format!("`{}`", file_of(&entry.source));
        let first = self.entry.as_ref().map_or("another file".into(), title);
        let text = format!(
            "`{}` stands in {first} too, and says something else there",
            self.arn
        );
        let error = Error::request(text)
            .help("give the pages of one output, not outputs of different days");
        let place = other.entry.as_ref().or(self.entry.as_ref());
        Err(match place {
            Some(entry) => error.at(&entry.source, entry.span),
            None => error,
        })
    }
}

/// Whether an object has a part of an organization, or a policy of one in it.
fn is_of_organization(source: &Source, members: &[(Cow<'_, str>, Span)]) -> Result<bool> {
    let has_part = |members: &[(Cow<'_, str>, Span)]| {
        Organization::has_part(&|name| members.iter().any(|(key, _)| key == name))
    };
    let policy = members.iter().find(|(key, _)| key == "Policy");
    let policy = policy.filter(|(_, span)| source.slice(*span).starts_with('{'));
    let inner = policy
        .map(|(_, span)| json::outline(source, *span))
        .transpose()?;
    Ok(has_part(members) || inner.is_some_and(|members| has_part(&members)))
}

/// Where the JSON of a text stands, without what is blank before it.
fn whole(source: &Source) -> Span {
    let text = source.text();
    let body = text.trim_start_matches('\u{feff}').trim_start();
    Span::new(text.len() - body.len(), text.len())
}

/// The elements of a list that may be left out.
fn list_of<'n, 'a>(source: &Source, node: &'n Node<'a>, name: &str) -> Result<&'n [Node<'a>]> {
    match node.get(name).map(|list| (list, &list.value)) {
        None | Some((_, Value::Null)) => Ok(&[]),
        Some((_, Value::Array(elements))) => Ok(elements),
        Some((list, _)) => Err(list.mismatch(name, "a list", source)),
    }
}
