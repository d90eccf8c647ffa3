//! What was found out about the texts of a column, looked up for many rows at a time.
//!
//! The rows of a strip are looked up one after the other in a loop that does nothing else, and a text is compared by as
//! many words as the longest of the strip has: there is no branch that a processor could guess wrong, so it works on
//! several rows at once.

use std::hash::{BuildHasher, RandomState};

use super::cache::{Cache, fold};
use super::row::{Field, Rows};

/// Texts up to this many bytes are compared as words.
const LONGEST: usize = 8 * WORDS;
const WORDS: usize = 8;

/// The most texts that are remembered; beyond that, all are forgotten.
const MOST: usize = 1 << 12;

/// Places that are looked at for a text.
const PROBES: usize = 16;

/// Answers by the text of a cell.
#[derive(Debug)]
pub(super) struct Cells<V> {
    /// The numbers of entries, from 1; 0 where there is none.
    // INVARIANT: a power of two of them
    slots: Vec<u32>,
    entries: Vec<Entry<V>>,
    seeds: Seeds,
    long: Cache<V>,
}

/// Random numbers that places depend on: nobody outside can choose texts that share one.
#[derive(Debug)]
struct Seeds {
    words: [u64; WORDS],
    /// What so many words of zeros come to: it is left out, so that a text has one place however many words are compared.
    zeros: [u64; WORDS + 1],
    length: u64,
}

impl Seeds {
    fn new() -> Self {
        let random = RandomState::new();
        let mut seeds = Self {
            words: std::array::from_fn(|at| random.hash_one(at)),
            zeros: [0; WORDS + 1],
            length: random.hash_one("length") | 1,
        };
        seeds.zeros[2] = seeds.mix(&[0; 2]);
        seeds.zeros[4] = seeds.mix(&[0; 4]);
        seeds.zeros[6] = seeds.mix(&[0; 6]);
        seeds.zeros[8] = seeds.mix(&[0; 8]);
        seeds
    }

    #[inline]
    fn mix<const W: usize>(&self, words: &[u64; W]) -> u64 {
        let (words, seeds) = (words.as_chunks::<2>().0, self.words.as_chunks::<2>().0);
        let pairs = words.iter().zip(seeds);
        pairs.fold(0, |mixed, (word, seed)| {
            mixed ^ fold(word[0] ^ seed[0], word[1] ^ seed[1])
        })
    }

    #[inline]
    fn hash<const W: usize>(&self, text: &Words<W>) -> u64 {
        let mixed = self.mix(&text.words) ^ self.zeros[W];
        mixed.wrapping_add(self.length.wrapping_mul(text.length as u64))
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry<V> {
    text: Words<WORDS>,
    value: V,
}

/// A text as words, zeros behind it, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words<const W: usize> {
    words: [u64; W],
    length: usize,
}

impl<const W: usize> Words<W> {
    /// The bytes from `start`, of which there are at most `8 * W`.
    #[inline]
    pub(super) fn at(text: &[u8], start: usize, length: usize) -> Self {
        let end;
        let rest = text
            .get(start..)
            .and_then(|rest| rest.as_chunks().0.first_chunk::<W>());
        let bytes = if let Some(bytes) = rest {
            bytes
        } else {
            end = at_end(text, start);
            &end
        };
        let mask = MASKS.get(length).unwrap_or(&MASKS[0]);
        Self {
            words: std::array::from_fn(|at| u64::from_le_bytes(bytes[at]) & mask[at]),
            length,
        }
    }
}

/// The words of the end of a text, from a place that has fewer, with zeros behind.
#[cold]
fn at_end<const W: usize>(text: &[u8], start: usize) -> [[u8; 8]; W] {
    let mut words = [[0; 8]; W];
    let rest = text.get(start..).unwrap_or_default();
    for (word, bytes) in words.iter_mut().zip(rest.chunks(8)) {
        word[..bytes.len()].copy_from_slice(bytes);
    }
    words
}

/// For each length, which bytes of the words belong to the text.
static MASKS: [[u64; WORDS]; LONGEST + 1] = masks();

const fn masks() -> [[u64; WORDS]; LONGEST + 1] {
    let mut masks = [[0; WORDS]; LONGEST + 1];
    let mut length = 0;
    while length <= LONGEST {
        let mut byte = 0;
        while byte < length {
            masks[length][byte / 8] |= 0xff << (8 * (byte % 8));
            byte += 1;
        }
        length += 1;
    }
    masks
}

impl<V: Copy> Cells<V> {
    pub(super) fn new() -> Self {
        Self {
            slots: vec![0; 1 << 10],
            entries: Vec::new(),
            seeds: Seeds::new(),
            long: Cache::new(6),
        }
    }

    /// Tells `each` row of a strip what is known of its cell in a column. A text that is new is looked into by `find`;
    /// what it finds nothing about is not remembered. A missing cell counts as an empty one.
    #[inline]
    pub(super) fn column(
        &mut self,
        rows: &Rows<'_>,
        column: usize,
        find: impl FnMut(&[u8]) -> Option<V>,
        each: impl FnMut(usize, Option<V>),
    ) {
        let lengths = rows.column(column).copied().map(Field::length);
        match lengths.max().unwrap_or(0) {
            0..=16 => self.by_words::<2>(rows, column, find, each),
            17..=32 => self.by_words::<4>(rows, column, find, each),
            33..=48 => self.by_words::<6>(rows, column, find, each),
            49..=LONGEST => self.by_words::<8>(rows, column, find, each),
            _ => self.by_text(rows, column, find, each),
        }
    }

    #[inline]
    fn by_words<const W: usize>(
        &mut self,
        rows: &Rows<'_>,
        column: usize,
        mut find: impl FnMut(&[u8]) -> Option<V>,
        mut each: impl FnMut(usize, Option<V>),
    ) {
        for (at, field) in rows.column(column).enumerate() {
            let text = Words::<W>::at(rows.text, field.start as usize, field.length());
            each(at, self.get(&text, || find(rows.cell(*field))));
        }
    }

    #[cold]
    fn by_text(
        &mut self,
        rows: &Rows<'_>,
        column: usize,
        mut find: impl FnMut(&[u8]) -> Option<V>,
        mut each: impl FnMut(usize, Option<V>),
    ) {
        for (at, field) in rows.column(column).enumerate() {
            let cell = rows.cell(*field);
            let found = match cell.len() {
                0..=LONGEST => {
                    let text = Words::<WORDS>::at(rows.text, field.start as usize, cell.len());
                    self.get(&text, || find(cell))
                }
                _ => self
                    .long
                    .get_or(cell, || find(cell).ok_or(()))
                    .ok()
                    .copied(),
            };
            each(at, found);
        }
    }

    /// The answer for a text.
    #[inline]
    pub(super) fn get<const W: usize>(
        &mut self,
        text: &Words<W>,
        find: impl FnOnce() -> Option<V>,
    ) -> Option<V> {
        let place = self.place(text);
        match self.entry(place) {
            Some(entry) if entry.is(text) => Some(entry.value),
            _ => self.further(place, text, find),
        }
    }

    #[inline]
    fn place<const W: usize>(&self, text: &Words<W>) -> usize {
        (self.seeds.hash(text) >> 32) as usize & (self.slots.len() - 1)
    }

    #[inline]
    fn entry(&self, place: usize) -> Option<&Entry<V>> {
        let number = *self.slots.get(place)?;
        self.entries.get((number as usize).wrapping_sub(1))
    }

    /// Looks on where another text stands at the place of this one.
    #[cold]
    fn further<const W: usize>(
        &mut self,
        place: usize,
        text: &Words<W>,
        find: impl FnOnce() -> Option<V>,
    ) -> Option<V> {
        let mask = self.slots.len() - 1;
        for place in (place..place + PROBES).map(|place| place & mask) {
            match self.entry(place) {
                Some(entry) if entry.is(text) => return Some(entry.value),
                Some(_) => {}
                None => {
                    let value = find()?;
                    self.learn(place, text, value);
                    return Some(value);
                }
            }
        }
        find()
    }

    fn learn<const W: usize>(&mut self, mut place: usize, text: &Words<W>, value: V) {
        if self.entries.len() == MOST {
            self.entries.clear();
            self.slots.fill(0);
            place = self.place(text);
        }
        let mut words = [0; WORDS];
        words[..W].copy_from_slice(&text.words);
        let length = text.length;
        self.entries.push(Entry {
            text: Words { words, length },
            value,
        });
        self.slots[place] = u32::try_from(self.entries.len()).unwrap_or(0);
        // With few of them taken, a text is nearly always found at the first look.
        if self.entries.len() * 16 > self.slots.len() && self.slots.len() < 16 * MOST {
            self.spread(4 * self.slots.len());
        }
    }

    /// Gives each entry its place among so many.
    fn spread(&mut self, slots: usize) {
        self.slots = vec![0; slots];
        for number in 0..self.entries.len() {
            let mut place = self.place(&self.entries[number].text);
            while self.slots[place] != 0 {
                place = (place + 1) & (slots - 1);
            }
            self.slots[place] = u32::try_from(number + 1).unwrap_or(0);
        }
    }
}

impl<V> Entry<V> {
    #[inline]
    fn is<const W: usize>(&self, text: &Words<W>) -> bool {
        // A text that is as long has nothing but zeros in further words.
        let own = self.text.words.iter().zip(&text.words);
        let differ = own.fold(0, |differ, (own, other)| differ | own ^ other);
        differ == 0 && self.text.length == text.length
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::columns::Columns;
    use super::*;

    proptest! {
        #[test]
        fn tells_the_same_of_the_same_text_only(cells in prop::collection::vec("[ab\0]{0,3}|a{14,18}|a{30,34}|a{62,66}b?", 1..40)) {
            let columns = Columns::default();
            let (mut text, mut fields) = (Vec::new(), Vec::new());
            for cell in &cells {
                let start = text.len();
                text.extend_from_slice(cell.as_bytes());
                fields.push(Field::new(start, text.len()));
            }
            let rows = Rows { text: &text, fields: &fields, width: 1, columns: &columns, strip_port: false };
            let (mut met, mut answers) = (Vec::new(), Vec::new());
            let mut known = Cells::new();
            for _ in 0..2 {
                answers.clear();
                let find = |cell: &[u8]| { met.push(cell.to_vec()); Some(met.len() - 1) };
                known.column(&rows, 0, find, |at, answer| answers.push((at, answer)));
            }
            for ((at, answer), cell) in answers.iter().zip(&cells) {
                let answer = answer.expect("something is found for each");
                prop_assert_eq!(&met[answer], cell.as_bytes(), "{}", at);
            }
            let mut once = met.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), met.len());
        }
    }

    #[test]
    fn many_texts_are_forgotten_and_found_again() {
        let mut known = Cells::new();
        for round in 0..2 {
            for number in 0..3 * MOST {
                let text = number.to_string();
                let words = Words::<4>::at(text.as_bytes(), 0, text.len());
                assert_eq!(known.get(&words, || Some(number)), Some(number), "{round}");
                assert_eq!(known.get(&words, || None), Some(number), "{round}");
            }
        }
        assert!(known.entries.len() <= MOST);
        let nothing = Words::<2>::at(b"new", 0, 3);
        assert_eq!(known.get(&nothing, || None), None);
    }
}
