//! Templates of `CloudFormation` and SAM, in JSON and YAML.
//!
//! What a function stands for is put in its place where the template says it: defaults of parameters, mappings, conditions
//! on them. Everything else is a value that is not known, and named; a decision that rests on it depends on it.

mod conditions;
mod open;
mod resolver;
mod texts;

use conditions::Truth;
use resolver::{Resolver, function, unknown_macro};

use super::held::Held;
use super::outputs::{self, may_hold_policy};
use crate::error::{Error, Result};
use crate::json::{Member, Node, Value};
use crate::policy::PolicyKind;
use crate::source::{Source, Span};

/// Names under which a template holds a policy and nothing else, so that one that is not known at all is a policy too.
const POLICIES: [&str; 4] = [
    "AssumeRolePolicyDocument",
    "KeyPolicy",
    "PolicyDocument",
    "RepositoryPolicyText",
];

/// The documents of a template.
pub(super) fn documents(source: &Source, root: &Node<'_>) -> Result<Vec<Held>> {
    let mut walk = Walk {
        source,
        resolver: Resolver::new(source, root),
        under: Vec::new(),
        found: Vec::new(),
    };
    let resources = root.get("Resources").and_then(Node::members);
    for resource in resources.unwrap_or_default() {
        walk.check_made(resource)?;
        walk.resource(resource)?;
    }
    if let Some(globals) = root.get("Globals").and_then(|globals| globals.get("Api")) {
        walk.value(globals, "Globals.Api", "AWS::Serverless::Api")?;
    }
    Ok(walk.found)
}

struct Walk<'t, 's> {
    source: &'t Source,
    resolver: Resolver<'t, 's>,
    /// Conditions that decide whether what is looked at is there at all, and are not known.
    under: Vec<String>,
    found: Vec<Held>,
}

impl<'s> Walk<'_, 's> {
    fn resource(&mut self, resource: &Member<'s>) -> Result<()> {
        for member in resource.value.members().unwrap_or_default() {
            self.check_made(member)?;
        }
        let Some(properties) = resource.value.get("Properties") else {
            return Ok(());
        };
        for member in properties.members().unwrap_or_default() {
            self.check_made(member)?;
        }
        let address = format!("Resources.{}.Properties", resource.key);
        let of_type = resource.value.get("Type").and_then(Node::as_str);
        let of_type = of_type.unwrap_or_default();
        match resource.value.get("Condition") {
            None => self.value(properties, &address, of_type),
            Some(name) => {
                let name = name.expect_str("Condition", self.source)?;
                let truth = self.resolver.condition(name);
                self.branch(truth, name, properties, &address, of_type)
            }
        }
    }

    /// Reports what a macro puts in this place: nobody knows whether it is a policy, and which.
    fn check_made(&self, member: &Member<'_>) -> Result<()> {
        if member.key == "Fn::Transform" {
            return Err(unknown_macro(&member.value, self.source, member.key_span));
        }
        if !member.key.starts_with("Fn::ForEach::")
            || !may_hold_policy(self.source.slice(member.value.span))
        {
            return Ok(());
        }
        let text = format!("`{}` makes policies that are not written out", member.key);
        Err(Error::request(text)
            .at(self.source, member.key_span)
            .help("give the template that AWS has made of it"))
    }

    /// What is there if a condition holds; nothing if it does not, and if that is not known, all of it depends.
    fn branch(
        &mut self,
        holds: Truth,
        name: &str,
        node: &Node<'s>,
        address: &str,
        of_type: &str,
    ) -> Result<()> {
        match holds {
            Truth::Known(false) => Ok(()),
            Truth::Known(true) => self.value(node, address, of_type),
            Truth::Open => {
                self.under.push(open::condition_title(name));
                let walked = self.value(node, address, of_type);
                self.under.pop();
                walked
            }
        }
    }

    fn value(&mut self, node: &Node<'s>, address: &str, of_type: &str) -> Result<()> {
        if let Some(("Fn::If", branches)) = function(node) {
            let [name, yes, no] = self.resolver.three(branches)?;
            let name = name.expect_str("Fn::If", self.source)?;
            let holds = self.resolver.condition(name);
            self.branch(holds, name, yes, &format!("{address}.Fn::If[1]"), of_type)?;
            return self.branch(!holds, name, no, &format!("{address}.Fn::If[2]"), of_type);
        }
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
        self.unknown(member.key_span, address, what, Some(PolicyKind::Resource));
        true
    }

    fn unknown(&mut self, at: Span, address: &str, what: String, kind: Option<PolicyKind>) {
        let held = Held::unknown(self.source, at, address.to_owned(), what);
        self.found
            .push(held.of_kind(kind.unwrap_or(PolicyKind::Resource)));
    }

    /// Keeps a value if it is a policy, or a text that holds one.
    fn policy(&mut self, node: &Node<'s>, address: &str, key: &str, of_type: &str) -> Result<bool> {
        if !matches!(node.value, Value::Object(_) | Value::String(_)) {
            return Ok(false);
        }
        let Some(mut resolved) = self.resolver.document(node)? else {
            return Ok(false);
        };
        let kind = kind_of(key, of_type);
        match &resolved.value {
            Value::Open(what) if POLICIES.contains(&key) || holds_statements(node) => {
                self.unknown(node.span, address, what.to_string(), kind);
            }
            Value::String(_) => {
                let Some(held) = outputs::policy(self.source, &resolved, address)? else {
                    return Ok(false);
                };
                match self.under.first().cloned() {
                    Some(condition) => self.unknown(node.span, address, condition, kind),
                    None => self.found.push(held.of_kind(kind)),
                }
            }
            Value::Object(_) if resolved.get("Statement").is_some() => {
                for condition in &self.under {
                    open::make_open(&mut resolved, condition);
                }
                let held = Held::in_template(self.source, resolved, address.to_owned());
                self.found.push(held.of_kind(kind));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether a function has a policy for an argument, as an object or a text: what it comes to is one too.
fn holds_statements(node: &Node<'_>) -> bool {
    let Some((_, arguments)) = function(node) else {
        return match &node.value {
            Value::Array(elements) => elements.iter().any(holds_statements),
            Value::String(text) => text.contains("\"Statement\""),
            _ => node.get("Statement").is_some(),
        };
    };
    arguments.elements().iter().any(holds_statements)
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
