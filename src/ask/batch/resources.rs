//! The resource cells of rows: what stands before the fifth colon is looked up, the rest is looked at.

use super::cells::{Cells, Words};
use super::keys::{Numbers, account_words, sort};
use super::lane::Lane;
use super::row::{Rows, text};
use crate::eval::{Bits, Head, ResourceSort, Sieve};
use crate::policy::ArnParts;
use crate::policy::bytes::{chunk, gathered, padded, places};

/// What is remembered of resources.
#[derive(Debug)]
pub(super) struct Resources<const N: usize> {
    /// The numbers of heads, from 1, by their texts.
    numbers: Cells<u32>,
    heads: Vec<Known<N>>,
    owners: Numbers<((u64, u32), Vec<u8>)>,
}

#[derive(Debug)]
struct Known<const N: usize> {
    head: Head<N>,
    length: usize,
    owner: u32,
    /// `None` if it is told by the last part.
    sort: Option<ResourceSort>,
}

impl<const N: usize> Resources<N> {
    pub(super) fn new() -> Self {
        Self {
            numbers: Cells::new(),
            heads: Vec::new(),
            owners: Numbers::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// Looks at a column of resources.
    pub(super) fn column(
        &mut self,
        rows: &Rows<'_>,
        column: usize,
        sieve: &Sieve<N>,
        lanes: &mut [Lane<N>],
    ) {
        for (lane, field) in lanes.iter_mut().zip(rows.column(column)) {
            let (start, length) = (field.start as usize, field.length());
            let (colons, beyond) = colons(rows.text, start, length);
            let head = fifth(colons) + 1;
            if head >= length.min(64) {
                lane.resource_without_head(rows.cell(*field));
                continue;
            }
            let cell = || rows.cell(*field);
            if beyond || length > 64 {
                lane.slow |= text(cell(), "").is_err();
            }
            let number = if head <= 48 {
                let words = Words::<6>::at(rows.text, start, head);
                self.numbers.get(&words, || {
                    learn(&mut self.heads, &mut self.owners, sieve, cell())
                })
            } else {
                let words = Words::<8>::at(rows.text, start, head);
                self.numbers.get(&words, || {
                    learn(&mut self.heads, &mut self.owners, sieve, cell())
                })
            };
            let known = number.and_then(|number| self.heads.get(number as usize - 1));
            let (Some(number), Some(known)) = (number, known) else {
                lane.slow = true;
                continue;
            };
            (lane.head, lane.owner, lane.colons) = (number, known.owner, colons);
            lane.sort = match known.sort {
                Some(sort) => sort,
                None => ArnParts::at(cell(), colons).map_or(ResourceSort::Other, |arn| sort(&arn)),
            };
        }
    }

    /// Of some statements, those about the resource of a row, which is in this cell.
    #[inline]
    pub(super) fn narrow(&self, lane: &Lane<N>, cell: &[u8], statements: &Bits<N>) -> Bits<N> {
        match self.heads.get((lane.head as usize).wrapping_sub(1)) {
            None => *statements,
            Some(known) => {
                let last = cell.get(known.length..).unwrap_or_default();
                let whole = || ArnParts::at(cell, lane.colons);
                known.head.narrow(statements, last, whole)
            }
        }
    }
}

impl<const N: usize> Lane<N> {
    /// A resource that is not there, or every one; anything else is left to the evaluator.
    #[cold]
    fn resource_without_head(&mut self, cell: &[u8]) {
        match cell {
            b"" => {}
            b"*" => self.sort = ResourceSort::All,
            _ => self.slow = true,
        }
    }
}

/// The places of the colons among the first 64 bytes of a cell, and whether there is something beyond ASCII.
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
    let high = gathered(bytes, |bytes| bytes);
    (places(bytes, b':') & inside, high & inside != 0)
}

/// The place of the fifth; 64 if there are fewer.
#[inline]
fn fifth(mut places: u64) -> usize {
    for _ in 0..4 {
        places &= places.wrapping_sub(1);
    }
    places.trailing_zeros() as usize
}

#[cold]
fn learn<const N: usize>(
    heads: &mut Vec<Known<N>>,
    owners: &mut Numbers<((u64, u32), Vec<u8>)>,
    sieve: &Sieve<N>,
    cell: &[u8],
) -> Option<u32> {
    let arn = ArnParts::split(cell)?;
    text(arn.head(), "").ok()?;
    let region = if sieve.tests_region() {
        arn.region()
    } else {
        b""
    };
    let by_last = matches!(arn.service(), b"iam" | b"kms");
    heads.push(Known {
        head: sieve.head(&arn),
        length: arn.head().len(),
        owner: owners.of((account_words(arn.account()), region.to_vec())),
        sort: (!by_last).then_some(ResourceSort::Other),
    });
    u32::try_from(heads.len()).ok()
}
