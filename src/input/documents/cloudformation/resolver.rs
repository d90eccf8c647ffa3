//! What the functions of a template stand for.

use std::borrow::Cow;
use std::cell::Cell;

use super::conditions::Truth;
use super::open::{condition_title, make_open_statement, open};
use crate::error::{Error, Result};
use crate::json::{Member, Node, Value};
use crate::source::{Source, Span};

/// The longest text that a function makes: AWS allows a parameter 4,096 bytes, and a policy 20,480 characters.
pub(super) const MOST_BYTES: usize = 64 << 10;
/// How much functions may make of a template in all, in bytes, and in names and conditions that are looked at.
const MOST_IN_ALL: usize = 64 << 20;
/// What an element of a list counts for in bytes, beside its text.
pub(super) const ELEMENT: usize = 64;
/// How deep values and conditions may go into each other: a condition may name one that names it.
const MOST_LEVELS: usize = 256;

pub(super) struct Resolver<'t, 's> {
    pub(super) source: &'t Source,
    pub(super) root: &'t Node<'s>,
    /// What is left of the most that functions may make.
    left: Cell<usize>,
    /// What is left of the levels.
    levels: Cell<usize>,
}

impl<'t, 's> Resolver<'t, 's> {
    pub(super) fn new(source: &'t Source, root: &'t Node<'s>) -> Self {
        Self {
            source,
            root,
            left: Cell::new(MOST_IN_ALL),
            levels: Cell::new(MOST_LEVELS),
        }
    }

    /// Goes a level deeper, unless there are too many of them.
    pub(super) fn deeper<T>(&self, otherwise: T, inner: impl FnOnce() -> T) -> T {
        let Some(left) = self.levels.get().checked_sub(1) else {
            return otherwise;
        };
        self.levels.set(left);
        let result = inner();
        self.levels.set(left + 1);
        result
    }

    /// Takes something from what functions may make; `false` if nothing is left.
    pub(super) fn spend(&self, amount: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(amount));
        self.left.get() > 0
    }

    /// A member by its name; `None` also where nothing is left to look for it.
    pub(super) fn look_up<'n>(&self, node: &'n Node<'s>, name: &str) -> Option<&'n Node<'s>> {
        let members = node.members()?;
        self.spend(members.len()).then(|| node.get(name)).flatten()
    }

    /// A policy document with what its functions stand for; `None` if there is none after all.
    pub(super) fn document(&self, node: &Node<'s>) -> Result<Option<Node<'s>>> {
        let members = node.members().filter(|_| function(node).is_none());
        let Some(members) = members else {
            return self.value(node);
        };
        let value = Self::object(members, |member| match member.key.as_ref() {
            "Statement" => self.statements(&member.value).map(Some),
            _ => self.value(&member.value),
        })?;
        Ok(Some(Node {
            value,
            span: node.span,
        }))
    }

    /// An object of the values that its members have.
    fn object(
        members: &[Member<'s>],
        value_of: impl Fn(&Member<'s>) -> Result<Option<Node<'s>>>,
    ) -> Result<Value<'s>> {
        let mut resolved = Vec::with_capacity(members.len());
        for member in members {
            if let Some(value) = value_of(member)? {
                resolved.push(Member {
                    key: member.key.clone(),
                    key_span: member.key_span,
                    value,
                });
            }
        }
        Ok(Value::Object(resolved))
    }

    /// The statements of a document. Of those that there are under a condition, each stays, and depends on it.
    fn statements(&self, node: &Node<'s>) -> Result<Node<'s>> {
        let mut all = Vec::new();
        for statement in node.elements() {
            self.statement(statement, &mut all)?;
        }
        Ok(Node {
            value: Value::Array(all),
            span: node.span,
        })
    }

    fn statement(&self, node: &Node<'s>, all: &mut Vec<Node<'s>>) -> Result<()> {
        let Some(("Fn::If", branches)) = function(node) else {
            all.extend(self.value(node)?);
            return Ok(());
        };
        let [name, yes, no] = self.three(branches)?;
        let name = name.expect_str("Fn::If", self.source)?;
        let (yes_first, open) = match self.condition(name) {
            Truth::Known(truth) => (truth, false),
            Truth::Open => (true, true),
        };
        let chosen = if yes_first { yes } else { no };
        for branch in [Some(chosen), open.then_some(no)].into_iter().flatten() {
            let before = all.len();
            for statement in branch.elements() {
                self.statement(statement, all)?;
            }
            for statement in all[before..].iter_mut().filter(|_| open) {
                make_open_statement(statement, &condition_title(name));
            }
        }
        Ok(())
    }

    /// A value with what its functions stand for; `None` is `AWS::NoValue`.
    pub(super) fn value(&self, node: &Node<'s>) -> Result<Option<Node<'s>>> {
        let too_deep = Node {
            value: Value::Open(Cow::Borrowed("a value that is nested too deep")),
            span: node.span,
        };
        self.deeper(Ok(Some(too_deep)), || self.value_of_level(node))
    }

    fn value_of_level(&self, node: &Node<'s>) -> Result<Option<Node<'s>>> {
        if let Some((name, arguments)) = function(node) {
            let value = self.call(node.span, name, arguments)?;
            return Ok(value.map(|value| Node {
                value,
                span: node.span,
            }));
        }
        let value = match &node.value {
            Value::Array(elements) => {
                let resolved = elements.iter().map(|element| self.value(element));
                let resolved = resolved.filter_map(Result::transpose);
                Value::Array(resolved.collect::<Result<_>>()?)
            }
            Value::Object(members) => Self::object(members, |member| self.value(&member.value))?,
            Value::String(text) if text.contains("{{resolve:") => Value::Open(text.clone()),
            other => other.clone(),
        };
        Ok(Some(Node {
            value,
            span: node.span,
        }))
    }

    fn call(&self, span: Span, name: &str, arguments: &Node<'s>) -> Result<Option<Value<'s>>> {
        Ok(Some(match name {
            "Ref" => return Ok(self.reference(arguments.expect_str("Ref", self.source)?)),
            "Fn::Sub" => self.substitute(arguments)?,
            "Fn::Join" => self.join(arguments)?,
            "Fn::Split" => self.split(arguments)?,
            "Fn::Select" => self.select(arguments)?,
            "Fn::FindInMap" => self.find_in_map(arguments)?,
            "Fn::If" => {
                let [condition, yes, no] = self.three(arguments)?;
                let condition = condition.expect_str("Fn::If", self.source)?;
                let branch = match self.condition(condition) {
                    Truth::Known(true) => yes,
                    Truth::Known(false) => no,
                    Truth::Open => return Ok(Some(open(condition_title(condition)))),
                };
                return Ok(self.value(branch)?.map(|node| node.value));
            }
            "Fn::GetAtt" => {
                let parts = arguments.elements().iter().filter_map(Node::as_str);
                open(format!(
                    "{} (attribute)",
                    parts.collect::<Vec<_>>().join(".")
                ))
            }
            "Fn::ImportValue" => match self.value(arguments)?.map(|node| node.value) {
                Some(Value::String(export)) => open(format!("{export} (import)")),
                Some(Value::Open(what)) => open(format!("an import by {what}")),
                _ => open("an import".into()),
            },
            "Fn::Transform" => return Err(unknown_macro(arguments, self.source, span)),
            other => open(other.to_owned()),
        }))
    }

    pub(super) fn reference(&self, name: &str) -> Option<Value<'s>> {
        if name == "AWS::NoValue" {
            return None;
        }
        let parameters = self.root.get("Parameters");
        let Some(parameter) = parameters.and_then(|all| self.look_up(all, name)) else {
            let what = if name.starts_with("AWS::") {
                "pseudo parameter"
            } else {
                "resource"
            };
            return Some(open(format!("{name} ({what})")));
        };
        let of_type = parameter.get("Type").and_then(Node::as_str).unwrap_or("");
        let default = parameter.get("Default").and_then(Node::scalar);
        let short = default.filter(|text| text.len() <= MOST_BYTES && self.spend(text.len()));
        // What is kept elsewhere has the name of a parameter there as its default.
        let Some(text) = short.filter(|_| !of_type.starts_with("AWS::SSM::")) else {
            return Some(open(format!("{name} (parameter)")));
        };
        if of_type != "CommaDelimitedList" && !of_type.starts_with("List<") {
            return Some(Value::String(Cow::Owned(text.to_owned())));
        }
        let span = parameter
            .get("Default")
            .map_or(parameter.span, |node| node.span);
        if !self.spend(text.split(',').count() * ELEMENT) {
            return Some(open(format!("{name} (parameter)")));
        }
        let elements = text.split(',').map(|element| Node {
            value: Value::String(Cow::Owned(element.trim().to_owned())),
            span,
        });
        Some(Value::Array(elements.collect()))
    }

    fn find_in_map(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
        let mut node = self.root.get("Mappings");
        for key in arguments.elements().iter().take(3) {
            let Some(key) = self.value(key)? else {
                return Ok(open("Fn::FindInMap".into()));
            };
            if let Value::Open(what) = key.value {
                return Ok(open(format!("a mapping by {what}")));
            }
            let name = key.scalar().unwrap_or_default();
            node = node.and_then(|node| self.look_up(node, name));
        }
        if self.left.get() == 0 {
            return Ok(open("Fn::FindInMap".into()));
        }
        let found = node.filter(|node| node.members().is_none());
        let found = found.ok_or_else(|| {
            self.arguments(arguments, "the names of a mapping and of two keys in it")
        })?;
        if !self.spend(self.source.slice(found.span).len()) {
            return Ok(open("Fn::FindInMap".into()));
        }
        Ok(found.value.clone())
    }

    pub(super) fn two<'n>(&self, node: &'n Node<'s>) -> Result<[&'n Node<'s>; 2]> {
        match node.elements() {
            [first, second] => Ok([first, second]),
            _ => Err(self.arguments(node, "two arguments")),
        }
    }

    pub(super) fn three<'n>(&self, node: &'n Node<'s>) -> Result<[&'n Node<'s>; 3]> {
        match node.elements() {
            [first, second, third] => Ok([first, second, third]),
            _ => Err(self.arguments(node, "three arguments")),
        }
    }

    pub(super) fn arguments(&self, node: &Node<'_>, expected: &str) -> Error {
        Error::request(format!("this function takes {expected}")).at(self.source, node.span)
    }
}

/// The error for what a macro makes, which nobody knows.
pub(super) fn unknown_macro(arguments: &Node<'_>, source: &Source, at: Span) -> Error {
    let name = arguments.get("Name").and_then(Node::as_str);
    let text = format!(
        "the macro `{}` is not known",
        name.unwrap_or("Fn::Transform")
    );
    Error::request(text)
        .at(source, at)
        .help("give the template that AWS has made of it")
}

/// The name and the arguments of a function.
pub(super) fn function<'n, 's>(node: &'n Node<'s>) -> Option<(&'n str, &'n Node<'s>)> {
    match node.members() {
        Some([only]) if only.key == "Ref" || only.key.starts_with("Fn::") => {
            Some((only.key.as_ref(), &only.value))
        }
        _ => None,
    }
}
