//! Who makes a request, and which principals of a policy that is (GRAM-20 to GRAM-28, EVAL-18 to EVAL-27).

use super::truth::{Pair, Truth, any};
use crate::error::{Error, Result};
use crate::policy::{AccountId, Arn, PrincipalElement, Who};

/// The caller of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// An unsigned request.
    Anonymous,
    /// A web identity or SAML provider vouches for the caller; the call is not signed (ROLE-16).
    Federated(String),
    /// A session of `GetFederationToken`.
    FederatedUser {
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`
        arn: Arn,
        /// Its account.
        account: AccountId,
        /// The IAM user who asked for the session, if that is known.
        user: Option<Arn>,
    },
    /// A session of a role.
    RoleSession {
        /// The role.
        role: Role,
        /// The name of the session, if it is known.
        session: Option<String>,
    },
    /// The root user of an account.
    Root {
        /// `arn:aws:iam::ACCOUNT:root`
        arn: Arn,
        /// Its account.
        account: AccountId,
    },
    /// A service principal such as `ec2.amazonaws.com`, if it is known which.
    Service(Option<String>),
    /// Some IAM user or role of an account that is neither the resource's nor named by any policy.
    Stranger,
    /// Some IAM user or role of an account: the resource's, where that is known.
    Unnamed(Option<AccountId>),
    /// An IAM user.
    User {
        /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`
        arn: Arn,
        /// Its account.
        account: AccountId,
    },
}

/// A role, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`; without its path if that is not known.
    pub arn: Arn,
    /// Its account.
    pub account: AccountId,
    /// Whether the path of `arn` is the real one: a session's ARN does not carry it (ROLE-35).
    pub path_known: bool,
}

impl Role {
    /// A role by its own ARN.
    ///
    /// # Errors
    /// If it is not the ARN of a role.
    pub fn from_arn(arn: &Arn) -> Result<Self> {
        match (arn.service(), arn.resource().split_once('/'), arn.account()) {
            ("iam", Some(("role", name)), Some(account))
                if !name.is_empty() && !name.ends_with('/') =>
            {
                Ok(Self {
                    arn: arn.clone(),
                    account,
                    path_known: true,
                })
            }
            _ => Err(Error::request(format!("`{arn}` is not the ARN of a role"))
                .help("a role is `arn:aws:iam::111122223333:role/NAME`")),
        }
    }

    /// The name, without the path.
    pub fn name(&self) -> &str {
        self.arn.resource().rsplit('/').next().unwrap_or_default()
    }

    /// A service-linked role, by its path (EVAL-8), or by its name where the path is not known (ROLE-35).
    pub fn is_service_linked(&self) -> bool {
        self.arn.resource().starts_with("role/aws-service-role/")
            || (!self.path_known && self.name().starts_with("AWSServiceRoleFor"))
    }

    /// Whether a policy's role ARN is this role: whole, or by account and name where the path is not known (GRAM-24).
    fn is(&self, arn: &Arn) -> bool {
        if self.path_known {
            return self.arn == *arn;
        }
        let name = arn.resource().rsplit('/').next();
        arn.partition() == self.arn.partition()
            && arn.account() == Some(self.account)
            && name == Some(self.name())
    }
}

/// How an Allow of a resource policy reaches the caller: the rows of the table EVAL-20 to EVAL-27.
#[derive(Clone, Debug)]
pub struct Grants {
    /// It names the account, which delegates: the caller's own permission is needed too (EVAL-20).
    pub account: Pair<bool>,
    /// It names the role of the session: boundary and session policy still count (EVAL-22).
    pub role: Pair<bool>,
    /// It names the user of a federated-user session: as for a role (EVAL-25).
    pub user: Pair<bool>,
    /// It names the caller or everyone: nothing else is needed (EVAL-21, EVAL-23, EVAL-24, EVAL-26, EVAL-27).
    pub direct: Pair<bool>,
}

impl Grants {
    pub(crate) fn none() -> Self {
        Self::directly(Pair::known(false))
    }

    /// A grant that needs nothing else.
    pub(crate) fn directly(direct: Pair<bool>) -> Self {
        let no = Pair::known(false);
        Self {
            account: no,
            role: no,
            user: no,
            direct,
        }
    }

    /// Only what is certain.
    pub(crate) fn certainly(&self) -> Self {
        let certain = |row: Pair<bool>| Pair::known(*row.certainly());
        Self {
            account: certain(self.account),
            role: certain(self.role),
            user: certain(self.user),
            direct: certain(self.direct),
        }
    }

    /// Whether nothing about them is unknown.
    pub(crate) fn are_decided(&self) -> bool {
        let rows = [self.account, self.role, self.user, self.direct];
        rows.iter().all(|row| row.decided().is_some())
    }

    /// Whether any of the rows holds.
    pub(crate) fn any(&self) -> Pair<bool> {
        any([self.account, self.role, self.user, self.direct])
    }

    fn join(self, other: &Self) -> Self {
        Self {
            account: self.account.or(&other.account),
            role: self.role.or(&other.role),
            user: self.user.or(&other.user),
            direct: self.direct.or(&other.direct),
        }
    }
}

impl Caller {
    /// A caller by the text that names it: an ARN, `anonymous`, or a service principal.
    ///
    /// # Errors
    /// If the text names no caller.
    ///
    /// # Example
    /// ```
    /// use ipcond::eval::Caller;
    /// assert!(matches!(Caller::parse("ec2.amazonaws.com")?, Caller::Service(_)));
    /// assert!(Caller::parse("arn:aws:iam::111122223333:group/admins").is_err()); // a group never calls
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        if text == "anonymous" {
            return Ok(Self::Anonymous);
        }
        if !text.contains(':')
            && [
                ".amazonaws.com",
                ".amazonaws.com.cn",
                ".amazon.com",
                ".aws.internal",
            ]
            .iter()
            .any(|end| text.ends_with(end))
        {
            return Ok(Self::Service(Some(text.to_owned())));
        }
        if !text.starts_with("arn:") {
            return Err(Error::request(format!("`{text}` is not a principal")).help(
                "write the ARN of a user, role, session or root, a service such as `ec2.amazonaws.com`, or `anonymous`",
            ));
        }
        Self::from_arn(&text.parse()?)
    }

    fn from_arn(arn: &Arn) -> Result<Self> {
        let not_a_caller =
            |why: &str| Error::request(format!("`{arn}` cannot make requests: {why}"));
        let Some(account) = arn.account() else {
            return Err(not_a_caller("it has no account")
                .help("the fifth part of the ARN is an account id of 12 digits"));
        };
        let mut parts = arn.resource().splitn(3, '/');
        let (sort, name, rest) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let arn = arn.clone();
        match (arn.service(), sort, name, rest) {
            ("iam", "root", None, _) => Ok(Self::Root { arn, account }),
            ("iam", "user", Some(_), _) if !arn.resource().ends_with('/') => {
                Ok(Self::User { arn, account })
            }
            ("iam", "role", Some(_), _) => Ok(Self::RoleSession {
                role: Role::from_arn(&arn)?,
                session: None,
            }),
            ("sts", "assumed-role", Some(name), Some(session))
                if !name.is_empty() && !session.is_empty() =>
            {
                // Roles of Identity Center stand under this path, some with a region in it (ROLE-35).
                let sso = name.starts_with("AWSReservedSSO_");
                let path = if sso {
                    "aws-reserved/sso.amazonaws.com/"
                } else {
                    ""
                };
                let role = format!("arn:{}:iam::{account}:role/{path}{name}", arn.partition());
                let role = Role {
                    arn: role.parse()?,
                    account,
                    path_known: false,
                };
                Ok(Self::RoleSession {
                    role,
                    session: Some(session.to_owned()),
                })
            }
            ("sts", "federated-user", Some(_), None) => Ok(Self::FederatedUser {
                arn,
                account,
                user: None,
            }),
            ("iam", "group", ..) => {
                Err(not_a_caller("a group is no principal").help("name a user of the group"))
            }
            _ => Err(not_a_caller("it is no user, role, session or root user")),
        }
    }

    /// Its account, if it has one that is known.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::FederatedUser { account, .. }
            | Self::Root { account, .. }
            | Self::User { account, .. } => Some(*account),
            Self::RoleSession { role, .. } => Some(role.account),
            Self::Unnamed(account) => *account,
            Self::Anonymous | Self::Federated(_) | Self::Service(_) | Self::Stranger => None,
        }
    }

    /// Whether the request carries a signature of AWS credentials.
    pub fn is_signed(&self) -> bool {
        !matches!(self, Self::Anonymous | Self::Federated(_))
    }

    /// An IAM principal: one that identity policies, boundaries, session policies and SCPs can bind.
    pub fn has_identity(&self) -> bool {
        matches!(
            self,
            Self::FederatedUser { .. }
                | Self::RoleSession { .. }
                | Self::Root { .. }
                | Self::Stranger
                | Self::Unnamed(_)
                | Self::User { .. }
        )
    }

    /// What to call it.
    pub fn title(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::Stranger | Self::Unnamed(_) => "the caller".into(),
            Self::Federated(name) | Self::Service(Some(name)) => name.clone(),
            Self::Service(None) => "an AWS service".into(),
            Self::FederatedUser { arn, .. } | Self::Root { arn, .. } | Self::User { arn, .. } => {
                arn.to_string()
            }
            Self::RoleSession {
                role,
                session: None,
            } => role.arn.to_string(),
            Self::RoleSession {
                role,
                session: Some(session),
            } => {
                format!(
                    "arn:{}:sts::{}:assumed-role/{}/{session}",
                    role.arn.partition(),
                    role.account,
                    role.name()
                )
            }
        }
    }

    /// Which rows of the table a list of principals reaches.
    pub(crate) fn grants(&self, element: &PrincipalElement) -> Grants {
        element
            .entries
            .iter()
            .fold(Grants::none(), |all, who| all.join(&self.grants_of(who)))
    }

    fn grants_of(&self, who: &Who) -> Grants {
        let mut grants = Grants::none();
        match who {
            Who::Everyone => grants.direct = Pair::known(true),
            Who::Account { partition, account } => {
                grants.account = self.is_of(*account, partition.as_deref());
            }
            Who::User(arn) => match self {
                Self::User { arn: own, .. } => grants.direct = Pair::known(own == arn),
                Self::FederatedUser {
                    user: Some(own), ..
                } => grants.user = Pair::known(own == arn),
                Self::FederatedUser {
                    account,
                    user: None,
                    ..
                } if arn.account() == Some(*account) => {
                    grants.user = Pair::unknown();
                }
                Self::Unnamed(_) => grants.direct = Pair::unknown(),
                _ => {}
            },
            Who::Role(arn) => match self {
                Self::RoleSession { role, .. } => grants.role = Pair::known(role.is(arn)),
                Self::Unnamed(_) => grants.role = Pair::unknown(),
                _ => {}
            },
            Who::RoleSession(arn) => match self {
                Self::RoleSession {
                    session: Some(_), ..
                } => grants.direct = Pair::known(self.title() == arn.as_str()),
                Self::RoleSession {
                    role,
                    session: None,
                } if is_session_of(arn, role) => grants.direct = Pair::unknown(),
                Self::Unnamed(_) => grants.direct = Pair::unknown(),
                _ => {}
            },
            Who::FederatedUser(arn) => match self {
                Self::FederatedUser { arn: own, .. } => grants.direct = Pair::known(own == arn),
                Self::Unnamed(_) => grants.direct = Pair::unknown(),
                _ => {}
            },
            Who::Service(name) => {
                grants.direct = match self {
                    Self::Service(None) if name != "*" => Pair::unknown(),
                    Self::Service(own) => Pair::known(name == "*" || own.as_ref() == Some(name)),
                    _ => Pair::known(false),
                };
            }
            Who::Federated(name) => {
                grants.direct =
                    Pair::known(matches!(self, Self::Federated(own) if own == name || name == "*"));
            }
            // The id stands for an account, but which one cannot be read from it (GRAM-26).
            Who::CanonicalUser(_) => {
                grants.account = if self.has_identity() {
                    Pair::unknown()
                } else {
                    Pair::known(false)
                };
            }
            Who::Deleted | Who::Nobody => {}
        }
        grants
    }

    fn is_of(&self, account: AccountId, partition: Option<&str>) -> Pair<bool> {
        let own = match self {
            Self::FederatedUser { arn, .. } | Self::Root { arn, .. } | Self::User { arn, .. } => {
                arn
            }
            Self::RoleSession { role, .. } => &role.arn,
            Self::Unnamed(Some(own)) if *own == account => return Pair::known(true),
            Self::Unnamed(_) => return Pair::unknown(),
            Self::Anonymous | Self::Federated(_) | Self::Service(_) | Self::Stranger => {
                return Pair::known(false);
            }
        };
        Pair::known(
            own.account() == Some(account)
                && partition.is_none_or(|named| named == own.partition()),
        )
    }

    /// Whether a `NotPrincipal` list exempts the caller from a Deny: every form of it must be listed (GRAM-28).
    pub(crate) fn is_exempt(&self, element: &PrincipalElement) -> Pair<bool> {
        let listed = self.grants(element);
        match self {
            Self::Anonymous | Self::Service(_) | Self::Federated(_) => listed.direct,
            Self::Root { .. } => listed.account.or(&listed.direct),
            Self::Stranger | Self::Unnamed(_) | Self::User { .. } | Self::FederatedUser { .. } => {
                listed.account.and(&listed.direct).or(&everyone(element))
            }
            Self::RoleSession { .. } => {
                all_of(&[listed.account, listed.role, listed.direct]).or(&everyone(element))
            }
        }
    }
}

fn all_of(pairs: &[Pair<bool>]) -> Pair<bool> {
    super::truth::all(pairs.iter().copied())
}

fn is_session_of(arn: &Arn, role: &Role) -> bool {
    let name = arn.resource().split('/').nth(1);
    arn.partition() == role.arn.partition()
        && arn.account() == Some(role.account)
        && name == Some(role.name())
}

fn everyone(element: &PrincipalElement) -> Pair<bool> {
    Pair::known(element.names_everyone())
}
