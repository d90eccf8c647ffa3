//! What one can ask of the evaluator.

pub mod batch;
mod blame;
pub mod block;
pub mod diff;
pub mod find;
pub mod groups;
pub mod guard;
pub mod ips;
pub mod lint;
#[cfg(feature = "cli")]
pub(crate) mod replay;
pub mod suite;
pub mod what_if;

pub use blame::{Blame, Blamer};
