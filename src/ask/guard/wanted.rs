//! What a guard is asked to let through, parsed once into types that cannot be wrong.

use std::fmt;
use std::str::FromStr;

use super::size::Limit;
use crate::error::{Error, Result};
use crate::net::AddressSet;
use crate::policy::{AccountId, Arn, PolicyKind, nearest};

/// What a guard lets through, and what it is attached to.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is attached to.
    pub kind: Kind,
    /// From where requests stay possible. For [`Kind::Vpce`] these are addresses inside of the VPC (KEY-3).
    pub allow: AddressSet,
    /// VPC endpoints that requests may come through.
    pub endpoints: Vec<Endpoint>,
    /// Who and what else stays possible from anywhere.
    pub exempt: Exempt,
    /// What is guarded; nothing stands for what the kind guards as a rule.
    pub actions: Vec<ActionPattern>,
    /// On what; nothing stands for what the kind guards as a rule.
    pub resources: Vec<ResourcePattern>,
    /// The `Sid` of the Deny.
    pub sid: Sid,
}

/// What a guard is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A bucket: who may use it.
    Bucket,
    /// A user, group or role: what it may do.
    Identity,
    /// An account or organizational unit.
    Scp,
    /// A role: who may assume it, and what its sessions may do.
    Trust,
    /// A VPC endpoint: who may use it.
    Vpce,
}

impl Kind {
    /// The kind of policy that is written.
    pub fn policy(self) -> PolicyKind {
        match self {
            Self::Bucket => PolicyKind::Resource,
            Self::Identity => PolicyKind::Identity,
            Self::Scp => PolicyKind::Scp,
            Self::Trust => PolicyKind::Trust,
            Self::Vpce => PolicyKind::Vpce,
        }
    }

    /// How large it may be.
    pub fn limit(self) -> Limit {
        Limit::of(self)
    }

    /// Whether a service principal is bound by it (EVAL-8, EVAL-17), and could be denied by the guard. Through a VPC endpoint
    /// of one's own none comes.
    pub fn binds_services(self) -> bool {
        matches!(self, Self::Bucket | Self::Trust)
    }

    /// Whether the requests that it sees may be forward access sessions: what a service calls does not come through the
    /// endpoint (IP-31).
    pub fn sees_forward_access(self) -> bool {
        self != Self::Vpce
    }
}

/// Who and what stays possible from anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exempt {
    /// Calls by AWS services themselves (KEY-9, KEY-10).
    pub services: bool,
    /// Calls by AWS services with the credentials of the caller (KEY-7, IP-30).
    pub forward_access: bool,
    /// Calls by sessions of roles.
    pub roles: Vec<RolePattern>,
}

impl Default for Exempt {
    /// What a guard that is meant for people breaks unawares: both sorts of calls by services.
    fn default() -> Self {
        Self {
            services: true,
            forward_access: true,
            roles: Vec::new(),
        }
    }
}

impl Exempt {
    /// The words `services`, `forward-access`, `roles=PATTERN` and `none`, with commas between them.
    ///
    /// # Errors
    /// If a word is none of these, or `none` is not alone.
    ///
    /// # Example
    /// ```
    /// use ipcond::ask::guard::Exempt;
    /// let exempt = Exempt::parse(["roles=arn:aws:iam::111122223333:role/break-glass"])?;
    /// assert!(!exempt.services); // what is named is all that is exempt
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut exempt = Self {
            services: false,
            forward_access: false,
            roles: Vec::new(),
        };
        let mut nothing = false;
        for word in texts.into_iter().flat_map(|text| text.split(',')) {
            match word.split_once('=') {
                Some(("roles", pattern)) => exempt.roles.push(pattern.parse()?),
                None if word == "services" => exempt.services = true,
                None if word == "forward-access" => exempt.forward_access = true,
                None if word == "none" => nothing = true,
                _ => return Err(unknown_exemption(word)),
            }
        }
        if nothing && (exempt.services || exempt.forward_access || !exempt.roles.is_empty()) {
            return Err(Error::request("`none` exempts nothing, and more is named")
                .help("leave `none` out, or the rest"));
        }
        Ok(exempt)
    }
}

fn unknown_exemption(word: &str) -> Error {
    let words = ["services", "forward-access", "roles", "none"];
    let error = Error::request(format!("`{word}` is nothing that can be exempt"));
    match nearest(word.split('=').next().unwrap_or(word), words) {
        Some("roles") => error.help("did you mean `roles=arn:aws:iam::111122223333:role/NAME`?"),
        Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
        None => {
            error.help("the words are `services`, `forward-access`, `roles=PATTERN` and `none`")
        }
    }
}

/// The id of a VPC endpoint: `vpce-` and letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let id = text.strip_prefix("vpce-").unwrap_or_default();
        // Wildcards would be letters to StringNotEquals (OP-1, KEY-12).
        if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::request(format!("`{text}` is not a VPC endpoint"))
            .help("an endpoint is `vpce-` and its id, without wildcards: vpce-1a2b3c4d"))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A pattern of role ARNs: wildcards stand in the path and name, and `*` for any account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolePattern {
    text: String,
    partition: String,
    account: Option<AccountId>,
    name: String,
}

impl RolePattern {
    /// Its account; `None` is any account.
    pub fn account(&self) -> Option<AccountId> {
        self.account
    }

    pub(super) fn partition(&self) -> &str {
        &self.partition
    }

    /// Path and name, with wildcards.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for RolePattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || {
            Error::request(format!("`{text}` is no pattern of roles")).help(
                "roles are `arn:aws:iam::111122223333:role/NAME`; `*` may stand for the account, and `*` and `?` in the name",
            )
        };
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts[..] else {
            return Err(bad());
        };
        let name = resource.strip_prefix("role/").ok_or_else(bad)?;
        // The characters of names and paths, the wildcards, and the colon of `aws:ec2-infrastructure` (IP-53).
        let in_name = |c: char| {
            c.is_ascii_alphanumeric()
                || matches!(c, '+' | '=' | '.' | '@' | '_' | '-' | '/' | ':' | '*' | '?')
        };
        let in_partition = |c: char| c.is_ascii_lowercase() || c == '-';
        let known = !partition.is_empty() && partition.chars().all(in_partition);
        if !known || name.is_empty() || name.ends_with('/') || !name.chars().all(in_name) {
            return Err(bad());
        }
        let account = match account {
            "*" => None,
            account => Some(account.parse().map_err(|_| bad())?),
        };
        Ok(Self {
            text: text.to_owned(),
            partition: partition.to_owned(),
            account,
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for RolePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A pattern of actions: `*`, or a service prefix and a name with wildcards (GRAM-30).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionPattern(String);

impl ActionPattern {
    /// Every action.
    pub fn all() -> Self {
        Self("*".to_owned())
    }

    /// One that is written in this program.
    pub(super) fn known(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it stands in a policy.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ActionPattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let half = |half: &str| {
            let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '*' | '?');
            !half.is_empty() && half.chars().all(usual)
        };
        let pair = text.split_once(':');
        if text != "*" && !pair.is_some_and(|(service, name)| half(service) && half(name)) {
            return Err(Error::request(format!("`{text}` is no pattern of actions"))
                .by("GRAM-30")
                .help("write `*`, or a service prefix and a name: `s3:GetObject`, `s3:Get*`"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A pattern of resources: `*`, or an ARN with wildcards (GRAM-33).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePattern(String);

impl ResourcePattern {
    /// Every resource.
    pub fn all() -> Self {
        Self("*".to_owned())
    }

    /// As it stands in a policy.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the bucket, if it is the ARN of one, and whether objects are meant: `reports/*`.
    pub(super) fn bucket(&self) -> Option<(&str, bool)> {
        let parts: Vec<&str> = self.0.splitn(6, ':').collect();
        match parts[..] {
            ["arn", _, "s3", "", "", resource] => {
                Some((resource.split('/').next()?, resource.contains('/')))
            }
            _ => None,
        }
    }

    /// The objects in the bucket.
    pub(super) fn objects(&self) -> Self {
        Self(format!("{}/*", self.0))
    }
}

impl FromStr for ResourcePattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "*" {
            return Ok(Self::all());
        }
        text.parse::<Arn>()?;
        // GRAM-16; a variable would be another resource for every caller, and Terraform reads `&{` as one.
        let savable = |c: char| ('\u{20}'..='\u{ff}').contains(&c) && !c.is_control();
        if !text.chars().all(savable) || text.contains("${") || text.contains("&{") {
            return Err(Error::request(format!("`{text}` is no resource to guard"))
                .by("GRAM-16")
                .help("write an ARN without policy variables; `*` and `?` may stand in it"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The name of a statement: letters and digits (GRAM-10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sid(String);

impl Default for Sid {
    fn default() -> Self {
        Self("DenyOutside".to_owned())
    }
}

impl FromStr for Sid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::request(format!("`{text}` is not a Sid"))
            .by("GRAM-10")
            .help("a Sid has letters and digits only"))
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
