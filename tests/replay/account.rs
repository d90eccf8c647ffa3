//! Every event decided by the policies of its own caller.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const ACCOUNT: &str = "arn:aws:iam::111122223333";

/// The ARNs of the users and roles of an account that is in the events, but for some.
fn principals() -> Vec<String> {
    let known = (0..200).filter(|person| person % 20 != 19 && person % 7 != 0);
    let arn = |person| {
        if person % 20 < 12 {
            format!("{ACCOUNT}:user/user-{person}")
        } else {
            format!("{ACCOUNT}:role/app/role-{person}")
        }
    };
    known.map(arn).collect()
}

/// The policies of a principal: one that allows something, and for some a boundary.
fn policies(at: usize) -> (Value, Option<Value>) {
    let actions = ["*", "s3:*", "ec2:Describe*", "iam:*"][at % 4];
    let block = ["198.51.100.0/25", "198.51.0.0/16", "203.0.113.0/24"][at % 3];
    let own = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": format!("Own{at}"), "Effect": "Allow", "Action": actions, "Resource": "*"},
        {"Sid": format!("Net{at}"), "Effect": "Deny", "Action": "s3:*", "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": block}}}]});
    let boundary = json!({"Version": "2012-10-17", "Statement": {"Sid": "Bound", "Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}});
    (own, at.is_multiple_of(5).then_some(boundary))
}

/// The authorization details of all of them; a user has his policy from a group.
fn account() -> Value {
    let (mut users, mut groups, mut roles, mut managed) = (vec![], vec![], vec![], vec![]);
    for (at, arn) in principals().into_iter().enumerate() {
        let (own, boundary) = policies(at);
        let mut entry = json!({"Arn": arn});
        if let Some(boundary) = boundary {
            let arn = format!("{ACCOUNT}:policy/b{at}");
            entry["PermissionsBoundary"] = json!({"PermissionsBoundaryArn": arn});
            managed.push(json!({"Arn": arn, "PolicyVersionList": [{"IsDefaultVersion": true, "Document": boundary}]}));
        }
        let inline = json!([{"PolicyName": "own", "PolicyDocument": own}]);
        if arn.contains(":user/") {
            let group = format!("g{at}");
            entry["GroupList"] = json!([group]);
            groups.push(
                json!({"Arn": format!("{ACCOUNT}:group/{group}"), "GroupPolicyList": inline}),
            );
            users.push(entry);
        } else {
            entry["RolePolicyList"] = inline;
            roles.push(entry);
        }
    }
    json!({"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": managed})
}

/// The rows of a replay: by the number of the event, who called, what is said, and by what.
fn rows(directory: &Path, args: &[&str]) -> BTreeMap<String, (String, Vec<String>)> {
    let mut all = vec!["replay", "--no-config", "-f", "csv"];
    all.extend(args);
    let output = ipcond(directory, &all).output().expect("ipcond starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| {
        let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
        let rest = (6..row.len()).map(text).collect();
        (text(1), (text(2), rest))
    })
    .collect()
}

/// What a caller is called in events.
fn title(arn: &str) -> String {
    match arn.split_once(":role/app/") {
        Some((_, name)) => {
            let session = name.replace("role-", "session-");
            format!("arn:aws:sts::111122223333:assumed-role/{name}/{session}")
        }
        None => arn.to_owned(),
    }
}

/// The oracle is a replay of the policies of one caller, as if they were everyone's.
#[test]
fn each_caller_is_bound_by_its_own_policies() {
    let directory = directory("account");
    put(&directory, "gaad.json", account().to_string());
    put(&directory, "t.json", trail::records(3000, 3));
    let all = rows(&directory, &["t.json", "--account", "gaad.json"]);
    assert_eq!(
        all,
        rows(&directory, &["t.json", "-j", "1", "--account", "gaad.json"])
    );
    let known = principals();
    let mut compared = 0;
    let mut decisions = BTreeSet::new();
    for (at, arn) in known.iter().enumerate().filter(|(at, _)| at % 6 == 0) {
        let (own, boundary) = policies(at);
        put(&directory, "own.json", own.to_string());
        let mut args = vec!["t.json", "--identity", "own.json"];
        if let Some(boundary) = boundary {
            put(&directory, "boundary.json", boundary.to_string());
            args.extend(["--boundary", "boundary.json"]);
        }
        let alone = rows(&directory, &args);
        for (event, row) in all.iter().filter(|(_, (who, _))| *who == title(arn)) {
            assert_eq!(row, &alone[event], "{arn} {event}");
            decisions.insert(row.1[1].clone());
            compared += 1;
        }
    }
    assert!(
        compared > 200,
        "{compared} events are compared: the test says little"
    );
    assert!(decisions.len() > 3, "{decisions:?}");
    let counted = |reason: &str| {
        let rows = all
            .values()
            .filter(|(_, rest)| rest.contains(&reason.to_owned()));
        rows.count()
    };
    // Callers of the other account, and those that are left out.
    assert!(counted("principals not in the account data") > 1000);
    assert!(counted("calls from outside the account") > 10);
    assert!(counted("calls on roles that are not in the account data") > 10);
}

#[test]
fn what_would_change_is_what_changes_between_two_accounts() {
    let directory = directory("account-change");
    let before = account();
    put(&directory, "gaad.json", before.to_string());
    put(&directory, "t.json", trail::records(3000, 4));
    let deny = r#"{"Statement": {"Sid": "Vpn", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}"#;
    put(&directory, "deny.json", deny);
    let known = principals();
    let user = known
        .iter()
        .find(|arn| arn.contains(":user/"))
        .expect("a user");
    let mut after = before.clone();
    let group = &mut after["GroupDetailList"][0]["GroupPolicyList"];
    let policy: Value = serde_json::from_str(deny).expect("JSON");
    group
        .as_array_mut()
        .expect("a list")
        .push(json!({"PolicyName": "vpn", "PolicyDocument": policy}));
    put(&directory, "after.json", after.to_string());
    let change = ["--attach", "group/g0=deny.json"];
    let by_flag = rows(
        &directory,
        &[&["t.json", "--account", "gaad.json"][..], &change].concat(),
    );
    let old = rows(&directory, &["t.json", "--account", "gaad.json"]);
    let new = rows(&directory, &["t.json", "--account", "after.json"]);
    let mut changed = 0;
    for (event, (who, row)) in &by_flag {
        // happened, current, decision …; without a comparison there is no current.
        assert_eq!(row[1], old[event].1[1], "{event}");
        assert_eq!(row[2], new[event].1[1], "{event}");
        changed += usize::from(row[1] != row[2]);
        assert!(row[1] == row[2] || who == user, "{who}");
    }
    assert!(changed > 0);
    let output = ipcond(
        &directory,
        &[
            &[
                "replay",
                "--no-config",
                "-f",
                "json",
                "t.json",
                "--account",
                "gaad.json",
            ][..],
            &change,
        ]
        .concat(),
    )
    .output()
    .expect("ipcond starts");
    assert_eq!(output.status.code(), Some(1));
    let whole: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let broken = &whole["would_break"]["groups"][0];
    assert_eq!(broken["principal"], user.as_str());
    assert_eq!(broken["place"], "deny.json:1");
}

/// An event of AssumeRole.
fn assumed(id: &str, identity: &str, role: &str, name: &str) -> Value {
    let identity: Value = serde_json::from_str(identity).expect("JSON");
    json!({"eventID": id, "eventTime": "2026-01-31T10:00:00Z", "eventSource": "sts.amazonaws.com", "eventName": name,
        "sourceIPAddress": "203.0.113.9", "recipientAccountId": "111122223333", "userIdentity": identity,
        "requestParameters": {"roleArn": format!("{ACCOUNT}:role/{role}"), "roleSessionName": "s", "principalArn": "arn:aws:iam::111122223333:saml-provider/idp"}})
}

#[test]
fn a_role_is_assumed_by_its_trust_policy() {
    let directory = directory("account-trust");
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": format!("{ACCOUNT}:root")}, "Action": "sts:AssumeRole"},
        {"Sid": "Ec2", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole",
            "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}]});
    let assume = json!({"Version": "2012-10-17", "Statement": {"Sid": "Any", "Effect": "Allow", "Action": "sts:*", "Resource": "*"}});
    let user = |name: &str, statement: &Value| json!({"Arn": format!("{ACCOUNT}:user/{name}"), "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": statement}]});
    let nothing = json!({"Version": "2012-10-17", "Statement": []});
    let broken = json!({"Version": "2012-10-17", "Statement": {"Effect": "Perhaps"}});
    let account = json!({
        "UserDetailList": [user("may", &assume), user("may-not", &nothing), user("broken", &broken)],
        "RoleDetailList": [{"Arn": format!("{ACCOUNT}:role/team/ci"), "AssumeRolePolicyDocument": trust}]});
    put(&directory, "gaad.json", account.to_string());
    let by = |name: &str| format!(r#"{{"type": "IAMUser", "arn": "{ACCOUNT}:user/{name}"}}"#);
    let service =
        |name: &str| format!(r#"{{"type": "AWSService", "invokedBy": "{name}.amazonaws.com"}}"#);
    let foreign = r#"{"type": "AWSAccount", "accountId": "444455556666"}"#;
    let saml = r#"{"type": "SAMLUser", "principalId": "x"}"#;
    let root = format!(r#"{{"type": "Root", "arn": "{ACCOUNT}:root"}}"#);
    let (role, name) = ("team/ci", "AssumeRole");
    let events = [
        assumed("may", &by("may"), role, name),
        assumed("may-not", &by("may-not"), role, name),
        assumed("gone", &by("gone"), role, name),
        assumed("broken", &by("broken"), role, name),
        assumed("ec2", &service("ec2"), role, name),
        assumed("ecs", &service("ecs"), role, name),
        assumed("foreign", foreign, role, name),
        assumed("saml", saml, role, "AssumeRoleWithSAML"),
        assumed("root", &root, role, name),
        // A role that is not in the files.
        assumed("may-other", &by("may"), "other", name),
        assumed("ec2-other", &service("ec2"), "other", name),
        assumed("foreign-other", foreign, "other", name),
    ];
    put(&directory, "t.json", json!({"Records": events}).to_string());
    let rows = rows(&directory, &["t.json", "--account", "gaad.json"]);
    for (event, decision, last) in [
        ("may", "allowed", ""),
        (
            "may-not",
            "implicitDeny",
            "not allowed by identity policies",
        ),
        ("gone", "none", "principals not in the account data"),
        (
            "broken",
            "none",
            "principals whose policies cannot be read: gaad.json:1:",
        ),
        ("ec2", "allowed", ""),
        ("ecs", "implicitDeny", "not allowed by"),
        ("foreign", "depends", "depends on principal"),
        ("saml", "implicitDeny", ""),
        ("root", "implicitDeny", ""),
        ("may-other", "depends", "depends on the trust policy"),
        (
            "ec2-other",
            "none",
            "calls on roles that are not in the account data",
        ),
        (
            "foreign-other",
            "none",
            "calls on roles that are not in the account data",
        ),
    ] {
        let (_, row) = &rows[event];
        assert_eq!(row[1], decision, "{event} {row:?}");
        assert!(
            row.iter().any(|cell| cell.contains(last)),
            "{event} {row:?}"
        );
    }
}

#[test]
fn policies_of_flags_hold_for_everyone() {
    let directory = directory("account-flags");
    put(&directory, "gaad.json", account().to_string());
    put(&directory, "t.json", trail::records(1500, 5));
    let scp = r#"{"Statement": {"Sid": "Guard", "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}"#;
    put(&directory, "scp.json", scp);
    let with = rows(
        &directory,
        &["t.json", "--account", "gaad.json", "--scp", "scp.json"],
    );
    let without = rows(&directory, &["t.json", "--account", "gaad.json"]);
    let guarded = with.values().filter(|(_, row)| row[2] == "Guard").count();
    assert!(guarded > 50, "{guarded}");
    for (event, (_, row)) in &with {
        let before = &without[event].1[1];
        assert!(
            row[1] == *before || row[1] == "explicitDeny" || row[1] == "depends",
            "{event} {before} {row:?}"
        );
    }
}

/// The policy of an endpoint binds the calls that come through it, and no others.
#[test]
fn the_policy_of_an_endpoint_binds_nobody_elsewhere() {
    let directory = directory("account-endpoint");
    put(&directory, "gaad.json", account().to_string());
    put(&directory, "t.json", trail::records(1500, 5));
    let nobody =
        r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    put(&directory, "vpce.json", nobody);
    let without = rows(&directory, &["t.json", "--account", "gaad.json"]);
    let with = rows(
        &directory,
        &[
            "t.json",
            "--account",
            "gaad.json",
            "--vpce",
            "vpce.json",
            "--vpce-id",
            "vpce-of-nobody",
        ],
    );
    let mut still = 0;
    for (event, _) in without.iter().filter(|(_, (_, row))| row[1] == "allowed") {
        let row = &with[event].1;
        // From a private address it came through an endpoint of which the event says nothing (CT-5).
        let is_unknown = row[3] == "depends on which VPC endpoint it came through";
        assert!(row[1] == "allowed" || is_unknown, "{event} {row:?}");
        still += usize::from(!is_unknown);
    }
    assert!(still > 50, "{still}");
}

#[test]
fn a_change_that_no_event_reaches_is_told() {
    let directory = directory("account-unreached");
    put(&directory, "gaad.json", account().to_string());
    put(&directory, "t.json", trail::records(50, 6));
    put(
        &directory,
        "deny.json",
        r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
    );
    let role = principals()
        .into_iter()
        .rev()
        .find(|arn| arn.contains(":role/"))
        .expect("a role");
    let change = format!("{role}=deny.json");
    let args = [
        "replay",
        "--no-config",
        "t.json",
        "-v",
        "--account",
        "gaad.json",
        "--attach",
        &change,
    ];
    let output = ipcond(&directory, &args).output().expect("ipcond starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains(&format!("attached deny.json to {role}\n")),
        "{said}"
    );
    assert!(
        said.contains(&format!("warning: --attach {change} changes nothing here")),
        "{said}"
    );
    let args = [
        "replay",
        "--no-config",
        "t.json",
        "--attach",
        &change,
        "--scp",
        "deny.json",
    ];
    let output = ipcond(&directory, &args).output().expect("ipcond starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("--attach changes the policies of an account, and none was given"),
        "{said}"
    );
}

/// More callers than are remembered, each of them twice: what was forgotten is learned anew.
#[test]
fn there_may_be_more_callers_than_are_remembered() {
    let directory = directory("account-many");
    let effect = |at: usize| {
        if at.is_multiple_of(3) {
            "Allow"
        } else {
            "Deny"
        }
    };
    let user = |at: usize| {
        let statement =
            json!({"Sid": format!("S{at}"), "Effect": effect(at), "Action": "*", "Resource": "*"});
        json!({"Arn": format!("{ACCOUNT}:user/u{at}"), "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": statement}}]})
    };
    let users: Vec<Value> = (0..1_500).map(user).collect();
    put(
        &directory,
        "gaad.json",
        json!({"UserDetailList": users}).to_string(),
    );
    let event = |at: usize| {
        json!({"eventID": at.to_string(), "eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
            "sourceIPAddress": "203.0.113.9", "userIdentity": {"type": "IAMUser", "arn": format!("{ACCOUNT}:user/u{}", at % 1_500)}})
    };
    let events: Vec<Value> = (0..3_000).map(event).collect();
    put(&directory, "t.json", json!({"Records": events}).to_string());
    let rows = rows(&directory, &["t.json", "-j", "1", "--account", "gaad.json"]);
    assert_eq!(rows.len(), 3_000);
    for (event, (_, row)) in &rows {
        let at: usize = event.parse().expect("a number");
        let expected = if effect(at % 1_500) == "Allow" {
            "allowed"
        } else {
            "explicitDeny"
        };
        assert_eq!(row[1], expected, "{event}");
        assert_eq!(row[2], format!("S{}", at % 1_500), "{event}");
    }
}
