//! Every test vector of the semantics, answered by the library and by the oracle.
//!
//! `vectors.json` holds small questions of several kinds, each with the rules that it follows
//! from and the answer. Here each kind is turned into the questions that our functions take; the
//! `lint` kind is tested elsewhere.

mod oracle;

use ipcond::net::{Cidr, parse_address};
use ipcond::policy::{Policy, PolicyKind};
use serde_json::{Value, json};

/// How many vectors there are of each kind, so that none drops out unseen.
const COUNTS: [(&str, usize); 6] = [
    ("assume_role", 25),
    ("condition", 85),
    ("evaluate", 62),
    ("ip", 30),
    ("lint", 16),
    ("parse", 16),
];

#[test]
fn the_vectors_are_complete() {
    for (kind, count) in COUNTS {
        assert_eq!(vectors(kind).len(), count, "vectors of kind `{kind}`");
    }
    let total: usize = COUNTS.iter().map(|(_, count)| count).sum();
    assert_eq!(all_vectors().len(), total, "vectors of all kinds");
}

#[test]
fn ip_vectors() {
    let mut failures = Failures::default();
    for vector in vectors("ip") {
        let value = text(&vector["value"]);
        let address = text(&vector["addr"]);
        let expected = match &vector["expect"] {
            Value::Bool(contained) => Some(*contained),
            _ => None,
        };

        let got = match parse_address(address) {
            Some((address, _)) => {
                let written = Cidr::read(value).ok();
                show(written.map(|written| written.cidr.contains(address)))
            }
            None => "no address",
        };
        failures.compare(&vector, "Cidr::read", show(expected), got);
        let got = show(oracle::in_block(value, address));
        failures.compare(&vector, "the oracle", show(expected), got);

        // A block that AWS cannot read holds no address, and is still no error (IP-11).
        let contained = expected == Some(true);
        for (operator, holds) in [("IpAddress", contained), ("NotIpAddress", !contained)] {
            let condition = json!({ operator: { "aws:SourceIp": value } });
            let context = json!({ "aws:SourceIp": address });
            for (scenario, expected) in
                condition_scenarios(&condition, &context, "2012-10-17", holds)
            {
                failures.decide(&vector, &scenario, expected);
            }
        }
    }
    failures.assert_none();
}

#[test]
fn condition_vectors() {
    let mut failures = Failures::default();
    for vector in vectors("condition") {
        let version = vector["version"].as_str().unwrap_or("2012-10-17");
        let holds = vector["expect"]
            .as_bool()
            .expect("a condition holds or not");
        let condition = &vector["condition"];
        for (scenario, expected) in
            condition_scenarios(condition, &vector["context"], version, holds)
        {
            failures.decide(&vector, &scenario, expected);
        }
    }
    failures.assert_none();
}

#[test]
fn evaluate_vectors() {
    let mut failures = Failures::default();
    for vector in vectors("evaluate") {
        let scenario = json!({
            "principal": principal(&vector["principal"]),
            "action": vector["action"],
            "resource": vector["resource"],
            "policies": vector["policies"],
        });
        failures.decide(&vector, &closed(scenario, &vector), text(&vector["expect"]));
    }
    failures.assert_none();
}

#[test]
fn assume_role_vectors() {
    let mut failures = Failures::default();
    for vector in vectors("assume_role") {
        // The role's own permissions take no part (ROLE-2): its trust policy is all there is of
        // it.
        let mut policies = vector["policies"].clone();
        policies["resource"] = vector["role"]["trust"].clone();
        let scenario = json!({
            "principal": principal(&vector["principal"]),
            "action": vector["action"].as_str().unwrap_or("sts:AssumeRole"),
            "resource": vector["role"]["arn"],
            "policies": policies,
        });
        failures.decide(&vector, &closed(scenario, &vector), text(&vector["expect"]));
    }
    failures.assert_none();
}

#[test]
fn parse_vectors() {
    let mut failures = Failures::default();
    for vector in vectors("parse") {
        let kind = match text(&vector["policy_type"]) {
            "identity" => PolicyKind::Identity,
            "trust" => PolicyKind::Trust,
            other => panic!("unknown policy type {other}"),
        };
        let got = match Policy::from_json("policy.json", text(&vector["text"]), kind) {
            Ok(_) => "ok".to_owned(),
            Err(error) if error.place().is_some() => "error".to_owned(),
            Err(error) => format!("error without a place: {error}"),
        };
        failures.compare(&vector, "Policy::from_json", text(&vector["expect"]), &got);
    }
    failures.assert_none();
}

/// Two scenarios that hang on one condition: it is all that stands before an Allow, and it makes
/// a Deny apply. With each, the decision if the condition `holds`, or if not.
fn condition_scenarios(
    condition: &Value,
    context: &Value,
    version: &str,
    holds: bool,
) -> [(Value, &'static str); 2] {
    let scenario = |statements: Value| {
        json!({
            "principal": "arn:aws:iam::111122223333:user/bob",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/k",
            "resource_account": "111122223333",
            "context": context,
            "defaults": false,
            "missing": "absent",
            "policies": { "identity": [{ "Version": version, "Statement": statements }] },
        })
    };
    let statement = |effect: &str, condition: &Value| json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition });
    let granted = scenario(json!([statement("Allow", condition)]));
    let denied = scenario(json!([
        statement("Allow", &json!({})),
        statement("Deny", condition)
    ]));
    [
        (granted, if holds { "allowed" } else { "implicitDeny" }),
        (denied, if holds { "explicitDeny" } else { "allowed" }),
    ]
}

/// Adds what every decision takes from its vector. All keys that are not in the context are
/// absent, and nothing is filled in.
fn closed(mut scenario: Value, vector: &Value) -> Value {
    for field in ["context", "resource_account", "management_account"] {
        if let Some(value) = vector.get(field) {
            scenario[field] = value.clone();
        }
    }
    scenario["defaults"] = json!(false);
    scenario["missing"] = json!("absent");
    scenario
}

/// The principal of a vector as a scenario writes it.
fn principal(principal: &Value) -> Value {
    let arn = &principal["arn"];
    match text(&principal["type"]) {
        "anonymous" => json!("anonymous"),
        "federated" => json!({ "federated": arn }),
        "federated-user" => json!({ "arn": arn, "user": principal["user_arn"] }),
        "role-session" => json!({ "arn": arn, "role": principal["role_arn"] }),
        "root" | "service" | "user" => arn.clone(),
        other => panic!("unknown principal type {other}"),
    }
}

fn all_vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("vectors.json")).expect("the vectors are JSON")
}

fn vectors(kind: &str) -> Vec<Value> {
    let mut vectors = all_vectors();
    vectors.retain(|vector| vector["kind"] == kind);
    vectors
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// What an `ip` vector says of an address and a block.
fn show(contained: Option<bool>) -> &'static str {
    match contained {
        Some(true) => "true",
        Some(false) => "false",
        None => "invalid",
    }
}

/// The answers that were not the expected ones, one line each.
#[derive(Debug, Default)]
struct Failures(Vec<String>);

impl Failures {
    fn compare(&mut self, vector: &Value, who: &str, expected: &str, got: &str) {
        if expected != got {
            let rules = vector["rules"].as_array().into_iter().flatten();
            let rules: Vec<&str> = rules.map(text).collect();
            let note = vector["note"].as_str().unwrap_or_default();
            self.0.push(format!(
                "{} [{}]: {who}: expected {expected}, got {got}  {note}",
                text(&vector["id"]),
                rules.join(", "),
            ));
        }
    }

    /// Asks both for a decision.
    fn decide(&mut self, vector: &Value, scenario: &Value, expected: &str) {
        let got = match ipcond::answer_json(&scenario.to_string()) {
            Ok(answer) => {
                let answer: Value = serde_json::from_str(&answer).expect("an answer is JSON");
                text(&answer["decision"]).to_owned()
            }
            Err(error) => format!("error: {error}"),
        };
        self.compare(vector, "ipcond", expected, &got);
        let got = oracle::decide(scenario).to_string();
        self.compare(vector, "the oracle", expected, &got);
    }

    fn assert_none(self) {
        assert!(
            self.0.is_empty(),
            "{} wrong answers:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}
