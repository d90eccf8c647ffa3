//! The rules of the interface about what is not known and not given, case by case, by `ipcond::answer_json`.

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

// Documents.

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
            error.place().is_some() && error.help_text().is_some() || rule == "GRAM-13",
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

// Journeys.

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
