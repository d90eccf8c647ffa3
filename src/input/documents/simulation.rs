//! A request to simulate: what `aws iam simulate-custom-policy --cli-input-json` takes.
//!
//! `--generate-cli-skeleton` fills its fields with empty strings, which say nothing.

use super::held::Held;
use crate::error::{Error, Result};
use crate::eval::{Caller, ContextValue, ResourceText};
use crate::json::{Node, Value};
use crate::policy::{AccountId, Action, Arn, ConditionKey, PolicyKind};
use crate::source::Source;

/// The request of an input, without its policies.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Simulation {
    /// `CallerArn`
    pub principal: Option<Caller>,
    /// `ActionNames`
    pub actions: Vec<Action>,
    /// `ResourceArns`
    pub resources: Vec<ResourceText>,
    /// The account of `ResourceOwner`.
    pub resource_account: Option<AccountId>,
    /// `ContextEntries`
    pub context: Vec<(ConditionKey, Option<ContextValue>)>,
}

impl Simulation {
    /// Reads the request.
    ///
    /// # Errors
    /// For a value that makes no sense, and for policies that are to be left out.
    ///
    /// # Example
    /// ```
    /// use ipcond::{input::Simulation, json, source::Source};
    /// let text = r#"{"ActionNames": ["s3:GetObject"], "ResourceArns": [""], "ContextEntries": [
    ///     {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["203.0.113.9"], "ContextKeyType": "ip"}]}"#;
    /// let source = Source::new("input.json", text);
    /// let asked = Simulation::read(&source, &json::parse(&source)?)?;
    /// assert!(asked.resources.is_empty()); // as the skeleton leaves it
    /// assert_eq!(asked.context.len(), 1);
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn read(source: &Source, root: &Node<'_>) -> Result<Self> {
        let field = Field { source, root };
        if let Some(excluded) = field.filled("PolicyExclusionList") {
            return Err(Error::request("`PolicyExclusionList` is not understood")
                .at(source, excluded.span)
                .help("leave it out, and the policies that it names as well"));
        }
        let text = |name| field.texts(name).map(|texts| texts.into_iter().next());
        let owner = text("ResourceOwner")?;
        Ok(Self {
            principal: field.parsed(text("CallerArn")?, Caller::parse)?,
            actions: field.all("ActionNames", str::parse)?,
            resources: field.all("ResourceArns", str::parse)?,
            resource_account: field.parsed(owner, account)?,
            context: field.context()?,
        })
    }
}

/// The documents of an input, by the layers that they belong to.
pub(super) fn documents(source: &Source, root: &Node<'_>) -> Result<Vec<Held>> {
    let field = Field { source, root };
    let mut found = field.policies(root, "PolicyInputList", "", PolicyKind::Identity)?;
    let name = "PermissionsBoundaryPolicyInputList";
    found.extend(field.policies(root, name, "", PolicyKind::Boundary)?);
    let name = "OrderedOrganizationPolicyInputList";
    if let Some(levels) = field.filled(name) {
        for (index, level) in levels.elements().iter().enumerate() {
            let place = format!("{name}[{index}].");
            let list = "ServiceControlPolicyInputList";
            let held = field.policies(level, list, &place, PolicyKind::Scp)?;
            found.extend(held.into_iter().map(|held| held.at_level(index)));
        }
    }
    let name = "ResourcePolicy";
    if let Some(node) = field.filled(name) {
        found.extend(Held::at(source, node, name.to_owned())?);
    }
    Ok(found)
}

#[derive(Clone, Copy)]
struct Field<'a> {
    source: &'a Source,
    root: &'a Node<'a>,
}

impl<'a> Field<'a> {
    /// The value of a field that says something.
    fn filled(self, name: &str) -> Option<&'a Node<'a>> {
        self.root.get(name).filter(|node| !is_empty(node))
    }

    fn texts(self, name: &str) -> Result<Vec<(&'a str, &'a Node<'a>)>> {
        let Some(node) = self.filled(name) else {
            return Ok(Vec::new());
        };
        let elements = node.elements().iter().filter(|node| !is_empty(node));
        elements
            .map(|node| Ok((node.expect_str(name, self.source)?, node)))
            .collect()
    }

    fn parsed<T>(
        self,
        text: Option<(&str, &Node<'_>)>,
        parse: impl Fn(&str) -> Result<T>,
    ) -> Result<Option<T>> {
        let at = |(text, node): (&str, &Node<'_>)| {
            parse(text).map_err(|error| error.at(self.source, node.span))
        };
        text.map(at).transpose()
    }

    fn all<T>(self, name: &str, parse: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
        let texts = self.texts(name)?.into_iter();
        let parsed = texts.map(|text| self.parsed(Some(text), &parse));
        parsed.filter_map(Result::transpose).collect()
    }

    fn policies(
        self,
        object: &Node<'_>,
        name: &str,
        place: &str,
        kind: PolicyKind,
    ) -> Result<Vec<Held>> {
        let list = object.get(name).filter(|node| !is_empty(node));
        let elements = list.map(Node::elements).unwrap_or_default().iter();
        let mut found = Vec::new();
        for (index, node) in elements.enumerate().filter(|(_, node)| !is_empty(node)) {
            let address = format!("{place}{name}[{index}]");
            let held = Held::at(self.source, node, address)?;
            let held =
                held.ok_or_else(|| node.mismatch(name, "a list of policy documents", self.source))?;
            found.push(held.of_kind(kind));
        }
        Ok(found)
    }

    fn context(self) -> Result<Vec<(ConditionKey, Option<ContextValue>)>> {
        let name = "ContextEntries";
        let mut context = Vec::new();
        for entry in self.filled(name).map(Node::elements).unwrap_or_default() {
            entry.expect_object(name, self.source)?;
            let Some(key) = entry.get("ContextKeyName").filter(|node| !is_empty(node)) else {
                continue;
            };
            let key = key.expect_str("ContextKeyName", self.source)?;
            let values = entry.get("ContextKeyValues").map(Node::elements);
            let mut texts = Vec::new();
            for node in values.unwrap_or_default() {
                let text = node.scalar();
                let text = text.ok_or_else(|| {
                    node.mismatch("ContextKeyValues", "a list of strings", self.source)
                })?;
                texts.push(text.to_owned());
            }
            let of_type = entry.get("ContextKeyType").and_then(Node::as_str);
            let is_list = of_type.is_some_and(|name| name.ends_with("List"));
            let value = match texts.as_slice() {
                [only] if !is_list => ContextValue::One(only.clone()),
                _ => ContextValue::List(texts),
            };
            context.push((ConditionKey::new(key), Some(value)));
        }
        Ok(context)
    }
}

/// Whether a value says nothing: as a skeleton leaves it, or a resource without it.
pub(super) fn is_empty(node: &Node<'_>) -> bool {
    match &node.value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.iter().all(is_empty),
        _ => false,
    }
}

/// `ResourceOwner` is the ARN of an account, by its root user.
fn account(text: &str) -> Result<AccountId> {
    match text.parse::<Arn>() {
        Ok(arn) => arn.account().ok_or_else(|| {
            Error::request(format!("`{text}` names no account"))
                .help("write arn:aws:iam::111122223333:root")
        }),
        Err(_) => text.parse(),
    }
}
