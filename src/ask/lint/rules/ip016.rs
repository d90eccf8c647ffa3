//! LINT-16, LINT-39: lists that cancel each other.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::scope::{applies, covers};
use crate::ask::lint::subject::{Subject, address_tests};
use crate::net::AddressSet;
use crate::policy::{Condition, Effect, PolicyKind, Statement};

pub(super) static SEVERAL: Rule = Rule {
    code: "IP016",
    name: "deny-outside-both",
    severity: Severity::Error,
    what: "Two Deny statements each deny outside of another list: only who is in both lists passes.",
    why: "Each statement takes away by itself (EVAL-2), so that the lists are not added: what passes is their intersection, and mostly that is nobody (IP-13).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}
  }
},
{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "2001:db8:2::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}
  }
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Deny",
  "Action": "*",
  "Resource": "*",
  "Condition": {
    "NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "203.0.113.0/24", "2001:db8:1::/48", "2001:db8:2::/48"]},
    "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"},
    "BoolIfExists": {"aws:ViaAWSService": "false"},
    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}
  }
}"#,
    ),
    fix: "Merge the lists into one statement.",
    page: Some("reference_policies_elements_condition"),
    check: Check::Policy(several),
};

pub(super) static DEAD: Rule = Rule {
    code: "IP039",
    name: "dead-statement",
    severity: Severity::Error,
    what: "There is no address from which a statement applies, or from where it counts.",
    why: "The tests of a statement must all hold (COND-1): a block and an exception that is all of it leave nothing. And an Allow of addresses that a Deny of the same policy takes away everywhere has no effect (EVAL-2).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {
    "IpAddress": {"aws:SourceIp": ["203.0.113.0/25", "2001:db8:1::/48"]},
    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}
  }
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {
    "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]},
    "NotIpAddress": {"aws:SourceIp": "203.0.113.128/25"}
  }
}"#,
    ),
    fix: "Compare the lists: one of them is not what was meant, or the statement can go.",
    page: Some("reference_policies_elements_condition"),
    check: Check::Policy(dead),
};

/// The most statements that are compared with each other; AWS takes no policy that has as many.
const MOST_COMPARED: usize = 128;

/// Two lists of which one holds the other are a rule and a stricter one, and mostly meant so.
fn several(subject: &Subject<'_>) -> Vec<Finding> {
    let outside = subject.deny_outside().take(MOST_COMPARED);
    let lists: Vec<(&Statement, &Condition, AddressSet)> = outside
        .filter_map(|(statement, test)| Some((statement, test, applies(statement)?)))
        .collect();
    let mut findings = Vec::new();
    for (at, (second, test, denied)) in lists.iter().enumerate() {
        let other = lists[..at].iter().find(|(first, _, other)| {
            !std::ptr::eq(*first, *second)
                && !other.is_subset(denied)
                && !denied.is_subset(other)
                && (covers(first, second) || covers(second, first))
        });
        let Some((_, first_test, other)) = other else {
            continue;
        };
        let left = denied.union(other).complement();
        let title = if left.has_addresses() {
            "only addresses in both lists pass these two Deny statements"
        } else {
            "these two Deny statements together deny every address"
        };
        findings.push(
            Finding::new(&SEVERAL, test.key_span, title)
                .label("denied outside of this list")
                .also(first_test.key_span, "and outside of this one")
                .help("merge the lists into one statement"),
        );
    }
    findings
}

fn dead(subject: &Subject<'_>) -> Vec<Finding> {
    let statements = subject.policy.statements.iter();
    let empty = statements.filter_map(|statement| {
        let second = address_tests(statement).nth(1)?;
        let nothing = applies(statement)?.is_empty();
        nothing.then(|| {
            let title = "these tests of aws:SourceIp are never true together";
            let finding = Finding::new(&DEAD, second.operator_span, title).label("and this");
            let first = address_tests(statement).next();
            let finding = first.into_iter().fold(finding, |finding, first| {
                finding.also(first.operator_span, "this")
            });
            finding.help("compare the two lists: the exception is all of the block")
        })
    });
    empty.chain(denied_again(subject)).collect()
}

/// Allows from addresses at which the Denies of the same policy apply to the same requests.
fn denied_again<'a>(subject: &Subject<'a>) -> impl Iterator<Item = Finding> + 'a {
    let denies: Vec<(&Statement, AddressSet)> = subject
        .with(Effect::Deny)
        .take(MOST_COMPARED)
        .filter_map(|statement| Some((statement, applies(statement)?)))
        .collect();
    let allows = subject.with(Effect::Allow).take(MOST_COMPARED);
    allows.filter_map(move |allow| {
        let test = address_tests(allow).next()?;
        let from = applies(allow)?;
        let against = denies.iter().filter(|(deny, _)| covers(deny, allow));
        let (mut taken, mut last) = (AddressSet::default(), None);
        for (deny, set) in against {
            taken = taken.union(set);
            last = Some(*deny);
        }
        let last = last.filter(|_| !from.is_empty() && from.is_subset(&taken))?;
        let title = "all that this Allow lets in is denied again by the same policy";
        Some(
            Finding::new(&DEAD, test.operator_span, title)
                .label("none of these addresses is left")
                .also(last.effect_span, "denied here")
                .help("compare the lists of the two statements"),
        )
    })
}
