//! What the functions of a template stand for.

use std::borrow::Cow;
use std::cell::Cell;

use super::conditions::Truth;
use super::open::{condition_title, make_open_statement, open, text_or_open};
use crate::error::{Error, Result};
use crate::json::{Member, Node, Value};
use crate::source::{Source, Span};

/// The longest text that a function makes: AWS allows a parameter 4,096 bytes, and a policy 20,480 characters.
pub(super) const MOST_BYTES: usize = 64 << 10;
/// How much functions may make of a template in all, in bytes and in conditions that are looked at.
const MOST_IN_ALL: usize = 64 << 20;

pub(super) struct Resolver<'t, 's> {
    source: &'t Source,
    pub(super) root: &'t Node<'s>,
    /// What is left of the most that functions may make.
    left: Cell<usize>,
}

impl<'t, 's> Resolver<'t, 's> {
    pub(super) fn new(source: &'t Source, root: &'t Node<'s>) -> Self {
        Self {
            source,
            root,
            left: Cell::new(MOST_IN_ALL),
        }
    }

    /// Takes something from what functions may make; `false` if nothing is left.
    pub(super) fn spend(&self, amount: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(amount));
        self.left.get() > 0
    }

    /// A policy document with what its functions stand for; `None` if there is none after all.
    pub(super) fn document(&self, node: &Node<'s>) -> Result<Option<Node<'s>>> {
        let Some(mut document) = self.value(node)? else {
            return Ok(None);
        };
        // Of statements that there are under a condition, each stays, and depends on it.
        if let Some(statements) = node.get("Statement")
            && let Value::Object(members) = &mut document.value
            && let Some(member) = members.iter_mut().find(|member| member.key == "Statement")
        {
            let mut all = Vec::new();
            for statement in statements.elements() {
                self.statement(statement, &mut all)?;
            }
            member.value.value = Value::Array(all);
        }
        Ok(Some(document))
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
            Value::Object(members) => {
                let mut resolved = Vec::with_capacity(members.len());
                for member in members {
                    if let Some(value) = self.value(&member.value)? {
                        resolved.push(Member {
                            key: member.key.clone(),
                            key_span: member.key_span,
                            value,
                        });
                    }
                }
                Value::Object(resolved)
            }
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

    fn reference(&self, name: &str) -> Option<Value<'s>> {
        if name == "AWS::NoValue" {
            return None;
        }
        let Some(parameter) = self.root.get("Parameters").and_then(|all| all.get(name)) else {
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
        let elements = text.split(',').map(|element| Node {
            value: Value::String(Cow::Owned(element.trim().to_owned())),
            span,
        });
        Some(Value::Array(elements.collect()))
    }

    fn substitute(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
        let (template, names) = match arguments.elements() {
            [template] => (template, None),
            [template, names] => (template, Some(names)),
            _ => return Err(self.arguments(arguments, "a text, or a text and its variables")),
        };
        let mut rest = template.expect_str("Fn::Sub", self.source)?;
        // Each variable is looked at once, however often it stands in the text.
        let mut variables = Vec::new();
        for member in names.and_then(Node::members).unwrap_or_default() {
            let value = self.value(&member.value)?.map(|node| node.value);
            variables.push((member.key.as_ref(), value));
        }
        let (mut text, mut unknown) = (String::new(), Vec::new());
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                text.push_str("${");
                rest = after;
                continue;
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                text.extend(["${", literal, "}"]);
                continue;
            }
            let name = name.trim();
            if text.len() > MOST_BYTES || !self.spend(text.len()) {
                return Ok(open("Fn::Sub".into()));
            }
            let value = match variables.iter().find(|(own, _)| *own == name) {
                Some((_, value)) => value.clone(),
                None if name.contains('.') => Some(open(format!("{name} (attribute)"))),
                None => self.reference(name),
            };
            match value {
                Some(Value::String(value) | Value::Number(value)) => text.push_str(&value),
                Some(Value::Open(what)) => unknown.push(what.into_owned()),
                _ => unknown.push(name.to_owned()),
            }
        }
        text.push_str(rest);
        Ok(text_or_open(text, unknown, "Fn::Sub"))
    }

    fn join(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
        let [delimiter, list] = self.two(arguments)?;
        let delimiter = delimiter.expect_str("Fn::Join", self.source)?;
        let Some(list) = self.value(list)? else {
            return Ok(open("Fn::Join".into()));
        };
        let (mut texts, mut unknown) = (Vec::new(), Vec::new());
        for element in list.elements() {
            match (&element.value, element.scalar()) {
                (Value::Open(what), _) => unknown.push(what.to_string()),
                (_, Some(text)) => texts.push(text),
                _ => return Err(self.arguments(arguments, "a delimiter and a list of texts")),
            }
        }
        let length: usize = texts.iter().map(|text| text.len() + delimiter.len()).sum();
        if length > MOST_BYTES || !self.spend(length) {
            return Ok(open("Fn::Join".into()));
        }
        Ok(text_or_open(texts.join(delimiter), unknown, "Fn::Join"))
    }

    fn split(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
        let [delimiter, text] = self.two(arguments)?;
        let delimiter = delimiter.expect_str("Fn::Split", self.source)?;
        let Some(text) = self.value(text)? else {
            return Ok(open("Fn::Split".into()));
        };
        if let Value::Open(_) = text.value {
            return Ok(text.value);
        }
        let parts = text.expect_str("Fn::Split", self.source)?;
        if delimiter.is_empty() || parts.len() > MOST_BYTES {
            return Ok(open("Fn::Split".into()));
        }
        let parts = parts.split(delimiter).map(|part| Node {
            value: Value::String(Cow::Owned(part.to_owned())),
            span: text.span,
        });
        Ok(Value::Array(parts.collect()))
    }

    fn select(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
        let [index, list] = self.two(arguments)?;
        let (index, list) = (self.value(index)?, self.value(list)?);
        let (Some(index), Some(list)) = (index, list) else {
            return Ok(open("Fn::Select".into()));
        };
        for node in [&index, &list] {
            if let Value::Open(_) = node.value {
                return Ok(node.value.clone());
            }
        }
        let index = index.scalar().and_then(|text| text.parse::<usize>().ok());
        let chosen = index.and_then(|index| list.elements().get(index));
        let chosen =
            chosen.ok_or_else(|| self.arguments(arguments, "an index and a list that has it"))?;
        Ok(chosen.value.clone())
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
            node = node.and_then(|node| node.get(name));
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

    fn two<'n>(&self, node: &'n Node<'s>) -> Result<[&'n Node<'s>; 2]> {
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

    fn arguments(&self, node: &Node<'_>, expected: &str) -> Error {
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
