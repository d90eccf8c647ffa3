//! Requests that tell whether a guard does what was asked: from everywhere and by every way, with what should become of them.

use std::sync::Arc;

use super::template::{action_patterns, resource_patterns};
use super::wanted::{ActionPattern, Kind, RolePattern, Wanted};
use crate::error::Result;
use crate::eval::{Caller, ContextValue, FasIp, PolicySet, ResourceText, Role, Scenario, Way};
use crate::net::AddressSet;
use crate::policy::{Action, Arn, ConditionKey, Policy, PolicyKind};

/// The account of callers and resources, AWS's own example.
const HOME: &str = "111122223333";
const ELSEWHERE: &str = "444455556666";

/// Requests that differ in their address only, and from where they should be allowed.
#[derive(Debug)]
pub(super) struct Probe {
    /// What they are, for people.
    pub(super) title: String,
    /// The requests.
    pub(super) scenario: Scenario,
    /// From where they should be allowed.
    pub(super) expected: AddressSet,
}

/// What the requests of a guard are made of.
struct Prober<'a> {
    wanted: &'a Wanted,
    policies: PolicySet,
    action: Action,
    resource: ResourceText,
    probes: Vec<Probe>,
}

/// All probes of a guard, whose other policies allow everything.
pub(super) fn probes(wanted: &Wanted, guard: Arc<Policy>) -> Result<Vec<Probe>> {
    let mut actions = Vec::new();
    for pattern in action_patterns(wanted) {
        actions.push(action_in(pattern.as_str())?);
    }
    let mut resources = Vec::new();
    for pattern in resource_patterns(wanted) {
        resources.push(resource_in(pattern.as_str())?);
    }
    if resources.is_empty() {
        resources.push(format!("arn:aws:iam::{HOME}:role/guarded").parse()?);
    }
    // Unsigned calls take ways of their own; the other probes ask about one that is signed, where there is one.
    let signed = actions.iter().find(|action| !action.is_federated());
    let Some((first, resource)) = signed.or(actions.first()).zip(resources.first()) else {
        return Ok(Vec::new());
    };
    let mut prober = Prober {
        wanted,
        policies: around(wanted.kind, guard)?,
        action: first.clone(),
        resource: resource.clone(),
        probes: Vec::new(),
    };
    prober.every_part(&actions, &resources)?;
    prober.by_endpoints()?;
    if prober.action.is_federated() {
        return Ok(prober.probes);
    }
    prober.by_services()?;
    prober.by_roles()?;
    Ok(prober.probes)
}

impl Prober<'_> {
    /// Each action and each resource that is guarded, and an action that is not, by an ordinary caller.
    fn every_part(&mut self, actions: &[Action], resources: &[ResourceText]) -> Result<()> {
        let allow = self.wanted.allow.clone();
        for action in actions {
            let mut scenario = self.scenario(ordinary(action)?);
            scenario.action = Some(action.clone());
            self.add(format!("calls of {action}"), scenario, allow.clone());
        }
        for resource in resources {
            let mut scenario = self.scenario(ordinary(&self.action)?);
            scenario.resource = Some(resource.clone());
            let title = match resource {
                ResourceText::Arn(arn) => format!("calls on {arn}"),
                ResourceText::All | ResourceText::Unknown => "calls on no resource".to_owned(),
            };
            self.add(title, scenario, allow.clone());
        }
        if self.wanted.kind == Kind::Bucket {
            self.add(
                "unsigned calls".to_owned(),
                self.scenario(Caller::Anonymous),
                allow,
            );
        }
        let names_it = |pattern: &ActionPattern| {
            let pattern = pattern.as_str().to_ascii_lowercase();
            matches(
                pattern.as_bytes(),
                UNGUARDED.to_ascii_lowercase().as_bytes(),
            )
        };
        if !action_patterns(self.wanted).iter().any(names_it) {
            let action = UNGUARDED.parse()?;
            let mut scenario = self.scenario(ordinary(&action)?);
            scenario.action = Some(action);
            let title = "calls of an action that is not guarded".to_owned();
            self.add(title, scenario, AddressSet::all());
        }
        Ok(())
    }

    fn by_endpoints(&mut self) -> Result<()> {
        if self.wanted.kind == Kind::Vpce {
            return Ok(());
        }
        let named = self.wanted.endpoints.iter().map(ToString::to_string);
        let named: Vec<String> = named.collect();
        let mut other = "vpce-0".to_owned();
        while named.contains(&other) {
            other.push('0');
        }
        for id in &named {
            self.through(format!("calls through {id}"), id, AddressSet::all())?;
        }
        let expected = self.without_address();
        self.through(
            "calls through another VPC endpoint".to_owned(),
            &other,
            expected,
        )
    }

    fn through(&mut self, title: String, id: &str, expected: AddressSet) -> Result<()> {
        let mut scenario = self.scenario(ordinary(&self.action)?);
        scenario.via = Some(Way::Vpce {
            endpoint: Some(id.to_owned()),
            vpc: None,
            address: None,
        });
        self.add(title, scenario, expected);
        Ok(())
    }

    fn by_services(&mut self) -> Result<()> {
        let (kind, exempt) = (self.wanted.kind, &self.wanted.exempt);
        let (services, forward_access) = (exempt.services, exempt.forward_access);
        let or_all = |exempt: bool, set: AddressSet| if exempt { AddressSet::all() } else { set };
        if kind.sees_forward_access() {
            for (fas_ip, set) in [
                (FasIp::Same, self.wanted.allow.clone()),
                (FasIp::Absent, self.without_address()),
            ] {
                let mut scenario = self.scenario(ordinary(&self.action)?);
                scenario.via = Some(Way::Service("athena.amazonaws.com".to_owned()));
                scenario.fas_ip = fas_ip;
                let title = "calls by an AWS service on behalf of the caller".to_owned();
                self.add(title, scenario, or_all(forward_access, set));
            }
        }
        if kind.binds_services() {
            let mut scenario = self.scenario(Caller::parse("cloudtrail.amazonaws.com")?);
            scenario.via = Some(Way::Aws);
            // The key is on every request (KEY-7), and a service is no role.
            let direct = Some(ContextValue::One("false".to_owned()));
            scenario.context = vec![
                (ConditionKey::new("aws:ViaAWSService"), direct),
                (ConditionKey::new("aws:PrincipalArn"), None),
            ];
            let expected = or_all(services, self.without_address());
            self.add(
                "calls by an AWS service itself".to_owned(),
                scenario,
                expected,
            );
        }
        Ok(())
    }

    /// Roles that are exempt, and roles that are nearly so.
    fn by_roles(&mut self) -> Result<()> {
        let patterns = self.wanted.exempt.roles.clone();
        let mut roles = vec![role("aws", HOME, "guarded-against")?];
        for pattern in &patterns {
            let name = instance(pattern.name(), "probe");
            let account = pattern
                .account()
                .map_or(HOME.to_owned(), |id| id.to_string());
            let other = if account == HOME { ELSEWHERE } else { HOME };
            let partition = pattern.partition();
            roles.push(role(partition, &account, &name)?);
            roles.push(role(partition, other, &name)?);
            roles.push(role(partition, &account, &format!("x{name}"))?);
            roles.push(role(partition, &account, &format!("{name}x"))?);
        }
        for role in roles {
            // No SCP binds these (EVAL-8).
            if self.wanted.kind == Kind::Scp && role.is_service_linked() {
                continue;
            }
            let exempt = patterns.iter().any(|pattern| is_of(&role, pattern));
            let expected = if exempt {
                AddressSet::all()
            } else {
                self.wanted.allow.clone()
            };
            let title = format!("calls by {}", role.arn);
            let session = Some("probe".to_owned());
            let scenario = self.scenario(Caller::RoleSession { role, session });
            self.add(title, scenario, expected);
        }
        Ok(())
    }

    /// A call by the way that requests of the kind take as a rule.
    fn scenario(&self, caller: Caller) -> Scenario {
        let at_endpoint = self.wanted.kind == Kind::Vpce;
        let way = if at_endpoint {
            Way::Vpce {
                endpoint: None,
                vpc: None,
                address: None,
            }
        } else {
            Way::Internet
        };
        Scenario {
            principal: Some(caller),
            action: Some(self.action.clone()),
            resource: Some(self.resource.clone()),
            default_account: HOME.parse().ok(),
            via: Some(way),
            inside_vpc: at_endpoint,
            policies: self.policies.clone(),
            ..Scenario::default()
        }
    }

    /// From where requests that carry no address should be allowed: from everywhere or nowhere.
    fn without_address(&self) -> AddressSet {
        if self.wanted.allow.has_none() {
            AddressSet::all()
        } else {
            AddressSet::default()
        }
    }

    fn add(&mut self, title: String, scenario: Scenario, expected: AddressSet) {
        self.probes.push(Probe {
            title,
            scenario,
            expected,
        });
    }
}

/// An action of no service.
const UNGUARDED: &str = "unguarded:Probe";

/// Whoever may do it: of calls that are not signed, someone whom a provider vouches for (ROLE-16).
fn ordinary(action: &Action) -> Result<Caller> {
    if action.is_federated() {
        let provider = format!("arn:aws:iam::{HOME}:saml-provider/probe");
        return Ok(Caller::Federated(provider));
    }
    Caller::parse(&format!("arn:aws:iam::{HOME}:user/probe"))
}

fn role(partition: &str, account: &str, name: &str) -> Result<Role> {
    let arn: Arn = format!("arn:{partition}:iam::{account}:role/{name}").parse()?;
    Role::from_arn(&arn)
}

/// Whether a pattern names the role, by its parts (OP-8).
fn is_of(role: &Role, pattern: &RolePattern) -> bool {
    let name = role.arn.resource().strip_prefix("role/");
    role.arn.partition() == pattern.partition()
        && pattern
            .account()
            .is_none_or(|account| account == role.account)
        && name.is_some_and(|name| matches(pattern.name().as_bytes(), name.as_bytes()))
}

/// `*` is any run of characters, `?` one. What follows the last `*` is tried at each place in turn.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((after, tried)) => {
                    star = Some((after, tried + 1));
                    (at, from) = (after + 1, tried + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

fn action_in(pattern: &str) -> Result<Action> {
    if pattern == "*" {
        return UNGUARDED.parse();
    }
    instance(pattern, "Probe").parse()
}

fn resource_in(pattern: &str) -> Result<ResourceText> {
    if pattern == "*" {
        return Ok(ResourceText::All);
    }
    instance(pattern, "probe").parse()
}

/// A text that the pattern matches.
fn instance(pattern: &str, run: &str) -> String {
    pattern.replace('*', run).replace('?', "x")
}

/// The guard where it belongs, among policies that allow everything.
fn around(kind: Kind, guard: Arc<Policy>) -> Result<PolicySet> {
    let own = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let whose = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    let trust = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*"}}"#;
    let parse = |text, kind| Policy::from_json("allow", text, kind).map(Arc::new);
    let own = parse(own, PolicyKind::Identity)?;
    let resource = match kind {
        Kind::Trust => parse(trust, PolicyKind::Trust)?,
        _ => parse(whose, PolicyKind::Resource)?,
    };
    let mut policies = PolicySet {
        identity: Some(vec![own]),
        resource: Some(vec![resource]),
        ..PolicySet::default()
    };
    match kind {
        Kind::Bucket | Kind::Trust => policies
            .resource
            .iter_mut()
            .for_each(|all| all.push(Arc::clone(&guard))),
        Kind::Identity => policies
            .identity
            .iter_mut()
            .for_each(|all| all.push(Arc::clone(&guard))),
        Kind::Scp => {
            let full = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
            policies.scp = Some(vec![vec![parse(full, PolicyKind::Scp)?, guard]]);
        }
        Kind::Vpce => policies.vpce = Some(guard),
    }
    Ok(policies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        let table = [
            ("ci", "ci", true),
            ("ci", "cix", false),
            ("*", "", true),
            ("team/*/ci-?", "team/a/b/ci-1", true),
            ("team/*/ci-?", "team/a/b/ci-", false),
            ("*a*b", "xaxbxb", true),
            ("*a*b", "xbxa", false),
        ];
        for (pattern, text, expected) in table {
            let found = matches(pattern.as_bytes(), text.as_bytes());
            assert_eq!(found, expected, "{pattern} {text}");
        }
    }
}
