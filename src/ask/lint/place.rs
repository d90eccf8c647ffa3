//! Where in the tree of a policy a finding is, in the form of Access Analyzer.

use crate::json::{Node, Value};
use crate::policy::{Policy, Statement};
use crate::source::Span;

/// A step from a value to one in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// To the value of a key.
    Key(String),
    /// To an element of a list, from 0.
    Index(usize),
}

/// The way to the innermost value, or key, that holds a span.
pub fn path_to(tree: &Node<'_>, span: Span) -> Vec<Segment> {
    let mut path = Vec::new();
    let mut node = tree;
    let holds = |outer: Span| outer.start() <= span.start() && span.end() <= outer.end();
    loop {
        let next = match &node.value {
            Value::Array(elements) => elements
                .iter()
                .enumerate()
                .find(|(_, element)| holds(element.span))
                .map(|(index, element)| (Segment::Index(index), element)),
            Value::Object(members) => members
                .iter()
                .find(|member| holds(member.key_span) || holds(member.value.span))
                .map(|member| (Segment::Key(member.key.to_string()), &member.value)),
            _ => None,
        };
        let Some((segment, inner)) = next else {
            return path;
        };
        path.push(segment);
        node = inner;
    }
}

/// The statement that a span is in.
pub fn statement_at(policy: &Policy, span: Span) -> Option<(usize, &Statement)> {
    let mut statements = policy.statements.iter().enumerate();
    statements.find(|(_, statement)| {
        statement.span.start() <= span.start() && span.end() <= statement.span.end()
    })
}
