//! What is written for other programs has the form that they read.

mod github;
mod junit;
mod sarif;
mod schemas;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use ipcond::ask::lint::{Example, Located, Subject, lint, lint_error, rules};
use ipcond::net::parse_address;
use ipcond::policy::Policy;
use ipcond::source::Source;
use ipcond::{Result, json};

/// A name of a file in which every character that a format gives a meaning to stands.
const HOSTILE: &str = "./a, b/100%25:\"<é>&'\n::error::x]]>.json";

/// What is found in the failing example of every rule, each in a file of its own; the names of the files.
fn findings() -> (Vec<Located>, Vec<String>) {
    let (mut all, mut files) = (Vec::new(), Vec::new());
    for rule in rules() {
        let name = format!("{HOSTILE}{}", rule.code);
        all.extend(findings_in(&name, &rule.fails));
        files.push(name);
    }
    (all, files)
}

fn findings_in(name: &str, example: &Example) -> Vec<Located> {
    let public = |text: &str| {
        text.replace("203.0.113.", "52.94.76.")
            .replace("2001:db8:", "2600:1f00:")
    };
    let text = public(&example.document());
    let source = Source::new(name, text.trim_start_matches('\u{feff}'));
    let read = |source: &Source, kind| -> Result<Policy> {
        Policy::from_node("p", source, &json::parse(source)?, kind, true)
    };
    let policy = match read(&source, example.kind) {
        Ok(policy) => Arc::new(policy),
        Err(error) => {
            let finding = lint_error(&error).expect("it is a fault of the text");
            return vec![Located::in_text(finding, &source)];
        }
    };
    let beside = example.beside.map(|(kind, text)| {
        read(&Source::new("beside.json", public(text)), kind).expect("it is a policy")
    });
    let beside: Vec<&Policy> = beside.iter().collect();
    let tree = json::parse(&source).expect("it was read before");
    let subject = Subject {
        beside: &beside,
        me: parse_address("52.94.76.9").map(|(address, _)| address),
        has_mark: text.starts_with('\u{feff}'),
        ..Subject::new(&policy, &tree)
    };
    let found = lint(&subject).into_iter();
    found
        .map(|finding| Located::in_policy(finding, &policy, &tree))
        .collect()
}

#[test]
fn every_rule_is_among_the_findings() {
    let (found, _) = findings();
    for rule in rules() {
        assert!(
            found.iter().any(|one| one.finding.rule == rule),
            "{}",
            rule.code
        );
    }
}

/// What a writer writes.
fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory can be written to");
    String::from_utf8(out).expect("it is text")
}

/// Tests with every outcome, under names that formats could take for their own words.
const SUITE: &str = r#"{"policies": {"identity": {"Version": "2012-10-17", "Statement": {"Sid": "Office", "Effect": "Allow", "Action": "s3:*",
  "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}},
 "defaults": {"principal": "arn:aws:iam::111122223333:user/bob", "action": "s3:ListAllMyBuckets", "resource": "*"},
 "tests": [
  {"name": "office, 100%: \"a\" <b> & 'c'", "ip": "203.0.113.9", "expect": "allowed"},
  {"name": "fails]]>\n::error::x\r\u001b[31m é \u202e", "ip": "198.51.100.0/24", "expect": "allowed"},
  {"name": "%0A%25 later", "ip": "198.51.100.7", "expect": "allowed", "todo": "a \"reason\" <x>,\n%3A"},
  {"name": "error: 5% # \\", "ip": "203.0.113.9", "expect": "allowed", "action": "no action"}]}"#;

/// Runs the command in a directory with [`SUITE`] in it.
fn run(name: &str, args: &[&str]) -> (Output, PathBuf) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("formats-{name}"));
    fs::create_dir_all(directory.join("a, b")).expect("it can be made");
    fs::write(directory.join("a, b/100%25_test.json"), SUITE).expect("it can be written");
    let output = Command::new(env!("CARGO_BIN_EXE_ipcond"))
        .args(args)
        .current_dir(&directory)
        .stdin(Stdio::null())
        .output();
    (output.expect("ipcond starts"), directory)
}
