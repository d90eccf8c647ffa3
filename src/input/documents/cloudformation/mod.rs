//! Templates of `CloudFormation` and SAM, in JSON and YAML.
//!
//! What a function stands for is put in its place where the template says it: defaults of parameters, mappings, conditions
//! on them. Everything else is a value that is not known, and named; a decision that rests on it depends on it.

mod conditions;
mod open;
mod resolver;

use conditions::Truth;
use resolver::Resolver;

use super::held::Held;
use super::outputs::may_hold_policy;
use crate::error::Result;
use crate::json::{Member, Node, Value};
use crate::policy::PolicyKind;
use crate::source::Source;

/// Names under which a template holds a policy and nothing else, so that one that is not known at all is a policy too.
const POLICIES: [&str; 4] = [
    "AssumeRolePolicyDocument",
    "KeyPolicy",
    "PolicyDocument",
    "RepositoryPolicyText",
];

/// The documents of a template.
pub(super) fn documents(source: &Source, root: &Node<'_>) -> Result<Vec<Held>> {
    let mut found = Vec::new();
    for (address, node, kind) in all(source, root)? {
        found.push(match &node.value {
            Value::Open(what) => {
                let held = Held::unknown(source, node.span, address, what.to_string());
                held.of_kind(kind.unwrap_or(PolicyKind::Resource))
            }
            _ => Held::in_template(source, address).of_kind(kind),
        });
    }
    Ok(found)
}

/// The document at an address, with what its functions stand for.
pub(super) fn document<'s>(
    source: &'s Source,
    root: &Node<'s>,
    address: &str,
) -> Result<Option<Node<'s>>> {
    let found = all(source, root)?.into_iter();
    let mut found = found.filter(|(other, ..)| other == address);
    Ok(found.next().map(|(_, node, _)| node))
}

type Found<'s> = (String, Node<'s>, Option<PolicyKind>);

fn all<'s>(source: &Source, root: &Node<'s>) -> Result<Vec<Found<'s>>> {
    let mut walk = Walk {
        resolver: Resolver::new(source, root),
        found: Vec::new(),
    };
    let resources = root.get("Resources").and_then(Node::members);
    for resource in resources.unwrap_or_default() {
        walk.resource(resource)?;
    }
    if let Some(globals) = root.get("Globals").and_then(|globals| globals.get("Api")) {
        walk.value(globals, "Globals.Api", "AWS::Serverless::Api")?;
    }
    Ok(walk.found)
}

struct Walk<'t, 's> {
    resolver: Resolver<'t, 's>,
    found: Vec<Found<'s>>,
}

impl<'s> Walk<'_, 's> {
    fn resource(&mut self, resource: &Member<'s>) -> Result<()> {
        let condition = resource.value.get("Condition").and_then(Node::as_str);
        let exists = condition.map_or(Truth::Known(true), |name| self.resolver.condition(name));
        if exists == Truth::Known(false) {
            return Ok(());
        }
        let of_type = resource.value.get("Type").and_then(Node::as_str);
        let Some(properties) = resource.value.get("Properties") else {
            return Ok(());
        };
        let before = self.found.len();
        let address = format!("Resources.{}.Properties", resource.key);
        self.value(properties, &address, of_type.unwrap_or_default())?;
        if let (Truth::Open, Some(name)) = (exists, condition) {
            for (_, document, _) in &mut self.found[before..] {
                open::make_open(document, &open::condition_title(name));
            }
        }
        Ok(())
    }

    fn value(&mut self, node: &Node<'s>, address: &str, of_type: &str) -> Result<()> {
        match &node.value {
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    let address = format!("{address}[{index}]");
                    // SAM takes documents in a list of policies, among names.
                    if !self.policy(element, &address, "", of_type)? {
                        self.value(element, &address, of_type)?;
                    }
                }
                Ok(())
            }
            Value::Object(members) => {
                for member in members {
                    let address = format!("{address}.{}", member.key);
                    if self.made_by_sam(member, &address, of_type) {
                        continue;
                    }
                    let named = may_hold_policy(&member.key);
                    if !(named && self.policy(&member.value, &address, &member.key, of_type)?) {
                        self.value(&member.value, &address, of_type)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Keeps the policy of an API that SAM makes of lists of blocks and endpoints: its text is not in the template.
    fn made_by_sam(&mut self, member: &Member<'s>, address: &str, of_type: &str) -> bool {
        let api = of_type == "AWS::Serverless::Api" && member.key == "ResourcePolicy";
        if !api || member.value.members().is_none() {
            return false;
        }
        let what = format!("what SAM makes of {address}");
        let node = Node {
            value: Value::Open(what.into()),
            span: member.key_span,
        };
        let kind = Some(PolicyKind::Resource);
        self.found.push((address.to_owned(), node, kind));
        true
    }

    /// Keeps a value if it is a policy.
    fn policy(&mut self, node: &Node<'s>, address: &str, key: &str, of_type: &str) -> Result<bool> {
        if !matches!(node.value, Value::Object(_)) {
            return Ok(false);
        }
        let Some(resolved) = self.resolver.document(node)? else {
            return Ok(false);
        };
        let is_policy = match &resolved.value {
            Value::Open(_) => POLICIES.contains(&key),
            _ => resolved.get("Statement").is_some(),
        };
        if is_policy {
            let kind = kind_of(key, of_type);
            self.found.push((address.to_owned(), resolved, kind));
        }
        Ok(is_policy)
    }
}

/// What kind of policy stands under a name of a resource of a type, where the two say so.
fn kind_of(key: &str, of_type: &str) -> Option<PolicyKind> {
    match (key, of_type) {
        ("AssumeRolePolicyDocument", _) => Some(PolicyKind::Trust),
        (_, "AWS::EC2::VPCEndpoint") => Some(PolicyKind::Vpce),
        (_, of_type) if of_type.starts_with("AWS::IAM::") => Some(PolicyKind::Identity),
        (_, "AWS::Serverless::Function" | "AWS::Serverless::StateMachine") => {
            Some(PolicyKind::Identity)
        }
        _ => None,
    }
}
