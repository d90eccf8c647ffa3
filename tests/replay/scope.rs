//! Which calls the policies at hand are about.

use super::*;

#[test]
fn the_policy_of_a_resource_binds_calls_on_it() {
    let directory = directory("scope");
    let event = |name: &str, source: &str, parameters: Value| {
        json!({"eventID": name, "eventTime": "2026-01-31T10:00:00Z", "eventSource": source, "eventName": name,
            "sourceIPAddress": "203.0.113.9", "requestParameters": parameters,
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}})
    };
    let role = |name: &str| json!({"roleArn": format!("arn:aws:iam::111122223333:role/{name}")});
    let all = [
        event(
            "GetObject",
            "s3.amazonaws.com",
            json!({"bucketName": "reports", "key": "a"}),
        ),
        event(
            "GetObject",
            "s3.amazonaws.com",
            json!({"bucketName": "reports-2", "key": "a"}),
        ),
        event(
            "DeleteObjects",
            "s3.amazonaws.com",
            json!({"bucketName": "reports"}),
        ),
        event("ListUsers", "iam.amazonaws.com", Value::Null),
        event("AssumeRole", "sts.amazonaws.com", role("ci")),
        event("AssumeRole", "sts.amazonaws.com", role("other")),
        event("AssumeRole", "sts.amazonaws.com", role("ci/other")),
        event("AssumeRole", "sts.amazonaws.com", Value::Null),
    ];
    put(&directory, "t.json", json!({"Records": all}).to_string());
    let statement = |action: &str, resource: &str| {
        format!(
            r#"{{"Statement":[{{"Sid":"Net","Effect":"Deny","Principal":"*","Action":"{action}"{resource},"Condition":{{"NotIpAddress":{{"aws:SourceIp":"198.51.100.0/24"}}}}}}]}}"#
        )
    };
    let bucket = r#","Resource":["arn:aws:s3:::reports","arn:aws:s3:::reports/*"]"#;
    put(&directory, "p.json", statement("s3:*", bucket));
    let whole = counts(&directory, &["t.json"]);
    assert_eq!(whole["decisions"]["happened"]["explicitDeny"], 1);
    assert_eq!(
        whole["not_decided"]["reasons"],
        json!({"whose resource is not in the event": 1})
    );
    assert_eq!(
        whole["not_asked"]["reasons"],
        json!({"calls on other resources": 6})
    );
    put(&directory, "p.json", statement("sts:AssumeRole", ""));
    let refused = replay(&directory, &["t.json"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("does not say which role it belongs to"),
        "{said}"
    );
    let args = ["t.json", "--resource", "arn:aws:iam::111122223333:role/ci"];
    let whole = counts(&directory, &args);
    assert_eq!(whole["decisions"]["happened"]["explicitDeny"], 1);
    assert_eq!(whole["not_decided"]["events"], 1);
    assert_eq!(
        whole["not_asked"]["reasons"],
        json!({"calls on other resources": 6})
    );
}

/// CT-3, EVAL-11: what an event does not say of a caller's other policies is neither an Allow nor a Deny.
#[test]
fn callers_whose_policies_are_not_these() {
    let directory = directory("foreign");
    let event = |identity: Value| {
        json!({"eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
            "sourceIPAddress": "203.0.113.9", "recipientAccountId": "111122223333",
            "requestParameters": {"bucketName": "reports", "key": "a"}, "userIdentity": identity})
    };
    let all = [
        event(
            json!({"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDAEXAMPLE"}),
        ),
        event(json!({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": ""})),
        event(
            json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/ann",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:user/bob"}}}),
        ),
    ];
    put(&directory, "t.json", json!({"Records": all}).to_string());
    let policy = |rest: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::reports/*"{rest}}}]}}"#
        )
    };
    put(&directory, "p.json", policy(""));
    let whole = counts(&directory, &["t.json"]);
    assert_eq!(
        whole["not_asked"]["reasons"],
        json!({"calls from outside the account": 2})
    );
    assert_eq!(
        whole["not_decided"]["reasons"],
        json!({"depends on the session policies": 1})
    );
    // With the policy of the bucket there is something to ask, and the identity policies are not those of strangers.
    put(&directory, "b.json", policy(r#","Principal":"*""#));
    put(
        &directory,
        "p.json",
        policy("").replace("s3:Get*", "s3:Put*"),
    );
    let whole = counts(&directory, &["t.json", "--policy", "b.json"]);
    assert_eq!(whole["not_asked"]["events"], 0);
    assert_eq!(whole["decisions"]["happened"]["allowed"], 3);
}

#[test]
fn the_policy_of_an_endpoint_binds_calls_through_it() {
    let directory = directory("endpoint");
    let event = |ip: &str, endpoint: Option<&str>| {
        let mut event = json!({"eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
            "sourceIPAddress": ip, "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}});
        if let Some(id) = endpoint {
            event["vpcEndpointId"] = id.into();
        }
        event
    };
    let all = [
        event("10.0.0.1", Some("vpce-1")),
        event("198.51.100.1", Some("vpce-1")),
        event("10.0.0.1", Some("vpce-2")),
        event("10.0.0.1", None),
        event("198.51.100.1", None),
    ];
    put(&directory, "t.jsonl", lines_of(&all));
    put(
        &directory,
        "vpce.json",
        r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#,
    );
    let run = |args: &[&str]| {
        let mut all = vec!["replay", "t.jsonl", "--vpce", "vpce.json", "-f", "json"];
        all.extend(args);
        ipcond(&directory, &all).output().expect("ipcond starts")
    };
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("does not say which VPC endpoint it belongs to"),
        "{said}"
    );
    let output = run(&["--vpce-id", "vpce-1"]);
    let whole: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(whole["decisions"]["happened"]["explicitDeny"], 2);
    assert_eq!(
        whole["not_decided"]["reasons"],
        json!({"depends on which VPC endpoint it came through": 1})
    );
    assert_eq!(
        whole["not_asked"]["reasons"],
        json!({"calls through no VPC endpoint of the account": 2})
    );
}
