//! Test files that take policies from the data of an account.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::overlay::{directory, ipcond, put};

const TESTS: &str = r#"
account: gaad.json
tests:
  - { name: office, principal: role/ci, action: "s3:ListAllMyBuckets", ip: 203.0.113.9, expect: allowed }
  - { name: a session, principal: "arn:aws:sts::111122223333:assumed-role/ci/run", action: "s3:ListAllMyBuckets", ip: 203.0.113.0/24, expect: allowed }
  - { name: elsewhere, principal: role/ci, action: "s3:ListAllMyBuckets", ip: 192.0.2.1, expect: denied }
  - name: own policies go over it
    principal: role/ci
    action: s3:ListAllMyBuckets
    ip: 203.0.113.9
    policies: { identity: [] }
    expect: implicitDeny
  - { name: who may assume it, principal: user/alice, action: "sts:AssumeRole", resource: "arn:aws:iam::111122223333:role/team/ci", ip: 192.0.2.1, expect: allowed }
  - name: and then
    principal: user/alice
    steps: [ { assume_role: { role: role/ci } }, { action: "s3:ListAllMyBuckets" } ]
    ip: 203.0.113.9
    expect: allowed
"#;

fn files(name: &str) -> PathBuf {
    let directory = directory(name);
    let document = |statement: Value| json!({"Version": "2012-10-17", "Statement": statement});
    let own = document(
        json!({"Sid": "Office", "Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}),
    );
    let trust = document(
        json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}),
    );
    let assume = document(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}));
    let account = json!({
        "UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/alice", "UserPolicyList": [{"PolicyName": "assume", "PolicyDocument": assume}]}],
        "RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/team/ci", "AssumeRolePolicyDocument": trust, "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": own}]}]});
    put(&directory, "gaad.json", &account.to_string());
    put(&directory, "account_test.yaml", TESTS);
    put(
        &directory,
        "deny.json",
        r#"{"Statement": {"Sid": "Stop", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#,
    );
    directory
}

/// How many tests pass, the names of those that do not, and what is said.
#[track_caller]
fn run(directory: &Path, flags: &[&str]) -> (u64, Vec<String>, String) {
    let output = ipcond(directory, &[&["test", "-f", "json"], flags].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let whole: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    let tests = whole["files"].as_array().expect("a list").iter();
    let tests = tests.flat_map(|file| file["tests"].as_array().expect("a list"));
    let failed = tests.filter(|test| test["outcome"] != "pass");
    let names = failed.map(|test| test["name"].as_str().expect("a name").to_owned());
    let passed = whole["passed"].as_u64().expect("a number");
    (passed, names.collect(), said)
}

#[test]
fn tests_ask_about_principals_of_an_account() {
    let directory = files("suite-account");
    let (passed, failed, said) = run(&directory, &[]);
    assert_eq!((passed, failed), (6, Vec::new()), "{said}");
}

#[test]
fn changes_apply_to_every_test_with_an_account() {
    let directory = files("suite-edits");
    let flags = ["--attach", "role/ci=deny.json", "-v"];
    let (_, failed, said) = run(&directory, &flags);
    let denied = ["office", "a session", "own policies go over it", "and then"];
    // What a test says itself goes over the account, and its changes.
    let without = |name: &&str| *name != denied[2];
    assert!(
        failed.iter().eq(denied.iter().copied().filter(without)),
        "{failed:?} {said}"
    );
    let line = "attached deny.json to arn:aws:iam::111122223333:role/team/ci\n";
    assert!(said.contains(line), "{said}");
    assert!(!said.contains("warning"), "{said}");
    // Also where the flag names the account, for tests that name none.
    put(
        &directory,
        "account_test.yaml",
        &TESTS.replace("account: gaad.json\n", ""),
    );
    let (passed, _, _) = run(&directory, &["--account", "gaad.json"]);
    assert_eq!(passed, 6);
    let flags = ["--account", "gaad.json", "--detach", "role/ci=own"];
    let (_, failed, said) = run(&directory, &flags);
    assert_eq!(failed, ["office", "a session", "and then"], "{said}");
}

#[test]
fn what_is_wrong_with_an_account_is_said_of_the_test() {
    let directory = files("suite-wrong");
    let only = |tests: &str| put(&directory, "account_test.yaml", tests);
    only(
        "account: gaad.json\ntests:\n  - { principal: role/cj, action: 's3:ListAllMyBuckets', ip: 203.0.113.9, expect: allowed }\n",
    );
    let output = ipcond(&directory, &["test"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("no role is called `cj` in `gaad.json`; there are 1"),
        "{said}"
    );
    only(
        "account: [gone.json]\ntests:\n  - { principal: role/ci, action: 's3:ListAllMyBuckets', ip: 203.0.113.9, expect: allowed }\n",
    );
    let output = ipcond(&directory, &["test"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("cannot read `gone.json`"), "{said}");
    only(
        "tests:\n  - { principal: 'arn:aws:iam::111122223333:role/ci', action: 's3:ListAllMyBuckets', policies: { identity: [] }, ip: 203.0.113.9, expect: denied }\n",
    );
    let output = ipcond(&directory, &["test", "--attach", "role/ci=deny.json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("--attach changes the policies of an account, and none was given"),
        "{said}"
    );
}
