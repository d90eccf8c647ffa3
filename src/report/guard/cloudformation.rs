//! A guard for `CloudFormation`: properties of the resource that holds it, in YAML.

use std::fmt::Write as _;

use crate::ask::guard::{Document, Guard, Kind, Statement};
use crate::report::escape::yaml_string;

/// The properties, to stand under `Properties:` of the resource that the first line names.
pub fn write(guards: &[Guard]) -> String {
    let mut text = String::new();
    for guard in guards {
        let document = document(&guard.document);
        match guard.wanted.kind {
            Kind::Trust => {
                text.push_str("# Properties of an AWS::IAM::Role\nAssumeRolePolicyDocument:\n");
                text.push_str(&indented(&document, 2));
            }
            // The other half of a role.
            Kind::Identity if guards.len() > 1 => {
                text.push_str("Policies:\n  - PolicyName: guard\n    PolicyDocument:\n");
                text.push_str(&indented(&document, 6));
            }
            kind => {
                let (resource, property) = place(kind);
                let _ = writeln!(text, "# Property of an {resource}\n{property}:");
                text.push_str(&indented(&document, 2));
            }
        }
    }
    text
}

/// The type of the resource, and the property that holds the document.
fn place(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Bucket => ("AWS::S3::BucketPolicy", "PolicyDocument"),
        Kind::Identity => ("AWS::IAM::ManagedPolicy", "PolicyDocument"),
        Kind::Scp => ("AWS::Organizations::Policy", "Content"),
        Kind::Trust => ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
        Kind::Vpce => ("AWS::EC2::VPCEndpoint", "PolicyDocument"),
    }
}

fn indented(text: &str, spaces: usize) -> String {
    let margin = " ".repeat(spaces);
    let lines = text.lines().map(|line| format!("{margin}{line}\n"));
    lines.collect::<Vec<_>>().concat()
}

fn document(document: &Document) -> String {
    let version = yaml_string(document.version);
    let mut text = format!("Version: {version}\nStatement:\n");
    for statement in &document.statement {
        let members = indented(&members(statement), 4);
        // The first member stands beside the dash of the list.
        text.push_str(&members.replacen("    ", "  - ", 1));
    }
    text
}

fn members(statement: &Statement) -> String {
    let mut text = String::new();
    if let Some(sid) = &statement.sid {
        let _ = writeln!(text, "Sid: {}", yaml_string(sid));
    }
    let _ = writeln!(text, "Effect: {}", statement.effect.as_str());
    if let Some(everyone) = statement.principal {
        let _ = writeln!(text, "Principal: {}", yaml_string(everyone));
    }
    text.push_str(&member("Action", &statement.action));
    if !statement.resource.is_empty() {
        text.push_str(&member("Resource", &statement.resource));
    }
    if !statement.condition.is_empty() {
        text.push_str("Condition:\n");
    }
    for tests in statement.operators() {
        let _ = writeln!(text, "  {}:", tests[0].operator);
        for test in tests {
            let key = yaml_string(test.key);
            text.push_str(&indented(&member(&key, &test.values), 4));
        }
    }
    text
}

/// A value, or a list of them.
fn member(name: &str, values: &[String]) -> String {
    match values {
        [value] => format!("{name}: {}\n", yaml_string(value)),
        values => {
            let lines = values
                .iter()
                .map(|value| format!("  - {}\n", yaml_string(value)));
            format!("{name}:\n{}", lines.collect::<String>())
        }
    }
}

#[cfg(all(test, feature = "yaml"))]
mod tests {
    use super::super::fixture::{KINDS, guards};
    use super::*;
    use crate::input::yaml;
    use crate::json::{self, Node, Value};
    use crate::source::Source;

    /// A tree without its places, to compare.
    fn plain(node: &Node<'_>) -> serde_json::Value {
        match &node.value {
            Value::Object(members) => members
                .iter()
                .map(|member| (member.key.to_string(), plain(&member.value)))
                .collect(),
            Value::Array(elements) => elements.iter().map(plain).collect(),
            _ => node.as_str().map_or(serde_json::Value::Null, Into::into),
        }
    }

    #[test]
    fn every_kind_reads_back() {
        for kind in KINDS {
            let guards = guards(kind, "203.0.113.0/24 2001:db8::/32");
            let source = Source::new("snippet", write(&guards));
            let snippet = yaml(&source).expect("it is YAML");
            let (_, property) = place(kind);
            let mut written = vec![snippet.get(property).expect("the property")];
            if let Some(policies) = snippet.get("Policies") {
                let policy = &policies.elements()[0];
                written.push(policy.get("PolicyDocument").expect("the property"));
            }
            assert_eq!(written.len(), guards.len());
            for (written, guard) in written.iter().zip(&guards) {
                let source = Source::new("guard", guard.compact());
                let expected = json::parse(&source).expect("it is JSON");
                assert_eq!(plain(written), plain(&expected), "{kind:?}");
            }
        }
    }
}
