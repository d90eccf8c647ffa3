//! A stream of rows, cut into blocks of whole ones.

use std::fmt;
use std::io::{self, Read};

use memchr::{memchr, memrchr};

use super::csv;
use crate::json::MAX_BYTES;

/// So much is read at a time: little enough to stay in the cache of a core until it is written.
pub const BLOCK: usize = 256 << 10;

/// How rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Records of cells with this byte between them; a quoted cell may hold line feeds.
    Csv(u8),
    /// A line is a row.
    Lines,
}

/// Why there is no further block.
#[derive(Debug)]
pub enum BlockError {
    /// The stream cannot be read on.
    Read(io::Error),
    /// A row is over [`MAX_BYTES`].
    TooLong,
}

/// A stream of rows.
pub struct Blocks {
    stream: Box<dyn Read + Send>,
    /// What was read of the row after the last block.
    rest: Vec<u8>,
    ended: bool,
    /// The bytes of all blocks that were given out.
    taken: u64,
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks")
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

impl Blocks {
    /// The blocks of a stream.
    pub fn new(stream: Box<dyn Read + Send>) -> Self {
        Self {
            stream,
            rest: Vec::new(),
            ended: false,
            taken: 0,
        }
    }

    /// The next block of whole rows, which replaces what is in `block`; an empty one at the end of the stream. The last
    /// row of the last block may lack its line feed. Says whether the block has no quote.
    ///
    /// # Errors
    /// If the stream cannot be read, or a row is too long.
    pub fn next(&mut self, shape: Shape, block: &mut Vec<u8>) -> Result<bool, BlockError> {
        let mut filled = self.rest.len();
        let mut room = BLOCK.max(2 * filled);
        block.resize(room, 0);
        block[..filled].copy_from_slice(&self.rest);
        self.rest.clear();
        loop {
            while filled < room && !self.ended {
                match self.stream.read(&mut block[filled..]) {
                    Ok(0) => self.ended = true,
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return self.broken(error, shape, block, filled),
                }
            }
            let plain = memchr(b'"', &block[..filled]).is_none();
            let end = if self.ended {
                Some(filled)
            } else {
                last_end(shape, &block[..filled], plain)
            };
            if let Some(end) = end {
                self.give(block, end, filled);
                return Ok(plain);
            }
            if filled > MAX_BYTES {
                return Err(BlockError::TooLong);
            }
            room = 2 * filled;
            block.resize(room, 0);
        }
    }

    /// Gives out the whole rows before a place where the stream cannot be read; the next call says why.
    fn broken(
        &mut self,
        error: io::Error,
        shape: Shape,
        block: &mut Vec<u8>,
        filled: usize,
    ) -> Result<bool, BlockError> {
        match last_end(shape, &block[..filled], false) {
            Some(end) => {
                self.stream = Box::new(Broken(Some(error)));
                self.give(block, end, filled);
                Ok(false)
            }
            _ => Err(BlockError::Read(error)),
        }
    }

    fn give(&mut self, block: &mut Vec<u8>, end: usize, filled: usize) {
        self.rest.extend_from_slice(&block[end..filled]);
        block.truncate(end);
        self.taken += end as u64;
    }

    /// Puts rows back, to be the first of the next block.
    pub(super) fn put_back(&mut self, rows: &[u8]) {
        let after = std::mem::replace(&mut self.rest, rows.to_vec());
        self.rest.extend_from_slice(&after);
        self.taken -= rows.len() as u64;
    }

    /// The bytes of all blocks so far.
    pub fn taken(&self) -> u64 {
        self.taken
    }
}

fn last_end(shape: Shape, bytes: &[u8], plain: bool) -> Option<usize> {
    match shape {
        Shape::Csv(delimiter) if !plain => csv::last_end(bytes, delimiter),
        _ => memrchr(b'\n', bytes).map(|at| at + 1),
    }
}

/// A stream that ends with an error.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0.take() {
            Some(error) => Err(error),
            None => Ok(0),
        }
    }
}
