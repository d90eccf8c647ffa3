//! Text to a tree of values that know where they stand.

mod reader;
mod tree;

#[cfg(feature = "yaml")]
pub(crate) use reader::reject_duplicates;
pub use reader::{MAX_BYTES, MAX_DEPTH, MAX_VALUES, parse};
pub(crate) use reader::{outline, outline_list, parse_part, too_large};
pub use tree::{Member, Node, Value};
