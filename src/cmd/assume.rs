//! `ipcond assume`: journeys of roles.

use std::path::Path;

use clap::{ArgMatches, Args, ValueEnum};
use jiff::Timestamp;

use super::account::{AccountArgs, warn_unreached};
use super::args::{FactArgs, in_flag, set_ip};
use super::eval::{exit, expected, write_json};
use super::layers::{levels, numbered};
use super::output::Console;
use super::policies::base_of;
use super::{Exit, Stop};
use crate::ask::suite::ExpectedDecision;
use crate::error::{Error, Result};
use crate::eval::{AssumeRole, Call, Caller, PolicySet, Role, Scenario, SourceIp, Step};
use crate::input::{self, AccountReader, Config, Documents, files};
use crate::policy::{Policy, PolicyKind};
use crate::report::escape;
use crate::report::json::Assume;
use crate::report::text;

/// Arguments of `ipcond assume`.
#[derive(Args, Debug)]
pub(crate) struct AssumeArgs {
    /// The roles to assume, one after the other
    #[arg(long, value_name = "ARN", num_args = 1..)]
    role: Vec<String>,
    /// Who assumes the first role
    #[arg(long, visible_alias = "principal", value_name = "ARN")]
    caller: Option<String>,
    /// From which address; `none` for a request that carries none
    #[arg(long, value_name = "IP")]
    ip: Option<String>,
    /// Trust policies of the roles; HOP is 1 for the first role, and may be left out if there is only one
    #[arg(long, value_name = "[HOP=]FILE", num_args = 1.., help_heading = "Policies")]
    trust: Vec<String>,
    /// Identity-based policies of the caller
    #[arg(long, visible_alias = "identity", value_name = "FILE", num_args = 1.., help_heading = "Policies")]
    caller_policy: Vec<String>,
    /// The permissions boundary of the caller
    #[arg(
        long,
        visible_alias = "boundary",
        value_name = "FILE",
        help_heading = "Policies"
    )]
    caller_boundary: Option<String>,
    /// Permissions of the roles, which bind their sessions
    #[arg(long, value_name = "[HOP=]FILE", num_args = 1.., help_heading = "Policies")]
    role_policy: Vec<String>,
    /// Permissions boundaries of the roles
    #[arg(long, value_name = "[HOP=]FILE", num_args = 1.., help_heading = "Policies")]
    role_boundary: Vec<String>,
    /// Session policies passed when the role is assumed
    #[arg(long, value_name = "[HOP=]FILE", num_args = 1.., help_heading = "Policies")]
    session: Vec<String>,
    /// Service control policies on the caller's account, and on sessions of roles in it
    #[arg(long, value_name = "[LEVEL=]FILE", num_args = 1.., help_heading = "Policies")]
    scp: Vec<String>,
    /// Resource control policies on the roles' account
    #[arg(long, value_name = "[LEVEL=]FILE", num_args = 1.., help_heading = "Policies")]
    rcp: Vec<String>,
    /// The policy of the resource of the calls: bucket policy, key policy …
    #[arg(
        long,
        value_name = "FILE",
        requires = "then",
        help_heading = "Policies"
    )]
    resource_policy: Option<String>,
    /// The policy of the VPC endpoint
    #[arg(long, value_name = "FILE", help_heading = "Policies")]
    vpce: Option<String>,
    #[command(flatten)]
    account: AccountArgs,
    /// Evaluate documents that AWS would refuse to save, where they have a meaning
    #[arg(long, help_heading = "Policies")]
    lenient: bool,
    /// The external id that is passed
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// The name of the sessions
    #[arg(long, value_name = "NAME")]
    session_name: Option<String>,
    /// The source identity that is set with the first role
    #[arg(long, value_name = "NAME")]
    source_identity: Option<String>,
    /// An MFA code is passed with the first role
    #[arg(long)]
    mfa: bool,
    /// A session tag that is passed with the first role
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    tags: Vec<String>,
    /// A session tag that goes on to the next role
    #[arg(long, value_name = "KEY", num_args = 1..)]
    transitive: Vec<String>,
    /// A call made with the last session
    #[arg(long, value_name = "ACTION[@RESOURCE]")]
    then: Vec<String>,
    /// The address of the call before it, if it is another one
    #[arg(long, value_name = "IP", requires = "then")]
    then_ip: Vec<String>,
    /// Whose the resource of the calls is, where its ARN does not say
    #[arg(long, value_name = "ACCOUNT", requires = "then")]
    resource_account: Option<String>,
    /// A whole journey as JSON or YAML (`-` is standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["role", "caller", "trust", "caller_policy", "role_policy", "then"])]
    scenario: Option<std::path::PathBuf>,
    #[command(flatten)]
    facts: FactArgs,
    /// Succeed if this is the decision; `denied` is either deny
    #[arg(long, value_name = "DECISION", value_parser = expected())]
    expect: Option<ExpectedDecision>,
    /// How the answer is printed
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) fn run(
    args: &AssumeArgs,
    matches: &ArgMatches,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let config = console.config()?;
    let mut scenario = match &args.scenario {
        Some(path) => {
            let source = files::read(path)?;
            let node = input::tree(&source)?;
            input::read_scenario(
                &source,
                &node,
                base_of(path),
                &mut Documents::new(args.lenient),
            )?
        }
        None => args.scenario(matches, &config, console)?,
    };
    config.fill(&mut scenario);
    args.facts.check_address(args.ip.is_some())?;
    args.facts.apply(&mut scenario)?;
    if let Some(ip) = &args.ip {
        set_ip(&mut scenario, ip)?;
    }
    console.say_about(&scenario);
    let journey = scenario.journey(Timestamp::now())?;
    let (screen, verbose) = (console.screen(), console.verbose);
    let out = console.result()?;
    match args.format {
        Format::Json => write_json(out, &Assume::new(&journey))?,
        Format::Text => {
            out.write_all(text::journey::journey(&journey, screen).as_bytes())?;
            for (index, answer) in journey.steps.iter().enumerate().filter(|_| verbose > 0) {
                let mut screenful = format!("\nstep {}\n", index + 1);
                if verbose > 1 {
                    screenful.push_str(&text::explain::explain(answer, screen));
                } else {
                    text::answer::table(&mut screenful, answer, |_| true);
                }
                out.write_all(screenful.as_bytes())?;
            }
        }
    }
    Ok(exit(args.expect, false, journey.decision()))
}

impl AssumeArgs {
    fn scenario(
        &self,
        matches: &ArgMatches,
        config: &Config,
        console: &mut Console,
    ) -> Result<Scenario> {
        if self.role.is_empty() {
            return Err(Error::request("no role was named")
                .help("say which with --role ARN, or describe the journey with --scenario"));
        }
        let mut documents = Documents::new(self.lenient);
        let mut scenario = Scenario::default();
        let account = self.account.read_edited(&documents)?;
        for line in account.edits().filter(|_| console.verbose > 0) {
            console.say(&escape::terminal(line));
        }
        if let Some(caller) = &self.caller {
            let caller = account.arn_of(caller).and_then(|arn| Caller::parse(&arn));
            let caller = caller.map_err(|error| in_flag("--caller", &error))?;
            scenario.principal = Some(account.with_path(caller));
        }
        // Whose the roles are depends on who calls.
        config.fill(&mut scenario);
        let mut notes = Vec::new();
        let mut reader = AccountReader::new(&account, self.lenient, &mut notes);
        if let Some(caller) = &scenario.principal
            && let Some(collected) = account.of_caller(caller)?
        {
            scenario.policies = reader.own_policies(collected)?;
        }
        let file =
            |documents: &mut Documents, path: &str, kind| documents.file(Path::new(path), kind);
        if !self.caller_policy.is_empty() {
            let policies = self
                .caller_policy
                .iter()
                .map(|path| file(&mut documents, path, PolicyKind::Identity));
            scenario.policies.identity = Some(policies.collect::<Result<_>>()?);
        }
        if let Some(path) = &self.caller_boundary {
            scenario.policies.boundary = Some(file(&mut documents, path, PolicyKind::Boundary)?);
        }
        if let Some(path) = &self.vpce {
            scenario.policies.vpce = Some(file(&mut documents, path, PolicyKind::Vpce)?);
        }
        scenario.policies.scp = levels(&self.scp, PolicyKind::Scp, &mut documents)?;
        scenario.policies.rcp = levels(&self.rcp, PolicyKind::Rcp, &mut documents)?;
        let mut steps = Vec::new();
        for (index, role) in self.role.iter().enumerate() {
            let role = account.arn_of(role);
            let role = role.map_err(|error| in_flag("--role", &error))?;
            let mut hop = self.hop(index, &role, &scenario, &mut documents)?;
            reader.fill_role(&mut hop)?;
            steps.push(Step::AssumeRole(Box::new(hop)));
        }
        warn_unreached(&account, console);
        for (then, ip) in self.calls(matches) {
            let mut call = call(then, ip)?;
            if let Some(path) = &self.resource_policy {
                let policy = file(&mut documents, path, PolicyKind::Resource)?;
                call.policies.resource = Some(vec![policy]);
            }
            if let Some(account) = &self.resource_account {
                let account = account.parse();
                call.resource_account =
                    Some(account.map_err(|error| in_flag("--resource-account", &error))?);
            }
            steps.push(Step::Call(Box::new(call)));
        }
        scenario.steps = Some(steps);
        if scenario.policies.scp.is_none() {
            scenario.policies.scp = reader.scp(&scenario, &[])?;
        }
        let with_rcp = scenario.policies.rcp.is_none();
        reader.organize(&mut scenario, with_rcp)?;
        console.say_notes(&notes);
        Ok(scenario)
    }

    fn hop(
        &self,
        index: usize,
        role: &str,
        scenario: &Scenario,
        documents: &mut Documents,
    ) -> Result<AssumeRole> {
        let role = role
            .parse()
            .and_then(|arn| Role::from_arn(&arn))
            .map_err(|error| in_flag("--role", &error))?;
        let first = index == 0;
        let own = scenario.principal.as_ref().and_then(Caller::account) == Some(role.account);
        let mut files =
            |args: &[String], flag, kind| self.of_hop(args, flag, index, kind, documents);
        let trust = files(&self.trust, "--trust", PolicyKind::Trust)?;
        let boundary = files(&self.role_boundary, "--role-boundary", PolicyKind::Boundary)?;
        let session = PolicySet {
            identity: files(&self.role_policy, "--role-policy", PolicyKind::Identity)?,
            boundary: boundary.and_then(|list| list.into_iter().next()),
            session: files(&self.session, "--session", PolicyKind::Session)?,
            scp: scenario.policies.scp.clone().filter(|_| own),
            ..PolicySet::default()
        };
        let mut tags = Vec::new();
        for tag in self.tags.iter().filter(|_| first) {
            let Some((key, value)) = tag.split_once('=') else {
                return Err(Error::request(format!("--tags `{tag}` is not KEY=VALUE")));
            };
            tags.push((key.to_owned(), value.to_owned()));
        }
        Ok(AssumeRole {
            action: "sts:AssumeRole".parse()?,
            role,
            federated: None,
            trust,
            session,
            rcp: None,
            vpce: None,
            role_tags: None,
            external_id: self.external_id.clone(),
            session_name: self.session_name.clone(),
            tags,
            transitive_tag_keys: if first {
                self.transitive.clone()
            } else {
                Vec::new()
            },
            source_identity: self.source_identity.clone().filter(|_| first),
            mfa: (first && self.mfa).then_some(true),
            context: Vec::new(),
            via: None,
            ip: None,
        })
    }

    /// The files of a flag that belong to a hop.
    fn of_hop(
        &self,
        args: &[String],
        flag: &str,
        index: usize,
        kind: PolicyKind,
        documents: &mut Documents,
    ) -> Result<Option<Vec<std::sync::Arc<Policy>>>> {
        let mut policies = Vec::new();
        for arg in args {
            let (hop, path) = numbered(arg);
            let hop = match hop {
                Some(hop) if (1..=self.role.len()).contains(&hop) => hop,
                None if self.role.len() == 1 => 1,
                _ => {
                    let text = format!(
                        "{flag} `{arg}`: which of the {} roles is it of?",
                        self.role.len()
                    );
                    return Err(Error::request(text).help(format!(
                        "write {flag} HOP=FILE, with HOP 1 for the first role"
                    )));
                }
            };
            if hop == index + 1 {
                policies.push(documents.file(Path::new(path), kind)?);
            }
        }
        Ok((!policies.is_empty()).then_some(policies))
    }

    /// The calls with the addresses that follow them on the command line.
    fn calls(&self, matches: &ArgMatches) -> Vec<(&str, Option<&str>)> {
        let places = |id| {
            matches
                .indices_of(id)
                .map(Iterator::collect::<Vec<_>>)
                .unwrap_or_default()
        };
        let (thens, ips) = (places("then"), places("then_ip"));
        let owner = |place: usize| thens.iter().rposition(|then| *then < place);
        let mut calls: Vec<(&str, Option<&str>)> =
            self.then.iter().map(|then| (then.as_str(), None)).collect();
        for (place, ip) in ips.iter().zip(&self.then_ip) {
            if let Some(call) = owner(*place).and_then(|index| calls.get_mut(index)) {
                call.1 = Some(ip);
            }
        }
        calls
    }
}

fn call(then: &str, ip: Option<&str>) -> Result<Call> {
    let (action, resource) = match then.split_once('@') {
        Some((action, resource)) => (action, Some(resource)),
        None => (then, None),
    };
    let ip = ip
        .map(|ip| SourceIp::parse(ip).map_err(|error| in_flag("--then-ip", &error)))
        .transpose()?;
    Ok(Call {
        action: action.parse().map_err(|error| in_flag("--then", &error))?,
        resource: resource
            .map(|text| text.parse().map_err(|error| in_flag("--then", &error)))
            .transpose()?,
        resource_account: None,
        context: Vec::new(),
        via: None,
        ip: ip.map(|(ip, _)| ip),
        policies: PolicySet::default(),
    })
}
