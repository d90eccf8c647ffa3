//! How long one decision takes, from text and from parsed policies.
//!
//! `cargo bench --bench decide`; numbers by machine and date are in `benches/README.md`.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipcond::eval::{Scenario, decide};
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

criterion_group!(benches, one_decision);
criterion_main!(benches);
