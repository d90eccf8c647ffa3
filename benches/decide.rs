//! How long decisions take: one, from text and from parsed policies; every address at once; a difference.
//!
//! `cargo bench --bench decide`; numbers by machine and date are in `benches/README.md`.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipcond::ask::diff::diff;
use ipcond::ask::groups::Wanted;
use ipcond::ask::ips::ips;
use ipcond::eval::{Everywhere, Scenario, decide};
use ipcond::input::{Documents, read_scenario};
use ipcond::json;
use ipcond::source::Source;
use jiff::Timestamp;

/// A scenario of five policies of about 500 bytes, three identity policies, a boundary and an SCP, each with
/// `blocks` CIDR blocks.
fn scenario_text(blocks: usize) -> String {
    let list: Vec<String> = (0..blocks)
        .map(|block| format!("\"10.{}.{}.0/24\"", block / 256, block % 256))
        .collect();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Office","Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::reports/*","arn:aws:s3:::data/*"],"Condition":{{"IpAddress":{{"aws:SourceIp":[{}]}},"StringLike":{{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/*"}}}}}},{{"Effect":"Deny","Action":"iam:*","Resource":"*"}}]}}"#,
        list.join(",")
    );
    format!(
        r#"{{"principal":"arn:aws:iam::111122223333:user/bob","action":"s3:GetObject","resource":"arn:aws:s3:::reports/a.csv","resource_account":"111122223333","context":{{"aws:SourceIp":"10.0.7.9"}},"policies":{{"identity":[{policy},{policy},{policy}],"boundary":{policy},"scp":[[{policy}]]}}}}"#
    )
}

fn read(source: &Source) -> Scenario {
    let node = json::parse(source).expect("the scenario is JSON");
    read_scenario(source, &node, Path::new(""), &mut Documents::default())
        .expect("the scenario makes sense")
}

fn one_decision(criterion: &mut Criterion) {
    let now = Timestamp::UNIX_EPOCH;
    for blocks in [10, 100, 1_000] {
        let text = scenario_text(blocks);
        let mut group = criterion.benchmark_group(format!("one_decision/{blocks}_cidrs"));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("from_text", |bencher| {
            bencher.iter(|| {
                let source = Source::new("bench", black_box(text.as_str()));
                read(&source)
                    .decide(now)
                    .expect("it can be answered")
                    .decision
            });
        });
        group.throughput(Throughput::Elements(1));
        let scenario = read(&Source::new("bench", text.as_str()));
        let request = scenario.request(now).expect("it can be answered");
        group.bench_function("parsed", |bencher| {
            bencher.iter(|| decide(black_box(request.clone()), &scenario.policies).decision);
        });
        group.finish();
    }
}

/// A bucket policy of five lists, of both families, that hold `blocks` blocks together; `shift` makes another version.
fn lists(blocks: usize, shift: usize) -> String {
    let block = |index: usize| {
        let number = (index + shift) * 7919 % 0x00ff_ffff;
        let (high, middle, low) = (number >> 16, number >> 8 & 0xff, number & 0xff);
        if index.is_multiple_of(2) {
            format!("\"{}.{middle}.{low}.0/24\"", 11 + high % 200)
        } else {
            format!("\"2001:{high:x}:{middle:x}:{low:x}::/64\"")
        }
    };
    let statement = |list: usize| {
        let all: Vec<String> = (0..blocks / 5)
            .map(|index| block(list * (blocks / 5) + index))
            .collect();
        let effect = if list == 4 { "Deny" } else { "Allow" };
        format!(
            r#"{{"Effect":"{effect}","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*","Condition":{{"IpAddress":{{"aws:SourceIp":[{}]}}}}}}"#,
            all.join(",")
        )
    };
    let statements: Vec<String> = (0..5).map(statement).collect();
    format!(
        r#"{{"principal":"arn:aws:iam::111122223333:user/bob","action":"s3:GetObject","resource":"arn:aws:s3:::reports/a.csv","resource_account":"111122223333","policies":{{"identity":[],"resource":{{"Version":"2012-10-17","Statement":[{}]}}}}}}"#,
        statements.join(",")
    )
}

/// Every address at once: all classes of a request, the sets of `ips`, and a difference.
fn every_address(criterion: &mut Criterion) {
    let now = Timestamp::UNIX_EPOCH;
    for blocks in [10, 100, 1_000, 10_000, 100_000] {
        let old = read(&Source::new("old", lists(blocks, 0)));
        let new = read(&Source::new("new", lists(blocks, 1)));
        let mut group = criterion.benchmark_group(format!("every_address/{blocks}_cidrs"));
        group.throughput(Throughput::Elements(blocks as u64));
        if blocks >= 10_000 {
            group.sample_size(10);
        }
        group.bench_function("classes", |bencher| {
            bencher.iter(|| Everywhere::of(black_box(&old), now).expect("it can be answered"));
        });
        let wanted = Wanted {
            actions: old.action.iter().cloned().collect(),
            resources: old.resource.iter().cloned().collect(),
            principal: true,
        };
        group.bench_function("ips", |bencher| {
            bencher.iter(|| {
                let answers = ips(black_box(&old), &wanted, now).expect("it can be answered");
                answers[0].allowed.blocks().count()
            });
        });
        group.bench_function("diff", |bencher| {
            bencher.iter(|| {
                diff(black_box(&old), &new, &wanted, now)
                    .expect("it can be answered")
                    .len()
            });
        });
        group.finish();
    }
}

criterion_group!(benches, one_decision, every_address);
criterion_main!(benches);
