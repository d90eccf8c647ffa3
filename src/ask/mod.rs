//! What one can ask of the evaluator.

pub mod suite;
