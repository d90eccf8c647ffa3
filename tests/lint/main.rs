//! The linter: what it finds, what it leaves alone, and that its changes change no meaning.

mod changes;
mod command;
mod damaged;
mod found;
mod held;
mod sarif;

use std::path::{Path, PathBuf};

use ipcond::ask::lint::{Finding, Subject, lint, lint_error};
use ipcond::json;
use ipcond::policy::{Policy, PolicyKind};
use ipcond::source::Source;

/// What is found in a text that is read as a policy of a kind.
fn found_in(name: &str, text: &str, kind: PolicyKind) -> Vec<Finding> {
    let source = Source::new(name, text);
    let read = || -> Result<Vec<Finding>, ipcond::Error> {
        let tree = json::parse(&source)?;
        let policy = Policy::from_node(name, &source, &tree, kind, true)?;
        Ok(lint(&Subject::new(&policy, &tree)))
    };
    read().unwrap_or_else(|error| lint_error(&error).into_iter().collect())
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.code).collect()
}

/// The documentation ranges that stand for the reader's own addresses, as blocks that IP035 does not know.
fn public(text: &str) -> String {
    text.replace("203.0.113.", "52.94.76.")
        .replace("2001:db8:", "2600:1f00:")
}

fn json_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
