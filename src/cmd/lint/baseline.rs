//! Findings of an earlier run, which do not count.

use std::collections::HashMap;
use std::path::Path;

use crate::ask::lint::Located;
use crate::error::{Error, Result};
use crate::input::files;
use crate::json::{self, Node};

/// How often each finding, by its rule and fingerprint, was there.
#[derive(Debug)]
pub(super) struct Baseline {
    left: HashMap<(String, String), usize>,
}

impl Baseline {
    /// Reads what `-f json` wrote.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let source = files::read(path)?;
        let tree = json::parse(&source)?;
        let is_ours = tree.get("ipcond").and_then(Node::as_str) == Some("lint/1");
        let Some(findings) = tree.get("findings").filter(|_| is_ours) else {
            return Err(Error::request("this is no result of `ipcond lint -f json`")
                .at(&source, tree.span)
                .help("make a baseline with `ipcond lint -f json -o baseline.json`"));
        };
        let mut left = HashMap::new();
        for finding in findings.elements() {
            let text = |key: &str| {
                let node = finding.get(key).unwrap_or(finding);
                node.expect_str(key, &source).map(str::to_owned)
            };
            *left
                .entry((text("code")?, text("fingerprint")?))
                .or_insert(0) += 1;
        }
        Ok(Self { left })
    }

    /// Takes out of findings those that were there, as often as they were.
    pub(super) fn subtract(mut self, found: &mut Vec<Located>) {
        found.retain(|one| {
            let key = (one.finding.rule.code.to_owned(), one.fingerprint.clone());
            match self.left.get_mut(&key) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    false
                }
                _ => true,
            }
        });
    }
}
