//! A difference of whole policies, against single requests: none of them may change unseen.

use ipcond::ask::diff::diff;
use ipcond::ask::groups::{Group, Wanted};
use ipcond::eval::{Caller, Decision, Scenario, SourceIp};
use ipcond::net::Address;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{decide, read};

const HERE: &str = "111122223333";
const THERE: &str = "444455556666";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";

fn actions() -> impl Strategy<Value = &'static str> {
    select(vec![
        "*",
        "s3:*",
        "s3:Get*",
        "s3:*Object",
        "s3:GetObject",
        "sqs:SendMessage",
        "s?s:*",
        "sts:AssumeRole",
        "sts:*",
    ])
}

fn resources() -> impl Strategy<Value = &'static str> {
    select(vec![
        "*",
        "*",
        "arn:aws:s3*",
        "arn:aws:s3:::*/x",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/home/${aws:username}/*",
        "arn:aws:s3:::b/home/bob/x",
        "arn:aws:sqs:eu-*:111122223333:*",
        "arn:aws:sqs:*:*:q",
        "arn:aws:iam::111122223333:role/a-*",
        "arn:aws:iam::*:role/*",
    ])
}

fn conditions() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({}),
        json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/25", "2001:db8::/32"]}}),
        json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.128/25"}}),
        json!({"StringEquals": {"aws:RequestedRegion": "eu-north-1"}}),
        json!({"StringEquals": {"aws:ResourceAccount": THERE}}),
        json!({"StringNotEquals": {"aws:ResourceAccount": HERE}}),
        json!({"StringEquals": {"sts:ExternalId": "x"}}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/b*"}}),
        json!({"StringEquals": {"aws:username": "bob"}}),
    ])
}

fn principals() -> impl Strategy<Value = Value> {
    select(vec![
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": HERE}),
        json!({"AWS": BOB}),
        json!({"AWS": "arn:aws:iam::111122223333:user/al"}),
        json!({"AWS": "arn:aws:iam::111122223333:role/r"}),
        json!({"AWS": [THERE, BOB]}),
        json!({"Service": "sns.amazonaws.com"}),
    ])
}

/// A statement that names its principals, its resources, or both.
fn statement(principal: bool, resource: bool) -> impl Strategy<Value = Value> {
    let effect = prop_oneof![2 => Just("Allow"), 1 => Just("Deny")];
    let not = || prop_oneof![5 => Just(""), 1 => Just("Not")];
    let elements = (
        effect,
        (not(), vec(actions(), 1..3)),
        (not(), vec(resources(), 1..3)),
        (not(), principals()),
        conditions(),
    );
    elements.prop_map(move |(effect, action, resources, who, condition)| {
        let mut statement = json!({"Effect": effect, "Condition": condition});
        statement[format!("{}Action", action.0)] = action.1.into();
        if resource {
            statement[format!("{}Resource", resources.0)] = resources.1.into();
        }
        if principal {
            let not = if effect == "Deny" && who.1.is_object() && who.1["AWS"] != "*" {
                who.0
            } else {
                ""
            };
            statement[format!("{not}Principal")] = who.1;
        }
        statement
    })
}

/// A policy, and the same with another statement in place of one of them, or one more or less.
fn policies(principal: bool, resource: bool) -> impl Strategy<Value = [Value; 2]> {
    let statement = move || statement(principal, resource);
    let parts = (
        vec(statement(), 0..3),
        option::of(statement()),
        option::of(statement()),
    );
    parts.prop_map(|(shared, old, new)| {
        [old, new].map(|own| {
            let statements: Vec<Value> = shared.iter().cloned().chain(own).collect();
            json!({"Version": "2012-10-17", "Statement": statements})
        })
    })
}

/// Two versions of what policies say, and whether it is about Bob alone.
fn versions() -> impl Strategy<Value = ([Value; 2], bool)> {
    let own = option::weighted(0.7, policies(false, true));
    let of_resource = prop_oneof![
        2 => Just(None),
        2 => policies(true, true).prop_map(|both| Some(("resource", both))),
        1 => policies(true, false).prop_map(|both| Some(("trust", both))),
    ];
    (own, of_resource, any::<bool>()).prop_map(|(own, of_resource, bob)| {
        let sides = [0, 1].map(|side| {
            let mut policies = json!({});
            if let Some(own) = &own {
                policies["identity"] = json!([own[side]]);
            }
            if let Some((layer, both)) = &of_resource {
                policies[*layer] = both[side].clone();
            }
            policies
        });
        (sides, bob)
    })
}

/// Single requests of which everything is known, under these policies.
fn requests(policies: &Value, bob: bool) -> Vec<Value> {
    let callers = [
        BOB,
        "arn:aws:iam::111122223333:user/al",
        "arn:aws:sts::111122223333:assumed-role/r/s",
        "arn:aws:iam::444455556666:user/bob",
        "anonymous",
    ];
    let callers = &callers[..if bob { 1 } else { callers.len() }];
    let calls = [
        ("s3:GetObject", "arn:aws:s3:::b/home/bob/x"),
        ("s3:GetObject", "arn:aws:s3:::b/home/bob/y"),
        ("s3:GetObject", "arn:aws:s3:::c/x"),
        ("s3:PutObject", "arn:aws:s3:::b/home/al/x"),
        ("s3:GetBucketPolicy", "arn:aws:s3:::b"),
        ("s3:ListBucket", "arn:aws:s3:::c"),
        ("sqs:SendMessage", "arn:aws:sqs:eu-north-1:111122223333:q"),
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:444455556666:q"),
        ("sts:AssumeRole", "arn:aws:iam::111122223333:role/a-1"),
        ("sts:AssumeRole", "arn:aws:iam::111122223333:role/b"),
        ("sts:AssumeRole", "arn:aws:iam::444455556666:role/a-1"),
        (
            "ec2:RunInstances",
            "arn:aws:ec2:eu-north-1:111122223333:instance/i",
        ),
    ];
    let everything = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let open_to_all =
        json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}});
    let mut requests = Vec::new();
    for caller in callers {
        for (action, resource) in calls {
            // A trust policy is the policy of a role, and a role has no other.
            let on_role = action == "sts:AssumeRole";
            let of_other = if on_role { "resource" } else { "trust" };
            let own_only = policies.get("resource").is_none() && policies.get("trust").is_none();
            // Whose a resource is, is not asked: where nothing says it, it is the caller's own (EVAL-35).
            let both = !own_only && policies.get("identity").is_some();
            let elsewhere = !own_only && resource.contains(THERE) || both && caller.contains(THERE);
            if policies.get(of_other).is_some() || elsewhere {
                continue;
            }
            for context in [
                json!({}),
                json!({"aws:MultiFactorAuthPresent": "true", "sts:ExternalId": "x"}),
            ] {
                let mut policies = policies.clone();
                if policies.get("identity").is_none() {
                    policies["identity"] = json!([everything]);
                }
                if own_only && (caller.contains(THERE) || caller.starts_with("anonymous")) {
                    continue;
                }
                if own_only && resource.contains(THERE) {
                    policies["resource"] = open_to_all.clone();
                }
                requests.push(json!({
                    "principal": caller, "action": action, "resource": resource, "context": context,
                    "missing": "absent", "lenient": true, "policies": policies,
                    "resource_account": if resource.contains(THERE) { THERE } else { HERE },
                }));
            }
        }
    }
    requests
}

fn scenario(policies: &Value, bob: bool) -> Scenario {
    let mut scenario = json!({"lenient": true, "policies": policies});
    if bob {
        scenario["principal"] = BOB.into();
    }
    read(&scenario)
}

/// Whether all patterns that a class is called by match.
fn is_called(title: &str, text: &str) -> bool {
    title.starts_with("any other ")
        || title == "*"
        || title.split(" and ").all(|pattern| glob(pattern, text))
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len()).any(|at| glob(rest.as_str(), &text[at..])),
        Some(own) => text
            .chars()
            .next()
            .is_some_and(|other| (own == '?' || own == other) && glob(rest.as_str(), &text[1..])),
    }
}

/// Whether a request may be one of a group, as far as its titles say.
fn is_about(group: &Group, resource: &str, request: &Value) -> bool {
    let text = |name: &str| request[name].as_str().expect("it is text");
    let caller = text("principal");
    let who = match &group.principal {
        // An unnamed caller may turn out to be one of an account that is named as well.
        None | Some(Caller::Unnamed(_)) => caller != "anonymous",
        Some(Caller::Stranger) => caller.contains(THERE),
        Some(Caller::RoleSession { .. }) => caller.contains("assumed-role"),
        Some(group) => group.title() == caller,
    };
    who && is_called(group.action.as_str(), text("action"))
        && is_called(&resource.replace("${aws:username}", "*"), text("resource"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_request_changes_unseen((sides, bob) in versions()) {
        let [old, new] = [0, 1].map(|side| scenario(&sides[side], bob));
        let differences = diff(&old, &new, &Wanted::default(), Timestamp::UNIX_EPOCH);
        let differences = match differences {
            Ok(differences) => differences,
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let places = ["203.0.113.1", "203.0.113.129", "198.51.100.1", "2001:db8::1", "::1"];
        for (before, after) in requests(&sides[0], bob).iter().zip(requests(&sides[1], bob)) {
            let (before_read, after_read) = (read(before), read(&after));
            for place in places {
                let address = Address::new(place.parse().expect("an address"));
                let [one, other] =
                    [&before_read, &after_read].map(|side| decide(side, SourceIp::From(address)));
                if (one == Decision::Allowed) == (other == Decision::Allowed) {
                    continue;
                }
                let seen = differences.iter().any(|difference| {
                    let group = difference.group.as_ref().expect("no journey is asked about");
                    let way = if other == Decision::Allowed { &difference.gained } else { &difference.lost };
                    let sets = [way, &difference.depends];
                    is_about(group, difference.resource(), before) && sets.iter().any(|set| set.contains(address))
                });
                prop_assert!(
                    seen,
                    "{one} then {other} from {place}: {:#}\nthen {:#}", before, after["policies"]
                );
            }
        }
    }
}
