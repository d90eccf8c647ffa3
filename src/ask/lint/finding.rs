//! What a rule found.

use super::rule::{Rule, Severity};
use crate::source::Span;

/// Something that a rule found in a policy.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// What was found.
    pub message: String,
    /// Where, and a word on what stands there.
    pub mark: Mark,
    /// Other places that have a part in it.
    pub others: Vec<Mark>,
    /// What else one should know.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Changes of the text, of which one will do.
    pub fixes: Vec<Fix>,
}

/// A place in the text with a word on it, which may be empty.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Where.
    pub span: Span,
    /// The word.
    pub label: String,
}

/// A change of the text.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What it does.
    pub what: String,
    /// The pieces that change; none where only the byte order mark goes.
    pub edits: Vec<Edit>,
    /// It leaves the meaning as it is, so that it may be made without asking.
    pub safe: bool,
}

/// A piece of text that takes the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The old text.
    pub span: Span,
    /// The new one.
    pub text: String,
}

impl Finding {
    pub(crate) fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            mark: Mark {
                span,
                label: String::new(),
            },
            others: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// A word on what stands at the place.
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.mark.label = label.into();
        self
    }

    /// Another place.
    pub(super) fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        let label = label.into();
        self.others.push(Mark { span, label });
        self
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn milder(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// A change that leaves the meaning as it is.
    pub(super) fn fix(self, what: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.change(what, edits, true)
    }

    /// A change that alters the meaning, so that a person must choose it.
    pub(super) fn offer(self, what: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.change(what, edits, false)
    }

    fn change(mut self, what: impl Into<String>, edits: Vec<Edit>, safe: bool) -> Self {
        let what = what.into();
        self.fixes.push(Fix { what, edits, safe });
        self
    }

    /// The change that may be made without asking, if there is one.
    pub fn safe_fix(&self) -> Option<&Fix> {
        self.fixes.iter().find(|fix| fix.safe)
    }
}
