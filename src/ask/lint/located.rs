//! A finding with the text that it is in.

use std::sync::Arc;

use super::finding::{Edit, Finding};
use super::fingerprint::fingerprint;
use super::place::{Segment, path_to, statement_at};
use crate::json::Node;
use crate::policy::Policy;
use crate::source::{Source, Span};

/// A finding, the text that it is in, and what it is called there.
#[derive(Clone, Debug)]
pub struct Located {
    /// The text.
    pub source: Source,
    /// The finding.
    pub finding: Finding,
    /// The way to it in the tree of the text.
    pub location: Vec<Segment>,
    /// What makes it the same finding after the text around it has changed; see [`fingerprint`].
    pub fingerprint: String,
    /// The `Sid` of the statement that it is in.
    pub sid: Option<String>,
}

impl Located {
    /// A finding in a policy that was read.
    pub fn in_policy(finding: Finding, policy: &Arc<Policy>, tree: &Node<'_>) -> Self {
        let span = finding.mark.span;
        let sid = statement_at(policy, span).and_then(|(_, statement)| statement.sid.clone());
        Self {
            source: policy.source.clone(),
            location: path_to(tree, span),
            fingerprint: fingerprint(policy.source.name(), Some(policy), &finding),
            sid,
            finding,
        }
    }

    /// A finding in a text that is no policy.
    pub fn in_text(finding: Finding, source: &Source) -> Self {
        Self {
            source: source.clone(),
            location: Vec::new(),
            fingerprint: fingerprint(source.name(), None, &finding),
            sid: None,
            finding,
        }
    }

    /// What to do about it, in words.
    pub fn help(&self) -> Option<&str> {
        let change = self.finding.fixes.first();
        let help = self.finding.help.as_deref();
        help.or(change.map(|fix| fix.what.as_str()))
    }

    /// The safe change of its text, if there is one.
    pub fn safe_edits(&self) -> Option<&[Edit]> {
        self.finding.safe_fix().map(|fix| fix.edits.as_slice())
    }

    /// Where it is.
    pub fn span(&self) -> Span {
        self.finding.mark.span
    }
}
