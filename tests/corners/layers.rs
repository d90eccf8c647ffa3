//! Layers, principals and exemptions.

use serde_json::{Value, json};

use super::{
    ALICE, GUEST, KEY, OBJECT, OPS, OPS_SESSION, ROLE, ROOT, allow, assert_decision, deny, policy,
    request,
};

#[test]
fn any_layer_can_deny() {
    // EVAL-2, EVAL-28
    let session = json!({ "arn": OPS_SESSION, "role": OPS });
    for layer in [
        "boundary", "identity", "rcp", "resource", "scp", "session", "vpce",
    ] {
        let named = ["rcp", "resource", "vpce"].contains(&layer);
        let principal = if named {
            json!({ "Principal": "*" })
        } else {
            json!({})
        };
        let mut policies = json!({ "identity": [allow()], "scp": [[allow()]] });
        let denies = policy("Deny", &principal);
        policies[layer] = match layer {
            "rcp" => json!([[denies]]),
            "scp" => json!([[allow(), denies]]),
            _ => denies,
        };
        assert_decision(
            &request(&session, "s3:GetObject", OBJECT, &policies),
            "explicitDeny",
        );
    }
}

#[test]
fn every_level_of_scps_has_to_allow() {
    let decide = |scp: Value, expected| {
        let policies = json!({ "identity": allow(), "scp": scp });
        assert_decision(
            &request(&json!(ALICE), "s3:GetObject", OBJECT, &policies),
            expected,
        );
    };
    let other = policy("Allow", &json!({ "Action": "ec2:*" }));
    decide(json!([]), "allowed");
    decide(json!([[]]), "implicitDeny");
    decide(json!([[allow()], []]), "implicitDeny");
    decide(json!([[allow()], [other, allow()]]), "allowed");
    // A flat list is one level.
    decide(json!([other, allow()]), "allowed");
}

#[test]
fn rcps_have_exemptions() {
    let denies = policy("Deny", &json!({ "Principal": "*" }));
    let everyone = policy("Allow", &json!({ "Principal": "*" }));
    let policies = json!({ "identity": allow(), "resource": everyone, "rcp": [[denies]] });
    let caller = json!(ALICE);

    // EVAL-9: resources of the management account, and the retirement of grants.
    let mut managed = request(&caller, "s3:GetObject", OBJECT, &policies);
    assert_decision(&managed, "explicitDeny");
    managed["management_account"] = json!("111122223333");
    assert_decision(&managed, "allowed");
    assert_decision(
        &request(&caller, "kms:Decrypt", KEY, &policies),
        "explicitDeny",
    );
    assert_decision(
        &request(&caller, "kms:RetireGrant", KEY, &policies),
        "allowed",
    );

    // EVAL-33: a service that assumes a service-linked role.
    let grant = json!({
        "Effect": "Allow",
        "Principal": { "Service": "x.amazonaws.com" },
        "Action": "sts:AssumeRole",
    });
    let trust = json!({
        "resource": { "Version": "2012-10-17", "Statement": [grant] },
        "rcp": policies["rcp"],
    });
    let service = json!("x.amazonaws.com");
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/X";
    assert_decision(
        &request(&service, "sts:AssumeRole", linked, &trust),
        "allowed",
    );
    assert_decision(
        &request(&service, "sts:AssumeRole", ROLE, &trust),
        "explicitDeny",
    );
}

#[test]
fn the_root_user_has_no_policies_of_its_own() {
    // EVAL-5
    let policies = json!({ "identity": deny(), "boundary": deny() });
    assert_decision(
        &request(&json!(ROOT), "s3:GetObject", OBJECT, &policies),
        "allowed",
    );
    // EVAL-32 is for the owner of the bucket only.
    let denies = policy("Deny", &json!({ "Principal": "*" }));
    let policies = json!({ "resource": denies });
    let mut repair = request(
        &json!(ROOT),
        "s3:PutBucketPolicy",
        "arn:aws:s3:::b",
        &policies,
    );
    assert_decision(&repair, "allowed");
    repair["resource_account"] = json!("444455556666");
    assert_decision(&repair, "explicitDeny");
}

#[test]
fn only_an_endpoint_stops_what_needs_no_permission() {
    // ROLE-30
    let decide = |vpce: Value, expected| {
        let policies = json!({ "identity": deny(), "vpce": vpce });
        let request = request(&json!(ALICE), "sts:GetCallerIdentity", "*", &policies);
        assert_decision(&request, expected);
    };
    let everyone = json!({ "Principal": "*" });
    decide(policy("Allow", &everyone), "allowed");
    decide(policy("Deny", &everyone), "explicitDeny");
    decide(
        policy("Allow", &json!({ "Principal": "*", "Action": "s3:*" })),
        "implicitDeny",
    );
}

#[test]
fn key_policies_are_for_keys() {
    // EVAL-16
    let policies = json!({ "identity": allow() });
    assert_decision(
        &request(&json!(ALICE), "kms:ListKeys", "*", &policies),
        "allowed",
    );
    assert_decision(
        &request(&json!(ALICE), "kms:Decrypt", KEY, &policies),
        "implicitDeny",
    );
}

#[test]
fn not_principal_wants_every_name() {
    // GRAM-28
    let decide = |principal: &Value, listed: &[&str], expected| {
        let denies = policy("Deny", &json!({ "NotPrincipal": { "AWS": listed } }));
        let policies = json!({ "identity": allow(), "resource": denies });
        assert_decision(
            &request(principal, "s3:GetObject", OBJECT, &policies),
            expected,
        );
    };
    let session = json!({ "arn": OPS_SESSION, "role": OPS });
    decide(&session, &["111122223333", OPS, OPS_SESSION], "allowed");
    decide(&session, &[OPS, OPS_SESSION], "explicitDeny");
    decide(&session, &["111122223333", OPS_SESSION], "explicitDeny");
    decide(&session, &["111122223333", OPS], "explicitDeny");
    decide(&json!(ALICE), &[ROOT, ALICE], "allowed");
    decide(&json!(ALICE), &[ALICE], "explicitDeny");
    decide(&json!(ROOT), &[ROOT], "allowed");
}

#[test]
fn paths_of_roles_count_where_they_are_known() {
    // GRAM-24, EVAL-22
    let decide = |principal: &Value, role: &str, expected| {
        let policies = json!({
            "identity": [],
            "resource": policy("Allow", &json!({ "Principal": { "AWS": role } })),
        });
        assert_decision(
            &request(principal, "s3:GetObject", OBJECT, &policies),
            expected,
        );
    };
    let known = json!({ "arn": OPS_SESSION, "role": OPS });
    decide(&known, OPS, "allowed");
    decide(&known, "arn:aws:iam::111122223333:role/ops", "implicitDeny");
    let unknown = json!(OPS_SESSION);
    decide(&unknown, OPS, "allowed");
    decide(&unknown, "arn:aws:iam::111122223333:role/ops", "allowed");
    decide(
        &unknown,
        "arn:aws:iam::111122223333:role/team/dev",
        "implicitDeny",
    );
}

#[test]
fn a_grant_to_the_user_is_limited_for_a_federated_session() {
    // EVAL-25
    let decide = |extra: Value, expected| {
        let mut policies = json!({
            "identity": [],
            "resource": policy("Allow", &json!({ "Principal": { "AWS": ALICE } })),
        });
        for (layer, policy) in extra.as_object().into_iter().flatten() {
            policies[layer] = policy.clone();
        }
        let guest = json!({ "arn": GUEST, "user": ALICE });
        assert_decision(
            &request(&guest, "s3:GetObject", OBJECT, &policies),
            expected,
        );
    };
    let other = policy("Allow", &json!({ "Action": "ec2:*" }));
    decide(json!({}), "implicitDeny");
    decide(json!({ "session": allow() }), "allowed");
    decide(json!({ "session": other }), "implicitDeny");
    decide(
        json!({ "session": allow(), "boundary": other }),
        "implicitDeny",
    );
}
