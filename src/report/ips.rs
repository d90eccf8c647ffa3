//! The sets of `ips` for other programs: JSON (`ips/1`) and CSV.
//!
//! Both are written as they are made, since a set may have a million blocks.

use std::io::{Result, Write};
use std::net::IpAddr;

use serde::Serialize;

use super::json::{Decider, caller_name};
use crate::ask::Blamer;
use crate::ask::groups::Group;
use crate::ask::ips::Ips;
use crate::eval::{Caller, Everywhere, Part, Request};
use crate::net::{AddressSet, Cidr};

/// Writes the answers as `ips/1`.
///
/// # Errors
/// If the stream cannot be written.
pub fn json(out: &mut dyn Write, answers: &[Ips]) -> Result<()> {
    out.write_all(b"{\"ipcond\":\"ips/1\",\"answers\":[")?;
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        json_answer(out, answer)?;
    }
    out.write_all(b"]}\n")
}

fn json_answer(out: &mut dyn Write, answer: &Ips) -> Result<()> {
    let request = answer.request();
    let principal = principal(answer.group.as_ref(), request);
    let action = request.map(|request| request.action.as_str());
    out.write_all(b"\n{")?;
    member(out, "principal", &principal)?;
    out.write_all(b",")?;
    member(out, "action", &action)?;
    out.write_all(b",")?;
    member(out, "resource", &answer.resource())?;
    let sets = [
        ("allowed", &answer.allowed),
        ("denied", &answer.denied),
        ("depends", &answer.depends),
    ];
    for (name, set) in sets {
        write!(out, ",\n\"{name}\":")?;
        json_set(out, set)?;
    }
    out.write_all(b",\n")?;
    member(out, "depends_on", &answer.everywhere.depends_on())?;
    out.write_all(b",\n\"parts\":[")?;
    json_parts(out, &answer.everywhere)?;
    out.write_all(b"],\n")?;
    member(out, "assumptions", &answer.everywhere.assumptions())?;
    out.write_all(b"}")
}

/// The name of the caller: for any principal of an account that a policy names, the account, as in `Principal`.
pub(super) fn principal(group: Option<&Group>, request: Option<&Request>) -> Option<String> {
    match group.and_then(|group| group.principal.as_ref()) {
        Some(Caller::Unnamed(Some(account))) => Some(account.to_string()),
        _ => request.and_then(|request| caller_name(&request.caller)),
    }
}

pub(super) fn member(out: &mut dyn Write, name: &str, value: &impl Serialize) -> Result<()> {
    write!(out, "\"{name}\":")?;
    Ok(serde_json::to_writer(out, value)?)
}

/// Writes a set as `{"v4":[CIDR],"v6":[CIDR],"none":bool}`.
///
/// # Errors
/// If the stream cannot be written.
pub fn json_set(out: &mut dyn Write, set: &AddressSet) -> Result<()> {
    let family = |out: &mut dyn Write, set: &AddressSet| -> Result<()> {
        for (index, block) in set.blocks().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(out, "{comma}\"{block}\"")?;
        }
        Ok(())
    };
    out.write_all(b"{\"v4\":[")?;
    family(out, &set.only_v4())?;
    out.write_all(b"],\"v6\":[")?;
    family(out, &set.only_v6())?;
    write!(out, "],\"none\":{}}}", set.has_none())
}

fn json_parts(out: &mut dyn Write, everywhere: &Everywhere) -> Result<()> {
    let mut first = true;
    for part in everywhere.parts() {
        // What decides is the same for all blocks of a part, and its text is made once.
        let deciders = everywhere.deciders(part.place);
        let deciders: Vec<Decider<'_>> = deciders.into_iter().map(Decider::placed).collect();
        let decided_by = serde_json::to_string(&deciders)?;
        let decision = part.decision;
        let mut write_part = |cidr: Option<Cidr>| {
            let comma = if first { "" } else { "," };
            first = false;
            match cidr {
                Some(cidr) => write!(out, "{comma}\n{{\"cidr\":\"{cidr}\"")?,
                None => write!(out, "{comma}\n{{\"cidr\":null")?,
            }
            write!(
                out,
                ",\"decision\":\"{decision}\",\"decided_by\":{decided_by}}}"
            )
        };
        match part.range {
            None => write_part(None)?,
            Some(range) => AddressSet::from_ranges([range])
                .blocks()
                .try_for_each(|block| write_part(Some(block)))?,
        }
    }
    Ok(())
}

/// Writes the parts that `wanted` names as `cidr,decision,policy,statement,line`: a row for each block and deciding
/// statement, with the line that lists the block where there is one; "no address in the request" is `none`.
///
/// # Errors
/// If the stream cannot be written.
pub fn csv(out: &mut dyn Write, answer: &Ips, wanted: impl Fn(&Part) -> bool) -> Result<()> {
    out.write_all(b"cidr,decision,policy,statement,line\n")?;
    let mut blamer = Blamer::default();
    for part in answer.everywhere.parts().filter(|part| wanted(part)) {
        let mut rows = |ip: Option<IpAddr>, cidr: String| {
            let deciders = answer.everywhere.deciders(part.place);
            if deciders.is_empty() {
                return writeln!(out, "{cidr},{},,,", part.decision);
            }
            for placed in deciders {
                let blame = blamer.blame(placed, ip);
                let (policy, statement) = (csv_cell(&blame.policy), csv_cell(&blame.statement));
                let (decision, line) = (part.decision, blame.at.line);
                writeln!(out, "{cidr},{decision},{policy},{statement},{line}")?;
            }
            Ok(())
        };
        match part.range {
            None => rows(None, "none".into())?,
            Some(range) => AddressSet::from_ranges([range])
                .blocks()
                .try_for_each(|block| rows(Some(block.first()), block.to_string()))?,
        }
    }
    Ok(())
}

/// A cell of CSV, quoted where it has to be (RFC 4180).
pub(crate) fn csv_cell(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
