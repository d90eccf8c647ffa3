//! Which requests policies tell apart: by action, by resource and by who calls.
//!
//! Where a question leaves one of them open, it is asked once for each class of requests that no policy at hand tells
//! apart, as address classes are for addresses. Patterns overlap, so the classes are found by following all patterns at
//! once; each is called by the narrowest patterns that name it.

mod atoms;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::eval::{Caller, Context, ResourceText, Role, Scenario, SourceIp};
use crate::policy::{
    Action, ActionPattern, ConditionKey, Effect, PolicyKind, ResourceElement, ResourceEntry,
    Statement, Token, Who, glob_tokens,
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
    /// The resources of the class are in several regions.
    any_region: bool,
    /// The resources of the class say no account, or are in several.
    any_account: bool,
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

/// An ARN: the partition, the service and the resource are not empty. What is done to roles is done to roles only, which
/// need the Allow of their trust policy (EVAL-14).
fn resource_frame(action: &Action) -> Vec<Token> {
    use Token::{Char, Many, ManyNoColon, One, OneNoColon};
    let mut frame = glob_tokens("arn:");
    frame.extend([OneNoColon, ManyNoColon]);
    if action.is_on_role() {
        frame.extend(glob_tokens(":iam::"));
        frame.push(ManyNoColon);
        frame.extend(glob_tokens(":role/"));
    } else {
        frame.extend([Char(':'), OneNoColon, ManyNoColon, Char(':')]);
        frame.extend([ManyNoColon, Char(':'), ManyNoColon, Char(':')]);
    }
    frame.extend([One, Many]);
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

/// A class of resources.
#[derive(Clone, Debug)]
struct Resources {
    /// One of them.
    example: Option<ResourceText>,
    /// What it is called where it stands for more than itself.
    title: Option<String>,
    any_region: bool,
    any_account: bool,
}

impl Resources {
    /// A resource that the question names.
    fn given(resource: &ResourceText) -> Self {
        Self {
            example: Some(resource.clone()),
            title: None,
            any_region: false,
            any_account: false,
        }
    }
}

/// What is known of requests of this caller in each scenario, whatever the resource.
fn contexts(
    scenarios: &[&Scenario],
    caller: Option<&Caller>,
    action: &Action,
) -> Result<Vec<Context>> {
    let context = |scenario: &&Scenario| {
        let scenario = Scenario {
            principal: caller.cloned(),
            action: Some(action.clone()),
            resource: Some(ResourceText::All),
            ip: Some(SourceIp::Every),
            ..Scenario::clone(scenario)
        };
        // No variable of a resource holds the time.
        Ok(scenario.request(Timestamp::UNIX_EPOCH)?.context)
    };
    scenarios.iter().map(context).collect()
}

/// Whether all resources that a pattern matches have one text as this segment, and it is not empty.
fn names_segment(pattern: &str, segment: usize) -> bool {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    parts.len() == 6
        && !parts[segment].is_empty()
        && !parts[segment].contains(['*', '?', '$'])
        && parts[..segment].iter().all(|part| !part.ends_with('*'))
}

/// What statements about an action tell apart: nothing if each of them is about every resource.
fn resources<'a>(
    about: &[Stated<'a>],
    action: &Action,
    wanted: &Wanted,
    contexts: &[Context],
) -> Result<Vec<Resources>> {
    if !wanted.resources.is_empty() {
        return Ok(wanted.resources.iter().map(Resources::given).collect());
    }
    let elements: Vec<&'a ResourceElement> = about
        .iter()
        .filter_map(|stated| stated.statement.resource.as_ref())
        .collect();
    let whole = |element: &&ResourceElement| {
        !element.negated && element.patterns.iter().any(|entry| &*entry.text == "*")
    };
    if elements.iter().all(whole) {
        return Ok(vec![Resources {
            example: None,
            title: None,
            any_region: true,
            any_account: true,
        }]);
    }
    let unbound: &[Context] = &[Context::default()];
    let contexts = if contexts.is_empty() {
        unbound
    } else {
        contexts
    };
    let readings = |entry: &ResourceEntry| -> Vec<Alternatives> {
        let bound = contexts.iter();
        bound
            .map(|context| {
                let bind = |key: &ConditionKey| context.bind(key);
                entry.pattern.token_lists(&entry.text, &bind)
            })
            .collect()
    };
    let mut texts: Vec<&str> = Vec::new();
    let mut patterns: Vec<Alternatives> = Vec::new();
    let mut numbers: HashMap<(&str, Alternatives), usize> = HashMap::new();
    let mut number = |entry: &'a ResourceEntry, reading: Alternatives| {
        *numbers
            .entry((&entry.text, reading.clone()))
            .or_insert_with(|| {
                texts.push(&entry.text);
                patterns.push(reading);
                texts.len() - 1
            })
    };
    // For each statement that names resources, the numbers of its patterns.
    let listed: Vec<(bool, BTreeSet<usize>)> = elements
        .iter()
        .map(|element| {
            let entries = element.patterns.iter();
            let numbers = entries.flat_map(|entry| {
                let readings = readings(entry).into_iter();
                readings.map(|reading| (entry, reading)).collect::<Vec<_>>()
            });
            let numbers = numbers.map(|(entry, reading)| number(entry, reading));
            (element.negated, numbers.collect())
        })
        .collect();
    // A policy of the resource itself: that may be any, also one that other statements do not name.
    let of_any = elements.len() < about.len();
    let atoms =
        atoms::atoms(&resource_frame(action), &patterns).map_err(|_| too_many("resources"))?;
    let mut resources = Vec::new();
    for atom in &atoms {
        let mut listed = listed.iter();
        let counts = listed.any(|(negated, numbers)| {
            atom.matched.iter().any(|index| numbers.contains(index)) != *negated
        });
        if counts || of_any {
            let title = title(&atoms, atom, &texts, "any other resource");
            let title = if title.contains(['*', '?', ' ']) {
                Some(title)
            } else {
                None
            };
            let arn = atom.example.parse()?;
            let matched = atom.matched.iter().map(|index| texts[*index]);
            let names = |segment| matched.clone().any(|text| names_segment(text, segment));
            let (any_region, any_account) = (!names(3), !names(4));
            resources.push((
                order(&atoms, atom),
                Resources {
                    example: Some(ResourceText::Arn(arn)),
                    title,
                    any_region,
                    any_account,
                },
            ));
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
    // Where an account is named, an unnamed principal is one of it; an Allow for everyone is for others as well.
    let names_someone = about.iter().any(|Stated { statement, .. }| {
        let mut elements = statement.principal.iter();
        elements.any(|element| element.entries.iter().any(|who| caller(who).is_some()))
    });
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
            let stranger = names_someone && statement.effect == Effect::Allow;
            callers.extend(stranger.then_some(Some(Caller::Stranger)));
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
