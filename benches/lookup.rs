//! How long one look-up of an address takes: ours beside the crates that answer the same question.
//!
//! `cargo bench --bench lookup`; `benches/README.md` has figures by date. All contenders are
//! asked with 10, 1,000 and 100,000 blocks and mixed queries, the closest ones with every size, kind and for latency. The
//! gates are in the bench `gates`.

#[expect(dead_code, reason = "memory and checks are for the other benches")]
mod common;

use std::hint::black_box;
use std::time::Duration;

use common::contenders::{Contender, Input, Lookup, Ours, ours};
use common::data::{Data, QUERIES};
use common::{is_test, rivals};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const WINDOW: usize = 1 << 13;
/// The sizes at which every contender is asked.
const ALL: [usize; 3] = [10, 1_000, 100_000];
const COUNTS: [usize; 6] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// Whose sizes, kinds of queries and latencies are all measured.
const CLOSEST: [&str; 6] = [
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
            .filter(|contender| ALL.contains(&count) || CLOSEST.contains(&contender.name));
        let built: Vec<_> = asked
            .map(|contender| (contender.name, (contender.build)(&input)))
            .collect();
        for kind in QUERIES {
            let mixed = kind == "half";
            if !mixed && count != 1_000 {
                continue;
            }
            let queries = data.queries(kind, WINDOW);
            let mut group =
                criterion.benchmark_group(format!("lookup/{family}/{count}_blocks/{kind}"));
            group.throughput(Throughput::Elements(WINDOW as u64));
            for (name, table) in closest(&built, mixed) {
                group.bench_function(*name, |bencher| {
                    bencher.iter(|| table.independent(black_box(&queries)));
                });
            }
            group.finish();
            if !mixed || !ALL.contains(&count) {
                continue;
            }
            let mut group =
                criterion.benchmark_group(format!("latency/{family}/{count}_blocks/{kind}"));
            group.throughput(Throughput::Elements(WINDOW as u64));
            for (name, table) in closest(&built, false).filter(|(name, _)| !name.contains("batch"))
            {
                group.bench_function(*name, |bencher| {
                    bencher.iter(|| table.dependent(black_box(&queries)));
                });
            }
            group.finish();
        }
    }
}

type Tables<A> = [(&'static str, Box<dyn Lookup<A>>)];

/// The closest contenders, or all of them.
fn closest<A>(
    built: &Tables<A>,
    all: bool,
) -> impl Iterator<Item = &(&'static str, Box<dyn Lookup<A>>)> {
    built
        .iter()
        .filter(move |(name, _)| all || CLOSEST.contains(name))
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .without_plots()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    targets = lookup
}
criterion_main!(benches);
