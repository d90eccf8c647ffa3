//! What is attached to a user, group or role, and what it is called.

use super::ATTACHED;
use super::entry::Entry;
use crate::error::Result;
use crate::json::Node;

/// What an inline policy or an attachment is called.
pub(super) struct Attachment {
    pub(super) name: String,
    /// Of a managed policy.
    pub(super) arn: Option<String>,
    pub(super) address: String,
}

impl Attachment {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name || self.arn.as_deref() == Some(name) || self.address == name
    }

    pub(super) fn title(&self) -> &str {
        self.arn.as_deref().unwrap_or(&self.name)
    }

    pub(super) fn line(&self) -> String {
        match &self.arn {
            Some(arn) => format!("  {arn}"),
            None => format!("  {}   inline", self.name),
        }
    }
}

/// The inline policies of a user, group or role, and the managed ones that are attached to it.
pub(super) fn attachments(entry: &Entry) -> Result<Vec<Attachment>> {
    let node = entry.tree()?;
    let mut all = Vec::new();
    for (list, has_arn) in [(entry.sort.inline(), false), (ATTACHED, true)] {
        for (index, policy) in entry.list(&node, list)?.iter().enumerate() {
            let text = |field| {
                let named = entry.member(policy, field).and_then(Node::as_str);
                named.map(str::to_owned)
            };
            let arn = text("PolicyArn").filter(|_| has_arn);
            let own = arn.as_deref().and_then(|arn| arn.rsplit('/').next());
            all.push(Attachment {
                name: text("PolicyName")
                    .or(own.map(str::to_owned))
                    .unwrap_or_default(),
                arn,
                address: entry.place(list, index),
            });
        }
    }
    Ok(all)
}

/// The ARN of the managed policy that is attached at an address, as a policy or as the boundary.
pub(super) fn attached_arn(entry: &Entry, address: &str) -> Result<Option<String>> {
    let boundary = entry.spelling.of("PermissionsBoundary");
    if address == format!("{}.{boundary}", entry.address) {
        let node = entry.tree()?;
        let boundary = entry.member(&node, "PermissionsBoundary");
        let arn = boundary.and_then(|node| entry.member(node, "PermissionsBoundaryArn"));
        return Ok(arn.and_then(Node::as_str).map(str::to_owned));
    }
    let all = attachments(entry)?;
    Ok(all
        .into_iter()
        .find(|one| one.address == address)
        .and_then(|one| one.arn))
}
