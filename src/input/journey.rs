//! The steps of a journey.

use std::path::Path;

use super::documents::{Documents, check_fields};
use super::scenario::read_policies;
use crate::error::{Error, Result};
use crate::eval::{AssumeRole, Call, PolicySet, Role, Step, read_context};
use crate::json::{Member, Node, Value};
use crate::source::Source;

/// Reads the list of steps.
pub(super) fn read_steps(
    source: &Source,
    node: &Node<'_>,
    base: &Path,
    documents: &mut Documents,
) -> Result<Vec<Step>> {
    let Value::Array(steps) = &node.value else {
        return Err(node.mismatch("steps", "a list", source));
    };
    let mut reader = StepReader {
        source,
        base,
        documents,
    };
    steps.iter().map(|step| reader.step(step)).collect()
}

struct StepReader<'a> {
    source: &'a Source,
    base: &'a Path,
    documents: &'a mut Documents,
}

const CALL_FIELDS: &[&str] = &[
    "action",
    "resource",
    "resource_account",
    "context",
    "via",
    "policies",
];
const ASSUME_FIELDS: &[&str] = &[
    "role",
    "action",
    "federated",
    "trust",
    "identity",
    "boundary",
    "scp",
    "rcp",
    "role_tags",
    "external_id",
    "session_name",
    "session_policy",
    "tags",
    "transitive_tag_keys",
    "source_identity",
    "mfa",
    "context",
    "via",
    "vpce",
];

impl StepReader<'_> {
    fn step(&mut self, node: &Node<'_>) -> Result<Step> {
        let members = node.expect_object("step", self.source)?;
        match members.iter().find(|member| member.key == "assume_role") {
            Some(assume) if members.len() == 1 => {
                Ok(Step::AssumeRole(Box::new(self.assume(&assume.value)?)))
            }
            Some(assume) => Err(
                Error::request("a step is a call or an `assume_role`, not both")
                    .at(self.source, assume.key_span),
            ),
            None => {
                check_fields(members, CALL_FIELDS, self.source)?;
                Ok(Step::Call(Box::new(self.call(node)?)))
            }
        }
    }

    fn call(&mut self, node: &Node<'_>) -> Result<Call> {
        let Some(action) = self.parsed(node, "action")? else {
            return Err(Error::request("the step has no `action`").at(self.source, node.span));
        };
        let policies = match node.get("policies") {
            Some(policies) => read_policies(
                self.source,
                policies,
                self.base,
                self.documents,
                Some(&action),
            )?,
            None => PolicySet::default(),
        };
        if policies.identity.is_some()
            || policies.boundary.is_some()
            || policies.session.is_some()
            || policies.scp.is_some()
        {
            return Err(Error::request("a step's policies are those of its resource, and of the endpoint")
                .at(self.source, node.span)
                .help("the caller's policies stand above the steps, or in the `assume_role` that made the session"));
        }
        Ok(Call {
            action,
            resource: self.parsed(node, "resource")?,
            resource_account: self.parsed(node, "resource_account")?,
            context: node
                .get("context")
                .map_or(Ok(Vec::new()), |context| read_context(self.source, context))?,
            via: self.parsed(node, "via")?,
            ip: None,
            policies,
        })
    }

    fn assume(&mut self, node: &Node<'_>) -> Result<AssumeRole> {
        let members = node.expect_object("assume_role", self.source)?;
        check_fields(members, ASSUME_FIELDS, self.source)?;
        let Some(role) = node.get("role") else {
            return Err(Error::request("`assume_role` has no `role`").at(self.source, node.span));
        };
        let arn = role.expect_str("role", self.source)?.parse();
        let role = arn
            .and_then(|arn| Role::from_arn(&arn))
            .map_err(|error| error.at(self.source, role.span))?;
        let federated = self.text(node, "federated")?;
        let default = if federated.is_some() {
            "sts:AssumeRoleWithWebIdentity"
        } else {
            "sts:AssumeRole"
        };
        let action = self
            .parsed(node, "action")?
            .map_or_else(|| default.parse(), Ok)?;
        let call = self.layers(
            members,
            &[("trust", "trust"), ("rcp", "rcp"), ("vpce", "vpce")],
        )?;
        let session = [
            ("identity", "identity"),
            ("boundary", "boundary"),
            ("scp", "scp"),
            ("session_policy", "session"),
        ];
        Ok(AssumeRole {
            action,
            role,
            federated,
            trust: call.resource,
            session: self.layers(members, &session)?,
            rcp: call.rcp,
            vpce: call.vpce,
            role_tags: self.tags(node, "role_tags")?,
            external_id: self.text(node, "external_id")?,
            session_name: self.text(node, "session_name")?,
            tags: self.tags(node, "tags")?.unwrap_or_default(),
            transitive_tag_keys: self.texts(node, "transitive_tag_keys")?,
            source_identity: self.text(node, "source_identity")?,
            mfa: node
                .get("mfa")
                .map(|mfa| mfa.expect_bool("mfa", self.source))
                .transpose()?,
            context: node
                .get("context")
                .map_or(Ok(Vec::new()), |context| read_context(self.source, context))?,
            via: self.parsed(node, "via")?,
            ip: None,
        })
    }

    /// Some members, under the names of layers, read as the policies of a scenario are.
    fn layers(
        &mut self,
        members: &[Member<'_>],
        names: &[(&str, &'static str)],
    ) -> Result<PolicySet> {
        let mut layers = Vec::new();
        for member in members {
            if let Some((_, layer)) = names.iter().find(|(name, _)| member.key == *name) {
                layers.push(Member {
                    key: (*layer).into(),
                    ..member.clone()
                });
            }
        }
        let span = members
            .first()
            .map_or_else(Default::default, |member| member.key_span);
        let node = Node {
            value: Value::Object(layers),
            span,
        };
        read_policies(self.source, &node, self.base, self.documents, None)
    }

    fn text(&self, node: &Node<'_>, name: &str) -> Result<Option<String>> {
        let Some(node) = node.get(name).filter(|node| node.value != Value::Null) else {
            return Ok(None);
        };
        node.scalar()
            .map(|text| Some(text.to_owned()))
            .ok_or_else(|| node.mismatch(name, "a string", self.source))
    }

    fn parsed<T: std::str::FromStr<Err = Error>>(
        &self,
        node: &Node<'_>,
        name: &str,
    ) -> Result<Option<T>> {
        let Some(text) = self.text(node, name)? else {
            return Ok(None);
        };
        let span = node.get(name).map(|node| node.span).unwrap_or_default();
        text.parse()
            .map(Some)
            .map_err(|error: Error| error.at(self.source, span))
    }

    fn texts(&self, node: &Node<'_>, name: &str) -> Result<Vec<String>> {
        let elements = node.get(name).map(Node::elements).unwrap_or_default();
        let text = |element: &Node<'_>| {
            element
                .scalar()
                .map(str::to_owned)
                .ok_or_else(|| element.mismatch(name, "a list of strings", self.source))
        };
        elements.iter().map(text).collect()
    }

    fn tags(&self, node: &Node<'_>, name: &str) -> Result<Option<Vec<(String, String)>>> {
        let Some(tags) = node.get(name) else {
            return Ok(None);
        };
        let pair = |member: &Member<'_>| {
            let value = member
                .value
                .scalar()
                .ok_or_else(|| member.value.mismatch(&member.key, "a string", self.source))?;
            Ok((member.key.to_string(), value.to_owned()))
        };
        tags.expect_object(name, self.source)?
            .iter()
            .map(pair)
            .collect::<Result<_>>()
            .map(Some)
    }
}
