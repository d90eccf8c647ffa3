//! Records of a CSV file, as slices of it.

use std::ops::Range;

use crate::ask::batch::Field;

/// Splits blocks of whole records.
///
/// A record ends with a line feed, or a carriage return and a line feed; a carriage return alone is text. A quote counts
/// where a cell begins with it: in other places it is text, as most writers and readers have it.
#[derive(Debug)]
pub struct Records<'a> {
    block: &'a [u8],
    at: usize,
    delimiter: u8,
    /// No cell of the block can be quoted.
    plain: bool,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its bytes, without the end of the line.
    pub bytes: Range<usize>,
    /// The end of the line: nothing if the file ends without one.
    pub ending: Range<usize>,
    /// A quote is not closed.
    pub open: bool,
    /// Some cell begins with a quote.
    pub quoted: bool,
}

impl<'a> Records<'a> {
    /// The records of a block that begins with the first byte of one; `plain` says that it has no quote.
    pub fn new(block: &'a [u8], delimiter: u8, plain: bool) -> Self {
        Self {
            block,
            at: 0,
            delimiter,
            plain,
        }
    }

    /// The next record; `fields` are made its cells, quotes included, by their places in the block.
    #[inline]
    pub fn next(&mut self, fields: &mut Vec<Field>) -> Option<Record> {
        if self.at >= self.block.len() {
            return None;
        }
        fields.clear();
        let start = self.at;
        let (end, open, quoted) = if self.plain {
            (self.plain_end(fields), false, false)
        } else {
            self.quoted_end(fields)
        };
        let mut last = fields.pop()?;
        let after = (end + 1).min(self.block.len());
        let returns =
            end > start && end < self.block.len() && self.block[end - 1] == b'\r' && !open;
        let stop = end - usize::from(returns);
        last.end = last.end.min(place(stop));
        fields.push(last);
        self.at = after;
        Some(Record {
            bytes: start..stop,
            ending: stop..after,
            open,
            quoted,
        })
    }

    /// Finds the end of a record without quotes, eight bytes at a time.
    #[inline]
    fn plain_end(&self, fields: &mut Vec<Field>) -> usize {
        let (delimiters, line_feeds) = (spread(self.delimiter), spread(b'\n'));
        let (mut at, mut field) = (self.at, place(self.at));
        while let Some(word) = self.block.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*word);
            let feeds = zero_bytes(word ^ line_feeds);
            let mut hits = zero_bytes(word ^ delimiters) | feeds;
            while hits != 0 {
                let hit = at + (hits.trailing_zeros() >> 3) as usize;
                fields.push(Field {
                    start: field,
                    end: place(hit),
                });
                field = place(hit + 1);
                let bit = hits & hits.wrapping_neg();
                if feeds & bit != 0 {
                    return hit;
                }
                hits ^= bit;
            }
            at += 8;
        }
        for (hit, byte) in self.block.iter().enumerate().skip(at) {
            if *byte == self.delimiter || *byte == b'\n' {
                fields.push(Field {
                    start: field,
                    end: place(hit),
                });
                field = place(hit + 1);
                if *byte == b'\n' {
                    return hit;
                }
            }
        }
        let end = self.block.len();
        fields.push(Field {
            start: field,
            end: place(end),
        });
        end
    }

    fn quoted_end(&self, fields: &mut Vec<Field>) -> (usize, bool, bool) {
        let mut scan = Scan::default();
        let mut field = self.at;
        for (at, byte) in self.block.iter().enumerate().skip(self.at) {
            let event = scan.step(*byte, self.delimiter);
            if event == Event::Inside {
                continue;
            }
            fields.push(Field {
                start: place(field),
                end: place(at),
            });
            field = at + 1;
            if event == Event::Record {
                return (at, false, scan.quoted);
            }
        }
        let end = self.block.len();
        fields.push(Field {
            start: place(field),
            end: place(end),
        });
        (end, scan.state == State::Quoted, scan.quoted)
    }
}

/// A place in a block, which is never over 64 MiB.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX - 1)
}

fn spread(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte that is zero.
fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    !(((word & LOW) + LOW) | word | LOW)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first byte of a cell.
    #[default]
    Start,
    /// In a cell without quotes, or after its closing quote.
    Plain,
    Quoted,
    /// After a quote that closes the cell unless another follows.
    Quote,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Inside,
    Field,
    Record,
}

/// Reads CSV byte by byte.
#[derive(Debug, Default)]
struct Scan {
    state: State,
    quoted: bool,
}

impl Scan {
    fn step(&mut self, byte: u8, delimiter: u8) -> Event {
        let (state, event) = match (self.state, byte) {
            (State::Quoted, b'"') => (State::Quote, Event::Inside),
            (State::Quoted, _) | (State::Quote, b'"') => (State::Quoted, Event::Inside),
            (_, b'\n') => (State::Start, Event::Record),
            (_, byte) if byte == delimiter => (State::Start, Event::Field),
            (State::Start, b'"') => {
                self.quoted = true;
                (State::Quoted, Event::Inside)
            }
            _ => (State::Plain, Event::Inside),
        };
        self.state = state;
        event
    }
}

/// The byte after the last record that ends in a block with quotes; `None` if none does.
pub(super) fn last_end(block: &[u8], delimiter: u8) -> Option<usize> {
    let (mut scan, mut last) = (Scan::default(), None);
    for (at, byte) in block.iter().enumerate() {
        if scan.step(*byte, delimiter) == Event::Record {
            last = Some(at + 1);
        }
    }
    last
}

/// Undoes the quotes of a cell, onto the end of a text.
pub(crate) fn unquote(cell: &[u8], text: &mut Vec<u8>) {
    let Some(inner) = cell.strip_prefix(b"\"") else {
        text.extend_from_slice(cell);
        return;
    };
    let mut closed = false;
    let mut bytes = inner.iter().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if !closed && bytes.peek() == Some(&&b'"') => {
                bytes.next();
                text.push(b'"');
            }
            b'"' if !closed => closed = true,
            other => text.push(*other),
        }
    }
}

/// The delimiter of a header line: of `,`, `;` and tab the one that is there most often, outside of quotes.
pub(super) fn sniff(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [0_usize; 3];
    for byte in header {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    let at = counts.iter().position(|count| *count == most).unwrap_or(0);
    [b',', b';', b'\t'][at]
}

#[cfg(test)]
mod tests {
    use memchr::memchr;
    use proptest::prelude::*;

    use super::*;

    fn split(text: &[u8], delimiter: u8) -> Vec<Vec<Vec<u8>>> {
        let mut records = Records::new(text, delimiter, memchr(b'"', text).is_none());
        let (mut fields, mut all) = (Vec::new(), Vec::new());
        while let Some(record) = records.next(&mut fields) {
            if record.bytes.is_empty() {
                continue;
            }
            let cells = fields.iter().map(|field| {
                let mut cell = Vec::new();
                unquote(&text[field.start as usize..field.end as usize], &mut cell);
                cell
            });
            all.push(cells.collect());
        }
        all
    }

    fn by_csv_crate(text: &[u8], delimiter: u8) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text);
        let records = reader.byte_records().map(Result::unwrap);
        records
            .map(|record| record.iter().map(<[u8]>::to_vec).collect())
            .collect()
    }

    proptest! {
        #[test]
        fn agrees_with_the_csv_crate(text in prop::collection::vec(prop::sample::select(b"aab,,\"\"\n\n;\0\xff".to_vec()), 0..40)) {
            prop_assert_eq!(split(&text, b','), by_csv_crate(&text, b','));
        }

        #[test]
        fn agrees_without_quotes(text in prop::collection::vec(prop::sample::select(b"aaaaab,\n;\x80\xff".to_vec()), 0..80)) {
            prop_assert_eq!(split(&text, b';'), by_csv_crate(&text, b';'));
        }

        #[test]
        fn cuts_where_a_record_ends(text in prop::collection::vec(prop::sample::select(b"a,\"\n".to_vec()), 0..40)) {
            let whole = split(&text, b',');
            if let Some(cut) = last_end(&text, b',') {
                let mut parts = split(&text[..cut], b',');
                parts.extend(split(&text[cut..], b','));
                prop_assert_eq!(parts, whole);
            }
        }
    }

    #[test]
    fn line_ends_are_not_in_cells() {
        assert_eq!(split(b"a,b\r\nc,d", b','), [[b"a", b"b"], [b"c", b"d"]]);
        assert_eq!(split(b"a\rb\r\r\n", b','), [[b"a\rb\r"]]);
        assert_eq!(split(b"\"a\r\nb\"\r\n", b','), [[b"a\r\nb"]]);
    }
}
