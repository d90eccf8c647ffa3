//! A guard for Terraform: a data source, which other documents take in by `source_policy_documents`.

use std::fmt::Write as _;

use super::part;
use crate::ask::guard::{Document, Guard, Statement};

/// Data sources `aws_iam_policy_document`, as `terraform fmt` leaves them.
pub fn write(guards: &[Guard]) -> String {
    let named = |guard: &Guard| match guards.len() {
        1 => "guard".to_owned(),
        _ => format!("guard_{}", part(guard)),
    };
    let blocks: Vec<String> = guards
        .iter()
        .map(|guard| data(&named(guard), guard))
        .collect();
    blocks.join("\n")
}

fn data(name: &str, guard: &Guard) -> String {
    let mut text = String::new();
    let limit = guard.wanted.kind.limit();
    if limit.white_space {
        let unit = limit.unit.as_str();
        let _ = writeln!(
            text,
            "# White space counts among the {unit} of the policy: .minified_json has none."
        );
    }
    let _ = writeln!(text, "data \"aws_iam_policy_document\" \"{name}\" {{");
    let Document { statement, .. } = &guard.document;
    let statements: Vec<String> = statement.iter().map(block).collect();
    text + &statements.join("\n") + "}\n"
}

fn block(statement: &Statement) -> String {
    let mut paragraphs = vec![head(statement)];
    if let Some(everyone) = statement.principal {
        paragraphs.push(format!(
            "    principals {{\n      type        = \"{everyone}\"\n      identifiers = [\"{everyone}\"]\n    }}\n"
        ));
    }
    paragraphs.push(list(4, "actions", &statement.action));
    if !statement.resource.is_empty() {
        paragraphs.push(list(4, "resources", &statement.resource));
    }
    for test in &statement.condition {
        let values = list(6, "values", &test.values);
        paragraphs.push(format!(
            "    condition {{\n      test     = \"{}\"\n      variable = \"{}\"\n\n{values}    }}\n",
            test.operator, test.key
        ));
    }
    format!("  statement {{\n{}  }}\n", paragraphs.join("\n"))
}

fn head(statement: &Statement) -> String {
    let effect = statement.effect.as_str();
    match &statement.sid {
        Some(sid) => format!("    sid    = {}\n    effect = \"{effect}\"\n", string(sid)),
        None => format!("    effect = \"{effect}\"\n"),
    }
}

/// A list, on one line if it has one value.
fn list(indent: usize, name: &str, values: &[String]) -> String {
    let margin = " ".repeat(indent);
    match values {
        [value] => format!("{margin}{name} = [{}]\n", string(value)),
        values => {
            let lines = values
                .iter()
                .map(|value| format!("{margin}  {},\n", string(value)));
            let lines = lines.collect::<Vec<_>>().concat();
            format!("{margin}{name} = [\n{lines}{margin}]\n")
        }
    }
}

/// A string of HCL in which nothing is a template.
fn string(text: &str) -> String {
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", quoted.replace("${", "$${").replace("%{", "%%{"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::super::fixture::{KINDS, guards, tree};
    use super::*;

    /// Reads what is written here back, line by line, as the provider makes a document of it: blocks, strings and lists.
    fn read(text: &str) -> Vec<Value> {
        let mut documents = Vec::new();
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        while let Some(line) = lines.next() {
            assert!(
                line.starts_with("data \"aws_iam_policy_document\""),
                "{line}"
            );
            let mut statements = Vec::new();
            for (name, body) in blocks(&mut lines) {
                assert_eq!(name, "statement");
                statements.push(statement(&body));
            }
            documents.push(json!({"Version": "2012-10-17", "Statement": statements}));
        }
        documents
    }

    /// The blocks up to the brace that ends the one around them.
    fn blocks<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Vec<(String, Vec<String>)> {
        let mut found = Vec::new();
        while let Some(line) = lines.next().filter(|line| *line != "}") {
            let name = line.strip_suffix(" {").expect("a block").to_owned();
            let mut depth = 1;
            let mut body = Vec::new();
            for line in lines.by_ref() {
                depth += i32::from(line.ends_with('{')) - i32::from(line == "}");
                if depth == 0 {
                    break;
                }
                body.push(line.to_owned());
            }
            found.push((name, body));
        }
        found
    }

    fn statement(lines: &[String]) -> Value {
        let mut statement = Map::new();
        let mut lines = lines.iter().map(String::as_str);
        while let Some(line) = lines.next() {
            match line.strip_suffix(" {") {
                Some("principals") => {
                    let inner = attributes(&mut lines);
                    assert_eq!(inner, json!({"type": "*", "identifiers": ["*"]}));
                    statement.insert("Principal".into(), json!("*"));
                }
                Some("condition") => {
                    let inner = attributes(&mut lines);
                    let at = |name: &str| inner[name].as_str().expect("a string").to_owned();
                    let operators = statement.entry("Condition").or_insert_with(|| json!({}));
                    operators[at("test")][at("variable")] = inner["values"].clone();
                }
                Some(other) => panic!("{other}"),
                None => {
                    let (name, value) = attribute(line, &mut lines);
                    let name = match name {
                        "sid" => "Sid",
                        "effect" => "Effect",
                        "actions" => "Action",
                        "resources" => "Resource",
                        other => panic!("{other}"),
                    };
                    statement.insert(name.into(), value);
                }
            }
        }
        Value::Object(statement)
    }

    /// The attributes up to the brace that ends the block.
    fn attributes<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Value {
        let mut values = Map::new();
        while let Some(line) = lines.next().filter(|line| *line != "}") {
            let (name, value) = attribute(line, lines);
            values.insert(name.to_owned(), value);
        }
        Value::Object(values)
    }

    /// An attribute, whose value may go on in the lines that follow.
    fn attribute<'a>(line: &'a str, lines: &mut impl Iterator<Item = &'a str>) -> (&'a str, Value) {
        let (name, value) = line.split_once('=').expect("an attribute");
        let mut text = value.trim().to_owned();
        if text == "[" {
            let elements: Vec<&str> = lines.take_while(|line| *line != "]").collect();
            text = format!("[{}]", elements.concat().trim_end_matches(','));
        }
        let text = text.replace("$${", "${").replace("%%{", "%{");
        let value = serde_json::from_str(&text).expect("strings are those of JSON");
        (name.trim(), value)
    }

    #[test]
    fn every_kind_reads_back() {
        for kind in KINDS {
            for blocks in ["203.0.113.0/24 2001:db8::/32", "192.0.2.9/32"] {
                let guards = guards(kind, blocks);
                let expected: Vec<Value> = guards.iter().map(tree).collect();
                assert_eq!(read(&write(&guards)), expected, "{kind:?}");
            }
        }
    }

    #[test]
    fn nothing_in_a_string_is_a_template() {
        assert_eq!(string("a${b}%{c}\"\\"), r#""a$${b}%%{c}\"\\""#);
    }
}
