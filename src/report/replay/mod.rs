//! How a replay reads: a file per format.

pub(crate) mod json;
pub(crate) mod rows;
pub(crate) mod text;

use crate::ask::replay::Tally;

/// What was counted, and of what.
#[derive(Debug)]
pub(crate) struct Replay<'a> {
    pub(crate) tally: &'a Tally,
    pub(crate) files: u64,
    /// Files of digests and of insights, which were not read.
    pub(crate) passed_over: [u64; 2],
    /// Whether the current policies were given too.
    pub(crate) compares: bool,
    /// What was taken to be so of the policies.
    pub(crate) assumptions: &'a [String],
}
