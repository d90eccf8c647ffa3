//! The rules of the interface about what is not known and not given, case by case, by `ipcond::answer_json`.

mod aws;
mod documents;
mod journeys;

use serde_json::{Value, json};

const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const ROLE: &str = "arn:aws:iam::111122223333:role/team/R";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/k1";
const OBJECT: &str = "arn:aws:s3:::reports/a.csv";

fn answer(scenario: &Value) -> Value {
    let text = ipcond::answer_json(&scenario.to_string())
        .unwrap_or_else(|error| panic!("{error}: {scenario}"));
    serde_json::from_str(&text).expect("the answer is JSON")
}

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow_all() -> Value {
    policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))
}

fn allow_if(condition: &Value) -> Value {
    policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]))
}

fn bucket(principal: &Value) -> Value {
    policy(
        &json!([{"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}]),
    )
}

/// A request of a user on an object of the same account, with some fields changed.
fn request(changes: &Value) -> Value {
    let mut scenario = json!({"principal": BOB, "action": "s3:GetObject", "resource": OBJECT,
        "resource_account": "111122223333", "context": {"aws:SourceIp": "203.0.113.9"}});
    for (key, value) in changes.as_object().expect("changes are an object") {
        scenario[key] = value.clone();
    }
    scenario
}

#[track_caller]
fn expect(changes: &Value, decision: &str, depends_on: &[&str]) -> Value {
    let scenario = request(changes);
    let answer = answer(&scenario);
    assert_eq!(answer["decision"], decision, "{scenario}\n{answer:#}");
    assert_eq!(
        answer["depends_on"],
        json!(depends_on),
        "{scenario}\n{answer:#}"
    );
    answer
}

fn rules(answer: &Value) -> Vec<&str> {
    let assumptions = answer["assumptions"]
        .as_array()
        .expect("assumptions are a list");
    assumptions
        .iter()
        .filter_map(|assumption| assumption["rule"].as_str())
        .collect()
}

// Unknown keys.

#[test]
fn an_unknown_key_is_never_rounded() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let policies = json!({"identity": allow_if(&mfa)});
    let mfa = "aws:MultiFactorAuthPresent";
    expect(&json!({"policies": policies}), "depends", &[mfa]);
    expect(
        &json!({"policies": policies, "missing": "absent"}),
        "implicitDeny",
        &[],
    );
    let given = |value: Value| json!({"policies": policies, "context": {mfa: value, "aws:SourceIp": "203.0.113.9"}});
    expect(&given(json!(true)), "allowed", &[]);
    expect(&given(json!("false")), "implicitDeny", &[]);
    expect(&given(Value::Null), "implicitDeny", &[]);
}

#[test]
fn where_every_filling_agrees_there_is_nothing_to_depend_on() {
    let deny = |effect: &str| {
        policy(
            &json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": effect, "Action": "ec2:*", "Resource": "*", "Condition": {"Bool": {"k:unknown": "true"}}}]),
        )
    };
    expect(
        &json!({"policies": {"identity": deny("Deny")}}),
        "allowed",
        &[],
    );
    // Whether it is denied explicitly is not known, but denied it is: there is no Allow.
    let perhaps = policy(
        &json!([{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"k:unknown": "true"}}}]),
    );
    expect(
        &json!({"policies": {"identity": perhaps}}),
        "implicitDeny",
        &[],
    );
}

#[test]
fn a_variable_of_an_unknown_key_is_unknown() {
    let own = policy(
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::reports/${aws:PrincipalTag/team}/*"}]),
    );
    let changes = json!({"policies": {"identity": own}, "resource": "arn:aws:s3:::reports/red/a"});
    expect(&changes, "depends", &["aws:PrincipalTag/team"]);
}

// Layers that are not given.

#[test]
fn layers_that_are_not_given_are_not_in_play() {
    let plain = expect(
        &json!({"policies": {"identity": allow_all()}}),
        "allowed",
        &[],
    );
    assert_eq!(plain["layers"], json!({"identity": "allowed"}));
    let empty = json!({"identity": allow_all(), "boundary": [], "session": [], "scp": [], "rcp": [], "vpce": []});
    expect(&json!({"policies": empty}), "allowed", &[]);
    let level = expect(
        &json!({"policies": {"identity": allow_all(), "scp": [[]]}}),
        "implicitDeny",
        &[],
    );
    assert_eq!(level["blocked_by"], json!(["scp"]));
}

#[test]
fn a_needed_resource_policy_that_is_not_given_is_unknown() {
    let identity = json!({"identity": allow_all()});
    let on = |action: &str, resource: &str| json!({"policies": identity, "action": action, "resource": resource, "resource_account": null});
    let trust = format!("the trust policy of {ROLE}");
    expect(&on("sts:AssumeRole", ROLE), "depends", &[&trust]);
    expect(
        &on("kms:Decrypt", KEY),
        "depends",
        &[&format!("the key policy of {KEY}")],
    );
    expect(&on("kms:ListKeys", "*"), "allowed", &[]);
    let cross = json!({"policies": identity, "resource_account": "444455556666"});
    expect(
        &cross,
        "depends",
        &[&format!("the resource policy of {OBJECT}")],
    );
    let mut absent = on("sts:AssumeRole", ROLE);
    absent["missing"] = json!("absent");
    let denied = expect(&absent, "implicitDeny", &[]);
    assert_eq!(denied["blocked_by"], json!(["resource"]));
}

#[test]
fn identity_policies_that_are_not_given_are_taken_to_allow_what_the_resource_allows() {
    let delegating = json!({"resource": bucket(&json!({"AWS": "111122223333"}))});
    let taken = expect(&json!({"policies": delegating}), "allowed", &[]);
    assert!(rules(&taken).contains(&"EVAL-14"), "{taken:#}");
    let text = taken["assumptions"].to_string();
    assert!(
        text.contains(&format!(
            "the identity policies of {BOB} are not given; taken to allow"
        )),
        "{text}"
    );
    expect(
        &json!({"policies": delegating, "missing": "absent"}),
        "implicitDeny",
        &[],
    );

    let cross = json!({"policies": {"resource": bucket(&json!({"AWS": BOB}))}, "resource_account": "444455556666"});
    assert!(rules(&expect(&cross, "allowed", &[])).contains(&"EVAL-14"));

    // A grant to the caller himself needs nothing else, so nothing is taken for granted (EVAL-21).
    let direct = expect(
        &json!({"policies": {"resource": bucket(&json!({"AWS": BOB}))}}),
        "allowed",
        &[],
    );
    assert!(!rules(&direct).contains(&"EVAL-14"), "{direct:#}");

    let other = bucket(&json!({"AWS": "arn:aws:iam::111122223333:user/alice"}));
    let needs = format!("the identity policies of {BOB}");
    expect(
        &json!({"policies": {"resource": other}}),
        "depends",
        &[&needs],
    );
    expect(
        &json!({"policies": {"resource": other, "identity": []}}),
        "implicitDeny",
        &[],
    );
}

#[test]
fn organization_policies_alone_leave_the_identity_policies_open() {
    let needs = format!("the identity policies of {BOB}");
    expect(
        &json!({"policies": {"scp": [allow_all()]}}),
        "depends",
        &[&needs],
    );
    let deny = policy(&json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]));
    expect(
        &json!({"policies": {"scp": [[allow_all(), deny]]}}),
        "explicitDeny",
        &[],
    );
}

// Principals.

#[test]
fn without_a_principal_the_caller_is_somebody_of_the_account() {
    let unnamed =
        |principal: &Value| json!({"principal": null, "policies": {"resource": bucket(principal)}});
    let answer = expect(&unnamed(&json!("*")), "allowed", &[]);
    assert_eq!(answer["principal"], Value::Null);
    expect(&unnamed(&json!({"AWS": "111122223333"})), "allowed", &[]);
    let needs = ["principal", "the identity policies of the caller"];
    expect(&unnamed(&json!({"AWS": "444455556666"})), "depends", &needs);
    expect(&unnamed(&json!({"AWS": BOB})), "depends", &needs);
    let mut absent = unnamed(&json!({"AWS": BOB}));
    absent["missing"] = json!("absent");
    expect(&absent, "implicitDeny", &[]);
    // Keys about the principal are not known either.
    let tagged = allow_if(&json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}));
    let changes = json!({"principal": null, "policies": {"identity": tagged}});
    expect(&changes, "depends", &["aws:PrincipalAccount"]);
}

#[test]
fn a_role_arn_is_a_session_of_unknown_name() {
    let session = json!({"AWS": "arn:aws:sts::111122223333:assumed-role/R/nightly"});
    let changes = |principal: &Value| json!({"principal": principal, "policies": {"identity": [], "resource": bucket(&session)}});
    expect(&changes(&json!(ROLE)), "depends", &["principal"]);
    expect(
        &changes(&json!("arn:aws:sts::111122223333:assumed-role/R/nightly")),
        "allowed",
        &[],
    );
    expect(
        &changes(&json!("arn:aws:sts::111122223333:assumed-role/R/daily")),
        "implicitDeny",
        &[],
    );
}

#[test]
fn the_path_of_a_role_counts_where_it_is_known() {
    let without_path = json!({"AWS": "arn:aws:iam::111122223333:role/R"});
    let policies = json!({"identity": [], "resource": bucket(&without_path)});
    expect(
        &json!({"principal": ROLE, "policies": policies}),
        "implicitDeny",
        &[],
    );
    let session = "arn:aws:sts::111122223333:assumed-role/R/s";
    let told = json!({"arn": session, "role": ROLE});
    expect(
        &json!({"principal": told, "policies": policies}),
        "implicitDeny",
        &[],
    );
    let guessed = expect(
        &json!({"principal": session, "policies": policies}),
        "allowed",
        &[],
    );
    assert!(rules(&guessed).contains(&"ROLE-35"), "{guessed:#}");
}

#[test]
fn roots_need_no_identity_policy_and_cannot_assume_roles() {
    let root = "arn:aws:iam::111122223333:root";
    expect(
        &json!({"principal": root, "policies": {"identity": []}}),
        "allowed",
        &[],
    );
    let trust = policy(
        &json!([{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]),
    );
    let changes = json!({"principal": root, "action": "sts:AssumeRole", "resource": ROLE, "policies": {"trust": trust}});
    let denied = expect(&changes, "implicitDeny", &[]);
    assert!(rules(&denied).contains(&"ROLE-11"), "{denied:#}");
}

#[test]
fn the_management_account_is_free_of_scps() {
    let deny = policy(&json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]));
    let policies = json!({"identity": allow_all(), "scp": [[deny]]});
    expect(&json!({"policies": policies}), "explicitDeny", &[]);
    expect(
        &json!({"policies": policies, "management_account": "111122223333"}),
        "allowed",
        &[],
    );
    expect(
        &json!({"policies": policies, "management_account": "444455556666"}),
        "explicitDeny",
        &[],
    );
}

// Where a request comes from.

#[test]
fn the_way_says_which_network_keys_exist() {
    let deny = policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]));
    let by = |via: Value, context: Value| json!({"policies": {"identity": deny}, "via": via, "context": context});
    let office = json!({"aws:SourceIp": "203.0.113.9"});
    expect(&by(json!("internet"), office.clone()), "allowed", &[]);
    expect(
        &by(json!("vpce=vpce-1,vpc=vpc-1,ip=10.0.0.9"), json!({})),
        "explicitDeny",
        &[],
    );
    expect(
        &by(Value::Null, json!({"aws:SourceVpce": "vpce-1"})),
        "explicitDeny",
        &[],
    );
    expect(
        &by(json!("service=athena.amazonaws.com"), office),
        "allowed",
        &[],
    );
    expect(
        &by(json!("service-role"), json!({})),
        "depends",
        &["aws:SourceIp"],
    );
    expect(&by(json!("aws"), json!({})), "explicitDeny", &[]);
    // Over the internet, but from an address that was not given.
    expect(&by(Value::Null, json!({})), "depends", &["aws:SourceIp"]);
}

#[test]
fn a_forward_access_session_may_hide_the_address() {
    let allow = allow_if(&json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}));
    let service = json!({"policies": {"identity": allow}, "via": "service=athena.amazonaws.com"});
    expect(&service, "allowed", &[]);
    let mut hidden = service.clone();
    hidden["fas_ip"] = json!("absent");
    expect(&hidden, "implicitDeny", &[]);
}

#[test]
fn without_an_address_the_way_is_open() {
    let guarded = policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}}]));
    let none = json!({"policies": {"identity": guarded}, "context": {"aws:SourceIp": null}});
    let answer = expect(&none, "depends", &["aws:SourceVpc"]);
    assert_eq!(answer["source_ip"], Value::Null);
}

#[test]
fn a_request_carries_one_kind_of_address() {
    let both = json!({"aws:SourceIp": "203.0.113.9", "aws:VpcSourceIp": "10.0.0.9"});
    let scenario = request(&json!({"policies": {"identity": allow_all()}, "context": both}));
    let error = ipcond::answer_json(&scenario.to_string()).unwrap_err();
    assert_eq!(error.rule(), Some("KEY-4"));
}

#[test]
fn an_address_that_is_none_is_an_error_of_the_request() {
    for bad in [
        "cloudformation.amazonaws.com",
        "AWS Internal",
        "203.0.113.9:443",
        "203.0.113.0/24",
    ] {
        let scenario = request(
            &json!({"policies": {"identity": allow_all()}, "context": {"aws:SourceIp": bad}}),
        );
        assert_eq!(
            ipcond::answer_json(&scenario.to_string())
                .unwrap_err()
                .rule(),
            Some("IP-12"),
            "{bad}"
        );
    }
}

#[test]
fn an_account_that_contradicts_the_arn_is_an_error() {
    let queue = "arn:aws:sqs:us-east-1:111122223333:q1";
    let scenario = request(
        &json!({"policies": {"identity": allow_all()}, "resource": queue, "resource_account": "444455556666"}),
    );
    assert!(
        ipcond::answer_json(&scenario.to_string())
            .unwrap_err()
            .message()
            .contains("444455556666")
    );
    // `aws` in the account field is no account.
    let managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let scenario = request(
        &json!({"policies": {"identity": allow_all()}, "action": "iam:GetPolicy", "resource": managed}),
    );
    assert_eq!(answer(&scenario)["decision"], "allowed");
}

#[test]
fn impossible_calls_are_denied_whatever_the_policies_say() {
    let trust = |principal: &Value| {
        policy(&json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:*"}]))
    };
    for (principal, named, rule) in [
        (json!("anonymous"), json!("*"), "ROLE-9"),
        (
            json!("arn:aws:iam::111122223333:root"),
            json!("*"),
            "ROLE-11",
        ),
        (
            json!({"federated": "accounts.google.com"}),
            json!({"Federated": "accounts.google.com"}),
            "GRAM-26",
        ),
    ] {
        let changes = json!({"principal": principal, "action": "sts:AssumeRole", "resource": ROLE, "policies": {"trust": trust(&named)}});
        let denied = expect(&changes, "implicitDeny", &[]);
        assert!(rules(&denied).contains(&rule), "{denied:#}");
    }
}

#[test]
fn the_path_of_an_identity_center_role_is_known_and_of_a_service_linked_role_is_not() {
    let spared = |pattern: &str| {
        policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": pattern}}}]))
    };
    let sso = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/joe";
    let pattern = "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*";
    let answer = expect(
        &json!({"principal": sso, "policies": {"identity": spared(pattern)}}),
        "allowed",
        &[],
    );
    assert!(rules(&answer).contains(&"ROLE-35"), "{answer:#}");
    let linked = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s";
    let pattern = "arn:aws:iam::*:role/aws-service-role/*";
    let changes = json!({"principal": linked, "policies": {"identity": spared(pattern)}});
    expect(&changes, "depends", &["aws:PrincipalArn"]);
}
