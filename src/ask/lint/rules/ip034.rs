//! LINT-34: blocks that say nothing new.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::ask::lint::finding::Finding;
use crate::ask::lint::rule::{Check, Example, Rule, Severity};
use crate::ask::lint::subject::{Subject, removed};
use crate::net::{AddressSet, Cidr};
use crate::policy::{Condition, Operand, PolicyKind};
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    code: "IP034",
    name: "redundant-block",
    severity: Severity::Info,
    what: "A list names a block twice, one that lies in another, or several that are one block.",
    why: "It changes nothing, and hides what the list is. Policies are short of room, too (GRAM-50 to GRAM-56).",
    fails: Example::new(
        PolicyKind::Identity,
        r#"{
  "Effect": "Allow",
  "Action": "s3:GetObject",
  "Resource": "*",
  "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "203.0.113.7/32", "2001:db8:1::/48"]}}
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
    fix: "Remove it. `--fix` removes what stands twice or lies in another block; blocks that together are one are left to you, and so is one that lies in an IPv4-mapped block, of which AWS does not document what it matches (IP-8).",
    page: Some("access-analyzer-reference-policy-checks"),
    check: Check::Policy(check),
};

/// The most blocks that a list of merged ones names.
const MOST_NAMED: usize = 3;

fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let tests = subject.ip_tests();
    tests.flat_map(|(_, test)| of_list(test)).collect()
}

fn of_list(test: &Condition) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (kept, covered) = nested(test);
    for (inner, outer) in covered {
        let same = inner.block == outer.block;
        let title = if same {
            format!("{} stands in the list twice", inner.block)
        } else {
            format!("{} lies in {}", inner.block, outer.block)
        };
        let there = if same {
            "here already"
        } else {
            "this holds all of it"
        };
        let finding = Finding::new(&RULE, inner.span, title)
            .label("it adds no address")
            .also(outer.span, there);
        findings.push(match removed(test, inner.at) {
            Some(edit) if outer.mapped && !inner.mapped => finding.offer("remove it", vec![edit]),
            Some(edit) => finding.fix("remove it", vec![edit]),
            None => finding,
        });
    }
    findings.extend(mergeable(test, &kept));
    findings
}

/// A block, its place in the list and in the text.
#[derive(Clone, Copy)]
struct Listed {
    at: usize,
    block: Cidr,
    /// Written as IPv4-mapped IPv6.
    mapped: bool,
    span: Span,
}

/// The blocks that no other holds, in order, and the others with the one that holds them.
fn nested(test: &Condition) -> (Vec<Listed>, Vec<(Listed, Listed)>) {
    let numbered = test.values.iter().enumerate();
    let mut order: Vec<Listed> = numbered
        .filter_map(|(at, value)| match &value.operand {
            Operand::Ip(written) => Some(Listed {
                at,
                block: written.cidr,
                mapped: written.mapped,
                span: value.span,
            }),
            _ => None,
        })
        .collect();
    // Blocks nest or are apart, so one that is held comes after what holds it, and nothing in between is apart from that.
    order.sort_by_key(|listed| {
        (
            listed.block.first(),
            Reverse(listed.block.last()),
            listed.mapped,
            listed.at,
        )
    });
    let mut kept: Vec<Listed> = Vec::new();
    let mut covered = Vec::new();
    // The last that is not mapped, which is the better one to rely on.
    let mut plain: Option<Listed> = None;
    for listed in order {
        let holds = |outer: &Listed| outer.block.net().contains(&listed.block.net());
        let in_plain = plain.filter(holds);
        if in_plain.is_none() && !listed.mapped {
            plain = Some(listed);
        }
        match in_plain.or_else(|| kept.last().copied().filter(holds)) {
            Some(outer) => covered.push((listed, outer)),
            None => kept.push(listed),
        }
    }
    (kept, covered)
}

/// Blocks that would be one: said once for the list.
fn mergeable(test: &Condition, kept: &[Listed]) -> Option<Finding> {
    let set: AddressSet = kept.iter().map(|listed| listed.block).collect();
    let shortest: Vec<Cidr> = set.blocks().collect();
    if shortest.len() >= kept.len() {
        return None;
    }
    let old: BTreeSet<Cidr> = kept.iter().map(|listed| listed.block).collect();
    let new = shortest.iter().filter(|block| !old.contains(block));
    let mut names: Vec<String> = new.map(ToString::to_string).collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    let title = format!(
        "{} blocks are {} that say the same",
        kept.len(),
        shortest.len()
    );
    Some(
        Finding::new(&RULE, test.key_span, title)
            .label("some of them touch, and together are one block")
            .help(format!("merge them to {}", names.join(", "))),
    )
}
