//! Where in the tree of a policy a finding is, in the form of Access Analyzer.

use crate::json::{Member, Node, Value};
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
    loop {
        let next = match &node.value {
            Value::Array(elements) => {
                element_at(elements, span).map(|(index, element)| (Segment::Index(index), element))
            }
            Value::Object(members) => member_at(members, span)
                .map(|(_, member)| (Segment::Key(member.key.to_string()), &member.value)),
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
    let statements = &policy.statements;
    let at = statements.partition_point(|statement| statement.span.end() < span.end());
    let statement = statements.get(at)?;
    holds(statement.span, span).then_some((at, statement))
}

/// The element that holds a span. They stand in the order of the text, and there may be very many.
pub(super) fn element_at<'n, 'a>(
    elements: &'n [Node<'a>],
    span: Span,
) -> Option<(usize, &'n Node<'a>)> {
    let at = elements.partition_point(|element| element.span.end() < span.end());
    let element = elements.get(at)?;
    holds(element.span, span).then_some((at, element))
}

/// The member whose key or value holds a span.
pub(super) fn member_at<'n, 'a>(
    members: &'n [Member<'a>],
    span: Span,
) -> Option<(usize, &'n Member<'a>)> {
    let at = members.partition_point(|member| member.value.span.end() < span.end());
    let member = members.get(at)?;
    let found = holds(member.key_span, span) || holds(member.value.span, span);
    found.then_some((at, member))
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start() <= inner.start() && inner.end() <= outer.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::source::Source;

    #[test]
    fn the_way_to_a_key_a_value_and_an_element() {
        let text = r#"{"a": 1, "b": [10, {"c": "x"}, [20]], "d": {}}"#;
        let source = Source::new("t", text);
        let tree = json::parse(&source).expect("it is JSON");
        let path = |piece: &str| {
            let at = text.find(piece).expect(piece);
            let way = path_to(&tree, Span::new(at, at + piece.len()));
            let step = |segment: &Segment| match segment {
                Segment::Key(key) => key.clone(),
                Segment::Index(index) => index.to_string(),
            };
            way.iter().map(step).collect::<Vec<_>>().join(".")
        };
        for (piece, expected) in [
            ("1,", ""),
            ("\"a\"", "a"),
            ("10", "b.0"),
            ("\"x\"", "b.1.c"),
            ("20", "b.2.0"),
            ("\"d\"", "d"),
            ("{}", "d"),
            ("10, {", "b"),
        ] {
            assert_eq!(path(piece), expected, "{piece}");
        }
    }
}
