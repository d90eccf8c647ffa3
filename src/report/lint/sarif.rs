//! Findings as SARIF 2.1.0, which GitHub code scanning reads.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::rule::markdown;
use crate::ask::lint::{Edit, Located, Rule, Severity, rules};
use crate::source::{Source, Span};

/// A log with one run.
#[derive(Debug, Serialize)]
pub struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    column_kind: &'static str,
    results: Results<'a>,
}

/// Findings, each put in its form only when it is written: there may be a hundred thousand.
#[derive(Debug)]
struct Results<'a>(&'a [Located]);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let numbered = rules().enumerate();
        let order: BTreeMap<&str, usize> = numbered.map(|(at, rule)| (rule.code, at)).collect();
        let results = self.0.iter();
        serializer.collect_seq(results.map(|one| result(one, order[one.finding.rule.code])))
    }
}

impl<'a> Log<'a> {
    /// The log of findings. Columns count Unicode characters.
    pub fn new(found: &'a [Located]) -> Self {
        let tool = json!({"driver": {
            "name": "ipcond",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules().map(descriptor).collect::<Vec<_>>(),
        }});
        Self {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool,
                column_kind: "unicodeCodePoints",
                results: Results(found),
            }],
        }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    let mut descriptor = json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix, "markdown": markdown(rule)},
        "defaultConfiguration": {"level": level(rule.severity)},
    });
    if let Some(url) = rule.url() {
        descriptor["helpUri"] = json!(url);
    }
    descriptor
}

fn result(one: &Located, index: usize) -> Value {
    let finding = &one.finding;
    let mut message = finding.message.clone();
    for note in &finding.notes {
        message.push_str("\nnote: ");
        message.push_str(note);
    }
    if let Some(among) = &one.among {
        message.push_str("\nin ");
        message.push_str(&among.title());
    }
    let related: Vec<Value> = finding
        .others
        .iter()
        .filter(|mark| !mark.label.is_empty())
        .map(|mark| {
            let mut place = location(&one.source, mark.span);
            place["message"] = json!({"text": mark.label});
            place
        })
        .collect();
    let mut result = json!({
        "ruleId": finding.rule.code,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": message},
        "locations": [location(&one.source, one.span())],
        "partialFingerprints": {"ipcond/v1": one.fingerprint},
    });
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    if let Some(fix) = finding.safe_fix().filter(|fix| !fix.edits.is_empty()) {
        let replacements = fix.edits.iter().map(|edit| replacement(&one.source, edit));
        result["fixes"] = json!([{
            "description": {"text": fix.what},
            "artifactChanges": [{
                "artifactLocation": {"uri": uri(one.source.name())},
                "replacements": replacements.collect::<Vec<_>>(),
            }],
        }]);
    }
    result
}

/// The place in the file: of a text that a string holds, the string.
fn location(source: &Source, span: Span) -> Value {
    let (source, span) = source.outermost(span);
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(source.name())},
        "region": region(source, span),
    }})
}

fn region(source: &Source, span: Span) -> Value {
    let (start, end) = (source.position(span.start()), source.position(span.end()));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn replacement(source: &Source, edit: &Edit) -> Value {
    json!({"deletedRegion": region(source, edit.span), "insertedContent": {"text": edit.text}})
}

/// A path as a relative reference (RFC 3986): what has no place in one is written with percent signs.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                uri.push('%');
                uri.push(hex(byte >> 4));
                uri.push(hex(byte & 15));
            }
        }
    }
    uri
}

fn hex(digit: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(digit & 15)])
}
