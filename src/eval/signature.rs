//! What policies can see of a caller: callers with the same signature are told the same.

use super::caller::{Caller, Grants};
use super::context::{Context, Missing};
use super::defaults;
use super::sieve::{Entry, Sieve};
use super::truth::Pair;
use crate::policy::AccountId;

/// All that policies and rules can see of a caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallerSignature {
    kind: std::mem::Discriminant<Caller>,
    account: Option<AccountId>,
    role: Option<(bool, bool, bool)>,
    /// How the principals of each statement that has some reach it.
    reached: Vec<u16>,
    /// What the keys that follow from it let through, by their places.
    keys: Vec<(usize, Vec<u64>)>,
}

impl<const N: usize> Sieve<N> {
    /// Whether it can matter which user or session of a role a caller is.
    pub(crate) fn names_callers(&self) -> bool {
        let named = |entry: &Entry| entry.statement().principal.is_some();
        !self.of_caller.is_empty() || self.entries.iter().any(named)
    }

    /// All that policies and rules can see of a caller.
    pub(crate) fn caller(&self, caller: &Caller, missing: Missing) -> CallerSignature {
        let mut reached = Vec::new();
        for entry in &self.entries {
            if let Some(element) = &entry.statement().principal {
                let exempt = caller.is_exempt(element);
                reached.push(code(&caller.grants(element)) << 2 | pair_code(exempt));
            }
        }
        let mut keys = Vec::new();
        if !self.of_caller.is_empty() {
            let mut context = Context::new(missing);
            defaults::fill_caller(&mut context, caller);
            for at in &self.of_caller {
                let passed = self.tests(&self.keys[*at], &context);
                let mentioned = u64::from(context.mentions(self.keys[*at].key.as_str()));
                let words = passed.certainly().0.into_iter().chain(passed.possibly().0);
                keys.push((*at, words.chain([mentioned]).collect()));
            }
        }
        let role = match caller {
            Caller::RoleSession { role, session } => {
                Some((role.is_service_linked(), role.path_known, session.is_some()))
            }
            Caller::FederatedUser { user, .. } => Some((false, false, user.is_some())),
            Caller::Service(name) => Some((false, false, name.is_some())),
            _ => None,
        };
        CallerSignature {
            kind: std::mem::discriminant(caller),
            account: caller.account(),
            role,
            reached,
            keys,
        }
    }
}

fn pair_code(pair: Pair<bool>) -> u16 {
    u16::from(*pair.certainly()) << 1 | u16::from(*pair.possibly())
}

/// A number that stands for grants.
pub(super) fn code(grants: &Grants) -> u16 {
    let rows = [grants.account, grants.role, grants.user, grants.direct];
    rows.into_iter()
        .fold(0, |code, row| code << 2 | pair_code(row))
}
