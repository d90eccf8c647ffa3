//! Rows with their decisions, as CSV and JSON Lines.

use std::ops::Range;

use crate::ask::batch::{Field, Verdict};
use crate::error::{Error, Result};
use crate::input::rows::{Shape, Table, csv, jsonl};
use crate::report::sink::Added;

/// The columns that are added.
pub const ADDED: [&str; 3] = ["decision", "statement", "reason"];

/// How rows are written.
#[derive(Debug)]
pub struct Layout {
    input: Shape,
    output: Shape,
    /// The number of columns of a CSV input.
    columns: usize,
    /// The names of the columns of the output that come from the input.
    names: Vec<String>,
    /// Where they stand in a CSV input; `None`: all of them, as they are.
    kept: Option<Vec<usize>>,
}

/// A row of a CSV input, before any quotes are undone.
#[derive(Clone, Debug)]
pub struct Raw<'a> {
    /// Its block.
    pub block: &'a [u8],
    /// Its bytes.
    pub bytes: Range<usize>,
    /// The end of its line.
    pub ending: &'a [u8],
    /// Its cells.
    pub fields: &'a [Field],
    /// A quote is not closed.
    pub open: bool,
}

impl Layout {
    /// The layout for the rows of a table; `output` in place of the shape of the input, `keep` in place of all columns.
    ///
    /// # Errors
    /// If a column that is to be kept is not there or not the only one of its name, one that is to be added is there
    /// already, or nothing says which columns there are.
    pub fn new(table: &Table, output: Option<Shape>, keep: Option<&[String]>) -> Result<Self> {
        let csv = matches!(table.shape, Shape::Csv(_));
        let output = output.unwrap_or(table.shape);
        let names = match keep {
            Some(keep) => keep.to_vec(),
            None => table.headers.clone(),
        };
        if !csv && keep.is_none() && output != Shape::Lines {
            return Err(Error::request("which columns are the CSV to have?")
                .help("name the members of the objects, for example --keep source_ip,action"));
        }
        if let Some(name) = names.iter().find(|name| ADDED.contains(&name.as_str())) {
            return Err(Error::request(format!(
                "{}: there is a column `{name}` already",
                table.name
            ))
            .help("name the columns to be kept with --keep, without it"));
        }
        let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at]));
        if let Some(name) = twice.filter(|_| output == Shape::Lines && keep.is_some()) {
            return Err(
                Error::request(format!("--keep: `{}` is named twice", names[name]))
                    .help("an object has one member of a name"),
            );
        }
        let place = |name: &String| place(&table.headers, name);
        let same = csv && keep.is_none() && output != Shape::Lines;
        let kept = if csv && !same {
            Some(names.iter().map(place).collect::<Result<_>>()?)
        } else {
            None
        };
        Ok(Self {
            input: table.shape,
            output,
            columns: table.headers.len(),
            names,
            kept,
        })
    }

    /// The header of the output; nothing if it has none.
    pub fn header(&self, table: &Table) -> Vec<u8> {
        let Shape::Csv(delimiter) = self.output else {
            return Vec::new();
        };
        let mut out = Vec::new();
        if matches!(self.input, Shape::Csv(_)) && table.header.is_empty() {
            return out;
        }
        let text = table.header.trim_ascii_end();
        let ending = &table.header[text.len()..];
        if self.kept.is_none() && !text.is_empty() {
            // spaces at the end of the header are part of its last cell
            let spaces = ending.iter().take_while(|byte| !b"\r\n".contains(byte));
            out.extend_from_slice(&table.header[..text.len() + spaces.count()]);
        } else {
            for (at, name) in self.names.iter().enumerate() {
                if at > 0 {
                    out.push(delimiter);
                }
                push_cell(name.as_bytes(), delimiter, &mut out);
            }
        }
        for name in ADDED {
            out.push(delimiter);
            out.extend_from_slice(name.as_bytes());
        }
        let crlf = ending.ends_with(b"\r\n");
        out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
        out
    }

    /// What a verdict adds to a row, and a line feed.
    pub fn render(&self, verdict: &Verdict) -> Added {
        let cells = [verdict.word(), &verdict.statement, &verdict.reason];
        let mut out = Vec::new();
        if let Shape::Csv(delimiter) = self.output {
            for cell in cells {
                out.push(delimiter);
                push_cell(cell.as_bytes(), delimiter, &mut out);
            }
            out.push(b'\n');
            return Added::new(out);
        }
        for (at, (name, text)) in ADDED.iter().zip(cells).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_member(name, text, &mut out);
        }
        out.extend_from_slice(b"}\n");
        Added::new(out)
    }

    /// Whether rows of a CSV input that have all their cells are copied as they are.
    pub fn copies(&self) -> bool {
        self.kept.is_none() && matches!(self.output, Shape::Csv(_))
    }

    /// Writes a row of a CSV input with what [`Layout::render`] made of its verdict.
    #[inline]
    pub fn record(&self, row: &Raw<'_>, rendered: &[u8], out: &mut Vec<u8>) {
        match (&self.kept, self.output) {
            (None, Shape::Csv(delimiter)) => {
                out.extend_from_slice(&row.block[row.bytes.clone()]);
                if row.open {
                    out.push(b'"');
                }
                // What is added to a short row is to stand in its own columns all the same.
                for _ in row.fields.len()..self.columns {
                    out.push(delimiter);
                }
            }
            (Some(kept), Shape::Csv(delimiter)) => {
                for (index, at) in kept.iter().enumerate() {
                    if index > 0 {
                        out.push(delimiter);
                    }
                    out.extend_from_slice(cell(row, *at));
                    if row.open && at + 1 == row.fields.len() {
                        out.push(b'"');
                    }
                }
            }
            _ => self.record_as_object(row, out),
        }
        push_ended(rendered, row.ending, out);
    }

    fn record_as_object(&self, row: &Raw<'_>, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut text = Vec::new();
        for (name, at) in self.names.iter().zip(self.kept.iter().flatten()) {
            text.clear();
            csv::unquote(cell(row, *at), &mut text);
            push_member(name, &String::from_utf8_lossy(&text), out);
            out.push(b',');
        }
    }

    /// Writes a line of a JSON input with what [`Layout::render`] made of its verdict; `members` are what is in it, if
    /// it is an object.
    pub fn line(
        &self,
        line: &[u8],
        ending: &[u8],
        members: Option<&jsonl::Members<'_>>,
        rendered: &[u8],
        out: &mut Vec<u8>,
    ) {
        if let Shape::Csv(delimiter) = self.output {
            for (at, name) in self.names.iter().enumerate() {
                if at > 0 {
                    out.push(delimiter);
                }
                let raw = members.and_then(|members| value(members, name));
                push_cell(plain(raw.unwrap_or_default()).as_bytes(), delimiter, out);
            }
        } else if !self.names.is_empty() {
            out.push(b'{');
            for (name, raw) in members.iter().flat_map(|members| &members.0) {
                if self.names.iter().any(|kept| kept == name) {
                    push_string(name, out);
                    out.push(b':');
                    out.extend_from_slice(raw.as_bytes());
                    out.push(b',');
                }
            }
        } else if let Some(inner) = members
            .filter(|members| self.clash(members).is_none())
            .and_then(|_| line.trim_ascii_end().strip_suffix(b"}"))
        {
            out.extend_from_slice(inner);
            if inner.trim_ascii_end().last() != Some(&b'{') || !is_empty(members) {
                out.push(b',');
            }
        } else {
            // What is no object, or none that can be added to, becomes a member of one.
            out.push(b'{');
            push_member("row", &String::from_utf8_lossy(line), out);
            out.push(b',');
        }
        push_ended(rendered, ending, out);
    }

    /// What is wrong with an object that is to be kept whole and has a member that is to be added: of two members with
    /// one name readers take the first, the last or neither.
    pub fn clash(&self, members: &jsonl::Members<'_>) -> Option<Error> {
        if self.output != Shape::Lines || !self.names.is_empty() {
            return None;
        }
        let mut names = members.0.iter().map(|(name, _)| name);
        let name = names.find(|name| ADDED.contains(&name.as_ref()))?;
        let why = format!("there is a member `{name}` already");
        Some(Error::request(why).help("name the members to be kept with --keep, without it"))
    }

    /// The number of cells that a row of a CSV input should have.
    pub fn columns(&self) -> usize {
        self.columns
    }
}

/// Where the column with a name stands.
fn place(headers: &[String], name: &str) -> Result<usize> {
    let mut places = (0..headers.len()).filter(|at| headers[*at] == name);
    match (places.next(), places.next()) {
        (Some(at), None) => Ok(at),
        (Some(_), Some(_)) => {
            let why = format!("two columns are called `{name}`, and it is not said which is meant");
            Err(Error::request(why).help("name the columns to be kept with --keep, without it"))
        }
        (None, _) => {
            let known = headers.join(", ");
            let why = format!("--keep: no column is called `{name}`");
            Err(Error::request(why).help(format!("the columns are {known}")))
        }
    }
}

/// Writes what ends with a line feed, with the end of line that the row has.
#[inline]
fn push_ended(rendered: &[u8], ending: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(rendered);
    if ending.len() == 2 {
        out.pop();
        out.extend_from_slice(ending);
    }
}

fn is_empty(members: Option<&jsonl::Members<'_>>) -> bool {
    members.is_none_or(|members| members.0.is_empty())
}

fn cell<'a>(row: &Raw<'a>, at: usize) -> &'a [u8] {
    let field = row.fields.get(at);
    let cell = field.and_then(|field| row.block.get(field.start as usize..field.end as usize));
    cell.unwrap_or_default()
}

fn value<'a>(members: &jsonl::Members<'a>, name: &str) -> Option<&'a str> {
    let found = members.0.iter().find(|(key, _)| key == name);
    found.map(|(_, raw)| *raw)
}

/// The text of a JSON value: of a string what it says, of others how they are written.
fn plain(raw: &str) -> String {
    if raw == "null" {
        return String::new();
    }
    serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned())
}

/// Writes a cell, in quotes if it would not be read back otherwise.
fn push_cell(text: &[u8], delimiter: u8, out: &mut Vec<u8>) {
    let special = |byte: &u8| matches!(byte, b'"' | b'\n' | b'\r') || *byte == delimiter;
    if !text.iter().any(special) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

fn push_member(name: &str, text: &str, out: &mut Vec<u8>) {
    push_string(name, out);
    out.push(b':');
    push_string(text, out);
}

fn push_string(text: &str, out: &mut Vec<u8>) {
    // Writing text into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}
