//! A scenario: what is said about one request, or a journey of them, with all its policies.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;

use super::caller::Caller;
use super::context::{Assumption, Context, ContextValue, Missing};
use super::decision::{Answer, decide};
use super::defaults;
use super::journey::Step;
use super::keys::{self, SOURCE_IP, VPC_SOURCE_IP};
use super::request::{Layer, PolicySet, Request, Resource};
use super::way::{self, FasIp, SourceIp, Way};
use crate::error::{Error, Result};
use crate::net::parse_address;
use crate::policy::{AccountId, Action, Arn, ConditionKey, Effect, Policy, Who};

/// One request, as far as it was described, with its policies. Every command that decides a request fills one of these.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// A label, copied to the result.
    pub name: Option<String>,
    /// Who calls; `None` is an unnamed IAM principal.
    pub principal: Option<Caller>,
    /// What is called.
    pub action: Option<Action>,
    /// On what: an ARN or `*`.
    pub resource: Option<ResourceText>,
    /// Whose the resource is.
    pub resource_account: Option<AccountId>,
    /// Whose the resource is, where neither its ARN nor `resource_account` says.
    pub default_account: Option<AccountId>,
    /// The organization's management account.
    pub management_account: Option<AccountId>,
    /// Context keys; `None` is known absent.
    pub context: Vec<(ConditionKey, Option<ContextValue>)>,
    /// The address of the request, where it is not in the context.
    pub ip: Option<SourceIp>,
    /// The address is the one inside of a VPC, `aws:VpcSourceIp`, where it is every address or none (KEY-3).
    pub inside_vpc: bool,
    /// What was taken to be so when the scenario was read.
    pub assumptions: Vec<Assumption>,
    /// The way of the request.
    pub via: Option<Way>,
    /// The address of a forward access session.
    pub fas_ip: FasIp,
    /// When the request is made.
    pub at: Option<Timestamp>,
    /// What a key that is not in the context means.
    pub missing: Missing,
    /// Leave out the keys that AWS sets on every request: the context is all there is.
    pub bare: bool,
    /// Keys that are not filled in: the scenario stands for requests that differ in them.
    pub open: Vec<&'static str>,
    /// The policies.
    pub policies: PolicySet,
    /// The steps of a journey.
    pub steps: Option<Vec<Step>>,
}

/// The resource of a request, checked. No text means the unknown one: leaving a resource out asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceText {
    /// `*`
    All,
    /// An ARN.
    Arn(Arn),
    /// Something that is not known: what policies say of one resource and not of another, the decision depends on.
    Unknown,
}

impl FromStr for ResourceText {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "*" {
            Ok(Self::All)
        } else {
            text.parse().map(Self::Arn)
        }
    }
}

impl Scenario {
    /// All its policies: of the request, and of the steps.
    pub fn all_policies(&self) -> Vec<(Layer, &Arc<Policy>)> {
        let mut all: Vec<(Layer, &Arc<Policy>)> = self
            .policies
            .all()
            .map(|(layer, _, policy)| (layer, policy))
            .collect();
        for step in self.steps.iter().flatten() {
            all.extend(step.policies());
        }
        all
    }

    /// Changes all its policies, each where it stands.
    pub(crate) fn change_policies(&mut self, mut change: impl FnMut(&mut Arc<Policy>)) {
        self.policies.change(&mut change);
        for step in self.steps.iter_mut().flatten() {
            step.change_policies(&mut change);
        }
    }

    /// Decides the request. `now` stands in where the scenario gives no time.
    ///
    /// # Errors
    /// As [`Scenario::request`].
    pub fn decide(&self, now: Timestamp) -> Result<Answer> {
        Ok(decide(self.request(now)?, &self.policies))
    }

    /// The request that the scenario describes. `now` stands in where the scenario gives no time.
    ///
    /// # Errors
    /// If there is no action; if the resource has to be said and is not (the error lists the patterns to choose from);
    /// if accounts or addresses contradict each other.
    pub fn request(&self, now: Timestamp) -> Result<Request> {
        let action = self.action.clone().ok_or_else(|| {
            Error::request("the request has no action")
                .help("say what is called, for example --action s3:GetObject")
        })?;
        let resource = match &self.resource {
            Some(ResourceText::All) => Resource::All,
            Some(ResourceText::Arn(arn)) => Resource::Arn(arn.clone()),
            Some(ResourceText::Unknown) => Resource::Unknown,
            None => self.unstated_resource(&action)?,
        };
        let mut assumptions = self.assumptions.clone();
        let caller_account = self.principal.as_ref().and_then(Caller::account);
        let resource_account = self.account_of(&resource, caller_account, &mut assumptions)?;
        let caller = match &self.principal {
            Some(caller) => caller.clone(),
            None => Caller::Unnamed(resource_account.or_else(|| self.only_account())),
        };
        let context = self.context(&mut assumptions)?;
        let mut request = Request {
            caller,
            action,
            resource,
            resource_account,
            management_account: self.management_account,
            context,
            assumptions,
        };
        if !self.bare {
            self.fill(&mut request, now)?;
        }
        Ok(request)
    }

    fn fill(&self, request: &mut Request, now: Timestamp) -> Result<()> {
        let Request {
            context, caller, ..
        } = request;
        let both = [SOURCE_IP, VPC_SOURCE_IP]
            .iter()
            .all(|key| context.text(key).is_some());
        if both {
            return Err(Error::request(
                "aws:SourceIp and aws:VpcSourceIp are both given, and no request carries both",
            )
            .by("KEY-4")
            .help("leave one out, or say \"defaults\": false"));
        }
        let implied = way::implied(context, caller, self.policies.vpce.is_some(), self.ip);
        let taken = self.via.clone().or(implied);
        request
            .assumptions
            .extend(self.doubt_way(taken.as_ref(), context, caller));
        way::fill(context, caller, taken.as_ref(), self.ip, self.fas_ip);
        defaults::fill(request, self.at.unwrap_or(now));
        Ok(())
    }

    /// What is odd about the way of the request and the address that was given with it.
    fn doubt_way(
        &self,
        way: Option<&Way>,
        context: &Context,
        caller: &Caller,
    ) -> Option<Assumption> {
        let given = context.text(SOURCE_IP).is_some();
        match (way?, self.ip) {
            (Way::Vpce { .. } | Way::Aws, Some(SourceIp::From(address))) => {
                let text = format!(
                    "the address {address} is not in the request: by this way it carries no aws:SourceIp"
                );
                Some(Assumption::new("KEY-2", text))
            }
            (Way::Vpce { .. } | Way::Aws, Some(SourceIp::Every)) if !self.inside_vpc => {
                let text = "by this way no request carries aws:SourceIp, so the answer is the same for every address";
                Some(Assumption::new("KEY-2", text))
            }
            (Way::Vpce { .. }, None) if given => {
                let text = "aws:SourceIp is in the request, though through a VPC endpoint of one's own it would not be";
                Some(Assumption::new("KEY-2", text))
            }
            (Way::Aws, _) if caller.has_identity() => {
                let text = format!(
                    "{} calls, though by this way an AWS service would",
                    caller.title()
                );
                Some(Assumption::new("EVAL-17", text))
            }
            (Way::ServiceRole, _) if self.policies.identity.is_some() => {
                let text =
                    "the role that the service uses has the identity policies that are given";
                Some(Assumption::new("IP-34", text))
            }
            _ => None,
        }
    }

    fn context(&self, assumptions: &mut Vec<Assumption>) -> Result<Context> {
        let mut context = Context::new(self.missing);
        for (key, value) in &self.context {
            if self.ip.is_some() && key.is(SOURCE_IP) {
                continue;
            }
            match value {
                Some(value) => {
                    context.set(key.as_str(), canonical_address(key, value, assumptions)?);
                }
                None => context.set_absent(key.as_str()),
            }
        }
        for key in &self.open {
            context.leave_open(key);
        }
        match self.ip.filter(|_| self.inside_vpc) {
            Some(SourceIp::Every) => context.fill_every(VPC_SOURCE_IP),
            Some(SourceIp::Absent) => context.fill_absent(VPC_SOURCE_IP),
            Some(SourceIp::From(_)) | None => {}
        }
        if self.bare {
            match self.ip {
                Some(SourceIp::From(address)) => context.fill(SOURCE_IP, address.to_string()),
                Some(SourceIp::Absent) => context.fill_absent(SOURCE_IP),
                Some(SourceIp::Every) => context.fill_every(SOURCE_IP),
                None => {}
            }
        }
        Ok(context)
    }

    /// The account in the ARN, else the field, else the default, else the caller's own (EVAL-35).
    fn account_of(
        &self,
        resource: &Resource,
        caller: Option<AccountId>,
        assumptions: &mut Vec<Assumption>,
    ) -> Result<Option<AccountId>> {
        let arn = match resource {
            Resource::Arn(arn) => Some(arn),
            Resource::All | Resource::Unknown | Resource::Unstated => None,
        };
        let named = arn.and_then(Arn::account);
        let default = self.default_account.filter(|_| named.is_none());
        match (named, self.resource_account.or(default), caller) {
            (Some(named), Some(said), _) if named != said => Err(Error::request(format!(
                "the resource is in account {named}, not in {said}"
            ))
            .help("drop the resource account, or correct the ARN")),
            (Some(account), ..) | (None, Some(account), _) => Ok(Some(account)),
            (None, None, Some(caller)) => {
                if let Some(arn) = arn {
                    let text = format!("{arn} belongs to the caller's account {caller}");
                    assumptions.push(Assumption::new("EVAL-35", text));
                }
                Ok(Some(caller))
            }
            (None, None, None) => Ok(None),
        }
    }

    /// The account of an unnamed caller: the only one that the policies allow something. Whom they deny says nothing.
    fn only_account(&self) -> Option<AccountId> {
        let mut named = BTreeSet::new();
        for (_, _, policy) in self.policies.all() {
            for element in policy
                .statements
                .iter()
                .filter(|statement| statement.effect == Effect::Allow)
                .filter_map(|statement| statement.principal.as_ref())
            {
                named.extend(element.entries.iter().filter_map(|who| match who {
                    Who::Account { account, .. } => Some(*account),
                    _ => None,
                }));
            }
        }
        named.first().copied().filter(|_| named.len() == 1)
    }

    /// Without a resource, every statement about the action must be about `*`.
    fn unstated_resource(&self, action: &Action) -> Result<Resource> {
        let mut patterns: Vec<String> = Vec::new();
        for (_, _, policy) in self.policies.all() {
            for statement in policy
                .statements
                .iter()
                .filter(|statement| statement.action.matches(action).0)
            {
                let Some(element) = &statement.resource else {
                    continue;
                };
                if !element.negated && element.patterns.iter().any(|entry| &*entry.text == "*") {
                    continue;
                }
                let not = if element.negated { "not " } else { "" };
                patterns.extend(
                    element
                        .patterns
                        .iter()
                        .map(|entry| format!("{not}{}", entry.text)),
                );
            }
        }
        patterns.sort_unstable();
        patterns.dedup();
        if patterns.is_empty() {
            return Ok(Resource::Unstated);
        }
        let more = patterns.len().saturating_sub(12);
        patterns.truncate(12);
        let more = if more > 0 {
            format!("\n  … {more} more")
        } else {
            String::new()
        };
        Err(Error::request(format!(
            "which resource? the policies speak of {action} on these:\n  {}{more}",
            patterns.join("\n  ")
        ))
        .help("say which one with --resource ARN (\"resource\" in a scenario)"))
    }
}

/// Addresses in the context must be addresses; they are kept in canonical text (IP-8, IP-12).
pub(crate) fn canonical_address(
    key: &ConditionKey,
    value: &ContextValue,
    assumptions: &mut Vec<Assumption>,
) -> Result<ContextValue> {
    if !keys::is_address(key) {
        return Ok(value.clone());
    }
    let mut canonical = |text: &String| -> Result<String> {
        if text.is_empty() {
            return Ok(String::new());
        }
        let (address, mapped) = parse_address(text).ok_or_else(|| way::not_an_address(text))?;
        if mapped {
            assumptions.push(way::read_as(text, address));
        }
        Ok(address.to_string())
    };
    match value {
        ContextValue::One(text) => canonical(text).map(ContextValue::One),
        ContextValue::List(list) => list
            .iter()
            .map(canonical)
            .collect::<Result<_>>()
            .map(ContextValue::List),
    }
}
