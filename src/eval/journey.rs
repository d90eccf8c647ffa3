//! Journeys: roles assumed one after the other, and calls made with their sessions (section 5 of the rules).

use std::sync::Arc;

use jiff::Timestamp;

use super::caller::{Caller, Role};
use super::context::{Assumption, ContextValue};
use super::decision::{Answer, Decision, decide};
use super::notes::{self, Note};
use super::request::{Layer, PolicySet, Request};
use super::scenario::{ResourceText, Scenario};
use super::way::{SourceIp, Way};
use crate::error::{Error, Result};
use crate::policy::{AccountId, Action, ConditionKey, Policy};

/// One step of a journey.
#[derive(Clone, Debug)]
pub enum Step {
    /// A role is assumed; the next step runs as its session.
    AssumeRole(Box<AssumeRole>),
    /// A call as the session of the step before.
    Call(Box<Call>),
}

impl Step {
    /// The policies that are given with the step.
    pub(crate) fn policies(&self) -> Vec<(Layer, &Arc<Policy>)> {
        fn of(set: &PolicySet) -> impl Iterator<Item = (Layer, &Arc<Policy>)> {
            set.all().map(|(layer, _, policy)| (layer, policy))
        }
        match self {
            Self::Call(call) => of(&call.policies).collect(),
            Self::AssumeRole(assume) => {
                let trust = assume
                    .trust
                    .iter()
                    .flatten()
                    .map(|policy| (Layer::Resource, policy));
                let rcp = assume
                    .rcp
                    .iter()
                    .flatten()
                    .flatten()
                    .map(|policy| (Layer::Rcp, policy));
                let vpce = assume.vpce.iter().map(|policy| (Layer::Vpce, policy));
                trust
                    .chain(of(&assume.session))
                    .chain(rcp)
                    .chain(vpce)
                    .collect()
            }
        }
    }
}

impl Step {
    /// Changes the policies that are given with the step, each where it stands.
    pub(crate) fn change_policies(&mut self, change: &mut impl FnMut(&mut Arc<Policy>)) {
        match self {
            Self::Call(call) => call.policies.change(change),
            Self::AssumeRole(assume) => {
                assume.session.change(change);
                let levels = assume.rcp.iter_mut().flatten().flatten();
                let trust = assume.trust.iter_mut().flatten();
                trust.chain(levels).chain(&mut assume.vpce).for_each(change);
            }
        }
    }
}

/// A call of `AssumeRole`, or one of its kin.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    /// `sts:AssumeRole`, `sts:AssumeRoleWithSAML` or `sts:AssumeRoleWithWebIdentity`.
    pub action: Action,
    /// The role.
    pub role: Role,
    /// The provider that vouches for the caller of the latter two (ROLE-16).
    pub federated: Option<String>,
    /// The role's trust policy; `None` is "not given".
    pub trust: Option<Vec<Arc<Policy>>>,
    /// What binds the session: its permissions, boundary, session policies and SCPs (ROLE-2, ROLE-8).
    pub session: PolicySet,
    /// RCPs on the role's account: they bind the call.
    pub rcp: Option<Vec<Vec<Arc<Policy>>>>,
    /// The policy of the VPC endpoint that the call goes through.
    pub vpce: Option<Arc<Policy>>,
    /// The role's tags, if they are known.
    pub role_tags: Option<Vec<(String, String)>>,
    /// The external id that is passed.
    pub external_id: Option<String>,
    /// The name of the session.
    pub session_name: Option<String>,
    /// The session tags that are passed.
    pub tags: Vec<(String, String)>,
    /// Which of them go on to the next role.
    pub transitive_tag_keys: Vec<String>,
    /// The source identity that is passed.
    pub source_identity: Option<String>,
    /// Whether the call passes an MFA code.
    pub mfa: Option<bool>,
    /// More context of the call.
    pub context: Vec<(ConditionKey, Option<ContextValue>)>,
    /// The way of the call, if it is not the journey's.
    pub via: Option<Way>,
    /// The address of the call, if it is not the journey's.
    pub ip: Option<SourceIp>,
}

/// A call made with the session of the step before.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is called.
    pub action: Action,
    /// On what.
    pub resource: Option<ResourceText>,
    /// Whose the resource is.
    pub resource_account: Option<AccountId>,
    /// More context of the call.
    pub context: Vec<(ConditionKey, Option<ContextValue>)>,
    /// The way of the call, if it is not the journey's.
    pub via: Option<Way>,
    /// The address of the call, if it is not the journey's.
    pub ip: Option<SourceIp>,
    /// The resource's policy, RCPs on its account, and the endpoint's policy.
    pub policies: PolicySet,
}

/// The answer for a journey.
#[derive(Clone, Debug)]
pub struct Journey {
    /// The journey's label.
    pub name: Option<String>,
    /// The steps that were taken, the last one being the first that is not allowed.
    pub steps: Vec<Answer>,
    /// How many steps there were to take.
    pub planned: usize,
    /// What a reader could be misled by.
    pub notes: Vec<Note>,
}

impl Journey {
    /// The decision of the journey: that of its last step.
    pub fn decision(&self) -> Decision {
        self.steps
            .last()
            .map_or(Decision::Allowed, |answer| answer.decision)
    }
}

impl Scenario {
    /// Takes the steps of a journey until one is not allowed.
    ///
    /// # Errors
    /// If the scenario has no steps, or a step is no request that can be answered.
    pub fn journey(&self, now: Timestamp) -> Result<Journey> {
        let steps = self.checked_steps()?;
        let mut traveller = Traveller::new(self);
        let mut journey = Journey {
            name: self.name.clone(),
            steps: Vec::new(),
            planned: steps.len(),
            notes: Vec::new(),
        };
        for (index, step) in steps.iter().enumerate() {
            let calls = traveller.take(step, now);
            let calls = calls.map_err(|error| in_step(error, index))?;
            // All calls of a step must be allowed; the first that is not stands for it.
            let mut answer = None;
            for call in calls {
                let last = answer.insert(decide(call.request, &call.policies));
                if last.decision != Decision::Allowed {
                    break;
                }
            }
            journey.steps.extend(answer);
            if journey.decision() != Decision::Allowed {
                break;
            }
        }
        journey.notes = notes::of_journey(self, steps, &journey.steps);
        Ok(journey)
    }

    /// Every call of the scenario, in order: of a journey as if each one before it were allowed, else the one request.
    ///
    /// # Errors
    /// As [`Scenario::request`] and [`Scenario::journey`].
    pub(crate) fn calls(&self, now: Timestamp) -> Result<Vec<PreparedCall>> {
        if self.steps.is_none() {
            return Ok(vec![PreparedCall {
                request: self.request(now)?,
                policies: self.policies.clone(),
                step: 0,
            }]);
        }
        let mut traveller = Traveller::new(self);
        let mut calls = Vec::new();
        for (index, step) in self.checked_steps()?.iter().enumerate() {
            let taken = traveller.take(step, now);
            let taken = taken.map_err(|error| in_step(error, index))?;
            calls.extend(taken.into_iter().map(|call| PreparedCall {
                step: index,
                ..call
            }));
        }
        Ok(calls)
    }

    fn checked_steps(&self) -> Result<&[Step]> {
        let steps = self.steps.as_deref().filter(|steps| !steps.is_empty());
        let steps = steps.ok_or_else(|| Error::request("the journey has no steps"))?;
        if self.policies.resource.is_some() {
            return Err(Error::request(
                "a journey takes the policy of a resource in its step, not above the steps",
            )
            .help(
                "move `resource` into the step's `policies`, or `trust` into its `assume_role`",
            ));
        }
        Ok(steps)
    }
}

/// A call that is ready to be decided.
#[derive(Clone, Debug)]
pub(crate) struct PreparedCall {
    /// What is asked.
    pub(crate) request: Request,
    /// The policies that are held against it.
    pub(crate) policies: PolicySet,
    /// The step of the journey that it belongs to, from 0.
    pub(crate) step: usize,
}

fn in_step(error: Error, index: usize) -> Error {
    if error.place().is_some() {
        return error;
    }
    let mut told = Error::request(format!("step {}: {}", index + 1, error.message()));
    if let Some(help) = error.help_text() {
        told = told.help(help);
    }
    told
}

/// Who travels: the caller of the next step and what binds it.
struct Traveller<'a> {
    scenario: &'a Scenario,
    /// The caller, its policies and its context, without the step's own.
    state: Scenario,
    inherited: Inherited,
}

/// What goes on from session to session (ROLE-14, ROLE-20).
#[derive(Clone, Debug, Default)]
struct Inherited {
    tags: Vec<(String, String)>,
    source_identity: Option<String>,
}

impl<'a> Traveller<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        Self {
            scenario,
            state: scenario.clone(),
            inherited: Inherited::default(),
        }
    }

    /// The calls of one step; after it the traveller is whom the step makes of it.
    fn take(&mut self, step: &Step, now: Timestamp) -> Result<Vec<PreparedCall>> {
        match step {
            Step::AssumeRole(assume) => self.assume(assume, now),
            Step::Call(call) => Ok(vec![self.call(call, now)?]),
        }
    }

    fn call(&self, call: &Call, now: Timestamp) -> Result<PreparedCall> {
        let mut scenario = self.step(&call.context, call.via.as_ref(), call.ip);
        scenario.action = Some(call.action.clone());
        scenario.resource.clone_from(&call.resource);
        scenario.resource_account = call.resource_account;
        scenario
            .policies
            .resource
            .clone_from(&call.policies.resource);
        if call.policies.rcp.is_some() {
            scenario.policies.rcp.clone_from(&call.policies.rcp);
        }
        if call.policies.vpce.is_some() {
            scenario.policies.vpce.clone_from(&call.policies.vpce);
        }
        self.prepare(scenario, now)
    }

    fn assume(&mut self, assume: &AssumeRole, now: Timestamp) -> Result<Vec<PreparedCall>> {
        let mut scenario = self.step(&assume.context, assume.via.as_ref(), assume.ip);
        scenario.action = Some(assume.action.clone());
        scenario.resource = Some(ResourceText::Arn(assume.role.arn.clone()));
        scenario.resource_account = None;
        scenario.policies.resource.clone_from(&assume.trust);
        if assume.rcp.is_some() {
            scenario.policies.rcp.clone_from(&assume.rcp);
        }
        if assume.vpce.is_some() {
            scenario.policies.vpce.clone_from(&assume.vpce);
        }
        if let Some(provider) = &assume.federated {
            scenario.principal = Some(Caller::Federated(provider.clone()));
        }
        let tags = self.passed_tags(assume);
        let source_identity = assume
            .source_identity
            .clone()
            .or_else(|| self.inherited.source_identity.clone());
        parameters(&mut scenario, assume, &tags, source_identity.as_deref());
        let mut calls = vec![self.prepare(scenario.clone(), now)?];
        // The whole call fails unless these are allowed as well (ROLE-14).
        let also = [
            (!tags.is_empty(), "sts:TagSession"),
            (source_identity.is_some(), "sts:SetSourceIdentity"),
        ];
        for (_, action) in also.into_iter().filter(|(needed, _)| *needed) {
            scenario.action = Some(action.parse()?);
            calls.push(self.prepare(scenario.clone(), now)?);
        }
        self.become_session(assume, &tags, source_identity, now);
        Ok(calls)
    }

    /// The tags of the call: those passed, over those inherited.
    fn passed_tags(&self, assume: &AssumeRole) -> Vec<(String, String)> {
        let mut tags = assume.tags.clone();
        let passed = |key: &str| {
            assume
                .tags
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(key))
        };
        tags.extend(
            self.inherited
                .tags
                .iter()
                .filter(|(key, _)| !passed(key))
                .cloned(),
        );
        tags
    }

    fn step(
        &self,
        context: &[(ConditionKey, Option<ContextValue>)],
        via: Option<&Way>,
        ip: Option<SourceIp>,
    ) -> Scenario {
        let mut scenario = self.state.clone();
        scenario.steps = None;
        for (key, value) in context {
            set(&mut scenario.context, key.as_str(), value.clone());
        }
        let own_address = context.iter().any(|(key, _)| key.lower() == "aws:sourceip");
        scenario.ip = ip.or(if own_address { None } else { self.scenario.ip });
        if via.is_some() {
            scenario.via = via.cloned();
        }
        scenario
    }

    fn prepare(&self, scenario: Scenario, now: Timestamp) -> Result<PreparedCall> {
        let mut request = scenario.request(now)?;
        if !matches!(
            self.state.principal,
            None | Some(Caller::User { .. } | Caller::Root { .. })
        ) {
            let text = "a session of an assumed role carries no MFA keys";
            for key in ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"] {
                if self.inherited_session() && !has(&scenario.context, key) {
                    request.context.fill_absent(key);
                    request
                        .context
                        .assume(key, Assumption::new("ROLE-15", text));
                }
            }
        }
        Ok(PreparedCall {
            request,
            policies: scenario.policies,
            step: 0,
        })
    }

    /// Whether the caller is a session that this journey made.
    fn inherited_session(&self) -> bool {
        self.state.principal != self.scenario.principal
    }

    /// From here on the caller is the session; only what belongs to it counts (ROLE-5, ROLE-20).
    fn become_session(
        &mut self,
        assume: &AssumeRole,
        tags: &[(String, String)],
        source_identity: Option<String>,
        now: Timestamp,
    ) {
        let state = &mut self.state;
        let caller = state.principal.as_ref().and_then(Caller::account);
        state.principal = Some(Caller::RoleSession {
            role: assume.role.clone(),
            session: assume.session_name.clone(),
        });
        let network = (state.policies.rcp.clone(), state.policies.vpce.clone());
        // The SCPs of an account bind all its principals, so also a session of a role in it (EVAL-7).
        let same_account = caller == Some(assume.role.account);
        let scp = state.policies.scp.take().filter(|_| same_account);
        state.policies = assume.session.clone();
        state.policies.scp = state.policies.scp.take().or(scp);
        (state.policies.rcp, state.policies.vpce) = network;
        state.context.retain(|(key, _)| outlives_session(key));
        let issued = state.at.unwrap_or(now).to_string();
        set(
            &mut state.context,
            "aws:TokenIssueTime",
            Some(ContextValue::One(issued)),
        );
        if let Some(identity) = &source_identity {
            set(
                &mut state.context,
                "aws:SourceIdentity",
                Some(ContextValue::One(identity.clone())),
            );
        }
        let role_tags = assume.role_tags.as_deref().unwrap_or_default();
        for (key, value) in role_tags.iter().chain(tags) {
            set(
                &mut state.context,
                &format!("aws:PrincipalTag/{key}"),
                Some(ContextValue::One(value.clone())),
            );
        }
        if assume.role_tags.is_some() {
            no_other_tags(state);
        }
        let transitive = |key: &str| {
            let inherited = self
                .inherited
                .tags
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(key));
            inherited
                || assume
                    .transitive_tag_keys
                    .iter()
                    .any(|other| other.eq_ignore_ascii_case(key))
        };
        let tags = tags
            .iter()
            .filter(|(key, _)| transitive(key))
            .cloned()
            .collect();
        self.inherited = Inherited {
            tags,
            source_identity,
        };
    }
}

/// The role's tags are known, so a tag that policies ask for and that is not among them is absent.
fn no_other_tags(state: &mut Scenario) {
    let asked: Vec<ConditionKey> = state
        .policies
        .all()
        .flat_map(|(_, _, policy)| {
            policy
                .statements
                .iter()
                .flat_map(|statement| statement.keys().cloned())
                .collect::<Vec<_>>()
        })
        .filter(|key| key.lower().starts_with("aws:principaltag/"))
        .collect();
    for key in asked {
        if !has(&state.context, key.as_str()) {
            set(&mut state.context, key.as_str(), None);
        }
    }
}

/// The context keys that the parameters of the call become (ROLE-13, ROLE-15, ROLE-34).
fn parameters(
    scenario: &mut Scenario,
    assume: &AssumeRole,
    tags: &[(String, String)],
    source_identity: Option<&str>,
) {
    let context = &mut scenario.context;
    let one = |value: &str| Some(ContextValue::One(value.to_owned()));
    let list = |values: Vec<String>| Some(ContextValue::List(values));
    let mut give = |key: &str, value: Option<ContextValue>| {
        if !has(context, key) {
            set(context, key, value);
        }
    };
    if let Some(id) = &assume.external_id {
        give("sts:ExternalId", one(id));
    }
    if let Some(name) = &assume.session_name {
        give("sts:RoleSessionName", one(name));
    }
    if let Some(identity) = source_identity {
        give("sts:SourceIdentity", one(identity));
    }
    for (key, value) in tags {
        give(&format!("aws:RequestTag/{key}"), one(value));
    }
    give(
        "aws:TagKeys",
        list(tags.iter().map(|(key, _)| key.clone()).collect()),
    );
    give(
        "sts:TransitiveTagKeys",
        list(assume.transitive_tag_keys.clone()),
    );
    for (key, value) in assume.role_tags.iter().flatten() {
        give(&format!("aws:ResourceTag/{key}"), one(value));
        give(&format!("iam:ResourceTag/{key}"), one(value));
    }
    if assume.mfa == Some(true) {
        if !has(context, "aws:MultiFactorAuthAge") {
            set(context, "aws:MultiFactorAuthAge", one("0"));
        }
        set(context, "aws:MultiFactorAuthPresent", one("true"));
    }
}

/// Keys of the network and the request, which stay when the credentials change, and the three of SAML that survive into
/// a chained session (ROLE-34). All others belong to the credentials: another session has others.
fn outlives_session(key: &ConditionKey) -> bool {
    let keys = [
        "aws:SourceIp",
        "aws:VpcSourceIp",
        "aws:ViaAWSService",
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:SecureTransport",
        "aws:UserAgent",
        "aws:referer",
        "aws:RequestedRegion",
        "saml:sub",
        "saml:sub_type",
        "saml:namequalifier",
    ];
    let prefixes = ["aws:sourcevpc", "aws:vpce", "aws:calledvia"];
    keys.iter().any(|name| key.is(name))
        || prefixes
            .iter()
            .any(|prefix| key.lower().starts_with(prefix))
}

fn has(context: &[(ConditionKey, Option<ContextValue>)], key: &str) -> bool {
    context
        .iter()
        .any(|(other, _)| other.as_str().eq_ignore_ascii_case(key))
}

fn set(
    context: &mut Vec<(ConditionKey, Option<ContextValue>)>,
    key: &str,
    value: Option<ContextValue>,
) {
    context.retain(|(other, _)| !other.as_str().eq_ignore_ascii_case(key));
    context.push((ConditionKey::new(key), value));
}
