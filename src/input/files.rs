//! Texts from files and standard input.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::json::{MAX_BYTES, too_large};
use crate::source::{Source, Span};

/// Reads a text file, plain or compressed with gzip, or standard input for `-`.
///
/// # Errors
/// If it cannot be read, is over 32 MiB when decompressed, or is not UTF-8: the error names the first bad byte.
pub fn read(path: &Path) -> Result<Source> {
    let name = display(path);
    read_from(open_file(path)?, &name)
}

/// The bytes of a file as they are, or of standard input for `-`.
///
/// # Errors
/// If it cannot be read, or is over 32 MiB.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    limited(open_file(path)?, &display(path))
}

/// A file, but no directory, or standard input for `-`.
fn open_file(path: &Path) -> Result<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    let file = open(path)?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let text = format!("`{}` is a directory", display(path));
        return Err(Error::io(text).help("name the files in it"));
    }
    Ok(Box::new(file))
}

/// As [`read`], for files that hold many documents: an object or a list may have up to a gigabyte.
///
/// # Errors
/// As [`read`].
pub fn read_any_size(path: &Path) -> Result<Source> {
    let name = display(path);
    let (stream, _) = unpacked(open_file(path)?, &name)?;
    read_large(stream, &name)
}

/// The text of the bytes of a file, under a name, and whether they are compressed with gzip; of any size as [`read_any_size`].
///
/// # Errors
/// If they cannot be decompressed, or are not UTF-8.
pub fn text_of(bytes: Vec<u8>, name: &str) -> Result<(Source, bool)> {
    let (stream, packed) = unpacked(Box::new(Cursor::new(bytes)), name)?;
    Ok((read_large(stream, name)?, packed))
}

/// The bytes that a stream holds, decompressed if they are compressed with gzip, and whether they are.
///
/// # Errors
/// If it cannot be read; if it is compressed, in a program without the feature `gz`.
pub fn unpacked<'r>(
    mut stream: Box<dyn Read + Send + 'r>,
    name: &str,
) -> Result<(Box<dyn Read + Send + 'r>, bool)> {
    let mut first = Vec::new();
    let read = (&mut stream).take(2).read_to_end(&mut first);
    read.map_err(|error| cannot_read(name, &error))?;
    let packed = first == [0x1F, 0x8B];
    let whole = Cursor::new(first).chain(stream);
    if !packed {
        return Ok((Box::new(whole), false));
    }
    // A log may be several streams, one after the other.
    #[cfg(feature = "gz")]
    return Ok((Box::new(flate2::read::MultiGzDecoder::new(whole)), true));
    #[cfg(not(feature = "gz"))]
    Err(Error::syntax(format!(
        "`{name}` is compressed with gzip, and this program was built without it"
    ))
    .help("decompress it first: gunzip -c"))
}

/// The largest text of many documents that is read.
const MOST_BYTES: usize = 1 << 30;

fn read_large(mut stream: impl Read, name: &str) -> Result<Source> {
    let mut bytes = Vec::new();
    let mut up_to = |bytes: &mut Vec<u8>, limit: usize| {
        let more = (limit + 1).saturating_sub(bytes.len()) as u64;
        let read = (&mut stream).take(more).read_to_end(bytes);
        read.map_err(|error| cannot_read(name, &error))
    };
    up_to(&mut bytes, MAX_BYTES)?;
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if bytes.len() > MAX_BYTES {
        if !matches!(start, Some(b'{' | b'[')) {
            return Err(too_large(name));
        }
        up_to(&mut bytes, MOST_BYTES)?;
        if bytes.len() > MOST_BYTES {
            return Err(Error::syntax(format!(
                "`{name}` is over {} MiB",
                MOST_BYTES >> 20
            )));
        }
    }
    decode(bytes, name)
}

/// `FILE#ADDRESS` as the two; a path as it is where there is a file of the whole name, or none of the shorter one.
pub fn split_address(path: &Path) -> (PathBuf, Option<String>) {
    let whole = (path.to_owned(), None);
    let Some(text) = path.to_str().filter(|_| !path.exists()) else {
        return whole;
    };
    let mut places = text.match_indices('#').map(|(at, _)| text.split_at(at));
    let found = places.find(|(file, _)| *file == "-" || Path::new(file).is_file());
    found.map_or(whole, |(file, address)| {
        (PathBuf::from(file), Some(address[1..].to_owned()))
    })
}

/// Opens a file for reading.
///
/// # Errors
/// If it cannot be opened.
pub fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| cannot_read(&display(path), &error))
}

/// Reads a text from an open stream, under a name.
///
/// # Errors
/// As [`read`].
pub fn read_from(stream: impl Read + Send, name: &str) -> Result<Source> {
    let (stream, _) = unpacked(Box::new(stream), name)?;
    decode(limited(stream, name)?, name)
}

fn limited(stream: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    stream
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| cannot_read(name, &error))?;
    if bytes.len() > MAX_BYTES {
        return Err(too_large(name));
    }
    Ok(bytes)
}

/// The text of bytes, under a name; without the byte order mark that some editors put first.
///
/// # Errors
/// If they are not UTF-8.
pub fn decode(bytes: Vec<u8>, name: &str) -> Result<Source> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::syntax(format!("`{name}` is UTF-16"))
            .help("save it as UTF-8 (in PowerShell `>` writes UTF-16)"));
    }
    if bytes.starts_with(&[0x1F, 0x8B]) {
        return Err(Error::syntax(format!("`{name}` is compressed with gzip"))
            .help("decompress it first: gunzip -c"));
    }
    String::from_utf8(bytes)
        .map(|text| match text.strip_prefix('\u{feff}') {
            Some(text) => Source::new(name, text),
            None => Source::new(name, text),
        })
        .map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes().get(at).copied().unwrap_or_default();
            let valid = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned();
            let source = Source::new(name, valid);
            Error::syntax(format!("not UTF-8: byte 0x{byte:02X}"))
                .at(&source, Span::new(at, at))
                .help("save the file as UTF-8")
        })
}

fn cannot_read(name: &str, error: &std::io::Error) -> Error {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Error::io(format!("cannot read `{name}`: {why}"))
}

/// A path as people write it: forward slashes on every platform.
pub fn display(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The files below a directory whose name `wanted` accepts, in alphabetical order; hidden ones are passed over.
///
/// # Errors
/// If a directory cannot be listed.
pub fn walk(directory: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let entries = std::fs::read_dir(&directory)
            .map_err(|error| cannot_read(&display(&directory), &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| cannot_read(&display(&directory), &error))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            // Links are not followed, so a loop of directories ends; and a pipe, which no one may ever write to, is no file.
            let Ok(sort) = entry.file_type() else {
                continue;
            };
            if sort.is_dir() {
                open.push(entry.path());
            } else if (sort.is_file() || sort.is_symlink()) && wanted(&name) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
