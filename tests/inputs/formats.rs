//! Each shape that a document comes in is found, at the address that a person would type, as the kind that it is.

use ipcond::input::Format;
use ipcond::policy::PolicyKind::{self, Boundary, Identity, Rcp, Resource, Scp, Trust, Vpce};

use crate::{IDENTITY, RESOURCE, TRUST, documents, percent, quoted};

/// A shape with `@` where the document stands as an object, `$` as a string, `%` as a percent-encoded string; the address;
/// and the kind. The shapes are those of the service models in botocore.
const SHAPES: [(&str, &str, PolicyKind); 41] = [
    (
        r#"{"Role":{"RoleName":"ci","Arn":"arn:aws:iam::111122223333:role/ci","AssumeRolePolicyDocument":@}}"#,
        "Role.AssumeRolePolicyDocument",
        Trust,
    ),
    (
        r#"{"Role":{"AssumeRolePolicyDocument":%}}"#,
        "Role.AssumeRolePolicyDocument",
        Trust,
    ),
    (
        r#"{"Roles":[{"RoleName":"ci","AssumeRolePolicyDocument":@}],"IsTruncated":false}"#,
        "Roles[0].AssumeRolePolicyDocument",
        Trust,
    ),
    (
        r#"{"InstanceProfile":{"Roles":[{"AssumeRolePolicyDocument":@}]}}"#,
        "InstanceProfile.Roles[0].AssumeRolePolicyDocument",
        Trust,
    ),
    (
        r#"{"RoleName":"ci","PolicyName":"p","PolicyDocument":@}"#,
        "PolicyDocument",
        Identity,
    ),
    (
        r#"{"UserName":"bob","PolicyName":"p","PolicyDocument":%}"#,
        "PolicyDocument",
        Identity,
    ),
    (
        r#"{"GroupName":"g","PolicyName":"p","PolicyDocument":@}"#,
        "PolicyDocument",
        Identity,
    ),
    (
        r#"{"PolicyVersion":{"Document":@,"VersionId":"v3","IsDefaultVersion":true}}"#,
        "PolicyVersion.Document",
        Identity,
    ),
    (r#"{"Policy":$}"#, "Policy", Resource), // s3, kms, lambda, efs, backup, dynamodb, kinesis
    (r#"{"Policy":$,"RevisionId":"x"}"#, "Policy", Resource),
    (
        r#"{"Attributes":{"QueueArn":"arn:aws:sqs:eu-west-1:111122223333:q","Policy":$}}"#,
        "Attributes.Policy",
        Resource,
    ),
    (
        r#"{"Attributes":{"TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Policy":$,"EffectiveDeliveryPolicy":"{\"http\":{}}"}}"#,
        "Attributes.Policy",
        Resource,
    ),
    (
        r#"{"ARN":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:s","Name":"s","ResourcePolicy":$}"#,
        "ResourcePolicy",
        Resource,
    ),
    (
        r#"{"registryId":"111122223333","repositoryName":"r","policyText":$}"#,
        "policyText",
        Resource,
    ),
    (
        r#"{"VpcEndpoints":[{"VpcEndpointId":"vpce-1","PolicyDocument":$}]}"#,
        "VpcEndpoints[0].PolicyDocument",
        Vpce,
    ),
    (
        r#"{"Policy":{"PolicySummary":{"Arn":"arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1","Type":"SERVICE_CONTROL_POLICY"},"Content":$}}"#,
        "Policy.Content",
        Scp,
    ),
    (
        r#"{"Policy":{"PolicySummary":{"Type":"RESOURCE_CONTROL_POLICY"},"Content":$}}"#,
        "Policy.Content",
        Rcp,
    ),
    (r#"{"id":"a1","name":"api","policy":^}"#, "policy", Resource), // API Gateway, escaped once more
    (
        r#"{"DomainStatus":{"ARN":"arn:aws:es:eu-west-1:111122223333:domain/d","AccessPolicies":$}}"#,
        "DomainStatus.AccessPolicies",
        Resource,
    ),
    (r#"{"FileSystemId":"fs-1","Policy":$}"#, "Policy", Resource),
    (
        r#"{"EventBuses":[{"Name":"default","Arn":"arn:aws:events:eu-west-1:111122223333:event-bus/default","Policy":$}]}"#,
        "EventBuses[0].Policy",
        Resource,
    ),
    (
        r#"{"resourcePolicies":[{"policyName":"p","policyDocument":$,"lastUpdatedTime":1}]}"#,
        "resourcePolicies[0].policyDocument",
        Resource,
    ),
    (
        r#"{"BackupVaultName":"v","BackupVaultArn":"arn:aws:backup:eu-west-1:111122223333:backup-vault:v","Policy":$}"#,
        "Policy",
        Resource,
    ),
    (
        r#"{"policyName":"p","policyArn":"arn:aws:iot:eu-west-1:111122223333:policy/p","policyDocument":$,"defaultVersionId":"1"}"#,
        "policyDocument",
        Resource,
    ),
    (r#"{"InlinePolicy":$}"#, "InlinePolicy", Identity),
    (r#"{"PolicyInEffect":$}"#, "PolicyInEffect", Resource),
    (
        r#"{"accessPolicyDetail":{"name":"p","policy":@}}"#,
        "accessPolicyDetail.policy",
        Resource,
    ),
    (r#"[{"PolicyDocument":@}]"#, "[0].PolicyDocument", Resource),
    ("[@]", "[0]", Resource),
    (r#"{"policies":[$]}"#, "policies[0]", Resource), // ram get-resource-policies
    (
        r#"{"PolicyInputList":[$],"ActionNames":["s3:GetObject"]}"#,
        "PolicyInputList[0]",
        Identity,
    ),
    (
        r#"{"PolicyInputList":[@],"ActionNames":[]}"#,
        "PolicyInputList[0]",
        Identity,
    ),
    (
        r#"{"PolicyInputList":[""],"ActionNames":[""],"PermissionsBoundaryPolicyInputList":[$],"MaxItems":0,"Marker":""}"#,
        "PermissionsBoundaryPolicyInputList[0]",
        Boundary,
    ),
    (
        r#"{"PolicyInputList":[],"ActionNames":[],"OrderedOrganizationPolicyInputList":[{"ServiceControlPolicyInputList":[""]},{"ServiceControlPolicyInputList":[$]}]}"#,
        "OrderedOrganizationPolicyInputList[1].ServiceControlPolicyInputList[0]",
        Scp,
    ),
    (
        r#"{"PolicyInputList":[],"ActionNames":[],"ResourcePolicy":$}"#,
        "ResourcePolicy",
        Resource,
    ),
    (r#"{"ipcond":"guard/1","trust":@}"#, "trust", Trust),
    (r#"{"ipcond":"guard/1","identity":@}"#, "identity", Identity),
    ("@", "", Resource),
    ("$", "", Resource),
    ("~", "", Resource), // percent-encoded, as a whole file
    ("\u{feff}\r\n @\r\n", "", Resource),
];

#[test]
fn each_shape_is_found() {
    for (shape, address, kind) in SHAPES {
        let policy = match kind {
            Trust => TRUST,
            Identity | Boundary | Scp => IDENTITY,
            Rcp => &RESOURCE.replace("Allow", "Deny"),
            _ => RESOURCE,
        };
        let escaped = quoted(policy);
        let text = shape
            .replace('%', &quoted(&percent(policy)))
            .replace('~', &percent(policy))
            .replace('$', &escaped)
            .replace('^', &quoted(escaped.trim_matches('"')))
            .replace('@', policy);
        let (_, held) = documents(&text).unwrap_or_else(|error| panic!("{shape}: {error}"));
        let [held] = held.as_slice() else {
            panic!("{shape}: {} documents", held.len());
        };
        assert_eq!(held.address, address, "{shape}");
        let read = held.policy(None, false);
        let read = read.unwrap_or_else(|error| panic!("{shape}: {error}"));
        assert_eq!(read.kind, kind, "{shape}");
        assert_eq!(
            held.text()
                .expect("it is there")
                .trim()
                .trim_start_matches('\u{feff}')
                .trim(),
            policy,
            "{shape}"
        );
    }
}

#[test]
fn owners_are_named() {
    let text = format!(
        r#"{{"Roles":[{{"Arn":"arn:aws:iam::111122223333:role/ci","AssumeRolePolicyDocument":{TRUST}}}]}}"#
    );
    let (format, held) = documents(&text).expect("it is read");
    assert_eq!(format, Format::Output);
    assert_eq!(
        held[0].owner.as_deref(),
        Some("arn:aws:iam::111122223333:role/ci")
    );
}

#[test]
fn what_a_live_account_has_is_read_leniently() {
    // A `Sid` with a blank in it is refused by IAM today (GRAM-10), and older roles have such.
    let old = TRUST.replace(r#"{"Effect""#, r#"{"Sid":"two words","Effect""#);
    let (_, alone) = documents(&old).expect("it is read");
    assert!(alone[0].policy(None, false).is_err());
    let (_, held) = documents(&format!(
        r#"{{"Role":{{"AssumeRolePolicyDocument":{old}}}}}"#
    ))
    .expect("it is read");
    assert_eq!(
        held[0]
            .policy(None, false)
            .expect("AWS has it")
            .warnings
            .len(),
        1
    );
}

#[test]
fn only_what_has_statements_is_a_policy() {
    // Strings that a name speaks of as a policy, and that are none: a lifecycle policy, a delivery policy, a name.
    let text = format!(
        r#"{{"lifecyclePolicyText":"{{\"rules\":[]}}","PolicyName":"{{broken","documentVersion":"%7B%2","Policy":{}}}"#,
        quoted(RESOURCE)
    );
    let (_, held) = documents(&text).expect("it is read");
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].address, "Policy");
    // What is meant to be one and cannot be read is an error, not "no policy".
    let cut = text.replace("%7B%2", "%7B%22Statement%22%3A%2");
    assert!(documents(&cut).is_err());
}

#[test]
fn places_are_inner_and_outer() {
    let broken = RESOURCE.replace("Allow", "allow");
    let text = format!("{{\n  \"Policy\": {}\n}}", quoted(&broken));
    let (_, held) = documents(&text).expect("it is read");
    let error = held[0]
        .policy(None, false)
        .expect_err("`allow` is no effect");
    assert_eq!(
        error.to_string(),
        "file#Policy:1:48: (in the string at file:2:13) `Effect` must be `Allow` or `Deny`, found `allow`"
    );
}
