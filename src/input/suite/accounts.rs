//! The account data of test files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::input::{Account, Documents, Edit, files};
use crate::json::{Member, Node, Value};
use crate::source::Source;

/// Accounts, each read once however many tests have it, and what is to be changed in all of them.
#[derive(Debug, Default)]
pub struct Accounts {
    /// What holds for tests that name no account themselves.
    pub given: Option<Arc<Account>>,
    /// The changes to those that tests name.
    pub edits: Vec<Edit>,
    read: HashMap<Vec<PathBuf>, Arc<Account>>,
}

impl Accounts {
    /// All that were read or given.
    pub fn all(&self) -> impl Iterator<Item = &Account> {
        let mut read: Vec<_> = self.read.iter().collect();
        read.sort_by_key(|(paths, _)| *paths);
        let read = read.into_iter().map(|(_, account)| account);
        self.given.iter().chain(read).map(|account| &**account)
    }
}

/// The account of a test: a file, or a list of them.
pub(super) fn account(
    documents: &mut Documents,
    source: &Source,
    node: Option<&Node<'_>>,
    base: &Path,
) -> Result<Option<Arc<Account>>> {
    let Some(node) = node.filter(|node| node.value != Value::Null) else {
        return Ok(documents.accounts.given.clone());
    };
    let paths = node.elements().iter();
    let paths = paths.map(|path| Ok(base.join(path.expect_str("account", source)?)));
    let paths = paths.collect::<Result<Vec<PathBuf>>>()?;
    if let Some(account) = documents.accounts.read.get(&paths) {
        return Ok(Some(Arc::clone(account)));
    }
    let mut account = Account::default();
    for path in &paths {
        let file = files::read_any_size(path).map_err(|error| error.at(source, node.span))?;
        account.add(&file)?;
    }
    let edits = &documents.accounts.edits;
    if !edits.is_empty() {
        account = account.edited(edits, documents)?;
    }
    let account = Arc::new(account);
    let read = &mut documents.accounts.read;
    read.insert(paths, Arc::clone(&account));
    Ok(Some(account))
}

/// Puts ARNs in the place of names as the account has them: the principal, and the roles of a journey.
pub(super) fn name(account: &Account, source: &Source, members: &mut [Member<'_>]) -> Result<()> {
    for member in members {
        match member.key.as_ref() {
            "principal" => arn(account, source, &mut member.value)?,
            "steps" => {
                let Value::Array(steps) = &mut member.value.value else {
                    continue;
                };
                let steps = steps
                    .iter_mut()
                    .filter_map(|step| inner(step, "assume_role"));
                for role in steps.filter_map(|hop| inner(hop, "role")) {
                    arn(account, source, role)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn inner<'n, 'a>(node: &'n mut Node<'a>, key: &str) -> Option<&'n mut Node<'a>> {
    let Value::Object(members) = &mut node.value else {
        return None;
    };
    let mut members = members.iter_mut();
    let member = members.find(|member| member.key == key)?;
    Some(&mut member.value)
}

fn arn(account: &Account, source: &Source, node: &mut Node<'_>) -> Result<()> {
    if let Value::String(name) = &mut node.value {
        let arn = account
            .arn_of(name)
            .map_err(|error| error.at(source, node.span))?;
        *name = arn.into();
    }
    Ok(())
}
