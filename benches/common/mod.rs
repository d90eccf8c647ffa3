//! What the benches of address look-up have in common: data, queries, contenders.

pub(crate) mod contenders;
pub(crate) mod data;
pub(crate) mod rivals;

/// Whether this is a test that the bench still runs, and not a measurement.
pub(crate) fn is_test() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    !has("--bench") || has("--test")
}
