//! What the columns of a table of requests mean.

use std::fmt;

use crate::error::{Error, Result};
use crate::eval::SOURCE_IP;
use crate::policy::ConditionKey;

/// What a column says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The address that it comes from.
    Address,
    /// What is called; with an [`Meaning::EventSource`] beside it, the name alone will do.
    Action,
    /// The service that is called, as `CloudTrail` names it: `s3.amazonaws.com`.
    EventSource,
    /// On what.
    Resource,
    /// Who calls.
    Principal,
    /// Whose the resource is.
    ResourceAccount,
    /// Condition keys, as a JSON object.
    Context,
    /// One condition key.
    Key(ConditionKey),
}

impl Meaning {
    /// The meaning of a header, whatever its case and however many `_` are in it; a name with a colon is a condition key
    /// as it stands.
    ///
    /// # Example
    /// ```
    /// use ipcond::ask::batch::Meaning;
    /// assert_eq!(Meaning::of("SourceIPAddress"), Meaning::of("src_ip"));
    /// assert_eq!(Meaning::of("aws:SourceIp"), Some(Meaning::Address)); // the address, not one more key
    /// assert_eq!(Meaning::of("comment"), None);
    /// ```
    pub fn of(header: &str) -> Option<Self> {
        let header = header.trim();
        if header.contains(':') {
            let key = ConditionKey::new(header);
            return Some(if key.is(SOURCE_IP) {
                Self::Address
            } else {
                Self::Key(key)
            });
        }
        let plain: String = header.chars().filter(|letter| *letter != '_').collect();
        match plain.to_ascii_lowercase().as_str() {
            "sourceip" | "sourceipaddress" | "srcip" | "clientip" | "ip" => Some(Self::Address),
            "action" | "eventname" => Some(Self::Action),
            "eventsource" => Some(Self::EventSource),
            "resource" | "resourcearn" => Some(Self::Resource),
            "principal" | "principalarn" | "callerarn" => Some(Self::Principal),
            "resourceaccount" => Some(Self::ResourceAccount),
            "context" => Some(Self::Context),
            _ => None,
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "the address",
            Self::Action => "the action",
            Self::EventSource => "the event source",
            Self::Resource => "the resource",
            Self::Principal => "the principal",
            Self::ResourceAccount => "the account of the resource",
            Self::Context => "the context",
            Self::Key(key) => return write!(f, "the condition key {key}"),
        })
    }
}

/// Which columns of a table are used, and what for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    pub(super) address: Option<usize>,
    pub(super) action: Option<usize>,
    pub(super) event_source: Option<usize>,
    pub(super) resource: Option<usize>,
    pub(super) principal: Option<usize>,
    pub(super) resource_account: Option<usize>,
    pub(super) context: Option<usize>,
    pub(super) keys: Vec<(usize, ConditionKey)>,
}

/// `--columns ip=src`: what a header means that does not say it by itself.
#[derive(Clone, Debug, Default)]
pub struct Renamed(Vec<(Meaning, String)>);

impl Renamed {
    /// Adds `meaning=header`.
    ///
    /// # Errors
    /// If the first is not a meaning, or has a header already.
    pub fn add(&mut self, meaning: &str, header: &str) -> Result<()> {
        let Some(known) = Meaning::of(meaning) else {
            return Err(
                Error::request(format!("`{meaning}` is not a meaning of a column")).help(
                    "meanings are ip, action, eventSource, resource, principal, resource_account, context, or a condition key such as aws:PrincipalOrgID",
                ),
            );
        };
        if self.0.iter().any(|(other, _)| *other == known) {
            return Err(Error::request(format!(
                "{known} is said to stand in two columns"
            )));
        }
        self.0.push((known, header.to_owned()));
        Ok(())
    }

    /// The meaning of a header: as it was renamed, else by its name unless another column has that meaning.
    pub fn meaning(&self, header: &str) -> Option<Meaning> {
        if let Some((meaning, _)) = self.0.iter().find(|(_, name)| name == header) {
            return Some(meaning.clone());
        }
        Meaning::of(header).filter(|meaning| self.0.iter().all(|(other, _)| other != meaning))
    }

    /// Renamed headers that a table does not have.
    pub fn missing<'a>(&'a self, headers: &'a [String]) -> impl Iterator<Item = &'a str> {
        let names = self.0.iter().map(|(_, name)| name.as_str());
        names.filter(|name| headers.iter().all(|header| header != name))
    }
}

impl Columns {
    /// The columns by their meanings; of one without a meaning nothing is used.
    ///
    /// # Errors
    /// If two have the same.
    pub fn new(meanings: &[Option<Meaning>]) -> Result<Self> {
        let mut columns = Self::default();
        for (at, meaning) in meanings.iter().enumerate() {
            let Some(meaning) = meaning else { continue };
            let twice = match meaning {
                Meaning::Address => columns.address.replace(at).is_some(),
                Meaning::Action => columns.action.replace(at).is_some(),
                Meaning::EventSource => columns.event_source.replace(at).is_some(),
                Meaning::Resource => columns.resource.replace(at).is_some(),
                Meaning::Principal => columns.principal.replace(at).is_some(),
                Meaning::ResourceAccount => columns.resource_account.replace(at).is_some(),
                Meaning::Context => columns.context.replace(at).is_some(),
                Meaning::Key(key) => {
                    let twice = columns.keys.iter().any(|(_, other)| other == key);
                    columns.keys.push((at, key.clone()));
                    twice
                }
            };
            if twice {
                return Err(Error::request(format!("two columns say {meaning}"))
                    .help("say which one counts, for example --columns ip=src,action=eventName"));
            }
        }
        Ok(columns)
    }

    /// Whether a column holds this.
    pub fn has(&self, meaning: &Meaning) -> bool {
        match meaning {
            Meaning::Address => self.address.is_some(),
            Meaning::Action => self.action.is_some(),
            Meaning::EventSource => self.event_source.is_some(),
            Meaning::Resource => self.resource.is_some(),
            Meaning::Principal => self.principal.is_some(),
            Meaning::ResourceAccount => self.resource_account.is_some(),
            Meaning::Context => self.context.is_some(),
            Meaning::Key(key) => self.keys.iter().any(|(_, other)| other == key),
        }
    }

    /// All that are used.
    pub(super) fn used(&self) -> impl Iterator<Item = usize> {
        let named = [
            self.address,
            self.action,
            self.event_source,
            self.resource,
            self.principal,
            self.resource_account,
            self.context,
        ];
        let keys = self.keys.iter().map(|(column, _)| *column);
        named.into_iter().flatten().chain(keys)
    }

    /// Whether rows of so many cells have all that are used.
    pub(super) fn are_within(&self, width: usize) -> bool {
        self.used().all(|column| column < width)
    }
}
