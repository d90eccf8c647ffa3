//! What users have, turned into policies and requests.

mod account;
#[cfg(feature = "cli")]
pub(crate) mod cloudtrail;
#[cfg(feature = "cli")]
mod config;
mod documents;
pub mod files;
pub mod git;
mod journey;
#[cfg(feature = "cli")]
mod lint;
mod organization;
pub mod rows;
mod scenario;
mod sets;
mod suite;
#[cfg(feature = "cli")]
mod toml;
#[cfg(feature = "yaml")]
mod yaml;

pub use account::{Account, Collected, Edit, OfResource, Touched};
#[cfg(feature = "cli")]
pub(crate) use account::{AccountReader, Standing};
#[cfg(feature = "cli")]
pub use config::{CONFIG_FILE, Config};
pub use documents::{Documents, Format, Held, Holder, Simulation, Slot, infer_kind, tree};
#[cfg(feature = "cli")]
pub use lint::Ignores;
pub use organization::{Levels, Organization};
pub use scenario::{is_scenario, read_fas_ip, read_missing, read_scenario, read_time, scenario_in};
pub use sets::{NamedSet, Sets};
pub use suite::{Accounts, is_test_file, read_suite};
#[cfg(feature = "cli")]
pub use toml::toml;
#[cfg(feature = "yaml")]
pub use yaml::yaml;
