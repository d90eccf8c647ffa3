//! A scenario: one request with all its policies.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::documents::{Documents, Slot, check_fields};
use super::journey;
use crate::error::{Error, Result};
use crate::eval::{Caller, FasIp, Missing, PolicySet, Role, Scenario, read_context};
use crate::json::{MAX_BYTES, Node, Value};
use crate::policy::{Action, Arn, Policy, PolicyKind};
use crate::source::Source;

/// The fields of a scenario.
pub(crate) const FIELDS: &[&str] = &[
    "name",
    "principal",
    "action",
    "resource",
    "resource_account",
    "management_account",
    "context",
    "via",
    "fas_ip",
    "at",
    "missing",
    "lenient",
    "defaults",
    "policies",
    "steps",
];

/// Reads a scenario from a tree; paths in it are relative to `base`.
///
/// # Errors
/// For a field that is not known or has a value that makes no sense, and for policies that AWS would refuse.
pub fn read_scenario(
    source: &Source,
    node: &Node<'_>,
    base: &Path,
    documents: &mut Documents,
) -> Result<Scenario> {
    let members = node.expect_object("scenario", source)?;
    check_fields(members, FIELDS, source)?;
    let mut reader = ScenarioReader {
        scenario: Scenario::default(),
        source,
        base,
    };
    let strict = documents.lenient;
    if let Some(lenient) = node.get("lenient") {
        documents.lenient |= lenient.expect_bool("lenient", source)?;
    }
    let result = reader
        .words(node)
        .and_then(|()| reader.rest(node, documents));
    documents.lenient = strict;
    result.map(|()| reader.scenario)
}

/// The scenario that a text is; `None` if it is something else, a policy for example.
///
/// # Errors
/// As [`read_scenario`].
pub fn scenario_in(
    source: &Source,
    base: &Path,
    documents: &mut Documents,
) -> Result<Option<Scenario>> {
    let Some(node) = scenario_tree(source) else {
        return Ok(None);
    };
    read_scenario(source, &node, base, documents).map(Some)
}

/// Whether a text is a scenario, and not a policy, a test file or something else.
pub fn is_scenario(source: &Source) -> bool {
    scenario_tree(source).is_some()
}

fn scenario_tree(source: &Source) -> Option<Node<'_>> {
    if source.text().len() > MAX_BYTES {
        return None;
    }
    let node = super::tree(source).ok()?;
    let has = |name| node.get(name).is_some();
    let is_scenario = !has("Statement") && !has("tests") && (has("policies") || has("steps"));
    is_scenario.then_some(node)
}

struct ScenarioReader<'a> {
    scenario: Scenario,
    source: &'a Source,
    base: &'a Path,
}

impl ScenarioReader<'_> {
    fn words(&mut self, node: &Node<'_>) -> Result<()> {
        let source = self.source;
        let scenario = &mut self.scenario;
        let text = |name: &str| {
            node.get(name)
                .filter(|node| node.value != Value::Null)
                .map(|node| (node, node.scalar()))
        };
        let parse = Field { source };
        for name in [
            "name",
            "action",
            "resource",
            "resource_account",
            "management_account",
            "via",
            "fas_ip",
            "at",
            "missing",
        ] {
            let Some((node, value)) = text(name) else {
                continue;
            };
            let value = value.filter(|_| name != "name" || node.as_str().is_some());
            let value = value.ok_or_else(|| node.mismatch(name, "a string", source))?;
            match name {
                "name" => scenario.name = Some(value.to_owned()),
                "action" => scenario.action = Some(parse.text(value, node)?),
                "resource" => scenario.resource = Some(parse.text(value, node)?),
                "resource_account" => scenario.resource_account = Some(parse.text(value, node)?),
                "management_account" => {
                    scenario.management_account = Some(parse.text(value, node)?);
                }
                "via" => scenario.via = Some(parse.text(value, node)?),
                "fas_ip" => scenario.fas_ip = parse.with(node, read_fas_ip(value))?,
                "at" => scenario.at = Some(parse.with(node, read_time(value))?),
                _ => scenario.missing = parse.with(node, read_missing(value))?,
            }
        }
        Ok(())
    }

    fn rest(&mut self, node: &Node<'_>, documents: &mut Documents) -> Result<()> {
        let (source, base) = (self.source, self.base);
        let scenario = &mut self.scenario;
        if let Some(defaults) = node.get("defaults") {
            scenario.bare = !defaults.expect_bool("defaults", source)?;
        }
        if let Some(principal) = node
            .get("principal")
            .filter(|node| node.value != Value::Null)
        {
            scenario.principal = Some(read_principal(source, principal)?);
        }
        if let Some(context) = node.get("context") {
            scenario.context = read_context(source, context)?;
        }
        if let Some(policies) = node.get("policies") {
            scenario.policies =
                read_policies(source, policies, base, documents, scenario.action.as_ref())?;
        }
        if let Some(steps) = node.get("steps").filter(|node| node.value != Value::Null) {
            if scenario.action.is_some() {
                return Err(
                    Error::request("a scenario has `action` or `steps`, not both")
                        .at(source, steps.span),
                );
            }
            scenario.steps = Some(journey::read_steps(source, steps, base, documents)?);
        }
        Ok(())
    }
}

/// Reads the text of fields, and says where a bad one stands.
struct Field<'a> {
    source: &'a Source,
}

impl Field<'_> {
    fn text<T: std::str::FromStr<Err = Error>>(&self, text: &str, node: &Node<'_>) -> Result<T> {
        self.with(node, text.parse())
    }

    fn with<T>(&self, node: &Node<'_>, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.at(self.source, node.span))
    }
}

/// `same` or `absent`.
///
/// # Errors
/// For any other word.
pub fn read_fas_ip(text: &str) -> Result<FasIp> {
    match text {
        "same" => Ok(FasIp::Same),
        "absent" => Ok(FasIp::Absent),
        _ => Err(Error::request(format!(
            "`{text}` must be `same` or `absent`"
        ))),
    }
}

/// `unknown` or `absent`.
///
/// # Errors
/// For any other word.
pub fn read_missing(text: &str) -> Result<Missing> {
    match text {
        "unknown" => Ok(Missing::Unknown),
        "absent" => Ok(Missing::Absent),
        _ => Err(Error::request(format!(
            "`{text}` must be `unknown` or `absent`"
        ))),
    }
}

/// A time as conditions read it.
///
/// # Errors
/// If it is none.
pub fn read_time(text: &str) -> Result<Timestamp> {
    crate::policy::read_date(text).ok_or_else(|| {
        Error::request(format!("`{text}` is not a time")).help("write it like 2026-01-31T10:00:00Z")
    })
}

/// A principal of a scenario: a string, or an object that says what an ARN cannot.
pub(crate) fn read_principal(source: &Source, node: &Node<'_>) -> Result<Caller> {
    let at = |error: Error| error.at(source, node.span);
    let members = match &node.value {
        Value::String(text) => return Caller::parse(text).map_err(at),
        Value::Object(members) => members,
        _ => return Err(node.mismatch("principal", "a string or an object", source)),
    };
    check_fields(members, &["arn", "role", "user", "federated"], source)?;
    if let Some(provider) = node.get("federated") {
        return Ok(Caller::Federated(
            provider.expect_str("federated", source)?.to_owned(),
        ));
    }
    let Some(arn) = node.get("arn") else {
        return Err(at(Error::request(
            "the principal has neither `arn` nor `federated`",
        )));
    };
    let mut caller = Caller::parse(arn.expect_str("arn", source)?).map_err(at)?;
    let mismatch = |what: &str| at(Error::request(format!("`{what}` does not belong to `arn`")));
    if let Some(role) = node.get("role") {
        let named =
            Role::from_arn(&role.expect_str("role", source)?.parse().map_err(at)?).map_err(at)?;
        match &mut caller {
            Caller::RoleSession { role, .. }
                if role.account == named.account && role.name() == named.name() =>
            {
                *role = named;
            }
            _ => return Err(mismatch("role")),
        }
    }
    if let Some(user) = node.get("user") {
        let named: Arn = user.expect_str("user", source)?.parse().map_err(at)?;
        match &mut caller {
            Caller::FederatedUser { user, account, .. } if named.account() == Some(*account) => {
                *user = Some(named);
            }
            _ => return Err(mismatch("user")),
        }
    }
    Ok(caller)
}

/// The `policies` of a scenario.
pub(crate) fn read_policies(
    source: &Source,
    node: &Node<'_>,
    base: &Path,
    documents: &mut Documents,
    action: Option<&Action>,
) -> Result<PolicySet> {
    let members = node.expect_object("policies", source)?;
    check_fields(
        members,
        &[
            "identity", "boundary", "session", "scp", "rcp", "resource", "trust", "vpce",
        ],
        source,
    )?;
    let mut set = PolicySet::default();
    let trust = action.is_some_and(|action| action.service() == "sts");
    for member in members
        .iter()
        .filter(|member| member.value.value != Value::Null)
    {
        let mut reader = PolicyReader {
            source,
            base,
            documents,
            field: &member.key,
        };
        let value = &member.value;
        match member.key.as_ref() {
            "identity" => set.identity = Some(reader.list(value, PolicyKind::Identity)?),
            "boundary" => set.boundary = reader.single(value, PolicyKind::Boundary)?,
            "session" => {
                set.session =
                    Some(reader.list(value, PolicyKind::Session)?).filter(|list| !list.is_empty());
            }
            "scp" => set.scp = reader.levels(value, PolicyKind::Scp)?,
            "rcp" => set.rcp = reader.levels(value, PolicyKind::Rcp)?,
            "vpce" => set.vpce = reader.single(value, PolicyKind::Vpce)?,
            _ if set.resource.is_some() => {
                return Err(Error::request(
                    "`resource` and `trust` are the same; give one of them",
                )
                .at(source, member.key_span));
            }
            key => {
                let kind = if key == "trust" || trust {
                    PolicyKind::Trust
                } else {
                    PolicyKind::Resource
                };
                set.resource = Some(reader.single(value, kind)?.into_iter().collect());
            }
        }
    }
    Ok(set)
}

struct PolicyReader<'a> {
    source: &'a Source,
    base: &'a Path,
    documents: &'a mut Documents,
    field: &'a str,
}

impl PolicyReader<'_> {
    fn one(&mut self, node: &Node<'_>, kind: PolicyKind, index: &str) -> Result<Arc<Policy>> {
        let slot = Slot {
            place: format!("{}{index}", self.field),
            kind,
            base: self.base,
        };
        self.documents.node(&slot, self.source, node)
    }

    /// One policy, or none for an empty list.
    fn single(&mut self, node: &Node<'_>, kind: PolicyKind) -> Result<Option<Arc<Policy>>> {
        match node.elements() {
            [] => Ok(None),
            [only] => self.one(only, kind, "").map(Some),
            [_, second, ..] => Err(Error::request(format!("`{}` takes one policy", self.field))
                .at(self.source, second.span)),
        }
    }

    fn list(&mut self, node: &Node<'_>, kind: PolicyKind) -> Result<Vec<Arc<Policy>>> {
        let elements = node.elements().iter().enumerate();
        elements
            .map(|(index, element)| self.one(element, kind, &format!("[{index}]")))
            .collect()
    }

    /// Levels of policies; a flat list is one level, and no list at all is "not in play".
    fn levels(
        &mut self,
        node: &Node<'_>,
        kind: PolicyKind,
    ) -> Result<Option<Vec<Vec<Arc<Policy>>>>> {
        let elements = node.elements();
        let nested = |element: &Node<'_>| matches!(element.value, Value::Array(_));
        if elements.is_empty() {
            return Ok(None);
        }
        if !elements.iter().any(nested) {
            return Ok(Some(vec![self.list(node, kind)?]));
        }
        let mut levels = Vec::new();
        for (level, element) in elements.iter().enumerate() {
            let policies = element.elements().iter().enumerate();
            levels.push(
                policies
                    .map(|(index, policy)| self.one(policy, kind, &format!("[{level}][{index}]")))
                    .collect::<Result<_>>()?,
            );
        }
        Ok(Some(levels))
    }
}
