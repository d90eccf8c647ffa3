//! Text to a tree of values that know where they stand.

mod reader;
mod tree;

pub use reader::{MAX_BYTES, MAX_DEPTH, MAX_VALUES, parse};
pub(crate) use reader::{reject_duplicates, too_large};
pub use tree::{Member, Node, Value};
