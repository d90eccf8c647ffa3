//! The gates of address look-up: ratios between ours and the crates, measured in alternating windows of one run.
//!
//! `cargo bench --bench gates`, with `-- --quick` for a rough look. What follows is a table of every cell, then a line
//! for each gate. `benches/README.md` has the figures by date.

mod common;

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use common::contenders::{Answers, Contender, Input, Lookup, Ours, ours};
use common::data::{Data, QUERIES};
use common::{is_test, rivals};

/// How much is measured.
struct Effort {
    counts: &'static [usize],
    rounds: usize,
    window: usize,
}

const FULL: Effort = Effort {
    counts: &[10, 100, 1_000, 10_000, 100_000, 1_000_000],
    rounds: 15,
    window: 1 << 16,
};
const QUICK: Effort = Effort {
    counts: &[10, 1_000, 10_000],
    rounds: 5,
    window: 1 << 13,
};
const SMOKE: Effort = Effort {
    counts: &[10],
    rounds: 1,
    window: 256,
};

/// Nanoseconds of one contender in one cell.
struct Time {
    independent: f64,
    dependent: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let effort = match (is_test(), has("--quick")) {
        (true, _) => SMOKE,
        (false, true) => QUICK,
        (false, false) => FULL,
    };
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    let selected = |cell: &str| filter.is_none_or(|filter| cell.contains(filter.as_str()));
    let mut gates = Gates::default();
    family("v4", rivals::v4(), &effort, &selected, &mut gates);
    family("v6", rivals::v6(), &effort, &selected, &mut gates);
    gates.print();
}

fn family<A: Ours>(
    name: &str,
    rivals: Vec<Contender<A>>,
    effort: &Effort,
    selected: &dyn Fn(&str) -> bool,
    gates: &mut Gates,
) {
    let contenders: Vec<Contender<A>> = ours().into_iter().chain(rivals).collect();
    for &count in effort.counts {
        let cells: Vec<(String, &str)> = QUERIES
            .iter()
            .map(|&kind| (format!("{name}/{count}/{kind}"), kind))
            .filter(|(cell, _)| selected(cell))
            .collect();
        if cells.is_empty() {
            continue;
        }
        let data = Data::<A>::new(count);
        let input = Input::new(&data);
        builds(name, &input, &contenders, effort, gates);
        let built: Vec<Box<dyn Lookup<A>>> = contenders
            .iter()
            .map(|contender| (contender.build)(&input))
            .collect();
        for (cell, kind) in cells {
            let queries = data.queries(kind, effort.window * 4);
            check(&contenders, &built, &queries[..queries.len().min(10_000)]);
            let times = measure(&built, &queries, effort);
            gates.cell(&cell, &contenders, &times);
        }
    }
}

/// Every contender must tell apart exactly the addresses that the first rival of its kind does.
fn check<A: Ours>(contenders: &[Contender<A>], built: &[Box<dyn Lookup<A>>], queries: &[A]) {
    for answers in [Answers::Membership, Answers::Classes] {
        let of_kind = || {
            contenders
                .iter()
                .zip(built)
                .filter(|(contender, _)| contender.answers == answers)
        };
        let Some((_, first)) = of_kind().find(|(contender, _)| contender.rival) else {
            continue;
        };
        for (contender, table) in of_kind() {
            let mut pairs: Vec<(u32, u32)> = Vec::new();
            pairs.extend(
                queries
                    .iter()
                    .map(|&query| (first.answer(query), table.answer(query))),
            );
            pairs.sort_unstable();
            pairs.dedup();
            let mut others: Vec<u32> = pairs.iter().map(|pair| pair.1).collect();
            others.sort_unstable();
            others.dedup();
            let one_to_one =
                pairs.is_sorted_by(|one, other| one.0 < other.0) && others.len() == pairs.len();
            assert!(one_to_one, "{} answers wrongly", contender.name);
        }
    }
}

fn measure<A: Ours>(built: &[Box<dyn Lookup<A>>], queries: &[A], effort: &Effort) -> Vec<Time> {
    let mut rounds = vec![(Vec::new(), Vec::new()); built.len()];
    let windows = queries.chunks(effort.window).cycle();
    for window in windows.take(effort.rounds) {
        for (table, (independent, dependent)) in built.iter().zip(&mut rounds) {
            independent.push(per_query(window, || table.independent(window)));
            dependent.push(per_query(window, || table.dependent(window)));
        }
    }
    let time = |(independent, dependent)| Time {
        independent: median(independent),
        dependent: median(dependent),
    };
    rounds.into_iter().map(time).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a window is far below 2^52")]
fn per_query<A>(window: &[A], work: impl Fn() -> u32) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64() * 1e9 / window.len() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Times the builds that gates speak of, in turns.
fn builds<A: Ours>(
    family: &str,
    input: &Input<A>,
    contenders: &[Contender<A>],
    effort: &Effort,
    gates: &mut Gates,
) {
    if input.count < 1_000 && effort.rounds > 1 {
        return;
    }
    let named = |name: &str| contenders.iter().find(|contender| contender.name == name);
    let builders = ["Partition", "iprange", "poptrie", "prefix-trie"].map(named);
    let mut times = [const { Vec::new() }; 4];
    let start = Instant::now();
    // large builds are few, small ones are many
    for round in 0..effort.rounds * 5 {
        if round >= effort.rounds.min(3) && start.elapsed() > Duration::from_secs(3) {
            break;
        }
        for (builder, times) in builders.iter().zip(&mut times) {
            let Some(builder) = builder else { continue };
            let start = Instant::now();
            let table = (builder.build)(input);
            times.push(start.elapsed().as_secs_f64());
            drop(table);
        }
    }
    let bytes = builders.map(|builder| builder.and_then(|builder| (builder.build)(input).bytes()));
    gates.build(family, input.count, times.map(median), bytes[0]);
}

/// The ratios of one gate: how much faster than the other.
#[derive(Default)]
struct Ratios(Vec<(String, f64)>);

impl Ratios {
    #[expect(clippy::cast_precision_loss, reason = "a few dozen cells")]
    fn mean(&self) -> f64 {
        (self.0.iter().map(|(_, ratio)| ratio.ln()).sum::<f64>() / self.0.len() as f64).exp()
    }

    fn worst(&self) -> Option<&(String, f64)> {
        self.0.iter().min_by(|one, other| one.1.total_cmp(&other.1))
    }
}

/// What was measured of each gate, by family.
#[derive(Default)]
struct Gates {
    lines: Vec<(&'static str, String, Ratios)>,
}

/// A gate: its name, by family the least that each cell and the mean must have.
struct Gate {
    name: &'static str,
    v4: (f64, f64),
    v6: (f64, f64),
}

const NO: f64 = 0.0;

const GATES: [Gate; 8] = [
    Gate {
        name: "set vs iprange",
        v4: (3.5, 6.0),
        v6: (3.5, 6.0),
    },
    Gate {
        name: "class vs best crate",
        v4: (1.4, 1.8),
        v6: (1.0, 2.2),
    },
    Gate {
        name: "class vs best crate, half",
        v4: (NO, 2.0),
        v6: (NO, 2.5),
    },
    Gate {
        name: "class latency vs best crate",
        v4: (0.75, 1.1),
        v6: (0.8, 1.3),
    },
    Gate {
        name: "batch vs best crate, half",
        v4: (NO, 2.7),
        v6: (NO, 3.5),
    },
    Gate {
        name: "build vs iprange",
        v4: (1.0, NO),
        v6: (1.0, NO),
    },
    Gate {
        name: "build vs poptrie",
        v4: (2.5, NO),
        v6: (1.8, NO),
    },
    Gate {
        name: "28 or 30 bytes over bytes per block",
        v4: (1.0, NO),
        v6: (1.0, NO),
    },
];

impl Gates {
    fn add(&mut self, gate: &'static str, cell: &str, ratio: f64) {
        let family = cell.split('/').next().unwrap_or_default();
        let line = self
            .lines
            .iter_mut()
            .find(|line| line.0 == gate && line.1 == family);
        let cell = (cell.to_owned(), ratio);
        match line {
            Some((.., ratios)) => ratios.0.push(cell),
            None => self
                .lines
                .push((gate, family.to_owned(), Ratios(vec![cell]))),
        }
    }

    /// Notes one cell and prints its times.
    fn cell<A>(&mut self, cell: &str, contenders: &[Contender<A>], times: &[Time]) {
        let mut line = format!("{cell:16}");
        for (contender, time) in contenders.iter().zip(times) {
            let Time {
                independent,
                dependent,
            } = time;
            line += "  ";
            line += contender.name;
            let _ = write!(line, " {independent:.1}/{dependent:.1}");
        }
        println(&line);
        let of = |name: &str| {
            contenders
                .iter()
                .position(|contender| contender.name == name)
                .map(|at| &times[at])
        };
        let best = |time: &dyn Fn(&Time) -> f64| {
            let rivals = contenders.iter().zip(times);
            let rivals = rivals
                .filter(|(contender, _)| contender.rival && contender.answers == Answers::Classes);
            rivals.map(|(_, of)| time(of)).fold(f64::INFINITY, f64::min)
        };
        let throughput = best(&|time| time.independent);
        if let (Some(set), Some(iprange)) = (of("FrozenSet"), of("iprange")) {
            self.add(
                "set vs iprange",
                cell,
                iprange.independent / set.independent,
            );
        }
        if let (Some(class), Some(batch)) = (of("Partition"), of("Partition batch")) {
            self.add("class vs best crate", cell, throughput / class.independent);
            self.add(
                "class latency vs best crate",
                cell,
                best(&|time| time.dependent) / class.dependent,
            );
            if cell.ends_with("half") {
                self.add(
                    "class vs best crate, half",
                    cell,
                    throughput / class.independent,
                );
                self.add(
                    "batch vs best crate, half",
                    cell,
                    throughput / batch.independent,
                );
            }
        }
    }

    /// Notes the builds of one size: ours, iprange, poptrie, prefix-trie.
    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
    fn build(
        &mut self,
        family: &str,
        count: usize,
        [own, iprange, poptrie, prefix_trie]: [f64; 4],
        bytes: Option<usize>,
    ) {
        let cell = format!("{family}/{count}");
        let bytes = bytes.unwrap_or_default() as f64 / count as f64;
        println(&format!(
            "{cell:16}  build in us: Partition {:.0}  iprange {:.0}  poptrie {:.0}  prefix-trie {:.0}  bytes per block: {bytes:.1}",
            own * 1e6,
            iprange * 1e6,
            poptrie * 1e6,
            prefix_trie * 1e6,
        ));
        let (most, limit) = if family == "v4" {
            (100_000, 28.0)
        } else {
            (10_000, 30.0)
        };
        if count <= most {
            self.add("build vs iprange", &cell, iprange / own);
        }
        self.add("build vs poptrie", &cell, poptrie / own);
        self.add("28 or 30 bytes over bytes per block", &cell, limit / bytes);
    }

    fn print(&self) {
        for gate in &GATES {
            for (name, (each, mean)) in [("v4", gate.v4), ("v6", gate.v6)] {
                let Some((.., ratios)) = self
                    .lines
                    .iter()
                    .find(|line| line.0 == gate.name && line.1 == name)
                else {
                    continue;
                };
                let cells: Vec<String> = ratios
                    .0
                    .iter()
                    .map(|(cell, ratio)| format!("{cell} {ratio:.2}"))
                    .collect();
                println(&format!("\n{} {name}: {}", gate.name, cells.join(", ")));
                if let Some((cell, worst)) = ratios.worst().filter(|_| each > NO) {
                    let verdict = if *worst >= each { "met" } else { "missed" };
                    println(&format!(
                        "  each cell at least {each}: worst {worst:.2} ({cell}), {verdict}"
                    ));
                }
                if mean > NO {
                    let found = ratios.mean();
                    let verdict = if found >= mean { "met" } else { "missed" };
                    println(&format!("  mean at least {mean}: {found:.2}, {verdict}"));
                }
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the report of the harness")]
fn println(line: &str) {
    println!("{line}");
}
