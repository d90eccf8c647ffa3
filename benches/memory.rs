//! How many bytes are allocated for each block, counted by the allocator, ours beside the crates.
//!
//! `cargo bench --bench memory`, with `-- --quick` without the largest sizes. It is a bench of its own because counting
//! makes every allocation slower.

#[expect(dead_code, reason = "queries are for the other benches")]
mod common;

use common::contenders::{Contender, Input, Ours, ours};
use common::data::Data;
use common::{is_test, rivals};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let counts: &[usize] = match (is_test(), has("--quick")) {
        (true, _) => &[100],
        (false, true) => &[1_000, 10_000],
        (false, false) => &[1_000, 10_000, 100_000, 1_000_000],
    };
    family("v4", counts, rivals::v4());
    family("v6", counts, rivals::v6());
}

#[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
#[expect(clippy::print_stdout, reason = "the report of the bench")]
fn family<A: Ours>(family: &str, counts: &[usize], rivals: Vec<Contender<A>>) {
    let contenders: Vec<Contender<A>> = ours().into_iter().chain(rivals).collect();
    for &count in counts {
        let input = Input::new(&Data::<A>::new(count));
        let per_block = |contender: &Contender<A>| {
            let before = ALLOCATED.current_usage();
            let table = (contender.build)(&input);
            let bytes = ALLOCATED.current_usage() - before;
            drop(table);
            format!("{} {:.1}", contender.name, bytes as f64 / count as f64)
        };
        let distinct = contenders
            .iter()
            .filter(|contender| contender.name != "Partition batch");
        let line: Vec<String> = distinct.map(per_block).collect();
        println!("bytes per block {family}/{count}: {}", line.join("  "));
    }
}
