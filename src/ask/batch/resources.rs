//! The resource cells of rows: what stands before the fifth colon is looked up, the rest is looked at.

use std::collections::HashMap;

use super::keys::{Numbers, account_words, sort};
use super::lane::Lane;
use super::part::Part;
use super::row::{Field, Rows, text};
use crate::eval::{Bits, Head, ResourceSort, Sieve};
use crate::policy::ArnParts;
use crate::policy::bytes::{chunk, is_ascii, padded, places};

/// What is remembered of resources.
#[derive(Debug)]
pub(super) struct Resources<const N: usize> {
    heads: Vec<Known<N>>,
    /// The numbers of heads, from 1, by their texts.
    numbers: HashMap<Box<[u8]>, u32>,
    owners: Numbers<((u64, u32), Vec<u8>)>,
}

#[derive(Debug)]
struct Known<const N: usize> {
    head: Head<N>,
    length: usize,
    part: Part<N>,
}

impl<const N: usize> Resources<N> {
    pub(super) fn new() -> Self {
        Self {
            heads: Vec::new(),
            numbers: HashMap::new(),
            owners: Numbers::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// What a resource says; but for one without a head, all with its head say the same.
    pub(super) fn part(&mut self, cell: &[u8], sieve: &Sieve<N>) -> Option<Part<N>> {
        match cell {
            b"" => return Some(Part::new()),
            b"*" => return Some(Part::of_resource(0, 0, Some(ResourceSort::All))),
            _ => {}
        }
        let arn = ArnParts::split(cell)?;
        text(arn.head(), "").ok()?;
        if let Some(number) = self.numbers.get(arn.head()) {
            return Some(self.heads.get(*number as usize - 1)?.part);
        }
        let region = if sieve.tests_region() {
            arn.region()
        } else {
            b""
        };
        let account = account_words(arn.account());
        let owner = self.owners.of((account, region.to_vec()));
        let number = u32::try_from(self.heads.len() + 1).ok()?;
        let by_last = matches!(arn.service(), b"iam" | b"kms");
        let sort = (!by_last).then_some(ResourceSort::Other);
        let part = Part::of_resource(owner, number, sort);
        self.numbers.insert(arn.head().into(), number);
        self.heads.push(Known {
            head: sieve.head(&arn),
            length: arn.head().len(),
            part,
        });
        Some(part)
    }

    /// Of some statements, those about the resource of a row, which is in this cell.
    #[inline]
    pub(super) fn narrow(&self, lane: &Lane<N>, cell: &[u8], statements: &Bits<N>) -> Bits<N> {
        match self.heads.get(lane.part.head().wrapping_sub(1)) {
            None => *statements,
            Some(known) => {
                let last = cell.get(known.length..).unwrap_or_default();
                let whole = || ArnParts::at(cell, lane.colons);
                known.head.narrow(statements, last, whole)
            }
        }
    }
}

/// Finds the heads of a column of resources: each place is made to reach from a cell of the row, the first of those that
/// are looked up together, to the end of the head.
pub(super) fn heads<const N: usize>(
    rows: &Rows<'_>,
    first: usize,
    column: usize,
    lanes: &mut [Lane<N>],
    places: &mut [Field],
) {
    let cells = rows.column(first).zip(rows.column(column));
    for ((lane, place), (first, field)) in lanes.iter_mut().zip(places).zip(cells) {
        let (start, length) = (field.start as usize, field.length());
        let (colons, beyond) = colons(rows.text, start, length);
        let head = fifth(colons) + 1;
        lane.colons = colons;
        *place = Field {
            start: first.start,
            end: field.end,
        };
        if head >= length.min(64) {
            // One that is not there, or every one; anything else is left to the evaluator.
            lane.slow |= !matches!(rows.cell(*field), b"" | b"*");
            continue;
        }
        place.end = Field::new(0, start + head).end;
        if beyond || length > 64 {
            let ascii = if beyond { 0 } else { 64 };
            let rest = rows.cell(*field).get(ascii..).unwrap_or_default();
            lane.slow |= text(rest, "").is_err();
        }
    }
}

impl<const N: usize> Lane<N> {
    /// Puts to the part of a row the sort of its resource, where its head does not tell it.
    pub(super) fn join_sort(&mut self, cell: &[u8]) {
        let arn = ArnParts::at(cell, self.colons);
        let sort = arn.map_or(ResourceSort::Other, |arn| sort(&arn));
        self.part.set_sort(sort);
    }
}

/// The places of the colons among the first 64 bytes of a cell, and whether something there or right behind the cell is
/// beyond ASCII.
#[inline]
fn colons(text: &[u8], start: usize, length: usize) -> (u64, bool) {
    let end;
    let bytes = if let Some(bytes) = chunk(text, start) {
        bytes
    } else {
        end = padded(text, start);
        &end
    };
    let beyond = 1_u64.checked_shl(u32::try_from(length).unwrap_or(64));
    let inside = beyond.map_or(u64::MAX, |beyond| beyond - 1);
    (places(bytes, b':') & inside, !is_ascii(bytes))
}

/// The place of the fifth; 64 if there are fewer.
#[inline]
fn fifth(mut places: u64) -> usize {
    for _ in 0..4 {
        places &= places.wrapping_sub(1);
    }
    places.trailing_zeros() as usize
}
