//! Rows per second of `ipcond batch` on one thread, beside a reader that only counts the cells.

#[path = "common/rows.rs"]
mod rows;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rows::Workload;

/// Few where it is only tried whether the bench still runs.
fn row_count() -> u32 {
    let measured = std::env::args().any(|argument| argument == "--bench");
    if measured { 200_000 } else { 1_000 }
}

fn decide(directory: &Path, name: &str, threads: &str) {
    let status = Command::new(env!("CARGO_BIN_EXE_ipcond"))
        .args([
            "batch",
            "--no-config",
            "-q",
            "-o",
            "/dev/null",
            "--missing",
            "absent",
        ])
        .args(["-j", threads])
        .arg(directory.join(format!("{name}.json")))
        .arg(directory.join(format!("{name}.csv")))
        .stdin(Stdio::null())
        .status()
        .expect("ipcond starts");
    assert!(status.success());
}

fn count(path: &Path) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 20)
        .from_path(path)
        .expect("the table is there");
    let (mut record, mut cells) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).expect("it is CSV") {
        cells += record.len();
    }
    cells
}

fn batch(criterion: &mut Criterion) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("batch");
    fs::create_dir_all(&directory).expect("the directory can be made");
    let rows = row_count();
    let mut group = criterion.benchmark_group("batch_csv");
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::from(rows)));
    for workload in Workload::all(200) {
        let name = workload.name;
        let table = directory.join(format!("{name}.csv"));
        fs::write(&table, workload.rows(rows as usize)).expect("the table can be written");
        let policy = directory.join(format!("{name}.json"));
        fs::write(policy, workload.policy.to_string()).expect("the policy can be written");
        group.bench_function(format!("{name}/decided"), |bencher| {
            bencher.iter(|| decide(&directory, name, "1"));
        });
        group.bench_function(format!("{name}/decided_by_two"), |bencher| {
            bencher.iter(|| decide(&directory, name, "2"));
        });
        group.bench_function(format!("{name}/counted_by_the_csv_crate"), |bencher| {
            bencher.iter(|| count(&table));
        });
    }
    group.finish();
}

criterion_group!(benches, batch);
criterion_main!(benches);
