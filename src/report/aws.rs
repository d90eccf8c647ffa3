//! Answers in the shape that `aws iam simulate-custom-policy` prints (SIMAPI-21 to SIMAPI-26).
//!
//! There is one result for each action and resource, as the operation gave them until 2026 (SIMAPI-23).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::eval::{Answer, Decision, Layer, PolicySet, Request, Resource, StatementTrace};
use crate::source::Source;

/// The output of the command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Simulation<'a> {
    evaluation_results: Vec<Evaluation<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Evaluation<'a> {
    eval_action_name: &'a str,
    eval_resource_name: &'a str,
    eval_decision: Decision,
    matched_statements: Vec<Matched>,
    missing_context_values: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizations_decision_detail: Option<Organizations>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary_decision_detail: Option<Boundary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_decision_details: Option<BTreeMap<&'static str, Decision>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Organizations {
    allowed_by_organizations: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    allowed_by_permissions_boundary: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Matched {
    source_policy_id: String,
    source_policy_type: &'static str,
    start_position: Position,
    end_position: Position,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Position {
    line: usize,
    column: usize,
}

impl<'a> Simulation<'a> {
    /// The shape of answers, each with the policies that it was made by.
    ///
    /// AWS takes a key that it is not given for absent, and has no word for what depends on it (SIMAPI-30): the answers
    /// should be those of scenarios that do the same. What depends on something else is written as an implicit deny.
    pub fn new(answers: &'a [(Answer, &PolicySet)]) -> Self {
        let answers = answers.iter();
        Self {
            evaluation_results: answers
                .map(|(answer, policies)| Evaluation::new(answer, policies))
                .collect(),
        }
    }
}

impl<'a> Evaluation<'a> {
    fn new(answer: &'a Answer, policies: &PolicySet) -> Self {
        let deciders = answer.deciders();
        let seen = deciders.filter(|trace| !is_of_organization(trace.layer));
        let layer = |wanted: Layer| {
            let mut layers = answer.layers.iter();
            layers
                .find(|(layer, _)| *layer == wanted)
                .map(|(_, decision)| word(*decision))
        };
        let allows = |layer| layer == Decision::Allowed;
        let by_organization = [Layer::Scp, Layer::Rcp].into_iter().filter_map(layer);
        let by_organization = by_organization
            .map(allows)
            .reduce(|one, other| one && other);
        Self {
            eval_action_name: answer.request.action.as_str(),
            eval_resource_name: answer.request.resource.as_str(),
            eval_decision: word(answer.decision),
            matched_statements: seen.map(|trace| Matched::new(trace, policies)).collect(),
            missing_context_values: missing(answer),
            organizations_decision_detail: by_organization.map(|allowed| Organizations {
                allowed_by_organizations: allowed,
            }),
            permissions_boundary_decision_detail: layer(Layer::Boundary).map(|decision| Boundary {
                allowed_by_permissions_boundary: allows(decision),
            }),
            eval_decision_details: details(&answer.request, by_organization, layer),
        }
    }
}

/// Only one of the words of AWS.
fn word(decision: Decision) -> Decision {
    match decision {
        Decision::Depends => Decision::ImplicitDeny,
        decision => decision,
    }
}

/// Policies of the organization are never shown, nor are their keys (SIMAPI-24).
fn is_of_organization(layer: Layer) -> bool {
    matches!(layer, Layer::Scp | Layer::Rcp)
}

/// The missing keys that other policies than those of the organization name.
fn missing(answer: &Answer) -> Vec<&str> {
    let statements = answer.statements.iter();
    let seen = statements.filter(|trace| !is_of_organization(trace.layer));
    let keys = seen.flat_map(|trace| trace.statement().keys());
    let named: BTreeSet<String> = keys.map(|key| key.as_str().to_ascii_lowercase()).collect();
    let missing = answer.missing_context.iter().map(String::as_str);
    missing
        .filter(|key| named.contains(&key.to_ascii_lowercase()))
        .collect()
}

/// What each side of a cross-account request says; nothing for `*`, and where the organization denies (SIMAPI-25).
fn details(
    request: &Request,
    by_organization: Option<bool>,
    layer: impl Fn(Layer) -> Option<Decision>,
) -> Option<BTreeMap<&'static str, Decision>> {
    if !matches!(request.resource, Resource::Arn(_)) || by_organization == Some(false) {
        return None;
    }
    if request.caller.account() == request.resource_account {
        return Some(BTreeMap::new());
    }
    let sides = [
        ("IAM Policy", Layer::Identity),
        ("Resource Policy", Layer::Resource),
    ];
    let said = sides
        .into_iter()
        .map(|(name, side)| (name, layer(side).unwrap_or(Decision::ImplicitDeny)));
    Some(said.collect())
}

impl Matched {
    fn new(trace: &StatementTrace, policies: &PolicySet) -> Self {
        let (source_policy_id, source_policy_type) = name(trace, policies);
        let span = trace.statement().span;
        let source = &trace.policy.source;
        Self {
            source_policy_id,
            source_policy_type,
            start_position: Position::of(source, start(trace)),
            end_position: Position::of(source, span.end()),
        }
    }
}

impl Position {
    fn of(source: &Source, offset: usize) -> Self {
        let place = source.position(offset);
        Self {
            line: place.line,
            column: place.column,
        }
    }
}

/// What AWS calls a policy: by its place in the input (SIMAPI-22). Kinds that it does not simulate have their own names.
fn name(trace: &StatementTrace, policies: &PolicySet) -> (String, &'static str) {
    let of_layer = policies.of(trace.layer);
    let mut of_layer = of_layer.iter();
    let place = of_layer.position(|(_, policy)| Arc::ptr_eq(policy, &trace.policy));
    let number = place.unwrap_or(0) + 1;
    match trace.layer {
        Layer::Identity => (format!("PolicyInputList.{number}"), "IAM Policy"),
        Layer::Boundary => (
            "PermissionsBoundaryPolicyInputList.1".to_owned(),
            "IAM Policy",
        ),
        Layer::Resource => ("ResourcePolicy".to_owned(), "Resource Policy"),
        _ => (trace.policy.name.clone(), "none"),
    }
}

/// Where AWS says that a statement starts: behind what its parser took before it, which is the bracket of the list or the
/// statement before; of the only statement without a list, behind its own brace (SIMAPI-32).
fn start(trace: &StatementTrace) -> usize {
    let (policy, span) = (&trace.policy, trace.statement().span);
    if let Some(before) = trace.index.checked_sub(1) {
        return policy.statements[before].span.end();
    }
    let text = policy.source.text().get(..span.start()).unwrap_or_default();
    match text.trim_end() {
        before if before.ends_with('[') => before.len(),
        before if before.ends_with(':') && policy.source.slice(span).starts_with('{') => {
            span.start() + 1
        }
        // YAML, which AWS does not take.
        _ => span.start(),
    }
}
