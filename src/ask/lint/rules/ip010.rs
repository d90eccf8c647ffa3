//! LINT-10: bits after the prefix.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, rewritten};
use crate::net::AddressSet;
use crate::policy::{Operand, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "IP010",
    name: "host-bits",
    severity: Severity::Warning,
    what: "A block has bits set after its prefix; AWS ignores them.",
    why: "`203.0.113.5/24` is not one address: AWS matches all 256 of `203.0.113.0/24` (IP-3). If one was meant, the list is wider than it looks.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.5/24", "2001:db8:1::/48"]}}
}"#,
    ),
    passes: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48"]}}
}"#,
    ),
    fix: "Write the block that AWS matches, or the one address. `--fix` writes the block, which leaves the meaning as it is.",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let values = subject.ip_tests().flat_map(|(_, test)| &test.values);
    values
        .filter_map(|value| {
            let Operand::Ip(written) = &value.operand else {
                return None;
            };
            if !written.host_bits {
                return None;
            }
            let block = written.cidr;
            let count = AddressSet::from(block).count();
            let masked = vec![rewritten(subject.policy, value.span, &block.to_string())];
            let address = value.text.split('/').next().unwrap_or_default();
            let longest = if address.contains(':') { 128 } else { 32 };
            let one = rewritten(subject.policy, value.span, &format!("{address}/{longest}"));
            let finding = |title: String| {
                Finding::new(&RULE, value.span, title).label(format!("{count} addresses, not 1"))
            };
            // What AWS matches by a mapped block is not documented (IP-8), so that no change of it is safe.
            let finding = if written.mapped {
                finding(format!("host bits set; it is read as all of {block}"))
                    .offer("write the block that it is read as", masked)
            } else {
                finding(format!("host bits set; AWS matches all of {block}"))
                    .fix("write the block that AWS matches", masked)
            };
            Some(finding.offer("or the one address", vec![one]))
        })
        .collect()
}
