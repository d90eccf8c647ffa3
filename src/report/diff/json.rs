//! A difference as JSON: `diff/1`.

use std::collections::BTreeSet;
use std::io::{Result, Write};

use crate::ask::diff::{Change, Difference};
use crate::eval::{Assumption, Everywhere, Place, PlacedStatement};
use crate::report::ips::{json_set, member, principal};
use crate::report::json::Decider;

/// Writes the differences as `diff/1`.
///
/// # Errors
/// If the stream cannot be written.
pub fn write(out: &mut dyn Write, differences: &[&Difference]) -> Result<()> {
    let changed = differences.iter().any(|difference| difference.is_changed());
    write!(
        out,
        "{{\"ipcond\":\"diff/1\",\"changed\":{changed},\"groups\":["
    )?;
    for (index, difference) in differences.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        group(out, difference)?;
    }
    let sides = differences
        .iter()
        .flat_map(|difference| [&difference.old, &difference.new]);
    let assumptions: BTreeSet<Assumption> = sides.flat_map(Everywhere::assumptions).collect();
    out.write_all(b"],\n")?;
    member(out, "assumptions", &assumptions)?;
    out.write_all(b"}\n")
}

fn group(out: &mut dyn Write, difference: &Difference) -> Result<()> {
    let request = difference.request();
    out.write_all(b"\n{")?;
    let principal = principal(difference.group.as_ref(), request);
    member(out, "principal", &principal)?;
    out.write_all(b",")?;
    member(
        out,
        "action",
        &request.map(|request| request.action.as_str()),
    )?;
    out.write_all(b",")?;
    member(out, "resource", &difference.resource())?;
    let sets = [
        ("gained", &difference.gained),
        ("lost", &difference.lost),
        ("kept", &difference.kept),
        ("depends", &difference.depends),
    ];
    for (name, set) in sets {
        write!(out, ",\n\"{name}\":")?;
        json_set(out, set)?;
    }
    out.write_all(b",\n")?;
    let behind = behind(difference);
    let deciders: Vec<Decider<'_>> = behind.into_iter().map(Decider::placed).collect();
    member(out, "decided_by", &deciders)?;
    out.write_all(b"}")
}

/// The statements behind what is gained and lost, each once.
fn behind(difference: &Difference) -> Vec<&PlacedStatement> {
    let mut all: Vec<&PlacedStatement> = Vec::new();
    let mut add = |place: Place| {
        if !matches!(difference.change(place), Change::Gained | Change::Lost) {
            return;
        }
        for placed in difference.behind(place).0 {
            let same = |other: &&PlacedStatement| {
                other.index == placed.index && std::sync::Arc::ptr_eq(&other.policy, &placed.policy)
            };
            if !all.iter().any(same) {
                all.push(placed);
            }
        }
    };
    difference.parts().for_each(|part| add(part.place));
    add(Place::None);
    all
}
