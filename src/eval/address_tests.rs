//! What the tests of the address come to, as sets of addresses (IP-1 to IP-18).

use std::collections::HashMap;
use std::net::IpAddr;

use super::address_text::{self, TextError};
use super::algebra::Algebra;
use super::class_set::{ClassSet, Runs};
use super::context::{Context, Known};
use super::request::{PolicySet, Request};
use super::truth::{Pair, Truth};
use crate::error::{Error, Result};
use crate::net::{AddressSet, Class, Partition};
use crate::policy::{
    Binding, Comparison, Condition, ConditionKey, ConditionValue, Operand, Policy, Resolved,
    Statement,
};

/// The sets of addresses that the policies at hand tell apart, each kept once.
#[derive(Debug, Default)]
pub(super) struct Lists {
    sets: Vec<AddressSet>,
    numbers: HashMap<AddressSet, usize>,
}

impl Lists {
    pub(super) fn add(&mut self, set: AddressSet) -> usize {
        if let Some(number) = self.numbers.get(&set) {
            return *number;
        }
        let number = self.sets.len();
        self.sets.push(set.clone());
        self.numbers.insert(set, number);
        number
    }
}

/// The tests of the address in the policies of one request: for each, the list of addresses that match a value of it.
#[derive(Debug)]
pub(super) struct AddressTests {
    /// By the place of the test in memory: the policies stay where they are while a question is answered.
    lists: HashMap<*const Condition, (usize, usize)>,
}

impl AddressTests {
    /// Reads the tests of all statements about the action.
    ///
    /// # Errors
    /// For a test whose addresses cannot be given: the error names its place.
    pub(super) fn collect(
        request: &Request,
        policies: &PolicySet,
        lists: &mut Lists,
    ) -> Result<Self> {
        let mut tests = HashMap::new();
        for (_, _, policy) in policies.all() {
            let about = policy
                .statements
                .iter()
                .filter(|statement| statement.action.matches(&request.action).0);
            for statement in about {
                refuse_variables(policy, statement, &request.context)?;
                for condition in &statement.conditions {
                    if request.context.get(&condition.key) != Known::Every
                        || condition.operator.comparison == Comparison::Null
                    {
                        continue;
                    }
                    let (certainly, possibly) = addresses(policy, condition, &request.context)?;
                    let certainly = lists.add(certainly);
                    let possibly = possibly.map_or(certainly, |set| lists.add(set));
                    tests.insert(std::ptr::from_ref(condition), (certainly, possibly));
                }
            }
        }
        Ok(Self { lists: tests })
    }
}

/// The address as a policy variable would need every text to be tried.
fn refuse_variables(policy: &Policy, statement: &Statement, context: &Context) -> Result<()> {
    let every = |key: &ConditionKey| context.get(key) == Known::Every;
    let in_resource = statement.resource.iter().flat_map(|element| {
        let patterns = element.patterns.iter();
        let variables = patterns.flat_map(|entry| entry.pattern.variables());
        variables.map(|key| (key, element.span))
    });
    let in_values = statement.conditions.iter().flat_map(|condition| {
        let values = condition.values.iter();
        values.flat_map(|value| value.operand.variables().map(|key| (key, value.span)))
    });
    match in_resource.chain(in_values).find(|(key, _)| every(key)) {
        None => Ok(()),
        Some((key, span)) => {
            let text = format!(
                "`${{{key}}}` is another text for every address, so this cannot be answered for all of them at once"
            );
            Err(Error::request(text)
                .at(&policy.source, span)
                .help("ask for one address with `ipcond eval --ip`"))
        }
    }
}

/// The addresses that match a value of the test: certainly, and if that is not the same, possibly.
pub(super) fn addresses(
    policy: &Policy,
    condition: &Condition,
    context: &Context,
) -> Result<(AddressSet, Option<AddressSet>)> {
    if condition.operator.comparison == Comparison::Ip {
        let mut operands = condition.values.iter().map(|value| &value.operand);
        let open = operands.any(|operand| matches!(operand, Operand::Open(_)));
        let possibly = open.then(|| AddressSet::all().with_none(false));
        return Ok((condition.blocks().collect(), possibly));
    }
    let mut certainly = AddressSet::default();
    let mut open = false;
    for value in &condition.values {
        match texts(condition, value, context) {
            Ok(Resolved::Known(set)) => certainly = certainly.union(&set),
            Ok(Resolved::Void) => {}
            Ok(Resolved::Unknown) => open = true,
            Err(why) => return Err(refusal(policy, condition, value, why)),
        }
    }
    let possibly = open.then(|| AddressSet::all().with_none(false));
    Ok((certainly, possibly))
}

/// The addresses whose text matches one value.
fn texts(
    condition: &Condition,
    value: &ConditionValue,
    context: &Context,
) -> Result<Resolved<AddressSet>, TextError> {
    let bind = |key: &ConditionKey| -> Binding<'_> { context.bind(key) };
    let set = match (&value.operand, condition.operator.comparison) {
        (Operand::Open(_), _) => return Ok(Resolved::Unknown),
        (Operand::Text(template), Comparison::StringEqualsIgnoreCase) => match template.text(&bind)
        {
            Resolved::Known(text) => address_text::written(&text.to_lowercase()),
            Resolved::Void => return Ok(Resolved::Void),
            Resolved::Unknown => return Ok(Resolved::Unknown),
        },
        (Operand::Text(template), _) => match template.tokens(&bind) {
            Resolved::Known(tokens) => address_text::matching(&tokens)?,
            Resolved::Void => return Ok(Resolved::Void),
            Resolved::Unknown => return Ok(Resolved::Unknown),
        },
        // A pattern with wildcards for all six parts would match the text of an IPv6 address.
        (Operand::Arn(_), _) if !value.text.starts_with("arn:") => return Err(TextError::Zeros),
        // The text of an address is no ARN, number, date, boolean or base64 (OP-4).
        _ => AddressSet::default(),
    };
    Ok(Resolved::Known(set))
}

fn refusal(
    policy: &Policy,
    condition: &Condition,
    value: &ConditionValue,
    why: TextError,
) -> Error {
    let (key, text, operator) = (&condition.key, &value.text, &condition.operator_text);
    let why = match why {
        TextError::TooMany => "they lie in too many separate ranges",
        TextError::Zeros => "it depends on how the zeros of an IPv6 address are written",
    };
    let text =
        format!("which addresses `{text}` matches under {operator} on {key} cannot be said: {why}");
    Error::request(text).at(&policy.source, value.span).help(
        "test addresses with IpAddress and blocks such as 203.0.113.0/24, or ask for one address with `ipcond eval --ip`",
    )
}

/// The address space, cut into classes by the lists of all questions that are asked together.
#[derive(Debug)]
pub(super) struct AddressSpace {
    pub(super) partition: Partition,
    /// First and last address and class of each segment, in order: the frozen partition is quick to ask and slow to walk,
    /// and every set of an answer is a walk.
    pub(super) segments: Vec<(IpAddr, IpAddr, Class)>,
    /// The classes of each list.
    sets: Vec<ClassSet>,
}

impl AddressSpace {
    pub(super) fn new(lists: &Lists) -> Self {
        let partition = Partition::new(lists.sets.iter().map(AddressSet::blocks));
        let count = partition.class_count();
        let mut runs = vec![Runs::default(); lists.sets.len()];
        for class in (0..count).filter_map(|number| u32::try_from(number).ok()) {
            let class = Class::new(class);
            for list in partition.lists_of(class) {
                runs[list].push(class);
            }
        }
        let sets = runs.into_iter().map(|runs| runs.finish(count)).collect();
        Self {
            segments: partition.segments().collect(),
            partition,
            sets,
        }
    }

    /// The algebra of its classes, for a request with these tests.
    pub(super) fn algebra<'a>(&'a self, tests: &'a AddressTests) -> EveryAddress<'a> {
        EveryAddress { space: self, tests }
    }
}

/// Every address at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct EveryAddress<'a> {
    space: &'a AddressSpace,
    tests: &'a AddressTests,
}

impl Algebra for EveryAddress<'_> {
    type Truth = ClassSet;

    fn addresses(&self, condition: &Condition) -> Pair<ClassSet> {
        match self.tests.lists.get(&std::ptr::from_ref(condition)) {
            Some((certainly, possibly)) => Pair::between(
                self.space.sets[*certainly].clone(),
                self.space.sets[*possibly].clone(),
            ),
            // The statement is about another action, so its conditions decide nothing.
            None => Pair::known(false),
        }
    }
}
