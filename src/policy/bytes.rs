//! Short texts compared a word at a time, in place: a call to compare them would take longer than the comparison.

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
        fn as_the_standard_library(a in "[ab]{0,20}", b in "[ab]{0,20}", at in 0..20_usize) {
            prop_assert_eq!(same(a.as_bytes(), b.as_bytes()), a == b);
            prop_assert!(same(a.as_bytes(), a.as_bytes()));
            prop_assert!(begins(a.as_bytes(), a.get(..at).unwrap_or(&a).as_bytes()));
            prop_assert_eq!(begins(a.as_bytes(), b.as_bytes()), a.starts_with(&b));
            prop_assert_eq!(ends(a.as_bytes(), b.as_bytes()), a.ends_with(&b));
        }
    }
}
