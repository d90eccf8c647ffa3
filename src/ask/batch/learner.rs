//! What cells say, found out when they are met for the first time.

use std::ops::Range;

use super::Batch;
use super::actions::Actions;
use super::cache::LONGEST;
use super::callers::Callers;
use super::keys::Numbers;
use super::lane::Lane;
use super::part::Part;
use super::resources::Resources;
use super::row::{Field, Rows, context, text};
use crate::eval::{
    ContextValue, Pair, SOURCE_IP, Sieve, Truth, canonical_address, is_address_key, way_depends_on,
};
use crate::policy::ConditionKey;

/// Finds out what cells say, and gives numbers to it.
#[derive(Debug)]
pub(super) struct Learner<'a, const N: usize> {
    batch: &'a Batch,
    sieve: &'a Sieve<N>,
    /// By column, what is in it that has to be known.
    roles: Vec<Option<Role>>,
    keys: Vec<KeyColumn>,
    actions: Actions<N>,
    callers: Callers,
    pub(super) resources: Resources<N>,
    accounts: Numbers<String>,
    contexts: Numbers<String>,
}

/// What a column holds, but for addresses, which are read each time, and what is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Account,
    Action,
    Context,
    /// A condition key, by its place among them.
    Key(usize),
    Principal,
    Resource,
}

/// A column that holds a condition key.
#[derive(Debug)]
struct KeyColumn {
    column: usize,
    key: ConditionKey,
    /// Its place among the keys that are tested.
    tested: Option<usize>,
}

impl KeyColumn {
    /// Whether a value makes a difference: a statement tests it, or it tells how the request came.
    fn matters(&self) -> bool {
        self.tested.is_some() || way_depends_on(&self.key) || is_address_key(&self.key)
    }
}

impl<'a, const N: usize> Learner<'a, N> {
    pub(super) fn new(batch: &'a Batch, sieve: &'a Sieve<N>, rows: &Rows<'_>) -> Self {
        let keys = rows.columns.keys.iter().map(|(column, key)| KeyColumn {
            column: *column,
            key: key.clone(),
            tested: sieve.tested(key),
        });
        let keys: Vec<KeyColumn> = keys.collect();
        Self {
            batch,
            sieve,
            roles: roles(rows, &keys),
            keys,
            actions: Actions::new(batch.base.action.as_ref(), sieve),
            callers: Callers::new(),
            resources: Resources::new(),
            accounts: Numbers::new(),
            contexts: Numbers::new(),
        }
    }

    /// By column, what is in it that has to be known.
    pub(super) fn roles(&self) -> &[Option<Role>] {
        &self.roles
    }

    /// The most numbers of one kind that were given.
    pub(super) fn most(&self) -> usize {
        let sizes = [
            self.actions.len(),
            self.callers.len(),
            self.resources.len(),
            self.accounts.len(),
            self.contexts.len(),
        ];
        sizes.into_iter().max().unwrap_or(0)
    }

    /// What some cells of a row say; `None` if the evaluator has to read them.
    pub(super) fn part(
        &mut self,
        rows: &Rows<'_>,
        at: usize,
        columns: Range<usize>,
    ) -> Option<Part<N>> {
        let mut part = Part::new();
        for column in columns {
            if let Some(role) = self.roles.get(column).copied().flatten() {
                let cell = rows.cell(rows.field(at, column));
                part.join(&self.cell(role, cell)?);
            }
        }
        Some(part)
    }

    fn cell(&mut self, role: Role, cell: &[u8]) -> Option<Part<N>> {
        match role {
            Role::Account => self.account(cell),
            Role::Action => self.actions.part(cell, self.sieve),
            Role::Context => self.context(cell),
            Role::Key(place) => self.key(place, cell),
            Role::Principal => self.callers.part(cell, self.sieve, self.batch.base.missing),
            Role::Resource => self.resources.part(cell, self.sieve),
        }
    }

    fn account(&mut self, cell: &[u8]) -> Option<Part<N>> {
        match text(cell, "").ok()? {
            long if long.len() > LONGEST => None,
            "" => Some(Part::new()),
            text => Some(Part::of_account(self.accounts.of(text.to_owned()))),
        }
    }

    fn key(&self, place: usize, cell: &[u8]) -> Option<Part<N>> {
        let column = self.keys.get(place)?;
        let text = text(cell, "").ok()?;
        if text.is_empty() {
            return Some(Part::new());
        }
        let value = canonical(&column.key, text)?;
        let passed = column.tested.map(|at| self.sieve.value(at, value));
        Some(Part::of_key(place, passed.unwrap_or(Pair::known(true))))
    }

    fn context(&mut self, cell: &[u8]) -> Option<Part<N>> {
        if cell.is_empty() {
            return Some(Part::new());
        }
        // Numbers keep the text that they stand for, so long texts get none.
        if cell.len() > LONGEST {
            return None;
        }
        let mut told = context(cell).ok()?;
        // A key that stands in a column too is an error, which the evaluator tells.
        let mut names = told.iter().map(|(key, _)| key);
        if names.any(|key| self.keys.iter().any(|column| column.key == *key)) {
            return None;
        }
        let sieve = self.sieve;
        told.retain(|(key, _)| {
            sieve.tested(key).is_some() || way_depends_on(key) || is_address_key(key)
        });
        let says_address = told.iter().any(|(key, _)| key.is(SOURCE_IP));
        let number = self.contexts.of(format!("{told:?}"));
        Some(Part::of_context(number, says_address))
    }

    /// Puts to a row what holds where cells say nothing that can be read: an action that is not there at all is the one
    /// of all rows.
    #[cold]
    pub(super) fn join_unread(
        &self,
        rows: &Rows<'_>,
        at: usize,
        columns: &Range<usize>,
        lane: &mut Lane<N>,
    ) {
        let is_action = self.roles.get(columns.start) == Some(&Some(Role::Action));
        if is_action && columns.len() == 1 && rows.field(at, columns.start) == Field::MISSING {
            self.actions.join_constant(lane);
        } else {
            lane.slow = true;
        }
    }

    /// Puts to rows what is looked at row by row.
    pub(super) fn join_rest(&mut self, rows: &Rows<'_>, lanes: &mut [Lane<N>]) {
        match (rows.columns.action, rows.columns.event_source) {
            (None, _) => {
                for lane in lanes.iter_mut() {
                    self.actions.join_constant(lane);
                }
            }
            (Some(column), Some(_)) => {
                self.actions
                    .join_with_source(rows, column, self.sieve, lanes);
            }
            (Some(_), None) => {}
        }
        for column in self.keys.iter().filter(|column| !column.matters()) {
            for (lane, field) in lanes.iter_mut().zip(rows.column(column.column)) {
                let cell = rows.cell(*field);
                lane.slow |= !cell.is_ascii() && text(cell, "").is_err();
            }
        }
    }

    /// Whether a key that is tested, by its place, stands in a column with a value; `given` says by their places which
    /// columns have one.
    pub(super) fn is_given(&self, tested: usize, given: u64) -> bool {
        let mut columns = self.keys.iter().enumerate();
        columns.any(|(bit, column)| column.tested == Some(tested) && given >> bit & 1 == 1)
    }
}

/// What is in each column that is looked up.
fn roles(rows: &Rows<'_>, keys: &[KeyColumn]) -> Vec<Option<Role>> {
    let columns = rows.columns;
    // Together with an event source, the action is looked up apart.
    let action = columns.action.filter(|_| columns.event_source.is_none());
    let named = [
        (columns.resource_account, Role::Account),
        (action, Role::Action),
        (columns.context, Role::Context),
        (columns.principal, Role::Principal),
        (columns.resource, Role::Resource),
    ];
    let mut roles = vec![None; rows.width];
    let keys = keys.iter().enumerate();
    let keys = keys
        .filter(|(_, key)| key.matters())
        .map(|(place, key)| (Some(key.column), Role::Key(place)));
    for (column, role) in named.into_iter().chain(keys) {
        if let Some(known) = column.and_then(|column| roles.get_mut(column)) {
            *known = Some(role);
        }
    }
    roles
}

/// A value as the evaluator takes it.
fn canonical(key: &ConditionKey, text: &str) -> Option<ContextValue> {
    let value = ContextValue::One(text.to_owned());
    canonical_address(key, &value, &mut Vec::new()).ok()
}
