//! `ipcond batch` on damaged tables: every row comes out, or it is said where the table cannot be read.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"},
    {"Sid":"Outside","Effect":"Deny","Action":"*","Resource":"*",
     "Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/28","2001:db8::/32"]}}}]}"#;

/// What happens to a byte.
#[derive(Clone, Copy, Debug)]
enum Wound {
    Change(u8),
    Insert(u8),
    /// Some bytes come twice.
    Repeat(usize),
    /// The rest is lost.
    Cut,
}

fn wounds() -> impl Strategy<Value = Vec<(Index, Wound)>> {
    // What has a meaning somewhere, and anything.
    let byte = || {
        prop_oneof![
            prop::sample::select(b"\"\"\n\r,;\t\0{}[]:\\\xff\xef- ".to_vec()),
            any::<u8>()
        ]
    };
    let wound = prop_oneof![
        4 => byte().prop_map(Wound::Change),
        4 => byte().prop_map(Wound::Insert),
        1 => (1..200_usize).prop_map(Wound::Repeat),
        1 => Just(Wound::Cut),
    ];
    prop::collection::vec((any::<Index>(), wound), 1..6)
}

/// Damages all after the first bytes.
fn damage(mut table: Vec<u8>, sound: usize, wounds: &[(Index, Wound)]) -> Vec<u8> {
    for (at, wound) in wounds {
        let at = sound + at.index(table.len() - sound);
        match *wound {
            Wound::Change(byte) => table[at] = byte,
            Wound::Insert(byte) => table.insert(at, byte),
            Wound::Repeat(count) => {
                let again = table[at..(at + count).min(table.len())].to_vec();
                table.splice(at..at, again);
            }
            Wound::Cut => table.truncate(at + 1),
        }
    }
    table
}

fn rows() -> impl Iterator<Item = (String, String)> {
    let row = |number| (format!("10.0.0.{number}"), format!("a \"{number}\"\n,"));
    (0..40).map(row)
}

const HEADER: &str = "ip,action,note\n";

fn csv_table() -> Vec<u8> {
    let mut table = HEADER.to_owned();
    for (ip, note) in rows() {
        let note = note.replace('"', "\"\"");
        let row = [ip.as_str(), ",s3:ListAllMyBuckets,\"", &note, "\"\n"];
        table.push_str(&row.concat());
    }
    table.into_bytes()
}

fn lines_table() -> Vec<u8> {
    let row = |(ip, note)| json!({"ip": ip, "action": "s3:ListAllMyBuckets", "note": note});
    let lines: Vec<String> = rows().map(row).map(|row| format!("{row}\n")).collect();
    lines.concat().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// What a gzip file holds, or as much of it as can be read, and whether it is whole.
fn unpacked(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut decoder = flate2::bufread::MultiGzDecoder::new(bytes);
    let whole = decoder.read_to_end(&mut out).is_ok();
    (out, whole)
}

/// The records of a table with commas, blank lines left out: the whole of RFC 4180 in a few lines.
fn records(table: &[u8]) -> usize {
    let (mut count, mut blank, mut start, mut quoted) = (0, true, true, false);
    for piece in table.split_inclusive(|byte| b"\",\n".contains(byte)) {
        let (text, end) = match piece.split_last() {
            Some((end, text)) if b"\",\n".contains(end) => (text, Some(*end)),
            _ => (piece, None),
        };
        // A carriage return before the line feed is no text.
        blank &= text.is_empty() || text == b"\r" && end == Some(b'\n');
        start &= text.is_empty();
        match end {
            Some(b'"') if quoted || start => {
                quoted = !quoted;
                // A second quote right after this one begins again.
                start = !quoted;
                blank = false;
            }
            Some(b'\n') if !quoted => {
                count += usize::from(!blank);
                (blank, start) = (true, true);
            }
            Some(b',') if !quoted => (blank, start) = (false, true),
            _ => {}
        }
    }
    count + usize::from(!blank)
}

/// What became of a table.
struct Run {
    code: Option<i32>,
    out: Vec<u8>,
    said: String,
}

impl Run {
    fn of(directory: &Path, table: &[u8]) -> Self {
        fs::write(directory.join("t"), table).expect("the file can be written");
        let output = Command::new(env!("CARGO_BIN_EXE_ipcond"))
            .args(["batch", "--no-config", "p.json", "t"])
            .current_dir(directory)
            .stdin(Stdio::null())
            .output()
            .expect("ipcond starts");
        Self {
            code: output.status.code(),
            out: output.stdout,
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It ends as it should: with rows, or with an error that names the table.
    fn check(&self) -> Result<(), TestCaseError> {
        let said = &self.said;
        prop_assert!(!said.contains("panicked"), "{said}");
        match self.code {
            Some(0) => prop_assert!(said.contains(" unreadable\n"), "{said}"),
            code => {
                prop_assert_eq!(code, Some(2), "{}", said);
                let named = [
                    "error: t:",
                    "error: cannot read `t`",
                    "error: `t` is UTF-16",
                ];
                prop_assert!(named.iter().any(|begin| said.contains(begin)), "{said}");
            }
        }
        Ok(())
    }

    /// The counts of the line at the end: rows, allowed, denied, depends and unreadable.
    fn counts(&self) -> [usize; 5] {
        let line = self
            .said
            .lines()
            .last()
            .unwrap_or_default()
            .replace(',', "");
        let words: Vec<&str> = line.split_whitespace().collect();
        ["row", "allowed", "denied", "depends", "unreadable"].map(|name| {
            let at = words.iter().position(|word| word.starts_with(name));
            let number = at.and_then(|at| words.get(at.checked_sub(1)?));
            number
                .and_then(|text| text.parse().ok())
                .unwrap_or(usize::MAX)
        })
    }

    /// Every row came out and was counted, and each bad one was named or counted on standard error.
    fn has_rows(&self, rows: usize) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.code, Some(0), "{}", self.said);
        let [all, allowed, denied, depends, unreadable] = self.counts();
        prop_assert_eq!(all, rows, "{}", self.said);
        prop_assert_eq!(
            allowed + denied + depends + unreadable,
            rows,
            "{}",
            self.said
        );
        let named = self.said.lines().filter(|line| line.starts_with("t:"));
        let named = named.filter(|line| !line.starts_with("t: ")).count();
        prop_assert_eq!(named, unreadable.min(10), "{}", self.said);
        Ok(())
    }
}

/// Tries 250 wounded tables of a sort, the same ones each time.
fn try_all(name: &str, check: impl Fn(&Path, &[(Index, Wound)]) -> Result<(), TestCaseError>) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("damaged-{name}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the directory can be made");
    fs::write(directory.join("p.json"), POLICY).expect("the file can be written");
    let config = Config {
        cases: 250,
        failure_persistence: None,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, random);
    if let Err(error) = runner.run(&wounds(), |wounds| check(&directory, &wounds)) {
        panic!("{error}");
    }
}

#[test]
fn the_rows_of_a_csv_file_all_come_out() {
    let table = csv_table();
    assert_eq!(records(&table), 41);
    try_all("csv", |directory, wounds| {
        let damaged = damage(table.clone(), HEADER.len(), wounds);
        let run = Run::of(directory, &damaged);
        run.check()?;
        let expected = records(&damaged);
        prop_assert_eq!(records(&run.out), expected, "{}", damaged.escape_ascii());
        run.has_rows(expected - 1)
    });
}

#[test]
fn the_lines_of_a_json_file_all_come_out() {
    let table = lines_table();
    try_all("lines", |directory, wounds| {
        let damaged = damage(table.clone(), 1, wounds);
        let run = Run::of(directory, &damaged);
        run.check()?;
        if run.said.contains("over several lines") {
            return Ok(());
        }
        let lines = damaged.split(|byte| *byte == b'\n');
        let expected = lines.filter(|line| !line.trim_ascii().is_empty()).count();
        let out = String::from_utf8(run.out.clone()).expect("it is JSON");
        let mut decisions = Vec::new();
        for line in out.lines() {
            let row: Value = serde_json::from_str(line).expect("it is JSON");
            decisions.push(row["decision"].clone());
        }
        prop_assert_eq!(decisions.len(), expected);
        let bad = decisions.iter().filter(|word| **word == "error").count();
        prop_assert_eq!(bad, run.counts()[4], "{}", run.said);
        run.has_rows(expected)
    });
}

#[test]
fn a_compressed_file_is_whole_or_an_error() {
    let table = csv_table();
    try_all("gzip", |directory, wounds| {
        let damaged = damage(gzip(&table), 2, wounds);
        let run = Run::of(directory, &damaged);
        run.check()?;
        match unpacked(&damaged) {
            // Its checksum says that it is what it was.
            (held, true) if held == table => run.has_rows(40),
            (_, true) => Ok(()),
            (held, false) => {
                prop_assert_eq!(run.code, Some(2), "{}", run.said);
                // What came out before it are rows that stand before it.
                prop_assert!(records(&run.out) <= records(&held).max(1));
                Ok(())
            }
        }
    });
}

/// Where the header itself may be damaged, nobody can say what the rows are; it ends all the same.
#[test]
fn a_damaged_header_is_an_error_or_another_header() {
    let table = csv_table();
    try_all("header", |directory, wounds| {
        let start = &table[..60];
        let damaged = [&damage(start.to_vec(), 0, wounds), &table[60..]].concat();
        Run::of(directory, &damaged).check()
    });
}
