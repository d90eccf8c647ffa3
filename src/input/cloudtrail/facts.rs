//! What an event says of condition keys beside the network and the caller (CT-4, CT-7).

use std::borrow::Cow;

use super::event::{Parameter, Record, Session, Text};
use crate::policy::Action;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// The request does not carry it.
    Absent,
    /// Nothing: neither a value nor that it is absent.
    Unknown,
    /// Its value.
    Value(Cow<'a, str>),
}

/// A key that events say something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    ExternalId,
    Mfa,
    Region,
    SecureTransport,
    SessionName,
    SessionSourceIdentity,
    SourceIdentity,
    TokenIssueTime,
    UserAgent,
    UserId,
}

impl Fact {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::ExternalId,
        Self::Mfa,
        Self::Region,
        Self::SecureTransport,
        Self::SessionName,
        Self::SessionSourceIdentity,
        Self::SourceIdentity,
        Self::TokenIssueTime,
        Self::UserAgent,
        Self::UserId,
    ];

    /// The condition key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::ExternalId => "sts:ExternalId",
            Self::Mfa => "aws:MultiFactorAuthPresent",
            Self::Region => "aws:RequestedRegion",
            Self::SecureTransport => "aws:SecureTransport",
            Self::SessionName => "sts:RoleSessionName",
            Self::SessionSourceIdentity => "sts:SourceIdentity",
            Self::SourceIdentity => "aws:SourceIdentity",
            Self::TokenIssueTime => "aws:TokenIssueTime",
            Self::UserAgent => "aws:UserAgent",
            Self::UserId => "aws:userid",
        }
    }

    /// What a record says of it, where the request is for `action`.
    pub(crate) fn of<'a>(self, record: &'a Record<'_>, action: &Action) -> Said<'a> {
        let identity = record.user_identity.as_ref();
        let session = identity.and_then(|identity| identity.session_context.as_ref());
        let parameters = &record.request_parameters;
        match self {
            Self::Region => value(record.aws_region.as_ref()),
            Self::UserAgent => match record.user_agent.as_ref() {
                // The service writes its name there where it hides the caller's.
                Some(Text(agent)) if agent.starts_with("AWS Internal") || is_host(agent) => {
                    Said::Unknown
                }
                agent => value(agent),
            },
            Self::UserId => value(identity.and_then(|identity| identity.principal_id.as_ref())),
            Self::SecureTransport if record.tls_details.is_some() => Said::Value("true".into()),
            Self::SecureTransport => Said::Unknown,
            // "present only when temporary credentials are used" (IAM User Guide, aws:TokenIssueTime)
            Self::TokenIssueTime if has_long_term_key(record) => Said::Absent,
            Self::TokenIssueTime => value(attribute(session, |all| all.creation_date.as_ref())),
            Self::SourceIdentity => value(session.and_then(|all| all.source_identity.as_ref())),
            Self::Mfa => mfa(record, session),
            Self::ExternalId | Self::SessionName | Self::SessionSourceIdentity => {
                let parameter = match self {
                    Self::ExternalId => Parameter::ExternalId,
                    Self::SessionName => Parameter::SessionName,
                    _ => Parameter::SourceIdentity,
                };
                match parameters.text(parameter) {
                    _ if !action.is_on_role() => Said::Unknown,
                    Some(text) => Said::Value(text.into()),
                    // Of a refused call CloudTrail often leaves all parameters out.
                    None if parameters.given && self == Self::ExternalId => Said::Absent,
                    None => Said::Unknown,
                }
            }
        }
    }
}

/// CT-4: only of a user with temporary credentials does `CloudTrail` say it truly; of roles it prints "false" always.
fn mfa<'a>(record: &'a Record<'_>, session: Option<&'a Session<'_>>) -> Said<'a> {
    let Some(identity) = &record.user_identity else {
        return Said::Unknown;
    };
    let sort = identity.sort.as_ref().map_or("", |sort| &*sort.0);
    let key = identity.access_key_id.as_ref().map_or("", |key| &*key.0);
    match sort {
        "IAMUser" if key.starts_with("ASIA") => {
            value(attribute(session, |all| all.mfa_authenticated.as_ref()))
        }
        // "not present when long-term credentials are used" (IAM User Guide, aws:MultiFactorAuthPresent)
        "IAMUser" if has_long_term_key(record) => Said::Absent,
        "FederatedUser" | "SAMLUser" | "WebIdentityUser" => Said::Absent,
        _ => Said::Unknown,
    }
}

/// Whether a user signed with a key of his own, not with one of a session.
fn has_long_term_key(record: &Record<'_>) -> bool {
    record.user_identity.as_ref().is_some_and(|identity| {
        let key = identity.access_key_id.as_ref();
        let sort = identity.sort.as_ref();
        key.is_some_and(|key| key.0.starts_with("AKIA"))
            && sort.is_some_and(|sort| sort.0 == "IAMUser")
    })
}

fn attribute<'a, 'b>(
    session: Option<&'a Session<'b>>,
    which: impl Fn(&'a super::event::Attributes<'b>) -> Option<&'a Text<'b>>,
) -> Option<&'a Text<'b>> {
    which(session?.attributes.as_ref()?)
}

fn value<'a>(text: Option<&'a Text<'_>>) -> Said<'a> {
    match text {
        Some(Text(text)) if !text.is_empty() => Said::Value(Cow::Borrowed(text)),
        _ => Said::Unknown,
    }
}

fn is_host(text: &str) -> bool {
    text.ends_with(".amazonaws.com") && !text.contains(' ')
}

/// Writes a text so that no two sequences of texts look alike.
pub(crate) fn write(key: &mut Vec<u8>, text: Option<&str>) {
    let length = text.map_or(u32::MAX, |text| u32::try_from(text.len()).unwrap_or(0));
    key.extend_from_slice(&length.to_le_bytes());
    key.extend_from_slice(text.unwrap_or_default().as_bytes());
}

impl Said<'_> {
    /// Writes it, as [`write()`] does.
    pub(crate) fn key(&self, key: &mut Vec<u8>) {
        match self {
            Self::Absent => key.push(0),
            Self::Unknown => key.push(1),
            Self::Value(text) => {
                key.push(2);
                write(key, Some(text));
            }
        }
    }
}
