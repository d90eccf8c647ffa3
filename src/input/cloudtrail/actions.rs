//! The actions of an event: what IAM was asked for when the API call was made (CT-8 to CT-13).

use super::tables::{EXCEPTIONS, FREE, MORE, Needs, PREFIXES};
use crate::policy::Action;

/// What the event source and the event name say about the actions of a call.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    /// The call needs every one of these.
    Actions {
        /// At least one.
        actions: Vec<Action>,
        /// Whether they are all that it needs.
        extent: Extent,
    },
    /// The call needs no permission: no policy of the caller can forbid it by this action (ROLE-30, ROLE-31).
    Free(Action),
    /// Signing in: an event, but no request that IAM decides (CT-12).
    NotAnAction,
    /// The call needs one or more of these, which ones its parameters say, and no one of them in every case.
    OneOf(Vec<Action>),
    /// Nothing is known of it: no name of a service, or no name of a call.
    Unmapped,
}

/// Whether the actions of a call are all that it needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Extent {
    /// By its parameters it may need more, which never is an event of its own: `iam:PassRole`, tags (CT-13).
    AtLeast,
    /// Nothing else is known to be needed.
    Whole,
}

/// The actions that the `eventName` of an `eventSource` needs.
///
/// Most names are the names of their action (CT-9); the others stand in tables. A name that none of them has is taken
/// for the name of its action: new services come faster than tables.
pub(crate) fn actions_of(event_source: &str, event_name: &str) -> Named {
    if is_sign_in(event_source, event_name) {
        return Named::NotAnAction;
    }
    named(event_source, event_name).unwrap_or(Named::Unmapped)
}

/// The action that is needed instead of this one when the request names a version of the object.
///
/// Source: the permissions of each call in the API reference of Amazon S3.
pub(crate) fn of_version(action: &Action) -> Option<Action> {
    let versioned = match action.lower() {
        "s3:deleteobject" => "s3:DeleteObjectVersion",
        "s3:deleteobjecttagging" => "s3:DeleteObjectVersionTagging",
        "s3:getobject" => "s3:GetObjectVersion",
        "s3:getobjectacl" => "s3:GetObjectVersionAcl",
        "s3:getobjectattributes" => "s3:GetObjectVersionAttributes",
        "s3:getobjecttagging" => "s3:GetObjectVersionTagging",
        "s3:getobjecttorrent" => "s3:GetObjectVersionTorrent",
        "s3:putobjectacl" => "s3:PutObjectVersionAcl",
        "s3:putobjecttagging" => "s3:PutObjectVersionTagging",
        _ => return None,
    };
    versioned.parse().ok()
}

/// CT-12, and the events of the access portal of IAM Identity Center
/// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/logging-using-cloudtrail.html>).
fn is_sign_in(source: &str, name: &str) -> bool {
    match source {
        "signin.amazonaws.com" => true,
        "sso.amazonaws.com" => matches!(name, "Authenticate" | "Federate" | "Logout"),
        _ => false,
    }
}

fn named(source: &str, name: &str) -> Option<Named> {
    let prefix = prefix(source)?;
    let name = without_version(prefix, name);
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    if let Ok(at) = EXCEPTIONS.binary_search_by_key(&(prefix, name), |row| (row.0, row.1)) {
        return exception(EXCEPTIONS[at].2);
    }
    if prefix == "apigateway" {
        return needed(&[method(name)?], Extent::Whole);
    }
    let action: Action = format!("{prefix}:{name}").parse().ok()?;
    Some(if lists(FREE, prefix, name) {
        Named::Free(action)
    } else {
        let extent = if lists(MORE, prefix, name) {
            Extent::AtLeast
        } else {
            Extent::Whole
        };
        let actions = vec![action];
        Named::Actions { actions, extent }
    })
}

fn exception(needs: Needs) -> Option<Named> {
    match needs {
        Needs::All(actions) => needed(actions, Extent::Whole),
        Needs::AtLeast(actions) => needed(actions, Extent::AtLeast),
        Needs::OneOf(actions) => parsed(actions).map(Named::OneOf),
    }
}

fn needed(actions: &[&str], extent: Extent) -> Option<Named> {
    let actions = parsed(actions)?;
    Some(Named::Actions { actions, extent })
}

fn parsed(actions: &[&str]) -> Option<Vec<Action>> {
    actions.iter().map(|action| action.parse().ok()).collect()
}

/// CT-8
fn prefix(source: &str) -> Option<&str> {
    let service = source.strip_suffix(".amazonaws.com")?;
    if let Ok(at) = PREFIXES.binary_search_by_key(&service, |row| row.0) {
        return Some(PREFIXES[at].1);
    }
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (!service.is_empty() && service.bytes().all(is_plain)).then_some(service)
}

/// Lambda and `CloudFront` put the version of their API behind the name (CT-10).
fn without_version<'a>(prefix: &str, name: &'a str) -> &'a str {
    let bare = match prefix {
        "lambda" => without_date(without_revision(name)),
        "cloudfront" => without_dashed_date(name),
        _ => None,
    };
    bare.filter(|bare| !bare.is_empty()).unwrap_or(name)
}

/// `GetFunction20150331v2`: `GetFunction20150331`
fn without_revision(name: &str) -> &str {
    let rest = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match rest.strip_suffix('v') {
        Some(bare) if rest.len() < name.len() => bare,
        _ => name,
    }
}

/// `GetFunction20150331`: `GetFunction`
fn without_date(name: &str) -> Option<&str> {
    let (bare, date) = name.split_at_checked(name.len().checked_sub(8)?)?;
    date.bytes().all(|b| b.is_ascii_digit()).then_some(bare)
}

/// `CreateDistribution2020_05_31`: `CreateDistribution`
fn without_dashed_date(name: &str) -> Option<&str> {
    let (bare, date) = name.split_at_checked(name.len().checked_sub(10)?)?;
    let is_right = |(at, b): (usize, u8)| match at {
        4 | 7 => b == b'_',
        _ => b.is_ascii_digit(),
    };
    date.bytes().enumerate().all(is_right).then_some(bare)
}

/// API Gateway names its actions after the methods of HTTP; which one follows from the first word of the call.
fn method(name: &str) -> Option<&'static str> {
    let methods = [
        (
            "apigateway:DELETE",
            &["Delete", "Flush", "Reset", "Untag"][..],
        ),
        ("apigateway:GET", &["Export", "Get"]),
        ("apigateway:PATCH", &["Update"]),
        ("apigateway:POST", &["Create", "Generate", "Test"]),
        ("apigateway:PUT", &["Import", "Put", "Reimport"]),
    ];
    let has = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    let found = methods.iter().find(|(_, words)| has(words))?;
    Some(found.0)
}

fn lists(table: &[(&str, &str)], prefix: &str, name: &str) -> bool {
    table
        .binary_search_by_key(&prefix, |row| row.0)
        .is_ok_and(|at| table[at].1.split(' ').any(|listed| listed == name))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// `=` all of these, `+` at least these, `|` one or more of these, `free`, `sign-in`, `unmapped`.
    fn shown(source: &str, name: &str) -> String {
        let list = |sign: &str, actions: &[Action]| {
            actions.iter().fold(sign.to_owned(), |mut text, action| {
                write!(text, " {action}").expect("a string takes everything");
                text
            })
        };
        match actions_of(source, name) {
            Named::Actions { actions, extent } => match extent {
                Extent::AtLeast => list("+", &actions),
                Extent::Whole => list("=", &actions),
            },
            Named::Free(action) => format!("free {action}"),
            Named::NotAnAction => "sign-in".into(),
            Named::OneOf(actions) => list("|", &actions),
            Named::Unmapped => "unmapped".into(),
        }
    }

    /// Rows of service (without `.amazonaws.com`), event name and what is expected.
    fn check(rows: &[(&str, &str, &str)]) {
        for (service, name, expected) in rows {
            let source = format!("{service}.amazonaws.com");
            assert_eq!(shown(&source, name), *expected, "{source} {name}");
        }
    }

    /// CT-8: the examples of the rule and one of each other kind.
    #[test]
    fn the_prefix_of_a_source() {
        check(&[
            ("ec2", "DescribeInstances", "= ec2:DescribeInstances"),
            (
                "monitoring",
                "PutMetricAlarm",
                "= cloudwatch:PutMetricAlarm",
            ),
            ("es", "DescribeDomain", "= es:DescribeDomain"),
            ("opensearchservice", "DescribeDomain", "= es:DescribeDomain"),
            (
                "cloudcontrolapi",
                "GetResource",
                "= cloudformation:GetResource",
            ),
            (
                "migrationhub",
                "ListMigrationTasks",
                "= mgh:ListMigrationTasks",
            ),
            ("amazonmq", "ListBrokers", "= mq:ListBrokers"),
            (
                "application-insights",
                "ListProblems",
                "= applicationinsights:ListProblems",
            ),
            (
                "elasticmapreduce",
                "ListClusters",
                "= elasticmapreduce:ListClusters",
            ),
            ("email", "SendEmail", "= ses:SendEmail"),
            ("tagging", "GetResources", "= tag:GetResources"),
            ("data.iot", "Publish", "= iot:Publish"),
            ("runtime.lex", "PostText", "= lex:PostText"),
            ("streams.dynamodb", "GetRecords", "= dynamodb:GetRecords"),
            // Not in any table: new services come faster.
            ("newservice", "DoSomething", "= newservice:DoSomething"),
        ]);
    }

    /// CT-10, with the names of the AWS Lambda developer guide ("Logging AWS Lambda API calls") and the `CloudFront` one.
    #[test]
    fn versions_of_apis_in_names() {
        check(&[
            (
                "lambda",
                "CreateFunction20150331",
                "+ lambda:CreateFunction",
            ),
            (
                "lambda",
                "UpdateFunctionCode20150331v2",
                "= lambda:UpdateFunctionCode",
            ),
            ("lambda", "GetFunction20150331v2", "= lambda:GetFunction"),
            ("lambda", "ListFunctions20150331", "= lambda:ListFunctions"),
            (
                "lambda",
                "GetLayerVersionByArn20181031",
                "= lambda:GetLayerVersion",
            ),
            ("lambda", "Invoke", "= lambda:InvokeFunction"),
            ("lambda", "GetPolicy", "= lambda:GetPolicy"),
            (
                "cloudfront",
                "CreateDistribution2020_05_31",
                "= cloudfront:CreateDistribution",
            ),
            (
                "cloudfront",
                "GetDistribution",
                "= cloudfront:GetDistribution",
            ),
            // Nothing but a version is no name without it, and six digits are no date.
            ("lambda", "20150331", "= lambda:20150331"),
            ("lambda", "GetFunction150331", "= lambda:GetFunction150331"),
            // Other services have no versions in their names.
            ("ec2", "CreateThing20150331", "= ec2:CreateThing20150331"),
            ("ec2", "CreateThing2015_03_31", "unmapped"),
        ]);
    }

    /// CT-11 in full, and the API reference of Amazon S3 for what depends on parameters.
    #[test]
    fn names_of_s3() {
        check(&[
            ("s3", "ListObjects", "= s3:ListBucket"),
            ("s3", "ListObjectsV2", "= s3:ListBucket"),
            ("s3", "HeadBucket", "= s3:ListBucket"),
            ("s3", "ListObjectVersions", "= s3:ListBucketVersions"),
            ("s3", "ListBuckets", "= s3:ListAllMyBuckets"),
            ("s3", "HeadObject", "= s3:GetObject"),
            (
                "s3",
                "DeleteObjects",
                "| s3:DeleteObject s3:DeleteObjectVersion",
            ),
            ("s3", "CreateMultipartUpload", "+ s3:PutObject"),
            ("s3", "CompleteMultipartUpload", "= s3:PutObject"),
            ("s3", "UploadPart", "= s3:PutObject"),
            ("s3", "CopyObject", "+ s3:GetObject s3:PutObject"),
            (
                "s3",
                "GetBucketEncryption",
                "= s3:GetEncryptionConfiguration",
            ),
            (
                "s3",
                "PutBucketEncryption",
                "= s3:PutEncryptionConfiguration",
            ),
            ("s3", "GetBucketLifecycle", "= s3:GetLifecycleConfiguration"),
            (
                "s3",
                "GetBucketLifecycleConfiguration",
                "= s3:GetLifecycleConfiguration",
            ),
            ("s3", "PutBucketLifecycle", "= s3:PutLifecycleConfiguration"),
            (
                "s3",
                "PutBucketLifecycleConfiguration",
                "= s3:PutLifecycleConfiguration",
            ),
            (
                "s3",
                "DeleteBucketLifecycle",
                "= s3:PutLifecycleConfiguration",
            ),
            (
                "s3",
                "GetBucketReplication",
                "= s3:GetReplicationConfiguration",
            ),
            (
                "s3",
                "PutBucketReplication",
                "+ s3:PutReplicationConfiguration",
            ),
            (
                "s3",
                "DeleteBucketReplication",
                "+ s3:PutReplicationConfiguration",
            ),
            (
                "s3",
                "GetBucketNotificationConfiguration",
                "= s3:GetBucketNotification",
            ),
            (
                "s3",
                "GetPublicAccessBlock",
                "= s3:GetBucketPublicAccessBlock",
            ),
            (
                "s3",
                "PutPublicAccessBlock",
                "= s3:PutBucketPublicAccessBlock",
            ),
            (
                "s3",
                "DeletePublicAccessBlock",
                "= s3:PutBucketPublicAccessBlock",
            ),
            ("s3", "DeleteBucketTagging", "= s3:PutBucketTagging"),
            ("s3", "DeleteBucketCors", "= s3:PutBucketCORS"),
            ("s3", "SelectObjectContent", "= s3:GetObject"),
            ("s3", "GetObject", "= s3:GetObject"),
            ("s3", "PutObject", "+ s3:PutObject"),
            ("s3", "GetBucketPolicy", "= s3:GetBucketPolicy"),
        ]);
    }

    /// CT-12, from the maps of iam-dataset unless a row says otherwise.
    #[test]
    fn names_of_other_services() {
        check(&[
            ("kms", "ReEncrypt", "= kms:ReEncryptFrom kms:ReEncryptTo"),
            ("kms", "Decrypt", "= kms:Decrypt"),
            ("dynamodb", "TransactGetItems", "= dynamodb:GetItem"),
            (
                "dynamodb",
                "TransactWriteItems",
                "| dynamodb:ConditionCheckItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem",
            ),
            (
                "dynamodb",
                "ExecuteStatement",
                "| dynamodb:PartiQLSelect dynamodb:PartiQLInsert dynamodb:PartiQLUpdate dynamodb:PartiQLDelete",
            ),
            ("glue", "BatchUpdatePartition", "= glue:UpdatePartition"),
            ("budgets", "CreateBudget", "= budgets:ModifyBudget"),
            ("budgets", "DescribeBudgets", "= budgets:ViewBudget"),
            ("sqs", "SendMessageBatch", "= sqs:SendMessage"),
            ("sns", "PublishBatch", "= sns:Publish"),
            // API reference of Amazon Bedrock
            ("bedrock", "Converse", "= bedrock:InvokeModel"),
            // iam-dataset has `lex:PutBot`, the action of V1.
            ("lex", "CreateBot", "= lex:CreateBot"),
        ]);
    }

    /// Rows of the maps of iam-dataset, one of each method and each first word.
    #[test]
    fn methods_of_api_gateway() {
        check(&[
            ("apigateway", "CreateStage", "= apigateway:POST"),
            (
                "apigateway",
                "GenerateClientCertificate",
                "= apigateway:POST",
            ),
            ("apigateway", "TestInvokeMethod", "= apigateway:POST"),
            ("apigateway", "ImportApiKeys", "= apigateway:POST"),
            ("apigateway", "GetRestApis", "= apigateway:GET"),
            ("apigateway", "ExportApi", "= apigateway:GET"),
            ("apigateway", "DeleteStage", "= apigateway:DELETE"),
            ("apigateway", "FlushStageCache", "= apigateway:DELETE"),
            ("apigateway", "ResetAuthorizersCache", "= apigateway:DELETE"),
            ("apigateway", "UntagResource", "= apigateway:DELETE"),
            ("apigateway", "ImportDocumentationParts", "= apigateway:PUT"),
            ("apigateway", "ReimportApi", "= apigateway:PUT"),
            ("apigateway", "PutMethod", "= apigateway:PUT"),
            ("apigateway", "UpdateStage", "= apigateway:PATCH"),
            (
                "apigateway",
                "PostToConnection",
                "= execute-api:ManageConnections",
            ),
            // With a policy in it, `apigateway:UpdateRestApiPolicy` too.
            ("apigateway", "CreateRestApi", "+ apigateway:POST"),
            // POST in version 2, PUT in version 1, and events do not say which it was.
            (
                "apigateway",
                "TagResource",
                "| apigateway:POST apigateway:PUT",
            ),
            ("apigateway", "RejectSomething", "unmapped"),
        ]);
    }

    /// CT-13
    #[test]
    fn more_may_be_needed() {
        check(&[
            ("ec2", "RunInstances", "+ ec2:RunInstances"),
            ("ec2", "CreateVpc", "+ ec2:CreateVpc"),
            ("ecs", "RunTask", "+ ecs:RunTask"),
            (
                "states",
                "CreateStateMachine",
                "+ states:CreateStateMachine",
            ),
            ("sts", "AssumeRole", "+ sts:AssumeRole"),
            ("ec2", "StopInstances", "= ec2:StopInstances"),
        ]);
    }

    /// ROLE-30, ROLE-31; the API reference of Amazon Cognito.
    #[test]
    fn calls_without_permission() {
        check(&[
            ("sts", "GetCallerIdentity", "free sts:GetCallerIdentity"),
            ("sts", "GetSessionToken", "free sts:GetSessionToken"),
            (
                "dynamodb",
                "DescribeEndpoints",
                "free dynamodb:DescribeEndpoints",
            ),
            (
                "cognito-idp",
                "InitiateAuth",
                "free cognito-idp:InitiateAuth",
            ),
            (
                "cognito-idp",
                "AdminInitiateAuth",
                "= cognito-idp:AdminInitiateAuth",
            ),
            ("sts", "GetFederationToken", "= sts:GetFederationToken"),
        ]);
    }

    /// CT-12
    #[test]
    fn signing_in_is_no_action() {
        check(&[
            ("signin", "ConsoleLogin", "sign-in"),
            ("signin", "SwitchRole", "sign-in"),
            ("signin", "CheckMfa", "sign-in"),
            ("sso", "Federate", "sign-in"),
            ("sso", "CreatePermissionSet", "= sso:CreatePermissionSet"),
        ]);
    }

    #[test]
    fn what_names_no_service_or_no_call_is_unmapped() {
        for (source, name) in [
            ("", "GetObject"),
            (".amazonaws.com", "GetObject"),
            ("s3", "GetObject"),
            ("s3.amazonaws.com.example", "GetObject"),
            ("S3.amazonaws.com", "GetObject"),
            ("some.dots.amazonaws.com", "GetObject"),
            ("s*.amazonaws.com", "GetObject"),
            ("s3:.amazonaws.com", "GetObject"),
            ("s3.amazonaws.com", ""),
            ("s3.amazonaws.com", "Get*"),
            ("s3.amazonaws.com", "Get Object"),
            ("s3.amazonaws.com", "GetÖbject"),
        ] {
            assert_eq!(shown(source, name), "unmapped", "{source} {name}");
        }
    }

    #[test]
    fn a_version_of_an_object_has_its_own_action() {
        let of = |action: &str| {
            let action = action.parse().expect("an action");
            of_version(&action).map(|action| action.to_string())
        };
        assert_eq!(of("S3:getobject").as_deref(), Some("s3:GetObjectVersion"));
        assert_eq!(of("s3:PutObject"), None);
        assert_eq!(of("s3:RestoreObject"), None);
    }

    /// Sorted and without duplicates, so that binary search finds every row.
    #[test]
    fn tables_are_in_order() {
        assert!(PREFIXES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(EXCEPTIONS.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        for table in [MORE, FREE] {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
            for (prefix, names) in table {
                let names: Vec<&str> = names.split(' ').collect();
                assert!(names.is_sorted_by(|a, b| a < b), "{prefix}");
            }
        }
    }

    /// No row says what would be so without it, and no row is hidden by another.
    #[test]
    fn every_row_counts() {
        for (source, prefix) in PREFIXES {
            assert_ne!(source, prefix);
        }
        for (prefix, name, needs) in EXCEPTIONS {
            let same = format!("{prefix}:{name}");
            let (Needs::All(actions) | Needs::AtLeast(actions) | Needs::OneOf(actions)) = needs;
            let is_default = matches!(actions, [one] if one.eq_ignore_ascii_case(&same));
            let is_method = *prefix == "apigateway"
                && matches!(needs, Needs::All([one]) if method(name) == Some(*one));
            assert!(!is_default && !is_method, "{same}");
            assert!(
                !matches!(needs, Needs::OneOf([] | [_]) | Needs::All([])),
                "{same}"
            );
            assert!(
                !lists(MORE, prefix, name) && !lists(FREE, prefix, name),
                "{same}"
            );
        }
        for (prefix, names) in MORE {
            let free = names.split(' ').find(|name| lists(FREE, prefix, name));
            assert_eq!(free, None, "{prefix}");
            assert_ne!(*prefix, "apigateway", "its actions are methods");
        }
    }

    /// Every row is reached from some event source, and gives actions that a policy could name.
    #[test]
    fn every_row_is_found() {
        for (prefix, name, needs) in EXCEPTIONS {
            let source = format!("{prefix}.amazonaws.com");
            let (sign, actions) = match needs {
                Needs::All(actions) => ("=", actions),
                Needs::AtLeast(actions) => ("+", actions),
                Needs::OneOf(actions) => ("|", actions),
            };
            let expected = format!("{sign} {}", actions.join(" "));
            assert_eq!(shown(&source, name), expected);
        }
        for (table, sign) in [(MORE, "+"), (FREE, "free")] {
            for (prefix, names) in table {
                for name in names.split(' ') {
                    let source = format!("{prefix}.amazonaws.com");
                    assert_eq!(shown(&source, name), format!("{sign} {prefix}:{name}"));
                }
            }
        }
    }

    proptest! {
        /// Whatever stands there, it is not taken for an action that a policy could not name.
        #[test]
        fn any_text(source in any_source(), name in any_name()) {
            let actions = match actions_of(&source, &name) {
                Named::Actions { actions, .. } | Named::OneOf(actions) => actions,
                Named::Free(action) => vec![action],
                Named::NotAnAction | Named::Unmapped => return Ok(()),
            };
            prop_assert!(!actions.is_empty());
            for action in actions {
                let again: Action = action.as_str().parse().expect("an action");
                prop_assert!(again.is(action.lower()));
                let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b':';
                prop_assert!(action.as_str().bytes().all(plain), "{}", action);
            }
        }
    }

    fn any_source() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "lambda",
            "cloudfront",
            "apigateway",
            "s3",
            "data.iot",
            "signin",
        ]);
        prop_oneof![
            ".*",
            known.prop_map(|service| format!("{service}.amazonaws.com")),
            ".{0,8}\\.amazonaws\\.com",
        ]
    }

    fn any_name() -> impl Strategy<Value = String> {
        prop_oneof![
            ".*",
            "[A-Za-z]{0,12}[0-9]{0,9}(v[0-9]{0,3})?",
            "\\PC{0,4}[0-9]{4}_[0-9]{2}_[0-9]{2}"
        ]
    }
}
