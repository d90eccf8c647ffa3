//! Files that are compressed with gzip: by their content, wherever documents are read.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::{IDENTITY, percent};

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// A directory of compressed files that is removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("ipcond-packed-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.0.join(name), bytes).expect("a file");
        name.to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(directory: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ipcond"))
        .args(arguments)
        .args(["--no-config"])
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ipcond starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("ipcond ends");
    writer.join().expect("the writer ends");
    output
}

const ASKED: [&str; 6] = [
    "--action",
    "s3:GetObject",
    "--resource",
    "*",
    "--ip",
    "203.0.113.9",
];
const ROLE: &str = "arn:aws:iam::111122223333:role/ci";

#[test]
fn each_input_may_be_compressed() {
    let directory = Directory::new("each");
    let policy = directory.write("policy.json.gz", &packed(IDENTITY.as_bytes()));
    // Not by its name, but by what it is; and as several streams, as logs are.
    let mut parts = packed(&IDENTITY.as_bytes()[..20]);
    parts.extend(packed(&IDENTITY.as_bytes()[20..]));
    let two = directory.write("two.json", &parts);
    let list = json!([{"PolicyName": "p", "PolicyDocument": percent(IDENTITY)}]);
    let details = json!({"RoleDetailList": [{"Arn": ROLE, "RolePolicyList": list}]}).to_string();
    let details = directory.write("details.json.gz", &packed(details.as_bytes()));
    let item = json!({"resourceType": "AWS::IAM::Role", "arn": ROLE, "configuration": {"arn": ROLE, "rolePolicyList":
        [{"policyName": "p", "policyDocument": percent(IDENTITY)}], "attachedManagedPolicies": [], "permissionsBoundary": null}});
    let lines = directory.write("items.jsonl.gz", &packed(format!("{item}\n\n").as_bytes()));
    let scenario = json!({"action": "s3:GetObject", "resource": "*", "principal": ROLE, "context": {"aws:SourceIp": "203.0.113.9"},
        "policies": {"identity": ["policy.json.gz"]}});
    let scenario = directory.write("scenario.json.gz", &packed(scenario.to_string().as_bytes()));
    let asked = |arguments: &[&str]| {
        let mut all = vec!["eval"];
        all.extend(arguments);
        all.extend(ASKED);
        run(&directory.0, &all, &packed(IDENTITY.as_bytes()))
    };
    for arguments in [
        &[policy.as_str()][..],
        &[&two],
        &["--identity", &policy],
        &["-"],
        &["--account", &details, "--principal", "role/ci"],
        &["--account", &lines, "--principal", "role/ci"],
        &[&details, "--principal", "role/ci"],
        &["--scenario", &scenario],
    ] {
        let output = asked(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {text}");
    }
    // A directory is walked for them.
    let found = run(&directory.0, &["find", "203.0.113.9", "."], b"");
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(text.contains("policy.json.gz:1:"), "{text}");
}

#[test]
fn what_is_too_large_or_damaged() {
    let directory = Directory::new("bad");
    // A few kilobytes that would be gigabytes.
    let blanks = vec![b' '; 33 << 20];
    let bomb = directory.write("bomb.json.gz", &packed(&blanks));
    let whole = packed(IDENTITY.as_bytes());
    let cut = directory.write("cut.json.gz", &whole[..whole.len() / 2]);
    let mut flipped = whole.clone();
    flipped[whole.len() - 6] ^= 1;
    let flipped = directory.write("flipped.json.gz", &flipped);
    let twice = directory.write("twice.json.gz", &packed(&whole));
    for (file, message) in [
        (&bomb, "error: `bomb.json.gz` is over 32 MiB"),
        (&cut, "error: cannot read `cut.json.gz`: "),
        (&flipped, "error: cannot read `flipped.json.gz`: "),
        (&twice, "error: `twice.json.gz` is compressed with gzip"),
    ] {
        // Documents, and texts of which there is only one to a file: each has its own bound.
        for flag in [&["eval", "--identity"], &["eval", "--scenario"]] {
            let mut arguments = flag.to_vec();
            arguments.push(file);
            arguments.extend(ASKED);
            let output = run(&directory.0, &arguments, b"");
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            assert!(text.starts_with(message), "{arguments:?}: {text}");
        }
    }
}
