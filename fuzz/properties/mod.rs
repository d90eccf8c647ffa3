//! What must hold of every text that somebody else may have written: one function for each format, which panics where it
//! does not. The fuzz targets call them, and so does `tests/fuzz.rs` with the seeds and changes of them.

pub mod cidr;
pub mod documents;
pub mod ladder;
pub mod policy;
pub mod rows;
pub mod scenario;
pub mod trail;
pub mod tree;
pub mod yaml;
