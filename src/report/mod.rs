//! How answers read: a file per format.

pub mod aws;
#[cfg(feature = "cli")]
pub mod diff;
#[cfg(feature = "cli")]
pub mod error;
pub mod escape;
pub mod find;
pub mod guard;
pub mod ips;
pub mod json;
pub mod lint;
#[cfg(feature = "cli")]
pub(crate) mod replay;
pub mod rows;
pub mod schema;
pub mod set;
pub mod shape;
pub mod sink;
#[cfg(feature = "cli")]
mod snippet;
pub mod suite;
#[cfg(feature = "cli")]
pub mod text;
