//! `ipcond replay` as a process: events in, counts out.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

#[path = "../benches/common/trail.rs"]
mod trail;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"},
    {"Sid":"Outside","Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*",
     "Condition":{"NotIpAddress":{"aws:SourceIp":["198.51.100.0/26","2001:db8::/34"]}}},
    {"Sid":"Mfa","Effect":"Deny","Action":["iam:*","ec2:*"],"Resource":"*",
     "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}},
    {"Sid":"Region","Effect":"Deny","Action":"ec2:*","Resource":"*",
     "Condition":{"StringEquals":{"aws:RequestedRegion":"us-west-2"}}}]}"#;

/// An empty directory with the policy in it.
fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("replay-{name}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the directory can be made");
    put(&directory, "p.json", POLICY);
    directory
}

fn put(directory: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = directory.join(name);
    let parent = path.parent().expect("a file is in a directory");
    fs::create_dir_all(parent).expect("the directory can be made");
    fs::write(path, bytes).expect("the file can be written");
}

fn ipcond(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    command
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::null());
    command
}

fn replay(directory: &Path, args: &[&str]) -> Output {
    let mut all = vec!["replay", "--no-config", "--policy", "p.json"];
    all.extend(args);
    ipcond(directory, &all).output().expect("ipcond starts")
}

/// The counts, as `replay/1`; they add up to the events that were read.
#[track_caller]
fn counts(directory: &Path, args: &[&str]) -> Value {
    let mut all = vec!["-f", "json"];
    all.extend(args);
    let output = replay(directory, &all);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    let whole: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let number = |pointer: &str| {
        let value = whole.pointer(pointer).and_then(Value::as_u64);
        value.unwrap_or_else(|| panic!("{pointer} in {whole}"))
    };
    let of = |value: &Value| {
        let rows = value.as_object().expect("an object").values();
        let cells = rows.flat_map(|row| row.as_object().expect("an object").values());
        cells
            .map(|cell| cell.as_u64().expect("a count"))
            .sum::<u64>()
    };
    let sum = |value: &Value| {
        let counts = value.as_object().expect("an object").values();
        counts
            .map(|count| count.as_u64().expect("a count"))
            .sum::<u64>()
    };
    let asked = of(&whole["decisions"]);
    let left = number("/not_asked/events");
    assert_eq!(asked + left + number("/unreadable"), number("/events"));
    assert_eq!(sum(&whole["not_asked"]["reasons"]), left);
    let depends = whole["decisions"].as_object().expect("an object").values();
    let depends: u64 = depends
        .map(|row| row["depends"].as_u64().expect("a count"))
        .sum();
    assert_eq!(number("/not_decided/events"), depends);
    assert_eq!(sum(&whole["not_decided"]["reasons"]), depends);
    if !whole["current"].is_null() {
        assert_eq!(of(&whole["current"]), asked);
    }
    for table in ["would_break", "would_gain", "unexplained"] {
        let table = &whole[table];
        for group in table["groups"].as_array().into_iter().flatten() {
            assert_eq!(Some(sum(&group["addresses"])), group["events"].as_u64());
            assert_eq!(Some(sum(&group["actions"])), group["events"].as_u64());
        }
        if !table.is_null() {
            let groups = table["groups"].as_array().expect("a list").iter();
            let events: u64 = groups
                .map(|group| group["events"].as_u64().expect("a count"))
                .sum();
            assert_eq!(table["events"].as_u64(), Some(events));
        }
    }
    whole
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// JSON Lines.
fn lines_of(values: &[Value]) -> Vec<u8> {
    let lines = values.iter().map(Value::to_string);
    (lines.collect::<Vec<_>>().join("\n") + "\n").into_bytes()
}

/// Every event of a list of records.
fn events(count: usize, seed: u64) -> Vec<Value> {
    let whole: Value = serde_json::from_slice(&trail::records(count, seed)).expect("it is JSON");
    whole["Records"].as_array().expect("a list").clone()
}

#[test]
fn every_form_holds_the_same_events() {
    let directory = directory("forms");
    let records = trail::records(500, 1);
    let lines = trail::lines(500, 1);
    let all = events(500, 1);
    let envelope = |event: &Value| json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "resources": [], "detail": event});
    let envelopes: Vec<Value> = all.iter().map(envelope).collect();
    let held: Vec<Value> = all
        .iter()
        .map(|event| json!({"EventId": "x", "CloudTrailEvent": event.to_string()}))
        .collect();
    let first = gzip(&lines[..lines.len() / 2]);
    let second = gzip(&lines[lines.len() / 2..]);
    let pretty = serde_json::to_vec_pretty(&json!({"Records": all})).expect("it is JSON");
    put(&directory, "records.json", &records);
    let expected = counts(&directory, &["records.json"]);
    for (name, bytes) in [
        ("records.json.gz", gzip(&records)),
        ("lines.jsonl", lines.clone()),
        // two members, the first of which ends within a line
        ("lines.ndjson.gz", [first, second].concat()),
        (
            "lookup.json",
            json!({"Events": held, "NextToken": "x"})
                .to_string()
                .into_bytes(),
        ),
        ("list.json", json!(envelopes).to_string().into_bytes()),
        ("bridge.jsonl", lines_of(&envelopes)),
        ("pretty.json", pretty),
    ] {
        put(&directory, name, &bytes);
        assert_eq!(counts(&directory, &[name]), expected, "{name}");
    }
    let mut child = ipcond(
        &directory,
        &["replay", "--policy", "p.json", "-", "-f", "json"],
    )
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .spawn()
    .expect("ipcond starts");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    stdin.write_all(&gzip(&records)).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let whole: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(whole, expected);
}

#[test]
fn a_directory_is_read_in_order_by_any_number_of_threads() {
    let directory = directory("threads");
    for at in 0..12_u64 {
        let records = trail::records(40 + 60 * usize::try_from(at % 4).expect("it is small"), at);
        let packed = if at % 2 == 0 { gzip(&records) } else { records };
        let ending = if at % 2 == 0 { "json.gz" } else { "json" };
        put(
            &directory,
            &format!("logs/{}/{at}.{ending}", at % 3),
            packed,
        );
    }
    put(&directory, "logs/CloudTrail-Digest/d.json.gz", gzip(b"{}"));
    put(&directory, "logs/CloudTrail-Insight/i.json", b"{}");
    put(&directory, "logs/broken.jsonl", b"{\"x\n{}\n");
    put(&directory, "logs/notes.txt", b"not read");
    let whole = counts(&directory, &["logs"]);
    assert_eq!(whole["files"], 13);
    assert_eq!(whole["passed_over"], json!({"digests": 1, "insights": 1}));
    assert_eq!(whole["unreadable"], 2);
    for format in ["text", "json", "jsonl", "csv"] {
        let output = |jobs: &str| {
            let args = ["logs", "-f", format, "-j", jobs, "--against", "old.json"];
            replay(&directory, &args)
        };
        put(
            &directory,
            "old.json",
            POLICY.replace("198.51.100.0/26", "0.0.0.0/0"),
        );
        let one = output("1");
        assert_eq!(one.status.code(), Some(1));
        for jobs in ["2", "5"] {
            let many = output(jobs);
            assert!(one.stdout == many.stdout, "{format} by {jobs} threads");
            let said = |output: &Output| {
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                let lines = text.lines().filter(|line| !line.contains(" events in "));
                lines.collect::<Vec<_>>().join("\n")
            };
            assert_eq!(said(&one), said(&many));
        }
    }
}

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

#[test]
fn what_would_change_is_told_by_caller() {
    let directory = directory("against");
    let event = |at: u32, user: &str, ip: &str, error: &str| {
        let mut event = json!({"eventID": at.to_string(), "eventTime": format!("2026-01-31T10:00:{at:02}Z"),
            "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "sourceIPAddress": ip,
            "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{user}")}});
        if !error.is_empty() {
            event["errorCode"] = error.into();
        }
        event
    };
    let all = [
        event(1, "bob", "203.0.113.9", ""),
        event(2, "bob", "203.0.113.9", "AccessDenied"),
        event(3, "eve", "198.51.100.9", ""),
        event(4, "eve", "198.51.100.9", "AccessDenied"),
        event(5, "eve", "198.51.100.9", "ThrottlingException"),
        event(6, "ann", "192.0.2.1", ""),
    ];
    put(&directory, "t.json", json!({"Records": all}).to_string());
    let deny = |blocks: &str| {
        format!(
            r#"{{"Statement":[{{"Sid":"Net","Effect":"Deny","Action":"*","Resource":"*","Condition":{{"NotIpAddress":{{"aws:SourceIp":[{blocks}]}}}}}}]}}"#
        )
    };
    put(
        &directory,
        "p.json",
        deny(r#""198.51.100.0/24","192.0.2.0/25""#),
    );
    put(
        &directory,
        "old.json",
        deny(r#""203.0.113.0/24","192.0.2.0/24""#),
    );
    let whole = counts(&directory, &["t.json", "--against", "old.json"]);
    let row = |allowed: u64, denied: u64| json!({"allowed": allowed, "explicitDeny": denied, "implicitDeny": 0, "depends": 0});
    assert_eq!(
        whole["current"],
        json!({"happened": row(2, 1), "denied": row(1, 1), "failed": row(0, 1)})
    );
    assert_eq!(
        whole["decisions"],
        json!({"happened": row(2, 1), "denied": row(1, 1), "failed": row(1, 0)})
    );
    let groups = |table: &str| {
        let groups = whole[table]["groups"].as_array().expect("a list").iter();
        let names = groups.map(|group| {
            let who = group["principal"].as_str().expect("a text");
            let who = who.rsplit('/').next().unwrap_or_default();
            format!("{who} {} {}", group["outcome"], group["first"])
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        groups("would_break"),
        [r#"bob "happened" "2026-01-31T10:00:01Z""#]
    );
    assert_eq!(
        groups("would_gain"),
        [r#"eve "denied" "2026-01-31T10:00:04Z""#]
    );
    assert_eq!(
        groups("unexplained"),
        [
            r#"bob "denied" "2026-01-31T10:00:02Z""#,
            r#"eve "happened" "2026-01-31T10:00:03Z""#
        ]
    );
    // Times: from the first that is wanted, up to the one that is not.
    let args = [
        "t.json",
        "--since",
        "2026-01-31T10:00:02Z",
        "--until",
        "2026-01-31T10:00:04Z",
    ];
    assert_eq!(counts(&directory, &args)["not_asked"]["events"], 4);
    let code = |args: &[&str]| replay(&directory, args).status.code();
    assert_eq!(code(&["t.json"]), Some(1));
    assert_eq!(code(&["t.json", "--exit-zero"]), Some(0));
    assert_eq!(code(&["t.json", "--since", "2026-02-01"]), Some(0));
    assert_eq!(code(&["t.json", "--against", "p.json"]), Some(0));
    assert_eq!(code(&["missing.json"]), Some(2));
    let output = replay(
        &directory,
        &[
            "t.json",
            "--against",
            "old.json",
            "--only-changed",
            "-f",
            "csv",
        ],
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "time,eventID,principal,action,resource,address,happened,current,decision,statement,reason\n\
         2026-01-31T10:00:01Z,1,arn:aws:iam::111122223333:user/bob,s3:ListAllMyBuckets,*,203.0.113.9,happened,allowed,explicitDeny,Net,aws:SourceIp not in 2 ranges\n\
         2026-01-31T10:00:04Z,4,arn:aws:iam::111122223333:user/eve,s3:ListAllMyBuckets,*,198.51.100.9,denied,explicitDeny,allowed,,\n"
    );
}

/// The current policies take the place of one layer, and the others stay: said by the layer, or by a scenario.
#[test]
fn what_is_compared_takes_the_place_of_its_layer() {
    let directory = directory("layers");
    put(&directory, "t.json", trail::records(300, 5));
    let scp = |block: &str| {
        format!(
            r#"{{"Statement":[{{"Sid":"Net","Effect":"Deny","Action":"*","Resource":"*","Condition":{{"NotIpAddress":{{"aws:SourceIp":"{block}"}}}}}}]}}"#
        )
    };
    put(&directory, "new.json", scp("198.51.100.0/25"));
    put(&directory, "old.json", scp("198.51.0.0/16"));
    put(
        &directory,
        "side.json",
        r#"{"policies": {"scp": ["old.json"]}}"#,
    );
    let by_flag = counts(
        &directory,
        &["t.json", "--scp", "new.json", "--against", "scp=old.json"],
    );
    let by_scenario = counts(
        &directory,
        &["t.json", "--scp", "new.json", "--against", "side.json"],
    );
    let same = counts(
        &directory,
        &["t.json", "--scp", "new.json", "--against", "scp=new.json"],
    );
    assert_eq!(by_flag, by_scenario);
    assert!(by_flag["would_break"]["events"].as_u64() > Some(0));
    assert_ne!(by_flag["current"], by_flag["decisions"]);
    assert_eq!(same["current"], same["decisions"]);
    assert_eq!(same["would_break"]["events"], 0);
    let explicit = |whole: &Value| whole["current"]["happened"]["explicitDeny"].as_u64();
    assert!(
        explicit(&by_flag) > Some(0),
        "the identity policies of the new side stay"
    );
}

#[test]
fn the_policy_of_a_resource_binds_calls_on_it() {
    let directory = directory("scope");
    let event = |name: &str, source: &str, parameters: Value| {
        json!({"eventID": name, "eventTime": "2026-01-31T10:00:00Z", "eventSource": source, "eventName": name,
            "sourceIPAddress": "203.0.113.9", "requestParameters": parameters,
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}})
    };
    let role = |name: &str| json!({"roleArn": format!("arn:aws:iam::111122223333:role/{name}")});
    let all = [
        event(
            "GetObject",
            "s3.amazonaws.com",
            json!({"bucketName": "reports", "key": "a"}),
        ),
        event(
            "GetObject",
            "s3.amazonaws.com",
            json!({"bucketName": "reports-2", "key": "a"}),
        ),
        event(
            "DeleteObjects",
            "s3.amazonaws.com",
            json!({"bucketName": "reports"}),
        ),
        event("ListUsers", "iam.amazonaws.com", Value::Null),
        event("AssumeRole", "sts.amazonaws.com", role("ci")),
        event("AssumeRole", "sts.amazonaws.com", role("other")),
        event("AssumeRole", "sts.amazonaws.com", role("ci/other")),
        event("AssumeRole", "sts.amazonaws.com", Value::Null),
    ];
    put(&directory, "t.json", json!({"Records": all}).to_string());
    let statement = |action: &str, resource: &str| {
        format!(
            r#"{{"Statement":[{{"Sid":"Net","Effect":"Deny","Principal":"*","Action":"{action}"{resource},"Condition":{{"NotIpAddress":{{"aws:SourceIp":"198.51.100.0/24"}}}}}}]}}"#
        )
    };
    let bucket = r#","Resource":["arn:aws:s3:::reports","arn:aws:s3:::reports/*"]"#;
    put(&directory, "p.json", statement("s3:*", bucket));
    let whole = counts(&directory, &["t.json"]);
    assert_eq!(whole["decisions"]["happened"]["explicitDeny"], 1);
    assert_eq!(
        whole["not_decided"]["reasons"],
        json!({"whose resource is not in the event": 1})
    );
    assert_eq!(
        whole["not_asked"]["reasons"],
        json!({"calls on other resources": 6})
    );
    put(&directory, "p.json", statement("sts:AssumeRole", ""));
    let refused = replay(&directory, &["t.json"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("does not say which role it belongs to"),
        "{said}"
    );
    let args = ["t.json", "--resource", "arn:aws:iam::111122223333:role/ci"];
    let whole = counts(&directory, &args);
    assert_eq!(whole["decisions"]["happened"]["explicitDeny"], 1);
    assert_eq!(whole["not_decided"]["events"], 1);
    assert_eq!(
        whole["not_asked"]["reasons"],
        json!({"calls on other resources": 6})
    );
}

/// CT-3, EVAL-11: what an event does not say of a caller's other policies is neither an Allow nor a Deny.
#[test]
fn callers_whose_policies_are_not_these() {
    let directory = directory("foreign");
    let event = |identity: Value| {
        json!({"eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
            "sourceIPAddress": "203.0.113.9", "recipientAccountId": "111122223333",
            "requestParameters": {"bucketName": "reports", "key": "a"}, "userIdentity": identity})
    };
    let all = [
        event(
            json!({"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDAEXAMPLE"}),
        ),
        event(json!({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": ""})),
        event(
            json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/ann",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:user/bob"}}}),
        ),
    ];
    put(&directory, "t.json", json!({"Records": all}).to_string());
    let policy = |rest: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::reports/*"{rest}}}]}}"#
        )
    };
    put(&directory, "p.json", policy(""));
    let whole = counts(&directory, &["t.json"]);
    assert_eq!(
        whole["not_asked"]["reasons"],
        json!({"calls from outside the account": 2})
    );
    assert_eq!(
        whole["not_decided"]["reasons"],
        json!({"depends on the session policies": 1})
    );
    // With the policy of the bucket there is something to ask, and the identity policies are not those of strangers.
    put(&directory, "b.json", policy(r#","Principal":"*""#));
    put(
        &directory,
        "p.json",
        policy("").replace("s3:Get*", "s3:Put*"),
    );
    let whole = counts(&directory, &["t.json", "--policy", "b.json"]);
    assert_eq!(whole["not_asked"]["events"], 0);
    assert_eq!(whole["decisions"]["happened"]["allowed"], 3);
}

/// Whatever waits in a directory for someone to write to it is no log.
#[cfg(unix)]
#[test]
fn a_socket_in_a_directory_is_no_log() {
    let directory = directory("socket");
    fs::create_dir_all(directory.join("logs")).expect("a directory");
    put(&directory, "logs/t.jsonl", lines_of(&events(3, 1)));
    let socket = directory.join("logs/s.json");
    let _ = fs::remove_file(&socket);
    let _socket = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    assert_eq!(counts(&directory, &["logs"])["files"], 1);
}

#[test]
fn times_between_which_there_is_none() {
    let directory = directory("since");
    put(&directory, "t.jsonl", lines_of(&events(3, 1)));
    for until in ["2026-01-31", "2026-01-30T23:59:59Z"] {
        let args = ["t.jsonl", "--since", "2026-01-31", "--until", until];
        let refused = replay(&directory, &args);
        assert_eq!(refused.status.code(), Some(2), "{until}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("no time is between --since"), "{said}");
    }
}

#[test]
fn the_policy_of_an_endpoint_binds_calls_through_it() {
    let directory = directory("endpoint");
    let event = |ip: &str, endpoint: Option<&str>| {
        let mut event = json!({"eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
            "sourceIPAddress": ip, "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}});
        if let Some(id) = endpoint {
            event["vpcEndpointId"] = id.into();
        }
        event
    };
    let all = [
        event("10.0.0.1", Some("vpce-1")),
        event("198.51.100.1", Some("vpce-1")),
        event("10.0.0.1", Some("vpce-2")),
        event("10.0.0.1", None),
        event("198.51.100.1", None),
    ];
    put(&directory, "t.jsonl", lines_of(&all));
    put(
        &directory,
        "vpce.json",
        r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#,
    );
    let run = |args: &[&str]| {
        let mut all = vec!["replay", "t.jsonl", "--vpce", "vpce.json", "-f", "json"];
        all.extend(args);
        ipcond(&directory, &all).output().expect("ipcond starts")
    };
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("does not say which VPC endpoint it belongs to"),
        "{said}"
    );
    let output = run(&["--vpce-id", "vpce-1"]);
    let whole: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(whole["decisions"]["happened"]["explicitDeny"], 2);
    assert_eq!(
        whole["not_decided"]["reasons"],
        json!({"depends on which VPC endpoint it came through": 1})
    );
    assert_eq!(
        whole["not_asked"]["reasons"],
        json!({"calls through no VPC endpoint of the account": 2})
    );
}

/// Neither depth nor length of a record is paid for with more than the record.
#[test]
fn records_that_are_meant_to_harm_are_counted() {
    let directory = directory("harm");
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let long = "x".repeat(1 << 20);
    let user = |arn: &str| {
        json!({"eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
            "sourceIPAddress": "8.8.8.8", "userIdentity": {"type": "IAMUser", "arn": arn}})
    };
    let text = format!(
        r#"{{"Records":[{{"detail":{}}},{{"x":{}}},{},{},{}]}}"#,
        deep(r#"{"detail":"#, "}").replace(":}", ":1}"),
        deep("[", "]"),
        user("arn:aws:iam::111122223333:user/bob"),
        user(&format!("arn:aws:iam::111122223333:user/{long}")),
        json!({"userIdentity": {"type": long}, "eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "X"}),
    );
    put(&directory, "t.json", text);
    let whole = counts(&directory, &["t.json"]);
    assert_eq!(whole["unreadable"], 2);
    assert_eq!(whole["would_break"]["events"], 2);
    assert_eq!(whole["not_asked"]["events"], 1);
    assert!(
        whole.to_string().len() < 10_000,
        "no text is told at length"
    );
}

/// Whatever is done to the bytes, the program ends with counts that add up, and says what it could not read.
#[test]
fn damaged_logs_are_counted() {
    let directory = directory("damage");
    let forms = [
        trail::records(30, 3),
        trail::lines(30, 3),
        gzip(&trail::records(30, 3)),
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("it is small")
    };
    let (mut files, mut damaged) = (0, 0);
    for round in 0..300 {
        let mut bytes = forms[round % 3].clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(5) {
                0 => bytes[at] = b"\"\\{}[],:\n\0\xff1"[random(12)],
                1 => bytes[at] ^= 1 << random(8),
                2 => bytes.truncate(at.max(1)),
                3 => drop(bytes.drain(at..(at + random(200)).min(bytes.len()))),
                _ => {
                    let part = bytes[at..(at + random(200)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        put(&directory, &format!("logs/{round:03}.json"), &bytes);
        files += 1;
        // One process for many files, and each by itself now and then.
        if round % 30 == 29 {
            let whole = counts(&directory, &["logs"]);
            assert_eq!(whole["files"], files);
            let single = counts(&directory, &[&format!("logs/{round:03}.json")]);
            assert_eq!(single["files"], 1);
            damaged = whole["unreadable"].as_u64().expect("a count");
        }
    }
    assert!(damaged > 100, "damage shows: {damaged}");
    let output = replay(&directory, &["logs"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches(": byte ").count(), 10, "{said}");
    let more = format!("{} more records could not be read", damaged - 10);
    assert!(said.contains(&more), "{said}");
}

/// A result that is not complete never takes the place of one that was.
#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let directory = directory("output");
    put(&directory, "t.json", trail::records(50, 1));
    put(&directory, "out.csv", "old");
    let failed = replay(
        &directory,
        &["t.json", "missing.json", "-f", "csv", "-o", "out.csv"],
    );
    assert_eq!(failed.status.code(), Some(2));
    let read = || fs::read_to_string(directory.join("out.csv")).expect("it is there");
    assert_eq!(read(), "old");
    let done = replay(&directory, &["t.json", "-f", "csv", "-o", "out.csv"]);
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(read().lines().count(), 51);
}
