//! What was found out about texts, looked up for many rows at a time.
//!
//! The rows of a strip are looked up one after the other in a loop that does nothing else, and a text is compared by as
//! many blocks of sixteen bytes as the longest of the strip has: there is no branch that a processor could guess wrong,
//! so it works on several rows at once.

use std::hash::{BuildHasher, RandomState};

use wide::bytemuck::cast;
use wide::{i16x8, i32x4, u8x16};

use super::cache::{Cache, fold};
use super::row::Field;

/// Texts up to this many bytes are compared as blocks.
pub(super) const LONGEST: usize = 16 * BLOCKS;
const BLOCKS: usize = 8;

/// The most texts that are remembered; beyond that, all are forgotten.
const MOST: usize = 1 << 12;

/// Places that are looked at for a text.
const PROBES: usize = 16;

/// Answers by a text.
#[derive(Debug)]
pub(super) struct Cells<V> {
    /// The numbers of entries, from 1; 0 where there is none.
    // INVARIANT: a power of two of them
    slots: Vec<u32>,
    entries: Vec<Entry<V>>,
    seeds: Seeds,
    /// Made when a longer text is met.
    long: Option<Cache<V>>,
    /// How often something was found out.
    learnt: u64,
}

/// Random numbers that places depend on: nobody outside can choose texts that share one.
#[derive(Debug)]
struct Seeds {
    blocks: [i16x8; BLOCKS],
    low: u64,
    high: u64,
}

impl Seeds {
    fn new() -> Self {
        let random = RandomState::new();
        let block = |at: usize| {
            let halves = [random.hash_one((at, 'a')), random.hash_one((at, 'b'))];
            // an odd factor loses nothing
            cast::<_, i16x8>(halves) | i16x8::splat(1)
        };
        Self {
            blocks: std::array::from_fn(block),
            low: random.hash_one("low") | 1,
            high: random.hash_one("high"),
        }
    }

    /// The blocks behind a text are zeros and add nothing: its place is one, however many are compared.
    #[inline]
    fn hash<const B: usize>(&self, text: &Blocks<B>) -> u64 {
        let pairs = text.blocks.iter().zip(&self.blocks);
        let sum = pairs.fold(i32x4::ZERO, |sum, (block, seed)| {
            sum + cast::<_, i16x8>(*block).dot(*seed)
        });
        let [first, second]: [u64; 2] = cast(sum);
        fold(first ^ self.low, second ^ self.high ^ text.length as u64)
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry<V> {
    text: Blocks<BLOCKS>,
    value: V,
}

/// A text as blocks of sixteen bytes, zeros behind it, and its length.
#[derive(Clone, Copy, Debug)]
struct Blocks<const B: usize> {
    blocks: [u8x16; B],
    length: usize,
}

impl<const B: usize> Blocks<B> {
    /// The bytes from `start`, of which there are at most `16 * B`.
    #[inline]
    fn at(text: &[u8], start: usize, length: usize) -> Self {
        let end;
        let rest = text.get(start..).unwrap_or_default();
        let bytes = if let Some(bytes) = rest.as_chunks().0.first_chunk::<B>() {
            bytes
        } else {
            end = at_end(rest);
            &end
        };
        let masks = MASKS.get(LONGEST.saturating_sub(length)..);
        let masks = masks.and_then(|masks| masks.as_chunks::<16>().0.first_chunk::<B>());
        let masks = masks.unwrap_or(&[[0; 16]; B]);
        Self {
            blocks: std::array::from_fn(|at| u8x16::new(bytes[at]) & u8x16::new(masks[at])),
            length,
        }
    }
}

/// The blocks of the end of a text, with zeros behind.
#[cold]
fn at_end<const B: usize>(rest: &[u8]) -> [[u8; 16]; B] {
    let mut blocks = [[0; 16]; B];
    for (block, bytes) in blocks.iter_mut().zip(rest.chunks(16)) {
        block[..bytes.len()].copy_from_slice(bytes);
    }
    blocks
}

/// From the place [`LONGEST`] less a length on, the bytes that belong to a text of that length, and then those that do not.
static MASKS: [u8; 2 * LONGEST] = {
    let mut masks = [0; 2 * LONGEST];
    let mut at = 0;
    while at < LONGEST {
        masks[at] = 0xff;
        at += 1;
    }
    masks
};

impl<V> Cells<V> {
    pub(super) fn new() -> Self {
        Self {
            slots: vec![0; 1 << 10],
            entries: Vec::new(),
            seeds: Seeds::new(),
            long: None,
            learnt: 0,
        }
    }

    /// How often something was found out about a text.
    pub(super) fn learnt(&self) -> u64 {
        self.learnt
    }

    /// Looks texts up, which stand at places in another, and tells each answer with the place of its text among them. What
    /// is not known is found out; `None` is not remembered.
    pub(super) fn look_up(
        &mut self,
        text: &[u8],
        places: &[Field],
        find: impl FnMut(usize) -> Option<V>,
        each: impl FnMut(usize, Option<&V>),
    ) {
        let lengths = places.iter().map(|place| place.length());
        match lengths.fold(0, usize::max) {
            0..=32 => self.by_blocks::<2>(text, places, find, each),
            33..=64 => self.by_blocks::<4>(text, places, find, each),
            65..=96 => self.by_blocks::<6>(text, places, find, each),
            97..=LONGEST => self.by_blocks::<8>(text, places, find, each),
            _ => self.by_text(text, places, find, each),
        }
    }

    #[inline]
    fn by_blocks<const B: usize>(
        &mut self,
        text: &[u8],
        places: &[Field],
        mut find: impl FnMut(usize) -> Option<V>,
        mut each: impl FnMut(usize, Option<&V>),
    ) {
        for (at, place) in places.iter().enumerate() {
            let blocks = Blocks::<B>::at(text, place.start as usize, place.length());
            each(at, self.get(&blocks, || find(at)));
        }
    }

    #[cold]
    fn by_text(
        &mut self,
        text: &[u8],
        places: &[Field],
        mut find: impl FnMut(usize) -> Option<V>,
        mut each: impl FnMut(usize, Option<&V>),
    ) {
        for (at, place) in places.iter().enumerate() {
            let (start, length) = (place.start as usize, place.length());
            if length <= LONGEST {
                let blocks = Blocks::<BLOCKS>::at(text, start, length);
                each(at, self.get(&blocks, || find(at)));
                continue;
            }
            let bytes = text.get(start..place.end as usize).unwrap_or_default();
            let learnt = &mut self.learnt;
            let find = || {
                *learnt += 1;
                find(at).ok_or(())
            };
            let long = self.long.get_or_insert_with(|| Cache::new(8));
            each(at, long.get_or(bytes, find).ok());
        }
    }

    /// The answer for a text.
    #[inline]
    fn get<const B: usize>(
        &mut self,
        text: &Blocks<B>,
        find: impl FnOnce() -> Option<V>,
    ) -> Option<&V> {
        let place = self.place(text);
        let entry = match self.entry(place) {
            Some((at, entry)) if entry.is(text) => at,
            _ => self.further(place, text, find)?,
        };
        self.entries.get(entry).map(|entry| &entry.value)
    }

    #[inline]
    fn place<const B: usize>(&self, text: &Blocks<B>) -> usize {
        (self.seeds.hash(text) >> 32) as usize & (self.slots.len() - 1)
    }

    #[inline]
    fn entry(&self, place: usize) -> Option<(usize, &Entry<V>)> {
        let at = (*self.slots.get(place)? as usize).wrapping_sub(1);
        self.entries.get(at).map(|entry| (at, entry))
    }

    /// Looks on where another text stands at the place of this one; gives the number of the entry.
    #[cold]
    fn further<const B: usize>(
        &mut self,
        place: usize,
        text: &Blocks<B>,
        find: impl FnOnce() -> Option<V>,
    ) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut last = place;
        for place in (place..place + PROBES).map(|place| place & mask) {
            last = place;
            match self.entry(place) {
                Some((at, entry)) if entry.is(text) => return Some(at),
                Some(_) => {}
                None => break,
            }
        }
        self.learnt += 1;
        let value = find()?;
        Some(self.learn(last, text, value))
    }

    /// Puts a text at a place, which may have been that of another.
    fn learn<const B: usize>(&mut self, mut place: usize, text: &Blocks<B>, value: V) -> usize {
        if self.entries.len() == MOST {
            self.entries.clear();
            self.slots.fill(0);
            place = self.place(text);
        }
        let mut blocks = [u8x16::ZERO; BLOCKS];
        blocks[..B].copy_from_slice(&text.blocks);
        let length = text.length;
        self.entries.push(Entry {
            text: Blocks { blocks, length },
            value,
        });
        self.slots[place] = u32::try_from(self.entries.len()).unwrap_or(0);
        // With few of them taken, a text is nearly always found at the first look.
        if self.entries.len() * 16 > self.slots.len() && self.slots.len() < 16 * MOST {
            self.spread(4 * self.slots.len());
        }
        self.entries.len() - 1
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
    fn is<const B: usize>(&self, text: &Blocks<B>) -> bool {
        // A text that is as long has nothing but zeros in further blocks.
        let own = self.text.blocks.iter().zip(&text.blocks);
        let differ = own.fold(u8x16::ZERO, |differ, (own, other)| differ | *own ^ *other);
        differ.simd_eq(u8x16::ZERO).to_bitmask() & 0xffff == 0xffff
            && self.text.length == text.length
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tells_the_same_of_the_same_text_only(cells in prop::collection::vec("[ab\0]{0,3}|a{30,34}|a{62,66}|a{94,98}|a{126,130}b?", 1..40)) {
            let (mut text, mut places) = (Vec::new(), Vec::new());
            for cell in &cells {
                let start = text.len();
                text.extend_from_slice(cell.as_bytes());
                places.push(Field::new(start, text.len()));
            }
            let (mut met, mut answers) = (Vec::new(), Vec::new());
            let mut known = Cells::new();
            for _ in 0..2 {
                answers.clear();
                let find = |at: usize| { met.push(cells[at].clone()); Some(met.len() - 1) };
                known.look_up(&text, &places, find, |at, answer| answers.push((at, answer.copied())));
            }
            for ((at, answer), cell) in answers.iter().zip(&cells) {
                let answer = answer.expect("something is found for each");
                prop_assert_eq!(&met[answer], cell, "{}", at);
            }
            prop_assert_eq!(known.learnt(), met.len() as u64);
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
                let blocks = Blocks::<2>::at(text.as_bytes(), 0, text.len());
                assert_eq!(
                    known.get(&blocks, || Some(number)),
                    Some(&number),
                    "{round}"
                );
                assert_eq!(known.get(&blocks, || None), Some(&number), "{round}");
            }
        }
        assert!(known.entries.len() <= MOST);
        let nothing = Blocks::<2>::at(b"new", 0, 3);
        assert_eq!(known.get(&nothing, || None), None);
    }
}
