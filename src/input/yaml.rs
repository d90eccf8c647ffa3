//! YAML to the same tree as JSON.
//!
//! The tree has what JSON has: tags, multiple documents and merge keys are refused, aliases are expanded within a budget.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};

use crate::error::{Error, Result};
use crate::json::{MAX_DEPTH, MAX_VALUES, Member, Node, Value, reject_duplicates};
use crate::source::{Source, Span};

/// Reads a YAML text of one document.
///
/// Plain scalars follow the core schema of YAML 1.2: `yes` and `2012-10-17` are strings, numbers keep their text.
///
/// # Errors
/// For text that is not YAML or has what JSON has not, for duplicate keys, and for text over the limits of JSON.
///
/// # Example
/// ```
/// use ipcond::{input, source::Source};
/// let source = Source::new("p.yaml", "Version: 2012-10-17\naccount: 011122223333\n");
/// let node = input::yaml(&source)?;
/// assert_eq!(node.get("account").and_then(|node| node.scalar()), Some("011122223333")); // not a number that lost its zero
/// # Ok::<(), ipcond::Error>(())
/// ```
pub fn yaml(source: &Source) -> Result<Node<'_>> {
    read(source, false)
}

/// Reads a template of `CloudFormation`: `!Sub text` is the function `{"Fn::Sub": text}`.
///
/// # Errors
/// As [`yaml`].
pub(super) fn template(source: &Source) -> Result<Node<'_>> {
    read(source, true)
}

fn read(source: &Source, functions: bool) -> Result<Node<'_>> {
    let body = source
        .text()
        .strip_prefix('\u{feff}')
        .unwrap_or(source.text());
    let mut reader = Reader {
        source,
        offsets: Offsets::new(source.text(), source.text().len() - body.len()),
        events: Parser::new_from_str(body),
        anchors: HashMap::new(),
        values: 0,
        functions,
    };
    let mut document = None;
    loop {
        let (event, marks) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            _ if document.is_some() => {
                return Err(reader
                    .error("more than one YAML document in the text", marks)
                    .help("split the file at `---`"));
            }
            event => document = Some(reader.node(event, marks, MAX_DEPTH)?),
        }
    }
    document.ok_or_else(|| Error::syntax("the text is empty").at(source, Span::new(0, 0)))
}

struct Reader<'a> {
    source: &'a Source,
    offsets: Offsets,
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node<'a>>,
    values: usize,
    /// Whether tags are functions.
    functions: bool,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Marks)> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let at = self.offsets.byte(error.marker().index());
                Err(Error::syntax(format!("not YAML: {}", error.info()))
                    .at(self.source, Span::new(at, at)))
            }
            None => Ok((Event::StreamEnd, Marks::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, marks: Marks, depth: usize) -> Result<Node<'a>> {
        self.count(1, marks)?;
        if depth == 0 {
            return Err(self.error(&format!("nested more than {MAX_DEPTH} levels deep"), marks));
        }
        let start = self.span(marks).start();
        let function = self.function(&event, marks)?;
        let (anchor, value, end) = match event {
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err(self.error("an alias of something that is not complete", marks));
                };
                let (values, levels) = measure(node);
                if levels > depth {
                    return Err(
                        self.error(&format!("nested more than {MAX_DEPTH} levels deep"), marks)
                    );
                }
                self.count(values, marks)?;
                let node = self.anchors.get(&anchor).cloned();
                return node.ok_or_else(|| self.error("an alias of nothing", marks));
            }
            Event::Scalar(text, style, anchor, _) => {
                let value = if style == ScalarStyle::Plain && function.is_none() {
                    plain(text)
                } else {
                    Value::String(text)
                };
                (anchor, value, self.span(marks).end())
            }
            Event::SequenceStart(anchor, _) => {
                let (elements, end) = self.sequence(depth)?;
                (anchor, Value::Array(elements), end)
            }
            Event::MappingStart(anchor, _) => {
                let (members, end) = self.mapping(depth)?;
                (anchor, Value::Object(members), end)
            }
            _ => return Err(self.error("not YAML: the text ends too early", marks)),
        };
        let mut node = Node {
            value,
            span: Span::new(start, end),
        };
        if let Some(name) = function {
            let span = node.span;
            let call = Member {
                key: Cow::Owned(name),
                key_span: span,
                value: node,
            };
            node = Node {
                value: Value::Object(vec![call]),
                span,
            };
        }
        if anchor > 0 {
            // The copy that aliases are made from counts like any other.
            self.count(measure(&node).0, marks)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self, depth: usize) -> Result<(Vec<Node<'a>>, usize)> {
        let mut elements: Vec<Node<'a>> = Vec::new();
        loop {
            let (event, marks) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                let last = elements.last().map_or(0, |node| node.span.end());
                return Ok((elements, self.end_of_block(marks, last)));
            }
            elements.push(self.node(event, marks, depth - 1)?);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<(Vec<Member<'a>>, usize)> {
        let mut members: Vec<Member<'a>> = Vec::new();
        loop {
            let (event, marks) = self.next()?;
            let (key, key_span) = match event {
                Event::MappingEnd => {
                    reject_duplicates(&members, self.source)?;
                    let last = members.last().map_or(0, |member| member.value.span.end());
                    return Ok((members, self.end_of_block(marks, last)));
                }
                Event::Scalar(text, ..) => (text, self.span(marks)),
                _ => return Err(self.error("a key must be a string", marks)),
            };
            if key == "<<" {
                return Err(self
                    .error("merge keys are not understood here", marks)
                    .help("write the members out"));
            }
            let (event, marks) = self.next()?;
            members.push(Member {
                key,
                key_span,
                value: self.node(event, marks, depth - 1)?,
            });
        }
    }

    /// A flow collection ends at its bracket; a block ends with its last element, not where the next token starts.
    fn end_of_block(&self, marks: Marks, last: usize) -> usize {
        let end = self.span(marks);
        let bracket = self.source.slice(end).ends_with([']', '}']);
        if bracket || last == 0 {
            end.end()
        } else {
            last
        }
    }

    /// The function that the tag of a value stands for.
    fn function(&self, event: &Event<'_>, marks: Marks) -> Result<Option<String>> {
        let tag = match event {
            Event::Scalar(.., tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) => {
                tag
            }
            _ => &None,
        };
        match tag {
            None => Ok(None),
            Some(tag) if self.functions && tag.handle == "!" && !tag.suffix.is_empty() => {
                Ok(Some(match tag.suffix.as_str() {
                    name @ ("Ref" | "Condition") => name.to_owned(),
                    name => format!("Fn::{name}"),
                }))
            }
            Some(_) => Err(self
                .error("YAML tags are not understood here", marks)
                .help("remove the tag")),
        }
    }

    fn count(&mut self, values: usize, marks: Marks) -> Result<()> {
        self.values = self.values.saturating_add(values);
        if self.values > MAX_VALUES {
            return Err(self.error(
                &format!("more than {MAX_VALUES} values, aliases expanded"),
                marks,
            ));
        }
        Ok(())
    }

    fn span(&self, marks: Marks) -> Span {
        Span::new(
            self.offsets.byte(marks.start.index()),
            self.offsets.byte(marks.end.index()),
        )
    }

    fn error(&self, message: &str, marks: Marks) -> Error {
        Error::syntax(message).at(self.source, self.span(marks))
    }
}

/// How many values a node holds, itself included, and how deep it is.
fn measure(node: &Node<'_>) -> (usize, usize) {
    let join = |(values, levels): (usize, usize), inner: &Node<'_>| {
        let (more, deeper) = measure(inner);
        (values + more, levels.max(deeper + 1))
    };
    match &node.value {
        Value::Array(elements) => elements.iter().fold((1, 1), join),
        Value::Object(members) => members
            .iter()
            .map(|member| &member.value)
            .fold((1, 1), join),
        _ => (1, 1),
    }
}

/// The value of an unquoted scalar, by the core schema.
fn plain(text: Cow<'_, str>) -> Value<'_> {
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        number if is_number(number) => Value::Number(text),
        _ => Value::String(text),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit()) && digits.parse::<f64>().is_ok()
}

/// Byte offsets of characters: the parser counts characters, and ours are bytes.
struct Offsets {
    base: usize,
    /// Empty if all characters are single bytes.
    of_character: Vec<u32>,
    end: usize,
}

impl Offsets {
    fn new(text: &str, base: usize) -> Self {
        let body = &text[base..];
        let of_character = if body.is_ascii() {
            Vec::new()
        } else {
            body.char_indices()
                .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
                .collect()
        };
        Self {
            base,
            of_character,
            end: text.len(),
        }
    }

    fn byte(&self, character: usize) -> usize {
        if self.of_character.is_empty() {
            return (self.base + character).min(self.end);
        }
        self.of_character
            .get(character)
            .map_or(self.end, |at| self.base + *at as usize)
    }
}
