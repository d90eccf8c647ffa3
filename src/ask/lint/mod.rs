//! Pitfalls of policies: statements that can never do what was meant, open more than was meant, or break callers.
//!
//! A [`Rule`] is its documentation and its check in one value, a file each under `rules/`. Codes are permanent: `IPnnn`
//! is about conditions on addresses, `PLnnn` about the structure of a policy (`PL0nn` rests on GRAM-nn, `PL1nn` on
//! COND-nn, `PL2nn` on OP-nn), `JSnnn` about the text.

mod finding;
mod fingerprint;
mod fix;
mod located;
mod open;
mod place;
mod reading;
mod rule;
mod rules;
mod scope;
mod special;
mod subject;
#[cfg(test)]
mod tests;

pub use finding::{Edit, Finding, Fix, Mark};
pub use fingerprint::fingerprint;
pub use fix::{apply, is_same};
pub use located::{Among, Located};
pub use place::{Segment, path_to, statement_at};
pub use rule::{Example, Rule, Selection, Severity, rule, rules};
pub use subject::{Subject, Written};

use crate::error::Error;
use rule::Check;

/// What the rules find in a policy, in the order of the text.
///
/// # Example
/// ```
/// use ipcond::ask::lint::{Subject, lint};
/// use ipcond::{json, policy::{Policy, PolicyKind}, source::Source};
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*",
///     "Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}}}"#;
/// let source = Source::new("p.json", text);
/// let tree = json::parse(&source)?;
/// let policy = Policy::from_node("p.json", &source, &tree, PolicyKind::Identity, true)?;
/// let found = lint(&Subject::new(&policy, &tree));
/// let codes: Vec<_> = found.iter().map(|finding| finding.rule.code).collect();
/// assert_eq!(codes, ["IP005"]); // aws:SourceIp is a public address: no request comes from 10.0.0.0/8 (KEY-5)
/// # Ok::<(), ipcond::Error>(())
/// ```
pub fn lint(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = reading::of_warnings(subject.policy);
    for rule in rules() {
        if let Check::Policy(check) = rule.check {
            findings.extend(check(subject));
        }
    }
    let mut findings = open::sifted(subject.policy, findings);
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.mark.span, finding.rule.code);
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    findings
}

/// What stopped the reading of a document, as a finding. `None`: it is none, such as a file that cannot be read.
pub fn lint_error(error: &Error) -> Option<Finding> {
    reading::of_error(error)
}
