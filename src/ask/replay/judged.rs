//! A whole stream of events judged, for tests that throw anything at it.

use std::io::Read;

use jiff::Timestamp;

use super::judge::{Entry, Judge};
use super::{Question, Version};
use crate::error::Result;
use crate::eval::Scenario;
use crate::input::cloudtrail::{Item, Record, Records};

/// The policies of a scenario, ready to be held against events.
#[derive(Debug)]
pub struct Trial(Question);

impl Trial {
    /// The trial by the policies of a scenario.
    ///
    /// # Errors
    /// If it is not said whose a policy is.
    pub fn new(scenario: &Scenario) -> Result<Self> {
        let version = Version {
            scenario: scenario.clone(),
            account: None,
            lenient: false,
        };
        Question::new(&version, None, &[], &[], Timestamp::UNIX_EPOCH).map(Self)
    }

    /// What becomes of each record of a stream, in order, on a line: where it stands, and the ruling. Unless it
    /// `remembers`, each is judged as if it were the first.
    pub fn judged(&self, stream: impl Read, remembers: bool) -> Vec<String> {
        let mut judge = Judge::new(&self.0);
        let mut told = Vec::new();
        let mut each = |item: Item<'_>| match item {
            Item::Bad(bad) => told.push(format!("{}:{} {}", bad.line, bad.offset, bad.why)),
            Item::Record(record, line, offset) => {
                if !remembers {
                    judge = Judge::new(&self.0);
                }
                told.push(format!("{line}:{offset} {}", line_of(&mut judge, record)));
            }
        };
        let mut records = Records::new(stream);
        while records.read(&mut each) {}
        told
    }
}

fn line_of(judge: &mut Judge<'_>, record: &Record<'_>) -> String {
    match judge.record(record) {
        Entry::Unreadable(why) => why,
        Entry::Left { why, .. } => why.into_owned(),
        Entry::Asked(told) => format!("{} {} {:?}", told.action, told.resource, told.new),
    }
}
