//! How answers read: a file per format.

pub mod json;
