//! What the files of an account say about a caller at all.

use super::Account;
use crate::eval::{Caller, Role};

/// Whether the policies of a caller are in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    /// Those of this user or role are its own.
    In(&'a str),
    /// It is a user or role that is not in the files.
    Missing,
    /// No user or role of an account calls: a service, a provider, nobody who signed.
    Outside,
    /// A root user has no policies of its own (EVAL-5).
    Root,
}

impl Account {
    /// Whether the policies of a caller are in the files.
    pub(crate) fn standing(&self, caller: &Caller) -> Standing<'_> {
        let found = match caller {
            Caller::RoleSession { role, .. } => self.role_named(role),
            Caller::User { arn, .. }
            | Caller::FederatedUser {
                user: Some(arn), ..
            } => self.get(arn.as_str()),
            Caller::FederatedUser { user: None, .. } => None,
            Caller::Root { .. } => return Standing::Root,
            _ => return Standing::Outside,
        };
        found.map_or(Standing::Missing, |entry| Standing::In(&entry.arn))
    }

    /// The ARN of a role, if it is in the files.
    pub(crate) fn role(&self, role: &Role) -> Option<&str> {
        self.role_named(role).map(|entry| entry.arn.as_str())
    }
}
