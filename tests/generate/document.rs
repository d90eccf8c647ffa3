//! Random policy documents.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::Focus;
use super::condition;
use super::people::{AWS_NAMES, Call, Caller, FEDERATED_NAMES, SERVICE_NAMES, SPARED_NAMES};

const ACTIONS: [&str; 12] = [
    "@action",
    "@action",
    "s3:*",
    "S3:GETOBJECT",
    "s3:Get?bject*",
    "s3:List*",
    "sts:*",
    "sts:Assume*",
    "sqs:SendMessag?",
    "kms:*",
    "*:*",
    "s3:",
];

/// Stand-ins for the resource of the call and for patterns of its service.
const RESOURCES: [&str; 11] = [
    "@resource",
    "@resource",
    "@0",
    "@1",
    "@2",
    "@3",
    "@4",
    "@5",
    "@6",
    "@7",
    "@8",
];
/// Covers also the actions on S3 as a whole. What it leaves out as a `NotResource` is not said.
const ALL_BUCKETS: &str = "arn:aws:s3:::*";

/// A policy of the caller's own side: identity, boundary, session or SCP.
pub(super) fn own(focus: Focus) -> impl Strategy<Value = Value> {
    let statement = (
        effect(),
        actions(focus),
        resources(focus),
        conditions(focus),
    );
    let statement = statement.prop_map(|(effect, action, resource, condition)| {
        merge(&[json!({ "Effect": effect }), action, resource, condition])
    });
    let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    policy(prop_oneof![3 => statement, 2 => Just(everything)])
}

/// A policy of a resource. It may lack a `Resource` and name principals in every way.
pub(super) fn resource(focus: Focus) -> impl Strategy<Value = Value> {
    let resource = prop_oneof![1 => resources(focus), 1 => Just(json!({}))];
    policy(with_principal(focus, principal_element(focus), resource))
}

/// A policy of a VPC endpoint.
pub(super) fn vpce(focus: Focus) -> impl Strategy<Value = Value> {
    let principal = prop_oneof![
        4 => Just(json!("*")),
        1 => principal(focus),
    ];
    policy(with_principal(
        focus,
        principal.prop_map(|principal| json!({ "Principal": principal })),
        resources(focus),
    ))
}

/// A resource control policy: it only denies, and names everyone.
pub(super) fn rcp(focus: Focus) -> impl Strategy<Value = Value> {
    let statement = (actions(focus), resources(focus), condition::block(focus));
    let statement = statement.prop_map(|(action, resource, condition)| {
        let actions = action.get("Action").cloned().unwrap_or(json!("s3:*"));
        merge(&[
            json!({ "Effect": "Deny", "Principal": "*", "Action": actions, "Condition": condition }),
            resource,
        ])
    });
    policy(statement)
}

/// One Deny statement of a kind that no policy type refuses.
pub(super) fn denial() -> impl Strategy<Value = Value> {
    let actions = prop_oneof![
        Just("*"),
        Just("s3:*"),
        Just("sts:Assume*"),
        Just("kms:Decrypt")
    ];
    (actions, condition::block(Focus::Everything)).prop_map(
        |(action, condition)| json!({ "Effect": "Deny", "Action": action, "Condition": condition }),
    )
}

/// A resource policy that allows nothing, and denies what is never asked.
pub(super) fn nothing_but_denial() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Deny", "Principal": "*", "Action": "ec2:*" }
    ] })
}

/// Makes a resource policy fit what it is attached to: a trust policy has neither `Resource` nor
/// `NotPrincipal` (GRAM-12, GRAM-28), and who is to be spared by `NotPrincipal` has to be known
/// by all names.
pub(super) fn fit_resource(policy: &Value, caller: &Caller, call: &Call) -> Value {
    edit_statements(policy, |statement| {
        if call.is_on_role() {
            statement.remove("Resource");
            statement.remove("NotResource");
        }
        if let Some(listed) = statement.remove("NotPrincipal") {
            let spares = statement["Effect"] == "Deny" && !call.is_on_role();
            if spares && caller.can_be_spared() {
                statement.insert("NotPrincipal".to_owned(), listed);
            } else {
                statement.insert("Principal".to_owned(), json!("*"));
            }
        }
    })
}

/// Makes an endpoint policy fit the service: on the gateways of S3 and `DynamoDB` every principal
/// but `*` is a question by itself (EVAL-34).
pub(super) fn fit_vpce(policy: &Value, call: &Call) -> Value {
    edit_statements(policy, |statement| {
        if call.action.starts_with("s3:") {
            statement.insert("Principal".to_owned(), json!("*"));
        }
    })
}

fn edit_statements(policy: &Value, edit: impl Fn(&mut serde_json::Map<String, Value>)) -> Value {
    let mut policy = policy.clone();
    let document = if policy.get("document").is_some() {
        &mut policy["document"]
    } else {
        &mut policy
    };
    match &mut document["Statement"] {
        Value::Array(statements) => {
            statements
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(edit);
        }
        statement => statement.as_object_mut().into_iter().for_each(edit),
    }
    policy
}

/// A policy: a document with one to three statements, as it is or with a name.
fn policy(statement: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let version = prop_oneof![
        6 => Just(json!({ "Version": "2012-10-17" })),
        1 => Just(json!({ "Version": "2008-10-17" })),
        1 => Just(json!({})),
    ];
    (
        version,
        vec(statement, 1..=3),
        any::<bool>(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(version, mut statements, brackets, named)| {
            let statements = if statements.len() == 1 && !brackets {
                statements.remove(0)
            } else {
                Value::Array(statements)
            };
            let document = merge(&[version, json!({ "Statement": statements })]);
            if named {
                json!({ "name": "a policy", "document": document })
            } else {
                document
            }
        })
}

fn with_principal(
    focus: Focus,
    principal: impl Strategy<Value = Value>,
    resource: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Value> {
    let statement = (
        effect(),
        principal,
        actions(focus),
        resource,
        conditions(focus),
    );
    statement.prop_map(|(effect, principal, action, resource, condition)| {
        merge(&[
            json!({ "Effect": effect }),
            principal,
            action,
            resource,
            condition,
        ])
    })
}

fn principal_element(focus: Focus) -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => principal(focus).prop_map(|principal| json!({ "Principal": principal })),
        1 => principal(focus).prop_map(|principal| json!({ "NotPrincipal": principal })),
        2 => select(&SPARED_NAMES[..])
            .prop_map(|names| json!({ "NotPrincipal": { "AWS": names } })),
    ]
}

fn principal(focus: Focus) -> impl Strategy<Value = Value> {
    let map = (
        option::weighted(0.8, list(AWS_NAMES.to_vec())),
        option::weighted(0.2, list(SERVICE_NAMES.to_vec())),
        option::weighted(0.2, list(FEDERATED_NAMES.to_vec())),
    );
    let map = map.prop_map(|(aws, service, federated)| {
        let kinds = [("AWS", aws), ("Service", service), ("Federated", federated)];
        let kinds = kinds
            .into_iter()
            .filter_map(|(kind, names)| Some((kind.to_owned(), names?)));
        Value::Object(kinds.collect())
    });
    // A map without any kind says no more than a star.
    let map = map.prop_map(|map| if map == json!({}) { json!("*") } else { map });
    prop_oneof![plainness(focus) => Just(json!("*")), 4 => map]
}

fn effect() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("Allow"), 1 => Just("Deny")]
}

fn actions(focus: Focus) -> impl Strategy<Value = Value> {
    prop_oneof![
        3 * plainness(focus) => Just(json!({ "Action": "*" })),
        5 => list(ACTIONS.to_vec()).prop_map(|actions| json!({ "Action": actions })),
        1 => list(ACTIONS.to_vec()).prop_map(|actions| json!({ "NotAction": actions })),
    ]
}

fn resources(focus: Focus) -> impl Strategy<Value = Value> {
    prop_oneof![
        3 * plainness(focus) => Just(json!({ "Resource": "*" })),
        5 => list([&RESOURCES[..], &[ALL_BUCKETS]].concat())
            .prop_map(|resources| json!({ "Resource": resources })),
        1 => list(RESOURCES.to_vec()).prop_map(|resources| json!({ "NotResource": resources })),
    ]
}

fn conditions(focus: Focus) -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!({})),
        3 * plainness(focus) => condition::block(focus).prop_map(|block| json!({ "Condition": block })),
    ]
}

/// How often an element other than a condition says "everything", and how often there is a
/// condition.
fn plainness(focus: Focus) -> u32 {
    match focus {
        Focus::Conditions => 4,
        Focus::Everything => 1,
    }
}

/// One string, with or without brackets, or a few of them, or seldom none.
fn list(candidates: Vec<&'static str>) -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => select(candidates.clone()).prop_map(Value::from),
        2 => select(candidates.clone()).prop_map(|only| json!([only])),
        6 => vec(select(candidates), 2..=3).prop_map(Value::from),
        1 => Just(json!([])),
    ]
}

/// One object with the members of all.
fn merge<const N: usize>(objects: &[Value; N]) -> Value {
    objects
        .iter()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}
