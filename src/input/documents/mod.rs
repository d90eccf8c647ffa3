//! Policy documents from files, scenarios and strings.

mod cloudformation;
mod guard;
mod held;
mod holder;
mod ladder;
pub(crate) mod outputs;
mod simulation;
mod terraform;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::held::Held;
pub(crate) use self::held::file_of;
pub use self::holder::{Format, Holder};
pub(crate) use self::ladder::climb;
pub use self::simulation::Simulation;
use super::{Accounts, files};
use crate::error::{Error, Result};
use crate::json::{self, Member, Node, Value};
use crate::policy::{Policy, PolicyKind, nearest};
use crate::source::{Source, Span};

/// Reads policies, each file once.
#[derive(Debug, Default)]
pub struct Documents {
    /// Take what AWS would refuse to save but has a meaning.
    pub lenient: bool,
    /// Read files as they were in this revision of the git repository that they are in.
    pub revision: Option<String>,
    /// The account data of test files.
    pub accounts: Accounts,
    files: HashMap<(PathBuf, PolicyKind, bool), Arc<Policy>>,
    /// Documents that stand in `shared` itself, by their place: the tests of a file have most of them in common.
    inline: HashMap<(Span, PolicyKind, bool, String), Arc<Policy>>,
    shared: Option<Source>,
}

impl Documents {
    /// A reader that is strict, or lenient.
    pub fn new(lenient: bool) -> Self {
        Self {
            lenient,
            ..Self::default()
        }
    }

    /// The policy in a file, or in the part of it that `FILE#ADDRESS` names.
    ///
    /// # Errors
    /// If the file cannot be read or holds no policy of the kind.
    pub fn file(&mut self, path: &Path, kind: PolicyKind) -> Result<Arc<Policy>> {
        let key = (path.to_owned(), kind, self.lenient);
        if let Some(policy) = self.files.get(&key) {
            return Ok(Arc::clone(policy));
        }
        let policy = self.policy(&self.choose(path)?, Some(kind))?;
        self.files.insert(key, Arc::clone(&policy));
        Ok(policy)
    }

    fn read(&self, path: &Path) -> Result<Source> {
        if let Some(revision) = &self.revision {
            let text = format!(
                "cannot read `{}`: no such file in `{revision}`",
                files::display(path)
            );
            return super::git::show(revision, path)?.ok_or_else(|| Error::io(text));
        }
        files::read_any_size(path)
    }

    /// The document that a path names: the only one of its file, or the one that `FILE#ADDRESS` chooses.
    ///
    /// # Errors
    /// If the file cannot be read, or holds none, or several to choose from.
    pub fn choose(&self, path: &Path) -> Result<Held> {
        let (path, address) = files::split_address(path);
        self.open(&path)?.choose(address.as_deref())
    }

    /// The documents of a file.
    ///
    /// # Errors
    /// If it cannot be read, or holds none.
    pub fn open(&self, path: &Path) -> Result<Holder> {
        Holder::new(&self.read(path)?)
    }

    /// The policy of a document, of `kind` or as the document says.
    ///
    /// # Errors
    /// If it holds no policy of the kind.
    pub fn policy(&self, held: &Held, kind: Option<PolicyKind>) -> Result<Arc<Policy>> {
        held.policy(kind, self.lenient).map(Arc::new)
    }

    /// From here on, reads a document that stands in `source` once, however many scenarios have it in common.
    pub(super) fn share(&mut self, source: &Source) {
        self.shared = Some(source.clone());
        self.inline.clear();
    }

    /// A POLICY of a scenario: a document, a path, or `{"name", "document" | "file"}`.
    ///
    /// # Errors
    /// If it is none of these, or holds no policy of the kind.
    pub fn node(
        &mut self,
        slot: &Slot<'_>,
        source: &Source,
        node: &Node<'_>,
    ) -> Result<Arc<Policy>> {
        let is_shared = |shared: &Source| shared.is(source);
        if !self.shared.as_ref().is_some_and(is_shared) {
            return self.read_node(slot, source, node);
        }
        let key = (node.span, slot.kind, self.lenient, slot.place.clone());
        if let Some(policy) = self.inline.get(&key) {
            return Ok(Arc::clone(policy));
        }
        let policy = self.read_node(slot, source, node)?;
        self.inline.insert(key, Arc::clone(&policy));
        Ok(policy)
    }

    fn read_node(
        &mut self,
        slot: &Slot<'_>,
        source: &Source,
        node: &Node<'_>,
    ) -> Result<Arc<Policy>> {
        let members = match &node.value {
            Value::String(path) => return self.path(slot, path, node, source),
            Value::Object(members) => members,
            _ => {
                return Err(node.mismatch(
                    &slot.place,
                    "a policy document, a path, or {\"name\", \"document\" or \"file\"}",
                    source,
                ));
            }
        };
        let wrapped = node.get("document").or_else(|| node.get("file"));
        let Some(inner) = wrapped.filter(|_| node.get("Statement").is_none()) else {
            return Policy::from_node(slot.place.clone(), source, node, slot.kind, self.lenient)
                .map(Arc::new);
        };
        check_fields(members, &["name", "document", "file"], source)?;
        let name = node
            .get("name")
            .map(|name| name.expect_str("name", source))
            .transpose()?;
        let label = name.unwrap_or(&slot.place);
        let mut policy = match (node.get("document"), &inner.value) {
            (Some(_), Value::String(text)) => {
                let held = Source::held(label, text.as_ref(), source, inner.span);
                let tree = json::parse(&held)?;
                Arc::new(Policy::from_node(
                    slot.place.clone(),
                    &held,
                    &tree,
                    slot.kind,
                    self.lenient,
                )?)
            }
            (Some(document), _) => Arc::new(Policy::from_node(
                slot.place.clone(),
                source,
                document,
                slot.kind,
                self.lenient,
            )?),
            (None, _) => self.path(slot, inner.expect_str("file", source)?, inner, source)?,
        };
        if let Some(name) = name {
            name.clone_into(&mut Arc::make_mut(&mut policy).name);
        }
        Ok(policy)
    }

    fn path(
        &mut self,
        slot: &Slot<'_>,
        path: &str,
        node: &Node<'_>,
        source: &Source,
    ) -> Result<Arc<Policy>> {
        if path.trim_start().starts_with('{') {
            return Err(Error::request(format!(
                "`{}` is a policy in a string, not a path",
                slot.place
            ))
            .at(source, node.span)
            .help("write the document itself, or {\"document\": \"…\"}"));
        }
        self.file(&slot.base.join(path), slot.kind)
            .map_err(|error| error.at(source, node.span))
    }
}

/// The place of a policy in a scenario.
#[derive(Clone, Debug)]
pub struct Slot<'a> {
    /// What it is called if it has no name: `identity[0]`.
    pub place: String,
    /// The kind of policy that belongs there.
    pub kind: PolicyKind,
    /// The directory that paths are relative to.
    pub base: &'a Path,
}

/// The tree of a text: JSON if it starts like JSON, else YAML.
///
/// # Errors
/// If it is neither.
pub fn tree(source: &Source) -> Result<Node<'_>> {
    let body = source.text().trim_start_matches('\u{feff}').trim_start();
    let json = is_json(body);
    if body.starts_with('<') {
        let start = source.text().len() - body.len();
        return Err(Error::syntax("this is XML, not JSON")
            .at(source, Span::new(start, start + 1))
            .help("ask the AWS CLI for JSON: --output json"));
    }
    #[cfg(feature = "yaml")]
    if !json {
        return super::yaml(source);
    }
    let _ = json;
    json::parse(source)
}

/// The tree of a template: as [`tree`], with the short tags of YAML as the functions that they stand for.
fn template_tree(source: &Source) -> Result<Node<'_>> {
    #[cfg(feature = "yaml")]
    if !is_json(source.text()) {
        return super::yaml::template(source);
    }
    tree(source)
}

/// Whether a text begins like JSON.
fn is_json(text: &str) -> bool {
    let body = text.trim_start_matches('\u{feff}').trim_start();
    body.starts_with(['{', '[', '"', '/']) || body.is_empty()
}

/// Reports a member that is none of `fields`, and names the nearest.
///
/// # Errors
/// If there is one.
pub(crate) fn check_fields(
    members: &[Member<'_>],
    fields: &'static [&'static str],
    source: &Source,
) -> Result<()> {
    match members
        .iter()
        .find(|member| !fields.contains(&member.key.as_ref()))
    {
        None => Ok(()),
        Some(member) => {
            let error = Error::request(format!("unknown field `{}`", member.key))
                .at(source, member.key_span);
            Err(match nearest(&member.key, fields.iter().copied()) {
                Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
                None => error.help(format!("the fields are {}", fields.join(", "))),
            })
        }
    }
}

/// What kind the tree of a bare policy is: with `Principal` a resource policy, and a trust policy if it is about `sts:*` only and
/// names no resource.
pub fn infer_kind(node: &Node<'_>) -> PolicyKind {
    let Some(statements) = node.get("Statement").map(Node::elements) else {
        return PolicyKind::Identity;
    };
    if !statements.iter().any(|statement| {
        statement
            .get("Principal")
            .or(statement.get("NotPrincipal"))
            .is_some()
    }) {
        return PolicyKind::Identity;
    }
    let about_roles = |statement: &Node<'_>| {
        let actions = statement
            .get("Action")
            .map(Node::elements)
            .unwrap_or_default();
        let sts = |action: &Node<'_>| {
            action
                .as_str()
                .is_some_and(|text| text.to_ascii_lowercase().starts_with("sts:"))
        };
        statement
            .get("Resource")
            .or(statement.get("NotResource"))
            .is_none()
            && !actions.is_empty()
            && actions.iter().all(sts)
    };
    if statements.iter().all(about_roles) {
        PolicyKind::Trust
    } else {
        PolicyKind::Resource
    }
}
