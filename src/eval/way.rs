//! The way a request takes to AWS, and which context keys it carries by that way (KEY-1 to KEY-11, IP-30 to IP-37).

use std::fmt;
use std::str::FromStr;

use super::caller::Caller;
use super::context::{Assumption, Context, ContextValue};
use super::keys::{SOURCE_IP, VPC_SOURCE_IP};
use crate::error::{Error, Result};
use crate::net::{Address, parse_address};
use crate::policy::ConditionKey;

/// How a request reaches the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A service principal calls.
    Aws,
    /// Over the internet, from a public address.
    Internet,
    /// A service calls with the caller's own credentials: a forward access session (IP-30 to IP-33).
    Service(String),
    /// A service calls with a role of its own (IP-34).
    ServiceRole,
    /// Through a VPC endpoint; what is not said is unknown.
    Vpce {
        /// `vpce-…`
        endpoint: Option<String>,
        /// `vpc-…`
        vpc: Option<String>,
        /// The address of the caller inside the VPC.
        address: Option<Address>,
    },
}

impl Way {
    /// One of each, for a table of all ways: unknown endpoint, service and role.
    pub fn every() -> [Self; 5] {
        let endpoint = Self::Vpce {
            endpoint: None,
            vpc: None,
            address: None,
        };
        [
            Self::Internet,
            endpoint,
            Self::Service(String::new()),
            Self::ServiceRole,
            Self::Aws,
        ]
    }

    /// What it is, for people.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Aws => "AWS service itself",
            Self::Internet => "internet",
            Self::Service(_) => "service for the caller",
            Self::ServiceRole => "service with its own role",
            Self::Vpce { .. } => "VPC endpoint",
        }
    }
}

impl FromStr for Way {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = |why: &str| {
            Error::request(format!("`{text}` is not a way to AWS: {why}")).help(
                "ways are `internet`, `vpce[=vpce-1][,vpc=vpc-1][,ip=10.0.0.9]`, `service=athena.amazonaws.com`, `service-role`, `aws`",
            )
        };
        match text {
            "internet" => return Ok(Self::Internet),
            "service-role" => return Ok(Self::ServiceRole),
            "aws" => return Ok(Self::Aws),
            _ => {}
        }
        if let Some(service) = text.strip_prefix("service=") {
            return if service.is_empty() {
                Err(bad("the service is not named"))
            } else {
                Ok(Self::Service(service.into()))
            };
        }
        let (mut endpoint, mut vpc, mut address) = (None, None, None);
        for (index, part) in text.split(',').enumerate() {
            match part.split_once('=') {
                None if index == 0 && part == "vpce" => {}
                Some(("vpce", id)) if index == 0 && !id.is_empty() => {
                    endpoint = Some(id.to_owned());
                }
                Some(("vpc", id)) if index > 0 && !id.is_empty() => vpc = Some(id.to_owned()),
                Some(("ip", ip)) if index > 0 => {
                    let (ip, _) = parse_address(ip)
                        .ok_or_else(|| bad(&format!("`{ip}` is not an IP address")))?;
                    address = Some(ip);
                }
                _ => return Err(bad(&format!("`{part}` is not understood"))),
            }
        }
        Ok(Self::Vpce {
            endpoint,
            vpc,
            address,
        })
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aws => f.write_str("aws"),
            Self::Internet => f.write_str("internet"),
            Self::Service(name) if name.is_empty() => f.write_str("service"),
            Self::Service(name) => write!(f, "service={name}"),
            Self::ServiceRole => f.write_str("service-role"),
            Self::Vpce {
                endpoint,
                vpc,
                address,
            } => {
                f.write_str("vpce")?;
                endpoint.iter().try_for_each(|id| write!(f, "={id}"))?;
                vpc.iter().try_for_each(|id| write!(f, ",vpc={id}"))?;
                address.iter().try_for_each(|ip| write!(f, ",ip={ip}"))
            }
        }
    }
}

/// The address of a request, where one was stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceIp {
    /// The request carries no address.
    Absent,
    /// Any address: the question is asked for all of them at once.
    Every,
    /// It comes from here.
    From(Address),
}

impl SourceIp {
    /// One address, or `none` for a request that carries none; and what was assumed in reading it (IP-8).
    ///
    /// # Errors
    /// If the text is neither (IP-12).
    pub fn parse(text: &str) -> Result<(Self, Option<Assumption>)> {
        if text == "none" {
            return Ok((Self::Absent, None));
        }
        let (address, mapped) = parse_address(text).ok_or_else(|| not_an_address(text))?;
        Ok((Self::From(address), mapped.then(|| read_as(text, address))))
    }
}

/// The error for a request address that is none (IP-12).
pub(crate) fn not_an_address(text: &str) -> Error {
    let error = Error::request(format!("`{text}` is not an IP address")).by("IP-12");
    if text.contains('/') || text.starts_with('@') {
        return error.help("blocks and sets are not taken here; write one address, or `none` for a request that carries none");
    }
    error.help("write one address such as 203.0.113.9 or 2001:db8::1, or `none` for a request that carries none")
}

/// An IPv4-mapped address is read as IPv4 (IP-8).
pub(crate) fn read_as(written: &str, address: Address) -> Assumption {
    Assumption::new(
        "IP-8",
        format!("the address `{written}` is read as {address}"),
    )
}

/// The address that a service presents when it calls with the caller's credentials (IP-30 to IP-32).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FasIp {
    /// None.
    Absent,
    /// The caller's own.
    #[default]
    Same,
}

/// Keys that a request through a VPC endpoint carries, and no other (KEY-2).
pub(crate) const VPC_KEYS: [&str; 7] = [
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    VPC_SOURCE_IP,
];
const CALLED_VIA: [&str; 3] = ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"];

/// Every key that says how a request came: where nothing is known of the way, nothing is known of them.
#[cfg(feature = "cli")]
pub(crate) fn network_keys() -> impl Iterator<Item = &'static str> {
    let own = [SOURCE_IP, "aws:ViaAWSService"];
    own.into_iter().chain(VPC_KEYS).chain(CALLED_VIA)
}

/// Keys that say by themselves that a request came through a VPC endpoint.
const NAMES_ENDPOINT: [&str; 3] = ["aws:SourceVpce", "aws:SourceVpc", VPC_SOURCE_IP];

/// Whether the way of a request may follow from this key.
pub(crate) fn depends_on(key: &ConditionKey) -> bool {
    NAMES_ENDPOINT.iter().any(|name| key.is(name))
}

/// The way that a request takes when none is stated. `None`: it carries no address, so any way but the internet.
pub(crate) fn implied(
    context: &Context,
    caller: &Caller,
    through_endpoint: bool,
    ip: Option<SourceIp>,
) -> Option<Way> {
    let named = NAMES_ENDPOINT.iter().any(|key| context.text(key).is_some());
    if named || through_endpoint {
        Some(Way::Vpce {
            endpoint: None,
            vpc: None,
            address: None,
        })
    } else if matches!(caller, Caller::Service(_)) {
        Some(Way::Aws)
    } else if ip == Some(SourceIp::Absent)
        || (context.mentions(SOURCE_IP) && context.text(SOURCE_IP).is_none())
    {
        None
    } else {
        Some(Way::Internet)
    }
}

/// Fills in the keys that a request carries by its way. What the context says already stands.
pub(crate) fn fill(
    context: &mut Context,
    caller: &Caller,
    way: Option<&Way>,
    ip: Option<SourceIp>,
    fas_ip: FasIp,
) {
    let Some(way) = way else {
        return context.fill_absent(SOURCE_IP);
    };
    let absent =
        |context: &mut Context, keys: &[&str]| keys.iter().for_each(|key| context.fill_absent(key));
    let address = |context: &mut Context| match ip {
        Some(SourceIp::From(address)) => context.fill(SOURCE_IP, address.to_string()),
        Some(SourceIp::Absent) => context.fill_absent(SOURCE_IP),
        Some(SourceIp::Every) => context.fill_every(SOURCE_IP),
        None => {}
    };
    match way {
        Way::Internet => {
            address(context);
            context.fill("aws:ViaAWSService", "false");
            absent(context, &VPC_KEYS);
            absent(context, &CALLED_VIA);
        }
        Way::Vpce {
            endpoint,
            vpc,
            address,
        } => {
            let known = [
                ("aws:SourceVpce", endpoint.clone()),
                ("aws:SourceVpc", vpc.clone()),
                (VPC_SOURCE_IP, address.map(|address| address.to_string())),
            ];
            for (key, value) in known {
                if let Some(value) = value {
                    context.fill(key, value);
                }
            }
            context.fill("aws:ViaAWSService", "false");
            context.fill_absent(SOURCE_IP);
            absent(context, &CALLED_VIA);
        }
        Way::Service(service) => {
            match fas_ip {
                FasIp::Same => address(context),
                FasIp::Absent => context.set_absent(SOURCE_IP),
            }
            context.fill("aws:ViaAWSService", "true");
            if !service.is_empty() {
                if !context.mentions(CALLED_VIA[0]) {
                    context.set(CALLED_VIA[0], ContextValue::List(vec![service.clone()]));
                }
                CALLED_VIA[1..]
                    .iter()
                    .for_each(|key| context.fill(key, service.clone()));
            }
            absent(
                context,
                &[
                    "aws:SourceVpc",
                    "aws:SourceVpcArn",
                    "aws:SourceVpce",
                    VPC_SOURCE_IP,
                ],
            );
        }
        Way::ServiceRole => {
            context.fill("aws:ViaAWSService", "false");
            absent(context, &CALLED_VIA);
        }
        Way::Aws => {
            context.fill("aws:PrincipalIsAWSService", "true");
            context.fill_absent(SOURCE_IP);
            absent(context, &VPC_KEYS);
        }
    }
    match caller {
        Caller::Service(_) => context.fill("aws:PrincipalIsAWSService", "true"),
        _ if caller.is_signed() => context.fill("aws:PrincipalIsAWSService", "false"),
        // "Anonymous requests do not include this key" (EVAL-18, ROLE-16).
        _ => context.fill_absent("aws:PrincipalIsAWSService"),
    }
}
