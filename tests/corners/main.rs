//! Corners of the rules, each a small request with the answer that the rule gives.
//!
//! The vectors do not go there, and random scenarios only by luck. As with the vectors, the
//! library and the oracle both have to know the answer.

mod layers;
mod matching;
#[path = "../oracle/mod.rs"]
mod oracle;

use serde_json::{Value, json};

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const GUEST: &str = "arn:aws:sts::111122223333:federated-user/guest";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/k1";
const OBJECT: &str = "arn:aws:s3:::b/k";
const OPS: &str = "arn:aws:iam::111122223333:role/team/ops";
const OPS_SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ops/s";
const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:q1";
const ROLE: &str = "arn:aws:iam::111122223333:role/target";
const ROOT: &str = "arn:aws:iam::111122223333:root";

/// A request with nothing else to it. The bucket belongs to the callers' account.
fn request(principal: &Value, action: &str, resource: &str, policies: &Value) -> Value {
    let mut request = json!({
        "principal": principal,
        "action": action,
        "resource": resource,
        "context": {},
        "defaults": false,
        "missing": "absent",
        "policies": policies,
    });
    if resource.contains(":s3:") {
        request["resource_account"] = json!("111122223333");
    }
    request
}

/// A policy of one statement: an effect on everything, with these members besides.
fn policy(effect: &str, members: &Value) -> Value {
    let mut statement = json!({ "Effect": effect, "Action": "*", "Resource": "*" });
    for (name, value) in members.as_object().into_iter().flatten() {
        statement[name] = value.clone();
    }
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

fn allow() -> Value {
    policy("Allow", &json!({}))
}

fn deny() -> Value {
    policy("Deny", &json!({}))
}

#[track_caller]
fn assert_decision(scenario: &Value, expected: &str) {
    assert_eq!(
        oracle::decide(scenario).to_string(),
        expected,
        "the oracle, of {scenario:#}"
    );
    let answer = ipcond::answer_json(&scenario.to_string()).expect("the scenario is valid");
    let answer: Value = serde_json::from_str(&answer).expect("an answer is JSON");
    assert_eq!(answer["decision"], expected, "ipcond, of {scenario:#}");
}

/// An Allow that hangs on the condition, for a caller without anything else.
#[track_caller]
fn assert_holds(condition: &Value, context: &Value, holds: bool) {
    let identity = policy("Allow", &json!({ "Condition": condition }));
    let mut scenario = request(
        &json!(ALICE),
        "s3:GetObject",
        OBJECT,
        &json!({ "identity": identity }),
    );
    scenario["context"] = context.clone();
    assert_decision(&scenario, if holds { "allowed" } else { "implicitDeny" });
}
