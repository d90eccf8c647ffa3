//! Rows decided by what their cells let through: see [`Sieve`].

use super::Batch;
use super::actions::Actions;
use super::addresses;
use super::cache::{Cache, LONGEST, Table};
use super::callers::Callers;
use super::cells::Cells;
use super::columns::Columns;
use super::keys::{MOST_NUMBERS, Numbers, OutcomeKey, ProfileKey};
use super::lane::{Lane, LaneAddress};
use super::resources::Resources;
use super::row::{Row, Rows, STRIP, context, text};
use crate::eval::{
    Bits, ContextValue, Pair, Profile, SOURCE_IP, Shape, Sieve, SourceIp, Truth, canonical_address,
    is_address_key, way_depends_on,
};
use crate::policy::ConditionKey;

/// From so many entries of a table on, all is forgotten before the next strip, which adds two at most for each row.
const MOST: usize = MOST_NUMBERS - 4 * STRIP;

/// The row needs the evaluator: something is wrong with it, or it is the first of its kind.
#[derive(Debug)]
pub(super) struct Slow;

/// What is remembered of rows.
#[derive(Debug)]
pub(super) struct Fast<'a, const N: usize> {
    batch: &'a Batch,
    sieve: &'a Sieve<N>,
    lanes: Vec<Lane<N>>,
    keys: Option<Vec<KeyColumn<N>>>,
    actions: Actions<N>,
    callers: Callers,
    resources: Resources<N>,
    accounts: Cells<u32>,
    account_numbers: Numbers<String>,
    contexts: Cache<ContextCell>,
    context_numbers: Numbers<String>,
    profiles: Table<ProfileKey>,
    known_profiles: Vec<Known<N>>,
    shapes: Numbers<Shape>,
    outcomes: Table<OutcomeKey<N>>,
}

/// A column that holds a condition key.
#[derive(Debug)]
struct KeyColumn<const N: usize> {
    column: usize,
    key: ConditionKey,
    /// Its place among the keys that are tested.
    tested: Option<usize>,
    /// Whether a value makes a difference: a statement tests it, or it tells how the request came.
    matters: bool,
    /// For a value, whether it is there and what it lets through.
    values: Cells<(bool, Pair<Bits<N>>)>,
}

/// What is known of a JSON cell with condition keys.
#[derive(Clone, Copy, Debug)]
struct ContextCell {
    number: u32,
    says_address: bool,
}

#[derive(Debug)]
struct Known<const N: usize> {
    rest: Pair<Bits<N>>,
    address: Option<Pair<Bits<N>>>,
    shape: u32,
}

impl<'a, const N: usize> Fast<'a, N> {
    pub(super) fn new(batch: &'a Batch, sieve: &'a Sieve<N>) -> Self {
        Self {
            batch,
            sieve,
            lanes: Vec::new(),
            keys: None,
            actions: Actions::new(batch.base.action.as_ref(), sieve),
            callers: Callers::new(),
            resources: Resources::new(),
            accounts: Cells::new(),
            account_numbers: Numbers::new(),
            contexts: Cache::new(8),
            context_numbers: Numbers::new(),
            profiles: Table::new(),
            known_profiles: Vec::new(),
            shapes: Numbers::new(),
            outcomes: Table::new(),
        }
    }

    /// The same, with nothing remembered.
    pub(super) fn anew(&self) -> Self {
        Self::new(self.batch, self.sieve)
    }

    /// Whether what is remembered is about these columns.
    pub(super) fn is_about(&self, columns: &Columns) -> bool {
        let Some(known) = &self.keys else {
            return true;
        };
        let known = known.iter().map(|column| (column.column, &column.key));
        known.eq(columns.keys.iter().map(|(column, key)| (*column, key)))
    }

    /// Whether there is little room left, so that it is time to begin anew.
    pub(super) fn is_full(&self) -> bool {
        let sizes = [
            self.actions.len(),
            self.callers.len(),
            self.resources.len(),
            self.account_numbers.len(),
            self.context_numbers.len(),
            self.profiles.len(),
            self.shapes.len(),
            self.outcomes.len(),
        ];
        sizes.into_iter().any(|size| size >= MOST)
    }

    /// Finds out about rows all that does not need the evaluator.
    pub(super) fn look_at(&mut self, rows: &Rows<'_>) {
        self.lanes.clear();
        self.lanes.resize_with(rows.len(), Lane::new);
        let (columns, sieve, lanes) = (rows.columns, self.sieve, &mut self.lanes);
        if columns.keys.len() > 64 {
            for lane in lanes {
                lane.slow = true;
            }
            return;
        }
        if let Some(column) = columns.resource {
            self.resources.column(rows, column, sieve, lanes);
        }
        if let Some(column) = columns.address {
            addresses::column(rows, column, sieve, lanes);
        }
        self.actions.look_at(rows, sieve, lanes);
        self.callers(rows);
        self.keys(rows);
        self.accounts(rows);
        self.contexts(rows);
        self.profiles(rows);
    }

    /// Finds the profiles of the rows.
    fn profiles(&mut self, rows: &Rows<'_>) {
        for at in 0..self.lanes.len() {
            let lane = &self.lanes[at];
            if lane.slow {
                continue;
            }
            let key = ProfileKey::of(lane);
            let found = match self.profiles.get(&key) {
                Some(profile) => Some(profile),
                None => self.learn_profile(&rows.row(at), at, key).ok(),
            };
            self.lanes[at].set(found, |lane, profile| lane.profile = profile);
        }
    }

    /// The number of what is decided for a row that was looked at; `decide` gives a number to what is new.
    #[inline]
    pub(super) fn outcome(
        &mut self,
        rows: &Rows<'_>,
        at: usize,
        decide: impl FnOnce() -> Option<u32>,
    ) -> Result<u32, Slow> {
        let lane = self.lanes.get(at).filter(|lane| !lane.slow).ok_or(Slow)?;
        let known = &self.known_profiles[lane.profile as usize];
        let rest = known.rest.and(&lane.passed);
        let mut possibly = lane.about.and(rest.possibly());
        if let Some(column) = rows.columns.resource {
            let cell = rows.cell(rows.fields[at * rows.width + column]);
            possibly = self.resources.narrow(lane, cell, &possibly);
        }
        let certainly = possibly.and(rest.certainly());
        let by_address = match (&known.address, lane.address) {
            (Some(pair), _) => *pair,
            (None, LaneAddress::Of(class)) => {
                let passed = self.sieve.class(class);
                Pair::between(*passed, *passed)
            }
            (None, _) => return Err(Slow),
        };
        let near = certainly
            .without(by_address.possibly())
            .and(self.sieve.allows());
        let certainly = certainly.and(by_address.certainly());
        let possibly = possibly.and(by_address.possibly());
        let open = certainly != possibly;
        let key = OutcomeKey {
            shape: known.shape,
            open: if open { lane.profile + 1 } else { 0 },
            certainly,
            possibly,
            near,
        };
        if let Some(number) = self.outcomes.get(&key) {
            return Ok(number);
        }
        let number = decide().ok_or(Slow)?;
        self.outcomes.insert(key, number);
        Ok(number)
    }

    /// What the cells with condition keys let through.
    fn keys(&mut self, rows: &Rows<'_>) {
        let (sieve, lanes) = (self.sieve, &mut self.lanes);
        let keys = self.keys.get_or_insert_with(|| key_columns(rows, sieve));
        for (place, column) in keys.iter_mut().enumerate() {
            if !column.matters {
                for (lane, field) in lanes.iter_mut().zip(rows.column(column.column)) {
                    let cell = rows.cell(*field);
                    lane.slow |= !cell.is_ascii() && text(cell, "").is_err();
                }
                continue;
            }
            let KeyColumn { key, tested, .. } = column;
            let find = |cell: &[u8]| {
                let text = text(cell, "").ok()?;
                if text.is_empty() {
                    return Some((false, Pair::known(true)));
                }
                let value = canonical(key, text)?;
                let passed = tested.map_or(Pair::known(true), |at| sieve.value(at, value));
                Some((true, passed))
            };
            let each = |at: usize, found: Option<(bool, Pair<Bits<N>>)>| {
                let lane: &mut Lane<N> = &mut lanes[at];
                match found {
                    Some((given, passed)) => {
                        lane.given |= u64::from(given) << place;
                        lane.passed = lane.passed.and(&passed);
                    }
                    None => lane.slow = true,
                }
            };
            column.values.column(rows, column.column, find, each);
        }
    }

    fn callers(&mut self, rows: &Rows<'_>) {
        let Some(column) = rows.columns.principal else {
            return;
        };
        let (sieve, missing, lanes) = (self.sieve, self.batch.base.missing, &mut self.lanes);
        let Callers { cells, known } = &mut self.callers;
        let find = |cell: &[u8]| known.number(cell, sieve, missing);
        cells.column(rows, column, find, |at, found| {
            lanes[at].set(found, |lane, number| lane.caller = number);
        });
    }

    fn accounts(&mut self, rows: &Rows<'_>) {
        let Some(column) = rows.columns.resource_account else {
            return;
        };
        let (numbers, lanes) = (&mut self.account_numbers, &mut self.lanes);
        let find = |cell: &[u8]| match text(cell, "").ok()? {
            long if long.len() > LONGEST => None,
            "" => Some(0),
            text => Some(numbers.of(text.to_owned())),
        };
        self.accounts.column(rows, column, find, |at, found| {
            lanes[at].set(found, |lane, number| lane.account = number);
        });
    }

    fn contexts(&mut self, rows: &Rows<'_>) {
        let Some(column) = rows.columns.context else {
            return;
        };
        let keys = self.keys.as_deref().unwrap_or_default();
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            let cell = rows.cell(rows.field(at, column));
            if cell.is_empty() {
                continue;
            }
            let (sieve, numbers) = (self.sieve, &mut self.context_numbers);
            let learn = || learn_context(cell, keys, sieve, numbers).ok_or(());
            let found = self.contexts.get_or(cell, learn).ok();
            // The address said twice is an error, which the evaluator tells.
            let found = found
                .filter(|cell| !cell.says_address || lane.address == LaneAddress::Unsaid)
                .map(|cell| cell.number);
            lane.set(found, |lane, number| lane.context = number);
        }
    }

    /// Prepares a request of the row to see what it passes through.
    #[cold]
    fn learn_profile(&mut self, row: &Row<'_>, at: usize, key: ProfileKey) -> Result<u32, Slow> {
        let mut scenario = self.batch.base.clone();
        row.fill_rest(&mut scenario).map_err(|_| Slow)?;
        match self.lanes[at].address {
            LaneAddress::Unsaid => {}
            LaneAddress::Absent => scenario.ip = Some(SourceIp::Absent),
            LaneAddress::Of(_) => scenario.ip = Some(SourceIp::Every),
        }
        let request = scenario.request(self.batch.now).map_err(|_| Slow)?;
        let given = self.lanes[at].given;
        let keys = self.keys.as_deref().unwrap_or_default();
        let apart = |at: usize| {
            let mut columns = keys.iter().enumerate();
            columns.any(|(bit, column)| column.tested == Some(at) && given >> bit & 1 == 1)
        };
        let Profile {
            rest,
            address,
            shape,
        } = self
            .sieve
            .profile(&request, apart, self.lanes[at].head != 0);
        let number = u32::try_from(self.known_profiles.len()).map_err(|_| Slow)?;
        self.known_profiles.push(Known {
            rest,
            address,
            shape: self.shapes.of(shape),
        });
        self.profiles.insert(key, number);
        Ok(number)
    }
}

impl<const N: usize> Lane<N> {
    #[inline]
    fn set<V>(&mut self, found: Option<V>, put: impl FnOnce(&mut Self, V)) {
        match found {
            Some(value) => put(self, value),
            None => self.slow = true,
        }
    }
}

/// The columns with condition keys.
fn key_columns<const N: usize>(rows: &Rows<'_>, sieve: &Sieve<N>) -> Vec<KeyColumn<N>> {
    let keys = rows.columns.keys.iter().map(|(column, key)| {
        let tested = sieve.tested(key);
        KeyColumn {
            column: *column,
            key: key.clone(),
            tested,
            matters: tested.is_some() || way_depends_on(key) || is_address_key(key),
            values: Cells::new(),
        }
    });
    keys.collect()
}

fn learn_context<const N: usize>(
    cell: &[u8],
    columns: &[KeyColumn<N>],
    sieve: &Sieve<N>,
    numbers: &mut Numbers<String>,
) -> Option<ContextCell> {
    // Numbers keep the text that they stand for, so long texts get none.
    if cell.len() > LONGEST {
        return None;
    }
    let mut keys = context(cell).ok()?;
    // A key that stands in a column too is an error, which the evaluator tells.
    if keys
        .iter()
        .any(|(key, _)| columns.iter().any(|column| column.key == *key))
    {
        return None;
    }
    keys.retain(|(key, _)| {
        sieve.tested(key).is_some() || way_depends_on(key) || is_address_key(key)
    });
    Some(ContextCell {
        number: numbers.of(format!("{keys:?}")),
        says_address: keys.iter().any(|(key, _)| key.is(SOURCE_IP)),
    })
}

/// A value as the evaluator takes it.
fn canonical(key: &ConditionKey, text: &str) -> Option<ContextValue> {
    let value = ContextValue::One(text.to_owned());
    canonical_address(key, &value, &mut Vec::new()).ok()
}
