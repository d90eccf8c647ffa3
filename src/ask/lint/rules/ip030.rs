//! LINT-30: keys that do not exist.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::Subject;
use crate::eval::global_keys;
use crate::policy::{ConditionKey, PolicyKind, nearest};

pub(super) static RULE: Rule = Rule {
    code: "IP030",
    name: "unknown-key",
    severity: Severity::Error,
    what: "A condition names a key that AWS does not define.",
    why: "No request carries such a key: positive tests are never true, and negated ones always (COND-3). Case does not count, `aws:SourceIP` is the same key (COND-5); spaces do. Keys of services are not checked, only those that begin with `aws:`.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"StringEquals": {"aws:SourceIpAddress": "203.0.113.9"}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIP": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    fix: "Write the key as AWS names it. If AWS has added it lately, say so in `[lint.ignore]`.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(check),
};

/// The most keys for which the nearest is looked for.
const MOST_NAMED: usize = 256;

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject
        .policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    let unknown = tests.filter(|test| !may_exist(&test.key)).enumerate();
    unknown
        .map(|(count, test)| {
            let near = (count < MOST_NAMED).then(|| near(test.key.as_str().trim()));
            let finding = Finding::new(
                &RULE,
                test.key_span,
                format!("there is no key `{}`", test.key),
            )
            .label("absent from every request");
            match near.flatten() {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => {
                    finding.help("a key is such as `aws:SourceIp`, or `s3:prefix` of a service")
                }
            }
        })
        .collect()
}

/// The key that was probably meant: the same without its prefix, one that differs by a few letters, or one that the name
/// goes on from.
fn near(name: &str) -> Option<&'static str> {
    let bare = |key: &&str| {
        key.rsplit(':')
            .next()
            .is_some_and(|bare| bare.eq_ignore_ascii_case(name))
    };
    let lower = name.to_ascii_lowercase();
    let extended = |key: &&str| lower.starts_with(&key.to_ascii_lowercase());
    global_keys()
        .find(bare)
        .or_else(|| nearest(name, global_keys()))
        .or_else(|| global_keys().filter(extended).max_by_key(|key| key.len()))
}

fn may_exist(key: &ConditionKey) -> bool {
    let name = key.lower();
    let Some((service, rest)) = name.split_once(':') else {
        return false;
    };
    if name.trim() != name || rest.is_empty() {
        return false;
    }
    let tags = ["aws:principaltag/", "aws:requesttag/", "aws:resourcetag/"];
    service != "aws"
        || tags.iter().any(|tag| name.starts_with(tag))
        || global_keys().any(|known| key.is(known))
}
