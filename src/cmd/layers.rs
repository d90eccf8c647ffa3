//! The layers of a request: the flags that name their policies, and how a policy comes to its layer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::policies::base_of;
use crate::error::{Error, Result};
use crate::eval::{PolicySet, Scenario};
use crate::input::{self, Documents, files};
use crate::policy::{Policy, PolicyKind};

/// Policies by the layer that they belong to.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Policies")]
pub(crate) struct LayerArgs {
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

impl LayerArgs {
    /// The scenario of `--scenario`, or an empty one.
    pub(crate) fn scenario(&self, documents: &mut Documents) -> Result<Scenario> {
        let scenario = match &self.scenario {
            Some(path) => {
                let source = files::read(path)?;
                let node = input::tree(&source)?;
                input::read_scenario(&source, &node, base_of(path), documents)?
            }
            None => Scenario::default(),
        };
        Ok(scenario)
    }

    pub(super) fn names_nothing(&self) -> bool {
        let lists = [&self.identity, &self.session];
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

    /// The policies of the flags.
    pub(crate) fn policies(&self, documents: &mut Documents) -> Result<PolicySet> {
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
        Ok(set)
    }
}

/// A scenario with policies over its own, layer by layer.
pub(crate) fn over(scenario: Scenario, policies: &PolicySet) -> Scenario {
    Scenario {
        policies: scenario.policies.overlaid(policies),
        ..scenario
    }
}

/// Puts a policy of a known kind into its layer.
pub(crate) fn place(set: &mut PolicySet, policy: Arc<Policy>) -> Result<()> {
    place_at(set, policy, 0)
}

/// Puts a policy of a known kind into its layer, at a level if the layer has levels.
pub(super) fn place_at(set: &mut PolicySet, policy: Arc<Policy>, level: usize) -> Result<()> {
    let at_level = |levels: &mut Option<Vec<Vec<Arc<Policy>>>>, policy| {
        let levels = levels.get_or_insert_default();
        if levels.len() <= level {
            levels.resize_with(level + 1, Vec::new);
        }
        levels[level].push(policy);
    };
    match policy.kind {
        PolicyKind::Scp => at_level(&mut set.scp, policy),
        PolicyKind::Rcp => at_level(&mut set.rcp, policy),
        PolicyKind::Session => set.session.get_or_insert_default().push(policy),
        PolicyKind::Boundary => single(&mut set.boundary, policy)?,
        PolicyKind::Vpce => single(&mut set.vpce, policy)?,
        PolicyKind::Resource | PolicyKind::Trust => {
            if let Some([first, ..]) = set.resource.as_deref() {
                let text = format!(
                    "`{}` and `{}` are both policies of a resource",
                    first.name, policy.name
                );
                return Err(Error::request(text)
                    .help("a request is on one resource; name the others with --vpce, --rcp …"));
            }
            set.resource = Some(vec![policy]);
        }
        PolicyKind::Identity => set.identity.get_or_insert_default().push(policy),
    }
    Ok(())
}

/// Fills a layer that takes one policy.
pub(crate) fn single(slot: &mut Option<Arc<Policy>>, policy: Arc<Policy>) -> Result<()> {
    match slot {
        None => {
            *slot = Some(policy);
            Ok(())
        }
        Some(first) => Err(Error::request(format!(
            "`{}` and `{}` are both a {}",
            first.name,
            policy.name,
            first.kind.title()
        ))
        .help("a request has one of them; leave one out")),
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
