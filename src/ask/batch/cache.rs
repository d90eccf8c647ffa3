//! What was found out about a few bytes, kept as long as there is room.

use std::hash::{BuildHasher, RandomState};

use crate::policy::bytes::same;

/// Answers by the bytes that they are about. It has so many places and no more: a newcomer takes the place of another.
///
/// Bytes have four places where they can stand, so that two values that keep coming do not keep driving each other out.
#[derive(Debug)]
pub(in crate::ask) struct Cache<V> {
    /// Four hashes each; 0 where there is nothing.
    hashes: Vec<[u64; WAYS]>,
    slots: Vec<Option<(Box<[u8]>, V)>>,
    /// The place that is given to the next newcomer.
    next: usize,
    seed: u64,
}

const WAYS: usize = 4;

/// Bytes that are longer are not kept.
pub(super) const LONGEST: usize = 1024;

impl<V> Cache<V> {
    /// A cache with `4 * 2^bits` places.
    pub(in crate::ask) fn new(bits: u32) -> Self {
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
    pub(in crate::ask) fn get_or<E>(
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
pub(in crate::ask) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    let low = product as u64;
    low ^ (product >> 64) as u64
}

/// A hash of a few words, two multiplied with each other and all at once.
#[inline]
pub(in crate::ask) fn hash_words<const M: usize>(words: &[u64; M]) -> u64 {
    let (pairs, rest) = words.as_chunks::<2>();
    let mut sum = 0_u64;
    for (at, [first, second]) in pairs.iter().enumerate() {
        let odd = ODD.wrapping_mul(2 * at as u64 + 1);
        sum = sum.wrapping_add(fold(first ^ odd, second ^ odd.rotate_left(32)));
    }
    match rest {
        [last] => sum.wrapping_add(fold(last ^ ODD, !ODD)),
        _ => sum,
    }
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

/// A key that is a few words.
pub(in crate::ask) trait Words: Copy + PartialEq {
    /// A number that few other keys share.
    fn hash(&self) -> u64;
}

/// Numbers by keys, found at the first look nearly always.
#[derive(Debug)]
pub(in crate::ask) struct Table<K> {
    /// The places of entries, from 1; 0 where there is none.
    // INVARIANT: a power of two of them, at most an eighth of them taken
    slots: Vec<u32>,
    entries: Vec<(K, u32)>,
    seed: u64,
}

impl<K: Words> Table<K> {
    pub(in crate::ask) fn new() -> Self {
        Self {
            slots: vec![0; 1 << 10],
            entries: Vec::new(),
            seed: RandomState::new().hash_one(0) | 1,
        }
    }

    pub(in crate::ask) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    fn first_slot(&self, key: &K) -> usize {
        let hash = key.hash().wrapping_mul(self.seed);
        // The upper bits of a product are the ones that all others have a part in.
        (hash >> 32) as usize & (self.slots.len() - 1)
    }

    #[inline]
    fn entry(&self, slot: usize) -> Option<&(K, u32)> {
        let place = *self.slots.get(slot)? as usize;
        self.entries.get(place.wrapping_sub(1))
    }

    #[inline]
    pub(in crate::ask) fn get(&self, key: &K) -> Option<u32> {
        let mut slot = self.first_slot(key);
        while let Some((own, number)) = self.entry(slot) {
            if own == key {
                return Some(*number);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        None
    }

    /// Puts a key that is not there.
    #[cold]
    pub(in crate::ask) fn insert(&mut self, key: K, number: u32) {
        self.entries.push((key, number));
        if 8 * self.entries.len() > self.slots.len() {
            self.slots = vec![0; 4 * self.slots.len()];
            for place in 1..=self.entries.len() {
                self.place(place);
            }
        } else {
            self.place(self.entries.len());
        }
    }

    fn place(&mut self, place: usize) {
        let mut slot = self.first_slot(&self.entries[place - 1].0);
        while self.slots[slot] != 0 {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = u32::try_from(place).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Words for u64 {
        fn hash(&self) -> u64 {
            // Many keys share one place.
            self % 7
        }
    }

    #[test]
    fn a_table_keeps_what_was_put_in() {
        let mut table = Table::new();
        for key in 0..3_000_u64 {
            assert_eq!(table.get(&key), None);
            table.insert(key, u32::try_from(key).expect("below 3,000") * 2);
        }
        assert_eq!(table.len(), 3_000);
        assert!((0..3_000_u64).all(|key| table.get(&key).map(u64::from) == Some(key * 2)));
    }

    #[test]
    fn a_cache_is_never_wrong() {
        let mut cache = Cache::new(1);
        let long = vec![b'x'; LONGEST + 1];
        for round in 0..3_usize {
            for number in 0..100_usize {
                let key = number.to_string();
                let found = cache.get_or(key.as_bytes(), || Ok::<_, ()>(number));
                assert_eq!(found, Ok(&number), "{round}");
            }
            assert_eq!(cache.get_or(&long, || Ok::<_, ()>(round)), Ok(&round));
            assert_eq!(cache.get_or(b"", || Ok::<_, ()>(0)).copied().ok(), Some(0));
        }
    }
}
