//! Journeys: what a session carries on, and what it leaves behind.

use serde_json::{Value, json};

use super::{BOB, OBJECT, ROLE, allow_all, answer, policy, rules};

#[test]
fn a_session_carries_no_mfa_and_keeps_its_tags() {
    let bob = policy(
        &json!([{"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]),
    );
    let own = policy(
        &json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/${aws:PrincipalTag/team}/*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]),
    );
    let journey = json!({"principal": BOB, "context": {"aws:SourceIp": "203.0.113.9"}, "policies": {"identity": []}, "steps": [
        {"assume_role": {"role": ROLE, "trust": bob, "identity": own, "mfa": true, "tags": {"team": "red"}, "session_name": "s"}},
        {"action": "s3:GetObject", "resource": "arn:aws:s3:::reports/red/a", "resource_account": "111122223333"}]});
    let answer = answer(&journey);
    assert_eq!(answer["ipcond"], "assume/1");
    assert_eq!(answer["decision"], "allowed", "{answer:#}");
    assert_eq!(
        answer["steps"][1]["principal"],
        "arn:aws:sts::111122223333:assumed-role/R/s"
    );
    assert!(
        rules(&answer["steps"][1]).contains(&"ROLE-15"),
        "{answer:#}"
    );
}

#[test]
fn the_note_says_that_a_roles_own_deny_has_no_say() {
    let trust = policy(
        &json!([{"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": "sts:AssumeRole"}]),
    );
    let deny = policy(
        &json!([{"Sid": "Others", "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]),
    );
    let journey = |trust: &Value| {
        json!({"principal": BOB, "context": {"aws:SourceIp": "198.51.100.9"}, "policies": {"identity": []},
        "steps": [{"assume_role": {"role": ROLE, "trust": trust, "identity": deny}}]})
    };
    let told = answer(&journey(&trust));
    assert_eq!(told["decision"], "allowed");
    assert_eq!(told["notes"][0]["rule"], "ROLE-2");
    assert!(
        told["notes"][0]["help"]
            .to_string()
            .contains("203.0.113.0/24"),
        "{told:#}"
    );
    let mut checked = trust;
    checked["Statement"][0]["Condition"] = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});
    let told = answer(&journey(&checked));
    assert_eq!(told["decision"], "implicitDeny");
    assert_eq!(told["notes"], json!([]));
}

#[test]
fn a_new_session_keeps_the_network_and_not_the_credentials() {
    let trust = policy(&json!([{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]));
    let own = policy(
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
        "Null": {"ec2:SourceInstanceArn": "false"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]),
    );
    let full = allow_all();
    let no_s3 = policy(&json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]));
    let journey = |identity: &Value, scp: &Value| {
        json!({"principal": "arn:aws:sts::111122223333:assumed-role/ec2/i-1", "policies": {"identity": allow_all(), "scp": scp},
            "context": {"aws:SourceIp": "203.0.113.9", "ec2:SourceInstanceArn": "arn:aws:ec2:us-east-1:111122223333:instance/i-1"},
            "steps": [{"assume_role": {"role": ROLE, "trust": trust, "identity": identity}},
                {"action": "s3:GetObject", "resource": OBJECT, "resource_account": "111122223333"}]})
    };
    let answered = answer(&journey(&own, &json!([])));
    assert_eq!(answered["decision"], "depends", "{answered:#}");
    assert_eq!(
        answered["steps"][1]["depends_on"],
        json!(["ec2:SourceInstanceArn"])
    );
    // The SCPs of the account bind the session of a role in it (EVAL-7).
    let answered = answer(&journey(&full, &json!([[full, no_s3]])));
    assert_eq!(answered["decision"], "explicitDeny", "{answered:#}");
}
