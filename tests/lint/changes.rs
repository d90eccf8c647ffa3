//! Changes change no meaning.

use std::sync::Arc;

use ipcond::ask::lint::{Edit, Subject, apply, is_same, lint};
use ipcond::json;
use ipcond::net::{AddressSet, Cidr};
use ipcond::policy::{Policy, PolicyKind};
use ipcond::source::Source;
use proptest::prelude::*;

fn read(text: &str) -> Arc<Policy> {
    let policy = Policy::from_json("p.json", text, PolicyKind::Identity);
    Arc::new(policy.expect("it is a policy"))
}

/// One round of safe changes, and how many there were.
fn changed(policy: &Policy) -> (String, usize) {
    let source = Source::new("p.json", policy.source.text());
    let tree = json::parse(&source).expect("it is JSON");
    let found = lint(&Subject::new(policy, &tree));
    let edits: Vec<&[Edit]> = found
        .iter()
        .filter_map(|finding| finding.safe_fix().map(|fix| fix.edits.as_slice()))
        .collect();
    apply(policy.source.text(), &edits)
}

/// The set of a list as written, without the parser of policies.
fn set(blocks: &[String]) -> AddressSet {
    blocks
        .iter()
        .filter_map(|block| block.parse::<Cidr>().ok())
        .collect()
}

fn is_mapped(block: &str) -> bool {
    block.starts_with("::ffff:")
}

fn blocks() -> impl Strategy<Value = Vec<String>> {
    let v4 = (0..8_u8, 28..=32_u8).prop_map(|(byte, prefix)| format!("52.94.76.{byte}/{prefix}"));
    let bare = (0..8_u8).prop_map(|byte| format!("52.94.76.{byte}"));
    let mapped = (0..8_u8, 124..=128_u8)
        .prop_map(|(byte, prefix)| format!("::ffff:52.94.76.{byte}/{prefix}"));
    let v6 =
        (0..8_u8, 124..=128_u8).prop_map(|(byte, prefix)| format!("2600:1f00::{byte}/{prefix}"));
    let other = prop_oneof![Just("<office>".to_owned()), Just(" 52.94.76.1".to_owned())];
    let block = prop_oneof![4 => v4, 2 => bare, 2 => mapped, 2 => v6, 1 => other];
    prop::collection::vec(block, 1..8)
}

proptest! {
    #[test]
    fn a_fixed_policy_says_the_same_and_has_nothing_left_to_fix(
        list in blocks(),
        negated in any::<bool>(),
        deny in any::<bool>(),
        lines in any::<bool>(),
    ) {
        let quoted: Vec<String> = list.iter().map(|block| format!("\"{block}\"")).collect();
        let values = quoted.join(if lines { ",\n  " } else { ", " });
        let operator = if negated { "NotIpAddress" } else { "ipaddress" };
        let effect = if deny { "Deny" } else { "Allow" };
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", "Action": "s3:GetObject", "Resource": "*",
            "Condition": {{"{operator}": {{"aws:SourceIp": [{values}]}}}}}}}}"#);
        let old = read(&text);
        let mut now = Arc::clone(&old);
        let mut rounds = 0;
        loop {
            let (new, made) = changed(&now);
            if made == 0 {
                break;
            }
            rounds += 1;
            prop_assert!(rounds < 16, "{text}");
            now = read(&new);
        }
        let at = "2026-01-31T10:00:00Z".parse().expect("a time");
        prop_assert!(is_same(&old, &now, at).expect("they can be compared"), "{}", now.source.text());
        // By another way than the one that `is_same` goes.
        let values = &now.statements[0].conditions[0].values;
        let written: Vec<String> = values.iter().map(|value| value.text.to_string()).collect();
        prop_assert_eq!(set(&written), set(&list));
        // What AWS makes of a mapped block is not known (IP-8): it may go for a plain one, and no plain one for it.
        let plain = |list: &[String]| set(&list.iter().filter(|block| !is_mapped(block)).cloned().collect::<Vec<_>>());
        prop_assert_eq!(plain(&written), plain(&list));
        let left: Vec<(bool, Cidr)> = written
            .iter()
            .filter_map(|block| Some((is_mapped(block), block.parse().ok()?)))
            .collect();
        let nested = left.iter().enumerate().any(|(at, (mapped, block))| {
            let others = left.iter().enumerate().filter(|(other, _)| *other != at);
            let mut holders = others.filter(|(_, (holder, _))| *mapped || !*holder);
            holders.any(|(_, (_, other))| AddressSet::from(*other).contains_block(*block))
        });
        prop_assert!(!nested, "{written:?}");
    }
}

/// What a proof must not let pass.
#[test]
fn another_meaning_is_not_the_same() {
    let policy = |statement: &str| {
        read(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#
        ))
    };
    let deny = |action: &str, blocks: &str| {
        policy(&format!(
            r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*", "Condition": {{"NotIpAddress": {{"aws:SourceIp": [{blocks}]}}}}}}"#
        ))
    };
    let old = deny("s3:*", r#""203.0.113.0/24""#);
    let now = "2026-01-31T10:00:00Z".parse().expect("a time");
    let same = |new: &Arc<Policy>| is_same(&old, new, now).expect("they can be compared");
    assert!(same(&deny("s3:*", r#""203.0.113.9/24", "203.0.113.7""#)));
    assert!(
        !same(&deny("s3:*", r#""::ffff:203.0.113.0/120""#)),
        "what AWS makes of it is not known (IP-8)"
    );
    assert!(same(&deny(
        "s3:*",
        r#""203.0.113.0/24", "::ffff:203.0.113.7""#
    )));
    assert!(
        !same(&deny("s3:*", r#""203.0.113.0/25""#)),
        "half of the block"
    );
    assert!(
        !same(&deny("s3:*", r#""203.0.113.0/24", "x""#)),
        "an entry that cannot be read"
    );
    assert!(
        !same(&deny("s3:Get*", r#""203.0.113.0/24""#)),
        "other actions"
    );
    let allow = policy(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#);
    assert!(!same(&allow), "another effect");
}

#[test]
fn edits_that_overlap_are_made_one_by_one() {
    let edit = |start, end, text: &str| Edit {
        span: ipcond::source::Span::new(start, end),
        text: text.into(),
    };
    let (a, b, c) = ([edit(0, 2, "x")], [edit(1, 3, "y")], [edit(3, 4, "")]);
    assert_eq!(apply("abcdef", &[&c, &b, &a]), ("xcef".into(), 2));
    assert_eq!(apply("abc", &[]), ("abc".into(), 0));
    assert_eq!(
        apply("abc", &[&[]]),
        ("abc".into(), 1),
        "only the byte order mark goes"
    );
}
