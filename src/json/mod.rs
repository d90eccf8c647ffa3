//! Text to a tree of values that know where they stand.

mod reader;
mod tree;

#[cfg(feature = "yaml")]
pub(crate) use reader::reject_duplicates;
pub(crate) use reader::too_large;
pub use reader::{MAX_BYTES, MAX_DEPTH, MAX_VALUES, parse};
pub use tree::{Member, Node, Value};
