//! Ways to fill in the keys that a scenario leaves unknown.

use ipnet::IpNet;
use serde_json::{Value, json};

use super::change;
use super::condition::{self, Key, Kind};

/// So many unknown keys may a scenario have, and so many ways of filling them in are tried.
const MOST_UNKNOWN: usize = 3;
const MOST_FILLINGS: usize = 200;

/// What is tried for the unknown keys of a scenario.
#[derive(Debug)]
pub(crate) struct Fillings {
    /// The unknown keys.
    pub(crate) keys: Vec<&'static str>,
    /// Contexts in which nothing is unknown. In the first one, all that was unknown is absent.
    pub(crate) contexts: Vec<Value>,
    /// Whether these are all combinations of the candidates.
    pub(crate) exhaustive: bool,
}

/// Leaves at most three of the keys unknown that the policies mention, and never what follows
/// from the principal.
pub(super) fn settle_most_keys(scenario: &mut Value) {
    let of_principal = condition::keys()
        .into_iter()
        .filter(|key| key.kind == Kind::Arn);
    let beyond = unknown_keys(scenario)
        .into_iter()
        .filter(|key| key.kind != Kind::Arn);
    for key in of_principal.chain(beyond.skip(MOST_UNKNOWN)) {
        let context = scenario["context"]
            .as_object_mut()
            .expect("a context is an object");
        context.entry(key.name).or_insert(Value::Null);
    }
}

/// Says of every key that a policy mentions, and that the context does not give, that it is absent.
pub(crate) fn settle_mentioned_keys(scenario: &mut Value) {
    for key in unknown_keys(scenario) {
        scenario["context"][key.name] = Value::Null;
    }
}

/// Every combination of candidates for the unknown keys, or some of them if there are too many.
pub(crate) fn fillings(scenario: &Value) -> Fillings {
    let unknown: Vec<(Key, Vec<Value>)> = unknown_keys(scenario)
        .into_iter()
        .map(|key| {
            let candidates = candidates(&key, scenario);
            (key, candidates)
        })
        .collect();
    let combinations: usize = unknown
        .iter()
        .map(|(_, candidates)| candidates.len())
        .product();
    let fill = |mut combination: usize| {
        let mut context = scenario["context"].clone();
        for (key, candidates) in &unknown {
            context[key.name] = candidates[combination % candidates.len()].clone();
            combination /= candidates.len();
        }
        context
    };
    let exhaustive = combinations <= MOST_FILLINGS;
    let contexts = if exhaustive {
        (0..combinations).map(fill).collect()
    } else {
        // A stride without a common factor with the number of combinations visits ever new ones.
        let stride = (combinations / MOST_FILLINGS..combinations)
            .find(|&stride| greatest_common_divisor(stride, combinations) == 1)
            .expect("two neighbours have no common factor");
        (0..MOST_FILLINGS)
            .map(|index| fill(index * stride % combinations))
            .collect()
    };
    Fillings {
        keys: unknown.iter().map(|(key, _)| key.name).collect(),
        contexts,
        exhaustive,
    }
}

/// The keys that the policies mention and the context does not, neither as given nor as absent.
fn unknown_keys(scenario: &Value) -> Vec<Key> {
    let mentioned = scenario["policies"].to_string().to_lowercase();
    let mut keys = condition::keys();
    keys.retain(|key| {
        let name = key.name.to_lowercase();
        let mentions = [
            format!("\"{name}\""),
            format!("${{{name}}}"),
            format!("${{{name},"),
        ];
        scenario["context"].get(key.name).is_none()
            && mentions.iter().any(|mention| mentioned.contains(mention))
    });
    keys
}

/// What to try for one key: to leave it out, everything that the policies compare it with or an
/// example of it, and something that nobody mentions.
fn candidates(key: &Key, scenario: &Value) -> Vec<Value> {
    let compared = compared_values(key, scenario);
    let examples: Vec<Value> = match key.kind {
        Kind::Address => addresses(&compared),
        Kind::Arn => unreachable!("the principal is always given"),
        Kind::Binary => [compared, texts(&["Wg=="])].concat(),
        Kind::Bool => vec![json!(true), json!(false)],
        Kind::Date => {
            let dates = compared.into_iter().filter(|date| date != "soon");
            dates.chain(texts(&["2001-01-01", "2031-01-01"])).collect()
        }
        Kind::List => lists(&strings(&compared, scenario)),
        Kind::Loose => {
            let strings = strings(&compared, scenario);
            let lists = lists(&strings);
            [strings, lists].concat()
        }
        Kind::Number => {
            let numbers: Vec<f64> = compared
                .iter()
                .filter_map(|n| n.to_string().trim_matches('"').parse().ok())
                .collect();
            let around = numbers.iter().flat_map(|n| [n - 0.125, *n, n + 0.125]);
            around.chain([1000.0]).map(|n| json!(n)).collect()
        }
        Kind::Text => [strings(&compared, scenario), texts(&["red", "k"])].concat(),
    };
    let mut candidates = vec![Value::Null];
    for example in examples {
        if !candidates.contains(&example) {
            candidates.push(example);
        }
    }
    candidates
}

/// All values that some condition compares the key with.
fn compared_values(key: &Key, scenario: &Value) -> Vec<Value> {
    let mut values = Vec::new();
    change::edit_documents(&mut scenario["policies"].clone(), &mut |document| {
        change::edit_statements(document, |statement| {
            let operators = statement.get("Condition").and_then(Value::as_object);
            let elements = operators
                .into_iter()
                .flatten()
                .filter_map(|(operator, keys)| {
                    let mut keys = keys.as_object()?.iter();
                    let (_, list) = keys.find(|(name, _)| name.eq_ignore_ascii_case(key.name))?;
                    (!operator.ends_with("Null")).then_some(list)
                });
            for list in elements {
                match list {
                    Value::Array(list) => values.extend(list.iter().cloned()),
                    single => values.push(single.clone()),
                }
            }
        });
    });
    values
}

/// Both ends of every block, an example of every textual pattern, and addresses in none of them.
fn addresses(compared: &[Value]) -> Vec<Value> {
    let mut addresses = texts(&["192.0.2.1", "2001:db8:ffff::1"]);
    for text in compared.iter().filter_map(Value::as_str) {
        if let Ok(block) = text.parse::<IpNet>() {
            addresses.push(json!(block.network().to_string()));
            addresses.push(json!(block.broadcast().to_string()));
        } else {
            addresses.push(json!("203.0.113.9"));
        }
    }
    // As text, an IPv4-mapped address is not what it is as an address.
    addresses.retain(|address| {
        !address
            .as_str()
            .is_some_and(|text| text.starts_with("::ffff:"))
    });
    addresses
}

/// The values themselves, examples of what they match as patterns, and one more.
fn strings(compared: &[Value], scenario: &Value) -> Vec<Value> {
    let mut strings = Vec::new();
    for value in compared {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let text = without_variables(&text, scenario);
        strings.push(json!(text.replace('?', "x").replace('*', "yz")));
        strings.push(json!(text));
    }
    strings.push(json!("fresh"));
    strings.retain(|text| text != "");
    strings
}

/// A text with every variable replaced by what it holds, or else by what it could hold.
fn without_variables(text: &str, scenario: &Value) -> String {
    let Some((before, rest)) = text.split_once("${") else {
        return text.to_owned();
    };
    let (variable, after) = rest.split_once('}').expect("every variable ends");
    let name = variable.split(',').next().unwrap_or(variable);
    let held = condition::keys()
        .into_iter()
        .find(|key| key.name.eq_ignore_ascii_case(name))
        .map(|key| {
            scenario["context"][key.name]
                .as_str()
                .unwrap_or("red")
                .to_owned()
        });
    let held = held.unwrap_or_else(|| name.to_owned());
    format!("{before}{held}{}", without_variables(after, scenario))
}

/// The empty list, every list of one of the strings, and some lists of two.
fn lists(strings: &[Value]) -> Vec<Value> {
    let mut lists = vec![json!([])];
    lists.extend(strings.iter().map(|string| json!([string])));
    lists.extend(strings.windows(2).map(|pair| json!(pair)));
    lists
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|&text| json!(text)).collect()
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
