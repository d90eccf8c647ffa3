//! Where rows go with something added to each, copied a few words at a time: a call for each piece would take longer than
//! the copy.

/// So many bytes are copied at once.
const PIECE: usize = 64;

/// So much more room is made than is needed at once.
const AHEAD: usize = 16 << 10;

/// What is added to rows: a text that ends with a line feed.
#[derive(Clone, Debug)]
pub struct Added {
    /// With zeros behind, up to a whole number of pieces.
    padded: Vec<u8>,
    length: usize,
}

impl Added {
    /// A text to add.
    pub fn new(mut text: Vec<u8>) -> Self {
        let length = text.len();
        text.resize(length.next_multiple_of(PIECE), 0);
        Self {
            padded: text,
            length,
        }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.padded[..self.length]
    }
}

/// A text that grows by rows, and keeps its room when it is cleared.
#[derive(Debug, Default)]
pub struct Sink {
    // What is behind `length` is of no account: nothing is zeroed twice.
    bytes: Vec<u8>,
    length: usize,
}

impl Sink {
    /// What was put, from the start or the last [`clear`](Self::clear).
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Forgets what was put.
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Puts what a function adds to the end of a text.
    pub fn append(&mut self, add: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.truncate(self.length);
        add(&mut self.bytes);
        self.length = self.bytes.len();
    }

    /// Puts the row that stands in a block, and with the same end of line what is added to it.
    #[inline]
    pub fn row(&mut self, block: &[u8], start: usize, end: usize, crlf: bool, added: &Added) {
        let room = self.length + (end - start) + added.padded.len() + 2 * PIECE;
        if self.bytes.len() < room {
            self.bytes.resize(room + AHEAD, 0);
        }
        self.put(&block[start..], end - start);
        self.put(&added.padded, added.length);
        if crlf {
            self.length -= 1;
            self.put(b"\r\n", 2);
        }
    }

    /// Puts so many bytes of a text, of which more may be read.
    #[inline]
    fn put(&mut self, text: &[u8], length: usize) {
        let whole = length.next_multiple_of(PIECE);
        let to = self.bytes.get_mut(self.length..self.length + whole);
        match (text.get(..whole), to) {
            (Some(text), Some(to)) => {
                let pieces = to.as_chunks_mut::<PIECE>().0;
                for (to, piece) in pieces.iter_mut().zip(text.as_chunks::<PIECE>().0) {
                    *to = *piece;
                }
            }
            _ => self.bytes[self.length..self.length + length].copy_from_slice(&text[..length]),
        }
        self.length += length;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_copied_whole(rows in prop::collection::vec(("[a-z]{0,200}", any::<bool>(), "[0-9]{0,130}"), 0..30), before in "[A-Z]{0,9}") {
            let block: String = rows.iter().map(|(row, ..)| row.as_str()).collect();
            let mut sink = Sink::default();
            sink.append(|text| text.extend_from_slice(before.as_bytes()));
            let (mut start, mut expected) = (0, before);
            for (row, crlf, added) in &rows {
                let end = start + row.len();
                sink.row(block.as_bytes(), start, end, *crlf, &Added::new(format!("{added}\n").into_bytes()));
                let ending = if *crlf { "\r\n" } else { "\n" };
                expected.extend([row, added, ending]);
                start = end;
            }
            prop_assert_eq!(std::str::from_utf8(sink.as_bytes()), Ok(expected.as_str()));
        }
    }
}
