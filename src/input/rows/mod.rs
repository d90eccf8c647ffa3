//! Tables of requests: CSV and JSON Lines, plain or compressed with gzip.

mod blocks;
pub mod csv;
mod header;
pub mod jsonl;

use std::io::{self, Read};
use std::path::Path;

pub use blocks::{BLOCK, BlockError, Blocks, Shape};

use super::files;
use crate::ask::batch::{Columns, Field, Meaning, Renamed};
use crate::error::{Error, Result};

/// A table: what its first bytes say of it, and its rows.
#[derive(Debug)]
pub struct Table {
    /// What to call it in messages.
    pub name: String,
    /// How rows are told apart.
    pub shape: Shape,
    /// The names of the columns of a CSV file.
    pub headers: Vec<String>,
    /// The header as it was written, line end included; nothing if there is none.
    pub header: Vec<u8>,
    /// Which columns are used.
    pub columns: Columns,
    /// What each column means.
    pub meanings: Vec<Option<Meaning>>,
    /// The line of the first row, counted from 1.
    pub first_line: u64,
    blocks: Blocks,
    /// The bytes of the file, where they are known and are the bytes of the rows.
    pub size: Option<u64>,
}

/// What the columns of a table are, where it does not say so itself.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    /// Headers that mean something else than they say.
    pub renamed: Renamed,
    /// The columns in order, of a file without a header.
    pub headers: Option<Vec<String>>,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Opens a table, or for `-` standard input, and reads its header.
///
/// # Errors
/// If it cannot be read, is neither CSV nor JSON Lines, or two columns mean the same.
pub fn open(path: &Path, naming: &Naming) -> Result<Table> {
    let name = files::display(path);
    let (stream, size): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
        (Box::new(io::stdin()), None)
    } else {
        let file = files::open(path)?;
        let metadata = file.metadata().ok();
        if metadata.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            return Err(Error::io(format!("`{name}` is a directory")).help("name the file in it"));
        }
        let size = metadata.filter(std::fs::Metadata::is_file);
        (Box::new(file), size.map(|metadata| metadata.len()))
    };
    let (stream, packed) = files::unpacked(stream, &name)?;
    read(stream, name, naming, size.filter(|_| !packed))
}

/// Reads the header of a table from a stream.
///
/// # Errors
/// As [`open`].
pub fn read(
    stream: Box<dyn Read + Send>,
    name: String,
    naming: &Naming,
    size: Option<u64>,
) -> Result<Table> {
    let mut blocks = Blocks::new(stream);
    let first = beginning(&mut blocks).map_err(|error| broken(&name, 1, error))?;
    if first.starts_with(&[0xFF, 0xFE]) || first.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::syntax(format!("`{name}` is UTF-16"))
            .help("save it as UTF-8 (in PowerShell `>` writes UTF-16)"));
    }
    let bom = if first.starts_with(BOM) { BOM.len() } else { 0 };
    let begins = first[bom..].iter().find(|byte| !byte.is_ascii_whitespace());
    let json = begins == Some(&b'{') && naming.headers.is_none();
    let mut table = Table {
        name,
        shape: Shape::Lines,
        headers: Vec::new(),
        header: Vec::new(),
        columns: Columns::default(),
        meanings: jsonl::MEANINGS.map(Some).to_vec(),
        first_line: 1,
        blocks,
        size,
    };
    if json {
        header::check_object(&table.name, &first[bom..])?;
        table.blocks.put_back(&first[bom..]);
        table.columns = Columns::new(&table.meanings)?;
        return Ok(table);
    }
    table.csv(&first, bom, naming)?;
    Ok(table)
}

/// The first block that has more than empty lines, which say nothing of what follows, and those before it.
fn beginning(blocks: &mut Blocks) -> Result<Vec<u8>, BlockError> {
    let (mut first, mut block) = (Vec::new(), Vec::new());
    loop {
        blocks.next(Shape::Lines, &mut block)?;
        let text = match block.strip_prefix(BOM) {
            Some(text) if first.is_empty() => text,
            _ => &block,
        };
        let says_more = !text.trim_ascii().is_empty();
        first.extend_from_slice(&block);
        if says_more || block.is_empty() || first.len() >= BLOCK {
            return Ok(first);
        }
    }
}

impl Table {
    /// The rows. What is left of the table has none.
    pub fn take_blocks(&mut self) -> Blocks {
        std::mem::replace(&mut self.blocks, Blocks::new(Box::new(io::empty())))
    }

    fn csv(&mut self, first: &[u8], bom: usize, naming: &Naming) -> Result<()> {
        let body = &first[bom..];
        let blank = body.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let start = bom + blank.count();
        let line = first[start..].split(|byte| *byte == b'\n').next();
        let delimiter = csv::sniff(line.unwrap_or_default());
        self.shape = Shape::Csv(delimiter);
        // A quoted header may hold line feeds: what was cut at one is put together again.
        self.blocks.put_back(&first[start..]);
        let mut block = Vec::new();
        let whole = self.blocks.next(self.shape, &mut block);
        whole.map_err(|error| broken(&self.name, 1, error))?;
        let lines = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count() as u64;
        let header_line = self.first_line + lines(&first[..start]);
        let name = self.name.clone();
        let in_header = |error: Error| in_table(&name, header_line, &error);
        let mut header = 0;
        if let Some(headers) = &naming.headers {
            self.headers.clone_from(headers);
        } else {
            let mut fields = Vec::new();
            let record = csv::Records::new(&block, delimiter, false).next(&mut fields);
            let open = record.as_ref().is_some_and(|record| record.open);
            header = record.map_or(0, |record| record.ending.end);
            header::check_bytes(&block[..header], open).map_err(in_header)?;
            self.headers = fields.iter().map(|field| name_of(&block, *field)).collect();
            self.header.extend_from_slice(&first[..bom]);
            self.header.extend_from_slice(&block[..header]);
        }
        self.blocks.put_back(&block[header..]);
        self.first_line = header_line + lines(&block[..header]);
        if let Some(missing) = naming.renamed.missing(&self.headers).next() {
            let known = self.headers.join(", ");
            return Err(
                Error::request(format!("{}: no column is called `{missing}`", self.name))
                    .help(format!("its columns are {known}")),
            );
        }
        let meanings = self.headers.iter();
        self.meanings = meanings.map(|name| naming.renamed.meaning(name)).collect();
        if header > 0 {
            let begins_as_array = block.starts_with(b"[{");
            header::check_names(&self.headers, &self.meanings, begins_as_array)
                .map_err(in_header)?;
        }
        self.columns = Columns::new(&self.meanings).map_err(in_header)?;
        Ok(())
    }
}

fn in_table(name: &str, line: u64, error: &Error) -> Error {
    let told = Error::request(format!("{name}:{line}: {}", error.message()));
    match error.help_text() {
        Some(help) => told.help(help),
        None => told,
    }
}

/// The text of a header cell.
fn name_of(block: &[u8], field: Field) -> String {
    let mut text = Vec::new();
    csv::unquote(&block[field.start as usize..field.end as usize], &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The error for a stream that breaks off in a line.
pub fn broken(name: &str, line: u64, error: BlockError) -> Error {
    match error {
        BlockError::Read(error) => Error::io(format!(
            "cannot read `{name}` after line {}: {error}",
            line.saturating_sub(1)
        )),
        BlockError::TooLong => Error::syntax(format!("{name}:{line}: the row is over 32 MiB"))
            .help("is a quote not closed?"),
    }
}

/// Puts a record whose cells are quoted into plain text, with its cells in place of those of the record.
pub fn unquoted(record: &[u8], offset: usize, fields: &mut [Field], text: &mut Vec<u8>) {
    text.clear();
    for field in fields {
        let start = text.len();
        let cell = record.get(field.start as usize - offset..field.end as usize - offset);
        csv::unquote(cell.unwrap_or_default(), text);
        *field = Field::new(start, text.len());
    }
}

/// The number of cells that [`object`] adds.
pub const OBJECT_WIDTH: usize = jsonl::MEANINGS.len();

/// Adds the cells of a line of JSON; after an error, none.
///
/// # Errors
/// If the line is not an object, or its members make no sense.
pub fn object<'a>(
    line: &'a [u8],
    naming: &Naming,
    text: &mut Vec<u8>,
    fields: &mut Vec<Field>,
) -> Result<jsonl::Members<'a>> {
    let (bytes, count) = (text.len(), fields.len());
    let members = jsonl::members(line)?;
    let added = jsonl::cells(&members, &naming.renamed, text, fields);
    if let Err(error) = added {
        text.truncate(bytes);
        fields.truncate(count);
        return Err(error);
    }
    Ok(members)
}
