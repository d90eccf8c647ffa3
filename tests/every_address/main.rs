//! `ips`, `diff` and `eval` over blocks, as a process.

mod blocks;
mod classes;
mod diff;
mod ips;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ipcond::net::{AddressSet, Cidr};
use serde_json::Value;

/// A directory with these files, to run in.
fn directory(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("every-{name}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the directory can be made");
    for (name, content) in files {
        fs::write(directory.join(name), content).expect("the file can be written");
    }
    directory
}

#[track_caller]
fn expect(directory: &Path, args: &[&str], code: i32) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ipcond"))
        .args(args)
        .current_dir(directory)
        .env_remove("CLICOLOR_FORCE")
        .env_remove("IPCOND_CONFIG")
        .stdin(Stdio::null())
        .output()
        .expect("ipcond starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}{err}");
    (out, err)
}

/// An identity policy with statements of (effect, action, resource, condition).
fn identity(statements: &[(&str, &str, &str, &str)]) -> String {
    let statements = statements.iter().map(|(effect, action, resource, condition)| {
        format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}","Condition":{condition}}}"#)
    });
    let statements: Vec<String> = statements.collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",\n")
    )
}

const ANYWHERE: &str = "{}";

fn from(blocks: &str) -> String {
    format!(r#"{{"IpAddress":{{"aws:SourceIp":{blocks}}}}}"#)
}

/// A set of an answer in JSON, which must be a shortest sorted list.
#[track_caller]
fn set(value: &Value) -> AddressSet {
    let list = |family: &str| -> Vec<Cidr> {
        let blocks = value[family].as_array().expect("a list of blocks");
        let block = |block: &Value| block.as_str().and_then(|text| text.parse().ok());
        blocks
            .iter()
            .map(|text| block(text).expect("a block"))
            .collect()
    };
    let (v4, v6) = (list("v4"), list("v6"));
    let set: AddressSet = v4.iter().chain(&v6).copied().collect();
    assert!(
        set.blocks().eq(v4.into_iter().chain(v6)),
        "not the shortest list: {value}"
    );
    set.with_none(value["none"] == true)
}

const BOB: &str = "arn:aws:iam::111122223333:user/bob";

const ROLE_OF_ACCOUNT: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}"#;

fn policy(statements: &[&str]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",\n")
    )
}

/// Gains and what may change, by the caller of each group that changes.
#[track_caller]
fn changes(directory: &Path, more: &[&str], code: i32) -> Vec<Value> {
    let args = [&["diff", "old.json", "new.json", "-f", "json"], more].concat();
    let (out, _) = expect(directory, &args, code);
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    let groups = answer["groups"].as_array().expect("a list").iter();
    let changed = groups.filter(|group| {
        ["gained", "lost", "depends"]
            .iter()
            .any(|name| !set(&group[name]).is_empty())
    });
    changed.cloned().collect()
}
