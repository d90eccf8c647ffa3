//! Who an event says that called (CT-3, CT-4).

use super::event::{Identity, Parameter, Record, Text};
use crate::error::{Error, Result};
use crate::eval::{Caller, Role};

/// Whom an event names, in the words of the event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who<'a> {
    identity: &'a Identity<'a>,
    /// The provider that vouches for a federated caller.
    provider: Option<&'a str>,
}

/// The kinds of `userIdentity` that policies can name.
const PLACED: [&str; 9] = [
    "AWSAccount",
    "AWSService",
    "AssumedRole",
    "FederatedUser",
    "IAMUser",
    "Role",
    "Root",
    "SAMLUser",
    "WebIdentityUser",
];

fn text<'a>(text: Option<&'a Text<'_>>) -> Option<&'a str> {
    text.map(|text| &*text.0).filter(|text| !text.is_empty())
}

impl<'a> Who<'a> {
    /// Who called; else the kind of caller that no policy can name, as the event writes it.
    pub(crate) fn of(record: &'a Record<'a>) -> Result<Self, &'a str> {
        let Some(identity) = &record.user_identity else {
            return Err("none");
        };
        let who = Self {
            identity,
            provider: record
                .request_parameters
                .text(Parameter::PrincipalArn)
                .or(text(identity.provider.as_ref())),
        };
        let sort = who.sort();
        let placed = match sort {
            "AWSAccount" => who.account().is_some(),
            "AWSService" => true,
            "SAMLUser" | "WebIdentityUser" => who.provider.is_some(),
            _ => who.arn().is_some() && PLACED.contains(&sort),
        };
        match (placed, sort) {
            (true, _) => Ok(who),
            (false, "") => Err("unnamed"),
            (false, sort) => Err(sort),
        }
    }

    /// `userIdentity.type`
    pub(crate) fn sort(&self) -> &'a str {
        text(self.identity.sort.as_ref()).unwrap_or_default()
    }

    fn arn(&self) -> Option<&'a str> {
        text(self.identity.arn.as_ref())
    }

    fn account(&self) -> Option<&'a str> {
        text(self.identity.account_id.as_ref())
    }

    fn invoked_by(&self) -> Option<&'a str> {
        text(self.identity.invoked_by.as_ref())
    }

    fn issuer(&self) -> Option<&'a str> {
        let session = self.identity.session_context.as_ref()?;
        text(session.issuer.as_ref()?.arn.as_ref())
    }

    /// A user, whose calls through a service are made with his own permissions: a service never is one (IP-33, IP-34).
    pub(crate) fn is_user(&self) -> bool {
        matches!(self.sort(), "FederatedUser" | "IAMUser" | "Root")
    }

    /// A role that only a service assumes (EVAL-8).
    pub(crate) fn is_service_linked(&self) -> bool {
        let role = self.issuer().or(self.arn()).unwrap_or_default();
        role.contains(":role/aws-service-role/") || role.contains("/AWSServiceRoleFor")
    }

    /// A service principal.
    pub(crate) fn is_service(&self) -> bool {
        self.sort() == "AWSService"
    }

    /// Someone from outside the account, whose own policies bind him, which are not those of this account (CT-3). What
    /// an account of the same organization calls is an event there too.
    pub(crate) fn is_foreign(&self) -> bool {
        self.sort() == "AWSAccount"
    }

    /// The caller for people: an ARN, a service, or what else there is.
    pub(crate) fn title(&self) -> String {
        match self.sort() {
            "AWSAccount" => match self.account() {
                Some("ANONYMOUS_PRINCIPAL") | None => "anonymous".into(),
                Some(account) => format!("someone of account {account}"),
            },
            "AWSService" => self.invoked_by().unwrap_or("an AWS service").to_owned(),
            "SAMLUser" | "WebIdentityUser" => self.provider.unwrap_or_default().to_owned(),
            _ => self.arn().unwrap_or_default().to_owned(),
        }
    }

    /// Writes all that [`Who::caller`] reads: two events with the same have the same caller.
    pub(crate) fn key(&self, key: &mut Vec<u8>) {
        let parts = [
            Some(self.sort()),
            self.arn(),
            self.issuer(),
            self.account(),
            self.invoked_by().filter(|_| self.is_service()),
            self.provider,
        ];
        for part in parts {
            super::facts::write(key, part);
        }
    }

    /// The caller.
    ///
    /// # Errors
    /// If an ARN of the event is none of its kind.
    pub(crate) fn caller(&self) -> Result<Caller> {
        match self.sort() {
            "AWSAccount" => match self.account() {
                Some("ANONYMOUS_PRINCIPAL") | None => Ok(Caller::Anonymous),
                Some(account) => Ok(Caller::Unnamed(Some(account.parse()?))),
            },
            "AWSService" => {
                let named = self.invoked_by().map(Caller::parse);
                Ok(match named {
                    Some(Ok(service @ Caller::Service(_))) => service,
                    _ => Caller::Service(None),
                })
            }
            "SAMLUser" | "WebIdentityUser" => Ok(Caller::Federated(
                self.provider.unwrap_or_default().to_owned(),
            )),
            _ => self.named(),
        }
    }

    fn named(&self) -> Result<Caller> {
        let arn = self.arn().unwrap_or_default();
        let mut caller = Caller::parse(arn)?;
        let issuer = self.issuer().map(str::parse).transpose()?;
        match (&mut caller, issuer) {
            // The path of the role, which the ARN of the session leaves out (ROLE-35).
            (Caller::RoleSession { role, .. }, Some(issuer)) => {
                let own = Role::from_arn(&issuer)?;
                if own.name() != role.name() || own.account != role.account {
                    return Err(Error::request(format!(
                        "the session `{arn}` is said to be of `{issuer}`"
                    )));
                }
                *role = own;
            }
            (Caller::FederatedUser { user, .. }, Some(issuer)) => *user = Some(issuer),
            _ => {}
        }
        Ok(caller)
    }
}
