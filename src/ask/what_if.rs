//! What an unknown key would do to a decision that depends on it.

use crate::eval::{Answer, ContextValue, Decision, Known, PolicySet, decide};
use crate::policy::{Comparison, Condition, ConditionKey};

/// One way of filling in an unknown key, and the decision then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filling {
    /// The value; `None` is "not in the request".
    pub value: Option<String>,
    /// The decision with the key so filled in; it may still depend on other keys.
    pub decision: Decision,
}

/// What one unknown key would do.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// The key, as AWS spells it.
    pub key: String,
    /// The values that the policies name, and absence.
    pub fillings: Vec<Filling>,
}

/// The most keys that are tried.
const MOST_KEYS: usize = 8;
/// The most values that are tried for a key.
const MOST_VALUES: usize = 8;

/// Tries, for the first few unknown keys that the answer depends on, the values that the policies name, and absence.
pub fn what_if(answer: &Answer, policies: &PolicySet) -> Vec<WhatIf> {
    let unknown = |name: &&String| {
        matches!(
            answer.request.context.get(&ConditionKey::new(name)),
            Known::Unknown
        ) && !name.contains(' ')
            && name.contains(':')
    };
    answer
        .depends_on
        .iter()
        .filter(unknown)
        .take(MOST_KEYS)
        .map(|name| try_key(answer, policies, name))
        .collect()
}

fn try_key(answer: &Answer, policies: &PolicySet, name: &str) -> WhatIf {
    let key = ConditionKey::new(name);
    let mut values: Vec<Option<String>> =
        named_values(policies, &key).into_iter().map(Some).collect();
    values.push(None);
    let fill = |value: Option<String>| {
        let mut request = answer.request.clone();
        match &value {
            Some(value) => request.context.set(name, ContextValue::One(value.clone())),
            None => request.context.set_absent(name),
        }
        Filling {
            decision: decide(request, policies).decision,
            value,
        }
    };
    WhatIf {
        key: name.to_owned(),
        fillings: values.into_iter().map(fill).collect(),
    }
}

/// The values that conditions on a key name, as examples: blocks by their first address, patterns not at all.
fn named_values(policies: &PolicySet, key: &ConditionKey) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    let conditions = policies.all().flat_map(|(_, _, policy)| {
        policy
            .statements
            .iter()
            .flat_map(|statement| &statement.conditions)
    });
    for condition in conditions.filter(|condition| condition.key == *key) {
        for value in examples(condition) {
            if !values.contains(&value) && values.len() < MOST_VALUES {
                values.push(value);
            }
        }
    }
    values
}

fn examples(condition: &Condition) -> Vec<String> {
    let plain = |text: &str| !text.contains("${") && !text.contains(['*', '?']);
    let texts = condition.values.iter().map(|value| value.text.to_string());
    match condition.operator.comparison {
        Comparison::Bool => vec!["true".into(), "false".into()],
        Comparison::Null => Vec::new(),
        Comparison::Ip => {
            let address = |text: String| {
                text.parse::<crate::net::Cidr>()
                    .ok()
                    .map(|block| block.net().network().to_string())
            };
            texts.filter_map(address).collect()
        }
        _ => texts.filter(|text| plain(text)).collect(),
    }
}
