//! LINT-11: blocks so wide that they restrict nothing.

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, blocks, listed};
use crate::net::{AddressSet, Cidr};
use crate::policy::{Condition, Effect, PolicyKind};

pub(super) static RULE: Rule = Rule {
    code: "IP011",
    name: "everyone",
    severity: Severity::Warning,
    what: "A list of addresses holds a whole family, or a block wider than /8 (IPv4) or /32 (IPv6).",
    why: "An Allow from `0.0.0.0/0` is open to all of IPv4; S3 calls a bucket public whose blocks are wider than /8 or /32 (IP-40). In a Deny with NotIpAddress such a block exempts its whole family.",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "2001:db8:1::/48"]}}
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
    fix: "Narrow it to the addresses that requests come from, or leave the condition out if everyone is meant.",
    page: Some("reference_policies_elements_condition_operators"),
    check: Check::Policy(check),
};

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let lists = subject.address_tests().filter(|(statement, test)| {
        // Allowed from them, or exempt from a Deny; an Allow outside of a list is IP004's.
        (statement.effect == Effect::Deny) == test.operator.negated
    });
    lists.flat_map(|(_, test)| of_list(test)).collect()
}

fn of_list(test: &Condition) -> Vec<Finding> {
    let does = if test.operator.negated {
        "exempts"
    } else {
        "lets in"
    };
    if let Some(whole) = whole_family(test, does) {
        return vec![whole];
    }
    let wide = blocks(test).filter(|(_, block)| is_wide(*block));
    wide.map(|(value, block)| {
        let whole = match (block.net().prefix_len(), block.first().is_ipv4()) {
            (0, true) => "all of IPv4".to_owned(),
            (0, false) => "all of IPv6".to_owned(),
            _ => format!("{} addresses", AddressSet::from(block).count()),
        };
        Finding::new(&RULE, value.span, format!("{block} {does} {whole}"))
            .label("wider than any network of your own")
            .help("narrow it to the addresses that requests come from")
    })
    .collect()
}

fn is_wide(block: Cidr) -> bool {
    let least = if block.first().is_ipv4() { 8 } else { 32 };
    block.net().prefix_len() < least
}

/// Blocks that only together are a whole family.
fn whole_family(test: &Condition, does: &str) -> Option<Finding> {
    let is_whole = |block: Cidr| block.net().prefix_len() == 0;
    let set = listed(test).filter(|_| !blocks(test).any(|(_, block)| is_whole(block)))?;
    let all = set.blocks().find(|block| is_whole(*block))?;
    let family = if all.first().is_ipv4() {
        "IPv4"
    } else {
        "IPv6"
    };
    let title =
        format!("the blocks of this list are together all of {family}; it {does} everyone there");
    Some(Finding::new(&RULE, test.key_span, title))
}
