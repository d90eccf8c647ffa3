//! Users, groups and roles by what people call them.

use std::collections::BTreeMap;

use super::entry::{Entry, Sort};
use super::{Account, MOST_LISTED};
use crate::error::{Error, Result};
use crate::eval::{Caller, Role};
use crate::policy::nearest;

impl Account {
    /// The ARN of a principal that is named as `role/ci`, `user/bob` or by an ARN; the latter stays as it is.
    ///
    /// # Errors
    /// If no role or user has the name, or those of several accounts have it.
    pub fn arn_of(&self, name: &str) -> Result<String> {
        let parts = name.split_once('/');
        let Some((sort, rest)) =
            parts.filter(|_| !self.known.is_empty() && !name.starts_with("arn:"))
        else {
            return Ok(name.to_owned());
        };
        let wanted = match sort {
            "role" => Sort::Role,
            "user" => Sort::User,
            _ => return Ok(name.to_owned()),
        };
        self.named(wanted, rest).map(|entry| entry.arn.clone())
    }

    /// The entry of a sort that is called so, with or without its path.
    pub(super) fn named(&self, wanted: Sort, rest: &str) -> Result<&Entry> {
        let sort = wanted.title();
        let of_sort = self.entries().filter(|entry| entry.sort == wanted);
        let end = format!(":{sort}/{rest}");
        let named = of_sort
            .clone()
            .filter(|entry| entry.name() == rest || entry.arn.ends_with(&end));
        let found: BTreeMap<&str, _> = named.map(|entry| (entry.arn.as_str(), entry)).collect();
        if let [only] = found.values().collect::<Vec<_>>().as_slice() {
            return Ok(only);
        }
        if !found.is_empty() {
            let more = found.len().saturating_sub(MOST_LISTED);
            let arns = found.keys().take(MOST_LISTED);
            let mut arns: Vec<String> = arns.map(|arn| format!("`{arn}`")).collect();
            if more > 0 {
                arns.push(format!("{more} more"));
            }
            let other = arns.pop().unwrap_or_default();
            let text = format!("`{sort}/{rest}` may be {} or {other}", arns.join(", "));
            return Err(Error::request(text).help("name it by its ARN"));
        }
        let known: Vec<&str> = of_sort.map(Entry::name).collect();
        let text = format!(
            "no {sort} is called `{rest}` in {}; there are {}",
            self.title(),
            known.len()
        );
        let error = Error::request(text);
        Err(match nearest(rest, known.iter().copied()) {
            Some(nearest) => error.help(format!("did you mean `{sort}/{nearest}`?")),
            None => error.help(format!("name it as {sort}/NAME or by its ARN")),
        })
    }

    /// The caller with the path of its role, where a session was named, which does not carry it (ROLE-35).
    pub fn with_path(&self, caller: Caller) -> Caller {
        let Caller::RoleSession { role, session } = &caller else {
            return caller;
        };
        let known = self.role_named(role).and_then(|entry| {
            let arn = entry.arn.parse().ok()?;
            Role::from_arn(&arn).ok()
        });
        match known {
            Some(role) => Caller::RoleSession {
                role,
                session: session.clone(),
            },
            None => caller,
        }
    }

    /// A role by its ARN, or by account and name where its path is not known.
    pub(super) fn role_named(&self, role: &Role) -> Option<&Entry> {
        if role.path_known {
            return self.get(role.arn.as_str());
        }
        let partition = role.arn.partition();
        let arn = format!("arn:{partition}:iam::{}:role/{}", role.account, role.name());
        self.without_path(&arn, Sort::Role)
    }

    /// What has an ARN, but for the path.
    pub(super) fn without_path(&self, arn: &str, sort: Sort) -> Option<&Entry> {
        let arns = self.by_name.get(arn)?.iter();
        arns.filter_map(|arn| self.get(arn))
            .find(|entry| entry.sort == sort)
    }
}

/// `arn:aws:iam::111122223333:role/team/ci` as `arn:aws:iam::111122223333:role/ci`.
pub(super) fn without_path(arn: &str) -> String {
    match (arn.split_once('/'), arn.rsplit_once('/')) {
        (Some((head, _)), Some((_, name))) => format!("{head}/{name}"),
        _ => arn.to_owned(),
    }
}
