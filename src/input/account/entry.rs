//! A user, group, role or managed policy of an account, and the documents in it.

use std::borrow::Cow;

use super::list_of;
use crate::error::{Error, Result};
use crate::input::Held;
use crate::input::documents::file_of;
use crate::json::{self, Node, Value};
use crate::policy::PolicyKind;
use crate::source::{Source, Span};

const TRUST: &str = "AssumeRolePolicyDocument";

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Group,
    Policy,
    /// What has a policy of its own: a bucket, a key, a queue …
    Resource,
    Role,
    User,
}

impl Sort {
    /// What people call it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Policy => "policy",
            Self::Resource => "resource",
            Self::Role => "role",
            Self::User => "user",
        }
    }

    /// The list of inline policies.
    pub(super) fn inline(self) -> &'static str {
        match self {
            Self::Group => "GroupPolicyList",
            Self::Policy | Self::Resource => "",
            Self::Role => "RolePolicyList",
            Self::User => "UserPolicyList",
        }
    }
}

/// How the names of members begin: authorization details and AWS Config have the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// `rolePolicyList`
    Lower,
    /// `RolePolicyList`
    Upper,
}

impl Spelling {
    /// A name as it is written here.
    pub(super) fn of(self, name: &'static str) -> Cow<'static, str> {
        match (self, name.get(..1)) {
            (Self::Lower, Some(first)) => Cow::Owned(first.to_ascii_lowercase() + &name[1..]),
            _ => Cow::Borrowed(name),
        }
    }
}

/// A user, group, role or policy, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) sort: Sort,
    pub(super) arn: String,
    /// Where in its file it is: `RoleDetailList[3]`.
    pub(super) address: String,
    /// The text that it stands in: the file, or a string of it.
    pub(super) source: Source,
    pub(super) span: Span,
    pub(super) spelling: Spelling,
}

impl Entry {
    /// The name, without the path.
    pub(super) fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// All that it says.
    pub(super) fn tree(&self) -> Result<Node<'_>> {
        json::parse_part(&self.source, self.span)
    }

    /// The member of a node of it that is called `name`.
    pub(super) fn member<'n, 'a>(
        &self,
        node: &'n Node<'a>,
        name: &'static str,
    ) -> Option<&'n Node<'a>> {
        node.get(&self.spelling.of(name))
    }

    /// The elements of a list of it that may be left out.
    pub(super) fn list<'n, 'a>(
        &self,
        node: &'n Node<'a>,
        name: &'static str,
    ) -> Result<&'n [Node<'a>]> {
        list_of(&self.source, node, &self.spelling.of(name))
    }

    /// The place of an element of one of its lists.
    pub(super) fn place(&self, name: &'static str, index: usize) -> String {
        format!("{}.{}[{index}]", self.address, self.spelling.of(name))
    }

    /// An address in the file with the file, as [`Held::name`] has it: `FILE#ADDRESS`.
    pub(super) fn with_file(&self, address: &str) -> String {
        format!("{}#{address}", file_of(&self.source))
    }

    /// The place of the trust policy of a role.
    pub(super) fn trust_address(&self) -> String {
        format!("{}.{}", self.address, self.spelling.of(TRUST))
    }

    /// The trust policy of a role.
    pub(super) fn trust(&self, node: &Node<'_>) -> Result<Option<Held>> {
        let document = self.member(node, TRUST);
        let Some(document) = document.filter(|node| node.value != Value::Null) else {
            return Ok(None);
        };
        self.document(document, self.trust_address(), PolicyKind::Trust)
            .map(Some)
    }

    /// The inline policies of a user, group or role.
    pub(super) fn inline(&self, node: &Node<'_>) -> Result<Vec<Held>> {
        let name = self.sort.inline();
        let policies = self.list(node, name)?.iter().enumerate();
        policies
            .map(|(index, policy)| {
                let document = self.member(policy, "PolicyDocument").ok_or_else(|| {
                    let name = self.spelling.of("PolicyDocument");
                    Error::request(format!("an inline policy without `{name}`"))
                        .at(&self.source, policy.span)
                })?;
                self.document(document, self.place(name, index), PolicyKind::Identity)
            })
            .collect()
    }

    /// The version of a managed policy that is in force; `None` if the file does not hold it.
    pub(super) fn default_version(&self) -> Result<Option<Held>> {
        let node = self.tree()?;
        let name = "PolicyVersionList";
        for (index, version) in self.list(&node, name)?.iter().enumerate() {
            let is_default = self.member(version, "IsDefaultVersion");
            if !is_default.is_some_and(|node| node.value == Value::Bool(true)) {
                continue;
            }
            let document = self.member(version, "Document");
            let Some(document) = document.filter(|node| node.value != Value::Null) else {
                return Ok(None);
            };
            let place = self.place(name, index);
            return self
                .document(document, place, PolicyKind::Identity)
                .map(Some);
        }
        Ok(None)
    }

    fn document(&self, node: &Node<'_>, address: String, kind: PolicyKind) -> Result<Held> {
        let held = Held::at(&self.source, node, address)?;
        let held = held.ok_or_else(|| {
            Error::policy(format!(
                "a policy document must be an object, found {}",
                node.sort()
            ))
            .at(&self.source, node.span)
            .by("GRAM-1")
        })?;
        Ok(held.of_kind(kind).of(Some(&self.arn)).live())
    }

    /// All its documents; of a managed policy the version in force.
    pub(super) fn documents(&self) -> Result<Vec<Held>> {
        if self.sort == Sort::Policy {
            return Ok(self.default_version()?.into_iter().collect());
        }
        let node = self.tree()?;
        let mut found: Vec<Held> = self.trust(&node)?.into_iter().collect();
        found.extend(self.inline(&node)?);
        Ok(found)
    }
}
