//! What a name stands for, and the way from there to addresses.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::expression::{Expression, FORMS};
use crate::error::{Error, Result};
use crate::eval::Assumption;
use crate::json::{Node, Value};
use crate::net::AddressSet;
use crate::source::{Source, Span};

/// How many sets may stand in each other.
const MAX_DEPTH: usize = 64;

/// What a name stands for.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) elements: Vec<(Expression, Span)>,
    /// Where the elements stand.
    source: Option<Source>,
    /// What paths in them are relative to.
    pub(super) base: PathBuf,
    /// Its addresses, once they were needed.
    pub(super) found: OnceLock<Arc<Found>>,
}

/// The addresses of an expression.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) set: AddressSet,
    pub(super) assumptions: Vec<Assumption>,
}

/// Marks a definition as being read; it must not lead back to itself.
pub(super) fn enter<'a>(
    name: &'a str,
    definition: &Definition,
    open: &mut Vec<(&'a str, *const Definition)>,
) -> Result<()> {
    let this = std::ptr::from_ref(definition);
    if let Some(start) = open.iter().position(|(_, other)| *other == this) {
        let way: Vec<String> = open[start..]
            .iter()
            .map(|(name, _)| format!("@{name}"))
            .collect();
        let text = format!("the set `{name}` holds itself: {}, @{name}", way.join(", "));
        return Err(Error::request(text).help("take one of the names out"));
    }
    if open.len() >= MAX_DEPTH {
        return Err(Error::request(format!(
            "sets stand more than {MAX_DEPTH} deep in each other"
        ))
        .help("write their blocks out"));
    }
    open.push((name, this));
    Ok(())
}

impl Definition {
    /// A set that was computed.
    pub(super) fn fixed(set: AddressSet) -> Self {
        Self {
            elements: vec![(Expression::Set(set), Span::default())],
            source: None,
            base: PathBuf::new(),
            found: OnceLock::new(),
        }
    }

    /// What a file writes: one expression, or a list.
    pub(super) fn read(source: &Source, node: &Node<'_>, name: &str, base: &Path) -> Result<Self> {
        Ok(Self {
            elements: elements(source, node, name)?,
            source: Some(source.clone()),
            base: base.to_owned(),
            found: OnceLock::new(),
        })
    }

    /// The same, with nothing found yet.
    pub(super) fn unread(&self) -> Self {
        Self {
            elements: self.elements.clone(),
            source: self.source.clone(),
            base: self.base.clone(),
            found: OnceLock::new(),
        }
    }

    /// Says where an element stands that an error is about.
    pub(super) fn place(&self, error: Error, span: Span) -> Error {
        match &self.source {
            Some(source) => error.at(source, span),
            None => error,
        }
    }
}

/// Addresses on their way into a set: joined once at the end, since joining set by set would copy each many times.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) ranges: Vec<(IpAddr, IpAddr)>,
    none: bool,
    pub(super) assumptions: Vec<Assumption>,
}

impl Gathered {
    pub(super) fn add(&mut self, set: &AddressSet, assumptions: &[Assumption]) {
        self.ranges.extend(set.ranges());
        self.none |= set.has_none();
        self.assumptions.extend_from_slice(assumptions);
    }

    pub(super) fn found(mut self) -> Found {
        self.assumptions.sort();
        self.assumptions.dedup();
        Found {
            set: AddressSet::from_ranges(self.ranges).with_none(self.none),
            assumptions: self.assumptions,
        }
    }
}

/// The expressions of a definition: one, or a list.
fn elements(source: &Source, node: &Node<'_>, name: &str) -> Result<Vec<(Expression, Span)>> {
    let list = match &node.value {
        Value::Array(_) | Value::String(_) => node.elements(),
        _ => {
            return Err(node
                .mismatch(name, "a string or a list of strings", source)
                .help(format!("write {FORMS}")));
        }
    };
    let read = |element: &Node<'_>| {
        let text = element.expect_str(name, source)?;
        let expression = Expression::parse(text).map_err(|error| error.at(source, element.span))?;
        Ok((expression, element.span))
    };
    list.iter().map(read).collect()
}
