//! One call decided for every address class: the decision, the statements that make it, and what is left open.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::address_tests::{AddressSpace, AddressTests};
use super::class_set::ClassSet;
use super::context::Assumption;
use super::decision::Decision;
use super::everywhere::PlacedStatement;
use super::journey::PreparedCall;
use super::layers::{self, Judged, Outcome, Path};
use super::reasons::{self, has_part, used_layers};
use super::request::Layer;
use super::truth::{Pair, Pointwise, Truth};
use crate::net::Class;
use crate::policy::Effect;

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
    statements: Vec<(PlacedStatement, ClassSet)>,
    used: Vec<Vec<Layer>>,
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
        let residues = residues(&outcome, &depending, count);
        let statements = outcome.statements.iter().map(|judged| {
            let placed = PlacedStatement {
                layer: judged.layer,
                level: judged.level,
                policy: Arc::clone(judged.policy),
                index: judged.index,
            };
            (placed, judged.outcome.applies.certainly().clone())
        });
        Self {
            statements: statements.collect(),
            by_class,
            residues,
            used,
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
        let statements = self.statements.iter();
        statements
            .filter(move |(placed, applies)| {
                has_part(decision, used, placed.layer, placed.statement().effect)
                    && applies.at(class)
            })
            .map(|(placed, _)| placed)
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
    // By effect and layer, how much the sum changes at each class.
    let mut steps: BTreeMap<(bool, Layer), Vec<u128>> = BTreeMap::new();
    for (index, judged) in outcome.statements.iter().enumerate() {
        let allow = judged.statement().effect == Effect::Allow;
        let number = fingerprint(&index);
        for (start, end) in judged.outcome.applies.certainly().runs(count) {
            let steps = steps
                .entry((allow, judged.layer))
                .or_insert_with(|| vec![0; count + 1]);
            steps[start] = steps[start].wrapping_add(number);
            steps[end] = steps[end].wrapping_sub(number);
        }
    }
    let mut sums = vec![0_u128; count];
    for ((allow, layer), steps) in steps {
        let effect = if allow { Effect::Allow } else { Effect::Deny };
        let mut sum = 0_u128;
        for (number, step) in steps.iter().take(count).enumerate() {
            sum = sum.wrapping_add(*step);
            if has_part(decisions[number], &used[number], layer, effect) {
                sums[number] = sums[number].wrapping_add(sum);
            }
        }
    }
    sums
}

/// For each class that depends on something: the state of everything that the decision is combined from, and what the
/// open statements still need. Two equal ones come to the same decision however the unknown is filled in.
fn residues(
    outcome: &Outcome<'_, ClassSet>,
    depending: &ClassSet,
    count: usize,
) -> BTreeMap<Class, u128> {
    let mut open: Vec<(&ClassSet, ClassSet, u128)> = Vec::new();
    let mut settled: BTreeMap<(Layer, usize, bool), ClassSet> = BTreeMap::new();
    if depending.is(false) {
        return BTreeMap::new();
    }
    for judged in &outcome.statements {
        let applies = &judged.outcome.applies;
        let allow = judged.statement().effect == Effect::Allow;
        let at = settled
            .entry((judged.layer, judged.level, allow))
            .or_insert(ClassSet::known(false));
        *at = at.or(applies.certainly());
        let undecided = if judged.outcome.grants.are_decided() {
            applies.undecided()
        } else {
            applies.possibly().clone()
        };
        if !undecided.and(depending).is(false) {
            open.push((applies.certainly(), undecided, fingerprint(&needs(judged))));
        }
    }
    let combined = combined(&outcome.path);
    let mut residues = BTreeMap::new();
    for number in depending.runs(count).flat_map(|(start, end)| start..end) {
        let class = class(number);
        let mut hasher = DefaultHasher::new();
        for (key, set) in &settled {
            (key, set.at(class)).hash(&mut hasher);
        }
        for pair in &combined {
            let pair = pair.at(class);
            (*pair.certainly(), *pair.possibly()).hash(&mut hasher);
        }
        std::mem::discriminant(&outcome.path).hash(&mut hasher);
        outcome.needs.hash(&mut hasher);
        let still_open = open.iter().filter(|(_, undecided, _)| undecided.at(class));
        let sum = still_open.fold(0_u128, |sum, (certainly, _, number)| {
            sum.wrapping_add(fingerprint(&(number, certainly.at(class))))
        });
        residues.insert(class, fingerprint(&(hasher.finish(), sum)));
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

/// What an open statement hangs on, as it is written, without regard to the order of values and conditions.
fn needs(judged: &Judged<'_, ClassSet>) -> String {
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
            format!("{:?} {key} {values:?}", condition.operator)
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
            let mut texts: Vec<&str> = element.patterns.iter().map(|entry| &*entry.text).collect();
            texts.sort_unstable();
            format!("{} {texts:?}", element.negated)
        }
        _ => String::new(),
    };
    let effect = statement.effect.as_str();
    format!(
        "{:?} {} {effect} {principal} {resource} {tests:?}",
        judged.layer, judged.level
    )
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
