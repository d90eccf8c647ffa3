//! Rows decided by what their cells let through: see [`Sieve`].

use super::Batch;
use super::addresses::Addresses;
use super::cache::Table;
use super::columns::Columns;
use super::keys::{MOST_NUMBERS, Numbers, OutcomeKey, ProfileKey};
use super::lane::{Lane, LaneAddress};
use super::learner::Learner;
use super::pieces::Pieces;
use super::row::{Row, Rows, STRIP};
use crate::eval::{Bits, Pair, Profile, Shape, Sieve, SourceIp, Truth};

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
    cells: Option<CellMemory<'a, N>>,
    profiles: Table<ProfileKey>,
    known_profiles: Vec<Known<N>>,
    shapes: Numbers<Shape>,
    outcomes: Table<OutcomeKey<N>>,
}

/// What is remembered of the cells of a table.
#[derive(Debug)]
struct CellMemory<'a, const N: usize> {
    columns: Columns,
    width: usize,
    learner: Learner<'a, N>,
    pieces: Pieces<N>,
    addresses: Addresses,
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
            cells: None,
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
    pub(super) fn is_about(&self, rows: &Rows<'_>) -> bool {
        let known = self.cells.as_ref();
        known.is_none_or(|known| known.width == rows.width && known.columns == *rows.columns)
    }

    /// Whether there is little room left, so that it is time to begin anew.
    pub(super) fn is_full(&self) -> bool {
        let learnt = self.cells.as_ref().map_or(0, |cells| cells.learner.most());
        let sizes = [
            learnt,
            self.profiles.len(),
            self.shapes.len(),
            self.outcomes.len(),
        ];
        sizes.into_iter().any(|size| size >= MOST)
    }

    /// Finds out about rows all that does not need the evaluator.
    pub(super) fn look_at(&mut self, rows: &Rows<'_>) {
        self.lanes.clear();
        self.lanes.resize(rows.len(), Lane::new());
        let (batch, sieve, lanes) = (self.batch, self.sieve, &mut self.lanes);
        // A profile has so many bits for keys.
        if rows.columns.keys.len() > 64 || !rows.columns.are_within(rows.width) {
            for lane in lanes {
                lane.slow = true;
            }
            return;
        }
        let known = self.cells.get_or_insert_with(|| {
            let learner = Learner::new(batch, sieve, rows);
            CellMemory {
                columns: rows.columns.clone(),
                width: rows.width,
                pieces: Pieces::new(&learner),
                learner,
                addresses: Addresses::default(),
            }
        });
        known.pieces.look_at(rows, &mut known.learner, lanes);
        known.learner.join_rest(rows, lanes);
        if let Some(column) = rows.columns.address {
            known.addresses.look_at(rows, column, sieve, lanes);
        }
        self.profiles(rows);
    }

    /// Finds the profiles of the rows.
    fn profiles(&mut self, rows: &Rows<'_>) {
        for at in 0..self.lanes.len() {
            let lane = &mut self.lanes[at];
            if lane.part.is_by_last() {
                let column = rows.columns.resource.unwrap_or_default();
                lane.join_sort(rows.cell(rows.field(at, column)));
            }
            // The address said twice is an error, which the evaluator tells.
            lane.slow |= lane.part.says_address() && lane.address != LaneAddress::Unsaid;
            if lane.slow {
                continue;
            }
            let key = lane.part.profile(lane.address);
            let found = match self.profiles.get(&key) {
                Some(profile) => Ok(profile),
                None => self.learn_profile(&rows.row(at), at, key),
            };
            match found {
                Ok(profile) => self.lanes[at].profile = profile,
                Err(Slow) => self.lanes[at].slow = true,
            }
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
        let passed = known.rest.and(&lane.part.passed);
        let mut possibly = *passed.possibly();
        if let (Some(column), Some(cells)) = (rows.columns.resource, &self.cells) {
            let cell = rows.cell(rows.field(at, column));
            possibly = cells.learner.resources.narrow(lane, cell, &possibly);
        }
        let certainly = possibly.and(passed.certainly());
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

    /// Prepares a request of the row to see what it passes through.
    #[cold]
    fn learn_profile(&mut self, row: &Row<'_>, at: usize, key: ProfileKey) -> Result<u32, Slow> {
        let mut scenario = self.batch.base.clone();
        row.fill_rest(&mut scenario).map_err(|_| Slow)?;
        let lane = &self.lanes[at];
        match lane.address {
            LaneAddress::Unsaid => {}
            LaneAddress::Absent => scenario.ip = Some(SourceIp::Absent),
            LaneAddress::Of(_) => scenario.ip = Some(SourceIp::Every),
        }
        let request = scenario.request(self.batch.now).map_err(|_| Slow)?;
        let learner = &self.cells.as_ref().ok_or(Slow)?.learner;
        let apart = |tested: usize| learner.is_given(tested, lane.part.given());
        let Profile {
            rest,
            address,
            shape,
        } = self.sieve.profile(&request, apart, lane.part.head() != 0);
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
