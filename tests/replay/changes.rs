//! What other policies would change.

use super::*;

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
