//! How the blocks that were found read: a file per format.

pub mod csv;
pub mod json;
#[cfg(feature = "cli")]
pub mod text;

use crate::ask::find::Hit;
use crate::input::NamedSet;

/// What was looked for, and where it was found.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// What was looked for.
    pub query: &'a NamedSet,
    /// The blocks, policy by policy.
    pub hits: &'a [Hit<'a>],
    /// How many policies were looked through.
    pub policies: usize,
}
