//! Names of condition keys.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The name of a condition key. Names are compared without regard to case, tag names included (COND-5).
///
/// # Example
/// ```
/// use ipcond::policy::ConditionKey;
/// assert_eq!(ConditionKey::new("AWS:SourceIP"), ConditionKey::new("aws:SourceIp"));
/// assert_eq!(ConditionKey::new("AWS:SourceIP").to_string(), "AWS:SourceIP"); // shown as written
/// ```
#[derive(Clone, Debug)]
pub struct ConditionKey {
    written: Box<str>,
    lower: Box<str>,
    /// It stands for what a document says that is not at hand: nobody can give it a value.
    stand_in: bool,
}

impl ConditionKey {
    /// A key by its name.
    pub fn new(name: &str) -> Self {
        Self {
            written: name.into(),
            lower: name.to_lowercase().into(),
            stand_in: false,
        }
    }

    /// What stands for a fact that is not in the request and that nothing at hand tells, in words.
    pub(crate) fn stand_in(what: &str) -> Self {
        Self {
            stand_in: true,
            ..Self::new(what)
        }
    }

    /// Whether it stands for a fact, and is no key.
    pub(crate) fn is_stand_in(&self) -> bool {
        self.stand_in
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it is the key of this name.
    pub fn is(&self, name: &str) -> bool {
        self.written.eq_ignore_ascii_case(name)
    }

    /// The name in lower case, which is what counts.
    pub fn lower(&self) -> &str {
        &self.lower
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl PartialEq for ConditionKey {
    fn eq(&self, other: &Self) -> bool {
        self.lower == other.lower
    }
}

impl Eq for ConditionKey {}

impl PartialOrd for ConditionKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ConditionKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.lower.cmp(&other.lower)
    }
}

impl Hash for ConditionKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lower.hash(state);
    }
}

impl Borrow<str> for ConditionKey {
    fn borrow(&self) -> &str {
        &self.lower
    }
}
