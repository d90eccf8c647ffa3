//! Lists of blocks of one family, flattened to disjoint segments.

use ipnet::IpNet;

use super::Cidr;
use super::list_sets::{EMPTY, ListSetsBuilder, SetId};
use super::word::Word;

/// A block of one list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<W> {
    pub(super) first: W,
    pub(super) prefix: u8,
    pub(super) list: u32,
}

/// The blocks of all lists, by family.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) v4: Vec<Entry<u32>>,
    pub(super) v6: Vec<Entry<u128>>,
}

impl Entries {
    pub(super) fn push(&mut self, block: Cidr, list: u32) {
        match block.net() {
            IpNet::V4(net) => self.v4.push(Entry {
                first: net.addr().to_bits(),
                prefix: net.prefix_len(),
                list,
            }),
            IpNet::V6(net) => self.v6.push(Entry {
                first: net.addr().to_bits(),
                prefix: net.prefix_len(),
                list,
            }),
        }
    }
}

/// Segments of the whole address space, in order, with a number for each.
#[derive(Clone, Debug)]
pub(super) struct Segments<W> {
    // INVARIANT: as long as `values`; the first is zero; ascending
    pub(super) starts: Vec<W>,
    // INVARIANT: neighbours differ
    pub(super) values: Vec<u32>,
}

impl<W: Word> Segments<W> {
    /// The segments of the entries, with the set of lists of each.
    pub(super) fn new(mut entries: Vec<Entry<W>>, sets: &mut ListSetsBuilder) -> Self {
        entries.sort_unstable_by_key(|entry| (entry.first, entry.prefix));
        let mut segments = Self {
            starts: Vec::with_capacity(entries.len() * 2 + 1),
            values: Vec::with_capacity(entries.len() * 2 + 1),
        };
        segments.push(W::ZERO, EMPTY);
        // INVARIANT: the blocks that are open, each inside the one before and ending earlier, so that there are no more
        // than there are prefix lengths
        let mut open: Vec<(W, SetId)> = Vec::new();
        let mut lists = Vec::new();
        for group in
            entries.chunk_by(|one, other| (one.first, one.prefix) == (other.first, other.prefix))
        {
            let Entry { first, prefix, .. } = group[0];
            segments.close(&mut open, |last| last < first);
            let around = open.last().map_or(EMPTY, |&(_, set)| set);
            let own = if let [entry] = group {
                sets.single(entry.list)
            } else {
                lists.clear();
                lists.extend(group.iter().map(|entry| entry.list));
                sets.of(&mut lists)
            };
            let set = sets.union(around, own);
            let last = first.last(prefix);
            if open.last().is_some_and(|&(outer, _)| outer == last) {
                open.pop();
            }
            open.push((last, set));
            segments.push(first, set);
        }
        segments.close(&mut open, |_| true);
        segments
    }

    /// Closes the innermost blocks as long as their last address is one to close.
    fn close(&mut self, open: &mut Vec<(W, SetId)>, closes: impl Fn(W) -> bool) {
        while let Some(&(last, _)) = open.last()
            && closes(last)
        {
            open.pop();
            if let Some(start) = last.next() {
                self.push(start, open.last().map_or(EMPTY, |&(_, set)| set));
            }
        }
    }

    /// Goes on with another value from `start` on.
    pub(super) fn push(&mut self, start: W, value: u32) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.values.pop();
        }
        if self.values.last() != Some(&value) {
            self.starts.push(start);
            self.values.push(value);
        }
    }
}
