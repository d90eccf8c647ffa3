//! An organization: which service and resource control policies are in force for an account, level by level.
//!
//! The CLI prints parts of it, most of which do not say whose they are: `list-policies-for-target` names no target. So a file
//! holds the tree, and in it what the CLI printed for each node.

mod described;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::described::Described;
use self::tree::{Attached, Enabled, OrgNode, Tree};
use super::documents::{Documents, Slot};
use crate::error::{Error, Result};
use crate::input::Held;
use crate::json::{self, Node};
use crate::policy::{AccountId, Policy, PolicyKind};
use crate::source::Source;

/// Policies by level of the organization, the root's first.
pub type Levels = Vec<Vec<Arc<Policy>>>;

/// The service control policy that AWS itself keeps, by its id.
const FULL_ACCESS: &str = "p-FullAWSAccess";
/// Its like among resource control policies, which cannot be detached (EVAL-9).
const FULL_RCP_ACCESS: &str = "p-RCPFullAWSAccess";

/// An organization, as far as files say.
///
/// # Example
/// ```
/// use ipcond::{input::{Account, Documents}, policy::PolicyKind, source::Source};
/// let text = r#"{"organization": {"management_account": "444455556666", "roots": [
///     {"id": "r-ab12", "scp": ["p-FullAWSAccess"], "accounts": [{"id": "111122223333"}]}]}}"#;
/// let mut account = Account::default();
/// account.add(&Source::new("organization.json", text))?;
/// let (mut documents, mut notes) = (Documents::default(), Vec::new());
/// let levels = account.organization.levels("111122223333".parse()?, PolicyKind::Scp, &mut documents, &mut notes)?;
/// // Nobody said what is attached to the account itself. That is not nothing, which would deny all (EVAL-7).
/// assert_eq!(levels.iter().flatten().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
/// assert_eq!(notes, ["the organization does not say all SCPs of 111122223333; what they say is unknown"]);
/// # Ok::<(), ipcond::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Organization {
    tree: Option<Tree>,
    management: Option<AccountId>,
    described: BTreeMap<String, Described>,
}

impl Organization {
    /// Whether an object with such members says something of an organization.
    pub(super) fn has_part(has: &impl Fn(&str) -> bool) -> bool {
        const PARTS: [&str; 8] = [
            "organization",
            "Organization",
            "Parents",
            "PolicySummary",
            "Roots",
            "OrganizationalUnits",
            "Accounts",
            "Targets",
        ];
        PARTS.iter().any(|name| has(name))
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.tree.is_none() && self.described.is_empty()
    }

    /// The management account, which no SCP binds (EVAL-8) and whose resources no RCP protects (EVAL-9).
    pub fn management_account(&self) -> Option<AccountId> {
        self.management
    }

    /// Adds a file: the tree, or what `describe-policy` or `describe-organization` prints.
    ///
    /// # Errors
    /// If it is none of these; for a second tree, or another policy of the same id.
    pub fn add(&mut self, source: &Source) -> Result<()> {
        let root = json::parse(source)?;
        if root.get("organization").is_some() {
            return self.plant(source, &root);
        }
        if let Some(organization) = root.get("Organization") {
            let id = organization.get("MasterAccountId");
            let id = id.ok_or_else(|| partial(source, &root))?;
            let account = id.expect_str("MasterAccountId", source)?.parse();
            let account = account.map_err(|error: Error| error.at(source, id.span))?;
            return self.manage(account, source, id);
        }
        if root
            .get("Policy")
            .and_then(|policy| policy.get("PolicySummary"))
            .is_none()
        {
            return Err(partial(source, &root));
        }
        match described::read(source, &root, "")? {
            Some(described) => self.describe(described),
            None => Ok(()),
        }
    }

    fn plant(&mut self, source: &Source, root: &Node<'_>) -> Result<()> {
        let tree = Tree::read(source, root)?;
        let field = root.get("organization").unwrap_or(root);
        if let Some(first) = &self.tree {
            let text = format!("`{}` has an organization too", first.source.name());
            return Err(Error::request(text)
                .at(source, field.span)
                .help("an account is in one organization; give one of them"));
        }
        self.manage(tree.management, source, field)?;
        for described in &tree.described {
            self.describe(described.clone())?;
        }
        self.tree = Some(tree);
        Ok(())
    }

    fn manage(&mut self, account: AccountId, source: &Source, node: &Node<'_>) -> Result<()> {
        match self.management.replace(account) {
            Some(other) if other != account => Err(Error::request(format!(
                "the management account is {account} here, and {other} in another file"
            ))
            .at(source, node.span)),
            _ => Ok(()),
        }
    }

    fn describe(&mut self, described: Described) -> Result<()> {
        if let Some(first) = self.described.get_mut(&described.id) {
            if first.held.text() != described.held.text() {
                let (id, name) = (&described.id, first.held.name());
                let text = format!("`{id}` stands in {name} too, and says something else there");
                return Err(Error::request(text).help("give the outputs of one day"));
            }
            first.targets.extend(described.targets);
            return Ok(());
        }
        self.described.insert(described.id.clone(), described);
        Ok(())
    }

    /// The policies of a kind that are in force for an account, from the root to the account itself; `None` where none of
    /// the kind are. What is not in the files is a policy that is not known, at the level where it would be.
    ///
    /// # Errors
    /// For a document that cannot be read, and if no file says where the policies are attached.
    pub fn levels(
        &self,
        account: AccountId,
        kind: PolicyKind,
        documents: &mut Documents,
        notes: &mut Vec<String>,
    ) -> Result<Option<Levels>> {
        let Some(tree) = self.tree()? else {
            return Ok(None);
        };
        match tree.enables(kind) {
            Enabled::No => return Ok(None),
            Enabled::Changing => {
                notes.push(format!(
                    "{} are being enabled or disabled in the organization of {}; whether they count is unknown",
                    plural(kind),
                    tree.source.name()
                ));
                let what = format!("the state of {} in the organization", plural(kind));
                return Ok(Some(vec![vec![tree.unknown(None, kind, &what)?]]));
            }
            Enabled::Yes => {}
        }
        let path = tree.path(account);
        if path.is_empty() {
            let what = format!("the set of {} of {account}", plural(kind));
            notes.push(format!(
                "{account} is not in the organization of {}; what its {} say is unknown",
                tree.source.name(),
                plural(kind)
            ));
            return Ok(Some(vec![vec![tree.unknown(None, kind, &what)?]]));
        }
        let level = |node| {
            let mut reader = LevelReader {
                organization: self,
                tree,
                kind,
                documents,
                notes,
            };
            reader.level(node)
        };
        path.into_iter().map(level).collect::<Result<_>>().map(Some)
    }

    /// RCPs of which it is not known whose they are; `None` where none are in force.
    ///
    /// # Errors
    /// As [`Organization::levels`].
    pub fn unknown_rcps(&self) -> Result<Option<Levels>> {
        self.unknown(PolicyKind::Rcp, "the set of RCPs of the resource's account")
    }

    /// SCPs of which it is not known whose they are; `None` where none are in force.
    ///
    /// # Errors
    /// As [`Organization::levels`].
    pub fn unknown_scps(&self) -> Result<Option<Levels>> {
        self.unknown(PolicyKind::Scp, "the set of SCPs of the caller's account")
    }

    fn unknown(&self, kind: PolicyKind, what: &str) -> Result<Option<Levels>> {
        let in_force = |tree: &&Tree| tree.enables(kind) != Enabled::No;
        let Some(tree) = self.tree()?.filter(in_force) else {
            return Ok(None);
        };
        let policy = tree.unknown(None, kind, what)?;
        Ok(Some(vec![vec![policy]]))
    }

    fn tree(&self) -> Result<Option<&Tree>> {
        if self.tree.is_none() && !self.described.is_empty() {
            return Err(Error::request(
                "policies of an organization were given, and not what they are attached to",
            )
            .help(SHAPE));
        }
        Ok(self.tree.as_ref())
    }
}

impl Tree {
    /// What may be in force at a level, or at all.
    fn unknown(&self, node: Option<&OrgNode>, kind: PolicyKind, what: &str) -> Result<Arc<Policy>> {
        let (address, span) = match node {
            Some(node) => (node.address.as_str(), node.span),
            None => ("organization", crate::source::Span::new(0, 1)),
        };
        let held = Held::unknown(&self.source, span, address.to_owned(), what.to_owned());
        held.policy(Some(kind), true).map(Arc::new)
    }
}

/// Reads the policies of one level.
struct LevelReader<'a> {
    organization: &'a Organization,
    tree: &'a Tree,
    kind: PolicyKind,
    documents: &'a mut Documents,
    notes: &'a mut Vec<String>,
}

impl LevelReader<'_> {
    fn level(&mut self, node: &OrgNode) -> Result<Vec<Arc<Policy>>> {
        let Attached { policies, whole } = node.attached(self.kind);
        let mut level = Vec::new();
        let mut named = BTreeSet::new();
        for (span, place) in policies {
            let policy = json::parse_part(&self.tree.source, *span)?;
            let policy = match policy_id(&policy) {
                // It is in force at every level, whoever says so (EVAL-9).
                Some(FULL_RCP_ACCESS) if self.kind == PolicyKind::Rcp => continue,
                // Twice is once, and costs once.
                Some(id) if !named.insert(id.to_owned()) => continue,
                Some(id) => self.by_id(id, node, &policy)?,
                None => self.given(place, &policy)?,
            };
            level.push(policy);
        }
        if *whole {
            return Ok(level);
        }
        let here = |described: &&Described| {
            described.held.kind == Some(self.kind)
                && described.targets.contains(&node.id)
                && !named.contains(&described.id)
        };
        for described in self.organization.described.values().filter(here) {
            let policy = self.documents.policy(&described.held, Some(self.kind))?;
            level.push(policy);
        }
        let some = if level.is_empty() {
            "set of"
        } else {
            "rest of the"
        };
        let what = format!("the {some} {} of {}", plural(self.kind), node.title());
        self.notes.push(format!(
            "the organization does not say all {} of {}; what they say is unknown",
            plural(self.kind),
            node.title()
        ));
        level.push(self.tree.unknown(Some(node), self.kind, &what)?);
        Ok(level)
    }

    /// A document or a path.
    fn given(&mut self, place: &str, policy: &Node<'_>) -> Result<Arc<Policy>> {
        let source = &self.tree.source;
        let slot = Slot {
            place: format!("{}#{place}", source.name()),
            kind: self.kind,
            base: &base_of(source),
        };
        self.documents.node(&slot, source, policy)
    }

    fn by_id(&mut self, id: &str, node: &OrgNode, at: &Node<'_>) -> Result<Arc<Policy>> {
        if let Some(described) = self.organization.described.get(id) {
            if described.held.kind != Some(self.kind) {
                let text = format!("`{id}` is no {}", self.kind.title());
                return Err(Error::request(text).at(&self.tree.source, at.span));
            }
            return self.documents.policy(&described.held, Some(self.kind));
        }
        if id == FULL_ACCESS && self.kind == PolicyKind::Scp {
            return full_access();
        }
        let what = format!("the {} {id}", self.kind.title());
        self.notes.push(format!(
            "{id} is attached to {} and not in the files; what it says is unknown",
            node.title()
        ));
        let held = Held::unknown(&self.tree.source, at.span, node.address.clone(), what);
        held.policy(Some(self.kind), true).map(Arc::new)
    }
}

/// What a POLICY of a node names by its id: a text, or an object as `list-policies-for-target` prints it.
fn policy_id<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    let is_id = |id: &&str| {
        let rest = id.strip_prefix("p-").unwrap_or_default();
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let policy = node.get("Id").filter(|_| node.get("Statement").is_none());
    policy.unwrap_or(node).as_str().filter(is_id)
}

/// The one that AWS attaches to each root, unit and account that is made, and that allows everything.
fn full_access() -> Result<Arc<Policy>> {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    Policy::from_json("FullAWSAccess", text, PolicyKind::Scp).map(Arc::new)
}

/// The documents that stand in the file of an organization.
pub(super) fn documents(source: &Source) -> Result<Vec<Held>> {
    let tree = Tree::read(source, &json::parse(source)?)?;
    let mut found = Vec::new();
    for node in &tree.nodes {
        for kind in [PolicyKind::Scp, PolicyKind::Rcp] {
            for (span, place) in &node.attached(kind).policies {
                let policy = json::parse_part(source, *span)?;
                let (document, place) = match policy.get("document") {
                    Some(document) => (document, format!("{place}.document")),
                    None => (&policy, place.clone()),
                };
                if document.get("Statement").is_some() || policy.get("document").is_some() {
                    let held = Held::at(source, document, place)?;
                    found.extend(held.map(|held| held.of_kind(kind).of(Some(&node.id))));
                }
            }
        }
    }
    found.extend(tree.described.into_iter().map(|described| described.held));
    Ok(found)
}

fn plural(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Rcp => "RCPs",
        _ => "SCPs",
    }
}

/// The directory of a file, which paths in it are relative to.
fn base_of(source: &Source) -> PathBuf {
    Path::new(source.name())
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

const SHAPE: &str = "put it into the file of an organization: {\"organization\": {\"management_account\", \"roots\": [{\"id\", \"scp\", \"rcp\", \"children\", \"accounts\"}], \"policies\"}}";

/// The error for an output that does not say what it is of.
fn partial(source: &Source, root: &Node<'_>) -> Error {
    let seen = root.members().and_then(|members| members.first());
    let seen = seen.map_or_else(String::new, |member| format!("`{}`", member.key));
    let text = format!("{seen} alone does not say of which part of the organization it is");
    Error::request(text).at(source, root.span).help(SHAPE)
}
