//! What applies to a request beside the policies of its principal: those of its resource, and of the organization.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Account;
use crate::error::Result;
use crate::eval::{AssumeRole, Call, Caller, PolicySet, ResourceText, Scenario, Step};
use crate::input::{Documents, Held, Levels};
use crate::policy::{AccountId, Arn, Policy, PolicyKind};

/// The most accounts whose RCPs are looked up and compared for one question.
const MOST_ACCOUNTS: usize = 100;

/// Finds in an account and its organization what applies, and what is to be said about it.
pub(crate) struct AccountReader<'a> {
    pub(crate) account: &'a Account,
    pub(crate) documents: Documents,
    notes: &'a mut Vec<String>,
}

impl<'a> AccountReader<'a> {
    pub(crate) fn new(account: &'a Account, lenient: bool, notes: &'a mut Vec<String>) -> Self {
        Self {
            account,
            documents: Documents::new(lenient),
            notes,
        }
    }

    /// What applies to a request beside the policies of its principal: of its resource, and of the organization. `resources`
    /// are what it may be on, and `given` are policies that go over those of the scenario. What is said already is meant as
    /// it is, and `set` holds what is found.
    pub(crate) fn around(
        &mut self,
        scenario: &mut Scenario,
        resources: &[ResourceText],
        given: &PolicySet,
        set: &mut PolicySet,
    ) -> Result<()> {
        let said = scenario.policies.overlaid(given);
        if scenario.steps.is_none() && said.resource.is_none() && set.resource.is_none() {
            set.resource = self.resource(scenario, resources)?;
        }
        self.organize(scenario, said.rcp.is_none())?;
        if said.scp.is_none() {
            set.scp = self.scp(scenario, resources)?;
        }
        if scenario.steps.is_none() && said.rcp.is_none() {
            let all = [&scenario.policies, &*set, given];
            let accounts = resource_accounts(scenario, resources, &all);
            set.rcp = self.rcp(&accounts)?;
        }
        Ok(())
    }

    /// The policies of the resource that a request is on; and whose it is, if the ARN does not say.
    fn resource(
        &mut self,
        scenario: &mut Scenario,
        resources: &[ResourceText],
    ) -> Result<Option<Vec<Arc<Policy>>>> {
        let [ResourceText::Arn(arn)] = resources else {
            self.not_counted();
            return Ok(None);
        };
        let Some(found) = self.account.of_resource(arn)? else {
            if arn.as_str().contains(['*', '?']) {
                self.not_counted();
            }
            return Ok(None);
        };
        if arn.account().is_none() {
            scenario.resource_account = scenario.resource_account.or(found.account);
        }
        self.resource_policies(found.policies)
    }

    /// Says that the policies of resources do not count.
    fn not_counted(&mut self) {
        let count = self.account.resources();
        if count == 0 {
            return;
        }
        let have = if count == 1 {
            "resource has"
        } else {
            "resources have"
        };
        self.notes.push(format!("the files say which policies {count} {have}; these count only for a request on one of them: name it with --resource"));
    }

    fn resource_policies(&self, policies: Option<Vec<Held>>) -> Result<Option<Vec<Arc<Policy>>>> {
        let read = |held: &Held| self.documents.policy(held, Some(PolicyKind::Resource));
        let read = policies.map(|all| all.iter().map(read).collect());
        read.transpose()
    }

    /// The SCPs of the account of the principal (EVAL-7). Who is not named is of the account of the resource.
    pub(crate) fn scp(
        &mut self,
        scenario: &Scenario,
        resources: &[ResourceText],
    ) -> Result<Option<Levels>> {
        let account = match (&scenario.principal, resources) {
            (Some(caller), _) => caller.account(),
            (None, [ResourceText::Arn(arn)]) => arn.account().or(scenario.resource_account),
            (None, _) => scenario.resource_account,
        };
        match account {
            Some(account) => self.levels(account, PolicyKind::Scp),
            None if scenario.principal.is_none() => self.account.organization.unknown_scps(),
            None => Ok(None),
        }
    }

    /// Puts what the organization says below what a scenario says: the management account, and of a journey what binds
    /// each step; RCPs only if none are said for all of it.
    pub(crate) fn organize(&mut self, scenario: &mut Scenario, with_rcp: bool) -> Result<()> {
        let organization = &self.account.organization;
        let management = organization.management_account();
        scenario.management_account = scenario.management_account.or(management);
        let mut caller = scenario.principal.as_ref().and_then(Caller::account);
        for step in scenario.steps.iter_mut().flatten() {
            match step {
                Step::AssumeRole(assume) => {
                    self.assume_role(assume, with_rcp)?;
                    caller = Some(assume.role.account);
                }
                Step::Call(call) => self.call(call, caller, with_rcp)?,
            }
        }
        Ok(())
    }

    /// The RCPs of the role's account bind the call, and its SCPs the session (ROLE-8).
    fn assume_role(&mut self, assume: &mut AssumeRole, with_rcp: bool) -> Result<()> {
        let account = assume.role.account;
        if assume.session.scp.is_none() {
            assume.session.scp = self.levels(account, PolicyKind::Scp)?;
        }
        if with_rcp && assume.rcp.is_none() {
            assume.rcp = self.levels(account, PolicyKind::Rcp)?;
        }
        Ok(())
    }

    /// The policies of the resource of a call, and the RCPs of its account.
    fn call(&mut self, call: &mut Call, caller: Option<AccountId>, with_rcp: bool) -> Result<()> {
        let mut named = None;
        if let Some(ResourceText::Arn(arn)) = &call.resource {
            named = arn.account();
            let found = self.account.of_resource(arn)?;
            if let Some(found) = found.filter(|_| call.policies.resource.is_none()) {
                let account = found.account.filter(|_| named.is_none());
                call.resource_account = call.resource_account.or(account);
                call.policies.resource = self.resource_policies(found.policies)?;
            }
        }
        if !with_rcp || call.policies.rcp.is_some() {
            return Ok(());
        }
        let account = named.or(call.resource_account).or(caller);
        call.policies.rcp = self.rcp(&[account])?;
        Ok(())
    }

    /// The RCPs of the accounts of the resources (EVAL-9); where they are not the same for all, they are not known.
    fn rcp(&mut self, accounts: &[Option<AccountId>]) -> Result<Option<Levels>> {
        if self.account.organization.is_empty() {
            return Ok(None);
        }
        if accounts.len() > MOST_ACCOUNTS {
            return self.unknown_rcps();
        }
        let mut found: Option<Option<Levels>> = None;
        for account in accounts {
            let Some(account) = account else {
                return self.unknown_rcps();
            };
            let levels = self.levels(*account, PolicyKind::Rcp)?;
            match &found {
                Some(first) if told_apart(first.as_ref()) != told_apart(levels.as_ref()) => {
                    return self.unknown_rcps();
                }
                Some(_) => {}
                None => found = Some(levels),
            }
        }
        Ok(found.flatten())
    }

    fn unknown_rcps(&mut self) -> Result<Option<Levels>> {
        let text = "the resources may be of several accounts that have different RCPs, or of one that is not known; name one with --resource, or its account with --resource-account";
        self.notes.push(text.to_owned());
        self.account.organization.unknown_rcps()
    }

    fn levels(&mut self, account: AccountId, kind: PolicyKind) -> Result<Option<Levels>> {
        let organization = &self.account.organization;
        let mut notes = Vec::new();
        let levels = organization.levels(account, kind, &mut self.documents, &mut notes);
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        levels
    }
}

/// What tells RCPs apart: which policies they are, whatever their levels, since they can only deny (GRAM-41). Their names
/// do not: people choose those, and may choose one twice.
fn told_apart(levels: Option<&Levels>) -> Option<BTreeSet<(&str, Vec<&str>)>> {
    let policies = levels?.iter().flatten();
    let all = policies.map(|policy| {
        let statements = policy.statements.iter();
        let texts = statements.map(|statement| policy.source.slice(statement.span));
        (policy.name.as_str(), texts.collect())
    });
    Some(all.collect())
}

/// What commands say while they read.
#[cfg(feature = "cli")]
impl AccountReader<'_> {
    /// The policies of a principal, and what is to be said about them.
    pub(crate) fn own_policies(&mut self, collected: super::Collected) -> Result<PolicySet> {
        self.notes.extend(collected.dangling.iter().cloned());
        collected.policies(self.documents.lenient)
    }

    /// Puts what applies to a role that is assumed below what is said of it.
    pub(crate) fn fill_role(&mut self, hop: &mut AssumeRole) -> Result<()> {
        let dangling = self.account.fill_role(hop, self.documents.lenient)?;
        self.notes.extend(dangling);
        Ok(())
    }
}

/// Whose the resources of a request are: of those that are named, or else of all that policies name. As where the request
/// is decided: the account of the ARN, else what was said, else the caller's own (EVAL-35).
fn resource_accounts(
    scenario: &Scenario,
    resources: &[ResourceText],
    policies: &[&PolicySet],
) -> Vec<Option<AccountId>> {
    let caller = scenario.principal.as_ref().and_then(Caller::account);
    let said = scenario.resource_account.or(scenario.default_account);
    let other = said.or(caller);
    let of = |resource: &ResourceText| match resource {
        ResourceText::Arn(arn) => arn.account().or(other),
        _ => other,
    };
    let mut accounts: Vec<Option<AccountId>> = resources.iter().map(of).collect();
    if accounts.is_empty() {
        accounts.push(other);
        let statements = policies
            .iter()
            .flat_map(|set| set.all())
            .flat_map(|(_, _, policy)| &policy.statements);
        let elements = statements.filter_map(|statement| statement.resource.as_ref());
        let patterns = elements.flat_map(|element| &element.patterns);
        let named = patterns.filter_map(|pattern| pattern.text.parse::<Arn>().ok()?.account());
        accounts.extend(named.map(Some));
    }
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}
