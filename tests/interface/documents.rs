//! Documents: what is refused, what is read leniently, and what a document that is read means.

use serde_json::{Value, json};

use super::{
    BOB, OBJECT, ROLE, allow_all, allow_if, answer, bucket, expect, policy, request, rules,
};

#[test]
fn a_malformed_block_still_gets_an_answer() {
    let deny = policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["<your SaaS IP>"]}}}]));
    let answer = expect(
        &json!({"policies": {"identity": deny}}),
        "explicitDeny",
        &[],
    );
    assert!(rules(&answer).contains(&"IP-11"), "{answer:#}");
}

#[test]
fn what_aws_would_refuse_is_an_error_unless_lenient() {
    let statement = |extra: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
        for (key, value) in extra.as_object().expect("an object") {
            statement[key] = value.clone();
        }
        statement
    };
    let identity = |extra: Value| json!({"identity": policy(&json!([statement(extra)]))});
    let everyone = json!({"Principal": "*"});
    let cases = [
        (
            "GRAM-9",
            json!({"identity": {"Id": "x", "Statement": statement(json!({}))}}),
            "allowed",
        ),
        ("GRAM-10", identity(json!({"Sid": "has space"})), "allowed"),
        ("GRAM-11", identity(everyone.clone()), "allowed"),
        (
            "GRAM-11",
            json!({"resource": policy(&json!([statement(json!({}))])), "identity": []}),
            "implicitDeny",
        ),
        (
            "GRAM-23",
            json!({"resource": bucket(&json!({"AWS": "arn:aws:iam::111122223333:user/*"})), "identity": []}),
            "implicitDeny",
        ),
        (
            "GRAM-29",
            json!({"resource": bucket(&json!(BOB)), "identity": []}),
            "allowed",
        ),
        (
            "GRAM-41",
            json!({"rcp": policy(&json!([statement(json!({"Principal": "*", "Resource": OBJECT}))])), "identity": allow_all()}),
            "allowed",
        ),
    ];
    for (rule, policies, decision) in cases {
        let strict = request(&json!({"policies": policies}));
        assert_eq!(
            ipcond::answer_json(&strict.to_string()).unwrap_err().rule(),
            Some(rule),
            "{strict}"
        );
        expect(
            &json!({"policies": policies, "lenient": true}),
            decision,
            &[],
        );
    }
    for (rule, extra) in [
        ("GRAM-12", json!({"Resource": "*"})),
        ("GRAM-28", json!({})),
    ] {
        let mut statement =
            json!({"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": "sts:AssumeRole"});
        if rule == "GRAM-28" {
            statement = json!({"Effect": "Allow", "NotPrincipal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"});
        }
        for (key, value) in extra.as_object().expect("an object") {
            statement[key] = value.clone();
        }
        let trust = json!({"trust": policy(&json!([statement]))});
        let changes = json!({"policies": trust, "action": "sts:AssumeRole", "resource": ROLE, "resource_account": null});
        assert_eq!(
            ipcond::answer_json(&request(&changes).to_string())
                .unwrap_err()
                .rule(),
            Some(rule)
        );
        let mut lenient = changes;
        lenient["lenient"] = json!(true);
        assert_eq!(answer(&request(&lenient))["decision"], "allowed", "{rule}");
    }
}

#[test]
fn what_has_no_meaning_is_an_error_even_leniently() {
    let texts = [
        (
            "GRAM-4",
            r#"{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}"#,
        ),
        (
            "GRAM-6",
            r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#,
        ),
        ("GRAM-13", r#"{"Statement":{"Action":"*","Resource":"*"}}"#),
        (
            "GRAM-13",
            r#"{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}"#,
        ),
        (
            "GRAM-7",
            r#"{"Version":"2012-10-18","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        ),
        (
            "GRAM-5",
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Conditions":{}}}"#,
        ),
        (
            "COND-7",
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAdress":{}}}}"#,
        ),
        (
            "COND-1",
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":[]}}"#,
        ),
        (
            "COND-9",
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{}}}}"#,
        ),
    ];
    for (rule, text) in texts {
        let scenario = format!(
            r#"{{"action":"s3:GetObject","resource":"*","lenient":true,"policies":{{"identity":{text}}}}}"#
        );
        let error = ipcond::answer_json(&scenario).unwrap_err();
        assert_eq!(error.rule(), Some(rule), "{text}");
        assert!(
            error.place().is_some() && error.help_text().is_some(),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn a_policy_may_be_held_in_a_string() {
    let text = "{\n\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}";
    let held = json!({"name": "inline", "document": text});
    let answer = expect(
        &json!({"policies": {"identity": held}}),
        "explicitDeny",
        &[],
    );
    let decider = &answer["decided_by"][0];
    assert_eq!(decider["policy"], "inline");
    assert_eq!(decider["start"]["line"], 2); // in its own text
    assert_eq!(decider["in"]["start"]["line"], 1); // in the text around it
}

#[test]
fn unknown_fields_name_the_nearest_known_one() {
    let error = ipcond::answer_json(r#"{"action":"s3:GetObject","polices":{}}"#).unwrap_err();
    assert_eq!(error.help_text(), Some("did you mean `policies`?"));
}

#[test]
fn a_resource_that_matters_must_be_said() {
    let narrow = policy(
        &json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"]}]),
    );
    let scenario = request(&json!({"resource": null, "policies": {"identity": narrow}}));
    let error = ipcond::answer_json(&scenario.to_string()).unwrap_err();
    assert!(
        error
            .message()
            .contains("arn:aws:s3:::a/*\n  arn:aws:s3:::b/*"),
        "{error}"
    );
    expect(
        &json!({"resource": null, "policies": {"identity": allow_all()}}),
        "allowed",
        &[],
    );
}

#[test]
fn an_arn_pattern_that_is_no_arn_is_said_to_match_nothing() {
    let allow = allow_if(&json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}));
    let answer = expect(
        &json!({"policies": {"identity": allow}}),
        "implicitDeny",
        &[],
    );
    assert!(
        answer["assumptions"]
            .to_string()
            .contains("not an ARN (OP-8)"),
        "{answer:#}"
    );
}

#[test]
fn a_variable_takes_no_list() {
    let allow = policy(
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::reports/${aws:TagKeys}"}]),
    );
    let changes = json!({"policies": {"identity": allow}, "context": {"aws:TagKeys": ["a.csv"], "aws:SourceIp": "203.0.113.9"}});
    expect(&changes, "implicitDeny", &[]);
}
