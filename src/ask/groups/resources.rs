//! Which resources policies tell apart.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::atoms::{self, Alternatives, order, title};
use super::{Stated, Wanted, too_many};
use crate::error::Result;
use crate::eval::{Caller, Context, ResourceText, Scenario, SourceIp};
use crate::policy::{Action, ConditionKey, ResourceElement, ResourceEntry, Token, glob_tokens};

/// A class of resources.
#[derive(Clone, Debug)]
pub(super) struct Resources {
    /// One of them.
    pub(super) example: Option<ResourceText>,
    /// What it is called where it stands for more than itself.
    pub(super) title: Option<String>,
    pub(super) any_region: bool,
    pub(super) any_account: bool,
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
pub(super) fn contexts(
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
pub(super) fn resources<'a>(
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
