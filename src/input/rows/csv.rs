//! Records of a CSV file, as slices of it.

use std::ops::Range;

use memchr::{memchr, memchr_iter};
use wide::u8x16;

use crate::ask::batch::{Field, STRIP};
use crate::policy::bytes::{gathered, padded};

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
    /// How many records are looked at together.
    ahead: usize,
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

/// Records that need no second look: each has as many cells as the table has columns, and no quotes have to be undone.
#[derive(Debug, Default)]
pub struct Strip {
    /// Where cells end; only the last search counts.
    ends: Vec<u32>,
    /// Where cells stand; only the last search counts, and of it only so many.
    fields: Vec<Field>,
    cells: usize,
    /// Where each stands.
    pub lines: Vec<Line>,
}

/// Where a record stands in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its first byte.
    pub start: u32,
    /// The byte after its last: where the end of the line begins.
    pub end: u32,
    /// The byte after the end of the line.
    pub next: u32,
}

impl Strip {
    /// The cells, record by record.
    pub fn fields(&self) -> &[Field] {
        &self.fields[..self.cells]
    }

    fn clear(&mut self) {
        self.cells = 0;
        self.lines.clear();
    }
}

impl<'a> Records<'a> {
    /// The next records of `width` cells that need no second look, as far as they stand together; none if the next one
    /// is another, or there is none.
    pub fn strip(&mut self, width: usize, strip: &mut Strip) {
        strip.clear();
        if self.plain {
            self.plain_strip(width, strip);
        } else {
            self.quoted_strip(width, strip);
        }
        self.ahead = if strip.lines.is_empty() {
            1
        } else {
            STRIP.min(2 * self.ahead)
        };
    }

    fn plain_strip(&mut self, width: usize, strip: &mut Strip) {
        let found = self.separators(width, strip);
        let (ends, lines) = (&strip.ends[..found], &mut strip.lines);
        let mut start = place(self.at);
        let Some((first, last)) = ends.first().zip(ends.last()) else {
            return;
        };
        if strip.fields.len() < found {
            strip.fields.resize(found, Field::MISSING);
        }
        let fields = &mut strip.fields[..found];
        fields[0] = Field { start, end: *first };
        for (field, (before, end)) in fields[1..].iter_mut().zip(ends.iter().zip(&ends[1..])) {
            *field = Field {
                start: before + 1,
                end: *end,
            };
        }
        // With as many line feeds as rows, none comes early if each row ends with one; else that of one row stands early in
        // another, as where a line is empty.
        let is_feed = |end: u32| self.block.get(end as usize) == Some(&b'\n');
        let bytes = &self.block[self.at..=*last as usize];
        let rows = fields.chunks_exact(width);
        let even = memchr_iter(b'\n', bytes).count() == rows.len()
            && rows.into_iter().all(|cells| is_feed(cells[width - 1].end));
        for cells in fields.chunks_exact_mut(width) {
            let Some((last, others)) = cells.split_last_mut() else {
                break;
            };
            let feed = last.end;
            let returns = feed > start && self.block[feed as usize - 1] == b'\r';
            last.end -= u32::from(returns);
            let early = !even && others.iter().any(|cell| is_feed(cell.end));
            if early || !is_feed(feed) || last.end == start {
                break;
            }
            lines.push(Line {
                start,
                end: last.end,
                next: feed + 1,
            });
            start = feed + 1;
        }
        strip.cells = lines.len() * width;
        self.at = start as usize;
    }

    /// Finds the delimiters and line feeds of the next records, 64 bytes at a time, and tells how many of them count.
    fn separators(&self, width: usize, strip: &mut Strip) -> usize {
        let wanted = self.ahead * width;
        let ends = &mut strip.ends;
        if ends.len() < wanted + MOST_PLACES {
            ends.resize(wanted + MOST_PLACES, 0);
        }
        let (chunks, rest) = self.block[self.at..].as_chunks();
        let (mut found, mut base) = (0, place(self.at));
        for bytes in chunks {
            found += put_places(self.hits(bytes), base, &mut ends[found..]);
            base += 64;
            if found >= wanted {
                break;
            }
        }
        if found < wanted && !rest.is_empty() {
            let bits = self.hits(&padded(rest, 0));
            found += put_places(bits, base, &mut ends[found..]);
        }
        // What is left over belongs to a record that is not whole, or to the next strip.
        found.min(wanted) / width * width
    }

    /// The delimiters and line feeds among 64 bytes.
    #[inline]
    fn hits(&self, bytes: &[u8; 64]) -> u64 {
        let (feed, delimiter) = (u8x16::splat(b'\n'), u8x16::splat(self.delimiter));
        gathered(bytes, |bytes| {
            bytes.simd_eq(feed) | bytes.simd_eq(delimiter)
        })
    }

    fn quoted_strip(&mut self, width: usize, strip: &mut Strip) {
        let mut fields = Vec::new();
        strip.fields.clear();
        while strip.lines.len() < self.ahead {
            let before = self.at;
            let record = self.next(&mut fields);
            let record = record.filter(|record| {
                let whole = !record.open && !record.bytes.is_empty() && fields.len() == width;
                whole && (!record.quoted || fields.iter_mut().all(|field| self.narrow(field)))
            });
            let Some(record) = record else {
                self.at = before;
                return;
            };
            strip.fields.extend_from_slice(&fields);
            strip.cells = strip.fields.len();
            strip.lines.push(Line {
                start: place(record.bytes.start),
                end: place(record.bytes.end),
                next: place(record.ending.end),
            });
        }
    }

    /// Leaves out the quotes around a cell; says whether there are none in it.
    fn narrow(&self, field: &mut Field) -> bool {
        let cell = &self.block[field.start as usize..field.end as usize];
        let Some(inner) = cell.strip_prefix(b"\"") else {
            return true;
        };
        field.start += 1;
        field.end -= 1;
        inner.len() == memchr(b'"', inner).map_or(0, |at| at + 1)
    }

    /// The records of a block that begins with the first byte of one; `plain` says that it has no quote.
    pub fn new(block: &'a [u8], delimiter: u8, plain: bool) -> Self {
        Self {
            block,
            at: 0,
            delimiter,
            plain,
            ahead: STRIP,
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

/// As many places are there for those of the bits of a word.
const MOST_PLACES: usize = 11 * GROUP;
/// Nearly always, a word has no more bits.
const GROUP: usize = 6;

/// Puts the places of the bits of a word into as many numbers, and tells how many they are; what the other numbers are
/// then does not count.
#[inline]
fn put_places(bits: u64, base: u32, places: &mut [u32]) -> usize {
    let mut rest = bits;
    for group in places.as_chunks_mut::<GROUP>().0 {
        for place in group {
            // the highest bit spares the question whether there is one
            *place = base + (rest | 1 << 63).trailing_zeros();
            rest &= rest.wrapping_sub(1);
        }
        if rest == 0 {
            break;
        }
    }
    bits.count_ones() as usize
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

    /// The cells of all records, by strips as far as there are some.
    fn split_by_strips(text: &[u8], width: usize) -> Vec<Vec<Vec<u8>>> {
        let mut records = Records::new(text, b',', memchr(b'"', text).is_none());
        let (mut strip, mut fields, mut all) = (Strip::default(), Vec::new(), Vec::new());
        let cells = |fields: &[Field]| {
            let cells = fields.iter().map(|field| {
                let mut cell = Vec::new();
                unquote(&text[field.start as usize..field.end as usize], &mut cell);
                cell
            });
            cells.collect()
        };
        loop {
            records.strip(width, &mut strip);
            assert_eq!(strip.lines.len() * width, strip.fields().len());
            for (line, row) in strip.lines.iter().zip(strip.fields().chunks(width)) {
                assert!(line.start < line.end && line.end <= line.next);
                all.push(cells(row));
            }
            if strip.lines.is_empty() {
                let Some(record) = records.next(&mut fields) else {
                    return all;
                };
                if !record.bytes.is_empty() {
                    all.push(cells(&fields));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn strips_are_the_same_records(lines in prop::collection::vec("[ab]{0,3}(,[ab]{0,9}){2}\r?|[ab,\"\r]{0,4}|a,\"b\",c", 0..300), width in 1..4_usize) {
            let text = lines.join("\n");
            prop_assert_eq!(split_by_strips(text.as_bytes(), width), split(text.as_bytes(), b','));
        }

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

    /// Two empty lines are no row of two cells, even where the rows after them have too few line feeds.
    #[test]
    fn empty_lines_are_no_row() {
        for text in ["\n\n,,", "\n\n,,\na,b\n", "a,b\n\n\n,,\n", "a\nb\n,,\n"] {
            let expected = split(text.as_bytes(), b',');
            assert_eq!(split_by_strips(text.as_bytes(), 2), expected, "{text:?}");
        }
    }

    #[test]
    fn line_ends_are_not_in_cells() {
        assert_eq!(split(b"a,b\r\nc,d", b','), [[b"a", b"b"], [b"c", b"d"]]);
        assert_eq!(split(b"a\rb\r\r\n", b','), [[b"a\rb\r"]]);
        assert_eq!(split(b"\"a\r\nb\"\r\n", b','), [[b"a\r\nb"]]);
    }
}
