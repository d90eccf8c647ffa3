//! Segments, laid out to be searched.

use super::segments::Segments;
use super::word::Word;

/// Disjoint segments that cover one family, with a class each.
#[derive(Clone, Debug)]
pub(super) struct Table<W> {
    segments: Segments<W>,
}

impl<W: Word> Table<W> {
    pub(super) fn new(segments: Segments<W>) -> Self {
        Self { segments }
    }

    /// The class of the segment that holds the address.
    pub(super) fn find(&self, address: W) -> u32 {
        let after = self
            .segments
            .starts
            .partition_point(|&start| start <= address);
        self.segments.values[after - 1]
    }

    /// The first address and the class of every segment, in order.
    pub(super) fn segments(&self) -> impl Iterator<Item = (W, u32)> {
        let starts = self.segments.starts.iter().copied();
        starts.zip(self.segments.values.iter().copied())
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.segments.starts.len() * (size_of::<W>() + size_of::<u32>())
    }
}
