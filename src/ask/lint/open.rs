//! What a template leaves open is no mistake in it.

use super::finding::Finding;
use super::place::statement_at;
use super::rule::Severity;
use crate::policy::{Operand, Policy, Statement};
use crate::source::Span;

/// The findings without those on what is not known. Of a statement that is known in part, what looks like an error may be
/// none: a warning, with what would have to be known.
pub(super) fn sifted(policy: &Policy, findings: Vec<Finding>) -> Vec<Finding> {
    if !policy
        .statements
        .iter()
        .any(|all| parts(all).next().is_some())
    {
        return findings;
    }
    let sift = |finding: Finding| {
        let Some((_, statement)) = statement_at(policy, finding.mark.span) else {
            return Some(finding);
        };
        let mut open = parts(statement).peekable();
        let Some((what, _)) = open.peek() else {
            return Some(finding);
        };
        let note = format!("{what} is not known, and may say otherwise");
        let mark = finding.mark.span;
        if open.any(|(_, span)| span.start() <= mark.start() && mark.end() <= span.end()) {
            return None;
        }
        if finding.severity != Severity::Error {
            return Some(finding);
        }
        Some(finding.milder(Severity::Warning).note(note))
    };
    findings.into_iter().filter_map(sift).collect()
}

/// What of a statement is not known, and where it stands.
fn parts(statement: &Statement) -> impl Iterator<Item = (&str, Span)> {
    statement.conditions.iter().flat_map(|test| {
        let whole = test
            .key
            .is_stand_in()
            .then(|| (test.key.as_str(), test.key_span));
        let values = test.values.iter();
        let open = values.filter(|value| matches!(value.operand, Operand::Open(_)));
        whole
            .into_iter()
            .chain(open.map(|value| (&*value.text, value.span)))
    })
}
