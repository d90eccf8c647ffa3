//! Workflow commands of GitHub Actions, read as the runner reads them.
//!
//! The rules are those of `ActionCommand` of the runner
//! (<https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>): a command is a line, its properties
//! end at the next `::`, they are split at `,` and each at its first `=`; then `%25`, `%0D`, `%0A` and in properties `%3A`
//! and `%2C` are undone.

use std::collections::BTreeMap;

use ipcond::report::lint::github::write;

use super::{HOSTILE, findings, run, written};

/// What the runner makes of a line.
struct Read {
    level: String,
    properties: BTreeMap<String, String>,
    message: String,
}

fn read(line: &str) -> Read {
    let (head, message) = line
        .strip_prefix("::")
        .and_then(|rest| rest.split_once("::"))
        .expect("a command");
    let (level, properties) = head.split_once(' ').expect("properties");
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').expect("a property has a value");
        (key.to_owned(), undone(value, true))
    };
    let properties = properties.split(',').map(pair).collect();
    let message = undone(message, false);
    Read {
        level: level.to_owned(),
        properties,
        message,
    }
}

fn undone(text: &str, in_property: bool) -> String {
    let mut text = text.replace("%0D", "\r").replace("%0A", "\n");
    if in_property {
        text = text.replace("%3A", ":").replace("%2C", ",");
    }
    text.replace("%25", "%")
}

fn check(read: &Read, file: &str) {
    assert_eq!(read.properties["file"], file);
    let number = |key: &str| -> usize { read.properties[key].parse().expect("a number") };
    assert!(number("line") >= 1 && number("endLine") >= number("line"));
    // Columns count only within a line.
    assert_eq!(
        read.properties.contains_key("col"),
        number("line") == number("endLine")
    );
    assert_eq!(
        read.properties.contains_key("endColumn"),
        read.properties.contains_key("col")
    );
    let known = ["title", "file", "line", "endLine", "col", "endColumn"];
    assert!(
        read.properties
            .keys()
            .all(|key| known.contains(&key.as_str()))
    );
}

#[test]
fn the_findings_of_every_rule_are_read_back() {
    let (found, _) = findings();
    let text = written(|out| write(out, &found));
    assert_eq!(text.lines().count(), found.len(), "a line is a command");
    for (line, one) in text.lines().zip(&found) {
        let read = read(line);
        check(&read, one.source.name());
        assert!(read.properties["file"].starts_with(HOSTILE));
        assert_eq!(
            read.properties["title"],
            format!("ipcond {}", one.finding.rule.code)
        );
        let level = match one.finding.severity.as_str() {
            "info" => "notice",
            word => word,
        };
        assert_eq!(read.level, level);
        let notes = one.finding.notes.iter().map(|note| format!("note: {note}"));
        let help = one.help().map(|help| format!("help: {help}"));
        let parts = std::iter::once(one.finding.message.clone())
            .chain(notes)
            .chain(help);
        assert_eq!(read.message, parts.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn a_name_of_a_test_is_no_command() {
    let (output, _) = run("github", &["test", "--no-config", "-f", "github", "."]);
    let text = String::from_utf8(output.stdout).expect("it is text");
    let commands: Vec<Read> = text.lines().map(read).collect();
    let begins = [
        "fails]]>\n::error::x\r\\u{1b}[31m é \\u{202e}: expected allowed",
        "error: 5% # \\: ",
    ];
    assert_eq!(commands.len(), begins.len(), "{text}");
    for (command, begin) in commands.iter().zip(begins) {
        check(command, "a, b/100%25_test.json");
        assert_eq!(command.level, "error");
        assert!(command.message.starts_with(begin), "{}", command.message);
    }
}
