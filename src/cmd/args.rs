//! The flags that describe a request and its policies, and how they fill a scenario.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::output::Console;
use crate::ask::groups::Wanted;
use crate::error::{Error, Result};
use crate::eval::{
    Caller, ContextValue, Layer, PolicySet, ResourceText, SOURCE_IP, Scenario, SourceIp,
};
use crate::input::{self, Documents, files};
use crate::policy::{Action, ConditionKey, Policy, PolicyKind};

/// Where the policies are.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Policies")]
pub(crate) struct PolicyArgs {
    /// Policy files; what kind each one is shows from its content (`-` is standard input)
    #[arg(value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// Identity-based policies of the caller
    #[arg(long, value_name = "FILE", num_args = 1..)]
    identity: Vec<PathBuf>,
    /// The trust policy of the role
    #[arg(long, value_name = "FILE", conflicts_with = "resource_policy")]
    trust: Option<PathBuf>,
    /// The policy of the resource: bucket policy, key policy …
    #[arg(long, value_name = "FILE")]
    resource_policy: Option<PathBuf>,
    /// The permissions boundary of the caller
    #[arg(long, value_name = "FILE")]
    boundary: Option<PathBuf>,
    /// Session policies
    #[arg(long, value_name = "FILE", num_args = 1..)]
    session: Vec<PathBuf>,
    /// Service control policies; LEVEL is 0 for the root, 1, 2 …
    #[arg(long, value_name = "[LEVEL=]FILE", num_args = 1..)]
    scp: Vec<String>,
    /// Resource control policies, by level as for --scp
    #[arg(long, value_name = "[LEVEL=]FILE", num_args = 1..)]
    rcp: Vec<String>,
    /// The policy of the VPC endpoint
    #[arg(long, value_name = "FILE")]
    vpce: Option<PathBuf>,
    /// A whole request with its policies as JSON or YAML (`-` is standard input); flags go over it
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// Evaluate documents that AWS would refuse to save, where they have a meaning
    #[arg(long)]
    pub(crate) lenient: bool,
}

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
    /// A condition key of the request; repeat it for several
    #[arg(long, value_name = "KEY=VALUE[,VALUE]")]
    context: Vec<String>,
    /// A condition key that the request does not carry; repeat it for several
    #[arg(long, value_name = "KEY")]
    absent: Vec<String>,
    /// What a key means that was not given: `unknown` or `absent`
    #[arg(long, value_name = "MEANING")]
    missing: Option<String>,
    /// How the request came: internet, vpce[=ID][,vpc=ID][,ip=IP], service=NAME, service-role, aws
    #[arg(long, value_name = "WAY")]
    pub(crate) via: Option<String>,
    /// The address of a service that calls for the caller: `same` or `absent`
    #[arg(long, value_name = "WHICH")]
    fas_ip: Option<String>,
    /// When the request is made [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The organization's management account
    #[arg(long, value_name = "ACCOUNT")]
    management_account: Option<String>,
}

impl PolicyArgs {
    /// The scenario of `--scenario`, or an empty one, with the policies of the flags over its own.
    pub(crate) fn scenario(&self) -> Result<Scenario> {
        let mut documents = Documents::new(self.lenient);
        let mut scenario = match &self.scenario {
            Some(path) => {
                let source = files::read(path)?;
                let node = input::tree(&source)?;
                input::read_scenario(&source, &node, base_of(path), &mut documents)?
            }
            None => Scenario::default(),
        };
        let flags = self.policies(&mut documents)?;
        scenario.policies = scenario.policies.overlaid(&flags);
        Ok(scenario)
    }

    fn names_nothing(&self) -> bool {
        let lists = [&self.policies, &self.identity, &self.session];
        let single = [
            &self.trust,
            &self.resource_policy,
            &self.boundary,
            &self.vpce,
            &self.scenario,
        ];
        lists.iter().all(|list| list.is_empty())
            && single.iter().all(|path| path.is_none())
            && self.scp.is_empty()
            && self.rcp.is_empty()
    }

    fn policies(&self, documents: &mut Documents) -> Result<PolicySet> {
        let mut set = PolicySet::default();
        let mut read = |path: &PathBuf, kind| documents.file(path, kind);
        let list = |paths: &[PathBuf]| (!paths.is_empty()).then_some(paths.to_vec());
        if let Some(paths) = list(&self.identity) {
            set.identity = Some(
                paths
                    .iter()
                    .map(|path| read(path, PolicyKind::Identity))
                    .collect::<Result<_>>()?,
            );
        }
        if let Some(paths) = list(&self.session) {
            set.session = Some(
                paths
                    .iter()
                    .map(|path| read(path, PolicyKind::Session))
                    .collect::<Result<_>>()?,
            );
        }
        set.boundary = self
            .boundary
            .iter()
            .map(|path| read(path, PolicyKind::Boundary))
            .next()
            .transpose()?;
        set.vpce = self
            .vpce
            .iter()
            .map(|path| read(path, PolicyKind::Vpce))
            .next()
            .transpose()?;
        let trust = self.trust.iter().map(|path| (path, PolicyKind::Trust));
        let resource = self
            .resource_policy
            .iter()
            .map(|path| (path, PolicyKind::Resource));
        for (path, kind) in trust.chain(resource) {
            set.resource = Some(vec![read(path, kind)?]);
        }
        set.scp = levels(&self.scp, PolicyKind::Scp, documents)?;
        set.rcp = levels(&self.rcp, PolicyKind::Rcp, documents)?;
        self.positional(&mut set, documents)?;
        Ok(set)
    }

    /// The files without a flag: their content says what they are.
    fn positional(&self, set: &mut PolicySet, documents: &mut Documents) -> Result<()> {
        let mut paths = Vec::new();
        for path in &self.policies {
            if path.is_dir() {
                paths.extend(policy_files(path)?);
            } else {
                paths.push(path.clone());
            }
        }
        if self.names_nothing() && !std::io::stdin().is_terminal() {
            paths.push(PathBuf::from("-"));
        }
        for path in paths {
            let source = files::read(&path)?;
            let policy = documents.source(&source, input::infer_kind)?;
            place(set, policy)?;
        }
        Ok(())
    }
}

/// The policy files below a directory, by their names.
pub(crate) fn policy_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let found = files::walk(directory, &|name| {
        [".json", ".yaml", ".yml"]
            .iter()
            .any(|end| name.ends_with(end))
    })?;
    if found.is_empty() {
        return Err(Error::io(format!(
            "no policy files in `{}`",
            files::display(directory)
        )));
    }
    Ok(found)
}

/// Puts a policy of a known kind into its layer.
fn place(set: &mut PolicySet, policy: Arc<Policy>) -> Result<()> {
    match policy.kind {
        PolicyKind::Resource | PolicyKind::Trust => {
            if let Some([first, ..]) = set.resource.as_deref() {
                let text = format!(
                    "`{}` and `{}` are both policies of a resource",
                    first.name, policy.name
                );
                Err(Error::request(text)
                    .help("a request is on one resource; name the others with --vpce, --rcp …"))
            } else {
                set.resource = Some(vec![policy]);
                Ok(())
            }
        }
        _ => {
            set.identity.get_or_insert_default().push(policy);
            Ok(())
        }
    }
}

/// Policies by level: `[LEVEL=]FILE`. Without levels all share one.
pub(crate) fn levels(
    args: &[String],
    kind: PolicyKind,
    documents: &mut Documents,
) -> Result<Option<Vec<Vec<Arc<Policy>>>>> {
    if args.is_empty() {
        return Ok(None);
    }
    let mut levels: Vec<Vec<Arc<Policy>>> = Vec::new();
    for arg in args {
        let (level, path) = numbered(arg);
        let level = level.unwrap_or(0);
        if level > 9 {
            return Err(Error::request(format!(
                "`{arg}`: an organization has at most seven levels, 0 to 6"
            )));
        }
        if levels.len() <= level {
            levels.resize_with(level + 1, Vec::new);
        }
        levels[level].push(documents.file(Path::new(path), kind)?);
    }
    if let Some(empty) = levels.iter().position(Vec::is_empty) {
        let text = format!(
            "level {empty} of the {} has no policy, and later levels do",
            kind.title()
        );
        return Err(Error::request(text).help("number the levels from 0 without a gap"));
    }
    Ok(Some(levels))
}

/// `2=file.json` as a number and a path; a path without a number as it is.
pub(crate) fn numbered(arg: &str) -> (Option<usize>, &str) {
    match arg.split_once('=') {
        Some((number, path))
            if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            (number.parse().ok(), path)
        }
        _ => (None, arg),
    }
}

/// The directory that paths in a file are relative to.
pub(crate) fn base_of(path: &Path) -> &Path {
    if path == Path::new("-") {
        Path::new("")
    } else {
        path.parent().unwrap_or(Path::new(""))
    }
}

impl CallArgs {
    /// Puts the flags over a scenario, but for those that may repeat.
    pub(crate) fn apply(&self, scenario: &mut Scenario) -> Result<()> {
        if let Some(principal) = &self.principal {
            scenario.principal =
                Some(Caller::parse(principal).map_err(|error| in_flag("--principal", &error))?);
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

    /// One scenario for each action and resource that was named.
    fn each(&self, scenario: &Scenario) -> Result<Vec<Scenario>> {
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
        let key = |text: &String| ConditionKey::new(text.split('=').next().unwrap_or_default());
        let said = self
            .context
            .iter()
            .chain(&self.absent)
            .any(|text| key(text).is(SOURCE_IP));
        if by_ip && said {
            return Err(Error::request(
                "--ip says the address, and --context or --absent says aws:SourceIp as well",
            )
            .help("keep one of them"));
        }
        Ok(())
    }

    /// The question is about every address, so none is said.
    pub(crate) fn check_no_address(&self) -> Result<()> {
        let key = |text: &String| ConditionKey::new(text.split('=').next().unwrap_or_default());
        let mut said = self.context.iter().chain(&self.absent);
        if said.any(|text| key(text).is(SOURCE_IP)) {
            return Err(Error::request(
                "the answer is for every address, and --context or --absent says aws:SourceIp",
            )
            .help("leave it out, or ask about one address with `ipcond eval`"));
        }
        Ok(())
    }

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
    let mut scenario = policies.scenario()?;
    call.apply(&mut scenario)?;
    console.config()?.fill(&mut scenario);
    require_policies(&scenario)?;
    console.say_about(&scenario);
    Ok(scenario)
}
