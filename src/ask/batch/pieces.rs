//! Which cells are looked up together. Where a few texts keep coming back, as an action does before the head of its
//! resource, or a principal before a flag, one look-up tells what two would.

use std::collections::HashSet;
use std::ops::Range;

use super::cells::Cells;
use super::lane::Lane;
use super::learner::{Learner, Role};
use super::part::Part;
use super::resources::heads;
use super::row::{Field, Rows, STRIP};

/// So many rows show which texts keep coming back.
const SAMPLE: usize = 64;

/// Texts that may be new to columns that are looked up together, before that is given up.
const FREE: u64 = 512;

/// One new text in so many costs more than it spares.
const SELDOM: u64 = 128;

/// The columns that are looked up.
#[derive(Debug)]
pub(super) struct Pieces<const N: usize> {
    /// Each by itself.
    single: Vec<Piece<N>>,
    /// Together, where that spares look-ups, for rows whose cells are joined.
    joined: Option<Vec<Piece<N>>>,
}

/// Columns next to each other that are looked up as one text; of a resource only the head is, so it is the last of them.
#[derive(Debug)]
struct Piece<const N: usize> {
    columns: Range<usize>,
    /// The last one holds resources.
    to_head: bool,
    texts: Cells<Part<N>>,
    looked_up: u64,
}

impl<const N: usize> Pieces<N> {
    pub(super) fn new(learner: &Learner<'_, N>) -> Self {
        let roles = learner.roles();
        let used = (0..roles.len()).filter(|column| roles[*column].is_some());
        let single = used.map(|column| Piece::new(column..column + 1, roles));
        Self {
            single: single.collect(),
            joined: None,
        }
    }

    /// Finds out what the cells of rows say that are looked up.
    pub(super) fn look_at(
        &mut self,
        rows: &Rows<'_>,
        learner: &mut Learner<'_, N>,
        lanes: &mut [Lane<N>],
    ) {
        if !rows.joined || self.joined.is_none() && rows.len() < SAMPLE {
            for piece in &mut self.single {
                piece.look_at(rows, learner, lanes);
            }
            return;
        }
        let roles = learner.roles();
        let pieces = self.joined.get_or_insert_with(|| planned(rows, roles));
        for piece in pieces.iter_mut() {
            piece.look_at(rows, learner, lanes);
        }
        if let Some(at) = pieces.iter().position(Piece::is_ill_joined) {
            let Range { start, end } = pieces[at].columns;
            let parts = [start..end - 1, end - 1..end];
            let parts = parts.map(|columns| Piece::new(columns, learner.roles()));
            pieces.splice(at..=at, parts);
        }
    }
}

impl<const N: usize> Piece<N> {
    fn new(columns: Range<usize>, roles: &[Option<Role>]) -> Self {
        Self {
            to_head: roles.get(columns.end - 1) == Some(&Some(Role::Resource)),
            columns,
            texts: Cells::new(),
            looked_up: 0,
        }
    }

    fn look_at(&mut self, rows: &Rows<'_>, learner: &mut Learner<'_, N>, lanes: &mut [Lane<N>]) {
        let mut places = [Field::MISSING; STRIP];
        let places = &mut places[..lanes.len()];
        let (first, last) = (self.columns.start, self.columns.end - 1);
        if self.to_head {
            heads(rows, first, last, lanes, places);
        } else {
            put_places(rows, first, last, places);
        }
        let columns = &self.columns;
        self.looked_up += places.len() as u64;
        let mut unread = [0_u8; STRIP];
        let mut count = 0;
        let find = |at: usize| learner.part(rows, at, columns.clone());
        self.texts.look_up(rows.text, places, find, |at, found| {
            if let Some(part) = found {
                lanes[at].part.join(part);
            } else {
                unread[count % STRIP] = u8::try_from(at).unwrap_or(0);
                count += 1;
            }
        });
        for at in unread[..count].iter().map(|at| usize::from(*at)) {
            learner.join_unread(rows, at, columns, &mut lanes[at]);
        }
    }

    /// Whether so many texts are new that the columns are better looked up apart.
    fn is_ill_joined(&self) -> bool {
        self.columns.len() > 1 && self.texts.learnt() > FREE + self.looked_up / SELDOM
    }
}

/// The places from the first to the last of some columns.
#[inline]
fn put_places(rows: &Rows<'_>, first: usize, last: usize, places: &mut [Field]) {
    let cells = rows.column(first).zip(rows.column(last));
    for (place, (first, last)) in places.iter_mut().zip(cells) {
        *place = Field {
            start: first.start,
            end: last.end,
        };
    }
}

/// The pieces for rows whose cells are joined: columns are put together as long as at most three quarters of the
/// texts of some rows are different: then there are about a hundred, or less, or most rows have one of a few.
fn planned<const N: usize>(rows: &Rows<'_>, roles: &[Option<Role>]) -> Vec<Piece<N>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for (column, role) in roles.iter().enumerate() {
        if role.is_none() {
            continue;
        }
        match pieces.last_mut() {
            Some(piece)
                if piece.end == column
                    && roles[column - 1] != Some(Role::Resource)
                    && keep_coming(rows, piece.start, column, *role) =>
            {
                piece.end = column + 1;
            }
            _ => pieces.push(column..column + 1),
        }
    }
    let pieces = pieces.into_iter();
    pieces.map(|columns| Piece::new(columns, roles)).collect()
}

fn keep_coming(rows: &Rows<'_>, first: usize, last: usize, role: Option<Role>) -> bool {
    let mut places = [Field::MISSING; SAMPLE];
    let places = &mut places[..rows.len().min(SAMPLE)];
    if role == Some(Role::Resource) {
        let mut lanes = vec![Lane::<1>::new(); places.len()];
        heads(rows, first, last, &mut lanes, places);
    } else {
        put_places(rows, first, last, places);
    }
    let texts: HashSet<&[u8]> = places.iter().map(|place| rows.cell(*place)).collect();
    4 * texts.len() <= 3 * places.len()
}
