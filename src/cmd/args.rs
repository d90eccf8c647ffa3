//! The flags that describe a request and its policies, and how they fill a scenario.

use std::path::Path;

use clap::Args;

use super::account::warn_unreached;
use super::output::Console;
use super::policies::PolicyArgs;
use crate::ask::batch::Meaning;
use crate::ask::groups::Wanted;
use crate::error::{Error, Result};
use crate::eval::{Caller, ContextValue, Layer, ResourceText, SOURCE_IP, Scenario, SourceIp};
use crate::input::{self, Account, Config, NamedSet, Simulation};
use crate::policy::{Action, ConditionKey};
use crate::report::escape;

/// What the request is, and from where.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    #[command(flatten)]
    call: CallArgs,
    /// From which address; `none` for a request that carries none; a block, `@SET` or `@file:PATH`; repeat it for several
    #[arg(long, value_name = "IP")]
    pub(crate) ip: Vec<String>,
}

/// What the request is, wherever it comes from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Request")]
pub(crate) struct CallArgs {
    /// Who calls: the ARN of a user, role, session or root; a service; `anonymous`
    #[arg(long, value_name = "ARN")]
    principal: Option<String>,
    /// What is called; repeat it for several
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Vec<String>,
    /// On what; repeat it for several
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Vec<String>,
    #[command(flatten)]
    pub(crate) facts: FactArgs,
    /// Whose the resource is, where its ARN does not say
    #[arg(long, value_name = "ACCOUNT")]
    resource_account: Option<String>,
}

/// What else is known about a request.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Request")]
pub(crate) struct FactArgs {
    #[command(flatten)]
    known: KnownArgs,
    /// How the request came: internet, vpce[=ID][,vpc=ID][,ip=IP], service=NAME, service-role, aws
    #[arg(long, value_name = "WAY")]
    pub(crate) via: Option<String>,
    /// The address of a service that calls for the caller: the same as the caller's, or none [default: same]
    #[arg(long, value_name = "WHICH", value_parser = ["same", "absent"])]
    fas_ip: Option<String>,
    /// When the request is made [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

/// What is known of requests whatever way they came.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Request")]
pub(crate) struct KnownArgs {
    /// A condition key of the request; repeat it for several
    #[arg(long, value_name = "KEY=VALUE[,VALUE]")]
    context: Vec<String>,
    /// A condition key that the request does not carry; repeat it for several
    #[arg(long, value_name = "KEY")]
    absent: Vec<String>,
    /// What a key means that was not given [default: unknown]
    #[arg(long, value_name = "MEANING", value_parser = ["unknown", "absent"])]
    missing: Option<String>,
    /// The organization's management account
    #[arg(long, value_name = "ACCOUNT")]
    management_account: Option<String>,
}

impl CallArgs {
    /// Puts the flags over a scenario, but for those that may repeat.
    pub(crate) fn apply(&self, scenario: &mut Scenario) -> Result<()> {
        self.apply_in(&Account::default(), scenario)
    }

    /// Whether a flag says who calls.
    pub(crate) fn names_principal(&self) -> bool {
        self.principal.is_some()
    }

    /// Puts the flags over a scenario; the principal may be called as the account calls it.
    pub(crate) fn apply_in(&self, account: &Account, scenario: &mut Scenario) -> Result<()> {
        if let Some(principal) = &self.principal {
            let caller = account
                .arn_of(principal)
                .and_then(|arn| Caller::parse(&arn));
            scenario.principal = Some(caller.map_err(|error| in_flag("--principal", &error))?);
        }
        if let Some(account) = &self.resource_account {
            scenario.resource_account = Some(
                account
                    .parse()
                    .map_err(|error| in_flag("--resource-account", &error))?,
            );
        }
        self.facts.apply(scenario)
    }

    /// Puts what an input of the simulator asks over a scenario.
    fn simulate(&self, asked: &Simulation, scenario: &mut Scenario) -> Result<()> {
        let one = |count: usize, flag: &str, named: &[String], what: &str| {
            if count > 1 && named.is_empty() {
                let text = format!("the input asks about {count} {what}");
                return Err(Error::request(text).help(format!("say which: {flag}")));
            }
            Ok(())
        };
        one(asked.actions.len(), "--action", &self.action, "actions")?;
        one(
            asked.resources.len(),
            "--resource",
            &self.resource,
            "resources",
        )?;
        scenario.action = asked.actions.first().cloned().or(scenario.action.take());
        scenario.resource = asked
            .resources
            .first()
            .cloned()
            .or(scenario.resource.take());
        scenario.principal = asked.principal.clone().or(scenario.principal.take());
        scenario.resource_account = asked.resource_account.or(scenario.resource_account);
        scenario.context.extend(asked.context.iter().cloned());
        Ok(())
    }

    /// The actions that were named.
    fn actions(&self) -> Result<Vec<Action>> {
        let parse = |text: &String| text.parse().map_err(|error| in_flag("--action", &error));
        self.action.iter().map(parse).collect()
    }

    /// The resources that were named.
    fn resources(&self) -> Result<Vec<ResourceText>> {
        let parse = |text: &String| text.parse().map_err(|error| in_flag("--resource", &error));
        self.resource.iter().map(parse).collect()
    }

    /// What the flags and the scenario say about the groups that a question is about.
    pub(crate) fn wanted(&self, scenario: &Scenario) -> Result<Wanted> {
        let (mut actions, mut resources) = (self.actions()?, self.resources()?);
        if actions.is_empty() {
            actions.extend(scenario.action.clone());
        }
        if resources.is_empty() {
            resources.extend(scenario.resource.clone());
        }
        Ok(Wanted {
            actions,
            resources,
            principal: false,
        })
    }

    /// What the flags say of every request: the flag, and what it says.
    pub(crate) fn constants(&self) -> Vec<(&'static str, Meaning)> {
        let named = [
            ("--principal", self.principal.is_some(), Meaning::Principal),
            ("--action", !self.action.is_empty(), Meaning::Action),
            ("--resource", !self.resource.is_empty(), Meaning::Resource),
            (
                "--resource-account",
                self.resource_account.is_some(),
                Meaning::ResourceAccount,
            ),
        ];
        let named = named.into_iter().filter(|(_, said, _)| *said);
        let mut all: Vec<_> = named.map(|(flag, _, meaning)| (flag, meaning)).collect();
        let keys = |flag, texts: &[String]| {
            let keys = texts
                .iter()
                .map(|text| text.split('=').next().unwrap_or_default());
            let meanings = keys.filter_map(Meaning::of);
            meanings.map(|meaning| (flag, meaning)).collect::<Vec<_>>()
        };
        all.extend(keys("--context", &self.facts.known.context));
        all.extend(keys("--absent", &self.facts.known.absent));
        all
    }

    /// One scenario for each action and resource that was named.
    pub(crate) fn each(&self, scenario: &Scenario) -> Result<Vec<Scenario>> {
        let mut all = vec![scenario.clone()];
        all = multiply(all, &self.actions()?, |scenario, action| {
            scenario.action = Some(action.clone());
            Ok(())
        })?;
        multiply(all, &self.resources()?, |scenario, resource| {
            scenario.resource = Some(resource.clone());
            Ok(())
        })
    }
}

impl RequestArgs {
    /// Puts the flags over a scenario, but for those that may repeat.
    pub(crate) fn apply(&self, scenario: &mut Scenario) -> Result<()> {
        self.call.apply(scenario)
    }

    /// One scenario for each action and resource that was named.
    pub(crate) fn each_call(&self, scenario: &Scenario) -> Result<Vec<Scenario>> {
        self.call.each(scenario)
    }

    /// Where the requests come from, in the order of the flags; nothing if no flag says.
    pub(crate) fn origins(&self, config: &Config) -> Result<Vec<NamedSet>> {
        self.call.facts.check_address(!self.ip.is_empty())?;
        let resolve = |text: &String| {
            let set = config.sets.resolve(text, Path::new(""));
            set.map_err(|error| in_flag("--ip", &error))
        };
        self.ip.iter().map(resolve).collect()
    }

    /// One scenario for each action, resource and address that was named.
    pub(crate) fn each(&self, scenario: &Scenario) -> Result<Vec<Scenario>> {
        self.call.facts.check_address(!self.ip.is_empty())?;
        multiply(self.call.each(scenario)?, &self.ip, |scenario, text| {
            set_ip(scenario, text)
        })
    }
}

/// Sets the address of a scenario from the text of `--ip`.
pub(crate) fn set_ip(scenario: &mut Scenario, text: &str) -> Result<()> {
    let (ip, assumption) = SourceIp::parse(text).map_err(|error| in_flag("--ip", &error))?;
    scenario.ip = Some(ip);
    scenario.assumptions.extend(assumption);
    Ok(())
}

fn multiply<T>(
    scenarios: Vec<Scenario>,
    values: &[T],
    set: impl Fn(&mut Scenario, &T) -> Result<()>,
) -> Result<Vec<Scenario>> {
    if values.is_empty() {
        return Ok(scenarios);
    }
    let mut all = Vec::with_capacity(scenarios.len() * values.len());
    for scenario in &scenarios {
        for value in values {
            let mut scenario = scenario.clone();
            set(&mut scenario, value)?;
            all.push(scenario);
        }
    }
    Ok(all)
}

impl FactArgs {
    /// The address is said once: by `--ip`, or by `--context` or `--absent`.
    pub(crate) fn check_address(&self, by_ip: bool) -> Result<()> {
        if by_ip && self.known.says_address() {
            return Err(Error::request(
                "--ip says the address, and --context or --absent says aws:SourceIp as well",
            )
            .help("keep one of them"));
        }
        Ok(())
    }

    /// The question is about every address, so none is said.
    pub(crate) fn check_no_address(&self) -> Result<()> {
        if self.known.says_address() {
            return Err(Error::request(
                "the answer is for every address, and --context or --absent says aws:SourceIp",
            )
            .help("leave it out, or ask about one address with `ipcond eval`"));
        }
        Ok(())
    }

    pub(crate) fn apply(&self, scenario: &mut Scenario) -> Result<()> {
        self.known.apply(scenario)?;
        if let Some(via) = &self.via {
            scenario.via = Some(via.parse().map_err(|error| in_flag("--via", &error))?);
        }
        if let Some(fas_ip) = &self.fas_ip {
            scenario.fas_ip =
                input::read_fas_ip(fas_ip).map_err(|error| in_flag("--fas-ip", &error))?;
        }
        if let Some(at) = &self.at {
            scenario.at = Some(input::read_time(at).map_err(|error| in_flag("--at", &error))?);
        }
        Ok(())
    }
}

impl KnownArgs {
    /// Whether a flag says the address.
    pub(crate) fn says_address(&self) -> bool {
        let key = |text: &String| ConditionKey::new(text.split('=').next().unwrap_or_default());
        let mut said = self.context.iter().chain(&self.absent);
        said.any(|text| key(text).is(SOURCE_IP))
    }

    /// Puts the flags over a scenario.
    pub(crate) fn apply(&self, scenario: &mut Scenario) -> Result<()> {
        for pair in &self.context {
            let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                return Err(Error::request(format!(
                    "--context `{pair}` is not KEY=VALUE"
                )));
            };
            let value = if value.contains(',') {
                ContextValue::List(value.split(',').map(str::to_owned).collect())
            } else {
                ContextValue::One(value.to_owned())
            };
            set_key(scenario, key, Some(value));
        }
        for key in self.absent.iter().flat_map(|keys| keys.split(',')) {
            set_key(scenario, key, None);
        }
        if let Some(missing) = &self.missing {
            scenario.missing =
                input::read_missing(missing).map_err(|error| in_flag("--missing", &error))?;
        }
        if let Some(account) = &self.management_account {
            scenario.management_account = Some(
                account
                    .parse()
                    .map_err(|error| in_flag("--management-account", &error))?,
            );
        }
        Ok(())
    }
}

fn set_key(scenario: &mut Scenario, key: &str, value: Option<ContextValue>) {
    let key = ConditionKey::new(key);
    scenario.context.retain(|(other, _)| *other != key);
    scenario.context.push((key, value));
}

/// An error in the value of a flag.
pub(crate) fn in_flag(flag: &str, error: &Error) -> Error {
    let told = Error::request(format!("{flag}: {}", error.message()));
    let told = error
        .rule()
        .map_or(told.clone(), |rule| told.clone().by(rule));
    match error.help_text() {
        Some(help) => told.help(help),
        None => told,
    }
}

/// Whether a policy layer was named at all: a request without any policy is a mistake.
fn require_policies(scenario: &Scenario) -> Result<()> {
    if scenario.steps.is_some()
        || Layer::ALL
            .into_iter()
            .any(|layer| scenario.policies.gives(layer))
    {
        return Ok(());
    }
    Err(Error::request("no policy was given").help("name a policy file, or - for standard input"))
}

/// The one request that the flags of `eval` and `explain` describe, and what is to be said about its policies.
pub(crate) fn described(
    policies: &PolicyArgs,
    request: &RequestArgs,
    console: &mut Console,
) -> Result<Scenario> {
    let scenario = described_everywhere(policies, &request.call, console)?;
    if scenario.steps.is_some() {
        return Err(Error::request("this scenario is a journey")
            .help("run it with `ipcond assume --scenario`; its -vv prints the full trace"));
    }
    Ok(scenario)
}

/// The request or journey that flags describe, wherever it comes from, and what is to be said about its policies.
pub(crate) fn described_everywhere(
    policies: &PolicyArgs,
    call: &CallArgs,
    console: &mut Console,
) -> Result<Scenario> {
    let mut loaded = policies.load()?;
    for line in loaded.taken.iter().filter(|_| console.verbose > 0) {
        console.say(&escape::terminal(line));
    }
    let mut scenario = std::mem::take(&mut loaded.scenario);
    call.simulate(&loaded.simulation, &mut scenario)?;
    call.apply_in(&loaded.account, &mut scenario)?;
    console.config()?.fill(&mut scenario);
    let asked = call.wanted(&scenario)?;
    let (scenario, notes) = loaded.finish(scenario, &asked)?;
    console.say_notes(&notes);
    warn_unreached(&loaded.account, console);
    require_policies(&scenario)?;
    console.say_about(&scenario);
    Ok(scenario)
}
