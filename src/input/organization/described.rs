//! Policies of an organization as `aws organizations describe-policy` prints them.

use crate::error::{Error, Result};
use crate::input::Held;
use crate::json::{Node, Value};
use crate::policy::PolicyKind;
use crate::source::Source;

/// A policy, and what it is attached to as far as `aws organizations list-targets-for-policy` was put beside it.
#[derive(Clone, Debug)]
pub(super) struct Described {
    /// `p-examplepolicyid111`
    pub(super) id: String,
    pub(super) held: Held,
    pub(super) targets: Vec<String>,
}

/// What AWS calls a kind of policy.
pub(super) fn type_of(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Rcp => "RESOURCE_CONTROL_POLICY",
        _ => "SERVICE_CONTROL_POLICY",
    }
}

/// The policies of a list of outputs.
pub(super) fn list(source: &Source, node: &Node<'_>, address: &str) -> Result<Vec<Described>> {
    let policies = node
        .get("policies")
        .filter(|node| node.value != Value::Null);
    let policies = policies.map(Node::elements).unwrap_or_default();
    let mut found = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        found.extend(read(source, policy, &format!("{address}[{index}]"))?);
    }
    Ok(found)
}

/// One output, or the policy in it; `None` for a policy of another type, which decides no request.
pub(super) fn read(source: &Source, node: &Node<'_>, address: &str) -> Result<Option<Described>> {
    let dot = if address.is_empty() { "" } else { "." };
    let (policy, address) = match node.get("Policy") {
        Some(policy) => (policy, format!("{address}{dot}Policy")),
        None => (node, address.to_owned()),
    };
    let wrong = |what: &str| {
        Error::request(format!("`{address}` has no {what}"))
            .at(source, policy.span)
            .help("it is what `aws organizations describe-policy` prints")
    };
    let summary = policy.get("PolicySummary");
    let summary = summary.ok_or_else(|| wrong("`PolicySummary`"))?;
    let text = |name: &str| summary.get(name).and_then(Node::as_str);
    let id = text("Id").ok_or_else(|| wrong("`PolicySummary.Id`"))?;
    let kind = match text("Type").ok_or_else(|| wrong("`PolicySummary.Type`"))? {
        "SERVICE_CONTROL_POLICY" => PolicyKind::Scp,
        "RESOURCE_CONTROL_POLICY" => PolicyKind::Rcp,
        _ => return Ok(None),
    };
    let content = policy.get("Content").ok_or_else(|| wrong("`Content`"))?;
    let held = Held::at(source, content, format!("{address}.Content"))?;
    let held = held.ok_or_else(|| content.mismatch("Content", "a policy document", source))?;
    let targets = node.get("Targets").map(Node::elements).unwrap_or_default();
    let targets = targets.iter().filter_map(|target| target.get("TargetId"));
    let targets = targets.filter_map(Node::as_str).map(str::to_owned);
    Ok(Some(Described {
        id: id.to_owned(),
        held: held.of_kind(kind).of(text("Arn")).live(),
        targets: targets.collect(),
    }))
}
