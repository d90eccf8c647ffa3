//! Who makes the request, and which principals of a policy mean them.

use serde_json::Value;

use super::{arn, one_or_many, text_of};

/// How directly a `Principal` element names the caller, weakest first: what it takes for an
/// Allow to suffice depends on it (the table EVAL-20 to EVAL-27).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Grant {
    /// The caller's account, which is to decide for itself (EVAL-20).
    Account,
    /// The role of a session (EVAL-22) or the user of a federated-user session (EVAL-25): the
    /// permissions boundary and the session policy still limit it.
    Limited,
    /// The caller itself (EVAL-21, EVAL-23, EVAL-24), or everyone (EVAL-27).
    Direct,
}

/// What kind of caller it is, with what only that kind has.
#[derive(Debug)]
enum Kind {
    Anonymous,
    /// A session that `GetFederationToken` gave, of this user.
    FederatedUser(Option<String>),
    Root,
    Service,
    /// A session of a role, of which the ARN may be known.
    Session(Option<String>),
    /// An IAM principal of which only the account is known.
    Unnamed,
    User,
    /// A web identity or a SAML assertion.
    WebIdentity,
}

/// The caller of a request.
#[derive(Debug)]
pub(super) struct Caller {
    kind: Kind,
    /// The ARN, the name of a service or of an identity provider; empty if there is none.
    name: String,
    pub(super) account: Option<String>,
    has_boundary: bool,
}

impl Caller {
    pub(super) fn read(
        principal: &Value,
        resource_account: Option<&str>,
        has_boundary: bool,
    ) -> Self {
        let (kind, name) = match principal {
            Value::Null => (Kind::Unnamed, String::new()),
            Value::String(name) => (Kind::of(name), name.clone()),
            fields if fields.get("federated").is_some() => {
                let provider = text_of(fields, "federated").expect("a provider is a string");
                (Kind::WebIdentity, provider)
            }
            fields => {
                let name = text_of(fields, "arn").expect("a principal has an ARN");
                let kind = match (text_of(fields, "role"), text_of(fields, "user")) {
                    (None, None) => Kind::of(&name),
                    (None, user) => Kind::FederatedUser(user),
                    (role, _) => Kind::Session(role),
                };
                (kind, name)
            }
        };
        let account = match kind {
            Kind::Unnamed => resource_account,
            Kind::WebIdentity => None, // no AWS identity (ROLE-16)
            _ => arn::account(&name),
        };
        Self {
            account: account.map(str::to_owned),
            kind,
            name,
            has_boundary,
        }
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self.kind, Kind::Root)
    }

    pub(super) fn is_service(&self) -> bool {
        matches!(self.kind, Kind::Service)
    }

    pub(super) fn is_federated_user(&self) -> bool {
        matches!(self.kind, Kind::FederatedUser(_))
    }

    /// Whether the caller is an identity of some AWS account, with policies of its own (EVAL-17,
    /// EVAL-18, ROLE-16).
    pub(super) fn has_account(&self) -> bool {
        !matches!(
            self.kind,
            Kind::Anonymous | Kind::Service | Kind::WebIdentity
        )
    }

    /// Whether the request carries a signature.
    pub(super) fn signs(&self) -> bool {
        !matches!(self.kind, Kind::Anonymous | Kind::WebIdentity)
    }

    /// Whether a permissions boundary can be attached to the caller (EVAL-5, EVAL-10).
    pub(super) fn can_be_bounded(&self) -> bool {
        self.has_account() && !self.is_root()
    }

    /// Whether this is a session of a service-linked role, known by its path (EVAL-8).
    pub(super) fn is_service_linked(&self) -> bool {
        matches!(&self.kind, Kind::Session(Some(role)) if arn::names(role, "iam", "role/aws-service-role/"))
    }

    /// How a `Principal` element names the caller, if it does.
    pub(super) fn named_by(&self, principal: &Value) -> Option<Grant> {
        entries(principal)
            .into_iter()
            .filter_map(|(kind, name)| self.grant(&kind, &name))
            .max()
    }

    /// Whether a Deny with this `NotPrincipal` element spares the caller (GRAM-28): the account,
    /// the role and the session all have to be listed, and nothing spares a principal that has a
    /// permissions boundary.
    pub(super) fn spared_by(&self, not_principal: &Value) -> bool {
        if self.has_boundary && self.can_be_bounded() {
            return false;
        }
        let entries = entries(not_principal);
        if entries
            .iter()
            .any(|(kind, name)| kind == "AWS" && name == "*")
        {
            return true;
        }
        let required: &[Grant] = match self.kind {
            Kind::Root => &[Grant::Account],
            Kind::User | Kind::Unnamed | Kind::FederatedUser(_) => &[Grant::Account, Grant::Direct],
            Kind::Session(_) => &[Grant::Account, Grant::Limited, Grant::Direct],
            Kind::Anonymous | Kind::Service | Kind::WebIdentity => &[Grant::Direct],
        };
        required.iter().all(|&required| {
            entries
                .iter()
                .any(|(kind, name)| self.grant(kind, name) == Some(required))
        })
    }

    /// How one entry of a `Principal` element names the caller.
    fn grant(&self, kind: &str, name: &str) -> Option<Grant> {
        let is_caller = !self.name.is_empty() && name == self.name;
        match kind {
            "AWS" if name == "*" => Some(Grant::Direct), // GRAM-20
            "AWS" if !self.has_account() => None,
            "AWS" if self.is_own_account(name) => Some(Grant::Account),
            "AWS" if self.is_root() => None,
            // A caller given by the ARN of a role is a session of it, so the role comes first.
            "AWS" if self.is_own_origin(name) => Some(Grant::Limited),
            "AWS" => is_caller.then_some(Grant::Direct),
            "Service" => (self.is_service() && is_caller).then_some(Grant::Direct),
            "Federated" => {
                (matches!(self.kind, Kind::WebIdentity) && is_caller).then_some(Grant::Direct)
            }
            // A canonical user id says nothing that a scenario knows.
            _ => None,
        }
    }

    /// Whether `name` is the caller's account, as twelve digits or as its root (GRAM-22).
    fn is_own_account(&self, name: &str) -> bool {
        let Some(account) = self.account.as_deref() else {
            return false;
        };
        name == account || name == format!("arn:{}:iam::{account}:root", self.partition())
    }

    /// Whether `name` is the role of a session or the user of a federated-user session.
    fn is_own_origin(&self, name: &str) -> bool {
        match &self.kind {
            Kind::FederatedUser(Some(user)) => name == user,
            Kind::Session(Some(role)) => name == role,
            // The path of the role is not known: its name has to do (GRAM-24).
            Kind::Session(None) => {
                let session = arn::parts(&self.name).expect("a session has an ARN");
                let role = session[5].split('/').nth(1);
                arn::parts(name).is_some_and(|[_, partition, service, _, account, resource]| {
                    [partition, service, account] == [session[1], "iam", session[4]]
                        && resource.starts_with("role/")
                        && resource.rsplit('/').next() == role
                })
            }
            _ => false,
        }
    }

    fn partition(&self) -> &str {
        arn::parts(&self.name).map_or("aws", |parts| parts[1])
    }
}

impl Kind {
    /// Tells the kind of a principal that is written as one string.
    fn of(name: &str) -> Self {
        let Some([_, _, _, _, _, resource]) = arn::parts(name) else {
            return if name == "anonymous" {
                Self::Anonymous
            } else {
                Self::Service
            };
        };
        match resource.split('/').next() {
            Some("root") => Self::Root,
            Some("user") => Self::User,
            // A session whose name is not known.
            Some("role") => Self::Session(Some(name.to_owned())),
            Some("assumed-role") => Self::Session(None),
            Some("federated-user") => Self::FederatedUser(None),
            _ => panic!("no principal: {name}"),
        }
    }
}

/// The principals of an element as pairs of kind and name. A bare string is an AWS principal
/// (GRAM-20, GRAM-29).
fn entries(principal: &Value) -> Vec<(String, String)> {
    match principal {
        Value::String(name) => vec![("AWS".to_owned(), name.clone())],
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, names)| {
                one_or_many(names).into_iter().map(|name| {
                    (
                        kind.clone(),
                        name.as_str().expect("principals are strings").to_owned(),
                    )
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}
