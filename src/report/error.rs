//! Errors and warnings for people.

use super::snippet::{Finding, FindingLevel, Mark};
use crate::error::Error;
use crate::policy::{Policy, Warning};

/// An error with its place and a way out.
pub fn error(error: &Error, styled: bool) -> String {
    let place = error.place();
    let finding = Finding {
        level: FindingLevel::Error,
        id: error.rule().map(str::to_owned),
        title: error.message().to_owned(),
        source: place.map(|place| &place.source),
        marks: place
            .map(|place| Mark {
                span: place.span,
                label: String::new(),
                main: true,
            })
            .into_iter()
            .collect(),
        notes: Vec::new(),
        help: error.help_text().map(str::to_owned),
        changes: Vec::new(),
    };
    finding.render(styled)
}

/// A warning about a policy.
pub fn warning(policy: &Policy, warning: &Warning, styled: bool) -> String {
    let finding = Finding {
        level: FindingLevel::Warning,
        id: Some(warning.rule.to_owned()),
        title: warning.message.clone(),
        source: Some(&policy.source),
        marks: vec![Mark {
            span: warning.span,
            label: String::new(),
            main: true,
        }],
        notes: Vec::new(),
        help: Some(warning.help.to_owned()),
        changes: Vec::new(),
    };
    finding.render(styled)
}
