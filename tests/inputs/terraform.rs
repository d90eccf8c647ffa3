//! Plans and states of Terraform.

use ipcond::input::{Format, Held, Holder};
use ipcond::policy::PolicyKind::{self, Identity, Rcp, Resource, Scp, Trust, Vpce};
use ipcond::source::Source;
use serde_json::{Value, json};

use crate::{IDENTITY, RESOURCE, TRUST, documents};

/// A plan of one change.
fn plan(of_type: &str, before: &Value, after: &Value, unknown: &Value, set: &Value) -> String {
    json!({
        "format_version": "1.2",
        "resource_changes": [{
            "address": format!("module.m[0].{of_type}.x[\"k\"]"), "mode": "managed", "type": of_type, "name": "x", "index": "k",
            "change": {"actions": ["update"], "before": before, "after": after, "after_unknown": unknown}
        }],
        "configuration": {"root_module": {"module_calls": {"m": {"module": {"resources": [
            {"address": format!("{of_type}.x"), "mode": "managed", "type": of_type, "name": "x", "expressions": set}]}}}}}
    })
    .to_string()
}

fn after(of_type: &str, values: &Value, unknown: &Value, set: &Value) -> Vec<Held> {
    documents(&plan(of_type, &Value::Null, values, unknown, set))
        .expect("it is read")
        .1
}

#[test]
fn attributes_that_hold_policies() {
    let deny = RESOURCE.replace("Allow", "Deny");
    let rows: [(&str, Value, &str, PolicyKind); 12] = [
        (
            "aws_iam_role",
            json!({"assume_role_policy": TRUST, "name": "x"}),
            "assume_role_policy",
            Trust,
        ),
        (
            "aws_iam_role",
            json!({"inline_policy": [{"name": "p", "policy": IDENTITY}]}),
            "inline_policy[0].policy",
            Identity,
        ),
        (
            "aws_iam_user_policy",
            json!({"policy": IDENTITY}),
            "policy",
            Identity,
        ),
        (
            "aws_iam_policy",
            json!({"policy": IDENTITY}),
            "policy",
            Identity,
        ),
        (
            "aws_s3_bucket_policy",
            json!({"policy": RESOURCE}),
            "policy",
            Resource,
        ),
        (
            "aws_kms_key",
            json!({"policy": RESOURCE}),
            "policy",
            Resource,
        ),
        (
            "aws_vpc_endpoint",
            json!({"policy": RESOURCE}),
            "policy",
            Vpce,
        ),
        (
            "aws_organizations_policy",
            json!({"content": IDENTITY}),
            "content",
            Scp,
        ),
        (
            "aws_organizations_policy",
            json!({"content": deny, "type": "RESOURCE_CONTROL_POLICY"}),
            "content",
            Rcp,
        ),
        (
            "aws_cloudwatch_log_resource_policy",
            json!({"policy_document": RESOURCE}),
            "policy_document",
            Resource,
        ),
        (
            "aws_opensearch_domain",
            json!({"access_policies": RESOURCE}),
            "access_policies",
            Resource,
        ),
        (
            "aws_ssoadmin_permission_set_inline_policy",
            json!({"inline_policy": IDENTITY}),
            "inline_policy",
            Identity,
        ),
    ];
    for (of_type, values, attribute, kind) in rows {
        let held = after(of_type, &values, &json!({}), &json!({}));
        let [held] = held.as_slice() else {
            panic!("{of_type} {attribute}: {} documents", held.len());
        };
        assert_eq!(
            held.address,
            format!("module.m[0].{of_type}.x[\"k\"].{attribute}")
        );
        assert_eq!(
            held.policy(None, false).expect("a policy").kind,
            kind,
            "{of_type} {attribute}"
        );
    }
}

#[test]
fn what_holds_no_policy_is_left_alone() {
    let rows = [
        (
            "aws_iam_role",
            json!({"inline_policy": [{"name": "", "policy": ""}], "assume_role_policy": null}),
        ),
        (
            "aws_organizations_policy",
            json!({"content": "{\"tags\":{}}", "type": "TAG_POLICY"}),
        ),
        ("aws_ecr_lifecycle_policy", json!({"policy": IDENTITY})), // another grammar, whatever stands there
    ];
    for (of_type, values) in rows {
        assert_eq!(
            after(of_type, &values, &json!({}), &json!({})).len(),
            0,
            "{of_type}"
        );
    }
}

#[test]
fn what_is_known_after_apply_is_not_known() {
    let unknown = json!({"policy": true});
    // Every bucket policy has a text; of a queue it may be AWS's default, unless the configuration sets it.
    let rows = [
        ("aws_s3_bucket_policy", json!({}), 1),
        ("aws_sqs_queue", json!({}), 0),
        (
            "aws_sqs_queue",
            json!({"policy": {"references": ["aws_iam_role.r.arn"]}}),
            1,
        ),
    ];
    for (of_type, set, count) in rows {
        let held = after(of_type, &json!({}), &unknown, &set);
        assert_eq!(held.len(), count, "{of_type}");
        for held in held {
            assert_eq!(held.text(), None);
        }
    }
    let inline = json!({"inline_policy": [{"name": "p", "policy": null}]});
    let held = after(
        "aws_iam_role",
        &inline,
        &json!({"inline_policy": [{"policy": true}]}),
        &json!({}),
    );
    assert_eq!(
        held[0].address,
        "module.m[0].aws_iam_role.x[\"k\"].inline_policy[0].policy"
    );
}

/// What a plan says not to know is never passed over, wherever it says so.
#[test]
fn what_may_be_known_after_apply_is_not_known() {
    let queue = plan(
        "aws_sqs_queue",
        &json!({"policy": RESOURCE}),
        &json!({}),
        &json!({"policy": true}),
        &json!({}),
    );
    let addresses = |text: &str| -> Vec<String> {
        let (_, held) = documents(text).expect("it is read");
        let unknown = held.iter().filter(|held| held.text().is_none());
        unknown.map(|held| held.address.clone()).collect()
    };
    let address = |rest: &str| format!("module.m[0].aws_{rest}");
    // It had a policy; which one it gets is not known.
    assert_eq!(addresses(&queue), [address("sqs_queue.x[\"k\"].policy")]);
    // Nothing says that it gets none: the file has no configuration.
    let bare = queue.replace(r#""configuration""#, r#""other""#);
    let bare = bare.replace(r#""before":{"#, r#""earlier":{"#);
    assert_eq!(addresses(&bare), [address("sqs_queue.x[\"k\"].policy")]);
    // All of a resource is not known.
    let all = plan(
        "aws_iam_policy",
        &Value::Null,
        &json!({}),
        &json!(true),
        &json!({}),
    );
    assert_eq!(addresses(&all), [address("iam_policy.x[\"k\"].policy")]);
    // A block stands only beside the values.
    let inline = json!({"inline_policy": [{}, {"policy": true}]});
    let role = plan(
        "aws_iam_role",
        &Value::Null,
        &json!({"assume_role_policy": TRUST, "inline_policy": [{"policy": IDENTITY}]}),
        &inline,
        &json!({}),
    );
    assert_eq!(
        addresses(&role),
        [address("iam_role.x[\"k\"].inline_policy[1].policy")]
    );
}

#[test]
fn an_unknown_policy_makes_every_decision_depend() {
    use ipcond::eval::{Caller, Decision, Missing, PolicySet, Scenario};
    let held = after(
        "aws_iam_user_policy",
        &json!({}),
        &json!({"policy": true}),
        &json!({}),
    );
    let allow = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let allow = ipcond::policy::Policy::from_json("allow", allow, Identity).expect("a policy");
    let unknown = held[0].policy(None, false).expect("what stands for it");
    for missing in [Missing::Unknown, Missing::Absent] {
        let scenario = Scenario {
            principal: Some(Caller::parse("arn:aws:iam::111122223333:user/bob").expect("a user")),
            action: Some("s3:ListAllMyBuckets".parse().expect("an action")),
            policies: PolicySet {
                identity: Some(vec![allow.clone().into(), unknown.clone().into()]),
                ..PolicySet::default()
            },
            missing,
            ..Scenario::default()
        };
        let answer = scenario
            .decide("2026-01-31T10:00:00Z".parse().expect("a time"))
            .expect("an answer");
        assert_eq!(answer.decision, Decision::Depends, "it may deny");
        assert_eq!(
            answer.depends_on,
            ["module.m[0].aws_iam_user_policy.x[\"k\"].policy (known after apply)"]
        );
        assert!(answer.missing_context.is_empty());
    }
}

#[test]
fn a_plan_has_both_sides() {
    let other = IDENTITY.replace("203.0.113.0/24", "198.51.100.0/24");
    let text = plan(
        "aws_iam_policy",
        &json!({"policy": IDENTITY}),
        &json!({"policy": other}),
        &json!({}),
        &json!({}),
    );
    let holder = Holder::new(&Source::new("plan.json", text)).expect("a plan");
    let [before, after] = holder.change().expect("it is read").expect("both sides");
    assert_eq!(before[0].text(), Some(IDENTITY));
    assert_eq!(after[0].text(), Some(other.as_str()));
    assert_eq!(before[0].address, after[0].address);
}

#[test]
fn states_and_what_is_on_its_way_out() {
    let shown = json!({"format_version": "1.0", "terraform_version": "1.5.7", "values": {"root_module": {"child_modules": [{"resources": [
        {"address": "module.m.aws_iam_policy.p", "mode": "managed", "type": "aws_iam_policy", "name": "p", "values": {"policy": IDENTITY}},
        {"address": "data.aws_iam_policy.q", "mode": "data", "type": "aws_iam_policy", "name": "q", "values": {"policy": IDENTITY}}]}]}}});
    let raw = json!({"version": 4, "serial": 7, "lineage": "x", "resources": [{"module": "module.m", "mode": "managed", "type": "aws_iam_policy", "name": "p",
        "instances": [{"deposed": "1a2b", "attributes": {"policy": TRUST}}, {"attributes": {"policy": IDENTITY}}]}]});
    for state in [shown, raw] {
        let (format, held) = documents(&state.to_string()).expect("it is read");
        assert_eq!(format, Format::Terraform);
        let addresses: Vec<&str> = held.iter().map(|held| held.address.as_str()).collect();
        assert_eq!(addresses, ["module.m.aws_iam_policy.p.policy"]);
        let holder = Holder::new(&Source::new("state", state.to_string())).expect("a state");
        assert!(
            holder.change().expect("it is read").is_none(),
            "a state changes nothing"
        );
    }
    let text = plan(
        "aws_iam_policy",
        &json!({"policy": IDENTITY}),
        &Value::Null,
        &json!({}),
        &json!({}),
    );
    assert_eq!(
        documents(&text).expect("it is read").1.len(),
        0,
        "it is destroyed"
    );
    let deposed = text.replace(r#""mode":"#, r#""deposed":"1a2b","mode":"#);
    let holder = Holder::new(&Source::new("plan", deposed)).expect("a plan");
    assert_eq!(
        holder.change().expect("it is read").expect("sides")[0].len(),
        0
    );
}

#[test]
fn plans_that_are_not_understood() {
    for (text, message) in [
        (
            r#"{"format_version":"2.0","resource_changes":[]}"#,
            "`format_version` 2.0 is not understood, expected 1.x",
        ),
        (
            r#"{"format_version":1,"resource_changes":[]}"#,
            "`format_version` must be a string, found a number",
        ),
        (
            r#"{"format_version":"1.0","resource_changes":{}}"#,
            "`resource_changes` must be a list, found an object",
        ),
        (
            r#"{"format_version":"1.0","resource_changes":[7]}"#,
            "a resource change without `change`",
        ),
        (
            r#"{"format_version":"1.0","resource_changes":[{"change":{"after":{}}}]}"#,
            "a resource without `address`",
        ),
        (
            r#"{"format_version":"1.0","resource_changes":[{"address":"a","type":"aws_iam_policy","name":"p","change":{"after":{"policy":"{\"Statement\":"}}}]}"#,
            "not JSON: the text ends too early (EOF while parsing a value)",
        ),
    ] {
        let error = documents(text).map(|_| ()).expect_err(text);
        assert_eq!(error.message(), message, "{text}");
    }
}

/// What waits for another plan, because a `count` is not known: the shape of `deferred_changes` in Terraform 1.10.
#[test]
fn what_is_deferred_is_not_known() {
    let change = json!({"address": "aws_iam_role_policy.z", "mode": "managed", "type": "aws_iam_role_policy", "name": "z",
        "change": {"actions": ["create"], "before": null, "after": {"policy": RESOURCE}, "after_unknown": {"id": true}}});
    let plan = json!({"format_version": "1.2", "resource_changes": [],
        "deferred_changes": [{"reason": "instance_count_unknown", "resource_change": change}]});
    let (_, held) = documents(&plan.to_string()).expect("it is read");
    let addresses: Vec<&str> = held.iter().map(|held| held.address.as_str()).collect();
    assert_eq!(addresses, ["aws_iam_role_policy.z.policy"]);
    assert_eq!(held[0].text(), None);
}
