//! What policies tell apart: which statements a request passes through, part by part of the request.
//!
//! Two requests for which the same statements apply, and whose callers, actions and resources are of one [`Shape`], are
//! decided alike, for the same reasons. Which statements apply is found part by part: each part of a request (its
//! action, its resource, the value of each key, its address) lets some statements through, and those that pass all parts
//! apply. So of millions of requests only a few have to be evaluated, and the rest are looked up.
//!
//! Policies with variables are left to the evaluator: there one part of a request looks at another.

use std::sync::Arc;

use super::address_tests::{AddressSpace, Lists, addresses};
use super::algebra::OneAddress;
use super::bits::Bits;
use super::condition;
use super::context::{Context, ContextValue, Known, Missing};
use super::defaults;
use super::head::Head;
use super::keys::{SOURCE_IP, is_address_test};
use super::layers::{self, Shape};
use super::request::{Layer, PolicySet, Request};
use super::statement;
use super::truth::{Pair, Truth};
use crate::net::{Class, Partition};
use crate::policy::{
    Action, ArnMatcher, ArnParts, Condition, ConditionKey, Effect, Policy, ResourceElement,
    Statement,
};

/// The sieve of some policies. `N` is as in [`Bits`].
#[derive(Debug)]
pub(crate) struct Sieve<const N: usize> {
    policies: PolicySet,
    pub(super) entries: Vec<Entry>,
    /// The keys that conditions test, each once.
    pub(super) keys: Vec<TestedKey>,
    /// The keys that are tested and that follow from the caller, by their places in `keys`.
    pub(super) of_caller: Vec<usize>,
    /// Statements about every resource.
    any_resource: Bits<N>,
    allows: Bits<N>,
    /// The address space, and for each class the statements whose tests of the address hold.
    partition: Partition,
    classes: Vec<Bits<N>>,
    tests_region: bool,
}

/// The sieve of some policies, by the number of their statements.
#[derive(Debug)]
pub(crate) enum Sieves {
    One(Arc<Sieve<1>>),
    Four(Arc<Sieve<4>>),
    Sixteen(Arc<Sieve<16>>),
    /// The policies cannot be taken apart; each request is evaluated.
    None,
}

impl Sieves {
    pub(crate) fn new(policies: &PolicySet) -> Self {
        None.or_else(|| Sieve::new(policies).map(|sieve| Self::One(Arc::new(sieve))))
            .or_else(|| Sieve::new(policies).map(|sieve| Self::Four(Arc::new(sieve))))
            .or_else(|| Sieve::new(policies).map(|sieve| Self::Sixteen(Arc::new(sieve))))
            .unwrap_or(Self::None)
    }
}

#[derive(Debug)]
pub(super) struct Entry {
    layer: Layer,
    policy: Arc<Policy>,
    index: usize,
    /// The patterns of the resource, if they are all of the quick kind.
    matchers: Option<Vec<ArnMatcher>>,
}

impl Entry {
    pub(super) fn statement(&self) -> &Statement {
        &self.policy.statements[self.index]
    }
}

/// A condition key, and where it is tested.
#[derive(Debug)]
pub(super) struct TestedKey {
    pub(super) key: ConditionKey,
    /// Statements, and the tests in them by their places.
    tests: Vec<(usize, usize)>,
}

/// What a request passes through but for its action, resource, address and the keys that are looked at apart.
#[derive(Clone, Debug)]
pub(crate) struct Profile<const N: usize> {
    /// All that is not about the address.
    pub(crate) rest: Pair<Bits<N>>,
    /// The tests of the address; `None` if the request carries one, so that its class tells.
    pub(crate) address: Option<Pair<Bits<N>>>,
    pub(crate) shape: Shape,
}

/// All that rules, but not patterns, can see of the resource of a row, but for its account and region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum ResourceSort {
    /// None is given in the row.
    #[default]
    Unsaid,
    /// `*`
    All,
    Role,
    ServiceLinkedRole,
    Key,
    Other,
}

impl<const N: usize> Sieve<N> {
    /// The sieve of policies; `None` if they are too many, or have variables, or test the text of the address in a way
    /// whose addresses cannot be listed.
    pub(crate) fn new(policies: &PolicySet) -> Option<Self> {
        let mut entries = Vec::new();
        for (layer, _, policy) in policies.all() {
            let statements = policy.statements.iter().enumerate();
            entries.extend(statements.map(|(index, statement)| Entry {
                layer,
                policy: Arc::clone(policy),
                index,
                matchers: matchers(statement),
            }));
        }
        if entries.len() > 64 * N || entries.iter().any(|entry| has_variable(entry.statement())) {
            return None;
        }
        let (mut any_resource, mut allows) = (Bits::NONE, Bits::NONE);
        let mut keys: Vec<TestedKey> = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            let statement = entry.statement();
            if statement.resource.as_ref().is_none_or(is_every) {
                any_resource.insert(number);
            }
            if statement.effect == Effect::Allow {
                allows.insert(number);
            }
            for (at, condition) in statement.conditions.iter().enumerate() {
                match keys.iter_mut().find(|tested| tested.key == condition.key) {
                    Some(tested) => tested.tests.push((number, at)),
                    None => keys.push(TestedKey {
                        key: condition.key.clone(),
                        tests: vec![(number, at)],
                    }),
                }
            }
        }
        let (partition, classes) = address_classes(&entries)?;
        let follows = |key: &ConditionKey| defaults::OF_CALLER.iter().any(|name| key.is(name));
        let of_caller = (0..keys.len())
            .filter(|at| follows(&keys[*at].key))
            .collect();
        let tests_region = keys
            .iter()
            .any(|tested| tested.key.is("aws:RequestedRegion"));
        Some(Self {
            policies: policies.clone(),
            entries,
            keys,
            of_caller,
            any_resource,
            allows,
            partition,
            classes,
            tests_region,
        })
    }

    /// The statements about an action.
    pub(crate) fn action(&self, action: &Action) -> Bits<N> {
        self.those(|entry| entry.statement().action.matches(action).0)
    }

    /// What is known of the resources that share all but their last part with this one.
    pub(crate) fn head(&self, arn: &ArnParts<'_>) -> Head<N> {
        let mut head = Head::new();
        for (number, entry) in self.entries.iter().enumerate() {
            let element = entry.statement().resource.as_ref();
            match (element, &entry.matchers) {
                _ if self.any_resource.has(number) => head.every_last(number),
                (_, Some(matchers)) => {
                    head.some_last(number, matchers.iter().map(|matcher| matcher.after(arn)));
                }
                (Some(element), None) => head.looked_at_whole(number, element.clone()),
                (None, None) => {}
            }
        }
        head
    }

    /// The place of a key that some statement tests.
    pub(crate) fn tested(&self, key: &ConditionKey) -> Option<usize> {
        self.keys.iter().position(|tested| tested.key == *key)
    }

    /// Whether the region of a resource matters.
    pub(crate) fn tests_region(&self) -> bool {
        self.tests_region
    }

    /// What a value of a key, given by its place, lets through.
    pub(crate) fn value(&self, at: usize, value: ContextValue) -> Pair<Bits<N>> {
        let mut context = Context::new(Missing::Absent);
        context.set(self.keys[at].key.as_str(), value);
        self.tests(&self.keys[at], &context)
    }

    /// What the tests of a key let through, the tests of the address left out.
    pub(super) fn tests(&self, tested: &TestedKey, context: &Context) -> Pair<Bits<N>> {
        let mut passed = Pair::known(true);
        for (number, at) in &tested.tests {
            let condition = &self.entries[*number].statement().conditions[*at];
            if !is_address_test(condition) {
                let truth = condition::test(&OneAddress, condition, context).truth;
                narrow(&mut passed, *number, truth);
            }
        }
        passed
    }

    /// What a request passes through; `apart` says which keys, by their places, are looked at apart, and `by_resource`
    /// that the resource is.
    pub(crate) fn profile(
        &self,
        request: &Request,
        apart: impl Fn(usize) -> bool,
        by_resource: bool,
    ) -> Profile<N> {
        let shape = layers::shape(request, &self.policies);
        let has_boundary = self.policies.gives(Layer::Boundary);
        let mut rest: Pair<Bits<N>> = Pair::known(true);
        for (number, entry) in self.entries.iter().enumerate() {
            let statement = entry.statement();
            let (principal, _) =
                statement::principal(statement, entry.layer, has_boundary, request);
            narrow(&mut rest, number, principal.unwrap_or(Pair::known(true)));
            if !by_resource {
                narrow(
                    &mut rest,
                    number,
                    statement::resource(statement, entry.layer, request),
                );
            }
            if !shape.in_play(entry.layer) {
                narrow(&mut rest, number, Pair::known(false));
            }
        }
        for (at, tested) in self.keys.iter().enumerate() {
            if !apart(at) {
                rest = rest.and(&self.tests(tested, &request.context));
            }
        }
        let source = ConditionKey::new(SOURCE_IP);
        let carried = request.context.get(&source) == Known::Every;
        let address = (!carried).then(|| self.address_tests(&request.context));
        Profile {
            rest,
            address,
            shape,
        }
    }

    /// The tests of an address that the request does not carry, or that the context gives.
    fn address_tests(&self, context: &Context) -> Pair<Bits<N>> {
        let mut passed = Pair::known(true);
        for (number, entry) in self.entries.iter().enumerate() {
            let tests = entry.statement().conditions.iter();
            for condition in tests.filter(|condition| is_address_test(condition)) {
                let truth = condition::test(&OneAddress, condition, context).truth;
                narrow(&mut passed, number, truth);
            }
        }
        passed
    }

    /// The class of an IPv4 address, given by its bits.
    #[inline]
    pub(crate) fn class_of_v4(&self, bits: u32) -> Class {
        self.partition.class_of_v4(bits)
    }

    /// The class of an IPv6 address, given by its bits.
    #[inline]
    pub(crate) fn class_of_v6(&self, bits: u128) -> Class {
        self.partition.class_of_v6(bits)
    }

    /// What the addresses of a class let through.
    #[inline]
    pub(crate) fn class(&self, class: Class) -> &Bits<N> {
        &self.classes[class.index()]
    }

    /// The statements that allow.
    #[inline]
    pub(crate) fn allows(&self) -> &Bits<N> {
        &self.allows
    }

    fn those(&self, wanted: impl Fn(&Entry) -> bool) -> Bits<N> {
        let mut bits = Bits::NONE;
        for (number, entry) in self.entries.iter().enumerate() {
            if wanted(entry) {
                bits.insert(number);
            }
        }
        bits
    }
}

/// Lets a statement through no further than `truth` does.
fn narrow<const N: usize>(passed: &mut Pair<Bits<N>>, number: usize, truth: Pair<bool>) {
    let mut keep = (Bits::ALL, Bits::ALL);
    if !truth.certainly() {
        keep.0.remove(number);
    }
    if !truth.possibly() {
        keep.1.remove(number);
    }
    *passed = passed.and(&Pair::between(keep.0, keep.1));
}

/// Whether one part of a request would have to look at another.
fn has_variable(statement: &Statement) -> bool {
    let resources = statement
        .resource
        .iter()
        .flat_map(|element| &element.patterns);
    let mut values = statement
        .conditions
        .iter()
        .flat_map(|condition| &condition.values);
    resources
        .clone()
        .any(|entry| entry.pattern.variables().next().is_some())
        || resources
            .into_iter()
            .any(|entry| entry.pattern.is_misplaced())
        || values.any(|value| value.operand.has_variable())
}

fn is_every(element: &ResourceElement) -> bool {
    !element.negated && element.patterns.iter().any(|entry| entry.pattern.is_all())
}

/// The patterns of a `Resource`, if they are all of the quick kind.
fn matchers(statement: &Statement) -> Option<Vec<ArnMatcher>> {
    let element = statement
        .resource
        .as_ref()
        .filter(|element| !element.negated)?;
    let mut patterns = element.patterns.iter();
    patterns.try_fold(Vec::new(), |mut all, entry| {
        all.push(entry.pattern.matcher(&entry.text)?);
        Some(all)
    })
}

/// The classes of addresses that tests of the address make, and for each the statements whose tests hold.
fn address_classes<const N: usize>(entries: &[Entry]) -> Option<(Partition, Vec<Bits<N>>)> {
    let mut lists = Lists::default();
    let mut tests: Vec<(usize, usize, bool)> = Vec::new();
    let context = Context::new(Missing::Absent);
    for (number, entry) in entries.iter().enumerate() {
        let conditions: Vec<&Condition> = entry
            .statement()
            .conditions
            .iter()
            .filter(|condition| is_address_test(condition))
            .collect();
        for condition in conditions {
            let (certainly, possibly) = addresses(&entry.policy, condition, &context).ok()?;
            if possibly.is_some() {
                return None;
            }
            tests.push((number, lists.add(certainly), condition.operator.negated));
        }
    }
    let AddressSpace { partition, .. } = AddressSpace::new(&lists);
    let mut classes = Vec::with_capacity(partition.class_count());
    for class in (0..partition.class_count()).filter_map(|number| u32::try_from(number).ok()) {
        let mut passed = Bits::ALL;
        for (number, list, negated) in &tests {
            if partition.is_in(Class::new(class), *list) == *negated {
                passed.remove(*number);
            }
        }
        classes.push(passed);
    }
    Some((partition, classes))
}
