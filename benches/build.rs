//! How long it takes to build what is asked for addresses, from the same blocks.
//!
//! `cargo bench --bench build`; `benches/README.md` has figures by date, and `cargo bench --bench memory` tells the bytes
//! for each block. A `Partition` is built from lists and finds the classes; the crates that map prefixes are given the
//! classes. All contenders are built with 1,000 and 100,000 blocks, the closest ones with
//! every size.

#[expect(dead_code, reason = "queries are for the other benches")]
mod common;

use std::hint::black_box;
use std::time::Duration;

use common::contenders::{Contender, Input, Ours, ours};
use common::data::Data;
use common::{is_test, rivals};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// The sizes at which every contender is built.
const ALL: [usize; 2] = [1_000, 100_000];
const COUNTS: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];
/// Who is built with every size.
const CLOSEST: [&str; 4] = ["FrozenSet", "Partition", "iprange", "prefix-trie"];

fn build(criterion: &mut Criterion) {
    family(criterion, "v4", rivals::v4());
    family(criterion, "v6", rivals::v6());
}

fn family<A: Ours>(criterion: &mut Criterion, family: &str, rivals: Vec<Contender<A>>) {
    let contenders: Vec<Contender<A>> = ours().into_iter().chain(rivals).collect();
    for count in COUNTS
        .into_iter()
        .filter(|&count| count == 100 || !is_test())
    {
        let input = Input::new(&Data::<A>::new(count));
        let mut group = criterion.benchmark_group(format!("build/{family}/{count}_blocks"));
        group.throughput(Throughput::Elements(count as u64));
        // copied or batched, these are the same builds again
        let known = |name: &str| name == "partition_point" || name == "Partition batch";
        let wanted = |name: &str| ALL.contains(&count) || CLOSEST.contains(&name);
        for contender in contenders
            .iter()
            .filter(|contender| !known(contender.name) && wanted(contender.name))
        {
            group.bench_function(contender.name, |bencher| {
                bencher.iter(|| (contender.build)(black_box(&input)));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .without_plots()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = build
}
criterion_main!(benches);
