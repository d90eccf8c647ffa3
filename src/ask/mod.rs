//! What one can ask of the evaluator.

pub mod groups;
pub mod suite;
pub mod what_if;
