//! Answers for people: the answer first, then why, then what would change it.

pub mod answer;
pub mod block;
pub mod explain;
pub mod ips;
pub mod journey;
pub mod style;
pub mod ways;
