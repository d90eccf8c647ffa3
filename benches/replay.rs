//! Bytes per second of `ipcond replay` on one thread, beside a reader that makes a tree of each event and does no more.

#[path = "common/trail.rs"]
mod trail;

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// What 73% of public policies with addresses look like, with one thing more to look at.
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Net", "Effect": "Deny", "Action": "*", "Resource": "*",
    "Condition": {"NotIpAddress": {"aws:SourceIp": ["198.51.100.0/25", "2001:db8::/32"]}, "BoolIfExists": {"aws:ViaAWSService": "false"}}}]}"#;

/// Few where it is only tried whether the bench still runs.
fn event_count() -> usize {
    let measured = std::env::args().any(|argument| argument == "--bench");
    if measured { 100_000 } else { 500 }
}

fn replay(directory: &Path, log: &str, format: &str) {
    let status = Command::new(env!("CARGO_BIN_EXE_ipcond"))
        .args(["replay", "--no-config", "-q", "-j", "1", "--exit-zero"])
        .args(["-o", "/dev/null", "-f", format, "--policy"])
        .arg(directory.join("policy.json"))
        .arg(directory.join(log))
        .stdin(Stdio::null())
        .status()
        .expect("ipcond starts");
    assert!(status.success());
}

/// The events, each as a tree.
fn trees(path: &Path) -> usize {
    let file = fs::File::open(path).expect("the log is there");
    let lines = BufReader::with_capacity(1 << 20, file).split(b'\n');
    let tree = |line: std::io::Result<Vec<u8>>| {
        let line = line.expect("it can be read");
        serde_json::from_slice::<serde_json::Value>(&line).expect("it is JSON")
    };
    lines.map(tree).filter(serde_json::Value::is_object).count()
}

fn measure(criterion: &mut Criterion) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("replay-bench");
    fs::create_dir_all(&directory).expect("the directory can be made");
    let put = |name: &str, bytes: &[u8]| {
        fs::write(directory.join(name), bytes).expect("the file can be written");
    };
    let records = trail::records(event_count(), 1);
    put("policy.json", POLICY.as_bytes());
    put("records.json", &records);
    put("lines.jsonl", &trail::lines(event_count(), 1));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&records).expect("memory can be written");
    put("records.json.gz", &encoder.finish().expect("it is written"));
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(records.len() as u64));
    for (name, log, format) in [
        ("records", "records.json", "text"),
        ("lines", "lines.jsonl", "text"),
        ("records_gz", "records.json.gz", "text"),
        ("records_to_csv", "records.json", "csv"),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| replay(&directory, log, format));
        });
    }
    let lines = directory.join("lines.jsonl");
    group.bench_function("trees_of_serde_json", |bencher| {
        bencher.iter(|| trees(&lines));
    });
    group.finish();
}

criterion_group!(benches, measure);
criterion_main!(benches);
