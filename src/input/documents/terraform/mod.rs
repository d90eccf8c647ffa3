//! Plans and states of Terraform and `OpenTofu`, as `terraform show -json` prints them, and raw states.
//!
//! Policies are strings of attributes there. What is known only after apply is not in the file at all: the plan says so, and
//! the document is one that is not known.

mod attributes;

use std::collections::BTreeSet;

use self::attributes::ATTRIBUTES;
use super::held::Held;
use super::simulation::is_empty;
use crate::error::{Error, Result};
use crate::json::{Node, Value};
use crate::policy::PolicyKind;
use crate::source::Source;

/// Which side of a plan is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// What there will be.
    After,
    /// What there is.
    Before,
}

/// The documents of a plan or state.
pub(super) fn documents(source: &Source, root: &Node<'_>, side: Side) -> Result<Vec<Held>> {
    let mut reader = Reader {
        source,
        side,
        configured: configured(root),
        found: Vec::new(),
    };
    if let Some(version) = root.get("format_version") {
        check_version(source, version)?;
    } else {
        return reader.raw_state(root).map(|()| reader.found);
    }
    if let Some(changes) = root.get("resource_changes") {
        for change in list(source, changes, "resource_changes")? {
            reader.change(change, None)?;
        }
        let deferred = root
            .get("deferred_changes")
            .map(|node| list(source, node, "deferred_changes"));
        for node in deferred.transpose()?.unwrap_or_default() {
            reader.deferred(node)?;
        }
        return Ok(reader.found);
    }
    let values = root.get("planned_values").or_else(|| root.get("values"));
    if let Some(module) = values.and_then(|values| values.get("root_module")) {
        reader.module(module)?;
    }
    Ok(reader.found)
}

/// Whether a plan says what changes.
pub(super) fn is_plan(root: &Node<'_>) -> bool {
    root.get("resource_changes").is_some()
}

/// `HashiCorp` keeps the shape within a major version.
fn check_version(source: &Source, node: &Node<'_>) -> Result<()> {
    let version = node.expect_str("format_version", source)?;
    if version.split('.').next() == Some("1") {
        return Ok(());
    }
    Err(Error::request(format!(
        "`format_version` {version} is not understood, expected 1.x"
    ))
    .at(source, node.span))
}

/// The type, name and attribute of what the configuration sets, of all modules together; `None` if the file does not have
/// the configuration.
fn configured<'a>(root: &'a Node<'_>) -> Option<BTreeSet<(&'a str, &'a str, &'a str)>> {
    let mut all = BTreeSet::new();
    let module = root.get("configuration")?.get("root_module")?;
    let mut open = vec![module];
    while let Some(module) = open.pop() {
        for resource in module
            .get("resources")
            .map(Node::elements)
            .unwrap_or_default()
        {
            let text = |name| resource.get(name).and_then(Node::as_str);
            let set = resource.get("expressions").and_then(Node::members);
            if let (Some(of_type), Some(name)) = (text("type"), text("name")) {
                let set = set.unwrap_or_default().iter();
                all.extend(set.map(|member| (of_type, name, member.key.as_ref())));
            }
        }
        let calls = module.get("module_calls").and_then(Node::members);
        open.extend(
            calls
                .unwrap_or_default()
                .iter()
                .filter_map(|call| call.value.get("module")),
        );
    }
    Some(all)
}

struct Reader<'a> {
    source: &'a Source,
    side: Side,
    configured: Option<BTreeSet<(&'a str, &'a str, &'a str)>>,
    found: Vec<Held>,
}

/// A resource, and where its attributes are.
struct Resource<'n> {
    address: String,
    of_type: &'n str,
    name: &'n str,
    values: &'n Node<'n>,
    /// What of them is known after apply only.
    unknown: Option<&'n Node<'n>>,
    /// What they were before a change.
    before: Option<&'n Node<'n>>,
}

impl Reader<'_> {
    /// A change that waits for another plan: how many of the resource there will be is not known, so nothing of it is.
    fn deferred(&mut self, node: &Node<'_>) -> Result<()> {
        let Some(change) = node.get("resource_change") else {
            return Ok(());
        };
        let all = Node {
            value: Value::Bool(true),
            span: change.span,
        };
        self.change(change, Some(&all))
    }

    /// A change, of which `unknown` is not known beside what it says itself.
    fn change(&mut self, node: &Node<'_>, unknown: Option<&Node<'_>>) -> Result<()> {
        // A deposed object is on its way out, and its successor stands beside it.
        if is_data(node) || node.get("deposed").is_some() {
            return Ok(());
        }
        let change = node.get("change").ok_or_else(|| {
            Error::request("a resource change without `change`").at(self.source, node.span)
        })?;
        let (name, unknown, before) = match self.side {
            Side::After => {
                let unknown = unknown.or_else(|| change.get("after_unknown"));
                ("after", unknown, change.get("before"))
            }
            Side::Before => ("before", None, None),
        };
        let Some(values) = change.get(name) else {
            return Ok(());
        };
        let address = self.text(node, "address")?.to_owned();
        self.resource(&Resource {
            address,
            of_type: self.text(node, "type")?,
            name: self.text(node, "name")?,
            values,
            unknown,
            before,
        })
    }

    /// A module of `planned_values` or a state, and those in it.
    fn module(&mut self, module: &Node<'_>) -> Result<()> {
        let resources = module.get("resources").map(Node::elements);
        for node in resources.unwrap_or_default() {
            let Some(values) = node.get("values").filter(|_| !is_data(node)) else {
                continue;
            };
            let address = self.text(node, "address")?.to_owned();
            self.resource(&Resource {
                address,
                of_type: self.text(node, "type")?,
                name: self.text(node, "name")?,
                values,
                unknown: None,
                before: None,
            })?;
        }
        let modules = module.get("child_modules").map(Node::elements);
        let mut modules = modules.unwrap_or_default().iter();
        modules.try_for_each(|module| self.module(module))
    }

    /// What `terraform.tfstate` itself holds.
    fn raw_state(&mut self, root: &Node<'_>) -> Result<()> {
        let resources = root.get("resources").map(Node::elements);
        for node in resources.unwrap_or_default() {
            if is_data(node) {
                continue;
            }
            let (of_type, name) = (self.text(node, "type")?, self.text(node, "name")?);
            let module = node.get("module").and_then(Node::as_str);
            let module = module.map_or_else(String::new, |module| format!("{module}."));
            let instances = node.get("instances").map(Node::elements);
            for instance in instances.unwrap_or_default() {
                if instance.get("deposed").is_some() {
                    continue;
                }
                let index = match instance.get("index_key").map(|key| &key.value) {
                    Some(Value::String(key)) => format!("[\"{key}\"]"),
                    Some(Value::Number(number)) => format!("[{number}]"),
                    _ => String::new(),
                };
                let Some(values) = instance.get("attributes") else {
                    continue;
                };
                self.resource(&Resource {
                    address: format!("{module}{of_type}.{name}{index}"),
                    of_type,
                    name,
                    values,
                    unknown: None,
                    before: None,
                })?;
            }
        }
        Ok(())
    }

    fn resource(&mut self, resource: &Resource<'_>) -> Result<()> {
        let known = ATTRIBUTES
            .iter()
            .filter(|(of_type, ..)| *of_type == resource.of_type);
        for (_, attribute, own) in known {
            let address = format!("{}.{attribute}", resource.address);
            let unknown = resource.unknown.and_then(|all| match all.value {
                Value::Bool(_) => Some(all),
                _ => all.get(attribute),
            });
            let value = resource.values.get(attribute);
            let is_set = *own || self.is_set(resource, attribute);
            let kind = kind_of(resource, attribute);
            if *attribute == "inline_policy"
                && resource.of_type == "aws_iam_role"
                && !is_true(unknown)
            {
                self.inline(resource, unknown, &address)?;
            } else if is_true(unknown) {
                if is_set {
                    self.unknown(resource.values, address, kind);
                }
            } else if let Some(value) = value {
                self.known(value, address, kind)?;
            }
        }
        Ok(())
    }

    /// Whether someone chose the value of an attribute that AWS would fill otherwise. Where nothing says so, it may be.
    fn is_set(&self, resource: &Resource<'_>, attribute: &str) -> bool {
        let before = resource.before.and_then(|before| before.get(attribute));
        let had_one = before.is_some_and(|before| !is_empty(before));
        let key = (resource.of_type, resource.name, attribute);
        had_one
            || self
                .configured
                .as_ref()
                .is_none_or(|all| all.contains(&key))
    }

    /// The inline policies of a role.
    fn inline(
        &mut self,
        resource: &Resource<'_>,
        unknown: Option<&Node<'_>>,
        address: &str,
    ) -> Result<()> {
        let policies = match resource.values.get("inline_policy").map(|node| &node.value) {
            Some(Value::Array(policies)) => policies.as_slice(),
            _ => &[],
        };
        // What is not known of a list may stand beside it only.
        let open = unknown.map(Node::elements).unwrap_or_default();
        for index in 0..policies.len().max(open.len()) {
            let policy = policies.get(index).unwrap_or(resource.values);
            let address = format!("{address}[{index}].policy");
            let kind = Some(PolicyKind::Identity);
            if is_true(open.get(index).and_then(|open| open.get("policy"))) {
                self.unknown(policy, address, kind);
            } else if let Some(text) = policy.get("policy") {
                self.known(text, address, kind)?;
            }
        }
        Ok(())
    }

    fn known(&mut self, node: &Node<'_>, address: String, kind: Option<PolicyKind>) -> Result<()> {
        if let Some(held) = Held::at(self.source, node, address)?
            && held.has_statements()?
        {
            self.found.push(held.of_kind(kind));
        }
        Ok(())
    }

    fn unknown(&mut self, node: &Node<'_>, address: String, kind: Option<PolicyKind>) {
        let what = format!("{address} (known after apply)");
        let held = Held::unknown(self.source, node.span, address, what);
        self.found
            .push(held.of_kind(kind.unwrap_or(PolicyKind::Resource)));
    }

    fn text<'n>(&self, node: &'n Node<'_>, name: &str) -> Result<&'n str> {
        let text = node.get(name).ok_or_else(|| {
            Error::request(format!("a resource without `{name}`")).at(self.source, node.span)
        })?;
        text.expect_str(name, self.source)
    }
}

/// What kind of policy an attribute holds, where that does not show from its text.
fn kind_of(resource: &Resource<'_>, attribute: &str) -> Option<PolicyKind> {
    let of_type = resource.values.get("type").and_then(Node::as_str);
    match (resource.of_type, attribute) {
        (_, "assume_role_policy") => Some(PolicyKind::Trust),
        ("aws_organizations_policy", _) if of_type == Some("RESOURCE_CONTROL_POLICY") => {
            Some(PolicyKind::Rcp)
        }
        ("aws_organizations_policy", _) => Some(PolicyKind::Scp),
        ("aws_vpc_endpoint" | "aws_vpc_endpoint_policy", _) => Some(PolicyKind::Vpce),
        (_, "inline_policy") => Some(PolicyKind::Identity),
        (of_type, _) if of_type.starts_with("aws_iam_") => Some(PolicyKind::Identity),
        _ => None,
    }
}

/// Whether it is read from elsewhere, and no resource of its own.
fn is_data(node: &Node<'_>) -> bool {
    node.get("mode").and_then(Node::as_str) == Some("data")
}

fn is_true(node: Option<&Node<'_>>) -> bool {
    node.is_some_and(|node| node.value == Value::Bool(true))
}

fn list<'n, 'a>(source: &Source, node: &'n Node<'a>, name: &str) -> Result<&'n [Node<'a>]> {
    match &node.value {
        Value::Array(elements) => Ok(elements),
        Value::Null => Ok(&[]),
        _ => Err(node.mismatch(name, "a list", source)),
    }
}
