//! LINT-35: ranges that no public request comes from.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::special::{Use, use_of};
use crate::ask::lint::subject::{Subject, blocks};
use crate::policy::{Condition, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "IP035",
    name: "special-range",
    severity: Severity::Warning,
    what: "A block on `aws:SourceIp` is set aside for something else than public addresses.",
    why: "No request over the Internet comes from loopback, link-local, multicast or carrier-grade NAT ranges. Addresses of documentation (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32) are mostly examples that were copied and not filled in; for these the finding is an info.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1::/48", "169.254.0.0/16"]}}
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
    fix: "Write the public addresses that requests come from.",
    page: None,
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject.address_tests();
    tests.flat_map(|(_, test)| of_list(test)).collect()
}

fn of_list(test: &Condition) -> Vec<Finding> {
    let special = blocks(test).filter_map(|(value, block)| match use_of(block)? {
        // IP005, IP006 and IP007 say more.
        Use::Private | Use::Documentation => None,
        Use::Other(what) => Some(
            Finding::new(&RULE, value.span, format!("no request comes from {block}"))
                .label(format!("set aside for: {what}"))
                .help("write the public addresses that requests come from"),
        ),
    });
    special.chain(documentation(test)).collect()
}

/// Addresses of documentation, said once for a list: where there is one they mostly all are.
fn documentation(test: &Condition) -> Option<Finding> {
    let mut examples = blocks(test).filter(|(_, block)| use_of(*block) == Some(Use::Documentation));
    let (value, block) = examples.next()?;
    let title = match examples.count() {
        0 => format!("{block} is an address of documentation"),
        more => format!("{block} and {more} more are addresses of documentation"),
    };
    Some(
        Finding::new(&RULE, value.span, title)
            .milder(Severity::Info)
            .label("a placeholder that was left in?")
            .help("write the addresses that requests come from"),
    )
}
