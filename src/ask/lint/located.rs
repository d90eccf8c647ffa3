//! A finding with the text that it is in.

use std::sync::Arc;

use super::finding::{Edit, Finding};
use super::fingerprint::fingerprint;
use super::place::{Segment, path_to, statement_at};
use crate::json::Node;
use crate::policy::Policy;
use crate::source::{Source, Span};

/// A document among others in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Among {
    /// Where in the file it is: `RoleDetailList[3].RolePolicyList[0]`.
    pub address: String,
    /// What the file says that it belongs to: an ARN, or a name.
    pub owner: Option<String>,
}

impl Among {
    /// `RoleDetailList[3].RolePolicyList[0] of arn:aws:iam::111122223333:role/ci`
    pub fn title(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{} of {owner}", self.address),
            None => self.address.clone(),
        }
    }

    /// What it is called in fingerprints: by its owner and the names on the way to it where the owner has an ARN, since
    /// numbers in lists are others tomorrow.
    fn lasting(&self) -> String {
        match &self.owner {
            Some(owner) if owner.starts_with("arn:") => {
                let mut inside = false;
                let names = self.address.chars().filter(|character| {
                    inside = *character == '[' || (inside && *character != ']');
                    !inside && *character != ']'
                });
                format!("{owner} {}", names.collect::<String>())
            }
            _ => self.address.clone(),
        }
    }
}

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
    /// Which document of the file it is in, where the file holds documents among other things.
    pub among: Option<Among>,
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
            among: None,
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
            among: None,
            finding,
        }
    }

    /// A finding in a document that was read from a file of several. What the file is made from is another one, so that no
    /// change of it is safe.
    #[must_use]
    pub fn among(mut self, among: &Among, policy: Option<&Policy>) -> Self {
        let name = format!("{}#{}", self.file(), among.lasting());
        self.fingerprint = fingerprint(&name, policy, &self.finding);
        self.among = Some(among.clone());
        self.left()
    }

    /// In a file that is left as it is, whatever would be safe to change in it.
    #[must_use]
    pub fn left(mut self) -> Self {
        for fix in &mut self.finding.fixes {
            fix.safe = false;
        }
        self
    }

    /// The file that it is in.
    pub fn file(&self) -> &str {
        self.outer().0.name()
    }

    /// Where in the file it is; of a text that a string holds, the string.
    pub fn outer(&self) -> (&Source, Span) {
        self.source.outermost(self.span())
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
