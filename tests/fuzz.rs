//! The properties that are fuzzed (`fuzz/README.md`), on the seeds and on changes of them: the same ones each time.

#![cfg(feature = "cli")]

#[expect(
    unreachable_pub,
    reason = "the crate of the fuzz targets has them in its library"
)]
#[path = "../fuzz/properties/mod.rs"]
mod properties;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// How often each seed is changed.
const CHANGES: usize = 40;

/// No seed grows beyond this.
const LONGEST: usize = 8 << 10;

/// Random numbers: the same ones each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}

/// The files of a directory, in the order of their names.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(directory).expect("the directory is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut all: Vec<_> = paths
        .map(|path| {
            let bytes = fs::read(&path).expect("the file can be read");
            (path.display().to_string(), bytes)
        })
        .collect();
    all.sort();
    all
}

/// The words of a dictionary of libFuzzer: `"word"`, with `\"`, `\\` and `\x41` in it.
fn words(path: &Path) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(path).expect("the dictionary is there");
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(word).collect()
}

fn word(line: &str) -> Vec<u8> {
    let inner = line
        .strip_prefix('"')
        .and_then(|line| line.strip_suffix('"'));
    let mut rest = inner.expect("a word is quoted").bytes();
    let mut word = Vec::new();
    while let Some(byte) = rest.next() {
        word.push(
            match (byte, (byte == b'\\').then(|| rest.next()).flatten()) {
                (b'\\', Some(b'x')) => {
                    let digits: String = rest.by_ref().take(2).map(char::from).collect();
                    u8::from_str_radix(&digits, 16).expect("two hexadecimal digits")
                }
                (b'\\', Some(escaped @ (b'\\' | b'"'))) => escaped,
                (b'\\', _) => panic!("an escape that libFuzzer does not know: {line}"),
                (byte, _) => byte,
            },
        );
    }
    word
}

/// A text with up to four changes.
fn changed(
    seed: &[u8],
    others: &[(String, Vec<u8>)],
    words: &[Vec<u8>],
    random: &mut Random,
) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = (at + 1 + random.below(12)).min(bytes.len());
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap_or(0),
            1 => drop(bytes.drain(at.min(end)..end)),
            2 => bytes.truncate(at),
            3 => {
                let piece = bytes[at.min(end)..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let other = &others[random.below(others.len())].1;
                let from = random.below(other.len());
                let piece = &other[from..(from + 40).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            _ => {
                let word = &words[random.below(words.len())];
                bytes.splice(at..at, word.iter().copied());
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// Tries all seeds of a format, and changes of each.
fn try_all(name: &str, check: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let seeds = files(&fuzz.join("seeds").join(name));
    let words = words(&fuzz.join("dictionaries").join(format!("{name}.dict")));
    assert!(
        seeds.len() >= 3 && words.len() >= 10,
        "{name} has seeds and words"
    );
    let attempt = |what: &str, bytes: &[u8]| {
        let held = catch_unwind(AssertUnwindSafe(|| check(bytes)));
        assert!(held.is_ok(), "{what}: {}", bytes.escape_ascii());
    };
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for (path, seed) in &seeds {
        attempt(path, seed);
        for _ in 0..CHANGES {
            attempt(path, &changed(seed, &seeds, &words, &mut random));
        }
    }
}

#[test]
fn policies() {
    try_all("policy", properties::policy::check);
}

#[test]
fn blocks() {
    try_all("cidr", properties::cidr::check);
}

#[test]
fn scenarios() {
    try_all("scenario", properties::scenario::check);
}

#[test]
fn rows() {
    try_all("rows", properties::rows::check);
}

#[test]
fn yaml() {
    try_all("yaml", properties::yaml::check);
}

#[test]
fn encoded_documents() {
    try_all("ladder", properties::ladder::check);
}

#[test]
fn documents_of_any_file() {
    try_all("documents", properties::documents::check);
}

#[test]
fn events() {
    try_all("trail", properties::trail::check);
}
