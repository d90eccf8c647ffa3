//! A policy document that stands in a file, alone or among others.

use std::sync::Arc;

use super::{infer_kind, ladder, tree};
use crate::error::{Error, Result};
use crate::json::{self, Node, Value};
use crate::policy::{Policy, PolicyKind};
use crate::source::{Source, Span};

/// A policy document, where it stands, and whose it is.
#[derive(Clone, Debug)]
pub struct Held {
    /// Where in its file it is, as one would type it after `FILE#`: `RoleDetailList[3].RolePolicyList[0]`. Nothing if the
    /// file is the document.
    pub address: String,
    /// What the file says that it belongs to: an ARN, or a name.
    pub owner: Option<String>,
    /// What kind of policy it is, where the file says so.
    pub kind: Option<PolicyKind>,
    /// Of a service or resource control policy: the level of the organization, 0 for the root.
    pub level: usize,
    /// It comes from a live account, so AWS has taken it: it is read leniently.
    pub live: bool,
    file: String,
    body: Body,
}

/// The text of a document.
#[derive(Clone, Debug)]
enum Body {
    /// A JSON object in the file.
    Part(Source, Span),
    /// A value of a template, with what its functions stand for.
    Template(Source, Arc<Node<'static>>),
    /// A text of its own, that the file is or that a string of it holds.
    Text(Source),
    /// It is not in the file, which only says that there is one.
    Unknown {
        outer: Source,
        at: Span,
        what: String,
    },
}

impl Held {
    /// A file that is a policy.
    pub(super) fn whole(source: &Source) -> Self {
        Self {
            address: String::new(),
            owner: None,
            kind: None,
            level: 0,
            live: false,
            file: source.name().to_owned(),
            body: Body::Text(source.clone()),
        }
    }

    /// The document that a value of a file is, or holds as a string; `None` for another value.
    ///
    /// # Errors
    /// For a string that begins like an encoded document and is none.
    pub(crate) fn at(source: &Source, node: &Node<'_>, address: String) -> Result<Option<Self>> {
        let body = match &node.value {
            Value::Object(_) => Body::Part(source.clone(), node.span),
            Value::String(text) => {
                let text = ladder::climb(text).map_err(|error| error.at(source, node.span))?;
                let Some(text) = text else {
                    return Ok(None);
                };
                let name = name(file_of(source), &address);
                Body::Text(Source::held(name, text, source, node.span))
            }
            _ => return Ok(None),
        };
        Ok(Some(Self {
            body,
            ..Self::new(source, address)
        }))
    }

    /// A document of a template.
    pub(super) fn in_template(source: &Source, node: Node<'_>, address: String) -> Self {
        Self {
            body: Body::Template(source.clone(), Arc::new(node.into_owned())),
            ..Self::new(source, address)
        }
    }

    /// A document that a file says to exist and does not hold; `what` names it, and `at` is the place that says so.
    pub(crate) fn unknown(source: &Source, at: Span, address: String, what: String) -> Self {
        let body = Body::Unknown {
            outer: source.clone(),
            at,
            what,
        };
        Self {
            body,
            ..Self::new(source, address)
        }
    }

    fn new(source: &Source, address: String) -> Self {
        Self {
            address,
            file: file_of(source).to_owned(),
            ..Self::whole(source)
        }
    }

    /// With its kind.
    #[must_use]
    pub(crate) fn of_kind(self, kind: impl Into<Option<PolicyKind>>) -> Self {
        Self {
            kind: kind.into(),
            ..self
        }
    }

    /// With its owner.
    #[must_use]
    pub(crate) fn of(self, owner: Option<&str>) -> Self {
        Self {
            owner: owner.map(str::to_owned),
            ..self
        }
    }

    /// At a level of the organization.
    #[must_use]
    pub(crate) fn at_level(self, level: usize) -> Self {
        Self { level, ..self }
    }

    /// From a live account.
    #[must_use]
    pub(crate) fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// What it is called: `FILE#ADDRESS`, or the file.
    pub fn name(&self) -> String {
        name(&self.file, &self.address)
    }

    /// The file that it is in.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Its text, where there is one: a document of a template says what the template makes of it.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Part(source, span) => Some(source.slice(*span)),
            Body::Text(source) => Some(source.text()),
            Body::Template(..) | Body::Unknown { .. } => None,
        }
    }

    /// The policy: of `kind`, or if that is not said of the kind that the file says, or that shows from its text.
    ///
    /// # Errors
    /// If it holds no policy of the kind.
    pub fn policy(&self, kind: Option<PolicyKind>, lenient: bool) -> Result<Policy> {
        let kind = kind.or(self.kind);
        let lenient = lenient || self.live;
        let read = |source: &Source, node: &Node<'_>| {
            let kind = kind.unwrap_or_else(|| infer_kind(node));
            Policy::from_node(self.name(), source, node, kind, lenient)
        };
        match &self.body {
            Body::Part(source, span) => read(source, &json::parse_part(source, *span)?),
            Body::Template(source, node) => read(source, node),
            Body::Text(source) => read(source, &tree(source)?),
            Body::Unknown { outer, at, what } => {
                let kind = kind.unwrap_or(PolicyKind::Identity);
                Policy::unknown(&self.name(), outer, *at, kind, what)
            }
        }
    }

    /// Whether its text is its own, and not a part of the file's: a file that is a policy, or a string that holds one.
    pub fn has_own_text(&self) -> bool {
        matches!(self.body, Body::Text(_))
    }

    /// The tree that it is read from; `None` where its text is not at hand.
    ///
    /// # Errors
    /// If its text is neither JSON nor YAML.
    pub fn tree(&self) -> Result<Option<Node<'_>>> {
        match &self.body {
            Body::Part(source, span) => json::parse_part(source, *span).map(Some),
            Body::Template(_, node) => Ok(Some(Node::clone(node))),
            Body::Text(source) => tree(source).map(Some),
            Body::Unknown { .. } => Ok(None),
        }
    }

    /// The kind that it is read as where no flag says another.
    ///
    /// # Errors
    /// If its text is neither JSON nor YAML.
    pub fn likely_kind(&self) -> Result<PolicyKind> {
        match (self.kind, &self.body) {
            (Some(kind), _) => Ok(kind),
            (None, Body::Part(source, span)) => {
                json::parse_part(source, *span).map(|node| infer_kind(&node))
            }
            (None, Body::Template(_, node)) => Ok(infer_kind(node)),
            (None, Body::Text(source)) => tree(source).map(|node| infer_kind(&node)),
            (None, Body::Unknown { .. }) => Ok(PolicyKind::Identity),
        }
    }

    /// Whether it is a policy at all: an object with statements.
    pub(super) fn has_statements(&self) -> Result<bool> {
        match &self.body {
            Body::Part(source, span) => {
                let members = json::outline(source, *span)?;
                Ok(members.iter().any(|(key, _)| key == "Statement"))
            }
            Body::Text(source) => match tree(source) {
                Ok(node) => Ok(node.get("Statement").is_some()),
                // To pass over a policy that cannot be read would pass for "there is none".
                Err(error) if source.text().contains("Statement") => Err(error),
                Err(_) => Ok(false),
            },
            Body::Template(..) | Body::Unknown { .. } => Ok(true),
        }
    }
}

/// The file that a text stands in, be it a string of it.
pub(crate) fn file_of(source: &Source) -> &str {
    let mut file = source;
    while let Some((outer, _)) = file.within() {
        file = outer;
    }
    file.name()
}

fn name(file: &str, address: &str) -> String {
    if address.is_empty() {
        file.to_owned()
    } else {
        format!("{file}#{address}")
    }
}

/// The document of `addresses` that an address chooses: the one of that name, or the only one below it.
///
/// # Errors
/// If there is none, or several.
pub(super) fn choose<'h>(held: &'h [Held], address: Option<&str>, file: &str) -> Result<&'h Held> {
    let below = |held: &&Held| {
        address.is_none_or(|address| {
            let rest = held.address.strip_prefix(address);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', ' ']))
        })
    };
    if let Some(exact) = held
        .iter()
        .find(|held| address == Some(held.address.as_str()))
    {
        return Ok(exact);
    }
    let found: Vec<&Held> = held.iter().filter(below).collect();
    match (found.as_slice(), address) {
        ([only], _) => Ok(only),
        ([], _) if held.is_empty() => {
            Err(Error::request(format!("`{file}` holds no policy document")))
        }
        ([], Some(address)) => Err(Error::request(format!(
            "`{file}` has no policy document at `{address}`; it has {}:\n{}",
            held.len(),
            list(held.iter())
        ))
        .help(format!("name one as it stands here: {file}#ADDRESS"))),
        (several, _) => Err(Error::request(format!(
            "`{file}` holds {} policy documents:\n{}",
            several.len(),
            list(several.iter().copied())
        ))
        .help(format!("say which: '{}'", several[0].name()))),
    }
}

/// The most documents that a message lists.
const MOST_LISTED: usize = 12;

fn list<'h>(held: impl ExactSizeIterator<Item = &'h Held>) -> String {
    let more = held.len().saturating_sub(MOST_LISTED);
    let line = |held: &Held| match &held.owner {
        Some(owner) => format!("  {}   of {owner}", held.address),
        None => format!("  {}", held.address),
    };
    let mut lines: Vec<String> = held.take(MOST_LISTED).map(line).collect();
    if more > 0 {
        lines.push(format!("  … {more} more"));
    }
    lines.join("\n")
}
