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
    check: Check::Policy(check),
};

/// The longest name that is looked for among the keys.
const LONGEST: usize = 64;

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject
        .policy
        .statements
        .iter()
        .flat_map(|statement| &statement.conditions);
    let findings = tests.filter(|test| !may_exist(&test.key));
    findings
        .map(|test| {
            let finding = Finding::new(
                &RULE,
                test.key_span,
                format!("there is no key `{}`", test.key),
            )
            .label("absent from every request");
            let name = test.key.as_str().trim();
            let keys = || global_keys().filter(|_| name.len() <= LONGEST);
            let bare = |key: &&str| {
                key.rsplit(':')
                    .next()
                    .is_some_and(|bare| bare.eq_ignore_ascii_case(name))
            };
            let extended = |key: &&str| {
                name.to_ascii_lowercase()
                    .starts_with(&key.to_ascii_lowercase())
            };
            let near = keys().find(bare).or_else(|| nearest(name, keys()));
            match near.or_else(|| keys().filter(extended).max_by_key(|key| key.len())) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => {
                    finding.help("a key is such as `aws:SourceIp`, or `s3:prefix` of a service")
                }
            }
        })
        .collect()
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
