//! Short texts looked at in place, several bytes at a time: a call would take longer than the work.

use wide::u8x16;

/// The places of a byte among 64, one bit for each, the first lowest.
#[inline]
pub(crate) fn places(bytes: &[u8; 64], byte: u8) -> u64 {
    gathered(bytes, |bytes| bytes.simd_eq(u8x16::splat(byte)))
}

/// The 64 bytes from a place in a text, if it has as many.
#[inline]
pub(crate) fn chunk(text: &[u8], start: usize) -> Option<&[u8; 64]> {
    text.get(start..)?.first_chunk()
}

/// The last bytes of a text, from a place that has fewer than 64, with zeros behind.
#[cold]
pub(crate) fn padded(text: &[u8], start: usize) -> [u8; 64] {
    let rest = text.get(start..).unwrap_or_default();
    let mut padded = [0; 64];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// Whether 64 bytes are all ASCII.
#[inline]
pub(crate) fn is_ascii(bytes: &[u8; 64]) -> bool {
    let (parts, _) = bytes.as_chunks::<16>();
    let all = parts.iter().map(|part| u8x16::new(*part));
    all.fold(u8x16::ZERO, |all, part| all | part).to_bitmask() == 0
}

/// For which of 64 bytes a test holds, one bit for each, the first lowest; the test sets the highest bit where it does.
#[inline]
pub(crate) fn gathered(bytes: &[u8; 64], test: impl Fn(u8x16) -> u8x16) -> u64 {
    let (parts, _) = bytes.as_chunks::<16>();
    parts.iter().rev().fold(0, |all, part| {
        all << 16 | u64::from(test(u8x16::new(*part)).to_bitmask() & 0xffff)
    })
}

/// Whether two texts are the same.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (Some(last_a), Some(last_b)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) else {
        return a.iter().zip(b).all(|(a, b)| a == b);
    };
    let (words_a, words_b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    // the last words may overlap those before them
    let mut words = words_a.iter().zip(words_b);
    words.all(|(a, b)| word(*a) == word(*b)) && word(*last_a) == word(*last_b)
}

#[inline]
fn word(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes)
}

/// Whether a text begins with another.
#[inline]
pub(crate) fn begins(text: &[u8], with: &[u8]) -> bool {
    text.get(..with.len())
        .is_some_and(|start| same(start, with))
}

/// Whether a text ends with another.
#[inline]
pub(crate) fn ends(text: &[u8], with: &[u8]) -> bool {
    let start = text.len().checked_sub(with.len());
    start.is_some_and(|start| same(&text[start..], with))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_place_is_found(bytes in prop::collection::vec(prop::sample::select(b":a\xba".to_vec()), 64)) {
            let bytes: [u8; 64] = bytes.try_into().expect("64 bytes");
            let found = places(&bytes, b':');
            for (at, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(found >> at & 1 == 1, *byte == b':');
            }
        }

        #[test]
        fn as_the_standard_library(a in "[ab]{0,20}", b in "[ab]{0,20}", at in 0..20_usize) {
            prop_assert_eq!(same(a.as_bytes(), b.as_bytes()), a == b);
            prop_assert!(same(a.as_bytes(), a.as_bytes()));
            prop_assert!(begins(a.as_bytes(), a.get(..at).unwrap_or(&a).as_bytes()));
            prop_assert_eq!(begins(a.as_bytes(), b.as_bytes()), a.starts_with(&b));
            prop_assert_eq!(ends(a.as_bytes(), b.as_bytes()), a.ends_with(&b));
        }
    }
}
