//! Rows decided by what their cells let through: see [`Sieve`].

use std::net::IpAddr;

use super::Batch;
use super::cache::{Cache, Table};
use super::decider::Decided;
use super::keys::{Numbers, OutcomeKey, ProfileKey, account_words, sort};
use super::row::{ActionCell, Row, RowAddress, context, text};
use crate::eval::{
    Bits, Caller, CallerSignature, ContextValue, Pair, Profile, ResourceSort, SOURCE_IP, Shape,
    Sieve, SourceIp, Truth, action_class, canonical_address, is_address_key, way_depends_on,
};
use crate::policy::{Action, ArnParts, ConditionKey};

/// The most entries of each table; beyond that, all is forgotten.
const MOST: usize = 1 << 16;

/// The row needs the evaluator: something is wrong with it, or it is the first of its kind.
#[derive(Debug)]
pub(super) struct Slow;

/// What is remembered of rows.
#[derive(Debug)]
pub(super) struct Fast<'a, const N: usize> {
    batch: &'a Batch,
    sieve: &'a Sieve<N>,
    keys: Vec<KeyColumn<N>>,
    /// Of rows with a resource, and of those without.
    actions: [Cache<(u32, Bits<N>)>; 2],
    action_numbers: Numbers<String>,
    callers: Cache<u32>,
    caller_numbers: Numbers<CallerSignature>,
    /// Accounts of resources, regions.
    words: Cache<u32>,
    word_numbers: Numbers<String>,
    contexts: Cache<ContextCell>,
    context_numbers: Numbers<String>,
    profiles: Table<ProfileKey>,
    known_profiles: Vec<Known<N>>,
    shapes: Numbers<Shape>,
    outcomes: Table<OutcomeKey<N>>,
    decided: Vec<Decided>,
}

/// A column that holds a condition key.
#[derive(Debug)]
struct KeyColumn<const N: usize> {
    column: usize,
    key: ConditionKey,
    /// Its place among the keys that are tested.
    tested: Option<usize>,
    /// Whether it matters that there is a value, even if no statement tests it.
    counts: bool,
    values: Cache<Pair<Bits<N>>>,
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
            keys: Vec::new(),
            actions: [Cache::new(8), Cache::new(8)],
            action_numbers: Numbers::new(),
            callers: Cache::new(10),
            caller_numbers: Numbers::new(),
            words: Cache::new(6),
            word_numbers: Numbers::new(),
            contexts: Cache::new(8),
            context_numbers: Numbers::new(),
            profiles: Table::new(),
            known_profiles: Vec::new(),
            shapes: Numbers::new(),
            outcomes: Table::new(),
            decided: Vec::new(),
        }
    }

    /// What was decided under a number.
    #[inline]
    pub(super) fn decided(&self, number: u32) -> &Decided {
        &self.decided[number as usize]
    }

    /// The number of what was decided for rows like this one.
    #[inline]
    pub(super) fn find(
        &mut self,
        row: &Row<'_>,
        decide: impl FnOnce() -> Option<Decided>,
    ) -> Result<u32, Slow> {
        if self.keys.len() != row.columns.keys.len() {
            self.learn(row)?;
        }
        let address = row.address().map_err(|_| Slow)?;
        let (action, about) = self.action(row)?;
        let (resource, passed) = self.cells(row)?;
        let key = self.profile_key(row, address, action, resource.as_ref(), passed.given)?;
        let profile = match self.profiles.get(&key) {
            Some(profile) => profile,
            None => self.learn_profile(row, address, key)?,
        };
        let known = &self.known_profiles[profile as usize];
        let rest = known.rest.and(&passed.values);
        let mut possibly = about.and(rest.possibly());
        if let Some(arn) = &resource {
            possibly = self.sieve.resource(&possibly, arn);
        }
        let certainly = possibly.and(rest.certainly());
        let by_address = match (&known.address, address) {
            (Some(pair), _) => *pair,
            (None, RowAddress::From(IpAddr::V4(ip))) => {
                let class = self.sieve.v4(ip.to_bits());
                Pair::between(*class, *class)
            }
            (None, RowAddress::From(IpAddr::V6(ip))) => {
                let class = self.sieve.v6(ip.to_bits());
                Pair::between(*class, *class)
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
            open: if open { profile + 1 } else { 0 },
            certainly,
            possibly,
            near,
        };
        if let Some(number) = self.outcomes.get(&key) {
            return Ok(number);
        }
        let decided = decide().ok_or(Slow)?;
        let number = u32::try_from(self.decided.len()).map_err(|_| Slow)?;
        self.decided.push(decided);
        self.outcomes.insert(key, number);
        Ok(number)
    }

    /// Makes room, if there is little left. Numbers that were given out mean nothing after it.
    pub(super) fn tidy(&mut self) {
        let sizes = [
            self.action_numbers.len(),
            self.caller_numbers.len(),
            self.word_numbers.len(),
            self.context_numbers.len(),
            self.profiles.len(),
            self.shapes.len(),
            self.decided.len(),
        ];
        if sizes.into_iter().any(|size| size >= MOST) {
            *self = Self::new(self.batch, self.sieve);
        }
    }

    /// Looks at the columns for the first time.
    fn learn(&mut self, row: &Row<'_>) -> Result<(), Slow> {
        if row.columns.keys.len() > 64 {
            return Err(Slow);
        }
        let keys = row.columns.keys.iter().map(|(column, key)| KeyColumn {
            column: *column,
            key: key.clone(),
            tested: self.sieve.tested(key),
            counts: way_depends_on(key) || is_address_key(key),
            values: Cache::new(8),
        });
        self.keys = keys.collect();
        Ok(())
    }

    /// The number of the class of the action, and the statements about it.
    #[inline]
    fn action(&mut self, row: &Row<'_>) -> Result<(u32, Bits<N>), Slow> {
        let unsaid = row.resource_cell().is_none();
        let (sieve, numbers) = (self.sieve, &mut self.action_numbers);
        let actions = &mut self.actions[usize::from(unsaid)];
        let mut learn = |action: &Action| {
            // Without a resource, which resources the policies name for the action counts as well.
            let class = if unsaid {
                action.lower()
            } else {
                action_class(action)
            };
            (
                numbers.of(format!("{unsaid} {class}")),
                sieve.action(action),
            )
        };
        let ActionCell::Cell(cell) = row.action_cell() else {
            let action = self.batch.base.action.as_ref().ok_or(Slow)?;
            return actions.get_or(b"", || Ok(learn(action))).copied();
        };
        let learn = || {
            let action = row.action().ok().flatten().ok_or(Slow)?;
            Ok(learn(&action.parse().map_err(|_| Slow)?))
        };
        match row.event_source_cell() {
            None => actions.get_or(cell, learn).copied(),
            Some(source) => {
                let both = [cell, b"\0", source].concat();
                actions.get_or(&both, learn).copied()
            }
        }
    }

    /// The resource, and what the cells with condition keys let through.
    #[inline]
    fn cells<'r>(&mut self, row: &Row<'r>) -> Result<(Option<ArnParts<'r>>, Passed<N>), Slow> {
        let mut passed = Passed {
            given: 0,
            values: Pair::known(true),
        };
        for (at, column) in self.keys.iter_mut().enumerate() {
            let Some(cell) = row.cell(Some(column.column)) else {
                continue;
            };
            let KeyColumn {
                key,
                tested,
                counts,
                values,
                ..
            } = column;
            if tested.is_none() && !*counts {
                text(cell, "").map_err(|_| Slow)?;
                continue;
            }
            let sieve = self.sieve;
            let value = values.get_or(cell, || {
                let value = canonical(key, text(cell, "").map_err(|_| Slow)?)?;
                Ok(tested.map_or(Pair::known(true), |at| sieve.value(at, value)))
            })?;
            passed.values = passed.values.and(value);
            passed.given |= 1 << at;
        }
        let resource = match row.resource_cell() {
            None | Some(b"*") => None,
            Some(cell) => {
                if !cell.is_ascii() {
                    text(cell, "").map_err(|_| Slow)?;
                }
                Some(ArnParts::split(cell).ok_or(Slow)?)
            }
        };
        Ok((resource, passed))
    }

    #[inline]
    fn profile_key(
        &mut self,
        row: &Row<'_>,
        address: RowAddress,
        action: u32,
        resource: Option<&ArnParts<'_>>,
        given: u64,
    ) -> Result<ProfileKey, Slow> {
        let caller = match row.principal_cell() {
            None => 0,
            Some(cell) => self.caller(cell)?,
        };
        let account = match row.resource_account_cell() {
            None => 0,
            Some(cell) => self.word(cell)?,
        };
        let context = match row.context_cell() {
            None => 0,
            Some(cell) => self.context(cell, address)?,
        };
        let sort = match resource {
            Some(arn) => sort(arn),
            None if row.resource_cell().is_some() => ResourceSort::All,
            None => ResourceSort::Unsaid,
        };
        let (owner, region) = match resource {
            Some(arn) if self.sieve.tests_region() && !arn.region().is_empty() => {
                (account_words(arn.account()), self.word(arn.region())?)
            }
            Some(arn) => (account_words(arn.account()), 0),
            None => ((0, 0), 0),
        };
        let address = match address {
            RowAddress::Unsaid => 0,
            RowAddress::Absent => 1,
            RowAddress::From(_) => 2,
        };
        let pair = |a: u32, b: u32| u64::from(a) << 32 | u64::from(b);
        Ok(ProfileKey([
            given,
            pair(action, caller),
            pair(account, context),
            pair(region, sort as u32 * 4 + address),
            owner.0,
            u64::from(owner.1),
        ]))
    }

    #[inline]
    fn caller(&mut self, cell: &[u8]) -> Result<u32, Slow> {
        let (sieve, numbers) = (self.sieve, &mut self.caller_numbers);
        let missing = self.batch.base.missing;
        let learn = || {
            let caller = Caller::parse(text(cell, "").map_err(|_| Slow)?).map_err(|_| Slow)?;
            Ok(numbers.of(sieve.caller(&caller, missing)))
        };
        self.callers.get_or(cell, learn).copied()
    }

    fn word(&mut self, cell: &[u8]) -> Result<u32, Slow> {
        let numbers = &mut self.word_numbers;
        let learn = || Ok(numbers.of(text(cell, "").map_err(|_| Slow)?.to_owned()));
        self.words.get_or(cell, learn).copied()
    }

    fn context(&mut self, cell: &[u8], address: RowAddress) -> Result<u32, Slow> {
        let (sieve, numbers) = (self.sieve, &mut self.context_numbers);
        let columns = &self.keys;
        let learn = || {
            let mut keys = context(cell).map_err(|_| Slow)?;
            // A key that stands in a column too is an error, which the evaluator tells.
            if keys
                .iter()
                .any(|(key, _)| columns.iter().any(|column| column.key == *key))
            {
                return Err(Slow);
            }
            keys.retain(|(key, _)| {
                sieve.tested(key).is_some() || way_depends_on(key) || is_address_key(key)
            });
            Ok(ContextCell {
                number: numbers.of(format!("{keys:?}")),
                says_address: keys.iter().any(|(key, _)| key.is(SOURCE_IP)),
            })
        };
        let cell = *self.contexts.get_or(cell, learn)?;
        if cell.says_address && address != RowAddress::Unsaid {
            return Err(Slow);
        }
        Ok(cell.number)
    }

    /// Prepares a request of the row to see what it passes through.
    #[cold]
    fn learn_profile(
        &mut self,
        row: &Row<'_>,
        address: RowAddress,
        key: ProfileKey,
    ) -> Result<u32, Slow> {
        let mut scenario = self.batch.base.clone();
        row.fill_rest(&mut scenario).map_err(|_| Slow)?;
        match address {
            RowAddress::Unsaid => {}
            RowAddress::Absent => scenario.ip = Some(SourceIp::Absent),
            RowAddress::From(_) => scenario.ip = Some(SourceIp::Every),
        }
        let request = scenario.request(self.batch.now).map_err(|_| Slow)?;
        let given = key.0[0];
        let apart = |at: usize| {
            let mut columns = self.keys.iter().enumerate();
            columns.any(|(bit, column)| column.tested == Some(at) && given >> bit & 1 == 1)
        };
        let by_resource = row.resource_cell().is_some_and(|cell| cell != b"*");
        let Profile {
            rest,
            address,
            shape,
        } = self.sieve.profile(&request, apart, by_resource);
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

/// What cells with condition keys let through.
struct Passed<const N: usize> {
    /// Which of them hold something, by their places.
    given: u64,
    values: Pair<Bits<N>>,
}

/// A value as the evaluator takes it.
fn canonical(key: &ConditionKey, text: &str) -> Result<ContextValue, Slow> {
    let value = ContextValue::One(text.to_owned());
    canonical_address(key, &value, &mut Vec::new()).map_err(|_| Slow)
}
