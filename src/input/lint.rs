//! The part of the configuration that is about lint: which findings do not count, and why.

use std::path::{Path, PathBuf, absolute};

use super::documents::check_fields;
use crate::ask::lint::{Rule, Selection};
use crate::error::{Error, Result};
use crate::json::{Member, Node};
use crate::source::Source;

/// Findings that do not count, by file: `[lint.ignore]`.
#[derive(Clone, Debug, Default)]
pub struct Ignores {
    entries: Vec<Ignore>,
}

/// Rules that do not count in a file or directory.
#[derive(Clone, Debug)]
struct Ignore {
    path: PathBuf,
    rules: Selection,
}

const EXAMPLE: &str =
    "write \"bucket.json\" = { codes = [\"IP002\"], reason = \"no VPC endpoint in this account\" }";

impl Ignores {
    /// Reads `[lint]`; paths in it are relative to `base`.
    ///
    /// # Errors
    /// For a key or code that is not known, and for an entry without a reason.
    ///
    /// # Example
    /// ```
    /// use ipcond::{ask::lint::rule, input::Config, source::Source};
    /// let text = "[lint.ignore]\n'old/' = { codes = ['IP'], reason = 'frozen until June' }\n";
    /// let config = Config::read(&Source::new("ipcond.toml", text), "".as_ref())?;
    /// assert!(config.ignores.takes(rule("IP002")?, "./old/bucket.json".as_ref()));
    /// assert!(!config.ignores.takes(rule("IP002")?, "older/bucket.json".as_ref())); // a directory, not a beginning
    /// let text = "[lint.ignore]\n'old/' = ['IP']\n";
    /// let error = Config::read(&Source::new("ipcond.toml", text), "".as_ref()).unwrap_err();
    /// assert_eq!(error.to_string(), "ipcond.toml:2:10: an entry of `lint.ignore` needs `codes` and a `reason`");
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn read(source: &Source, lint: &Node<'_>, base: &Path) -> Result<Self> {
        check_fields(lint.expect_object("lint", source)?, &["ignore"], source)?;
        let Some(ignore) = lint.get("ignore") else {
            return Ok(Self::default());
        };
        let members = ignore.expect_object("lint.ignore", source)?;
        let entries = members.iter().map(|member| entry(source, member, base));
        Ok(Self {
            entries: entries.collect::<Result<_>>()?,
        })
    }

    /// Whether the findings of a rule in a file do not count.
    pub fn takes(&self, rule: &Rule, file: &Path) -> bool {
        let fits =
            |ignore: &Ignore| ignore.rules.takes(rule) && whole(file).starts_with(&ignore.path);
        self.entries.iter().any(fits)
    }
}

fn entry(source: &Source, member: &Member<'_>, base: &Path) -> Result<Ignore> {
    let node = &member.value;
    let reason = node.get("reason").and_then(Node::as_str);
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    let (Some(codes), Some(_)) = (node.get("codes"), reason) else {
        let text = "an entry of `lint.ignore` needs `codes` and a `reason`";
        return Err(Error::request(text).at(source, node.span).help(EXAMPLE));
    };
    check_fields(
        node.members().unwrap_or_default(),
        &["codes", "reason"],
        source,
    )?;
    let mut selected = Vec::new();
    for code in codes.elements() {
        let text = code.expect_str("codes", source)?.to_owned();
        Selection::new(std::slice::from_ref(&text), &[])
            .map_err(|error| error.at(source, code.span))?;
        selected.push(text);
    }
    if selected.is_empty() {
        return Err(Error::request("`codes` names no rule").at(source, codes.span));
    }
    Ok(Ignore {
        path: whole(&base.join(member.key.as_ref())),
        rules: Selection::new(&selected, &[])?,
    })
}

/// A path that can be compared, though the file may not be there.
fn whole(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}
