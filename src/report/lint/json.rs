//! Findings as JSON: the shape `lint/1`.

use serde::Serialize;

use crate::ask::lint::{Edit, Located, Segment};
use crate::report::json::Within;
use crate::source::{Position, Source};

/// Findings as `lint/1`.
#[derive(Debug, Serialize)]
pub struct Lint<'a> {
    ipcond: &'static str,
    findings: Vec<Finding<'a>>,
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    message: &'a str,
    /// The file.
    path: &'a str,
    start: Position,
    end: Position,
    /// The outer place, where `start` and `end` are in a text that a string of the file holds.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    within: Option<Within>,
    /// The document of the file, where it holds several, and whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    /// The way to the place in the document, as Access Analyzer writes it.
    location: Vec<Step<'a>>,
    sid: Option<&'a str>,
    notes: &'a [String],
    help: Option<&'a str>,
    fix: Option<Fix<'a>>,
    fingerprint: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Step<'a> {
    Value(&'a str),
    Index(usize),
}

#[derive(Debug, Serialize)]
struct Fix<'a> {
    message: &'a str,
    edits: Vec<Replacement<'a>>,
}

#[derive(Debug, Serialize)]
struct Replacement<'a> {
    start: Position,
    end: Position,
    content: &'a str,
}

impl<'a> Lint<'a> {
    /// The shape of findings.
    pub fn new(found: &'a [Located]) -> Self {
        Self {
            ipcond: "lint/1",
            findings: found.iter().map(Finding::new).collect(),
        }
    }
}

impl<'a> Finding<'a> {
    fn new(one: &'a Located) -> Self {
        let finding = &one.finding;
        let steps = one.location.iter().map(|segment| match segment {
            Segment::Key(key) => Step::Value(key),
            Segment::Index(index) => Step::Index(*index),
        });
        Self {
            code: finding.rule.code,
            name: finding.rule.name,
            severity: finding.severity.as_str(),
            message: &finding.message,
            path: one.file(),
            start: one.source.position(one.span().start()),
            end: one.source.position(one.span().end()),
            within: Within::of(&one.source),
            document: one.among.as_ref().map(|among| among.address.as_str()),
            owner: one.among.as_ref().and_then(|among| among.owner.as_deref()),
            location: steps.collect(),
            sid: one.sid.as_deref(),
            notes: &finding.notes,
            help: one.help(),
            fix: finding.safe_fix().map(|fix| Fix {
                message: &fix.what,
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| Replacement::new(&one.source, edit))
                    .collect(),
            }),
            fingerprint: &one.fingerprint,
        }
    }
}

impl<'a> Replacement<'a> {
    fn new(source: &Source, edit: &'a Edit) -> Self {
        Self {
            start: source.position(edit.span.start()),
            end: source.position(edit.span.end()),
            content: &edit.text,
        }
    }
}
