//! An account with changes over it is the account whose file was changed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::account::{ACCOUNT, Numbers, generate, ips};

/// An empty directory.
pub(crate) fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the directory can be made");
    directory
}

pub(crate) fn put(directory: &Path, name: &str, text: &str) {
    fs::write(directory.join(name), text).expect("the file can be written");
}

pub(crate) fn ipcond(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    let command = command.args(arguments).arg("--no-config");
    command
        .current_dir(directory)
        .output()
        .expect("ipcond starts")
}

/// A change by flag, and the account with the same change in its file.
fn change(numbers: &mut Numbers, account: &mut Value, directory: &Path) -> Vec<String> {
    let document = numbers.document();
    put(directory, "new.json", &document.to_string());
    let (list, sort, inline) = [
        ("RoleDetailList", "role", "RolePolicyList"),
        ("UserDetailList", "user", "UserPolicyList"),
        ("GroupDetailList", "group", "GroupPolicyList"),
    ][numbers.index(3)];
    let count = account[list].as_array().expect("a list").len();
    let index = numbers.index(count as u64);
    let entry = &mut account[list][index];
    let arn = entry["Arn"].as_str().expect("an ARN").to_owned();
    let name = format!("{sort}/{}", arn.rsplit('/').next().expect("a name"));
    let some = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
    match numbers.below(4) {
        0 if some(&entry[inline]) => {
            entry[inline].as_array_mut().expect("a list").remove(0);
            vec![
                "--detach".into(),
                format!("{name}={list}[{index}].{inline}[0]"),
            ]
        }
        1 if some(&entry["AttachedManagedPolicies"]) => {
            let attached = &mut entry["AttachedManagedPolicies"];
            attached.as_array_mut().expect("a list").remove(0);
            let place = format!("{list}[{index}].AttachedManagedPolicies[0]");
            vec!["--detach".into(), format!("{arn}={place}")]
        }
        2 if some(&entry[inline]) => {
            entry[inline][0]["PolicyDocument"] = document;
            let place = format!("{list}[{index}].{inline}[0]");
            vec!["--replace".into(), format!("{place}=new.json")]
        }
        3 => {
            let index = numbers.index(30);
            account["Policies"][index]["PolicyVersionList"][0]["Document"] = document;
            let place = format!("gaad.json#Policies[{index}].PolicyVersionList[0]");
            vec!["--replace".into(), format!("{place}=new.json")]
        }
        _ => {
            let own = entry[inline].as_array_mut().expect("a list");
            own.push(json!({"PolicyName": "new", "PolicyDocument": document}));
            vec!["--attach".into(), format!("{name}=new.json")]
        }
    }
}

/// For whom the change may matter: those that changed, and two of those that name what changed; and for one more.
fn asked(
    numbers: &mut Numbers,
    principals: &[String],
    before: &Value,
    after: &Value,
) -> Vec<String> {
    let entries = |account: &Value, list: &str| account[list].as_array().expect("a list").clone();
    let changed = |list: &str, key: &str| {
        let (old, new) = (entries(before, list), entries(after, list));
        let changed = old.into_iter().zip(new).filter(|(old, new)| old != new);
        let names = changed.map(|(old, _)| old[key].as_str().expect("a name").to_owned());
        names.collect::<Vec<_>>()
    };
    let concern = [
        changed("Policies", "Arn"),
        changed("GroupDetailList", "GroupName"),
    ]
    .concat();
    let mut names: Vec<String> = Vec::new();
    for (list, sort) in [("RoleDetailList", "role"), ("UserDetailList", "user")] {
        let of = |arn: &str| format!("{sort}/{}", arn.rsplit('/').next().expect("a name"));
        names.extend(changed(list, "Arn").iter().map(|arn| of(arn)));
        let all = entries(before, list).into_iter();
        let concerned = all.filter(|entry| {
            let text = entry.to_string();
            concern
                .iter()
                .any(|name| text.contains(&format!("\"{name}\"")))
        });
        let arns = concerned.map(|entry| of(entry["Arn"].as_str().expect("an ARN")));
        names.extend(arns.take(2));
    }
    names.push(principals[numbers.index(principals.len() as u64)].clone());
    names
}

/// The decision from one address, and that of each layer.
fn eval(arguments: &[&str], directory: &Path) -> [Value; 3] {
    let request = [
        "eval",
        "-f",
        "json",
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::reports/a",
        "--ip",
        "203.0.113.77",
    ];
    let output = ipcond(directory, &[&request, arguments].concat());
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    ["decision", "layers", "blocked_by"].map(|key| answer[key].clone())
}

#[test]
fn a_change_by_flag_is_a_change_of_the_file() {
    let directory = directory("overlay-property");
    let (account, principals) = generate();
    let principals: Vec<String> = principals.into_iter().map(|one| one.name).collect();
    put(&directory, "gaad.json", &account.to_string());
    let numbers = &mut Numbers(11);
    let (mut differ, mut failed) = (0, String::new());
    for _ in 0..40 {
        let mut edited = account.clone();
        let flags = change(numbers, &mut edited, &directory);
        put(&directory, "edited.json", &edited.to_string());
        for name in asked(numbers, &principals, &account, &edited) {
            let mut arguments = vec!["--account", "gaad.json", "--principal", &name];
            let plain = ips(&arguments, &directory);
            arguments.extend(flags.iter().map(String::as_str));
            let by_flag = ips(&arguments, &directory);
            let by_file = ips(
                &["--account", "edited.json", "--principal", &name],
                &directory,
            );
            if by_flag != by_file {
                let _ = writeln!(failed, "{name} {flags:?}\n  {by_flag}\n  {by_file}");
            }
            differ += usize::from(by_flag != plain);
            let by_flag = eval(&arguments, &directory);
            let by_file = eval(
                &["--account", "edited.json", "--principal", &name],
                &directory,
            );
            assert_eq!(by_flag, by_file, "{name} {flags:?}");
        }
    }
    assert!(failed.is_empty(), "{failed}");
    assert!(
        differ > 8,
        "{differ} changes make a difference: the test says little"
    );
}

const DENY: &str = r#"{"Version": "2012-10-17", "Statement": {"Sid": "Net", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}"#;
const ALLOW: &str = r#"{"Version": "2012-10-17", "Statement": {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Sid": "Vpn", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}}"#;

/// Two accounts in two files, and policies to change them by.
fn accounts(name: &str) -> PathBuf {
    let directory = directory(name);
    let allow: Value = serde_json::from_str(ALLOW).expect("JSON");
    let role = |account: &str, path: &str| {
        json!({"Arn": format!("arn:aws:iam::{account}:role/{path}"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}},
            "RolePolicyList": [{"PolicyName": "all=every", "PolicyDocument": allow}],
            "AttachedManagedPolicies": [{"PolicyName": "shared", "PolicyArn": format!("arn:aws:iam::{account}:policy/shared")},
                {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
            "PermissionsBoundary": {"PermissionsBoundaryArn": format!("arn:aws:iam::{account}:policy/shared")}})
    };
    let file = |account: &str, roles: &[&str]| {
        let roles: Vec<Value> = roles.iter().map(|path| role(account, path)).collect();
        json!({"RoleDetailList": roles,
            "GroupDetailList": [{"Arn": format!("arn:aws:iam::{account}:group/dev"), "GroupPolicyList": [{"PolicyName": "dev", "PolicyDocument": allow}]}],
            "UserDetailList": [{"Arn": format!("arn:aws:iam::{account}:user/a=b"), "GroupList": ["dev"]}],
            "Policies": [{"Arn": format!("arn:aws:iam::{account}:policy/shared"), "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": false, "Document": allow}, {"VersionId": "v2", "IsDefaultVersion": true, "Document": allow}]}]})
        .to_string()
    };
    put(
        &directory,
        "one.json",
        &file("111122223333", &["team/argos", "only"]),
    );
    put(&directory, "two.json", &file("444455556666", &["argos"]));
    put(&directory, "deny.json", DENY);
    put(&directory, "allow.json", ALLOW);
    put(&directory, "trust.json", TRUST);
    put(&directory, "x=y.json", DENY);
    put(
        &directory,
        "public.json",
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#,
    );
    directory
}

const BOTH: [&str; 3] = ["--account", "one.json", "two.json"];

#[test]
fn whom_a_change_is_about_and_what_it_does() {
    let directory = accounts("overlay-names");
    let argos = "arn:aws:iam::111122223333:role/team/argos";
    // The flag, the principal that is asked about, and the statement that decides a call from outside of the network.
    for (flag, change, principal, by) in [
        ("--attach", "role/only=deny.json", "role/only", "Net"),
        ("--attach", "role/team/argos=deny.json", argos, "Net"),
        (
            "--attach",
            "arn:aws:iam::111122223333:role/team/argos=deny.json",
            argos,
            "Net",
        ),
        (
            "--attach",
            "arn:aws:iam::111122223333:user/a=b=x=y.json",
            "arn:aws:iam::111122223333:user/a=b",
            "Net",
        ),
        (
            "--attach",
            "arn:aws:iam::111122223333:group/dev=deny.json",
            "arn:aws:iam::111122223333:user/a=b",
            "Net",
        ),
        (
            "--replace",
            "one.json#RoleDetailList[1].RolePolicyList[0]=deny.json",
            "role/only",
            "Net",
        ),
        (
            "--replace",
            "RoleDetailList[1].RolePolicyList[0]=deny.json",
            "role/only",
            "Net",
        ),
        // The boundary of all three roles, and attached to them.
        (
            "--replace",
            "one.json#Policies[0].PolicyVersionList[1]=deny.json",
            argos,
            "Net",
        ),
        (
            "--replace",
            "one.json#RoleDetailList[1].AttachedManagedPolicies[1]=deny.json",
            argos,
            "Net",
        ),
    ] {
        let mut arguments = vec![
            "eval",
            "-f",
            "json",
            "--principal",
            principal,
            "--action",
            "s3:ListAllMyBuckets",
            "--ip",
            "192.0.2.1",
        ];
        arguments.extend(BOTH);
        let before: Value =
            serde_json::from_slice(&ipcond(&directory, &arguments).stdout).expect("JSON");
        assert_ne!(before["decision"], "explicitDeny", "{change}");
        arguments.extend([flag, change]);
        let output = ipcond(&directory, &arguments);
        let after: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{change}: {}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(after["decided_by"][0]["sid"], by, "{flag} {change}");
        let file = change.rsplit_once('=').map_or("", |(_, file)| file);
        let file = if file == "y.json" { "x=y.json" } else { file };
        assert_eq!(after["decided_by"][0]["policy"], file, "{flag} {change}");
        assert_eq!(after["decided_by"][0]["start"]["line"], 1);
    }
}

#[test]
fn what_is_detached_has_no_say() {
    let directory = accounts("overlay-detached");
    let ask = |flags: &[&str]| {
        let mut arguments = vec![
            "eval",
            "-f",
            "json",
            "--principal",
            "role/only",
            "--action",
            "s3:ListAllMyBuckets",
            "--ip",
            "192.0.2.1",
        ];
        arguments.extend(BOTH);
        arguments.extend(flags);
        let output = ipcond(&directory, &arguments);
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{flags:?}: {}", String::from_utf8_lossy(&output.stderr)));
        answer["decision"].as_str().expect("a decision").to_owned()
    };
    let unread = ["--detach", "role/only=ReadOnlyAccess"];
    let shared = [
        "--detach",
        "role/only=arn:aws:iam::111122223333:policy/shared",
    ];
    let own = ["--detach", "role/only=all=every"];
    assert_eq!(ask(&[]), "depends"); // on what is attached and not in the files
    assert_eq!(ask(&unread), "allowed");
    assert_eq!(ask(&[unread, own].concat()), "allowed");
    assert_eq!(ask(&[unread, own, shared].concat()), "implicitDeny");
    assert_eq!(
        ask(&[unread, own, shared, ["--attach", "role/only=allow.json"]].concat()),
        "allowed"
    );
}

/// The files, the flags, and what is said against them: the message and the help.
type Refused<'a> = (&'a [&'a str], &'a [&'a str], &'a str, &'a str);

#[track_caller]
fn refused(directory: &Path, rows: &[Refused<'_>]) {
    for (files, flags, message, help) in rows {
        let mut arguments = vec!["ips", "--principal", "arn:aws:iam::111122223333:role/only"];
        arguments.extend(*files);
        arguments.extend(*flags);
        let output = ipcond(directory, &arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?} {said}");
        assert!(said.contains(message), "{flags:?}\n{said}");
        assert!(said.contains(help), "{flags:?}\n{said}");
    }
}

#[test]
fn whom_no_file_knows_has_nothing_attached() {
    let directory = accounts("overlay-whom");
    let one = &BOTH[..2];
    refused(
        &directory,
        &[
            (
                &[],
                &["--attach", "role/only=deny.json", "allow.json"],
                "--attach changes the policies of an account, and none was given",
                "name its authorization details: --account FILE",
            ),
            (
                &BOTH,
                &["--attach", "role/argos=deny.json"],
                "--attach role/argos=deny.json: `role/argos` may be `arn:aws:iam::111122223333:role/team/argos` or `arn:aws:iam::444455556666:role/argos`",
                "name it by its ARN",
            ),
            (
                one,
                &["--attach", "role/argo=deny.json"],
                "--attach role/argo=deny.json: no role is called `argo` in `one.json`; there are 2",
                "did you mean `role/argos`?",
            ),
            (
                one,
                &["--attach", "arn:aws:iam::111122223333:role/onli=deny.json"],
                "--attach arn:aws:iam::111122223333:role/onli=deny.json: `arn:aws:iam::111122223333:role/onli` is not in `one.json`",
                "did you mean `arn:aws:iam::111122223333:role/only`?",
            ),
            (
                one,
                &[
                    "--attach",
                    "arn:aws:iam::111122223333:policy/shared=deny.json",
                ],
                "--attach arn:aws:iam::111122223333:policy/shared=deny.json: `arn:aws:iam::111122223333:policy/shared` is not in `one.json`",
                "did you mean `arn:aws:iam::111122223333:role/team/argos`?",
            ),
            (
                one,
                &["--attach", "only=deny.json"],
                "--attach only=deny.json: `only` names no principal",
                "name it as role/NAME, user/NAME, group/NAME or by its ARN",
            ),
            (
                one,
                &["--attach", "role/only"],
                "--attach role/only: found `role/only`, expected PRINCIPAL=FILE",
                "",
            ),
            (
                one,
                &["--attach", "role/only="],
                "--attach role/only=: found `role/only=`, expected PRINCIPAL=FILE",
                "",
            ),
            (
                one,
                &["--attach", "role/only=gone.json"],
                "--attach role/only=gone.json: cannot read `gone.json`",
                "",
            ),
            (
                one,
                &["--attach", "role/only=public.json"],
                "`Principal` is not allowed in an identity-based policy",
                "",
            ),
        ],
    );
}

#[test]
fn what_is_not_attached_is_not_detached() {
    let directory = accounts("overlay-what");
    let one = &BOTH[..2];
    refused(
        &directory,
        &[
            (
                one,
                &["--detach", "role/only=sharde"],
                "--detach role/only=sharde: no policy `sharde` is attached to `arn:aws:iam::111122223333:role/only`; it has 3:\n         all=every   inline\n         arn:aws:iam::111122223333:policy/shared\n         arn:aws:iam::aws:policy/ReadOnlyAccess",
                "did you mean `shared`?",
            ),
            (
                one,
                &["--detach", "user/a=b=dev"],
                "--detach user/a=b=dev: no policy `dev` is attached to `arn:aws:iam::111122223333:user/a=b`; it has none",
                "it comes from a group: --detach group/dev=dev takes it from all its members",
            ),
        ],
    );
}

#[test]
fn where_no_document_is_none_is_replaced() {
    let directory = accounts("overlay-where");
    let one = &BOTH[..2];
    refused(
        &directory,
        &[
            (
                &BOTH,
                &[
                    "--replace",
                    "RoleDetailList[0].AssumeRolePolicyDocument=trust.json",
                ],
                "--replace RoleDetailList[0].AssumeRolePolicyDocument=trust.json: `RoleDetailList[0].AssumeRolePolicyDocument` is in 2 files",
                "say which: one.json#RoleDetailList[0].AssumeRolePolicyDocument, two.json#RoleDetailList[0].AssumeRolePolicyDocument",
            ),
            (
                one,
                &["--replace", "RoleDetailList[1].AssumeRolePolicy=trust.json"],
                "--replace RoleDetailList[1].AssumeRolePolicy=trust.json: `one.json` has no policy document at `RoleDetailList[1].AssumeRolePolicy`; of arn:aws:iam::111122223333:role/only it has:\n         RoleDetailList[1].AssumeRolePolicyDocument\n         RoleDetailList[1].RolePolicyList[0]",
                "",
            ),
            (
                one,
                &[
                    "--replace",
                    "RoleDetailLst[1].AssumeRolePolicyDocument=trust.json",
                ],
                "--replace RoleDetailLst[1].AssumeRolePolicyDocument=trust.json: `one.json` has no policy document at `RoleDetailLst[1].AssumeRolePolicyDocument`; it has 6",
                "did you mean `RoleDetailList[1].AssumeRolePolicyDocument`?",
            ),
            // Not in force.
            (
                one,
                &["--replace", "Policies[0].PolicyVersionList[0]=deny.json"],
                "--replace Policies[0].PolicyVersionList[0]=deny.json: `one.json` has no policy document at `Policies[0].PolicyVersionList[0]`; of arn:aws:iam::111122223333:policy/shared it has:\n         Policies[0].PolicyVersionList[1]",
                "",
            ),
            (
                one,
                &[
                    "--replace",
                    "RoleDetailList[1].PermissionsBoundary=deny.json",
                ],
                "--replace RoleDetailList[1].PermissionsBoundary=deny.json: `RoleDetailList[1].PermissionsBoundary` attaches arn:aws:iam::111122223333:policy/shared, and is no document",
                "its document is at Policies[0].PolicyVersionList[1]",
            ),
            (
                one,
                &[
                    "--replace",
                    "RoleDetailList[1].AssumeRolePolicyDocument=deny.json",
                ],
                "a role trust policy needs `Principal`",
                "",
            ),
            (
                one,
                &[
                    "--replace",
                    "RoleDetailList[1].RolePolicyList[0]=deny.json",
                    "--replace",
                    "RoleDetailList[1].RolePolicyList[0]=allow.json",
                ],
                "--replace RoleDetailList[1].RolePolicyList[0]=allow.json: another change is for the same place",
                "give one of them",
            ),
        ],
    );
}

#[test]
fn a_change_that_the_question_does_not_reach_is_told() {
    let directory = accounts("overlay-unreached");
    let change = "role/only=deny.json";
    let said = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(&BOTH[..2]);
        all.extend(["--attach", change]);
        let output = ipcond(&directory, &all);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let warning = format!(
        "warning: --attach {change} changes nothing here: nothing that is asked is about arn:aws:iam::111122223333:role/only\n"
    );
    let other = ["ips", "--principal", "role/argos"];
    assert!(said(&other).contains(&warning), "{}", said(&other));
    let own = ["ips", "--principal", "role/only"];
    assert!(!said(&own).contains("warning"), "{}", said(&own));
    // Who may assume a role does not depend on what the role may do.
    let to_it = [
        "eval",
        "--principal",
        "role/argos",
        "--action",
        "sts:AssumeRole",
        "--resource",
        "arn:aws:iam::111122223333:role/only",
        "--ip",
        "192.0.2.1",
    ];
    assert!(said(&to_it).contains(&warning), "{}", said(&to_it));
    let journey = [
        "assume",
        "--caller",
        "role/argos",
        "--role",
        "role/only",
        "--ip",
        "192.0.2.1",
        "--then",
        "s3:ListAllMyBuckets",
    ];
    assert!(!said(&journey).contains("warning"), "{}", said(&journey));
}

#[test]
fn a_diff_is_of_everyone_whom_changes_concern() {
    let directory = accounts("overlay-diff");
    let groups = |flags: &[&str]| {
        let mut arguments = vec!["diff", "-f", "json"];
        arguments.extend(BOTH);
        arguments.extend(flags);
        let output = ipcond(&directory, &arguments);
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{flags:?}: {}", String::from_utf8_lossy(&output.stderr)));
        let groups = answer["groups"].as_array().expect("a list").iter();
        let title = |group: &Value| {
            format!(
                "{} {}",
                group["principal"].as_str().unwrap_or("?"),
                group["action"].as_str().unwrap_or("?")
            )
        };
        let mut titles: Vec<String> = groups.map(title).collect();
        titles.dedup();
        (titles, output.status.code())
    };
    let of = |path: &str| format!("{ACCOUNT}:{path} *");
    let detached = [
        "--detach",
        "arn:aws:iam::111122223333:role/team/argos=ReadOnlyAccess",
    ];
    assert_eq!(
        groups(&["--attach", "role/only=deny.json"]),
        (vec![of("role/only")], Some(3))
    );
    assert_eq!(
        groups(&["--attach", "arn:aws:iam::111122223333:group/dev=deny.json"]),
        (vec![of("user/a=b")], Some(1))
    );
    assert_eq!(groups(&detached), (vec![of("role/team/argos")], Some(3)));
    let managed = [
        "--replace",
        "one.json#Policies[0].PolicyVersionList[1]=deny.json",
    ];
    assert_eq!(groups(&managed).0, [of("role/team/argos"), of("role/only")]);
    let trust = [
        "--replace",
        "one.json#RoleDetailList[1].AssumeRolePolicyDocument=trust.json",
    ];
    let (titles, code) = groups(&trust);
    assert_eq!(code, Some(1));
    assert!(
        titles
            .iter()
            .all(|title| title.ends_with(" sts:AssumeRole")),
        "{titles:?}"
    );
    let named = [
        "--principal",
        "role/only",
        "--attach",
        "role/only=deny.json",
    ];
    assert_eq!(groups(&named).0, [of("role/only")]);
}
