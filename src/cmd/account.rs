//! The flags that name the data of accounts, and what is taken from it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgAction, Args};

use super::output::Console;
use crate::ask::groups::Wanted;
use crate::error::{Error, Result};
use crate::eval::{PolicySet, ResourceText, Role, Scenario};
use crate::input::{Account, AccountReader, Accounts, Documents, Edit, files};
use crate::report::escape;

/// Where the principals of an account are described, and what would be other than it is.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Policies")]
pub(crate) struct AccountArgs {
    /// All that applies to the principal is taken from here: what `aws iam get-account-authorization-details` prints,
    /// items of AWS Config, an organization
    #[arg(long, value_name = "FILE", num_args = 1..)]
    account: Vec<PathBuf>,
    /// What if this policy were attached to role/NAME, user/NAME, group/NAME or an ARN of the account; repeat it
    #[arg(long, value_name = "PRINCIPAL=FILE", action = ArgAction::Append)]
    attach: Vec<String>,
    /// What if the inline or managed policy of this name or ARN were not attached; repeat it
    #[arg(long, value_name = "PRINCIPAL=NAME", action = ArgAction::Append)]
    detach: Vec<String>,
    /// What if this text stood in the place of a document of the account, wherever that applies; repeat it
    #[arg(long, value_name = "ADDRESS=FILE", action = ArgAction::Append)]
    replace: Vec<String>,
}

impl AccountArgs {
    /// Whether no file was named.
    pub(crate) fn is_empty(&self) -> bool {
        self.account.is_empty()
    }

    /// Whether anything would be other than the files say.
    pub(crate) fn has_edits(&self) -> bool {
        [&self.attach, &self.detach, &self.replace]
            .iter()
            .any(|edits| !edits.is_empty())
    }

    /// The principals of the files, as they are.
    pub(crate) fn read(&self) -> Result<Account> {
        let mut account = Account::default();
        for path in &self.account {
            account.add(&files::read_any_size(path)?)?;
        }
        Ok(account)
    }

    /// The principals of the files with the changes made.
    pub(crate) fn read_edited(&self, documents: &Documents) -> Result<Account> {
        self.edit(self.read()?, documents)
    }

    /// The accounts of test files: with the changes made, and that of the flags for tests that name none.
    pub(crate) fn of_tests(&self) -> Result<Accounts> {
        let given = self.read()?;
        let mut accounts = Accounts::default();
        accounts.edits.extend(self.edits().map(|(_, edit)| edit));
        if !given.is_empty() {
            let given = self.edit(given, &Documents::default())?;
            accounts.given = Some(Arc::new(given));
        }
        Ok(accounts)
    }

    /// What is to be said where changes were given, and no account to change.
    pub(crate) fn nothing_to_edit(&self) -> Error {
        let flag = self
            .edits()
            .map(|(flag, _)| flag)
            .next()
            .unwrap_or_default();
        Error::request(format!(
            "{flag} changes the policies of an account, and none was given"
        ))
        .help("name its authorization details: --account FILE")
    }

    /// An account with the changes made.
    pub(crate) fn edit(&self, account: Account, documents: &Documents) -> Result<Account> {
        if !self.has_edits() {
            return Ok(account);
        }
        if account.is_empty() {
            return Err(self.nothing_to_edit());
        }
        let edits: Vec<Edit> = self.edits().map(|(_, edit)| edit).collect();
        account.edited(&edits, documents)
    }

    fn edits(&self) -> impl Iterator<Item = (&'static str, Edit)> {
        let attach = self.attach.iter().cloned();
        let detach = self.detach.iter().cloned();
        let replace = self.replace.iter().cloned();
        let attach = attach.map(|text| ("--attach", Edit::Attach(text)));
        let detach = detach.map(|text| ("--detach", Edit::Detach(text)));
        let replace = replace.map(|text| ("--replace", Edit::Replace(text)));
        attach.chain(detach).chain(replace)
    }
}

/// Says which changes had no part in what was asked: most likely something else was meant.
pub(crate) fn warn_unreached(account: &Account, console: &Console) {
    for (typed, about) in account.unreached() {
        let text = format!(
            "warning: {typed} changes nothing here: nothing that is asked is about {about}"
        );
        console.say(&escape::terminal(&text));
    }
}

/// What an account says that applies to the principal of a scenario, to the role that it assumes, and to their accounts.
/// `given` are the policies of flags and files, which may name resources too.
pub(crate) fn collect(
    reader: &mut AccountReader<'_>,
    scenario: &mut Scenario,
    asked: &Wanted,
    given: &PolicySet,
) -> Result<PolicySet> {
    let account = reader.account;
    let caller = scenario.principal.take().ok_or_else(|| {
        Error::request("whose policies? an account has those of many principals")
            .help("say who calls: --principal role/NAME, user/NAME or an ARN; or name one document: FILE#ADDRESS")
    })?;
    let caller = account.with_path(caller);
    let mut set = PolicySet::default();
    if let Some(collected) = account.of_caller(&caller)? {
        set = reader.own_policies(collected)?;
    }
    scenario.principal = Some(caller);
    let about_roles = asked.actions.iter().all(|action| action.service() == "sts");
    if let ([ResourceText::Arn(arn)], true) = (
        asked.resources.as_slice(),
        about_roles && !asked.actions.is_empty(),
    ) && let Ok(role) = Role::from_arn(arn)
        && let Some(trust) = account.trust_of(&role)?
    {
        set.resource = Some(vec![reader.documents.policy(&trust, None)?]);
    }
    reader.around(scenario, &asked.resources, given, &mut set)?;
    Ok(set)
}
