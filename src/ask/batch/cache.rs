//! What was found out about a few bytes, kept as long as there is room.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::policy::bytes::same;

/// Answers by the bytes that they are about. It has so many places and no more: a newcomer takes the place of another.
///
/// Bytes have four places where they can stand, so that two values that keep coming do not keep driving each other out.
#[derive(Debug)]
pub(super) struct Cache<V> {
    /// Four hashes each; 0 where there is nothing.
    hashes: Vec<[u64; WAYS]>,
    slots: Vec<Option<(Box<[u8]>, V)>>,
    /// The place that is given to the next newcomer.
    next: usize,
    seed: u64,
}

const WAYS: usize = 4;

/// Bytes that are longer are not kept.
const LONGEST: usize = 4096;

impl<V> Cache<V> {
    /// A cache with `4 * 2^bits` places.
    pub(super) fn new(bits: u32) -> Self {
        let sets = 1_usize << bits;
        Self {
            hashes: vec![[0; WAYS]; sets],
            slots: (0..sets * WAYS).map(|_| None).collect(),
            next: 0,
            seed: RandomState::new().hash_one(0),
        }
    }

    /// The answer for these bytes: as it was found before, or as it is found now.
    #[inline]
    pub(super) fn get_or<E>(
        &mut self,
        bytes: &[u8],
        find: impl FnOnce() -> Result<V, E>,
    ) -> Result<&V, E> {
        let hash = hash_bytes(bytes, self.seed) | 1;
        // The number of sets is a power of two.
        let set = (hash >> 20) as usize & (self.hashes.len() - 1);
        let hashes = &self.hashes[set];
        for (way, own) in hashes.iter().enumerate() {
            if *own == hash {
                let slot = set * WAYS + way;
                let met = self.slots[slot]
                    .as_ref()
                    .is_some_and(|(own, _)| same(own, bytes));
                if met {
                    return Ok(self.value(slot));
                }
            }
        }
        self.learn(set, hash, bytes, find()?)
            .map_or_else(|| unreachable!("a value was just put there"), Ok)
    }

    fn value(&self, slot: usize) -> &V {
        match &self.slots[slot] {
            Some((_, value)) => value,
            None => unreachable!("a slot with a hash has a value"),
        }
    }

    #[cold]
    fn learn(&mut self, set: usize, hash: u64, bytes: &[u8], value: V) -> Option<&V> {
        let empty = self.hashes[set].iter().position(|own| *own == 0);
        let way = empty.unwrap_or(self.next % WAYS);
        self.next = self.next.wrapping_add(1);
        let long = bytes.len() > LONGEST;
        // No bytes have the hash of those that are not kept.
        self.hashes[set][way] = if long { 2 } else { hash };
        let kept = if long { &[] } else { bytes };
        let slot = &mut self.slots[set * WAYS + way];
        *slot = Some((kept.into(), value));
        slot.as_ref().map(|(_, value)| value)
    }
}

/// Both halves of a product, folded: every bit of either factor counts.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    let low = product as u64;
    low ^ (product >> 64) as u64
}

/// A hash of a few words, each multiplied by itself and so all at once.
#[inline]
pub(super) fn hash_words<const M: usize>(words: &[u64; M]) -> u64 {
    let mut sum = 0_u64;
    for (at, word) in words.iter().enumerate() {
        let odd = ODD.wrapping_mul(2 * at as u64 + 1);
        let product = (word ^ word >> 32).wrapping_mul(odd);
        sum = sum.wrapping_add(product ^ product >> 29);
    }
    sum
}

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn hash_bytes(bytes: &[u8], seed: u64) -> u64 {
    let word = |bytes: &[u8]| {
        bytes
            .first_chunk::<8>()
            .map_or(0, |word| u64::from_le_bytes(*word))
    };
    let length = bytes.len();
    let mut hash = seed ^ (length as u64).wrapping_mul(ODD);
    if length < 8 {
        let mut padded = [0; 8];
        padded[..length].copy_from_slice(bytes);
        return fold(hash ^ u64::from_le_bytes(padded), ODD);
    }
    let mut rest = bytes;
    while rest.len() > 16 {
        hash = fold(word(rest) ^ hash, word(&rest[8..]) ^ ODD);
        rest = &rest[16..];
    }
    let last = word(&bytes[length - 8..]);
    fold(word(&bytes[length.saturating_sub(16)..]) ^ hash, last ^ ODD)
}

/// A quick hasher for small keys of integers. Tables that use it are small, so that chosen keys gain nothing.
#[derive(Clone, Debug)]
pub(super) struct Quick(u64);

impl Default for Quick {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Quick {
    type Hasher = QuickHasher;

    #[inline]
    fn build_hasher(&self) -> QuickHasher {
        QuickHasher(self.0)
    }
}

#[derive(Debug)]
pub(super) struct QuickHasher(u64);

impl Hasher for QuickHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash_bytes(bytes, self.0);
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = fold(self.0 ^ number, ODD);
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
