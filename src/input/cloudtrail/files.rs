//! Files of `CloudTrail`, as they lie in a bucket or a directory.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::input::files;

/// Files to read, in order, and how many beside them hold no events.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The files; `-` is standard input.
    pub(crate) logs: Vec<Log>,
    /// Files of digests, which prove that no other was changed.
    pub(crate) digests: u64,
    /// Files of insights, which are no calls.
    pub(crate) insights: u64,
}

/// One file.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    /// What to call it.
    pub(crate) name: String,
    /// Its bytes as it lies there; 0 where that is not known.
    pub(crate) size: u64,
}

/// The endings of files that may hold events.
const ENDINGS: [&str; 6] = [
    ".json",
    ".json.gz",
    ".jsonl",
    ".jsonl.gz",
    ".ndjson",
    ".ndjson.gz",
];

/// The files that paths name; a directory stands for those below it.
///
/// # Errors
/// If a path is not there, or a directory has no such file.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for path in paths {
        if !path.is_dir() {
            found.logs.push(Log::new(path.clone())?);
            continue;
        }
        let wanted = |name: &str| ENDINGS.iter().any(|ending| name.ends_with(ending));
        let below = files::walk(path, &wanted)?;
        if below.is_empty() {
            let text = format!("no CloudTrail files in `{}`", files::display(path));
            let endings = ENDINGS.join(", ");
            return Err(Error::io(text).help(format!("looked for {endings}")));
        }
        for file in below {
            // Below the directory that was named: what is above it is the reader's own.
            let inside = file.strip_prefix(path).unwrap_or(&file);
            match sort(inside) {
                Sort::Digest => found.digests += 1,
                Sort::Insight => found.insights += 1,
                Sort::Log => found.logs.push(Log::new(file)?),
            }
        }
    }
    Ok(found)
}

enum Sort {
    Digest,
    Insight,
    Log,
}

/// `AWSLogs/111122223333/CloudTrail-Digest/…`
fn sort(path: &Path) -> Sort {
    let has = |part: &str| {
        path.components()
            .any(|component| component.as_os_str().to_string_lossy().contains(part))
    };
    if has("CloudTrail-Digest") {
        Sort::Digest
    } else if has("CloudTrail-Insight") {
        Sort::Insight
    } else {
        Sort::Log
    }
}

impl Log {
    fn new(path: PathBuf) -> Result<Self> {
        let name = files::display(&path);
        let size = if path == Path::new("-") {
            0
        } else {
            // A file that cannot be opened stops the command before it has read the others.
            let file = files::open(&path)?;
            file.metadata().map_or(0, |metadata| metadata.len())
        };
        Ok(Self { path, name, size })
    }

    /// The bytes in it, decompressed if they are compressed.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>> {
        let stream: Box<dyn Read + Send> = if self.path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(files::open(&self.path)?)
        };
        files::unpacked(stream, &self.name).map(|(stream, _)| stream)
    }
}
