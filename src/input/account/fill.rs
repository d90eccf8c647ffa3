//! What an account says, below what a scenario says.

use super::reader::AccountReader;
use super::{Account, Collected};
use crate::error::Result;
use crate::eval::{AssumeRole, PolicySet, ResourceText, Role, Scenario, Step};
use crate::policy::{Action, PolicyKind};

impl Collected {
    /// The policies of the principal, without who may assume it.
    ///
    /// # Errors
    /// If one is no policy of its kind.
    pub fn policies(self, lenient: bool) -> Result<PolicySet> {
        let own = self.identity.into_iter();
        let identity = own.map(|held| held.policy(None, lenient).map(Into::into));
        let boundary = self.boundary.map(|held| {
            let policy = held.policy(Some(PolicyKind::Boundary), lenient);
            policy.map(Into::into)
        });
        Ok(PolicySet {
            identity: Some(identity.collect::<Result<_>>()?),
            boundary: boundary.transpose()?,
            ..PolicySet::default()
        })
    }
}

impl Account {
    /// Puts what applies to the principal of a scenario, to the resource or role that it calls on, to the roles of its journey
    /// and to the accounts of all these below what the scenario says itself.
    ///
    /// # Errors
    /// As [`Account::of_caller`].
    ///
    /// # Example
    /// ```
    /// use ipcond::{eval::{Caller, Decision, Scenario}, input::Account, source::Source};
    /// let text = r#"{"RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/team/ci", "RolePolicyList": []}]}"#;
    /// let mut account = Account::default();
    /// account.add(&Source::new("gaad.json", text))?;
    /// let mut scenario = Scenario {
    ///     principal: Some(Caller::parse("arn:aws:sts::111122223333:assumed-role/ci/run")?),
    ///     action: Some("s3:ListAllMyBuckets".parse()?),
    ///     ..Scenario::default()
    /// };
    /// account.fill(&mut scenario, false)?;
    /// let answer = scenario.decide(jiff::Timestamp::UNIX_EPOCH)?;
    /// assert_eq!(answer.decision, Decision::ImplicitDeny); // it has no policy, and that is known
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn fill(&self, scenario: &mut Scenario, lenient: bool) -> Result<()> {
        if let Some(caller) = scenario.principal.take() {
            let caller = self.with_path(caller);
            if let Some(collected) = self.of_caller(&caller)? {
                let own = collected.policies(lenient)?;
                scenario.policies = own.overlaid(&scenario.policies);
            }
            scenario.principal = Some(caller);
        }
        let on_role = scenario.action.as_ref().is_some_and(Action::is_on_role);
        if let (true, None, Some(ResourceText::Arn(arn))) =
            (on_role, &scenario.policies.resource, &scenario.resource)
            && let Ok(role) = Role::from_arn(arn)
            && let Some(trust) = self.trust_of(&role)?
        {
            scenario.policies.resource = Some(vec![trust.policy(None, lenient)?.into()]);
        }
        for step in scenario.steps.iter_mut().flatten() {
            if let Step::AssumeRole(hop) = step {
                self.fill_role(hop, lenient)?;
            }
        }
        let resources: Vec<ResourceText> = scenario.resource.iter().cloned().collect();
        let (mut notes, mut set) = (Vec::new(), PolicySet::default());
        let mut reader = AccountReader::new(self, lenient, &mut notes);
        reader.around(scenario, &resources, &PolicySet::default(), &mut set)?;
        scenario.policies = set.overlaid(&scenario.policies);
        Ok(())
    }

    /// Puts what applies to a role that is assumed below what is said of it; what is attached to it and not in the files.
    ///
    /// # Errors
    /// As [`Account::of_caller`].
    pub fn fill_role(&self, hop: &mut AssumeRole, lenient: bool) -> Result<Vec<String>> {
        let Some(mut collected) = self.of_role(&hop.role)? else {
            return Ok(Vec::new());
        };
        if let (None, Some(trust)) = (&hop.trust, collected.trust.take()) {
            hop.trust = Some(vec![trust.policy(None, lenient)?.into()]);
        }
        let dangling = std::mem::take(&mut collected.dangling);
        let own = collected.policies(lenient)?;
        hop.session = own.overlaid(&hop.session);
        Ok(dangling)
    }
}
