//! A policy document as JSON.

use ipcond::Error;
use ipcond::ask::lint::{Subject, apply, lint, lint_error};
use ipcond::json::{self, Node};
use ipcond::policy::{Policy, PolicyKind};
use ipcond::source::Source;

use super::tree::{check_error, check_span, check_spans, is_same, is_value, print, quoted};

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

/// The tree is that of another reader, and survives printing; the policy says the same printed on one line; findings and
/// their fixes are in the text, and a fixed text is still JSON.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let source = Source::new("p.json", text);
    let other: Result<serde_json::Value, _> =
        serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let tree = match json::parse(&source) {
        Ok(tree) => tree,
        Err(error) => {
            check_error(&error);
            let message = error.message();
            let stricter =
                message.starts_with("duplicate key") || message.starts_with("nested more than");
            assert!(stricter || other.is_err(), "{message}");
            check_finding(&source, &error);
            return;
        }
    };
    match other {
        Ok(other) => assert!(is_value(&tree, &other), "{tree:?}\n{other}"),
        // Ours keeps the text of a number, and needs no value for it.
        Err(error) => assert!(
            error.to_string().starts_with("number out of range"),
            "{error}"
        ),
    }
    check_spans(&source, &tree);
    let printed = Source::new("p.json", print(&tree));
    let again = json::parse(&printed).expect("what is printed can be read");
    assert!(is_same(&tree, &again), "{}", printed.text());
    for kind in KINDS {
        check_kind(&source, &tree, (&printed, &again), kind);
    }
}

fn check_kind(source: &Source, tree: &Node<'_>, printed: (&Source, &Node<'_>), kind: PolicyKind) {
    let read = |source: &Source, tree: &Node<'_>, lenient| {
        Policy::from_node("p", source, tree, kind, lenient)
    };
    let strict = read(source, tree, false);
    let lenient = match read(source, tree, true) {
        Ok(policy) => policy,
        Err(error) => {
            check_error(&error);
            check_finding(source, &error);
            assert!(strict.is_err(), "strictly read is leniently read");
            assert!(
                read(printed.0, printed.1, true).is_err(),
                "printed, it can be read"
            );
            return;
        }
    };
    if let Err(error) = strict {
        check_error(&error);
    }
    let again = read(printed.0, printed.1, true).expect("printed, it cannot be read");
    assert_eq!(lenient.statements.len(), again.statements.len());
    assert_eq!(lenient.version, again.version);
    assert_eq!(lenient.warnings.len(), again.warnings.len());
    if matches!(kind, PolicyKind::Identity | PolicyKind::Resource) {
        assert_eq!(
            decided(source.text(), kind),
            decided(printed.0.text(), kind)
        );
    }
    check_lint(source, &lenient, tree);
}

/// What stopped the reading is a finding in the text.
fn check_finding(source: &Source, error: &Error) {
    if let Some(finding) = lint_error(error) {
        check_span(source, finding.mark.span);
    }
}

fn check_lint(source: &Source, policy: &Policy, tree: &Node<'_>) {
    for finding in lint(&Subject::new(policy, tree)) {
        let others = finding.others.iter();
        for mark in others.chain(std::iter::once(&finding.mark)) {
            check_span(source, mark.span);
        }
        for fix in &finding.fixes {
            fix.edits
                .iter()
                .for_each(|edit| check_span(source, edit.span));
            let (fixed, made) = apply(source.text(), &[&fix.edits]);
            let fixed = Source::new("p.json", fixed);
            let read = json::parse(&fixed);
            assert!(
                made == 0 || read.is_ok(),
                "{}: {}\n{}",
                finding.rule.code,
                fix.what,
                fixed.text()
            );
        }
    }
}

/// What a document makes of three requests: decisions, and what they rest on.
fn decided(document: &str, kind: PolicyKind) -> Vec<String> {
    let layer = if kind == PolicyKind::Identity {
        "identity"
    } else {
        "resource"
    };
    let requests = [
        r#""action":"s3:GetObject","resource":"arn:aws:s3:::reports/a.csv","context":{"aws:SourceIp":"203.0.113.9"}"#,
        r#""action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/ci","context":{"aws:SourceIp":"2001:db8::1"},"missing":"absent""#,
        r#""action":"ec2:StopInstances","resource":"*""#,
    ];
    let decide = |request: &&str| {
        let scenario = format!(
            r#"{{"principal":"arn:aws:iam::111122223333:user/bob",{request},"at":"2026-01-31T10:00:00Z","lenient":true,"policies":{{"{layer}":{{"document":{}}}}}}}"#,
            quoted(document)
        );
        match ipcond::answer_json(&scenario) {
            Err(error) => error.message().to_owned(),
            Ok(answer) => {
                let answer: serde_json::Value =
                    serde_json::from_str(&answer).expect("an answer is JSON");
                format!(
                    "{} {} {}",
                    answer["decision"], answer["depends_on"], answer["layers"]
                )
            }
        }
    };
    requests.iter().map(decide).collect()
}
