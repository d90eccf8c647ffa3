//! One record of `CloudTrail`, as far as a request can be told from it (CT-1, CT-3).

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A text that is borrowed from the input where it has no escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A record, or what holds one: an event of `EventBridge`, or one of `aws cloudtrail lookup-events`.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a record")]
pub(crate) struct Record<'a> {
    #[serde(borrow, rename = "eventID")]
    pub(crate) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) event_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) event_source: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) event_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) event_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) event_category: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) aws_region: Option<Text<'a>>,
    #[serde(borrow, rename = "sourceIPAddress")]
    pub(crate) source: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) user_agent: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) error_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) error_message: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) recipient_account_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) vpc_endpoint_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) vpc_endpoint_account_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) user_identity: Option<Identity<'a>>,
    #[serde(borrow)]
    pub(crate) request_parameters: Parameters<'a>,
    #[serde(borrow)]
    pub(crate) resources: Option<Vec<Named<'a>>>,
    pub(crate) tls_details: Option<IgnoredAny>,
    /// The record in an event of `EventBridge`.
    #[serde(borrow)]
    pub(crate) detail: Option<Box<Record<'a>>>,
    /// The text of the record in an event of `lookup-events`.
    #[serde(borrow, rename = "CloudTrailEvent")]
    pub(crate) wrapped: Option<Text<'a>>,
}

impl<'a> Record<'a> {
    /// A text of it; empty if there is none.
    pub(crate) fn text(&self, which: impl Fn(&Self) -> &Option<Text<'a>>) -> &str {
        which(self).as_ref().map_or("", |text| &*text.0)
    }

    /// When it happened.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.event_time.as_ref()?.0.parse().ok()
    }
}

/// `userIdentity`
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "an identity")]
pub(crate) struct Identity<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) sort: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) arn: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) account_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) principal_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) access_key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) invoked_by: Option<Text<'a>>,
    #[serde(borrow, rename = "identityProvider")]
    pub(crate) provider: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) session_context: Option<Session<'a>>,
}

/// `sessionContext`
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a session")]
pub(crate) struct Session<'a> {
    #[serde(borrow, rename = "sessionIssuer")]
    pub(crate) issuer: Option<Issuer<'a>>,
    #[serde(borrow)]
    pub(crate) attributes: Option<Attributes<'a>>,
    #[serde(borrow)]
    pub(crate) source_identity: Option<Text<'a>>,
}

/// `sessionIssuer`
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, expecting = "an issuer")]
pub(crate) struct Issuer<'a> {
    #[serde(borrow)]
    pub(crate) arn: Option<Text<'a>>,
}

/// `attributes`
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "attributes")]
pub(crate) struct Attributes<'a> {
    #[serde(borrow)]
    pub(crate) creation_date: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) mfa_authenticated: Option<Text<'a>>,
}

/// An entry of `resources`.
#[derive(Debug, Default)]
pub(crate) struct Named<'a> {
    pub(crate) arn: Option<Cow<'a, str>>,
    pub(crate) account: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Named<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
            type Value = Named<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a resource")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut named = Named::default();
                while let Some(Text(name)) = map.next_key()? {
                    match &*name {
                        "ARN" | "arn" => named.arn = map.next_value::<Loose<'_>>()?.0,
                        "accountId" => named.account = map.next_value::<Loose<'_>>()?.0,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(named)
            }

            /// An event of `EventBridge` lists what it is about as texts, beside the record.
            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Named::default())
            }
        }
        deserializer.deserialize_any(Entry)
    }
}

/// What is used of `requestParameters`: the texts under a few names. Whatever else they hold is passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters<'a> {
    /// There are parameters; where a call is refused, `CloudTrail` often leaves them out.
    pub(crate) given: bool,
    texts: [Option<Cow<'a, str>>; Parameter::COUNT],
}

/// A parameter that says something of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Arn,
    Bucket,
    CopySource,
    ExternalId,
    Function,
    Index,
    Key,
    KeyId,
    PrincipalArn,
    Qualifier,
    ResourceArn,
    Role,
    Secret,
    SessionName,
    SourceIdentity,
    Topic,
    Version,
}

impl Parameter {
    /// How many there are.
    const COUNT: usize = Self::Version as usize + 1;

    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "arn" => Self::Arn,
            "bucketName" => Self::Bucket,
            "externalId" => Self::ExternalId,
            "functionName" => Self::Function,
            "indexName" => Self::Index,
            "key" => Self::Key,
            "keyId" => Self::KeyId,
            "principalArn" => Self::PrincipalArn,
            "qualifier" => Self::Qualifier,
            "resourceArn" => Self::ResourceArn,
            "roleArn" => Self::Role,
            "roleSessionName" => Self::SessionName,
            "secretId" => Self::Secret,
            "sourceIdentity" => Self::SourceIdentity,
            "topicArn" => Self::Topic,
            "versionId" => Self::Version,
            "x-amz-copy-source" => Self::CopySource,
            _ => return None,
        })
    }
}

impl Parameters<'_> {
    /// The text of a parameter.
    pub(crate) fn text(&self, parameter: Parameter) -> Option<&str> {
        self.texts[parameter as usize].as_deref()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Parameters<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Parameters<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Parameters {
                    given: true,
                    ..Parameters::default()
                };
                while let Some(Text(name)) = map.next_key()? {
                    match Parameter::of(&name) {
                        Some(parameter) => {
                            let Loose(text) = map.next_value()?;
                            all.texts[parameter as usize] = text;
                        }
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(all)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Parameters::default())
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Parameters::default())
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Parameters::default())
            }
        }
        deserializer.deserialize_any(Members)
    }
}

/// A text, or nothing for what is none.
struct Loose<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Loose(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Loose(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Loose(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Loose(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Loose(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Loose(None))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Loose(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
