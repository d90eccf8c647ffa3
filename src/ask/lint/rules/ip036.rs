//! LINT-36: IPv4 written as IPv6.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, rewritten};
use crate::policy::{Operand, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "IP036",
    name: "mapped-address",
    severity: Severity::Info,
    what: "A block is written as IPv4-mapped IPv6.",
    why: "What AWS makes of `::ffff:203.0.113.0/120` is not documented. It shows IPv4 callers as IPv4, and this program reads the block as 203.0.113.0/24 (IP-8); written so, nobody has to guess.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["::ffff:203.0.113.0/120", "2001:db8:1::/48"]}}
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
    fix: "Write IPv4 as IPv4. `--fix` leaves it alone: it might change who is let in.",
    page: None,
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let values = subject.ip_tests().flat_map(|(_, test)| &test.values);
    values
        .filter_map(|value| match &value.operand {
            // Bits after the prefix are IP010's, whose change brings IPv4 too.
            Operand::Ip(written) if written.mapped && !written.host_bits => {
                let block = written.cidr;
                let title = format!("IPv4-mapped IPv6; it is read as {block}");
                let edit = rewritten(subject.policy, value.span, &block.to_string());
                Some(
                    Finding::new(&RULE, value.span, title)
                        .label("how AWS reads it is not documented")
                        .offer("write it as IPv4", vec![edit]),
                )
            }
            _ => None,
        })
        .collect()
}
