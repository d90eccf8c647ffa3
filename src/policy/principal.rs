//! Who a statement is about (GRAM-20 to GRAM-29).

use super::arn::{AccountId, Arn};
use crate::source::Span;

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug)]
pub struct PrincipalElement {
    /// It is `NotPrincipal`.
    pub negated: bool,
    /// The principals, in order.
    pub(crate) entries: Vec<Who>,
    /// Where the element's value stands.
    pub span: Span,
}

impl PrincipalElement {
    /// Whether it names `"*"`.
    pub(crate) fn names_everyone(&self) -> bool {
        self.entries.contains(&Who::Everyone)
    }
}

/// A principal that a policy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// `"*"` or `{"AWS": "*"}`: everyone, anonymous callers included (GRAM-20).
    Everyone,
    /// An account, by id or root ARN: it delegates to the account (GRAM-22). By id it has no partition.
    Account {
        partition: Option<String>,
        account: AccountId,
    },
    /// An IAM user.
    User(Arn),
    /// An IAM role: all its sessions.
    Role(Arn),
    /// One session of a role.
    RoleSession(Arn),
    /// One federated-user session.
    FederatedUser(Arn),
    /// A service principal; `*` is any service.
    Service(String),
    /// A web identity or SAML provider; `*` is any provider.
    Federated(String),
    /// A canonical user id of S3: an account, but which one the id does not say.
    CanonicalUser(String),
    /// A unique id left by a deleted user or role: it matches nobody (GRAM-25).
    Deleted,
    /// Anything else matches nobody.
    Nobody,
}

impl Who {
    /// A value under the key `AWS`.
    pub(crate) fn aws(text: &str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if let Ok(account) = text.parse() {
            return Self::Account {
                partition: None,
                account,
            };
        }
        let unique = ["AIDA", "AROA", "AGPA", "ASCA"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if unique && text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Self::Deleted;
        }
        text.parse().map_or(Self::Nobody, Self::arn)
    }

    fn arn(arn: Arn) -> Self {
        let Some(account) = arn.account() else {
            return Self::Nobody;
        };
        let sort = arn.resource().split('/').next().unwrap_or_default();
        match (arn.service(), sort) {
            ("iam", "root") if arn.resource() == "root" => Self::Account {
                partition: Some(arn.partition().to_owned()),
                account,
            },
            ("iam", "user") => Self::User(arn),
            ("iam", "role") => Self::Role(arn),
            ("sts", "assumed-role") => Self::RoleSession(arn),
            ("sts", "federated-user") => Self::FederatedUser(arn),
            _ => Self::Nobody,
        }
    }
}

/// Whether a value under `AWS` tries to match part of a principal with a wildcard (GRAM-23).
pub(crate) fn has_partial_wildcard(text: &str) -> bool {
    text != "*" && text.contains(['*', '?'])
}
