//! `eval` over blocks and sets.

use super::*;

#[test]
fn eval_answers_for_all_of_a_block() {
    let policy = identity(&[
        ("Allow", "s3:*", "*", &from(r#""203.0.113.0/24""#)),
        ("Deny", "s3:*", "*", &from(r#""203.0.113.64/26""#)),
    ]);
    let at = directory("block", &[("p.json", &policy)]);
    let ask = |ip: &'static str| {
        [
            "eval",
            "p.json",
            "--principal",
            BOB,
            "--action",
            "s3:ListBucket",
            "-f",
            "json",
            "--ip",
            ip,
        ]
    };
    let whole: Value = serde_json::from_str(&expect(&at, &ask("203.0.113.0/26"), 0).0).unwrap();
    assert_eq!(whole["source_ip"], "203.0.113.0/26");
    let parts: Value = serde_json::from_str(&expect(&at, &ask("203.0.113.0/25"), 1).0).unwrap();
    let parts: Vec<(&str, &str)> = parts
        .as_array()
        .expect("a list of answers")
        .iter()
        .map(|part| {
            (
                part["source_ip"].as_str().unwrap(),
                part["decision"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("203.0.113.0/26", "allowed"),
            ("203.0.113.64/26", "explicitDeny")
        ]
    );
    // An IPv4-mapped address is the IPv4 one (IP-8).
    let mapped: Value =
        serde_json::from_str(&expect(&at, &ask("::ffff:203.0.113.70"), 1).0).unwrap();
    assert_eq!(mapped["source_ip"], "203.0.113.70");
    assert_eq!(mapped["assumptions"][0]["rule"], "IP-8");
}

#[test]
fn a_request_without_an_address_is_a_part_of_its_own() {
    let policy = identity(&[("Deny", "s3:*", "*", ANYWHERE)]);
    let sets = "[sets]\nboth = ['203.0.113.0/24', 'none']\n";
    let at = directory("parts", &[("p.json", &policy), ("sets.toml", sets)]);
    let args = [
        "eval",
        "p.json",
        "--principal",
        BOB,
        "--action",
        "s3:ListBucket",
        "-f",
        "json",
        "--ip",
        "@both",
        "--config",
        "sets.toml",
    ];
    // Both are denied by the same statement, and yet they are not the same request.
    let parts: Value = serde_json::from_str(&expect(&at, &args, 1).0).unwrap();
    let parts = parts.as_array().expect("a list of answers");
    let origins: Vec<&Value> = parts.iter().map(|part| &part["source_ip"]).collect();
    assert_eq!(origins, [&Value::from("203.0.113.0/24"), &Value::Null]);
}
