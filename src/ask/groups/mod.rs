//! Which requests policies tell apart: by action, by resource and by who calls.
//!
//! Where a question leaves one of them open, it is asked once for each class of requests that no policy at hand tells
//! apart, as address classes are for addresses. Patterns overlap, so the classes are found by following all patterns at
//! once; each is called by the narrowest patterns that name it.

mod atoms;
mod callers;
mod resources;

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::eval::{Caller, Request, ResourceText, Scenario};
use crate::policy::{Action, ActionPattern, PolicyKind, Statement, Token};
use atoms::{Alternatives, order, title};
use callers::{callers, can_call};
use resources::{Resources, contexts, resources};

/// A class of requests.
#[derive(Clone, Debug)]
pub struct Group {
    /// Who calls; `None` is an unnamed IAM principal.
    pub principal: Option<Caller>,
    /// What is called, shown as the pattern that names it.
    pub action: Action,
    /// On what.
    pub resource: Option<ResourceText>,
    /// What the resource is called, where it stands for more than itself.
    pub resource_title: Option<String>,
    /// The resources of the class are in several regions.
    any_region: bool,
    /// The resources of the class say no account, or are in several.
    any_account: bool,
}

/// What the resource of a request is called: where it stands for more than itself, by the patterns that name it.
pub(super) fn resource_of<'a>(group: Option<&'a Group>, request: Option<&'a Request>) -> &'a str {
    let title = group.and_then(|group| group.resource_title.as_deref());
    title.unwrap_or_else(|| request.map_or("*", |request| request.resource.as_str()))
}

impl Group {
    /// The request of the group, with the policies and facts of a scenario.
    #[must_use]
    pub fn of(&self, scenario: &Scenario) -> Scenario {
        let mut scenario = scenario.clone();
        // What AWS fills in from the one resource that stands for all is not so for the others.
        if self.any_region {
            scenario.open.push("aws:RequestedRegion");
        }
        if self.any_account
            && scenario
                .resource_account
                .or(scenario.default_account)
                .is_none()
        {
            scenario
                .open
                .extend(["aws:ResourceAccount", "s3:ResourceAccount"]);
        }
        scenario.principal.clone_from(&self.principal);
        scenario.action = Some(self.action.clone());
        scenario.resource.clone_from(&self.resource);
        scenario
    }
}

/// A statement of a policy.
#[derive(Clone, Copy, Debug)]
struct Stated<'a> {
    kind: PolicyKind,
    statement: &'a Statement,
}

impl Stated<'_> {
    /// Whether it says something about an action: a trust policy does about actions on its role only (GRAM-42).
    fn is_about(self, action: &Action) -> bool {
        self.statement.action.matches(action).0
            && (self.kind != PolicyKind::Trust || action.is_on_role())
    }

    fn has_variables(self) -> bool {
        let mut elements = self.statement.resource.iter();
        elements.any(|element| {
            let mut patterns = element.patterns.iter();
            patterns.any(|entry| entry.pattern.variables().next().is_some())
        })
    }
}

/// The most groups of one question.
const MOST_GROUPS: usize = 2_000;

/// What a question says about the groups that it is about: nothing, or which ones.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// These actions, or those that policies tell apart.
    pub actions: Vec<Action>,
    /// These resources, or those that policies tell apart.
    pub resources: Vec<ResourceText>,
    /// The principal of the scenarios counts, named or not; else those that policies tell apart.
    pub principal: bool,
}

/// The groups that the policies of all scenarios together tell apart.
///
/// # Errors
/// If there are too many to answer for each.
pub fn groups(scenarios: &[&Scenario], wanted: &Wanted) -> Result<Vec<Group>> {
    let mut statements = Vec::new();
    for (_, _, policy) in scenarios
        .iter()
        .flat_map(|scenario| scenario.policies.all())
    {
        let kind = policy.kind;
        statements.extend(
            policy
                .statements
                .iter()
                .map(|statement| Stated { kind, statement }),
        );
    }
    let named = scenarios
        .iter()
        .find_map(|scenario| scenario.principal.as_ref());
    let actions = if wanted.actions.is_empty() {
        actions(&statements, matches!(named, Some(Caller::Root { .. })))?
    } else {
        wanted.actions.clone()
    };
    let mut groups = Vec::new();
    for action in actions {
        let about: Vec<Stated<'_>> = statements
            .iter()
            .copied()
            .filter(|stated| stated.is_about(&action))
            .collect();
        let mut callers = match named {
            Some(caller) => vec![Some(caller.clone())],
            None if wanted.principal => vec![None],
            None => callers(&about, &action),
        };
        if wanted.actions.is_empty() {
            callers.retain(|caller| can_call(caller.as_ref(), &action));
        }
        // Who calls tells what the variables in resources come to.
        let with_variables = about.iter().copied().any(Stated::has_variables);
        let mut of_all = None;
        let mut found: Vec<(usize, Option<Caller>, Resources)> = Vec::new();
        for caller in callers {
            let resources = match &of_all {
                Some(resources) => Vec::clone(resources),
                None if with_variables => {
                    let contexts = contexts(scenarios, caller.as_ref(), &action)?;
                    resources(&about, &action, wanted, &contexts)?
                }
                None => of_all
                    .insert(resources(&about, &action, wanted, &[])?)
                    .clone(),
            };
            let resources = resources.into_iter().enumerate();
            found.extend(resources.map(|(place, resource)| (place, caller.clone(), resource)));
            if groups.len() + found.len() > MOST_GROUPS {
                return Err(too_many("groups of principal, action and resource"));
            }
        }
        found.sort_by_key(|(place, ..)| *place);
        groups.extend(found.into_iter().map(|(_, principal, resources)| Group {
            principal,
            action: action.clone(),
            resource: resources.example,
            resource_title: resources.title,
            any_region: resources.any_region,
            any_account: resources.any_account,
        }));
    }
    Ok(groups)
}

fn too_many(what: &str) -> Error {
    Error::request(format!("the policies tell too many {what} apart"))
        .help("say which with --action, --resource and --principal")
}

/// Actions that the evaluator treats in a way of their own, where their service is named: those on a role, those that
/// need no key (EVAL-16), and those that RCPs do not bind (EVAL-9). Others that are special change for nobody (ROLE-30),
/// or for the root user only (EVAL-32).
const SPECIAL: [&str; 8] = [
    "kms:CreateKey",
    "kms:RetireGrant",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

/// What the root user of a bucket's account may do whatever the bucket policy says (EVAL-32).
const OF_ROOT: [&str; 3] = [
    "s3:DeleteBucketPolicy",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
];

fn actions(statements: &[Stated<'_>], root: bool) -> Result<Vec<Action>> {
    let mut texts: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    for statement in statements {
        for entry in &statement.statement.action.patterns {
            if seen.insert(entry.text.to_ascii_lowercase()) {
                texts.push(&entry.text);
            }
        }
    }
    let named = |special: &&str| {
        let service = special.split_inclusive(':').next().unwrap_or_default();
        let wild = texts.iter().filter(|text| text.contains(['*', '?']));
        wild.clone().any(|text| {
            text.len() > service.len() && text.to_ascii_lowercase().starts_with(service)
        })
    };
    // A trust policy is about these alone, whatever it calls them (GRAM-42).
    let of_role = |special: &&str| {
        let mut trust = statements
            .iter()
            .filter(|stated| stated.kind == PolicyKind::Trust);
        special
            .parse()
            .is_ok_and(|action| trust.any(|stated| stated.is_about(&action)))
    };
    let special: Vec<&str> = SPECIAL
        .into_iter()
        .chain(OF_ROOT.into_iter().filter(|_| root))
        .filter(|special| named(special) || of_role(special))
        .collect();
    texts.extend(
        special
            .into_iter()
            .filter(|special| seen.insert(special.to_ascii_lowercase())),
    );
    let patterns: Vec<Alternatives> = texts
        .iter()
        .map(|text| ActionPattern::tokens(text).into_iter().collect())
        .collect();
    let atoms = atoms::atoms(&action_frame(), &patterns).map_err(|_| too_many("actions"))?;
    let mut actions = Vec::new();
    for atom in &atoms {
        let title = title(&atoms, atom, &texts, "any other action");
        let action = Action::standing_for(&title, &atom.example)?;
        if statements.iter().any(|stated| stated.is_about(&action)) {
            actions.push((order(&atoms, atom), action));
        }
    }
    actions.sort_by_key(|(order, _)| *order);
    Ok(actions.into_iter().map(|(_, action)| action).collect())
}

/// `service:name`
fn action_frame() -> Vec<Token> {
    use Token::{Char, ManyNoColon, OneNoColon};
    vec![OneNoColon, ManyNoColon, Char(':'), OneNoColon, ManyNoColon]
}
