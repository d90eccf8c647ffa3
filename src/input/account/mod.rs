//! What `aws iam get-account-authorization-details` prints: the users, groups, roles and managed policies of accounts.
//!
//! Such a file may hold hundreds of megabytes, and a question is about one principal of it. So it is kept as text, with
//! where each principal stands, and only what is asked for is read into a tree.

mod attachments;
mod details;
mod edits;
mod fill;
mod overlay;
#[cfg(feature = "cli")]
mod standing;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use details::{Details, LISTS, documents};
pub use edits::{Edit, Touched};
#[cfg(feature = "cli")]
pub(crate) use standing::Standing;

use self::details::{Entry, List};
use self::overlay::{Applied, Overlay};
use crate::error::{Error, Result};
use crate::eval::{Caller, Role};
use crate::input::Held;
use crate::json::{Node, Value};
use crate::policy::{AccountId, Arn, PolicyKind, nearest};
use crate::source::Source;

/// The list of managed policies of a user, group or role.
const ATTACHED: &str = "AttachedManagedPolicies";

/// The most ARNs that a message lists.
const MOST_LISTED: usize = 12;

/// The principals of accounts, from one file or several, and what is to be changed in them.
#[derive(Clone, Debug, Default)]
pub struct Account {
    files: Vec<Details>,
    /// Where the entry of an ARN is: the file, and the place in it.
    by_arn: BTreeMap<String, (usize, usize)>,
    accounts: BTreeSet<AccountId>,
    overlay: Overlay,
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

impl Account {
    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Adds a file: another page, or another account.
    ///
    /// # Errors
    /// If it is no such output, or says something else of a principal than a file before it.
    pub fn add(&mut self, source: &Source) -> Result<()> {
        let details = Details::read(source)?;
        let file = self.files.len();
        for (index, entry) in details.entries.iter().enumerate() {
            self.accounts
                .extend(entry.arn.parse::<Arn>().ok().and_then(|arn| arn.account()));
            let Some((other, at)) = self.by_arn.get(&entry.arn) else {
                self.by_arn.insert(entry.arn.clone(), (file, index));
                continue;
            };
            let first = self.files.get(*other).unwrap_or(&details);
            let before = &first.entries[*at];
            if first.source.slice(before.span) != source.slice(entry.span) {
                let text = format!(
                    "`{}` stands in `{}` too, and says something else there",
                    entry.arn,
                    first.source.name()
                );
                return Err(Error::request(text)
                    .at(source, entry.span)
                    .help("give the pages of one output, not outputs of different days"));
            }
        }
        self.files.push(details);
        Ok(())
    }

    fn get(&self, arn: &str) -> Option<(&Details, &Entry)> {
        let (file, index) = self.by_arn.get(arn)?;
        let details = self.files.get(*file)?;
        Some((details, details.entries.get(*index)?))
    }

    fn entries(&self) -> impl Iterator<Item = (&Details, &Entry)> + Clone {
        let of = |details| move |entry| (details, entry);
        self.files
            .iter()
            .flat_map(move |details| details.entries.iter().map(of(details)))
    }

    /// The ARN of a principal that is named as `role/ci`, `user/bob` or by an ARN; the latter stays as it is.
    ///
    /// # Errors
    /// If no role or user has the name, or those of several accounts have it.
    pub fn arn_of(&self, name: &str) -> Result<String> {
        let parts = name.split_once('/');
        let Some((sort, rest)) = parts.filter(|_| !self.is_empty() && !name.starts_with("arn:"))
        else {
            return Ok(name.to_owned());
        };
        let list = match sort {
            "role" => List::Roles,
            "user" => List::Users,
            _ => return Ok(name.to_owned()),
        };
        self.named(list, sort, rest)
            .map(|(_, entry)| entry.arn.clone())
    }

    /// The entry of a list that is called so, with or without its path.
    fn named(&self, list: List, sort: &str, rest: &str) -> Result<(&Details, &Entry)> {
        let of_list = self.entries().filter(|(_, entry)| entry.list == list);
        let end = format!(":{sort}/{rest}");
        let named = of_list
            .clone()
            .filter(|(_, entry)| entry.name() == rest || entry.arn.ends_with(&end));
        let found: BTreeMap<&str, _> = named.map(|at| (at.1.arn.as_str(), at)).collect();
        if let [only] = found.values().collect::<Vec<_>>().as_slice() {
            return Ok(**only);
        }
        if !found.is_empty() {
            let more = found.len().saturating_sub(MOST_LISTED);
            let arns = found.keys().take(MOST_LISTED);
            let mut arns: Vec<String> = arns.map(|arn| format!("`{arn}`")).collect();
            if more > 0 {
                arns.push(format!("{more} more"));
            }
            let other = arns.pop().unwrap_or_default();
            let text = format!("`{sort}/{rest}` may be {} or {other}", arns.join(", "));
            return Err(Error::request(text).help("name it by its ARN"));
        }
        let known: Vec<&str> = of_list.map(|(_, entry)| entry.name()).collect();
        let text = format!(
            "no {sort} is called `{rest}` in {}; there are {}",
            self.title(),
            known.len()
        );
        let error = Error::request(text);
        Err(match nearest(rest, known.iter().copied()) {
            Some(nearest) => error.help(format!("did you mean `{sort}/{nearest}`?")),
            None => error.help(format!("name it as {sort}/NAME or by its ARN")),
        })
    }

    fn title(&self) -> String {
        let names: Vec<&str> = self.files.iter().map(|file| file.source.name()).collect();
        format!("`{}`", names.join("`, `"))
    }

    /// The caller with the path of its role, where a session was named, which does not carry it (ROLE-35).
    pub fn with_path(&self, caller: Caller) -> Caller {
        let Caller::RoleSession { role, session } = &caller else {
            return caller;
        };
        let known = self.role_named(role).and_then(|(_, entry)| {
            let arn = entry.arn.parse().ok()?;
            Role::from_arn(&arn).ok()
        });
        match known {
            Some(role) => Caller::RoleSession {
                role,
                session: session.clone(),
            },
            None => caller,
        }
    }

    /// A role by its ARN, or by account and name where its path is not known: names are unique in an account.
    fn role_named(&self, role: &Role) -> Option<(&Details, &Entry)> {
        if role.path_known {
            return self.get(role.arn.as_str());
        }
        let prefix = format!("arn:{}:iam::{}:role/", role.arn.partition(), role.account);
        self.entries().find(|(_, entry)| {
            entry.list == List::Roles
                && entry.arn.starts_with(&prefix)
                && entry.name() == role.name()
        })
    }

    /// What applies to a caller; `None` where the files say nothing about callers like it: those of other accounts,
    /// services, root users.
    ///
    /// # Errors
    /// If it is a user or role of an account that the files are of, and not in them; and for documents that cannot be read.
    pub fn of_caller(&self, caller: &Caller) -> Result<Option<Collected>> {
        let found = self.entry_of(caller)?;
        found
            .map(|(file, entry)| self.collect(file, entry))
            .transpose()
    }

    fn entry_of(&self, caller: &Caller) -> Result<Option<(&Details, &Entry)>> {
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
        let Some((details, entry)) = self.entry_of_role(role)? else {
            return Ok(None);
        };
        Ok(Some(Collected {
            trust: self.trust(details, entry)?,
            ..self.collect(details, entry)?
        }))
    }

    /// Who may assume a role, if the files say.
    ///
    /// # Errors
    /// As [`Account::of_caller`].
    pub fn trust_of(&self, role: &Role) -> Result<Option<Held>> {
        match self.entry_of_role(role)? {
            Some((details, entry)) => self.trust(details, entry),
            None => Ok(None),
        }
    }

    fn entry_of_role(&self, role: &Role) -> Result<Option<(&Details, &Entry)>> {
        self.entry_of(&Caller::RoleSession {
            role: role.clone(),
            session: None,
        })
    }

    fn trust(&self, details: &Details, entry: &Entry) -> Result<Option<Held>> {
        let mut applied = Applied::new(&self.overlay);
        let trust = details.trust(entry, &details.tree(entry)?)?;
        let trust = trust.map(|trust| applied.newest(trust));
        applied.reach();
        Ok(trust)
    }

    fn collect(&self, details: &Details, entry: &Entry) -> Result<Collected> {
        let collector = self.collector(details, entry)?;
        collector.applied.reach();
        Ok(collector.collected)
    }

    fn collector(&self, details: &Details, entry: &Entry) -> Result<Collector<'_>> {
        let mut collector = Collector {
            account: self,
            applied: Applied::new(&self.overlay),
            collected: Collected::default(),
        };
        collector.principal(details, entry)?;
        Ok(collector)
    }
}

/// Gathers what applies to one principal.
struct Collector<'a> {
    account: &'a Account,
    applied: Applied<'a>,
    collected: Collected,
}

impl Collector<'_> {
    fn principal(&mut self, details: &Details, entry: &Entry) -> Result<()> {
        let node = details.tree(entry)?;
        let source = &details.source;
        self.own(details, entry, &node)?;
        for name in list_of(source, &node, "GroupList")? {
            let group = name.expect_str("GroupList", source)?;
            self.group(details, entry, group, name)?;
        }
        if let Some(boundary) = node.get("PermissionsBoundary")
            && boundary.value != Value::Null
        {
            let address = format!("{}.PermissionsBoundary", entry.address());
            let held = self.managed(details, entry, boundary, "PermissionsBoundaryArn", address)?;
            self.collected.boundary = Some(held.of_kind(PolicyKind::Boundary));
        }
        Ok(())
    }

    /// Its inline and attached policies.
    fn own(&mut self, details: &Details, entry: &Entry, node: &Node<'_>) -> Result<()> {
        for held in details.inline(entry, node)? {
            if self.applied.keeps(&held.name()) {
                let held = self.applied.newest(held);
                self.collected.identity.push(held);
            }
        }
        let name = ATTACHED;
        for (index, attached) in list_of(&details.source, node, name)?.iter().enumerate() {
            let address = format!("{}.{name}[{index}]", entry.address());
            if !self.applied.keeps(&details.place(&address)) {
                continue;
            }
            let held = self.managed(details, entry, attached, "PolicyArn", address)?;
            self.collected.identity.push(held);
        }
        let attached = self.applied.attached(&entry.arn);
        self.collected.identity.extend(attached);
        Ok(())
    }

    fn group(
        &mut self,
        details: &Details,
        user: &Entry,
        name: &str,
        node: &Node<'_>,
    ) -> Result<()> {
        let prefix = user
            .arn
            .split_once(":user/")
            .map_or("", |(prefix, _)| prefix);
        let found = self.account.entries().find(|(_, entry)| {
            entry.list == List::Groups && entry.name() == name && entry.arn.starts_with(prefix)
        });
        if let Some((file, group)) = found {
            let tree = file.tree(group)?;
            return self.own(file, group, &tree);
        }
        let what = format!("the policies of group {name}, which {} is in", user.arn);
        self.collected
            .dangling
            .push(format!("group {name} is not in the files, and {} is in it; what it allows and denies is unknown", user.arn));
        let address = format!("{}.GroupList", user.address());
        let held = Held::unknown(&details.source, node.span, address, what);
        self.collected
            .identity
            .push(held.of_kind(PolicyKind::Identity).live());
        Ok(())
    }

    /// The default version of a managed policy that is named under `field`.
    fn managed(
        &mut self,
        details: &Details,
        entry: &Entry,
        node: &Node<'_>,
        field: &str,
        address: String,
    ) -> Result<Held> {
        let source = &details.source;
        let named = node.get(field);
        let named = named.ok_or_else(|| node.mismatch(field, "the ARN of a policy", source))?;
        let arn = named.expect_str(field, source)?;
        if let Some((file, policy)) = self.account.get(arn)
            && let Some(held) = file.default_version(policy)?
        {
            return Ok(self.applied.newest(held));
        }
        if let Some(held) = self.applied.supplied(arn) {
            return Ok(held);
        }
        self.collected.dangling.push(format!(
            "{arn} is attached to {} and not in the files; what it says is unknown",
            entry.arn
        ));
        let what = format!("the policy {arn}");
        let held = Held::unknown(source, named.span, address, what);
        Ok(held.of_kind(PolicyKind::Identity).live())
    }
}

/// The elements of a list that may be left out.
fn list_of<'n, 'a>(source: &Source, node: &'n Node<'a>, name: &str) -> Result<&'n [Node<'a>]> {
    match node.get(name).map(|list| (list, &list.value)) {
        None | Some((_, Value::Null)) => Ok(&[]),
        Some((_, Value::Array(elements))) => Ok(elements),
        Some((list, _)) => Err(list.mismatch(name, "a list", source)),
    }
}
