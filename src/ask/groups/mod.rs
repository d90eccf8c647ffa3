//! Which requests policies tell apart: by action, by resource and by who calls.
//!
//! Where a question leaves one of them open, it is asked once for each class of requests that no policy at hand tells
//! apart, as address classes are for addresses. Patterns overlap, so the classes are found by following all patterns at
//! once; each is called by the narrowest patterns that name it.

mod atoms;

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::eval::{Caller, ResourceText, Role, Scenario};
use crate::policy::{
    Action, ActionPattern, PolicyKind, ResourcePattern, Statement, Token, Who, glob_tokens,
};
use atoms::{Alternatives, Atom};

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
}

impl Group {
    /// The request of the group, with the policies and facts of a scenario.
    #[must_use]
    pub fn of(&self, scenario: &Scenario) -> Scenario {
        Scenario {
            principal: self.principal.clone(),
            action: Some(self.action.clone()),
            resource: self.resource.clone(),
            ..scenario.clone()
        }
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
        for (resource, title) in resources(&about, wanted)? {
            let mut callers = match named {
                Some(caller) => vec![Some(caller.clone())],
                None if wanted.principal => vec![None],
                None => callers(&about, &action),
            };
            if wanted.actions.is_empty() {
                callers.retain(|caller| can_call(caller.as_ref(), &action));
            }
            groups.extend(callers.into_iter().map(|principal| Group {
                principal,
                action: action.clone(),
                resource: resource.clone(),
                resource_title: title.clone(),
            }));
            if groups.len() > MOST_GROUPS {
                return Err(too_many("groups of principal, action and resource"));
            }
        }
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
const SPECIAL: [&str; 7] = [
    "kms:CreateKey",
    "kms:RetireGrant",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
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
    let special: Vec<&str> = SPECIAL
        .into_iter()
        .chain(OF_ROOT.into_iter().filter(|_| root))
        .filter(named)
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

/// An ARN: the partition, the service and the resource are not empty.
fn resource_frame() -> Vec<Token> {
    use Token::{Char, Many, ManyNoColon, One, OneNoColon};
    let mut frame = glob_tokens("arn:");
    frame.extend([
        OneNoColon,
        ManyNoColon,
        Char(':'),
        OneNoColon,
        ManyNoColon,
        Char(':'),
    ]);
    frame.extend([ManyNoColon, Char(':'), ManyNoColon, Char(':'), One, Many]);
    frame
}

/// The narrowest patterns that name an atom.
fn narrowest(atoms: &[Atom], atom: &Atom) -> Vec<usize> {
    let within = |inner: usize, outer: usize| {
        let mut holds = atoms.iter().filter(|atom| atom.matched.contains(&inner));
        holds.all(|atom| atom.matched.contains(&outer))
    };
    let narrower = |pattern: usize| {
        atom.matched
            .iter()
            .any(|other| *other != pattern && within(*other, pattern) && !within(pattern, *other))
    };
    let matched = atom.matched.iter().copied();
    matched.filter(|pattern| !narrower(*pattern)).collect()
}

fn title(atoms: &[Atom], atom: &Atom, texts: &[&str], rest: &str) -> String {
    let narrowest: Vec<&str> = narrowest(atoms, atom)
        .into_iter()
        .map(|index| texts[index])
        .collect();
    match narrowest.as_slice() {
        [] => rest.to_owned(),
        texts => texts.join(" and "),
    }
}

/// In the order in which the policies name them, the rest last.
fn order(atoms: &[Atom], atom: &Atom) -> usize {
    narrowest(atoms, atom)
        .first()
        .copied()
        .unwrap_or(usize::MAX)
}

/// A resource, and what it is called where it stands for more than itself.
type Titled = (Option<ResourceText>, Option<String>);

/// What statements about an action tell apart: nothing if each of them is about every resource.
fn resources(about: &[Stated<'_>], wanted: &Wanted) -> Result<Vec<Titled>> {
    if !wanted.resources.is_empty() {
        let given = wanted.resources.iter();
        return Ok(given
            .map(|resource| (Some(resource.clone()), None))
            .collect());
    }
    let elements: Vec<_> = about
        .iter()
        .filter_map(|stated| stated.statement.resource.as_ref())
        .collect();
    let whole = |element: &&crate::policy::ResourceElement| {
        !element.negated && element.patterns.iter().any(|entry| &*entry.text == "*")
    };
    if elements.iter().all(whole) {
        return Ok(vec![(None, None)]);
    }
    let mut texts: Vec<&str> = Vec::new();
    for entry in elements.iter().flat_map(|element| &element.patterns) {
        if !texts.contains(&&*entry.text) {
            texts.push(&entry.text);
        }
    }
    let patterns: Vec<Alternatives> = texts
        .iter()
        .map(|text| ResourcePattern::token_lists(text))
        .collect();
    let atoms = atoms::atoms(&resource_frame(), &patterns).map_err(|_| too_many("resources"))?;
    let mut resources = Vec::new();
    for atom in &atoms {
        let counts = about.iter().any(|stated| {
            let Some(element) = &stated.statement.resource else {
                // A policy of the resource itself; which resource that is, other statements say.
                return atoms.iter().all(|atom| atom.matched.is_empty());
            };
            let named = element.patterns.iter().any(|entry| {
                let index = texts.iter().position(|text| *text == &*entry.text);
                index.is_some_and(|index| atom.matched.contains(&index))
            });
            named != element.negated
        });
        if counts {
            let title = title(&atoms, atom, &texts, "any other resource");
            let title = if title.contains(['*', '?', ' ']) {
                Some(title)
            } else {
                None
            };
            let arn = atom.example.parse()?;
            resources.push((order(&atoms, atom), (Some(ResourceText::Arn(arn)), title)));
        }
    }
    resources.sort_by_key(|(order, _)| *order);
    Ok(resources
        .into_iter()
        .map(|(_, resource)| resource)
        .collect())
}

/// The callers that statements tell apart; `None` is an IAM principal that none of them names.
fn callers(about: &[Stated<'_>], action: &Action) -> Vec<Option<Caller>> {
    let mut callers: Vec<Option<Caller>> = Vec::new();
    for Stated { kind, statement } in about {
        let Some(element) = &statement.principal else {
            callers.push(None);
            continue;
        };
        let everyone = element.negated || element.entries.contains(&Who::Everyone);
        if everyone && action.is_federated() {
            callers.push(Some(Caller::Federated(ANY_PROVIDER.into())));
        } else if everyone {
            callers.push(None);
            callers.extend((*kind == PolicyKind::Resource).then_some(Some(Caller::Anonymous)));
        }
        let unknown = |who: &Who| matches!(who, Who::CanonicalUser(_));
        callers.extend(element.entries.iter().any(unknown).then_some(None));
        callers.extend(element.entries.iter().filter_map(caller).map(Some));
    }
    let mut seen = Vec::new();
    callers.retain(|caller| {
        let new = !seen.contains(caller);
        if new {
            seen.push(caller.clone());
        }
        new
    });
    callers
}

/// A provider vouches for the callers of two actions, and calls no other (GRAM-26).
fn can_call(caller: Option<&Caller>, action: &Action) -> bool {
    matches!(caller, Some(Caller::Federated(_))) == action.is_federated()
}

/// The caller that an entry of `Principal` names; `None` if it names nobody, everyone or an account that is not known.
fn caller(who: &Who) -> Option<Caller> {
    Some(match who {
        Who::Account { account, .. } => Caller::Unnamed(Some(*account)),
        Who::User(arn) | Who::RoleSession(arn) | Who::FederatedUser(arn) => {
            Caller::parse(arn.as_str()).ok()?
        }
        Who::Role(arn) => Caller::RoleSession {
            role: Role::from_arn(arn).ok()?,
            session: None,
        },
        Who::Service(name) => Caller::Service((name != "*").then(|| name.clone())),
        Who::Federated(name) if name == "*" => Caller::Federated(ANY_PROVIDER.into()),
        Who::Federated(name) => Caller::Federated(name.clone()),
        Who::CanonicalUser(_) | Who::Everyone | Who::Deleted | Who::Nobody => return None,
    })
}

/// What a provider is called that no policy names.
const ANY_PROVIDER: &str = "any provider";
