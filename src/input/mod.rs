//! What users have, turned into policies and requests.

mod documents;
pub mod files;
mod journey;
mod scenario;
mod suite;
#[cfg(feature = "yaml")]
mod yaml;

pub use documents::{Documents, Slot, infer_kind, tree};
pub use scenario::{read_fas_ip, read_missing, read_scenario, read_time};
pub use suite::{is_test_file, read_suite};
#[cfg(feature = "yaml")]
pub use yaml::yaml;
