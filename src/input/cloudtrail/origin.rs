//! Where an event says that the call came from (CT-2, CT-5, IP-30 to IP-37, KEY-1 to KEY-11).

use std::net::IpAddr;

use super::event::Record;
use crate::net::{Address, parse_address};

/// Where a call came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// From a public address: `aws:SourceIp` is it.
    Internet(IpAddr),
    /// Through a VPC endpoint of the account: there is no `aws:SourceIp`.
    Endpoint {
        /// `vpce-…`, where the event says which.
        id: Option<&'a str>,
        /// `aws:VpcSourceIp`, where the event says it.
        address: Option<IpAddr>,
    },
    /// Nothing is known of the keys that name a network.
    Hidden(Hidden<'a>),
}

/// Why nothing is known of where a call came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden<'a> {
    /// `AWS Internal`
    Internal,
    /// A service made the call, with credentials of its own or of someone else.
    Service(&'a str),
    /// The address is none.
    Unreadable(&'a str),
    /// There is no address.
    Unsaid,
}

impl<'a> Origin<'a> {
    /// The origin of a record; `own` lists the VPC endpoints of the account.
    pub(crate) fn of(record: &'a Record<'_>, own: &[String]) -> Self {
        let endpoint = record.vpc_endpoint_id.as_ref().map(|id| &*id.0);
        let source = record.source.as_ref().map_or("", |source| source.0.trim());
        let address = parse_address(source).map(|(address, _)| address.ip());
        let invoked_by = record.user_identity.as_ref().and_then(|identity| {
            let by = identity.invoked_by.as_ref();
            by.map(|by| &*by.0).filter(|by| !by.is_empty())
        });
        let is_own =
            endpoint.is_some_and(|id| own.iter().any(|own| own == id) || is_of_the_account(record));
        match (invoked_by, address) {
            // The address would be the service's or the caller's, and which is not said (IP-30).
            (Some("AWS Internal"), _) => Self::Hidden(Hidden::Internal),
            (Some(service), _) => Self::Hidden(Hidden::Service(service)),
            (None, Some(ip)) if is_own || is_private(ip) => Self::Endpoint {
                id: endpoint,
                address: Some(ip),
            },
            // The endpoint is one of AWS's own.
            (None, Some(ip)) => Self::Internet(ip),
            (None, None) if is_own => Self::Endpoint {
                id: endpoint,
                address: None,
            },
            (None, None) if source.starts_with("AWS Internal") => Self::Hidden(Hidden::Internal),
            (None, None) if is_host(source) => Self::Hidden(Hidden::Service(source)),
            (None, None) if source.is_empty() => Self::Hidden(Hidden::Unsaid),
            (None, None) => Self::Hidden(Hidden::Unreadable(source)),
        }
    }

    /// The address, or what stands in its place.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Internet(ip)
            | Self::Endpoint {
                address: Some(ip), ..
            } => ip.to_string(),
            Self::Endpoint { id, address: None } => id.unwrap_or_default().to_owned(),
            Self::Hidden(Hidden::Internal) => "AWS Internal".into(),
            Self::Hidden(Hidden::Service(name) | Hidden::Unreadable(name)) => (*name).to_owned(),
            Self::Hidden(Hidden::Unsaid) => String::new(),
        }
    }

    /// The address, for people: as an address, or as what stands in its place.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Endpoint {
                id: None,
                address: Some(ip),
            } => format!("{ip} (VPC endpoint)"),
            Self::Endpoint {
                id: Some(id),
                address: Some(ip),
            } => format!("{ip} ({id})"),
            Self::Endpoint {
                id: None,
                address: None,
            } => "VPC endpoint".into(),
            Self::Hidden(Hidden::Unsaid) => "(no address)".into(),
            _ => self.text(),
        }
    }
}

/// Whether the endpoint is the caller's account's own, as the event says it (CT-1).
fn is_of_the_account(record: &Record<'_>) -> bool {
    let caller = record.user_identity.as_ref();
    let caller = caller.and_then(|identity| identity.account_id.as_ref());
    let owner = record.vpc_endpoint_account_id.as_ref();
    owner.is_some_and(|owner| !owner.0.is_empty() && Some(owner) == caller)
}

/// An address that no request carries over the internet (KEY-5): those of RFC 1918 and of IPv6's local networks, and the
/// shared ones of RFC 6598, which VPCs may use too.
fn is_private(ip: IpAddr) -> bool {
    match Address::new(ip).ip() {
        IpAddr::V4(ip) => ip.is_private() || ip.to_bits() >> 22 == 0x6440_0000 >> 22,
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

/// `secretsmanager.amazonaws.com`
fn is_host(text: &str) -> bool {
    text.contains('.')
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(rest: &str) -> String {
        let text = format!("{{{rest}}}");
        let record: Record<'_> = serde_json::from_str(&text).expect("a record");
        let origin = Origin::of(&record, &["vpce-own".into()]);
        format!("{origin:?}")
    }

    /// CT-5, and the sentence on endpoint ids with a public address: AWS has endpoints of its own.
    #[test]
    fn each_kind_of_address() {
        for (record, expected) in [
            (
                r#""sourceIPAddress":"203.0.113.9""#,
                "Internet(203.0.113.9)",
            ),
            (
                r#""sourceIPAddress":"2001:db8::1""#,
                "Internet(2001:db8::1)",
            ),
            // IP-8
            (
                r#""sourceIPAddress":"::ffff:203.0.113.9""#,
                "Internet(203.0.113.9)",
            ),
            (
                r#""sourceIPAddress":"203.0.113.9","vpcEndpointId":"vpce-aws""#,
                "Internet(203.0.113.9)",
            ),
            (
                r#""sourceIPAddress":"203.0.113.9","vpcEndpointId":"vpce-own""#,
                r#"Endpoint { id: Some("vpce-own"), address: Some(203.0.113.9) }"#,
            ),
            // CT-1: the event says whose it is
            (
                r#""sourceIPAddress":"203.0.113.9","vpcEndpointId":"vpce-1","vpcEndpointAccountId":"111122223333","userIdentity":{"accountId":"111122223333"}"#,
                r#"Endpoint { id: Some("vpce-1"), address: Some(203.0.113.9) }"#,
            ),
            (
                r#""sourceIPAddress":"203.0.113.9","vpcEndpointId":"vpce-1","vpcEndpointAccountId":"444455556666","userIdentity":{"accountId":"111122223333"}"#,
                "Internet(203.0.113.9)",
            ),
            (
                r#""sourceIPAddress":"203.0.113.9","userIdentity":{"invokedBy":""}"#,
                "Internet(203.0.113.9)",
            ),
            (
                r#""sourceIPAddress":"10.0.0.9","vpcEndpointId":"vpce-other""#,
                r#"Endpoint { id: Some("vpce-other"), address: Some(10.0.0.9) }"#,
            ),
            (
                r#""sourceIPAddress":"fd00::9""#,
                "Endpoint { id: None, address: Some(fd00::9) }",
            ),
            (
                r#""sourceIPAddress":"AWS Internal","vpcEndpointId":"vpce-own""#,
                r#"Endpoint { id: Some("vpce-own"), address: None }"#,
            ),
            (r#""sourceIPAddress":"AWS Internal/3""#, "Hidden(Internal)"),
            (
                r#""sourceIPAddress":"athena.amazonaws.com""#,
                r#"Hidden(Service("athena.amazonaws.com"))"#,
            ),
            // IP-30: by a service that calls for a user, the address is not known, not absent
            (
                r#""sourceIPAddress":"203.0.113.9","userIdentity":{"invokedBy":"athena.amazonaws.com"}"#,
                r#"Hidden(Service("athena.amazonaws.com"))"#,
            ),
            (
                r#""sourceIPAddress":"203.0.113.09""#,
                r#"Hidden(Unreadable("203.0.113.09"))"#,
            ),
            (r#""sourceIPAddress":null"#, "Hidden(Unsaid)"),
        ] {
            assert_eq!(origin(record), expected, "{record}");
        }
    }
}
