//! Tables shaped after real ones: every row by the oracle, and by the evaluator of one request.

#[path = "../../benches/common/rows.rs"]
mod shaped;

use std::path::Path;

use ipcond::ask::batch::{Batch, Columns, Decider, Meaning, Rows, Verdict};
use ipcond::input::rows::csv::{Records, Strip};
use ipcond::input::{Documents, read_scenario};
use ipcond::source::Source;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::oracle;
use shaped::Workload;

const ROWS: usize = 20_000;

fn facts(workload: &Workload) -> Value {
    json!({"missing": "absent", "defaults": false, "policies": {"identity": [workload.policy]}})
}

/// The row as a scenario that the oracle reads.
fn scenario(facts: &Value, names: &[&str], cells: &[&str]) -> Value {
    let mut scenario = facts.clone();
    let mut context = json!({});
    for (name, cell) in names.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        match *name {
            "source_ip" => context["aws:SourceIp"] = json!(cell),
            name if name.contains(':') => context[name] = json!(cell),
            name => scenario[name] = json!(cell),
        }
    }
    // The oracle fills in nothing, so what follows from the principal is told to both.
    scenario["context"] = context;
    scenario
}

fn check(workload: &Workload) {
    let facts = facts(workload);
    let source = Source::new("scenario", facts.to_string());
    let node = ipcond::json::parse(&source).expect("it is JSON");
    let base = read_scenario(&source, &node, Path::new(""), &mut Documents::default());
    let batch = Batch::new(base.expect("it is a scenario"), Timestamp::UNIX_EPOCH);
    let nothing = |_: &Verdict| ();
    let mut decider = Decider::new(&batch, &nothing);
    let table = workload.rows(ROWS);
    let names: Vec<&str> = workload.header.split(',').collect();
    let meanings: Vec<Option<Meaning>> = names.iter().map(|name| Meaning::of(name)).collect();
    let columns = Columns::new(&meanings).expect("no meaning stands twice");
    let body = &table[workload.header.len() + 1..];
    let mut records = Records::new(body.as_bytes(), b',', true);
    let (mut strip, mut rows) = (Strip::default(), 0);
    let mut seen = std::collections::BTreeSet::new();
    loop {
        records.strip(names.len(), &mut strip);
        let together = Rows {
            text: body.as_bytes(),
            fields: strip.fields(),
            width: names.len(),
            columns: &columns,
            strip_port: false,
            joined: true,
        };
        if together.is_empty() {
            break;
        }
        decider.decide(&together, |at, decided| {
            let found = decided.expect("every row can be read");
            let row = together.row(at);
            let cells: Vec<&str> = row
                .fields
                .iter()
                .map(|field| &body[field.start as usize..field.end as usize])
                .collect();
            let expected = oracle::decide(&scenario(&facts, &names, &cells)).to_string();
            assert_eq!(found.verdict.word(), expected, "{cells:?}");
            let evaluated = batch.decide(&row).expect("every row can be read");
            assert_eq!(found.verdict, evaluated, "{cells:?}");
            seen.insert(found.verdict.word());
            rows += 1;
        });
    }
    assert_eq!(rows, ROWS, "{}", workload.name);
    assert!(seen.len() >= 2, "{seen:?}");
}

#[test]
fn an_office() {
    check(&Workload::all(20)[0]);
}

#[test]
fn a_service() {
    check(&Workload::all(20)[1]);
}

#[test]
fn a_perimeter() {
    check(&Workload::all(20)[2]);
}
