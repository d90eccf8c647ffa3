//! Broken and hostile texts: a finding, not a panic, and always in the text.

use std::path::Path;

use ipcond::policy::PolicyKind;
use proptest::prelude::*;

use super::{codes, found_in, json_files};

const KINDS: [PolicyKind; 8] = [
    PolicyKind::Identity,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::Scp,
    PolicyKind::Rcp,
    PolicyKind::Resource,
    PolicyKind::Trust,
    PolicyKind::Vpce,
];

/// Every place of every finding is in the text and at the edge of characters.
fn check(text: &str, kind: PolicyKind) {
    for finding in found_in("p.json", text, kind) {
        let others = finding.others.iter();
        for mark in others.chain(std::iter::once(&finding.mark)) {
            assert!(text.get(mark.span.range()).is_some(), "{finding:?}");
        }
        for edit in finding.fixes.iter().flat_map(|fix| &fix.edits) {
            assert!(text.get(edit.span.range()).is_some(), "{finding:?}");
        }
    }
}

#[test]
fn every_policy_of_the_corpus_as_every_kind() {
    for path in json_files(Path::new("corpus")) {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        for kind in KINDS {
            check(&text, kind);
        }
    }
}

proptest! {
    #[test]
    fn a_policy_with_a_piece_cut_out(start in 0..700_usize, length in 1..40_usize, kind in 0..8_usize) {
        let text = include_str!("clean/scp-perimeter.json");
        let end = (start + length).min(text.len());
        let mut cut = text.to_owned();
        if start < end {
            cut.replace_range(start..end, "");
        }
        check(&cut, KINDS[kind]);
    }
}

#[test]
fn what_is_no_policy() {
    for (text, code) in [
        ("", "JS003"),
        ("{", "JS003"),
        ("{\"Version\": 1, \"Version\": 1}", "JS001"),
        ("[]", "PL001"),
        ("{}", "PL013"),
        ("{\"Statement\": [[]]}", "PL001"),
        ("{\"Statement\": {\"Effect\": null}}", "PL006"),
    ] {
        assert_eq!(
            codes(&found_in("p.json", text, PolicyKind::Identity)),
            [code],
            "{text}"
        );
    }
    let deep = format!(
        "{{\"Statement\": {}{}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert_eq!(
        codes(&found_in("p.json", &deep, PolicyKind::Identity)),
        ["JS003"]
    );
}

/// What grows with the square of the statements is bounded, and a list of any length is swept once.
#[test]
fn many_statements_and_a_long_list() {
    let statement = |number: usize| {
        format!(
            r#"{{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{"NotIpAddress": {{"aws:SourceIp": "52.94.{}.{}"}}}}}}"#,
            number / 256,
            number % 256
        )
    };
    let statements: Vec<String> = (0..5_000).map(statement).collect();
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        statements.join(",")
    );
    assert!(codes(&found_in("p.json", &text, PolicyKind::Identity)).contains(&"IP016"));
    let blocks: Vec<String> = (0..60_000)
        .map(|number| format!("\"52.{}.{}.0/24\"", number / 256, number % 256))
        .collect();
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{"IpAddress": {{"aws:SourceIp": [{}]}}}}}}}}"#,
        blocks.join(",")
    );
    assert!(codes(&found_in("p.json", &text, PolicyKind::Identity)).contains(&"IP034"));
}
