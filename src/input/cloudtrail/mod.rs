//! Events of AWS `CloudTrail`, turned into requests.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the reader of events that asks it comes next")
)]
pub(crate) mod actions;
mod tables;
