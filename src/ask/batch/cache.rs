//! What was found out about a few bytes, kept as long as there is room.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::eval::same_bytes;

/// Answers by the bytes that they are about. It has so many places and no more: a newcomer takes the place of another.
#[derive(Debug)]
pub(super) struct Cache<V> {
    slots: Vec<Option<Slot<V>>>,
    seed: u64,
}

#[derive(Debug)]
struct Slot<V> {
    hash: u64,
    bytes: Box<[u8]>,
    value: V,
}

/// Keys longer than this are not kept.
const LONGEST: usize = 4096;

impl<V> Cache<V> {
    /// A cache with `2^bits` places.
    pub(super) fn new(bits: u32) -> Self {
        Self {
            slots: (0..1_usize << bits).map(|_| None).collect(),
            seed: RandomState::new().hash_one(0),
        }
    }

    fn slot(&self, hash: u64) -> usize {
        // The number of places is a power of two.
        (hash >> 20) as usize & (self.slots.len() - 1)
    }

    /// The answer for these bytes: as it was found before, or as it is found now.
    #[inline]
    pub(super) fn get_or<E>(
        &mut self,
        bytes: &[u8],
        find: impl FnOnce() -> Result<V, E>,
    ) -> Result<&V, E> {
        let hash = hash_bytes(bytes, self.seed);
        let at = self.slot(hash);
        let met = self.slots[at]
            .as_ref()
            .is_some_and(|slot| slot.hash == hash && same_bytes(&slot.bytes, bytes));
        if !met {
            let value = find()?;
            let kept = if bytes.len() > LONGEST { &[] } else { bytes };
            self.slots[at] = Some(Slot {
                // no key has the hash of one that is not kept
                hash: if kept.len() == bytes.len() {
                    hash
                } else {
                    !hash
                },
                bytes: kept.into(),
                value,
            });
        }
        match &self.slots[at] {
            Some(slot) => Ok(&slot.value),
            None => unreachable!("the slot was filled above"),
        }
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
