//! The shape of `aws iam simulate-custom-policy`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use ipcond::input::{Documents, read_scenario};
use ipcond::report::aws::Simulation;
use ipcond::source::Source;
use jiff::Timestamp;

use super::*;

/// The one result for a scenario.
fn result(scenario: &Value) -> Value {
    let source = Source::new("scenario", scenario.to_string());
    let node = ipcond::json::parse(&source).expect("it is JSON");
    let scenario = read_scenario(&source, &node, Path::new(""), &mut Documents::default());
    let scenario = scenario.expect("it is a scenario");
    let answer = scenario
        .decide(Timestamp::UNIX_EPOCH)
        .expect("it can be decided");
    let answers = [(answer, &scenario.policies)];
    let whole = serde_json::to_value(Simulation::new(&answers)).expect("it can be written");
    let [result] = whole["EvaluationResults"]
        .as_array()
        .expect("a list")
        .as_slice()
    else {
        panic!("one result: {whole:#}")
    };
    result.clone()
}

/// The places of the statements that decide, as `line:column`, where the document is a text of its own.
fn places(document: &str) -> Vec<String> {
    let policies = json!({"identity": {"name": "p", "document": document}});
    let result = result(&request(&json!({"policies": policies})));
    let text = |place: &Value| format!("{}:{}", place["Line"], place["Column"]);
    let matched = result["MatchedStatements"]
        .as_array()
        .expect("a list")
        .iter();
    matched
        .map(|one| {
            format!(
                "{}-{}",
                text(&one["StartPosition"]),
                text(&one["EndPosition"])
            )
        })
        .collect()
}

/// Recorded responses and the example of the AWS CLI, as SIMAPI-32 has them.
#[test]
fn positions_are_those_of_aws() {
    let compact =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    assert_eq!(places(compact), ["1:38-1:84"]);
    let spaced = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    assert_eq!(places(spaced), ["1:41-1:92"]);
    let object =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    assert_eq!(places(object), [format!("1:38-1:{}", object.len())]);
    let lines = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}\n";
    assert_eq!(places(lines), ["3:17-8:6"]);
    // A later statement starts where the one before ends, at the comma.
    let two = r#"{"Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    assert_eq!(places(two), ["1:65-1:115"]);
}

#[test]
fn policies_are_called_by_their_place_in_the_input() {
    let deny = policy(&json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]));
    let scenario = request(
        &json!({"policies": {"identity": [allow_all(), deny], "resource": bucket(&json!("*"))}}),
    );
    let denied = result(&scenario);
    assert_eq!(denied["EvalDecision"], "explicitDeny");
    // Only what denies is listed (SIMAPI-24).
    let matched = &denied["MatchedStatements"];
    assert_eq!(matched.as_array().map(Vec::len), Some(1));
    assert_eq!(matched[0]["SourcePolicyId"], "PolicyInputList.2");
    assert_eq!(matched[0]["SourcePolicyType"], "IAM Policy");
    let allowed = result(&request(
        &json!({"policies": {"identity": [], "resource": bucket(&json!({"AWS": BOB}))}}),
    ));
    assert_eq!(allowed["EvalDecision"], "allowed");
    assert_eq!(
        allowed["MatchedStatements"][0]["SourcePolicyId"],
        "ResourcePolicy"
    );
    assert_eq!(
        allowed["MatchedStatements"][0]["SourcePolicyType"],
        "Resource Policy"
    );
}

/// SIMAPI-24: an organization's policies decide, and are not shown, nor are the keys that only they name.
#[test]
fn policies_of_the_organization_stay_unseen() {
    let scp = policy(&json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Null": {"aws:PrincipalOrgID": "true"}}}]));
    let scenario =
        json!({"missing": "absent", "policies": {"identity": [allow_all()], "scp": [[scp]]}});
    let denied = result(&request(&scenario));
    assert_eq!(denied["EvalDecision"], "explicitDeny");
    assert_eq!(denied["MatchedStatements"], json!([]));
    assert_eq!(denied["MissingContextValues"], json!([]));
    assert_eq!(
        denied["OrganizationsDecisionDetail"],
        json!({"AllowedByOrganizations": false})
    );
    assert!(denied.get("EvalDecisionDetails").is_none(), "{denied:#}");
    let none = result(&request(&json!({"policies": {"identity": [allow_all()]}})));
    assert!(none.get("OrganizationsDecisionDetail").is_none());
}

/// SIMAPI-26: a boundary without an Allow is no explicit denial.
#[test]
fn a_boundary_says_whether_it_allows() {
    let boundary = policy(&json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]));
    for (boundary, allows, decision) in [
        (boundary, false, "implicitDeny"),
        (allow_all(), true, "allowed"),
    ] {
        let result = result(&request(
            &json!({"policies": {"identity": [allow_all()], "boundary": boundary}}),
        ));
        assert_eq!(result["EvalDecision"], decision);
        let detail = json!({"AllowedByPermissionsBoundary": allows});
        assert_eq!(result["PermissionsBoundaryDecisionDetail"], detail);
    }
}

/// SIMAPI-25: both sides of a cross-account request; an empty map in one account, nothing for `*`.
#[test]
fn details_are_for_cross_account_requests() {
    let policies =
        json!({"identity": [allow_all()], "resource": bucket(&json!({"AWS": "111122223333"}))});
    let details = |changes: &Value| {
        result(&request(changes))
            .get("EvalDecisionDetails")
            .cloned()
    };
    let cross = json!({"resource_account": "444455556666", "policies": policies});
    let both = json!({"IAM Policy": "allowed", "Resource Policy": "allowed"});
    assert_eq!(details(&cross), Some(both));
    assert_eq!(details(&json!({"policies": policies})), Some(json!({})));
    let all = json!({"action": "s3:ListAllMyBuckets", "resource": "*", "policies": {"identity": [allow_all()]}});
    assert_eq!(details(&all), None);
}

fn run(name: &str, args: &[&str]) -> (Option<i32>, Value, String) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("aws-{name}"));
    fs::create_dir_all(&directory).expect("it can be made");
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NotIpAddress": {"aws:SourceIp": "198.51.100.0/25"}});
    let text = allow_if(&mfa).to_string();
    fs::write(directory.join("p.json"), text).expect("it can be written");
    let output = Command::new(env!("CARGO_BIN_EXE_ipcond"))
        .args([
            "eval",
            "p.json",
            "--no-config",
            "-f",
            "aws",
            "--principal",
            BOB,
        ])
        .args(args)
        .current_dir(&directory)
        .stdin(Stdio::null())
        .output()
        .expect("ipcond starts");
    let value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (
        output.status.code(),
        value,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// SIMAPI-30: what is not given counts as absent, and is named; the exit code still says that it depends.
#[test]
fn the_command_takes_missing_keys_for_absent() {
    let ask = [
        "--action",
        "s3:GetObject",
        "--resource",
        OBJECT,
        "--action",
        "s3:PutObject",
        "--ip",
        "203.0.113.9",
    ];
    let (code, whole, _) = run("depends", &ask);
    assert_eq!(code, Some(3));
    let results = whole["EvaluationResults"].as_array().expect("a list");
    let names: Vec<_> = results
        .iter()
        .map(|result| &result["EvalActionName"])
        .collect();
    assert_eq!(names, ["s3:GetObject", "s3:PutObject"]);
    for result in results {
        assert_eq!(result["EvalDecision"], "implicitDeny");
        assert_eq!(result["EvalResourceName"], OBJECT);
        assert_eq!(
            result["MissingContextValues"],
            json!(["aws:MultiFactorAuthPresent"])
        );
    }
    let given = [&ask[..], &["--context", "aws:MultiFactorAuthPresent=true"]].concat();
    let (code, whole, _) = run("given", &given);
    assert_eq!(code, Some(0));
    assert_eq!(whole["EvaluationResults"][0]["EvalDecision"], "allowed");
}

/// There is no place in the shape for which addresses are meant.
#[test]
fn addresses_that_are_not_decided_alike_are_refused() {
    let ask = [
        "--action",
        "s3:GetObject",
        "--resource",
        OBJECT,
        "--context",
        "aws:MultiFactorAuthPresent=true",
        "--ip",
    ];
    let (code, whole, _) = run("alike", &[&ask[..], &["198.51.100.128/25"]].concat());
    assert_eq!(
        (code, whole["EvaluationResults"].as_array().map(Vec::len)),
        (Some(0), Some(1))
    );
    let (code, _, said) = run("apart", &[&ask[..], &["198.51.100.0/24"]].concat());
    assert_eq!(code, Some(2));
    assert!(said.contains("fall in 2 parts"), "{said}");
    let (code, _, said) = run(
        "ways",
        &[
            "--action",
            "s3:GetObject",
            "--resource",
            OBJECT,
            "--every-way",
        ],
    );
    assert_eq!(code, Some(2));
    assert!(said.contains("--every-way"), "{said}");
}
