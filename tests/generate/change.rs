//! Changes to a scenario of which we know what they may do to its decision.

use proptest::sample::Index;
use serde_json::{Map, Value, json};

/// Where a document writes lists that may also be written without brackets.
const LISTS: [&str; 5] = [
    "Action",
    "NotAction",
    "NotResource",
    "Resource",
    "Statement",
];

/// Calls `edit` for every document in the scenario's policies.
pub(super) fn edit_documents(policies: &mut Value, edit: &mut impl FnMut(&mut Map<String, Value>)) {
    match policies {
        Value::Object(document) if document.contains_key("Statement") => edit(document),
        Value::Object(members) => {
            for member in members.values_mut() {
                edit_documents(member, edit);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                edit_documents(element, edit);
            }
        }
        _ => {}
    }
}

/// Calls `edit` for every statement of a document.
pub(super) fn edit_statements(
    document: &mut Map<String, Value>,
    mut edit: impl FnMut(&mut Map<String, Value>),
) {
    match &mut document["Statement"] {
        Value::Array(statements) => {
            statements
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(edit);
        }
        statement => statement.as_object_mut().into_iter().for_each(&mut edit),
    }
}

/// Adds a Deny statement to one of the policies, with the principal and the resource that its
/// type asks for. A scenario without policies stays as it is.
pub(super) fn add_denial(scenario: &mut Value, mut denial: Value, layer: Index) {
    let is_on_role = scenario["resource"]
        .as_str()
        .is_some_and(|arn| arn.contains(":role/"));
    let policies = scenario["policies"]
        .as_object_mut()
        .expect("policies are an object");
    if policies.is_empty() {
        return;
    }
    let index = layer.index(policies.len());
    let (layer, policies) = policies
        .iter_mut()
        .nth(index)
        .expect("the index is in range");
    if ["rcp", "resource", "vpce"].contains(&layer.as_str()) {
        denial["Principal"] = json!("*");
    }
    if !(layer == "resource" && is_on_role) {
        denial["Resource"] = json!("*");
    }
    edit_documents(policies, &mut |document| {
        let statements = &mut document["Statement"];
        match statements {
            Value::Array(statements) => statements.push(denial.clone()),
            only => *only = json!([only.take(), denial.clone()]),
        }
    });
}

/// Turns every list round: levels, policies, statements and values.
pub(crate) fn reverse_lists(policies: &mut Value) {
    match policies {
        Value::Object(members) => members.values_mut().for_each(reverse_lists),
        Value::Array(elements) => {
            elements.reverse();
            elements.iter_mut().for_each(reverse_lists);
        }
        _ => {}
    }
}

/// Takes the brackets from lists of one element, and puts them around single elements.
pub(crate) fn change_lists(policies: &mut Value) {
    edit_documents(policies, &mut |document| {
        edit_statements(document, |statement| {
            for principal in ["NotPrincipal", "Principal"] {
                if let Some(Value::Object(kinds)) = statement.get_mut(principal) {
                    kinds.values_mut().for_each(change_list);
                }
            }
            if let Some(Value::Object(operators)) = statement.get_mut("Condition") {
                let keys = operators.values_mut().filter_map(Value::as_object_mut);
                keys.flat_map(Map::values_mut).for_each(change_list);
            }
            change_members(statement);
        });
        change_members(document);
    });
}

fn change_members(object: &mut Map<String, Value>) {
    for (_, list) in object
        .iter_mut()
        .filter(|(name, _)| LISTS.contains(&name.as_str()))
    {
        change_list(list);
    }
}

fn change_list(list: &mut Value) {
    *list = match list.take() {
        Value::Array(mut elements) if elements.len() == 1 => elements.remove(0),
        Value::Array(elements) => Value::Array(elements),
        single => json!([single]),
    };
}

/// Changes the case of every action and of every condition key, in policies and request.
pub(crate) fn change_case(scenario: &mut Value) {
    scenario["action"] = swap_case(&scenario["action"]);
    let context = scenario["context"]
        .as_object_mut()
        .expect("a context is an object");
    *context = swap_names(context);
    edit_documents(&mut scenario["policies"], &mut |document| {
        edit_statements(document, |statement| {
            for element in ["Action", "NotAction"] {
                if let Some(actions) = statement.get_mut(element) {
                    *actions = swap_case(actions);
                }
            }
            if let Some(Value::Object(operators)) = statement.get_mut("Condition") {
                for keys in operators.values_mut().filter_map(Value::as_object_mut) {
                    *keys = swap_names(keys);
                }
            }
        });
    });
}

fn swap_names(members: &Map<String, Value>) -> Map<String, Value> {
    members
        .iter()
        .map(|(name, value)| (swap(name), value.clone()))
        .collect()
}

fn swap_case(strings: &Value) -> Value {
    match strings {
        Value::String(text) => Value::String(swap(text)),
        Value::Array(elements) => elements.iter().map(swap_case).collect(),
        other => other.clone(),
    }
}

fn swap(text: &str) -> String {
    let swapped = text.chars().map(|char| match char {
        'a'..='z' => char.to_ascii_uppercase(),
        'A'..='Z' => char.to_ascii_lowercase(),
        char => char,
    });
    swapped.collect()
}
