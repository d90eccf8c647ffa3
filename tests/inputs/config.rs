//! Items of AWS Config: as a snapshot has them, and as its API prints them. Shapes: the API reference of AWS Config
//! (`ConfigurationItem`, `BaseConfigurationItem`, `SelectResourceConfig`), and its guide's example of a snapshot.

use ipcond::eval::{Caller, Role};
use ipcond::input::{Account, Collected, Documents, Edit, Format, Held, Holder};
use ipcond::policy::PolicyKind;
use ipcond::source::Source;
use serde_json::{Value, json};

use crate::{IDENTITY, RESOURCE, TRUST, documents, percent, quoted};

const ROLE: &str = "arn:aws:iam::111122223333:role/team/ci";
const POLICY: &str = "arn:aws:iam::111122223333:policy/team/read";

fn item(of_type: &str, arn: &str, configuration: &Value, supplementary: &Value) -> Value {
    json!({"version": "1.3", "accountId": "111122223333", "configurationItemCaptureTime": "2026-01-31T10:00:00.000Z",
        "configurationItemStatus": "OK", "resourceType": of_type, "arn": arn, "resourceId": "x", "awsRegion": "global",
        "tags": {}, "relatedEvents": [], "configuration": configuration, "supplementaryConfiguration": supplementary})
}

fn role(attached: &[&str], inline: &str) -> Value {
    let attached = attached.iter();
    let attached: Vec<Value> = attached
        .map(|arn| json!({"policyName": "p", "policyArn": arn}))
        .collect();
    let configuration = json!({"path": "/team/", "roleName": "ci", "roleId": "AROAEXAMPLE", "arn": ROLE,
        "assumeRolePolicyDocument": percent(TRUST),
        "instanceProfileList": [{"instanceProfileName": "ci", "roles": [{"roleName": "ci", "assumeRolePolicyDocument": percent(TRUST)}]}],
        "rolePolicyList": [{"policyName": "own", "policyDocument": percent(inline)}],
        "attachedManagedPolicies": attached, "permissionsBoundary": null, "tags": [], "roleLastUsed": null});
    item("AWS::IAM::Role", ROLE, &configuration, &json!({}))
}

fn policy(document: &str) -> Value {
    let version = |id: &str, document: &str, is_default: bool| json!({"versionId": id, "isDefaultVersion": is_default, "document": percent(document)});
    let old = document.replace("203.0.113", "198.51.100");
    let versions = [version("v1", &old, false), version("v2", document, true)];
    let configuration = json!({"policyName": "read", "arn": POLICY, "defaultVersionId": "v2", "policyVersionList": versions});
    item("AWS::IAM::Policy", POLICY, &configuration, &json!({}))
}

/// One item of each kind that holds policies, and some that hold none.
fn items() -> Vec<Value> {
    let text = |text: &str| json!({"policyText": text});
    vec![
        role(&[POLICY], IDENTITY),
        policy(IDENTITY),
        item(
            "AWS::S3::Bucket",
            "arn:aws:s3:::reports",
            &json!({"name": "reports"}),
            &json!({"BucketPolicy": text(RESOURCE), "AccessControlList": "{\"grantSet\":null}"}),
        ),
        item(
            "AWS::S3::Bucket",
            "arn:aws:s3:::logs",
            &json!({"name": "logs"}),
            &json!({"BucketPolicy": {"policyText": null}, "IsRequesterPaysEnabled": false}),
        ),
        item(
            "AWS::KMS::Key",
            "arn:aws:kms:eu-west-1:111122223333:key/k",
            &json!({"keyId": "k"}),
            &json!({"Policy": quoted(RESOURCE), "KeyRotationStatus": "true"}),
        ),
        item(
            "AWS::SQS::Queue",
            "arn:aws:sqs:eu-west-1:111122223333:q",
            &json!({"Policy": RESOURCE}),
            &json!({}),
        ),
        item(
            "AWS::EC2::VPCEndpoint",
            "arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1",
            &json!({"vpcEndpointId": "vpce-1", "policyDocument": RESOURCE}),
            &json!({}),
        ),
        item(
            "AWS::SecretsManager::Secret",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s",
            &json!({"Name": "s"}),
            &json!({"ResourcePolicy": RESOURCE}),
        ),
    ]
}

/// The same as the API prints them: what was an object is a string.
fn in_strings(items: &[Value]) -> Vec<Value> {
    let written = items.iter().cloned().map(|mut item| {
        item["configuration"] = json!(item["configuration"].to_string());
        if let Some(all) = item["supplementaryConfiguration"].as_object_mut() {
            for value in all.values_mut().filter(|value| !value.is_string()) {
                *value = json!(value.to_string());
            }
        }
        item
    });
    written.collect()
}

const PLACES: [(&str, PolicyKind); 8] = [
    (
        "[0].configuration.assumeRolePolicyDocument",
        PolicyKind::Trust,
    ),
    ("[0].configuration.rolePolicyList[0]", PolicyKind::Identity),
    (
        "[1].configuration.policyVersionList[1]",
        PolicyKind::Identity,
    ),
    (
        "[2].supplementaryConfiguration.BucketPolicy.policyText",
        PolicyKind::Resource,
    ),
    (
        "[4].supplementaryConfiguration.Policy",
        PolicyKind::Resource,
    ),
    ("[5].configuration.Policy", PolicyKind::Resource),
    ("[6].configuration.policyDocument", PolicyKind::Vpce),
    (
        "[7].supplementaryConfiguration.ResourcePolicy",
        PolicyKind::Resource,
    ),
];

#[test]
fn each_shape_has_the_same_documents() {
    let (plain, strings) = (items(), in_strings(&items()));
    let lines = |items: &[Value]| {
        let lines: Vec<String> = items.iter().map(Value::to_string).collect();
        lines.join("\n") + "\n\n"
    };
    let results: Vec<String> = plain.iter().map(Value::to_string).collect();
    let rows = [
        (
            json!({"fileVersion": "1.0", "configSnapshotId": "x", "configurationItems": plain})
                .to_string(),
            "configurationItems",
        ),
        (
            json!({"configurationItems": strings}).to_string(),
            "configurationItems",
        ),
        (
            json!({"baseConfigurationItems": strings, "unprocessedResourceKeys": []}).to_string(),
            "baseConfigurationItems",
        ),
        (
            json!({"Results": results, "QueryInfo": {"SelectFields": []}}).to_string(),
            "Results",
        ),
        (json!(plain).to_string(), ""),
        (lines(&plain), ""),
        (lines(&strings).replace('\n', "\r\n"), ""),
    ];
    for (text, list) in rows {
        let (format, held) = documents(&text).unwrap_or_else(|error| panic!("{list}: {error}"));
        assert_eq!(format, Format::Config, "{list}");
        let found: Vec<(String, PolicyKind)> = held
            .iter()
            .map(|held| (held.address.clone(), held.likely_kind().expect("a kind")))
            .collect();
        let expected = PLACES.map(|(place, kind)| (format!("{list}{place}"), kind));
        assert_eq!(found, expected, "{list}");
        for held in &held {
            assert!(held.live && held.owner.is_some(), "{}", held.address);
            assert_eq!(held.file(), "file");
            assert_eq!(held.name(), format!("file#{}", held.address));
            let policy = held.policy(None, false).expect("a policy");
            assert!(
                !policy.source.text().contains("198.51.100"),
                "an old version"
            );
        }
    }
}

#[test]
fn one_item_is_a_file_too() {
    for (item, address) in [
        (
            items()[2].clone(),
            "supplementaryConfiguration.BucketPolicy.policyText",
        ),
        (in_strings(&items())[5].clone(), "configuration.Policy"),
    ] {
        for text in [
            item.to_string(),
            serde_json::to_string_pretty(&item).expect("JSON"),
        ] {
            let (format, held) = documents(&text).expect("it is read");
            assert_eq!((format, held.len()), (Format::Config, 1));
            assert_eq!(held[0].address, address);
        }
    }
}

/// The place of a finding is in the decoded text, which says in which string of the file it stands.
#[test]
fn places_are_those_of_the_strings() {
    let text = json!({"configurationItems": in_strings(&items())}).to_string();
    let held = &documents(&text).expect("it is read").1[1];
    let policy = held.policy(None, false).expect("a policy");
    let (inner, at) = policy.source.within().expect("it is in a string");
    assert_eq!(inner.slice(at), format!("\"{}\"", percent(IDENTITY)));
    assert_eq!(inner.name(), "file#configurationItems[0].configuration");
    let (file, at) = inner.within().expect("which is in a string");
    assert_eq!(file.name(), "file");
    assert!(file.slice(at).starts_with("\"{"));
}

fn collected(files: &[Value]) -> ipcond::Result<Option<Collected>> {
    let mut account = Account::default();
    for (index, file) in files.iter().enumerate() {
        account.add(&Source::new(format!("{index}"), file.to_string()))?;
    }
    let arn = account.arn_of("role/ci")?;
    account.of_caller(&Caller::parse(&arn)?)
}

fn addresses(held: &[Held]) -> Vec<&str> {
    held.iter().map(|held| held.address.as_str()).collect()
}

#[test]
fn a_role_has_what_is_attached_to_it() {
    let managed = "arn:aws:iam::aws:policy/SecurityAudit";
    let file = json!({"configurationItems": [role(&[POLICY, managed, POLICY], IDENTITY), policy(IDENTITY)]});
    let found = collected(&[file])
        .expect("it is read")
        .expect("it is known");
    assert_eq!(
        addresses(&found.identity),
        [
            "configurationItems[0].configuration.rolePolicyList[0]",
            "configurationItems[1].configuration.policyVersionList[1]",
            "configurationItems[0].configuration.attachedManagedPolicies[1]",
        ]
    );
    // AWS Config does not record the policies of AWS.
    assert_eq!(found.identity[2].text(), None);
    assert_eq!(found.dangling.len(), 1);
    assert!(found.dangling[0].starts_with(managed));
    let file = json!([role(&[], IDENTITY)]).to_string();
    let mut account = Account::default();
    account.add(&Source::new("file", file)).expect("it is read");
    let role = Role::from_arn(&ROLE.parse().expect("an ARN")).expect("a role");
    let trust = account.trust_of(&role).expect("it is read");
    assert_eq!(trust.expect("it has one").text(), Some(TRUST));
}

#[test]
fn users_have_the_policies_of_their_groups() {
    let user = "arn:aws:iam::111122223333:user/people/ann";
    let group = "arn:aws:iam::111122223333:group/dev/readers";
    let list = json!([{"policyName": "g", "policyDocument": percent(IDENTITY)}]);
    let files = json!([
        item(
            "AWS::IAM::User",
            user,
            &json!({"arn": user, "userName": "ann", "groupList": ["readers", "others"], "userPolicyList": [],
            "attachedManagedPolicies": [], "permissionsBoundary": {"permissionsBoundaryArn": POLICY}}),
            &json!({})
        ),
        item(
            "AWS::IAM::Group",
            group,
            &json!({"arn": group, "groupName": "readers", "groupPolicyList": list, "attachedManagedPolicies": []}),
            &json!({})
        ),
        policy(IDENTITY),
    ]);
    let mut account = Account::default();
    account
        .add(&Source::new("file", files.to_string()))
        .expect("it is read");
    let arn = account.arn_of("user/ann").expect("it is there");
    let caller = Caller::parse(&arn).expect("a user");
    let found = account
        .of_caller(&caller)
        .expect("it is read")
        .expect("it is known");
    assert_eq!(
        addresses(&found.identity),
        [
            "[1].configuration.groupPolicyList[0]",
            "[0].configuration.groupList"
        ]
    );
    assert_eq!(found.dangling.len(), 1, "{:?}", found.dangling);
    let boundary = found.boundary.expect("it has one");
    assert_eq!(boundary.address, "[2].configuration.policyVersionList[1]");
    assert_eq!(boundary.kind, Some(PolicyKind::Boundary));
}

/// Changes that are only thought of are named alike.
#[test]
fn what_is_attached_may_be_detached() {
    let file = json!({"configurationItems": [role(&[POLICY], IDENTITY), policy(IDENTITY)]});
    let mut account = Account::default();
    account
        .add(&Source::new("file", file.to_string()))
        .expect("it is read");
    let caller = Caller::parse(ROLE).expect("a role");
    for (policy, left) in [
        (
            "own",
            "configurationItems[1].configuration.policyVersionList[1]",
        ),
        (
            POLICY,
            "configurationItems[0].configuration.rolePolicyList[0]",
        ),
        (
            "configurationItems[0].configuration.rolePolicyList[0]",
            "configurationItems[1].configuration.policyVersionList[1]",
        ),
    ] {
        let edit = Edit::Detach(format!("role/ci={policy}"));
        let edited = account.edited(&[edit], &Documents::default());
        let edited = edited.expect("it is attached");
        let found = edited.of_caller(&caller).expect("it is read");
        let found = found.expect("it is known");
        assert_eq!(addresses(&found.identity), [left], "{policy}");
        assert_eq!(edited.touched().expect("it is read").len(), 1);
    }
}

/// A bucket is that of its objects; that it has no policy is known where its text is null, and of nothing else.
#[test]
fn resources_have_their_policies() {
    for items in [items(), in_strings(&items())] {
        let mut account = Account::default();
        let file = json!({"configurationItems": items}).to_string();
        account.add(&Source::new("file", file)).expect("it is read");
        for (arn, policies) in [
            ("arn:aws:s3:::reports", Some(1)),
            ("arn:aws:s3:::reports/2026/a.csv", Some(1)),
            ("arn:aws:s3:::logs/a", Some(0)),
            ("arn:aws:sqs:eu-west-1:111122223333:q", Some(1)),
            ("arn:aws:kms:eu-west-1:111122223333:key/k", Some(1)),
        ] {
            let found = account.of_resource(&arn.parse().expect("an ARN"));
            let found = found.expect("it is read").expect("it is there");
            let count = found.policies.map(|policies| policies.len());
            assert_eq!(count, policies, "{arn}");
            assert_eq!(found.account, "111122223333".parse().ok());
        }
        let endpoint = "arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1";
        let found = account.of_resource(&endpoint.parse().expect("an ARN"));
        let found = found.expect("it is read").expect("it is there");
        assert!(found.policies.is_none(), "its policy is not about itself");
        for arn in [
            "arn:aws:s3:::report",
            ROLE,
            "arn:aws:sqs:eu-west-1:111122223333:other",
        ] {
            let found = account.of_resource(&arn.parse().expect("an ARN"));
            assert!(found.expect("it is read").is_none(), "{arn}");
        }
    }
}

/// A history has a resource at several times, the newest first or last.
#[test]
fn the_latest_item_counts() {
    let later = IDENTITY.replace("203.0.113", "192.0.2");
    let mut new = role(&[], &later);
    let mut gone = new.clone();
    gone["configurationItemStatus"] = json!("ResourceDeleted");
    let old = role(&[], IDENTITY);
    // RFC 3339 of a later offset, and seconds as an older CLI prints them.
    for time in [
        json!("2026-01-31T10:30:00.000+00:00"),
        json!(1_769_855_400.25),
    ] {
        new["configurationItemCaptureTime"] = time;
        for order in [[&old, &new], [&new, &old]] {
            let file = json!({"configurationItems": order});
            let found = collected(&[file])
                .expect("it is read")
                .expect("it is known");
            assert_eq!(found.identity[0].text(), Some(later.as_str()));
        }
    }
    gone["configurationItemCaptureTime"] = json!("2026-02-01T10:00:00.000Z");
    let error = collected(&[json!({"configurationItems": [old, gone]})]).expect_err("it is gone");
    assert_eq!(
        error.message(),
        "no role is called `ci` in `0`; there are 0"
    );
    // At the same time it cannot be both.
    let (one, other) = (role(&[], IDENTITY), role(&[], &later));
    let error = collected(&[json!([one]), json!([other])]).expect_err("two roles");
    assert_eq!(
        error.message(),
        format!("`{ROLE}` stands in `0` too, and says something else there")
    );
}

/// A resource of which a later item has no policy, or which was deleted, does not have the one that it had before.
#[test]
fn a_policy_of_an_older_item_is_gone() {
    let arn = "arn:aws:sqs:eu-west-1:111122223333:q";
    let of_type = "AWS::SQS::Queue";
    let old = item(of_type, arn, &json!({"Policy": RESOURCE}), &json!({}));
    let mut without = item(of_type, arn, &json!({"QueueArn": arn}), &json!({}));
    without["configurationItemCaptureTime"] = json!("2026-02-01T10:00:00.000Z");
    let mut deleted = item(of_type, arn, &json!(null), &json!({}));
    deleted["configurationItemCaptureTime"] = json!("2026-02-01T10:00:00.000Z");
    deleted["configurationItemStatus"] = json!("ResourceDeleted");
    let mut before = without.clone();
    before["configurationItemCaptureTime"] = json!("2026-01-01T10:00:00.000Z");
    let mut rule = without.clone();
    rule["resourceType"] = json!("AWS::Config::ResourceCompliance");
    let same = item(of_type, arn, &json!({"QueueArn": arn}), &json!({}));
    for (other, has_policy) in [
        (&without, false),
        (&deleted, false),
        (&before, true),
        (&rule, true),
        (&same, true),
    ] {
        for order in [[&old, other], [other, &old]] {
            let mut account = Account::default();
            let file = json!({"configurationItems": order}).to_string();
            account.add(&Source::new("file", file)).expect("it is read");
            let found = account.of_resource(&arn.parse().expect("an ARN"));
            let policies = found.expect("it is read").and_then(|found| found.policies);
            assert_eq!(policies.is_some(), has_policy, "{order:?}");
            // Whose resources are described, of its principals not all need be.
            let user = Caller::parse("arn:aws:iam::111122223333:user/ann").expect("a user");
            assert!(account.of_caller(&user).expect("it is read").is_none());
        }
    }
}

/// A query gives what was asked for. A list that it leaves out is not an empty one, nor a boundary none.
#[test]
fn what_an_item_leaves_out_is_not_known() {
    let whole = role(&[], IDENTITY);
    for (left_out, in_boundary) in [
        ("rolePolicyList", false),
        ("attachedManagedPolicies", false),
        ("permissionsBoundary", true),
    ] {
        let mut part = whole.clone();
        let configuration = part["configuration"].as_object_mut().expect("an object");
        configuration.remove(left_out);
        let file = json!({"Results": [part.to_string()], "QueryInfo": {"SelectFields": []}});
        let found = collected(&[file])
            .expect("it is read")
            .expect("it is known");
        let unknown = |held: &&Held| held.text().is_none();
        let boundary = found.boundary.iter().filter(unknown).count();
        assert_eq!(boundary, usize::from(in_boundary), "{left_out}");
        let identity = found.identity.iter().filter(unknown).count();
        assert_eq!(identity, usize::from(!in_boundary), "{left_out}");
        assert_eq!(
            found.dangling,
            [format!(
                "the files do not say the `{left_out}` of {ROLE}; what it would say is unknown"
            )]
        );
    }
    let user = "arn:aws:iam::111122223333:user/people/ann";
    let group = "arn:aws:iam::111122223333:group/readers";
    let none = json!([]);
    for (groups, of_group, count) in [
        (None, Some("groupPolicyList"), 1),
        (Some(json!(["readers"])), None, 1),
        (Some(json!(["readers"])), Some("groupPolicyList"), 0),
    ] {
        let mut configuration = json!({"arn": user, "userPolicyList": none, "attachedManagedPolicies": none, "permissionsBoundary": null});
        if let Some(groups) = groups {
            configuration["groupList"] = groups;
        }
        let mut all = json!({"arn": group, "attachedManagedPolicies": none});
        if let Some(name) = of_group {
            all[name] = none.clone();
        }
        let items = json!([
            item("AWS::IAM::User", user, &configuration, &json!({})),
            item("AWS::IAM::Group", group, &all, &json!({})),
        ]);
        let mut account = Account::default();
        account
            .add(&Source::new("file", items.to_string()))
            .expect("it is read");
        let caller = Caller::parse(user).expect("a user");
        let found = account.of_caller(&caller).expect("it is read");
        let found = found.expect("it is known");
        assert_eq!(found.identity.len(), count, "{:?}", found.dangling);
    }
}

/// An old policy that is gone is not what is attached.
#[test]
fn a_policy_that_is_gone_is_not_known() {
    let mut gone = policy(IDENTITY);
    gone["configuration"] = json!("");
    let file = json!({"configurationItems": [role(&[POLICY], IDENTITY), gone]});
    let found = collected(&[file])
        .expect("it is read")
        .expect("it is known");
    assert_eq!(found.identity[1].text(), None);
    assert_eq!(found.dangling.len(), 1);
}

#[test]
fn what_is_wrong_has_a_place() {
    let no_arn = json!([{"resourceType": "AWS::IAM::Role", "configuration": {"roleName": "x"}}]);
    let no_text = json!({"configurationItems": [item("AWS::S3::Bucket", "arn:aws:s3:::b", &json!({}), &json!({"BucketPolicy": "{\"policyText\": \"{\\\"Statement\\\":[\"}"}))]});
    let broken = format!("{}\n{{\"resourceType\":", items()[2]);
    for (text, message) in [
        (
            r#"{"configurationItems":{}}"#.to_owned(),
            "`configurationItems` must be a list",
        ),
        (
            r#"{"configurationItems":[7]}"#.to_owned(),
            "`configurationItems[0]` must be an item of AWS Config, found a number",
        ),
        (
            no_arn.to_string(),
            "an item of type `AWS::IAM::Role` without `arn`",
        ),
        (
            no_text.to_string(),
            "not JSON: the text ends too early (EOF while parsing a list)",
        ),
        (
            broken,
            "not JSON: the text ends too early (EOF while parsing a value)",
        ),
        (
            r#"[{"resourceType":7,"configuration":{}}]"#.to_owned(),
            "`resourceType` must be a string",
        ),
        (
            r#"[{"resourceType":"x","resourceType":"y","configuration":{}}]"#.to_owned(),
            "duplicate key `resourceType`",
        ),
    ] {
        let error = documents(&text).map(|_| ()).expect_err(&text);
        assert!(error.message().starts_with(message), "{text}: {error}");
        let place = error.place().expect("a place");
        assert!(place.span.end() <= place.source.text().len(), "{text}");
    }
}

/// A bucket alone is a document, not an account.
#[test]
fn a_file_without_principals_is_no_account() {
    for (items, is_account) in [(json!([items()[2]]), false), (json!(items()), true)] {
        let holder = Holder::new(&Source::new("file", items.to_string())).expect("it is read");
        assert_eq!(holder.is_account().expect("it is read"), is_account);
    }
}
