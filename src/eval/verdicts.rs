//! One call decided for every address class: the decision, the statements that make it, and what is left open.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::address_tests::{AddressSpace, AddressTests};
use super::applying::Applying;
use super::class_set::ClassSet;
use super::context::{Assumption, Context};
use super::decision::Decision;
use super::everywhere::PlacedStatement;
use super::journey::PreparedCall;
use super::layers::{self, Judged, LayerOutcome, Outcome, Path};
use super::reasons::{self, has_part, used_layers};
use super::request::{Layer, PolicySet};
use super::truth::{Pair, Pointwise, Truth, any};
use crate::net::Class;
use crate::policy::{ConditionKey, Effect};

/// What becomes of a call from the addresses of one class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) decision: Decision,
    /// It would certainly be allowed if no Deny applied.
    pub(super) granted: bool,
    /// Equal for two classes of a call: the same statements decide.
    pub(super) deciders: u128,
}

/// What becomes of a call from every class.
#[derive(Debug)]
pub(super) struct Verdicts {
    by_class: Vec<Verdict>,
    /// For each class that depends on something, what the unknown would settle.
    residues: BTreeMap<Class, u128>,
    statements: Vec<PlacedStatement>,
    applying: Applying,
    used: Vec<Vec<Layer>>,
    /// How the policies combine, to say which layers stop a request.
    path: Path<ClassSet>,
    layers: Vec<LayerOutcome<ClassSet>>,
    pub(super) depends_on: Vec<String>,
    pub(super) assumptions: Vec<Assumption>,
}

impl Verdicts {
    pub(super) fn of(space: &AddressSpace, tests: &AddressTests, call: &PreparedCall) -> Self {
        let PreparedCall {
            request, policies, ..
        } = call;
        let outcome = layers::evaluate(&space.algebra(tests), request, policies);
        let count = space.partition.class_count();
        let decisions = decisions(&outcome, count);
        let identity = policies.gives(Layer::Identity);
        let used: Vec<Vec<Layer>> = (0..count)
            .map(|number| match decisions[number] {
                Decision::Allowed => used_layers(&outcome.path, identity, class(number)),
                _ => Vec::new(),
            })
            .collect();
        let fingerprints = fingerprints(&outcome, &decisions, &used);
        let granted = outcome.granted.certainly();
        let by_class = decisions
            .iter()
            .zip(fingerprints)
            .enumerate()
            .map(|(number, (decision, deciders))| Verdict {
                decision: *decision,
                granted: granted.at(class(number)),
                deciders,
            })
            .collect();
        let depending = outcome
            .allowed
            .undecided()
            .and(&outcome.explicit.certainly().not());
        let depends_on = if depending.is(false) {
            Vec::new()
        } else {
            reasons::depends_on(&outcome, &depending)
        };
        let assumptions = reasons::assumptions(|made| decisions.contains(&made), &outcome, request);
        let residues = residues(&outcome, &depending, count, &request.context);
        let applying = outcome.statements.iter();
        let applying = applying.map(|judged| judged.outcome.applies.certainly().clone());
        let applying = Applying::new(applying.collect(), count);
        let statements = outcome.statements.iter().map(|judged| PlacedStatement {
            layer: judged.layer,
            level: judged.level,
            policy: Arc::clone(judged.policy),
            index: judged.index,
        });
        Self {
            statements: statements.collect(),
            applying,
            by_class,
            residues,
            used,
            path: outcome.path,
            layers: outcome.layers,
            depends_on,
            assumptions,
        }
    }

    pub(super) fn at(&self, class: Class) -> Verdict {
        self.by_class[class.index()]
    }

    /// The statements that decide at a class.
    pub(super) fn deciders(&self, class: Class) -> impl Iterator<Item = &PlacedStatement> {
        let (decision, used) = (self.at(class).decision, &self.used[class.index()]);
        let applying = self.applying.at(class);
        applying
            .map(|index| &self.statements[index])
            .filter(move |placed| has_part(decision, used, placed.layer, placed.statement().effect))
    }

    /// The layers that stop the call at a class; `policies` are those that it was decided by.
    pub(super) fn blocked_by(&self, class: Class, policies: &PolicySet) -> Vec<Layer> {
        let layers: Vec<LayerOutcome<bool>> =
            self.layers.iter().map(|layer| layer.at(class)).collect();
        reasons::blocking(
            self.at(class).decision,
            &self.path.at(class),
            &layers,
            policies,
        )
    }

    /// What the unknown would settle at a class; 0 where nothing is open.
    pub(super) fn residue(&self, class: Class) -> u128 {
        self.residues.get(&class).copied().unwrap_or(0)
    }
}

fn class(number: usize) -> Class {
    // A partition has fewer than 2^32 classes.
    Class::new(u32::try_from(number).unwrap_or(u32::MAX))
}

fn decisions(outcome: &Outcome<'_, ClassSet>, count: usize) -> Vec<Decision> {
    let decide = |number| {
        let class = class(number);
        Decision::from_pairs(outcome.explicit.at(class), outcome.allowed.at(class))
    };
    (0..count).map(decide).collect()
}

/// For each class a number that stands for the statements that decide there: the sum of numbers that stand for each.
/// Statements apply in runs of classes, so the sums are found in one pass, however many statements and classes there are.
fn fingerprints(
    outcome: &Outcome<'_, ClassSet>,
    decisions: &[Decision],
    used: &[Vec<Layer>],
) -> Vec<u128> {
    let count = decisions.len();
    let mut groups: BTreeMap<(bool, Layer), Vec<(&ClassSet, u128)>> = BTreeMap::new();
    for (index, judged) in outcome.statements.iter().enumerate() {
        let allow = judged.statement().effect == Effect::Allow;
        let group = groups.entry((allow, judged.layer)).or_default();
        group.push((judged.outcome.applies.certainly(), fingerprint(&index)));
    }
    let mut all = vec![0_u128; count];
    for ((allow, layer), group) in groups {
        let effect = if allow { Effect::Allow } else { Effect::Deny };
        for (number, sum) in sums(group, count).into_iter().enumerate() {
            if has_part(decisions[number], &used[number], layer, effect) {
                all[number] = all[number].wrapping_add(sum);
            }
        }
    }
    all
}

/// For each class the sum of the numbers of the sets that hold it. Sets are runs of classes, so this takes one pass,
/// however many there are.
fn sums<'a>(sets: impl IntoIterator<Item = (&'a ClassSet, u128)>, count: usize) -> Vec<u128> {
    let mut steps = vec![0_u128; count + 1];
    for (set, number) in sets {
        for (start, end) in set.runs(count) {
            steps[start] = steps[start].wrapping_add(number);
            steps[end] = steps[end].wrapping_sub(number);
        }
    }
    let mut sum = 0_u128;
    for step in &mut steps {
        sum = sum.wrapping_add(*step);
        *step = sum;
    }
    steps.truncate(count);
    steps
}

/// For each class that depends on something: the state of everything that the decision is combined from, and what the
/// open statements still need. Two equal ones come to the same decision however the unknown is filled in.
fn residues(
    outcome: &Outcome<'_, ClassSet>,
    depending: &ClassSet,
    count: usize,
    context: &Context,
) -> BTreeMap<Class, u128> {
    if depending.is(false) {
        return BTreeMap::new();
    }
    let mut open: Vec<(ClassSet, u128)> = Vec::new();
    let mut settled: BTreeMap<(Layer, usize, bool), Vec<ClassSet>> = BTreeMap::new();
    for judged in &outcome.statements {
        let applies = &judged.outcome.applies;
        let allow = judged.statement().effect == Effect::Allow;
        let group = settled.entry((judged.layer, judged.level, allow));
        group.or_default().push(applies.certainly().clone());
        let undecided = if judged.outcome.grants.are_decided() {
            applies.undecided()
        } else {
            applies.possibly().clone()
        };
        let undecided = undecided.and(depending);
        if undecided.is(false) {
            continue;
        }
        let needs = needs(judged, context);
        for certain in [true, false] {
            let at = if certain {
                undecided.and(applies.certainly())
            } else {
                undecided.and(&applies.certainly().not())
            };
            open.push((at, fingerprint(&(&needs, certain))));
        }
    }
    let settled: BTreeMap<_, ClassSet> = settled
        .into_iter()
        .map(|(key, sets)| (key, any(sets)))
        .collect();
    let open = sums(open.iter().map(|(set, number)| (set, *number)), count);
    let combined = combined(&outcome.path);
    let mut residues = BTreeMap::new();
    for number in depending.runs(count).flat_map(|(start, end)| start..end) {
        let class = class(number);
        let mut hasher = DefaultHasher::new();
        // A statement that does not apply here is the same as none.
        for (key, _) in settled.iter().filter(|(_, set)| set.at(class)) {
            key.hash(&mut hasher);
        }
        for pair in &combined {
            let pair = pair.at(class);
            (*pair.certainly(), *pair.possibly()).hash(&mut hasher);
        }
        std::mem::discriminant(&outcome.path).hash(&mut hasher);
        outcome.needs.hash(&mut hasher);
        residues.insert(class, fingerprint(&(hasher.finish(), open[number])));
    }
    residues
}

/// What is combined with the statements: whether an Allow is needed, and what each side comes to.
fn combined(path: &Path<ClassSet>) -> Vec<Pair<ClassSet>> {
    match path {
        Path::Free(allowed) => vec![Pair::known(*allowed)],
        Path::ResourceOnly { resource } => vec![resource.clone()],
        Path::CrossAccount { core, resource } => vec![
            core.identity.clone(),
            core.boundary.clone(),
            core.session.clone(),
            resource.clone(),
        ],
        Path::SameAccount {
            core,
            grants,
            must_grant,
        } => vec![
            core.identity.clone(),
            core.boundary.clone(),
            core.session.clone(),
            grants.account.clone(),
            grants.limited.clone(),
            grants.direct.clone(),
            Pair::known(*must_grant),
        ],
    }
}

/// What an open statement hangs on, as it is written, without regard to the order of values and conditions, and what its
/// variables are known to be: two scenarios may know different things of them.
fn needs(judged: &Judged<'_, ClassSet>, context: &Context) -> String {
    let statement = judged.statement();
    let mut tests: Vec<String> = statement
        .conditions
        .iter()
        .zip(&judged.outcome.conditions)
        .filter(|(_, outcome)| !outcome.truth.undecided().is(false))
        .map(|(condition, _)| {
            let mut values: Vec<&str> = condition.values.iter().map(|value| &*value.text).collect();
            values.sort_unstable();
            let key = condition.key.lower();
            let variables = condition
                .values
                .iter()
                .flat_map(|value| value.operand.variables());
            let bound = bound(variables, context);
            format!("{:?} {key} {values:?} {bound}", condition.operator)
        })
        .collect();
    tests.sort_unstable();
    let principal = match judged.outcome.principal {
        Some(principal) if principal.decided().is_some() && judged.outcome.grants.are_decided() => {
            format!("{:?}", judged.outcome.grants)
        }
        _ => statement
            .principal
            .as_ref()
            .map_or_else(String::new, |element| {
                format!("{} {:?}", element.negated, element.entries)
            }),
    };
    let resource = match (&statement.resource, judged.outcome.resource.decided()) {
        (Some(element), None) => {
            let mut patterns: Vec<&str> =
                element.patterns.iter().map(|entry| &*entry.text).collect();
            patterns.sort_unstable();
            let variables = element
                .patterns
                .iter()
                .flat_map(|entry| entry.pattern.variables());
            format!(
                "{} {patterns:?} {}",
                element.negated,
                bound(variables, context)
            )
        }
        _ => String::new(),
    };
    let effect = statement.effect.as_str();
    format!(
        "{:?} {} {effect} {principal} {resource} {tests:?}",
        judged.layer, judged.level
    )
}

/// What is known of variables, each once.
fn bound<'a>(variables: impl Iterator<Item = &'a ConditionKey>, context: &Context) -> String {
    let variables: BTreeSet<&ConditionKey> = variables.collect();
    let known = variables.into_iter();
    let known = known.map(|key| format!("{}={:?}", key.lower(), context.get(key)));
    known.collect::<Vec<_>>().join(" ")
}

/// A number that stands for a value; that two values share one is as unlikely as anything gets.
fn fingerprint(value: &impl Hash) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        (seed, value).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
