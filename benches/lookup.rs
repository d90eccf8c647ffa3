//! How long one look-up of an address takes: ours beside the crates that answer the same question.
//!
//! `cargo bench --bench lookup`; `benches/README.md` has figures by date. A million blocks are left to few contenders and
//! one kind of query, since most crates take seconds to build for them. The gates are in the bench `gates`.

#[expect(dead_code, reason = "memory and checks are for the other benches")]
mod common;

use std::hint::black_box;
use std::time::Duration;

use common::contenders::{Contender, Input, Ours, ours};
use common::data::{Data, QUERIES};
use common::{is_test, rivals};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const WINDOW: usize = 1 << 13;
const COUNTS: [usize; 6] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// Who is asked among a million blocks.
const LARGE: [&str; 6] = [
    "FrozenSet",
    "Partition",
    "Partition batch",
    "iprange",
    "poptrie",
    "prefix-trie",
];

fn lookup(criterion: &mut Criterion) {
    family(criterion, "v4", rivals::v4());
    family(criterion, "v6", rivals::v6());
}

fn family<A: Ours>(criterion: &mut Criterion, family: &str, rivals: Vec<Contender<A>>) {
    let contenders: Vec<Contender<A>> = ours().into_iter().chain(rivals).collect();
    for count in COUNTS
        .into_iter()
        .filter(|&count| count == 10 || !is_test())
    {
        let data = Data::<A>::new(count);
        let input = Input::new(&data);
        let asked = contenders
            .iter()
            .filter(|contender| count < 1_000_000 || LARGE.contains(&contender.name));
        let built: Vec<_> = asked
            .map(|contender| (contender.name, (contender.build)(&input)))
            .collect();
        for kind in QUERIES {
            // every size with the mixed kind, every kind with three sizes
            if kind != "half" && ![10, 1_000, 100_000].contains(&count) {
                continue;
            }
            let queries = data.queries(kind, WINDOW);
            let mut group =
                criterion.benchmark_group(format!("lookup/{family}/{count}_blocks/{kind}"));
            group.throughput(Throughput::Elements(WINDOW as u64));
            for (name, table) in &built {
                group.bench_function(*name, |bencher| {
                    bencher.iter(|| table.independent(black_box(&queries)));
                });
            }
            group.finish();
            if kind != "half" || count > 100_000 {
                continue;
            }
            let mut group =
                criterion.benchmark_group(format!("latency/{family}/{count}_blocks/{kind}"));
            group.throughput(Throughput::Elements(WINDOW as u64));
            for (name, table) in built.iter().filter(|(name, _)| !name.contains("batch")) {
                group.bench_function(*name, |bencher| {
                    bencher.iter(|| table.dependent(black_box(&queries)));
                });
            }
            group.finish();
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    targets = lookup
}
criterion_main!(benches);
