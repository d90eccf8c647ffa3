//! YAML, of which JSON is a part.

use ipcond::source::Source;
use ipcond::{input, json};

use super::tree::{check_error, check_spans, is_same, print};

/// Longer keys are no keys of YAML (its section 7.4.2).
const LONGEST_KEY: usize = 1024;

/// Both readers give the same tree for a text that both read; what YAML gives can be printed as JSON and read by both; and
/// JSON on one line is YAML.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let source = Source::new("p.yaml", text);
    let by_yaml = input::yaml(&source);
    match &by_yaml {
        Ok(tree) => check_spans(&source, tree),
        Err(error) => check_error(error),
    }
    let by_json = json::parse(&source);
    if let (Ok(by_yaml), Ok(by_json)) = (&by_yaml, &by_json) {
        assert!(is_same(by_yaml, by_json), "{by_yaml:?}\n{by_json:?}");
    }
    for tree in [by_yaml, by_json].iter().flatten() {
        let printed = Source::new("p.json", print(tree));
        let as_json = json::parse(&printed).expect("what is printed is JSON");
        if has_no_key(tree) {
            continue;
        }
        match input::yaml(&printed) {
            Ok(as_yaml) => assert!(is_same(&as_json, &as_yaml), "{as_yaml:?}\n{as_json:?}"),
            Err(error) => panic!("{error}\n{}", printed.text()),
        }
    }
}

/// Whether a tree has a key that YAML has not: a long one, or that for merging.
fn has_no_key(node: &json::Node<'_>) -> bool {
    let members = node.members().unwrap_or_default();
    let elements = match &node.value {
        json::Value::Array(elements) => elements.as_slice(),
        _ => &[],
    };
    members.iter().any(|member| {
        super::tree::quoted(&member.key).len() > LONGEST_KEY
            || member.key == "<<"
            || has_no_key(&member.value)
    }) || elements.iter().any(has_no_key)
}
