//! What an account says of a principal is what its documents say, given one by one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::percent;

pub(crate) const ACCOUNT: &str = "arn:aws:iam::111122223333";

/// Numbers that are the same in each run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub(crate) fn document(&mut self) -> Value {
        let statements = 1 + self.below(3);
        let statements = (0..statements).map(|_| {
            let effect = if self.below(4) == 0 { "Deny" } else { "Allow" };
            let action = ["s3:GetObject", "s3:*", "ec2:StopInstances", "*"][self.index(4)];
            let mut statement = json!({"Effect": effect, "Action": action, "Resource": "*"});
            if self.below(4) > 0 {
                let operator = ["IpAddress", "NotIpAddress"][self.index(2)];
                let block = format!("203.0.113.{}/28", self.below(16) * 16);
                statement["Condition"] = json!({operator: {"aws:SourceIp": block}});
            }
            statement
        });
        json!({"Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>()})
    }

    pub(crate) fn index(&mut self, limit: u64) -> usize {
        usize::try_from(self.below(limit)).expect("it is small")
    }

    /// A document as tools write it: an object, or percent-encoded.
    fn written(&mut self, document: &Value) -> Value {
        if self.below(2) == 0 {
            document.clone()
        } else {
            json!(percent(&document.to_string()))
        }
    }
}

/// A principal, and what applies to it.
pub(crate) struct Principal {
    pub(crate) name: String,
    identity: Vec<Value>,
    boundary: Option<Value>,
}

/// An account of 200 roles, 20 users in 5 groups and 30 managed policies; and what applies to whom.
pub(crate) fn generate() -> (Value, Vec<Principal>) {
    let numbers = &mut Numbers(7);
    let managed: Vec<Value> = (0..30).map(|_| numbers.document()).collect();
    let arn = |index: usize| format!("{ACCOUNT}:policy/team/m{index}");
    let policies: Vec<Value> = managed.iter().enumerate().map(|(index, document)| {
        let old = numbers.document();
        let written = numbers.written(document);
        json!({"PolicyName": format!("m{index}"), "Arn": arn(index), "DefaultVersionId": "v2", "PolicyVersionList": [
            {"VersionId": "v2", "IsDefaultVersion": true, "Document": written},
            {"VersionId": "v1", "IsDefaultVersion": false, "Document": old}]})
    }).collect();
    let mut principals = Vec::new();
    let own = |numbers: &mut Numbers, identity: &mut Vec<Value>| {
        let inline: Vec<Value> = (0..numbers.below(3)).map(|_| numbers.document()).collect();
        let attached: Vec<usize> = (0..numbers.below(3)).map(|_| numbers.index(30)).collect();
        identity.extend(inline.iter().cloned());
        identity.extend(attached.iter().map(|index| managed[*index].clone()));
        let inline: Vec<Value> = inline
            .iter()
            .map(|document| json!({"PolicyName": "p", "PolicyDocument": numbers.written(document)}))
            .collect();
        let attached: Vec<Value> = attached
            .iter()
            .map(|index| json!({"PolicyName": "m", "PolicyArn": arn(*index)}))
            .collect();
        (inline, attached)
    };
    let mut groups = Vec::new();
    let mut of_group = Vec::new();
    for index in 0..5 {
        let mut identity = Vec::new();
        let (inline, attached) = own(numbers, &mut identity);
        groups.push(json!({"Arn": format!("{ACCOUNT}:group/g{index}"), "GroupName": format!("g{index}"), "GroupPolicyList": inline, "AttachedManagedPolicies": attached}));
        of_group.push(identity);
    }
    let mut users = Vec::new();
    for index in 0..20 {
        let mut identity = Vec::new();
        let (inline, attached) = own(numbers, &mut identity);
        let member: Vec<usize> = (0..5).filter(|_| numbers.below(3) == 0).collect();
        identity.extend(member.iter().flat_map(|group| of_group[*group].clone()));
        let list: Vec<String> = member.iter().map(|group| format!("g{group}")).collect();
        users.push(json!({"Arn": format!("{ACCOUNT}:user/people/u{index}"), "UserName": format!("u{index}"), "UserPolicyList": inline, "AttachedManagedPolicies": attached, "GroupList": list}));
        principals.push(Principal {
            name: format!("user/u{index}"),
            identity,
            boundary: None,
        });
    }
    let mut roles = Vec::new();
    for index in 0..200 {
        let mut identity = Vec::new();
        let (inline, attached) = own(numbers, &mut identity);
        let boundary = (numbers.below(3) == 0).then(|| numbers.index(30));
        let mut role = json!({"Arn": format!("{ACCOUNT}:role/r{index}"), "RoleName": format!("r{index}"), "RolePolicyList": inline, "AttachedManagedPolicies": attached, "AssumeRolePolicyDocument": {"Statement": []}});
        if let Some(boundary) = boundary {
            role["PermissionsBoundary"] = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn(boundary)});
        }
        roles.push(role);
        principals.push(Principal {
            name: format!("role/r{index}"),
            identity,
            boundary: boundary.map(|index| managed[index].clone()),
        });
    }
    let account = json!({"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies});
    (account, principals)
}

/// What AWS Config would have recorded of the account, in three shapes: names begin with small letters, and documents are
/// percent-encoded.
fn as_config(account: &Value) -> [(&'static str, String); 3] {
    let lists = [
        ("UserDetailList", "AWS::IAM::User"),
        ("GroupDetailList", "AWS::IAM::Group"),
        ("RoleDetailList", "AWS::IAM::Role"),
        ("Policies", "AWS::IAM::Policy"),
    ];
    let mut items = Vec::new();
    for (list, of_type) in lists {
        for entry in account[list].as_array().expect("a list") {
            let mut configuration = lowered(entry);
            // What there is none of is left out in the details, and null here.
            if ["UserDetailList", "RoleDetailList"].contains(&list) {
                let members = configuration.as_object_mut().expect("an object");
                members.entry("permissionsBoundary").or_insert(Value::Null);
            }
            items.push(json!({"resourceType": of_type, "arn": entry["Arn"], "configurationItemStatus": "OK", "configuration": configuration}));
        }
    }
    let snapshot = json!({"fileVersion": "1.0", "configurationItems": items}).to_string();
    let lines: Vec<String> = items.iter().map(Value::to_string).collect();
    for item in &mut items {
        item["configuration"] = json!(item["configuration"].to_string());
    }
    let batch = json!({"baseConfigurationItems": items, "unprocessedResourceKeys": []}).to_string();
    [
        ("snapshot.json", snapshot),
        ("items.jsonl", lines.join("\n")),
        ("batch.json", batch),
    ]
}

fn lowered(value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements.iter().map(lowered).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| {
                let value = match value {
                    Value::Object(_) if key.ends_with("Document") => {
                        json!(percent(&value.to_string()))
                    }
                    _ => lowered(value),
                };
                (key[..1].to_lowercase() + &key[1..], value)
            });
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// The answers of `ips`: what is allowed, denied and open, without where it stands.
pub(crate) fn ips(arguments: &[&str], directory: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    command.args([
        "ips",
        "-f",
        "json",
        "--action",
        "s3:GetObject",
        "--action",
        "ec2:StopInstances",
        "--resource",
        "*",
        "--no-config",
    ]);
    let output = command
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut answer: Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)));
    for answer in answer["answers"].as_array_mut().expect("a list") {
        answer.as_object_mut().expect("an object").remove("parts");
    }
    answer
}

#[test]
fn an_account_says_what_its_documents_say() {
    let directory = std::env::temp_dir().join(format!("ipcond-account-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let write = |name: &str, value: &Value| {
        std::fs::write(directory.join(name), value.to_string()).expect("a file");
        PathBuf::from(name)
    };
    let (account, principals) = generate();
    // As scripts page it: the roles in two files, the policies in a third.
    let mut roles = account["RoleDetailList"]
        .as_array()
        .expect("a list")
        .clone();
    let rest = roles.split_off(90);
    write(
        "1.json",
        &json!({"RoleDetailList": roles, "UserDetailList": account["UserDetailList"]}),
    );
    write(
        "2.json",
        &json!({"RoleDetailList": rest, "GroupDetailList": account["GroupDetailList"]}),
    );
    write(
        "3.json",
        &json!({"RoleDetailList": [], "Policies": account["Policies"]}),
    );
    let shapes = as_config(&account);
    for (name, text) in &shapes {
        std::fs::write(directory.join(name), text).expect("a file");
    }
    let (mut allowed, mut failed) = (0, String::new());
    for (number, principal) in principals.iter().enumerate() {
        let kind = principal.name.split('/').next().expect("a part");
        let path = if kind == "user" {
            "user/people"
        } else {
            "role"
        };
        let arn = format!(
            "{ACCOUNT}:{path}/{}",
            principal.name.split('/').next_back().expect("a part")
        );
        let mut arguments = vec!["--principal".to_owned(), arn];
        if principal.identity.is_empty() {
            let scenario = write("none.json", &json!({"policies": {"identity": []}}));
            arguments.extend(["--scenario".into(), scenario.display().to_string()]);
        } else {
            arguments.push("--identity".into());
        }
        for (index, document) in principal.identity.iter().enumerate() {
            arguments.push(
                write(&format!("identity-{index}.json"), document)
                    .display()
                    .to_string(),
            );
        }
        if let Some(boundary) = &principal.boundary {
            let path = write("boundary.json", boundary);
            arguments.extend(["--boundary".into(), path.display().to_string()]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let one_by_one = ips(&arguments, &directory);
        let together = ips(
            &[
                "--account",
                "1.json",
                "2.json",
                "3.json",
                "--principal",
                &principal.name,
            ],
            &directory,
        );
        if one_by_one != together {
            let _ = writeln!(failed, "{}\n  {one_by_one}\n  {together}", principal.name);
        }
        // Each shape for some of them: together they are all of the account.
        if number % 3 == 0 {
            let (name, _) = &shapes[number / 3 % shapes.len()];
            let recorded = ips(
                &["--account", name, "--principal", &principal.name],
                &directory,
            );
            if one_by_one != recorded {
                let _ = writeln!(
                    failed,
                    "{} in {name}\n  {one_by_one}\n  {recorded}",
                    principal.name
                );
            }
        }
        allowed += usize::from(together["answers"][0]["allowed"]["v4"] != json!([]));
    }
    std::fs::remove_dir_all(&directory).expect("it is there");
    assert!(failed.is_empty(), "{failed}");
    assert!(
        (40..180).contains(&allowed),
        "{allowed} principals are allowed something: the test says little"
    );
}
