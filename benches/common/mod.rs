//! What the benches of address look-up have in common: data, queries, contenders.

pub(crate) mod contenders;
pub(crate) mod data;
pub(crate) mod rivals;
