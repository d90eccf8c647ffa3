//! What the AWS CLI prints: documents among other things, as objects or in strings.
//!
//! Services put their policies under some 150 names. All of them speak of a policy, a document or content, so that is what
//! is looked for; and only what has statements is a policy.

use super::held::Held;
use crate::error::Result;
use crate::json::{Member, Node, Value};
use crate::policy::PolicyKind;
use crate::source::Source;

/// All documents of an output, in order.
pub(super) fn documents(source: &Source, root: &Node<'_>) -> Result<Vec<Held>> {
    within(source, root, "", None)
}

/// The documents in a part of a file, which stands at an address and belongs to someone.
pub(crate) fn within(
    source: &Source,
    node: &Node<'_>,
    address: &str,
    owner: Option<&str>,
) -> Result<Vec<Held>> {
    let mut walk = Walk {
        source,
        found: Vec::new(),
    };
    walk.value(node, address, owner)?;
    Ok(walk.found)
}

struct Walk<'s> {
    source: &'s Source,
    found: Vec<Held>,
}

impl Walk<'_> {
    fn value(&mut self, node: &Node<'_>, address: &str, owner: Option<&str>) -> Result<()> {
        match &node.value {
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.value(element, &format!("{address}[{index}]"), owner)?;
                }
                Ok(())
            }
            Value::Object(_) if node.get("Statement").is_some() && is_element(address) => {
                let held = Held::at(self.source, node, address.to_owned())?;
                self.found.extend(held.map(|held| held.of(owner).live()));
                Ok(())
            }
            Value::Object(members) => {
                let own = owner_of(node).or(owner);
                for member in members {
                    self.member(node, member, address, own)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn member(
        &mut self,
        object: &Node<'_>,
        member: &Member<'_>,
        address: &str,
        owner: Option<&str>,
    ) -> Result<()> {
        let dot = if address.is_empty() { "" } else { "." };
        let address = format!("{address}{dot}{}", member.key);
        if may_hold_policy(&member.key)
            && self.named(object, &member.key, &member.value, &address, owner)?
        {
            return Ok(());
        }
        self.value(&member.value, &address, owner)
    }

    /// Keeps the policy under a name that speaks of one, or those of a list of strings there.
    fn named(
        &mut self,
        object: &Node<'_>,
        key: &str,
        node: &Node<'_>,
        address: &str,
        owner: Option<&str>,
    ) -> Result<bool> {
        if let Value::Array(elements) = &node.value
            && elements.iter().all(|element| element.as_str().is_some())
        {
            for (index, element) in elements.iter().enumerate() {
                let address = format!("{address}[{index}]");
                self.named(object, key, element, &address, owner)?;
            }
            return Ok(true);
        }
        let held = policy(self.source, node, address)?;
        let held = held.map(|held| held.of_kind(kind_of(object, key)).of(owner).live());
        let found = held.is_some();
        self.found.extend(held);
        Ok(found)
    }
}

/// The policy that a value is or holds. A string that is none is left alone, whatever it begins like.
pub(crate) fn policy(source: &Source, node: &Node<'_>, address: &str) -> Result<Option<Held>> {
    let held = match Held::at(source, node, address.to_owned()) {
        Err(_) if !node.as_str().is_some_and(|text| text.contains("Statement")) => None,
        held => held?,
    };
    match held {
        Some(held) if held.has_statements()? => Ok(Some(held)),
        _ => Ok(None),
    }
}

/// Whether a place is in a list: there an object needs no name that speaks of policies.
fn is_element(address: &str) -> bool {
    address.ends_with(']')
}

/// Whether a name speaks of a policy: `PolicyDocument`, `policyText`, `AccessPolicies`, `Document`, `Content` …
pub(super) fn may_hold_policy(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.contains("polic") || key.contains("document") || key == "content"
}

/// What an object says that it is.
fn owner_of<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    const NAMES: [&str; 12] = [
        "Arn",
        "ARN",
        "arn",
        "PolicyArn",
        "ResourceArn",
        "VpcEndpointId",
        "RoleName",
        "UserName",
        "GroupName",
        "repositoryName",
        "BackupVaultArn",
        "FileSystemId",
    ];
    NAMES
        .iter()
        .find_map(|name| node.get(name).and_then(Node::as_str))
}

/// What kind of policy stands under a name of an object, where the two say so.
fn kind_of(object: &Node<'_>, key: &str) -> Option<PolicyKind> {
    let has = |name| object.get(name).is_some();
    let summary = object
        .get("PolicySummary")
        .and_then(|node| node.get("Type"));
    match (key, summary.and_then(Node::as_str)) {
        (_, Some("SERVICE_CONTROL_POLICY")) => Some(PolicyKind::Scp),
        (_, Some("RESOURCE_CONTROL_POLICY")) => Some(PolicyKind::Rcp),
        ("AssumeRolePolicyDocument", _) => Some(PolicyKind::Trust),
        ("InlinePolicy", _) => Some(PolicyKind::Identity),
        ("Document", _) if has("VersionId") => Some(PolicyKind::Identity),
        ("PolicyDocument", _) if has("VpcEndpointId") => Some(PolicyKind::Vpce),
        ("PolicyDocument", _) if has("RoleName") || has("UserName") || has("GroupName") => {
            Some(PolicyKind::Identity)
        }
        _ => None,
    }
}
