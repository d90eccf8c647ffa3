//! The functions that make texts and lists of texts, or choose from them.

use std::borrow::Cow;

use super::open::{open, text_or_open};
use super::resolver::{ELEMENT, MOST_BYTES, Resolver};
use crate::error::Result;
use crate::json::{Node, Value};

impl<'s> Resolver<'_, 's> {
    pub(super) fn substitute(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
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
            if text.len() > MOST_BYTES || !self.spend(text.len() + variables.len()) {
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

    pub(super) fn join(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
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

    pub(super) fn split(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
        let [delimiter, text] = self.two(arguments)?;
        let delimiter = delimiter.expect_str("Fn::Split", self.source)?;
        let Some(text) = self.value(text)? else {
            return Ok(open("Fn::Split".into()));
        };
        if let Value::Open(_) = text.value {
            return Ok(text.value);
        }
        let parts = text.expect_str("Fn::Split", self.source)?;
        if delimiter.is_empty()
            || parts.len() > MOST_BYTES
            || !self.spend(parts.split(delimiter).count() * ELEMENT)
        {
            return Ok(open("Fn::Split".into()));
        }
        let parts = parts.split(delimiter).map(|part| Node {
            value: Value::String(Cow::Owned(part.to_owned())),
            span: text.span,
        });
        Ok(Value::Array(parts.collect()))
    }

    pub(super) fn select(&self, arguments: &Node<'s>) -> Result<Value<'s>> {
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
}
