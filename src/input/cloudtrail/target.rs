//! What an event says that the call was on.

use std::borrow::Cow;

use super::event::{Named, Parameter, Record};
use crate::policy::{AccountId, Action, Arn, ArnParts};

/// The resource of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// It has none.
    All,
    /// An ARN, and the account of its owner where the event says one that the ARN does not.
    Arn {
        arn: Cow<'a, str>,
        owner: Option<&'a str>,
    },
    /// It has one, and the event does not say which.
    Unknown,
}

/// STS actions on nothing.
const STS_WITHOUT: [&str; 3] = [
    "decodeauthorizationmessage",
    "getcalleridentity",
    "getsessiontoken",
];

/// S3 actions on no bucket.
const S3_WITHOUT: [&str; 2] = ["listallmybuckets", "createstoragelensgroup"];

impl<'a> Target<'a> {
    /// The resource that a call needs `action` on.
    pub(crate) fn of(record: &'a Record<'_>, action: &Action) -> Self {
        let found = match action.service() {
            "s3" => return s3(record, action),
            "sts" if action.is_on_role() => record.request_parameters.text(Parameter::Role),
            "sts" if STS_WITHOUT.contains(&action.name()) => return Self::All,
            service => only_resource(record, service).or_else(|| parameter(record, service)),
        };
        match found.and_then(|arn| part(record, action, arn)) {
            Some(arn) => Self::arn(record, arn),
            None => Self::Unknown,
        }
    }

    fn arn(record: &'a Record<'_>, arn: Cow<'a, str>) -> Self {
        let Some(parts) = ArnParts::split(arn.as_bytes()) else {
            return Self::Unknown;
        };
        // The ARN with an account says whose it is.
        let owner = if parts.account().is_empty() {
            let mut owners = entries(record).filter_map(|entry| entry.account.as_deref());
            let first = owners.next();
            first.filter(|first| is_account(first) && owners.all(|other| other == *first))
        } else {
            None
        };
        Self::Arn { arn, owner }
    }

    /// The text for people: `*`, an ARN, or `unknown`.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::All => "*",
            Self::Arn { arn, .. } => arn,
            Self::Unknown => "unknown",
        }
    }
}

fn entries<'a>(record: &'a Record<'_>) -> impl Iterator<Item = &'a Named<'a>> {
    record.resources.iter().flatten()
}

/// The one ARN of the service among `resources`. Of several, which one an action is on is not said.
fn only_resource<'a>(record: &'a Record<'_>, service: &str) -> Option<&'a str> {
    let arns = entries(record).filter_map(|entry| entry.arn.as_deref());
    only(arns.filter(|arn| is_of(arn, service)))
}

/// The one ARN of the service among the parameters that hold one.
fn parameter<'a>(record: &'a Record<'_>, service: &str) -> Option<&'a str> {
    let named = [
        Parameter::Arn,
        Parameter::Function,
        Parameter::KeyId,
        Parameter::ResourceArn,
        Parameter::Secret,
        Parameter::Topic,
    ];
    let texts = named
        .into_iter()
        .filter_map(|parameter| record.request_parameters.text(parameter));
    only(texts.filter(|text| is_of(text, service)))
}

fn only<'a>(mut all: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

fn is_of(text: &str, service: &str) -> bool {
    ArnParts::split(text.as_bytes()).is_some_and(|arn| arn.service() == service.as_bytes())
}

/// What IAM asks about, where it is not what the event names but a part of it, or what a name stands for.
fn part<'a>(record: &Record<'_>, action: &Action, arn: &'a str) -> Option<Cow<'a, str>> {
    let parameter = |parameter| record.request_parameters.text(parameter);
    match action.service() {
        // Events name the table, and a query of an index is on the index (Service Authorization Reference, DynamoDB).
        "dynamodb" if ["query", "scan"].contains(&action.name()) => {
            Some(match parameter(Parameter::Index) {
                Some(index) => Cow::Owned(format!("{arn}/index/{index}")),
                None => Cow::Borrowed(arn),
            })
        }
        // A version or an alias of a function has an ARN of its own.
        "lambda" if parameter(Parameter::Qualifier).is_some() => None,
        // Calls by the name of a key are on the key, whatever the name is (KMS guide, "Controlling access to aliases").
        "kms" if arn.contains(":alias/") && !action.name().contains("alias") => None,
        _ => Some(Cow::Borrowed(arn)),
    }
}

/// S3 names the bucket and the key apart, for calls that are no data events as well.
fn s3<'a>(record: &'a Record<'_>, action: &Action) -> Target<'a> {
    if S3_WITHOUT.contains(&action.name()) {
        return Target::All;
    }
    let parameters = &record.request_parameters;
    // The bucket and the key are those of the copy; what is read is the source.
    if action.name().starts_with("getobject") && is_copy(record) {
        return source(record).map_or(Target::Unknown, |arn| Target::Arn { arn, owner: None });
    }
    let Some(bucket) = parameters.text(Parameter::Bucket) else {
        return match only_resource(record, "s3") {
            Some(arn) if is_on_object(action) == arn.contains('/') => {
                Target::arn(record, Cow::Borrowed(arn))
            }
            _ => Target::Unknown,
        };
    };
    if is_behind(record, bucket) {
        return Target::Unknown;
    }
    let partition = partition(record);
    let arn = match (is_on_object(action), parameters.text(Parameter::Key)) {
        (false, _) => format!("arn:{partition}:s3:::{bucket}"),
        (true, Some(key)) => format!("arn:{partition}:s3:::{bucket}/{key}"),
        // `DeleteObjects` has its keys in the body, which is not recorded.
        (true, None) => return Target::Unknown,
    };
    Target::arn(record, Cow::Owned(arn))
}

/// Whether a call went through an access point or an Outpost: its ARN is what the request is on, and it has aliases that
/// read like the names of buckets.
fn is_behind(record: &Record<'_>, bucket: &str) -> bool {
    let by_name = bucket.starts_with("arn:")
        || ["-s3alias", "--op-s3", "--ol-s3", "--xa-s3"]
            .iter()
            .any(|ending| bucket.ends_with(ending));
    let mut arns = entries(record).filter_map(|entry| entry.arn.as_deref());
    by_name || arns.any(|arn| arn.contains(":accesspoint/"))
}

/// Whether the call copies an object, or a part of one.
fn is_copy(record: &Record<'_>) -> bool {
    let name = record.event_name.as_ref().map_or("", |name| &*name.0);
    ["CopyObject", "UploadPartCopy"].contains(&name)
        || record
            .request_parameters
            .text(Parameter::CopySource)
            .is_some()
}

/// The object that is copied: `/bucket/key`, where nothing in it is encoded, and no version is named.
fn source<'a>(record: &Record<'_>) -> Option<Cow<'a, str>> {
    let text = record.request_parameters.text(Parameter::CopySource)?;
    let plain = text.strip_prefix('/').unwrap_or(text);
    let (bucket, key) = plain.split_once('/')?;
    let is_plain = !plain.contains(['%', '?', '+']) && !bucket.is_empty() && !key.is_empty();
    let partition = partition(record);
    (is_plain && !is_behind(record, bucket))
        .then(|| Cow::Owned(format!("arn:{partition}:s3:::{plain}")))
}

/// Whether an action of S3 is on an object, not on its bucket.
fn is_on_object(action: &Action) -> bool {
    let name = action.name();
    let other = ["abortmultipartupload", "listmultipartuploadparts"];
    other.contains(&name) || (name.contains("object") && !name.contains("bucket"))
}

/// The partition of the caller's ARN: calls do not cross partitions.
fn partition<'a>(record: &'a Record<'_>) -> &'a str {
    let identity = record.user_identity.as_ref();
    let arn = identity.and_then(|identity| identity.arn.as_ref());
    let part = arn.and_then(|arn| arn.0.strip_prefix("arn:")?.split(':').next());
    part.filter(|part| part.starts_with("aws")).unwrap_or("aws")
}

/// Whether a text names an account: `aws` and `ANONYMOUS_PRINCIPAL` do not.
pub(crate) fn is_account(text: &str) -> bool {
    text.parse::<AccountId>().is_ok()
}

/// Whether a text is an ARN that a scenario takes.
pub(crate) fn read(arn: &str) -> Option<Arn> {
    arn.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(action: &str, rest: &str) -> String {
        let text = format!("{{{rest}}}");
        let record: Record<'_> = serde_json::from_str(&text).expect("a record");
        let action = action.parse().expect("an action");
        match Target::of(&record, &action) {
            Target::Arn {
                arn,
                owner: Some(owner),
            } => format!("{arn} of {owner}"),
            other => other.as_str().to_owned(),
        }
    }

    /// Shapes of the `CloudTrail` guide's examples (S3, KMS, STS, Secrets Manager); what is not said stays unknown.
    #[test]
    fn a_resource_is_never_guessed() {
        let object = r#""requestParameters":{"bucketName":"reports","key":"a/b.csv"},
            "resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::reports/a/b.csv"},
                {"accountId":"444455556666","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::reports"}]"#;
        for (action, record, expected) in [
            (
                "s3:GetObject",
                object,
                "arn:aws:s3:::reports/a/b.csv of 444455556666",
            ),
            (
                "s3:ListBucket",
                object,
                "arn:aws:s3:::reports of 444455556666",
            ),
            (
                "s3:DeleteObject",
                r#""requestParameters":{"bucketName":"reports","delete":""}"#,
                "unknown",
            ),
            ("s3:ListAllMyBuckets", r#""requestParameters":null"#, "*"),
            (
                "s3:GetBucketAcl",
                r#""userIdentity":{"arn":"arn:aws-cn:iam::111122223333:user/b"},"requestParameters":{"bucketName":"reports"}"#,
                "arn:aws-cn:s3:::reports",
            ),
            (
                "sts:AssumeRole",
                r#""requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/ci"}"#,
                "arn:aws:iam::111122223333:role/ci",
            ),
            ("sts:AssumeRole", r#""requestParameters":null"#, "unknown"),
            ("sts:GetCallerIdentity", "", "*"),
            (
                "kms:Decrypt",
                r#""resources":[{"accountId":"111122223333","ARN":"arn:aws:kms:eu-west-1:111122223333:key/k"}]"#,
                "arn:aws:kms:eu-west-1:111122223333:key/k",
            ),
            (
                "secretsmanager:GetSecretValue",
                r#""requestParameters":{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:s"}"#,
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s",
            ),
            // a name is no ARN, and the ARN of a role in a call of another service is not what the call is on
            (
                "secretsmanager:GetSecretValue",
                r#""requestParameters":{"secretId":"s"}"#,
                "unknown",
            ),
            (
                "lambda:CreateFunction",
                r#""requestParameters":{"arn":"arn:aws:iam::111122223333:role/ci"}"#,
                "unknown",
            ),
            (
                "kms:ReEncryptTo",
                r#""resources":[{"ARN":"arn:aws:kms:eu-west-1:111122223333:key/a"},{"ARN":"arn:aws:kms:eu-west-1:111122223333:key/b"}]"#,
                "unknown",
            ),
            (
                "ec2:DescribeInstances",
                r#""requestParameters":{}"#,
                "unknown",
            ),
        ] {
            assert_eq!(target(action, record), expected, "{action} {record}");
        }
    }

    /// Events name a copy, a bucket behind an access point, a table, a function and a key by its name; IAM asks about others.
    #[test]
    fn what_a_call_is_on_may_be_another_than_is_named() {
        for (action, record, expected) in [
            // a copy is read from its source, and written to the bucket of the event
            (
                "s3:GetObject",
                r#""eventName":"CopyObject","requestParameters":{"bucketName":"reports","key":"b","x-amz-copy-source":"/drafts/a.csv"}"#,
                "arn:aws:s3:::drafts/a.csv",
            ),
            (
                "s3:PutObject",
                r#""eventName":"CopyObject","requestParameters":{"bucketName":"reports","key":"b","x-amz-copy-source":"/drafts/a.csv"}"#,
                "arn:aws:s3:::reports/b",
            ),
            (
                "s3:GetObject",
                r#""eventName":"CopyObject","requestParameters":{"bucketName":"reports","key":"b","x-amz-copy-source":"drafts/a%20b"}"#,
                "unknown",
            ),
            (
                "s3:GetObject",
                r#""eventName":"UploadPartCopy","requestParameters":{"bucketName":"reports","key":"b"}"#,
                "unknown",
            ),
            // an access point is not its bucket
            (
                "s3:GetObject",
                r#""requestParameters":{"bucketName":"team-abc-s3alias","key":"b"}"#,
                "unknown",
            ),
            (
                "s3:GetObject",
                r#""requestParameters":{"bucketName":"reports","key":"b"},"resources":[{"ARN":"arn:aws:s3:eu-west-1:111122223333:accesspoint/team"}]"#,
                "unknown",
            ),
            // an index is not its table, a version of a function not the function, a name of a key not the key
            (
                "dynamodb:Query",
                r#""requestParameters":{"tableName":"t","indexName":"i"},"resources":[{"ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/t"}]"#,
                "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i",
            ),
            (
                "lambda:InvokeFunction",
                r#""requestParameters":{"qualifier":"prod"},"resources":[{"ARN":"arn:aws:lambda:eu-west-1:111122223333:function:f"}]"#,
                "unknown",
            ),
            (
                "kms:Decrypt",
                r#""requestParameters":{"keyId":"arn:aws:kms:eu-west-1:111122223333:alias/a"}"#,
                "unknown",
            ),
        ] {
            assert_eq!(target(action, record), expected, "{action} {record}");
        }
    }
}
