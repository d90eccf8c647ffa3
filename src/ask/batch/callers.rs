//! The principal cells of rows.

use super::cache::Cache;
use super::keys::Numbers;
use super::part::Part;
use super::row::text;
use crate::eval::{Caller, CallerSignature, Missing, Sieve};
use crate::policy::ArnParts;

/// The signatures of callers, with numbers.
#[derive(Debug)]
pub(super) struct Callers {
    numbers: Numbers<CallerSignature>,
    /// By what all of some callers share, where policies do not tell them apart by name.
    heads: Cache<u32>,
}

impl Callers {
    pub(super) fn new() -> Self {
        Self {
            numbers: Numbers::new(),
            heads: Cache::new(8),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// What the caller in a cell says.
    pub(super) fn part<const N: usize>(
        &mut self,
        cell: &[u8],
        sieve: &Sieve<N>,
        missing: Missing,
    ) -> Option<Part<N>> {
        self.number(cell, sieve, missing).map(Part::of_caller)
    }

    /// The number of the signature of the caller in a cell; 0 if it is empty.
    fn number<const N: usize>(
        &mut self,
        cell: &[u8],
        sieve: &Sieve<N>,
        missing: Missing,
    ) -> Option<u32> {
        if cell.is_empty() {
            return Some(0);
        }
        let text = text(cell, "").ok()?;
        let numbers = &mut self.numbers;
        let mut learn = || {
            let caller = Caller::parse(text).ok()?;
            Some(numbers.of(sieve.caller(&caller, missing)))
        };
        match head(text).filter(|_| !sieve.names_callers()) {
            Some(head) => {
                let found = self.heads.get_or(head, || learn().ok_or(()));
                found.ok().copied()
            }
            None => learn(),
        }
    }
}

/// What stands before the name of a user or a session, if there is one: whatever it is, the caller is of the same kind,
/// account and role.
fn head(text: &str) -> Option<&[u8]> {
    let arn = ArnParts::split(text.as_bytes())?;
    let resource = arn.resource();
    let before = match arn.service() {
        b"iam" => resource.starts_with(b"user/").then_some(5)?,
        b"sts" => {
            let role = resource.strip_prefix(b"assumed-role/")?;
            let name = memchr::memchr(b'/', role).filter(|length| *length > 0)?;
            b"assumed-role/".len() + name + 1
        }
        _ => return None,
    };
    let named = before < resource.len() && !resource.ends_with(b"/");
    named.then(|| &text.as_bytes()[..arn.head().len() + before])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_of_callers_of_one_kind() {
        let head_of =
            |text: &str| head(text).map(|head| String::from_utf8_lossy(head).into_owned());
        let user = "arn:aws:iam::111122223333:user/";
        assert_eq!(head_of(&format!("{user}ops/alice")), Some(user.to_owned()));
        assert_eq!(head_of(user), None);
        assert_eq!(head_of(&format!("{user}ops/")), None);
        let session = "arn:aws:sts::111122223333:assumed-role/ci/";
        assert_eq!(
            head_of(&format!("{session}run-1")),
            Some(session.to_owned())
        );
        for other in [
            session,
            "arn:aws:sts::111122223333:assumed-role//run",
            "arn:aws:iam::111122223333:role/ci",
            "arn:aws:iam::111122223333:root",
            "ec2.amazonaws.com",
        ] {
            assert_eq!(head_of(other), None, "{other}");
        }
    }
}
