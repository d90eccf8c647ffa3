//! Each event, against a scenario that is put together from the rules.

use super::*;

/// The requests of events, put together here from the text of the rules and decided one by one by `ipcond eval`.
#[test]
fn each_event_is_decided_as_its_scenario_is() {
    let directory = directory("oracle");
    let all = events(1_500, 7);
    put(&directory, "t.json", json!({"Records": all}).to_string());
    let output = replay(&directory, &["t.json", "-f", "jsonl"]);
    let text = String::from_utf8(output.stdout).expect("it is UTF-8");
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .collect();
    assert_eq!(rows.len(), all.len());
    let (mut scenarios, mut expected) = (Vec::new(), Vec::new());
    for (event, row) in all.iter().zip(&rows) {
        assert_eq!(row["eventID"], event["eventID"]);
        if ["none", "error"].contains(&row["decision"].as_str().expect("a word")) {
            continue;
        }
        // Which of several actions it needs is not in the event, and whether a key policy counts follows from the resource.
        let action = row["action"].as_str().expect("a word");
        let by_resource = ["kms:", "sts:"]
            .iter()
            .any(|prefix| action.starts_with(prefix));
        if row["reason"] == "depends on which of its actions the call needs"
            || (by_resource && row["resource"] == "unknown")
            // Of these an account is all that is known, which no scenario can say.
            || event["userIdentity"]["type"] == "AWSAccount"
        {
            continue;
        }
        scenarios.push(scenario(event, row));
        expected.push((row["decision"].clone(), event));
    }
    assert!(expected.len() > 1_000, "most events are asked about");
    put(&directory, "scenarios.jsonl", lines_of(&scenarios));
    let args = [
        "eval",
        "--no-config",
        "--scenario",
        "scenarios.jsonl",
        "-f",
        "jsonl",
    ];
    let output = ipcond(&directory, &args).output().expect("ipcond starts");
    let text = String::from_utf8(output.stdout).expect("it is UTF-8");
    let mut met = BTreeMap::new();
    for (line, (decision, event)) in text.lines().zip(&expected) {
        let answer: Value = serde_json::from_str(line).expect("it is JSON");
        // The session policies of this user are not in the event; what they could allow at most is in the scenario.
        let of_most = match answer["decision"].as_str() {
            Some("allowed") if event["userIdentity"]["type"] == "FederatedUser" => "depends",
            other => other.expect("a word"),
        };
        assert_eq!(of_most, *decision, "{event}\n{answer}");
        *met.entry(decision.as_str().expect("a word")).or_insert(0) += 1;
    }
    assert_eq!(text.lines().count(), expected.len());
    assert_eq!(
        met.keys().copied().collect::<Vec<_>>(),
        ["allowed", "depends", "explicitDeny", "implicitDeny"]
    );
}

/// CT-4 and CT-5, for what the policy of this test reads.
fn scenario(event: &Value, row: &Value) -> Value {
    let identity = &event["userIdentity"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sort = text(&identity["type"]);
    let mut context = json!({});
    let key = text(&identity["accessKeyId"]);
    let mfa = &identity["sessionContext"]["attributes"]["mfaAuthenticated"];
    match sort.as_str() {
        "IAMUser" if key.starts_with("ASIA") => {
            context["aws:MultiFactorAuthPresent"] = mfa.clone();
        }
        "IAMUser" | "FederatedUser" | "SAMLUser" | "WebIdentityUser" => {
            context["aws:MultiFactorAuthPresent"] = Value::Null;
        }
        _ => {}
    }
    context["aws:RequestedRegion"] = event["awsRegion"].clone();
    let source = text(&event["sourceIPAddress"]);
    match source.parse::<std::net::IpAddr>() {
        _ if !identity["invokedBy"].is_null() => {}
        Ok(ip) => {
            let private = match ip {
                std::net::IpAddr::V4(ip) => {
                    ip.is_private() || (ip.octets()[0] == 100 && ip.octets()[1] & 0xC0 == 64)
                }
                std::net::IpAddr::V6(ip) => ip.is_unique_local(),
            };
            let key = if private {
                "aws:VpcSourceIp"
            } else {
                "aws:SourceIp"
            };
            context[key] = source.into();
        }
        Err(_) => {}
    }
    let principal = match sort.as_str() {
        "SAMLUser" | "WebIdentityUser" => {
            let provider = &event["requestParameters"]["principalArn"];
            let provider = Some(provider).filter(|provider| provider.is_string());
            json!({"federated": provider.unwrap_or(&identity["identityProvider"])})
        }
        "AssumedRole" => {
            let issuer = &identity["sessionContext"]["sessionIssuer"]["arn"];
            json!({"arn": identity["arn"], "role": issuer})
        }
        _ => identity["arn"].clone(),
    };
    let mut policies = json!({"identity": "p.json"});
    if sort == "FederatedUser" {
        policies["session"] = json!({"document": {"Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "name": "most"});
    }
    json!({
        "principal": principal,
        "action": row["action"],
        // Where the event does not say it: the policy is about every resource.
        "resource": if row["resource"] == "unknown" { "*".into() } else { row["resource"].clone() },
        "context": context,
        "at": event["eventTime"],
        "policies": policies,
    })
}
