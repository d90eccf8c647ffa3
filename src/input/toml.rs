//! TOML to the same tree as JSON.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};
use crate::json::{Member, Node, Value};
use crate::source::{Source, Span};

/// Reads a TOML text. Dates and times become strings, numbers keep their text.
///
/// # Errors
/// For text that is not TOML: a key that is given twice included.
///
/// # Example
/// ```
/// use ipcond::{input, source::Source};
/// let source = Source::new("ipcond.toml", "[sets]\noffice = ['192.0.2.1', 'none']\n");
/// let tree = input::toml(&source)?;
/// let office = tree.get("sets").and_then(|sets| sets.get("office")).expect("it is there");
/// assert_eq!(source.slice(office.elements()[1].span), "'none'");
/// # Ok::<(), ipcond::Error>(())
/// ```
pub fn toml(source: &Source) -> Result<Node<'_>> {
    let document = DeTable::parse(source.text()).map_err(|error| {
        let span = error.span().unwrap_or_default();
        // The second line of a message says what was expected.
        let message = error.message().replace('\n', "; ");
        Error::syntax(format!("not TOML: {message}")).at(source, Span::new(span.start, span.end))
    })?;
    let span = span(&document);
    Ok(Node {
        value: table(document.into_inner()),
        span,
    })
}

fn table(table: DeTable<'_>) -> Value<'_> {
    let mut members: Vec<Member<'_>> = table
        .into_iter()
        .map(|(key, value)| Member {
            key_span: span(&key),
            key: key.into_inner(),
            value: node(value),
        })
        .collect();
    // The parser sorts them by name.
    members.sort_by_key(|member| member.key_span);
    Value::Object(members)
}

fn node(value: Spanned<DeValue<'_>>) -> Node<'_> {
    let span = span(&value);
    let value = match value.into_inner() {
        DeValue::Array(elements) => Value::Array(elements.into_iter().map(node).collect()),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(time) => Value::String(time.to_string().into()),
        DeValue::Float(number) => Value::Number(number.as_str().to_owned().into()),
        DeValue::Integer(number) => Value::Number(number.as_str().to_owned().into()),
        DeValue::String(text) => Value::String(text),
        DeValue::Table(inner) => table(inner),
    };
    Node { value, span }
}

fn span<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start, range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_in_the_order_of_the_text() {
        let source = Source::new(
            "t",
            "b = 1\na = [0x1F, 2.50, true]\n[c.d]\ne = 2026-01-31\n",
        );
        let tree = toml(&source).expect("the text is TOML");
        let keys: Vec<&str> = tree
            .members()
            .unwrap_or_default()
            .iter()
            .map(|member| member.key.as_ref())
            .collect();
        assert_eq!(keys, ["b", "a", "c"]);
        let date = tree.get("c").and_then(|c| c.get("d")?.get("e")?.as_str());
        assert_eq!(date, Some("2026-01-31"));
        let numbers = tree.get("a").map(Node::elements).unwrap_or_default();
        assert_eq!(numbers[1].scalar(), Some("2.50"));
    }

    #[test]
    fn what_is_not_toml_has_a_place() {
        for (text, line) in [
            ("a = \n", 1),
            ("[sets]\na = 1\na = 2\n", 3),
            ("x = [1,\n", 1),
        ] {
            let source = Source::new("t", text);
            let error = toml(&source).expect_err("the text is not TOML");
            let place = error.place().expect("it has a place");
            assert_eq!(source.position(place.span.start()).line, line, "{error}");
            assert!(!error.message().contains('\n'), "{error}");
        }
        let deep = format!("a = {}1{}", "[".repeat(5000), "]".repeat(5000));
        assert!(toml(&Source::new("t", deep)).is_err());
    }
}
