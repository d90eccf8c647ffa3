//! One file of authorization details: where its users, groups, roles and policies stand.

use super::list_of;
use crate::error::{Error, Result};
use crate::input::Held;
use crate::json::{self, Node, Value};
use crate::policy::PolicyKind;
use crate::source::{Source, Span};

/// The lists of such a file.
pub(crate) const LISTS: [&str; 3] = ["UserDetailList", "GroupDetailList", "RoleDetailList"];
const POLICIES: &str = "Policies";

/// Which list something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Groups,
    Policies,
    Roles,
    Users,
}

impl List {
    fn of(name: &str) -> Option<Self> {
        match name {
            "GroupDetailList" => Some(Self::Groups),
            POLICIES => Some(Self::Policies),
            "RoleDetailList" => Some(Self::Roles),
            "UserDetailList" => Some(Self::Users),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Groups => "GroupDetailList",
            Self::Policies => POLICIES,
            Self::Roles => "RoleDetailList",
            Self::Users => "UserDetailList",
        }
    }

    /// The list of inline policies.
    pub(super) fn inline(self) -> &'static str {
        match self {
            Self::Groups => "GroupPolicyList",
            Self::Policies => "",
            Self::Roles => "RolePolicyList",
            Self::Users => "UserPolicyList",
        }
    }
}

/// A user, group, role or policy, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) list: List,
    index: usize,
    pub(super) arn: String,
    pub(super) span: Span,
}

impl Entry {
    /// The name, without the path.
    pub(super) fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// `RoleDetailList[3]`
    pub(super) fn address(&self) -> String {
        format!("{}[{}]", self.list.name(), self.index)
    }
}

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct Details {
    pub(super) source: Source,
    pub(super) entries: Vec<Entry>,
}

impl Details {
    /// Finds what stands where.
    pub(super) fn read(source: &Source) -> Result<Self> {
        let text = source.text();
        let body = text.trim_start_matches('\u{feff}').trim_start();
        let whole = Span::new(text.len() - body.len(), text.len());
        let members = json::outline(source, whole)?;
        if !members.iter().any(|(key, _)| LISTS.contains(&key.as_ref())) {
            return Err(Error::request(
                "these are no account authorization details: there is no `RoleDetailList`",
            )
            .at(source, Span::new(whole.start(), whole.start() + 1))
            .help("give --account what `aws iam get-account-authorization-details` prints"));
        }
        let mut entries = Vec::new();
        for (key, span) in members {
            if let Some(list) = List::of(&key) {
                read_list(source, list, span, &mut entries)?;
            }
        }
        Ok(Self {
            source: source.clone(),
            entries,
        })
    }

    /// An address in the file with the file, as [`Held::name`] has it: `FILE#ADDRESS`.
    pub(super) fn place(&self, address: &str) -> String {
        format!("{}#{address}", self.source.name())
    }

    /// All that an entry says.
    pub(super) fn tree(&self, entry: &Entry) -> Result<Node<'_>> {
        json::parse_part(&self.source, entry.span)
    }

    /// The trust policy of a role.
    pub(super) fn trust(&self, entry: &Entry, node: &Node<'_>) -> Result<Option<Held>> {
        let name = "AssumeRolePolicyDocument";
        let Some(node) = node.get(name).filter(|node| node.value != Value::Null) else {
            return Ok(None);
        };
        let address = format!("{}.{name}", entry.address());
        self.document(node, address, entry, PolicyKind::Trust)
            .map(Some)
    }

    /// The inline policies of a user, group or role.
    pub(super) fn inline(&self, entry: &Entry, node: &Node<'_>) -> Result<Vec<Held>> {
        let name = entry.list.inline();
        let policies = list_of(&self.source, node, name)?.iter().enumerate();
        policies
            .map(|(index, policy)| {
                let document = policy.get("PolicyDocument").ok_or_else(|| {
                    Error::request("an inline policy without `PolicyDocument`")
                        .at(&self.source, policy.span)
                })?;
                let address = format!("{}.{name}[{index}]", entry.address());
                self.document(document, address, entry, PolicyKind::Identity)
            })
            .collect()
    }

    /// The version of a managed policy that is in force; `None` if the file does not hold it.
    pub(super) fn default_version(&self, entry: &Entry) -> Result<Option<Held>> {
        let node = self.tree(entry)?;
        let name = "PolicyVersionList";
        for (index, version) in list_of(&self.source, &node, name)?.iter().enumerate() {
            let is_default = version.get("IsDefaultVersion");
            if !is_default.is_some_and(|node| node.value == Value::Bool(true)) {
                continue;
            }
            let Some(document) = version.get("Document") else {
                return Ok(None);
            };
            let address = format!("{}.{name}[{index}]", entry.address());
            let held = self.document(document, address, entry, PolicyKind::Identity)?;
            return Ok(Some(held));
        }
        Ok(None)
    }

    fn document(
        &self,
        node: &Node<'_>,
        address: String,
        entry: &Entry,
        kind: PolicyKind,
    ) -> Result<Held> {
        let held = Held::at(&self.source, node, address)?;
        let held = held.ok_or_else(|| {
            Error::policy(format!(
                "a policy document must be an object, found {}",
                node.sort()
            ))
            .at(&self.source, node.span)
            .by("GRAM-1")
        })?;
        Ok(held.of_kind(kind).of(Some(&entry.arn)).live())
    }

    /// Its documents, of a managed policy the version in force.
    pub(super) fn documents_of(&self, entry: &Entry) -> Result<Vec<Held>> {
        if entry.list == List::Policies {
            return Ok(self.default_version(entry)?.into_iter().collect());
        }
        let node = self.tree(entry)?;
        let mut found: Vec<Held> = self.trust(entry, &node)?.into_iter().collect();
        found.extend(self.inline(entry, &node)?);
        Ok(found)
    }
}

/// All documents of a file, of managed policies the versions in force.
pub(crate) fn documents(source: &Source) -> Result<Vec<Held>> {
    let details = Details::read(source)?;
    let mut found = Vec::new();
    for entry in &details.entries {
        found.extend(details.documents_of(entry)?);
    }
    Ok(found)
}

fn read_list(source: &Source, list: List, span: Span, entries: &mut Vec<Entry>) -> Result<()> {
    if source.slice(span) == "null" {
        return Ok(());
    }
    let expect = |found: Span, what: &str| {
        Error::request(format!("`{}` must be {what}", list.name())).at(source, found)
    };
    if !source.slice(span).starts_with('[') {
        return Err(expect(span, "a list"));
    }
    for (index, span) in json::outline_list(source, span)?.into_iter().enumerate() {
        if !source.slice(span).starts_with('{') {
            return Err(expect(span, "a list of objects"));
        }
        let members = json::outline(source, span)?;
        let arn = members.iter().find(|(key, _)| key == "Arn");
        let arn = arn.ok_or_else(|| {
            Error::request(format!("`{}[{index}]` has no `Arn`", list.name()))
                .at(source, Span::new(span.start(), span.start() + 1))
        })?;
        let arn = json::parse_part(source, arn.1)?;
        entries.push(Entry {
            list,
            index,
            arn: arn.expect_str("Arn", source)?.to_owned(),
            span,
        });
    }
    Ok(())
}
