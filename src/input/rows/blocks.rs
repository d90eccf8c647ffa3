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
    /// Rows were put back: there is a block without reading on.
    has_rows: bool,
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
            has_rows: false,
            taken: 0,
        }
    }

    /// The next block of whole rows, which replaces what is in `block`; an empty one at the end of the stream. The last
    /// row of the last block may lack its line feed. Says whether the block has no quote.
    ///
    /// A stream that has no more for now, as a pipe from `tail -f`, is not waited for if it gave whole rows.
    ///
    /// # Errors
    /// If the stream cannot be read, or a row is too long.
    pub fn next(&mut self, shape: Shape, block: &mut Vec<u8>) -> Result<bool, BlockError> {
        let mut filled = self.rest.len();
        let mut room = BLOCK.max(filled.next_multiple_of(BLOCK));
        block.resize(room, 0);
        block[..filled].copy_from_slice(&self.rest);
        self.rest.clear();
        let mut reads = !std::mem::take(&mut self.has_rows);
        // So many bytes are looked through at least before it is done once more: all in all, not twice as many as are read.
        let mut wanted = 0;
        loop {
            if std::mem::replace(&mut reads, true)
                && let Err(error) = self.fill(&mut block[..room], &mut filled, wanted)
            {
                return self.broken(error, shape, block, filled);
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
            wanted = 2 * filled;
            if filled == room {
                room = 2 * filled;
                block.resize(room, 0);
            }
        }
    }

    /// Reads until a block is full, or holds as much as is wanted and the stream has no more for now and gave a line feed.
    fn fill(&mut self, block: &mut [u8], filled: &mut usize, wanted: usize) -> io::Result<()> {
        while *filled < block.len() && !self.ended {
            let to = &mut block[*filled..];
            match self.stream.read(to) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    let is_all = count < to.len();
                    let has_end = is_all && memchr(b'\n', &to[..count]).is_some();
                    *filled += count;
                    if has_end && *filled >= wanted {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
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
        self.has_rows = !rows.is_empty();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that gives one piece at a time.
    struct Pieces(std::slice::Iter<'static, &'static str>);

    impl Read for Pieces {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.next().copied().unwrap_or_default().as_bytes();
            to[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn blocks(shape: Shape, pieces: &'static [&'static str]) -> Vec<String> {
        let mut blocks = Blocks::new(Box::new(Pieces(pieces.iter())));
        let (mut block, mut all) = (Vec::new(), Vec::new());
        loop {
            blocks.next(shape, &mut block).expect("it can be read");
            if block.is_empty() {
                return all;
            }
            all.push(String::from_utf8_lossy(&block).into_owned());
        }
    }

    #[test]
    fn whole_rows_are_given_before_the_stream_goes_on() {
        let given = blocks(Shape::Lines, &["a\nb", "c", "d\ne\n", "f"]);
        assert_eq!(given, ["a\n", "bcd\ne\n", "f"]);
        let given = blocks(Shape::Csv(b','), &["\"a\n", "b\"\nc", "\n"]);
        assert_eq!(given, ["\"a\nb\"\n", "c\n"]);
    }

    #[test]
    fn rows_that_were_put_back_come_first_and_at_once() {
        let mut blocks = Blocks::new(Box::new(Pieces(["a\nb\nc", "\n"].iter())));
        let mut block = Vec::new();
        for expected in ["a\nb\n", "b\n", "c\n", ""] {
            blocks
                .next(Shape::Lines, &mut block)
                .expect("it can be read");
            assert_eq!(String::from_utf8_lossy(&block), expected);
            if block.starts_with(b"a") {
                blocks.put_back(&block[2..]);
            }
        }
        assert_eq!(blocks.taken(), 6);
    }
}
