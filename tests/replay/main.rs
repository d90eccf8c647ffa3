//! `ipcond replay` as a process: events in, counts out.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

mod account;
mod changes;
mod decisions;
mod forms;
mod harm;
mod scope;
#[path = "../../benches/common/trail.rs"]
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
