//! A table of requests: CSV or JSON Lines.

use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::OnceLock;

use ipcond::ask::batch::{Batch, Columns, Decider, Field, Rows, Verdict};
use ipcond::input::rows::csv::{Records, Strip};
use ipcond::input::rows::{Naming, OBJECT_WIDTH, Shape, Table, object, read, unquoted};
use ipcond::input::{Documents, read_scenario};
use ipcond::source::Source;
use ipcond::{Result, json};
use jiff::Timestamp;

use super::tree::check_error;

const SCENARIO: &str = r#"{"principal": "arn:aws:iam::111122223333:user/bob", "action": "s3:GetObject", "resource": "arn:aws:s3:::reports/a.csv",
"at": "2026-01-31T10:00:00Z", "policies": {"identity": {"Version": "2012-10-17", "Statement": [
  {"Sid": "All", "Effect": "Allow", "Action": ["s3:*", "ec2:Describe*"], "Resource": "*"},
  {"Sid": "Office", "Effect": "Deny", "NotAction": "ec2:*", "Resource": "arn:aws:s3:::*",
   "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/25", "2001:db8::/32"]}, "Null": {"aws:SourceVpce": "true"}}},
  {"Sid": "Home", "Effect": "Deny", "Action": "s3:Put*", "NotResource": "arn:aws:s3:::home/${aws:username}/*"}]}}}"#;

/// The cells of a record, quotes undone.
type Cells = Vec<Vec<u8>>;

/// However the table is read, its rows are the same and each comes out once; each is decided as the evaluator decides it.
pub fn check(bytes: &[u8]) {
    let whole = open(bytes, usize::MAX);
    let slow = open(bytes, 7);
    let (mut whole, mut slow) = match (whole, slow) {
        (Ok(whole), Ok(slow)) => (whole, slow),
        (Err(one), Err(other)) => {
            assert_eq!(one.message(), other.message());
            return check_error(&one);
        }
        (one, other) => panic!("{one:?}\n{other:?}"),
    };
    assert_eq!(
        (&whole.headers, &whole.header, whole.shape),
        (&slow.headers, &slow.header, slow.shape)
    );
    let blocks = blocks(&mut whole);
    let rest: Vec<u8> = blocks.concat();
    assert_eq!(rest, self::blocks(&mut slow).concat());
    assert!(bytes.ends_with(&rest), "a row is lost");
    match whole.shape {
        Shape::Csv(delimiter) => table(&whole, &rest, delimiter),
        Shape::Lines => lines(&whole.columns, &rest),
    }
}

/// A table from a stream that gives so many bytes at a time.
fn open(bytes: &[u8], step: usize) -> Result<Table> {
    let stream = Slow(Cursor::new(bytes.to_vec()), step);
    read(Box::new(stream), "t".to_owned(), &Naming::default(), None)
}

struct Slow(Cursor<Vec<u8>>, usize);

impl Read for Slow {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

fn blocks(table: &mut Table) -> Vec<Vec<u8>> {
    let (shape, mut all, mut blocks) = (table.shape, Vec::new(), table.take_blocks());
    loop {
        let mut block = Vec::new();
        let plain = blocks.next(shape, &mut block).expect("memory can be read");
        if block.is_empty() {
            return all;
        }
        assert!(!plain || !block.contains(&b'"'));
        all.push(block);
    }
}

fn table(table: &Table, rest: &[u8], delimiter: u8) {
    let width = table.headers.len().max(1);
    let (one_by_one, fields, text) = by_records(rest, delimiter, width);
    assert_eq!(by_strips(rest, delimiter, width), one_by_one);
    // A carriage return alone ends a record for that reader, or belongs to the text before a line feed. A mark at the
    // beginning is no text for it, but here the header stands before.
    if !rest.contains(&b'\r') && !rest.starts_with("\u{feff}".as_bytes()) {
        assert_eq!(by_other_reader(rest, delimiter), one_by_one);
    }
    let rows = Rows {
        text: &text,
        fields: &fields,
        width,
        columns: &table.columns,
        strip_port: false,
        joined: false,
    };
    decided(&rows);
    if !rest.contains(&b'"') {
        let joined = true;
        decided(&Rows { joined, ..rows });
    }
}

/// All records, and those of the right width as fields of a text in which their quotes are undone.
fn by_records(block: &[u8], delimiter: u8, width: usize) -> (Vec<Cells>, Vec<Field>, Vec<u8>) {
    let mut records = Records::new(block, delimiter, !block.contains(&b'"'));
    let (mut all, mut kept, mut text) = (Vec::new(), Vec::new(), Vec::new());
    let (mut fields, mut record_text, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(record) = records.next(&mut fields) {
        assert_eq!(record.bytes.start, at, "records stand one behind the other");
        assert!(record.bytes.end <= record.ending.start && record.ending.end > at);
        at = record.ending.end;
        if record.bytes.is_empty() {
            continue;
        }
        all.push(cells(block, &fields));
        let bytes = &block[record.bytes.clone()];
        unquoted(bytes, record.bytes.start, &mut fields, &mut record_text);
        if fields.len() == width {
            let start = text.len();
            let moved = |field: &Field| {
                Field::new(start + field.start as usize, start + field.end as usize)
            };
            kept.extend(fields.iter().map(moved));
            text.extend_from_slice(&record_text);
        }
    }
    assert_eq!(at, block.len());
    (all, kept, text)
}

fn by_strips(block: &[u8], delimiter: u8, width: usize) -> Vec<Cells> {
    let mut records = Records::new(block, delimiter, !block.contains(&b'"'));
    let (mut strip, mut fields, mut all) = (Strip::default(), Vec::new(), Vec::new());
    loop {
        records.strip(width, &mut strip);
        assert_eq!(strip.lines.len() * width, strip.fields().len());
        all.extend(strip.fields().chunks(width).map(|row| cells(block, row)));
        if strip.lines.is_empty() {
            match records.next(&mut fields) {
                None => return all,
                Some(record) if record.bytes.is_empty() => {}
                Some(_) => all.push(cells(block, &fields)),
            }
        }
    }
}

fn cells(block: &[u8], fields: &[Field]) -> Cells {
    let (mut fields, mut text) = (fields.to_vec(), Vec::new());
    unquoted(block, 0, &mut fields, &mut text);
    let cell = |field: &Field| text[field.start as usize..field.end as usize].to_vec();
    fields.iter().map(cell).collect()
}

/// By the `csv` crate.
fn by_other_reader(block: &[u8], delimiter: u8) -> Vec<Cells> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(block);
    let records = reader
        .byte_records()
        .map(|record| record.expect("any bytes are CSV"));
    records
        .map(|record| record.iter().map(<[u8]>::to_vec).collect())
        .collect()
}

/// Each line of objects is an object for another reader, too.
fn lines(columns: &Columns, rest: &[u8]) {
    let (mut text, mut fields) = (Vec::new(), Vec::new());
    for line in rest.split(|byte| *byte == b'\n') {
        let before = fields.len();
        match object(line, &Naming::default(), &mut text, &mut fields) {
            Ok(_) => {
                assert_eq!(fields.len(), before + OBJECT_WIDTH);
                let other: std::result::Result<serde_json::Value, _> = serde_json::from_slice(line);
                assert!(other.is_ok_and(|value| value.is_object()));
            }
            Err(error) => {
                assert_eq!(fields.len(), before);
                assert!(!error.message().is_empty());
            }
        }
    }
    let rows = Rows {
        text: &text,
        fields: &fields,
        width: OBJECT_WIDTH,
        columns,
        strip_port: true,
        joined: false,
    };
    decided(&rows);
}

static BATCH: OnceLock<Batch> = OnceLock::new();

fn batch() -> Batch {
    let source = Source::new("s.json", SCENARIO);
    let node = json::parse(&source).expect("it is JSON");
    let base = read_scenario(&source, &node, Path::new(""), &mut Documents::default());
    Batch::new(base.expect("it is a scenario"), Timestamp::UNIX_EPOCH)
}

/// What is remembered of rows changes no decision.
fn decided(rows: &Rows<'_>) {
    let batch = BATCH.get_or_init(batch);
    let reason = |verdict: &Verdict| verdict.reason.clone();
    let mut decider = Decider::new(batch, &reason);
    for _ in 0..2 {
        let mut next = 0;
        decider.decide(rows, |at, decided| {
            assert_eq!(at, next, "each row comes once, in order");
            next += 1;
            match (batch.decide(&rows.row(at)), decided) {
                (Ok(verdict), Ok(found)) => {
                    assert_eq!(found.verdict, verdict);
                    assert_eq!(found.made, verdict.reason);
                }
                (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
                (one, other) => panic!("{one:?}\n{:?}", other.map(|found| &found.verdict)),
            }
        });
        assert_eq!(next, rows.len());
    }
}
