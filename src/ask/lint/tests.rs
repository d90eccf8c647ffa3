//! Every rule, by its own examples.

use super::{Example, Finding, Rule, Subject, lint, lint_error, rules};
use crate::json;
use crate::net::parse_address;
use crate::policy::Policy;
use crate::source::Source;

/// The documentation ranges that stand for the reader's own addresses, as blocks that IP035 does not know.
fn public(text: &str) -> String {
    [
        ("203.0.113.", "52.94.76."),
        ("198.51.100.", "52.94.80."),
        ("2001:db8:", "2600:1f00:"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn found(rule: &Rule, example: &Example) -> Vec<Finding> {
    let text = public(&example.document());
    let has_mark = text.starts_with('\u{feff}');
    let source = Source::new("p.json", text.trim_start_matches('\u{feff}'));
    let read = |source: &Source, kind| -> Result<Policy, crate::Error> {
        Policy::from_node("p.json", source, &json::parse(source)?, kind, true)
    };
    let policy = match read(&source, example.kind) {
        Ok(policy) => policy,
        Err(error) => return lint_error(&error).into_iter().collect(),
    };
    let beside = example.beside.map(|(kind, text)| {
        read(&Source::new("beside.json", public(text)), kind).expect("it is a policy")
    });
    let beside: Vec<&Policy> = beside.iter().collect();
    let tree = json::parse(&source).expect("it was read before");
    let me = parse_address("52.94.76.9").map(|(address, _)| address);
    lint(&Subject {
        beside: &beside,
        me: me.filter(|_| rule.code == "IP037"),
        has_mark,
        ..Subject::new(&policy, &tree)
    })
}

#[test]
fn the_failing_example_yields_its_code_and_the_passing_one_nothing() {
    for rule in rules() {
        let codes = |example| -> Vec<String> {
            let found = found(rule, example).into_iter();
            found
                .map(|finding| format!("{} {}", finding.rule.code, finding.message))
                .collect()
        };
        let fails = codes(&rule.fails);
        assert!(
            !fails.is_empty(),
            "{}: nothing found in its own example",
            rule.code
        );
        assert!(
            fails.iter().all(|code| code.starts_with(rule.code)),
            "{}: {fails:#?}",
            rule.code
        );
        let passes = codes(&rule.passes);
        assert!(passes.is_empty(), "{} passes: {passes:#?}", rule.code);
    }
}

#[test]
fn codes_and_names_are_distinct_and_in_order() {
    let codes: Vec<&str> = rules().map(|rule| rule.code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    let mut names: Vec<&str> = rules().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), codes.len());
    let mut unique = codes.clone();
    unique.dedup();
    assert_eq!(unique, codes);
}
