//! Policies that stand in files among other things.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// Everyone from a block, without IPv6: IP012 as an Allow of a caller.
fn allow(block: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "Net", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": [block]}}}]})
}

fn trust(condition: bool) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"});
    if condition {
        statement["Condition"] =
            json!({"IpAddress": {"aws:SourceIp": ["52.94.76.0/24", "2600:1f00::/48"]}});
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("lint-held-{name}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the directory can be made");
    directory
}

fn put(directory: &Path, name: &str, value: &Value) {
    let text = serde_json::to_string_pretty(value).expect("JSON");
    fs::write(directory.join(name), text).expect("the file can be written");
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    let command = command.args(["lint", "--no-config"]).args(arguments);
    command.current_dir(directory).output().expect("it starts")
}

/// The findings as `lint/1`.
#[track_caller]
fn findings(directory: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = run(directory, &[&["-f", "json"], arguments].concat());
    let whole: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    whole["findings"].as_array().expect("a list").clone()
}

/// What a file is, where the block stands in it, and whose it is.
#[test]
fn each_kind_of_file_is_looked_through() {
    let block = "52.94.77.0/24";
    let text = allow(block).to_string();
    // As IAM encodes it, but for what it would leave as it is.
    let encoded = text.bytes().fold(String::new(), |encoded, byte| {
        encoded + &format!("%{byte:02X}")
    });
    let arn = "arn:aws:iam::111122223333:role/ci";
    for (name, file, address, owner) in [
        (
            "gaad",
            json!({"RoleDetailList": [{"Arn": arn, "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": allow(block)}]}]}),
            "RoleDetailList[0].RolePolicyList[0]",
            Some(arn),
        ),
        (
            "encoded",
            json!({"RoleDetailList": [{"Arn": arn, "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": encoded}]}]}),
            "RoleDetailList[0].RolePolicyList[0]",
            Some(arn),
        ),
        (
            "output",
            json!({"RoleName": "ci", "PolicyName": "p", "PolicyDocument": allow(block)}),
            "PolicyDocument",
            Some("ci"),
        ),
        (
            "plan",
            json!({"format_version": "1.2", "resource_changes": [{"address": "aws_iam_policy.ci", "mode": "managed", "type": "aws_iam_policy", "name": "ci",
            "change": {"actions": ["create"], "before": null, "after": {"policy": text}, "after_unknown": {}}}]}),
            "aws_iam_policy.ci.policy",
            None,
        ),
        (
            "state",
            json!({"format_version": "1.0", "values": {"root_module": {"resources": [{"address": "aws_iam_policy.ci", "mode": "managed", "type": "aws_iam_policy", "name": "ci",
            "values": {"policy": text}}]}}}),
            "aws_iam_policy.ci.policy",
            None,
        ),
        (
            "template",
            json!({"Resources": {"Ci": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": allow(block)}}}}),
            "Resources.Ci.Properties.PolicyDocument",
            None,
        ),
        (
            "simulation",
            json!({"PolicyInputList": [text], "ActionNames": ["s3:GetObject"]}),
            "PolicyInputList[0]",
            None,
        ),
    ] {
        let directory = directory(name);
        put(&directory, "f.json", &file);
        let found = findings(&directory, &["f.json", "--select", "IP012"]);
        assert_eq!(found.len(), 1, "{name} {found:?}");
        let one = &found[0];
        assert_eq!(one["path"], "f.json", "{name}");
        assert_eq!(one["document"], address, "{name}");
        if let Some(owner) = owner {
            assert_eq!(one["owner"], owner, "{name}");
        }
        assert_eq!(one["sid"], "Net", "{name}");
        // The way is that in the document.
        let way = json!([{"value": "Statement"}, {"index": 0}, {"value": "Condition"}, {"value": "IpAddress"}, {"value": "aws:SourceIp"}]);
        assert_eq!(one["location"], way, "{name}");
        // In a string, the place in its text and the string around it; else the place in the file.
        let whole = serde_json::to_string_pretty(&file).expect("JSON");
        let start = usize::try_from(one["start"]["offset"].as_u64().expect("a number"))
            .expect("it is small");
        if let Some(within) = one.get("in") {
            assert!(
                text[start..].starts_with("\"aws:SourceIp\""),
                "{name} {}",
                &text[start..]
            );
            let at = usize::try_from(within["start"]["offset"].as_u64().expect("a number"))
                .expect("it is small");
            assert!(whole[at..].starts_with(['"']), "{name}");
            assert_eq!(within["path"], "f.json", "{name}");
        } else {
            assert!(
                whole[start..].starts_with("\"aws:SourceIp\""),
                "{name} {}",
                &whole[start..]
            );
        }
        // A list of blocks of documentation is another finding; nothing here is an error.
        assert_eq!(
            run(&directory, &["f.json"]).status.code(),
            Some(0),
            "{name}"
        );
    }
}

#[test]
fn formats_for_other_programs_point_into_the_file() {
    let directory = directory("places");
    let text = allow("52.94.77.0/24").to_string();
    put(
        &directory,
        "f.json",
        &json!({"Role": "x", "PolicyDocument": text}),
    );
    let line = 2; // of the string
    let said = |format: &str| {
        let output = run(&directory, &["f.json", "--select", "IP012", "-f", format]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let sarif: Value = serde_json::from_str(&said("sarif")).expect("JSON");
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "f.json");
    assert_eq!(place["region"]["startLine"], line);
    assert_eq!(place["region"]["startColumn"], 21);
    let gitlab: Value = serde_json::from_str(&said("gitlab")).expect("JSON");
    assert_eq!(
        gitlab[0]["location"],
        json!({"path": "f.json", "lines": {"begin": line, "end": line}})
    );
    let github = said("github");
    assert!(
        github.contains(&format!("file=f.json,line={line},col=21,endLine={line}")),
        "{github}"
    );
    assert!(github.contains("%0Ain PolicyDocument"), "{github}");
    let concise = said("concise");
    assert!(
        concise.starts_with(&format!("f.json:{line}:21: warning IP012 ")),
        "{concise}"
    );
    assert!(concise.ends_with("   in PolicyDocument\n"), "{concise}");
    let junit = said("junit");
    assert!(
        junit.contains(r#"<testsuite name="f.json" tests="1" failures="1""#),
        "{junit}"
    );
    let full = said("full");
    assert!(full.contains("f.json#PolicyDocument:1:"), "{full}");
    assert!(full.contains("in the string at f.json:2:21"), "{full}");
}

#[test]
fn a_document_that_cannot_be_read_does_not_hide_the_others() {
    let directory = directory("broken");
    let role = |name: &str, document: Value| json!({"Arn": format!("arn:aws:iam::111122223333:role/{name}"), "AssumeRolePolicyDocument": trust(false), "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": document}]});
    let broken = json!({"Version": "2012-10-17", "Statement": {"Effect": "Perhaps", "Action": "*", "Resource": "*"}});
    put(
        &directory,
        "f.json",
        &json!({"RoleDetailList": [role("a", broken), role("b", allow("52.94.77.0/24"))]}),
    );
    let found = findings(&directory, &["f.json", "--select", "IP012"]);
    let codes: Vec<&Value> = found.iter().map(|one| &one["code"]).collect();
    assert_eq!(codes.len(), 2, "{found:?}");
    assert!(codes.contains(&&json!("IP012")));
    let unread = found
        .iter()
        .find(|one| one["code"] != "IP012")
        .expect("a finding");
    assert_eq!(unread["document"], "RoleDetailList[0].RolePolicyList[0]");
    assert_eq!(
        run(&directory, &["f.json", "--select", "IP012"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn what_belongs_to_one_role_is_looked_at_together() {
    let directory = directory("beside");
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": ["52.94.77.0/24", "2600:1f00::/48"]}}}]});
    let role = |name: &str, own: bool| json!({"Arn": format!("arn:aws:iam::111122223333:role/{name}"), "AssumeRolePolicyDocument": trust(own), "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": deny}]});
    let roles = json!({"RoleDetailList": [role("a", true), role("b", false)]});
    put(&directory, "f.json", &roles);
    // LINT-20: who may assume b is not stopped by what its session may not do; the trust policy of a tests the address.
    let found = findings(&directory, &["f.json", "--select", "IP020"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["owner"], "arn:aws:iam::111122223333:role/b");
}

#[test]
fn what_a_template_leaves_open_is_no_mistake() {
    let directory = directory("open");
    let template = json!({"Parameters": {"Office": {"Type": "String"}}, "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Ci": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Sid": "Open", "Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                "Condition": {"IpAddress": {"aws:SourceIp": [{"Ref": "Office"}]}}},
            {"Sid": "Known", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
            {"Sid": "Part", "Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::GetAtt": "Bucket.Arn"},
                "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]}}}}});
    put(&directory, "f.json", &template);
    let found = findings(&directory, &["f.json"]);
    let said: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or_default();
            (text("sid"), text("code"), text("severity"))
        })
        .collect();
    assert!(!said.iter().any(|(sid, ..)| *sid == "Open"), "{said:?}");
    assert!(said.contains(&("Known", "IP005", "error")), "{said:?}");
    // What would be an error may be none, as long as a part is not known.
    assert!(said.contains(&("Part", "IP005", "warning")), "{said:?}");
    // A plan whose text is known after apply says nothing yet.
    let plan = json!({"format_version": "1.2", "resource_changes": [{"address": "aws_iam_policy.ci", "mode": "managed", "type": "aws_iam_policy", "name": "ci",
        "change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {"policy": true}}}]});
    put(&directory, "plan.json", &plan);
    assert_eq!(findings(&directory, &["plan.json"]), Vec::<Value>::new());
}

#[test]
fn a_file_of_several_documents_is_never_changed() {
    let directory = directory("fix");
    // IP010: the host bits are set, which --fix would mend in a file that is a policy.
    put(&directory, "plain.json", &allow("52.94.77.9/24"));
    put(
        &directory,
        "held.json",
        &json!({"RoleName": "ci", "PolicyName": "p", "PolicyDocument": allow("52.94.77.9/24")}),
    );
    let read = |name: &str| fs::read_to_string(directory.join(name)).expect("it is there");
    let (plain, held) = (read("plain.json"), read("held.json"));
    let found = findings(&directory, &["held.json", "--select", "IP010"]);
    assert_eq!(found[0]["fix"], Value::Null);
    let note = "note: held.json holds its policies among other things, and is left as it is; change what it is made from\n";
    for flag in ["--diff", "--fix"] {
        let output = run(&directory, &["plain.json", "held.json", flag]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(note), "{said}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("held.json\n"));
    }
    assert_ne!(read("plain.json"), plain);
    assert_eq!(read("held.json"), held);
}

#[test]
fn compressed_files_are_looked_through_and_never_changed() {
    let directory = directory("packed");
    let policy = allow("52.94.77.9/24").to_string();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(policy.as_bytes())
        .expect("memory takes it");
    let packed = encoder.finish().expect("memory takes it");
    fs::write(directory.join("policy.json.gz"), &packed).expect("it can be written");
    // Named, and found by walking the directory.
    for arguments in [&["policy.json.gz"][..], &[]] {
        let found = findings(&directory, &[arguments, &["--select", "IP010"]].concat());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["path"], "policy.json.gz");
        assert_eq!(found[0]["fix"], Value::Null);
    }
    let note = "note: policy.json.gz is compressed, and is left as it is; change it before that\n";
    for flag in ["--diff", "--fix"] {
        let output = run(&directory, &["policy.json.gz", flag]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(note), "{said}");
        assert!(!said.contains("fixable"), "{said}");
    }
    let now = fs::read(directory.join("policy.json.gz")).expect("it is there");
    assert_eq!(now, packed);
}

#[test]
fn a_finding_stays_the_same_where_its_number_changes() {
    let directory = directory("fingerprint");
    let role = |name: &str| json!({"Arn": format!("arn:aws:iam::111122223333:role/{name}"), "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": allow("52.94.77.0/24")}]});
    let of = |roles: &[&str]| {
        let roles: Vec<Value> = roles.iter().map(|name| role(name)).collect();
        put(&directory, "f.json", &json!({"RoleDetailList": roles}));
        findings(&directory, &["f.json", "--select", "IP012"])
    };
    let (before, after) = (of(&["b"]), of(&["a", "b"]));
    assert_eq!(before[0]["fingerprint"], after[1]["fingerprint"]);
    assert_ne!(after[0]["fingerprint"], after[1]["fingerprint"]);
    fs::write(
        directory.join("baseline.json"),
        run(&directory, &["f.json", "-f", "json"]).stdout,
    )
    .expect("it can be written");
    assert_eq!(
        findings(&directory, &["f.json", "--baseline", "baseline.json"]),
        Vec::<Value>::new()
    );
}

#[test]
fn requests_tests_and_events_are_no_policies() {
    let directory = directory("others");
    put(&directory, "policy.json", &allow("52.94.77.0/24"));
    put(
        &directory,
        "scenario.json",
        &json!({"action": "s3:GetObject", "policies": {"identity": [allow("52.94.77.0/24")]}}),
    );
    put(
        &directory,
        "a_test.json",
        &json!({"policies": {"identity": [allow("52.94.77.0/24")]}, "tests": []}),
    );
    put(
        &directory,
        "trail.json",
        &json!({"Records": [{"eventName": "PutRolePolicy", "requestParameters": {"policyDocument": allow("52.94.77.0/24").to_string()}}]}),
    );
    let output = run(&directory, &["-f", "concise"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.lines().count(), 1, "{said}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("note: 3 files are no policies; passed over"),
        "{said}"
    );
}

#[test]
fn what_does_not_count_is_said_by_the_file() {
    let directory = directory("ignore");
    put(
        &directory,
        "gaad.json",
        &json!({"RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/ci", "AssumeRolePolicyDocument": trust(true).to_string()}]}),
    );
    fs::write(
        directory.join("c.toml"),
        "[lint.ignore]\n'gaad.json' = { codes = ['IP'], reason = 'not ours' }\n",
    )
    .expect("it can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    let command = command
        .args(["lint", "--config", "c.toml", "gaad.json"])
        .current_dir(&directory);
    let output = command.output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "no findings in 1 file\n"
    );
}

/// What stands around a document is none of it: neither its length nor its letters.
#[test]
fn only_the_document_is_measured() {
    let directory = directory("measured");
    let long = "x".repeat(11_000);
    let role = json!({"Arn": "arn:aws:iam::111122223333:role/ci", "Tags": [{"Key": "note", "Value": format!("\u{2014}{long}")}],
        "AssumeRolePolicyDocument": trust(false), "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": allow("52.94.77.0/24")}]});
    put(&directory, "f.json", &json!({"RoleDetailList": [role]}));
    assert_eq!(
        findings(&directory, &["f.json", "--select", "PL"]),
        Vec::<Value>::new()
    );
    // 6,144 characters are counted without the blanks that a program prints (GRAM-58), and letters where they stand.
    let mut dash = allow("52.94.77.0/24");
    dash["Statement"][0]["Sid"] = json!("x\u{2014}");
    dash["Statement"][0]["Resource"] = json!([format!("arn:aws:s3:::{}", "y".repeat(6_000))]);
    put(
        &directory,
        "f.json",
        &json!({"RoleName": "ci", "PolicyName": "p", "PolicyDocument": dash}),
    );
    let found = findings(&directory, &["f.json", "--select", "PL016,PL050"]);
    let codes: Vec<&str> = found
        .iter()
        .map(|one| one["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(codes, ["PL050", "PL016"], "{found:?}");
    let text = fs::read_to_string(directory.join("f.json")).expect("it is there");
    let at = usize::try_from(found[1]["start"]["offset"].as_u64().expect("a number"))
        .expect("it is small");
    assert!(text[at..].starts_with('\u{2014}'));
}

/// A template is read once, and not once for each of its documents.
#[test]
fn many_documents_of_a_template() {
    let directory = directory("many");
    let policy = json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": allow("52.94.77.0/24")}});
    let names = (0..4_000).map(|number| (format!("P{number}"), policy.clone()));
    let resources: serde_json::Map<String, Value> = names.collect();
    put(&directory, "f.json", &json!({"Resources": resources}));
    let found = findings(&directory, &["f.json", "--select", "IP012"]);
    assert_eq!(found.len(), 4_000);
}
