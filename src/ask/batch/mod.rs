//! Millions of requests by the same policies: the rows of a table, decided one by one.

mod actions;
mod address;
mod addresses;
pub(in crate::ask) mod cache;
mod callers;
mod cells;
mod columns;
mod decider;
mod fast;
pub(in crate::ask) mod keys;
mod lane;
mod learner;
mod part;
mod pieces;
mod resources;
mod row;
mod verdict;

use jiff::Timestamp;

pub use columns::{Columns, Meaning, Renamed};
pub use decider::{Decided, Decider};
#[cfg(feature = "cli")]
pub(crate) use row::RowAddress;
pub use row::{Field, Row, Rows, STRIP};
pub use verdict::Verdict;
#[cfg(feature = "cli")]
pub(in crate::ask) use verdict::without_whose;

use crate::error::Result;
use crate::eval::{Scenario, Sieves};

/// The policies and facts that hold for every row.
///
/// # Example
/// ```
/// use ipcond::ask::batch::{Batch, Columns, Decider, Field, Meaning, Rows, Verdict};
/// use ipcond::{eval::{PolicySet, Scenario}, policy::{Policy, PolicyKind}};
/// let text = r#"{"Statement":[
///     {"Effect":"Allow","Action":"*","Resource":"*"},
///     {"Sid":"Office","Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#;
/// let scenario = Scenario {
///     policies: PolicySet {
///         identity: Some(vec![Policy::from_json("p", text, PolicyKind::Identity)?.into()]),
///         ..PolicySet::default()
///     },
///     ..Scenario::default()
/// };
/// let batch = Batch::new(scenario, jiff::Timestamp::now());
/// let columns = Columns::new(&[Meaning::of("src_ip"), Meaning::of("action")])?;
/// let name = |verdict: &Verdict| verdict.statement.clone();
/// let mut decider = Decider::new(&batch, &name);
/// let rows = Rows {
///     text: b"-,s3:ListAllMyBuckets",
///     fields: &[Field::new(0, 1), Field::new(2, 21)],
///     width: 2,
///     columns: &columns,
///     strip_port: false,
///     joined: false,
/// };
/// decider.decide(&rows, |at, decided| {
///     let decided = decided.expect("the row can be read");
///     assert_eq!(decided.verdict.word(), "explicitDeny"); // a request without an address is outside as well (COND-4)
///     assert_eq!((at, decided.made.as_str()), (0, "Office"));
/// });
/// # Ok::<(), ipcond::Error>(())
/// ```
#[derive(Debug)]
pub struct Batch {
    base: Scenario,
    now: Timestamp,
    sieves: Sieves,
}

impl Batch {
    /// A batch over what a scenario says; `now` stands in where it gives no time.
    pub fn new(base: Scenario, now: Timestamp) -> Self {
        let sieves = Sieves::new(&base.policies);
        Self { base, now, sieves }
    }

    /// Decides one row by the evaluator of one request. A [`Decider`] says the same, sooner.
    ///
    /// # Errors
    /// If a cell cannot be read, or the cells contradict each other.
    pub fn decide(&self, row: &Row<'_>) -> Result<Verdict> {
        let answer = row.scenario(&self.base)?.decide(self.now)?;
        Ok(Verdict::of(&answer))
    }
}
