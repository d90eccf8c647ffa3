//! Sets of lists, each distinct set kept once.

/// The number of a set. Equal sets have equal numbers.
pub(super) type SetId = u32;

/// The set of no list.
pub(super) const EMPTY: SetId = 0;

/// Sets of list indices that share what they have in common: path-compressed binary tries over the index, as in Okasaki
/// and Gill's "Fast mergeable integer maps", with 64 indices in a leaf.
///
/// A set with one index more than another needs new nodes only on the path to that index, and no node is kept twice, so
/// that memory grows with the blocks that were read and the logarithm of the number of lists, and not with their product.
#[derive(Clone, Debug)]
pub(super) struct ListSets {
    // INVARIANT: no two nodes are equal, children come before their parents, and node 0 is the empty set, which is no
    // node's child
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    /// The index divided by 64, without its lowest `level` bits.
    word: u32,
    /// 0 for a leaf; a branch decides on bit `level - 1` of the word.
    level: u32,
    /// The bits of a leaf, or the children of a branch: `one << 32 | zero`.
    content: u64,
}

/// Makes [`ListSets`]: the nodes, and the index that finds a node that exists.
#[derive(Debug)]
pub(super) struct ListSetsBuilder {
    nodes: Vec<Node>,
    // INVARIANT: open addressing with linear probing, at most half full; `EMPTY` marks a free slot
    slots: Vec<SetId>,
}

impl ListSetsBuilder {
    pub(super) fn new() -> Self {
        let empty = Node {
            word: 0,
            level: 0,
            content: 0,
        };
        Self {
            nodes: vec![empty],
            slots: vec![EMPTY; 64],
        }
    }

    /// The set of the lists of a group, which may repeat.
    pub(super) fn of(&mut self, lists: &mut Vec<u32>) -> SetId {
        lists.sort_unstable();
        lists.dedup();
        let mut sets: Vec<SetId> = lists
            .chunk_by(|one, other| one / 64 == other / 64)
            .map(|chunk| {
                let bits = chunk.iter().fold(0, |bits, list| bits | 1 << (list % 64));
                self.leaf(chunk[0] / 64, bits)
            })
            .collect();
        // pairwise, so that a group of g lists makes O(g) nodes and not O(g log g)
        while sets.len() > 1 {
            sets = sets
                .chunks(2)
                .map(|pair| {
                    pair.iter()
                        .fold(EMPTY, |set, &other| self.union(set, other))
                })
                .collect();
        }
        sets.first().copied().unwrap_or(EMPTY)
    }

    /// The set of one list.
    pub(super) fn single(&mut self, list: u32) -> SetId {
        self.leaf(list / 64, 1 << (list % 64))
    }

    /// The union of two sets. It recurses once for each bit of an index at most.
    pub(super) fn union(&mut self, one: SetId, other: SetId) -> SetId {
        if one == other || other == EMPTY {
            return one;
        }
        if one == EMPTY {
            return other;
        }
        let (mut high, mut low) = (one, other);
        if self.node(high).level < self.node(low).level {
            (high, low) = (low, high);
        }
        let (upper, lower) = (self.node(high), self.node(low));
        if !upper.covers(lower.word) {
            return self.join(high, low);
        }
        if upper.level == 0 {
            return self.leaf(upper.word, upper.content | lower.content);
        }
        let (mut zero, mut one) = upper.children();
        if upper.level == lower.level {
            let (other_zero, other_one) = lower.children();
            zero = self.union(zero, other_zero);
            one = self.union(one, other_one);
        } else if upper.side(lower.word) {
            one = self.union(one, low);
        } else {
            zero = self.union(zero, low);
        }
        self.branch(upper.word, upper.level, zero, one)
    }

    pub(super) fn finish(mut self) -> ListSets {
        self.nodes.shrink_to_fit();
        ListSets { nodes: self.nodes }
    }

    /// The number of sets so far; every set's number is below it.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The union of two sets of which no word is common to both prefixes.
    fn join(&mut self, one: SetId, other: SetId) -> SetId {
        let (first, second) = (self.node(one), self.node(other));
        let level = 32 - (first.word ^ second.word).leading_zeros();
        let word = first.word >> level << level;
        let (zero, one) = if first.word < second.word {
            (one, other)
        } else {
            (other, one)
        };
        self.branch(word, level, zero, one)
    }

    fn leaf(&mut self, word: u32, content: u64) -> SetId {
        self.intern(Node {
            word,
            level: 0,
            content,
        })
    }

    fn branch(&mut self, word: u32, level: u32, zero: SetId, one: SetId) -> SetId {
        self.intern(Node {
            word,
            level,
            content: u64::from(one) << 32 | u64::from(zero),
        })
    }

    fn intern(&mut self, node: Node) -> SetId {
        let mask = self.slots.len() - 1;
        let mut slot = node.hash() & mask;
        loop {
            let found = self.slots[slot];
            if found == EMPTY {
                break;
            }
            if self.node(found) == node {
                return found;
            }
            slot = (slot + 1) & mask;
        }
        let id = SetId::try_from(self.nodes.len()).expect("2^32 nodes are 64 GiB");
        self.nodes.push(node);
        self.slots[slot] = id;
        if self.nodes.len() * 2 > self.slots.len() {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots.clear();
        self.slots.resize(mask + 1, EMPTY);
        for (id, node) in (0..).zip(&self.nodes).skip(1) {
            let mut slot = node.hash() & mask;
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = id;
        }
    }

    fn node(&self, set: SetId) -> Node {
        self.nodes[set as usize]
    }
}

impl ListSets {
    /// Whether the list is in the set.
    pub(super) fn contains(&self, set: SetId, list: usize) -> bool {
        let Ok(list) = u32::try_from(list) else {
            return false;
        };
        let word = list / 64;
        let mut node = self.nodes[set as usize];
        while node.level > 0 {
            let (zero, one) = node.children();
            let child = if node.side(word) { one } else { zero };
            node = self.nodes[child as usize];
        }
        node.word == word && node.content >> (list % 64) & 1 == 1
    }

    /// The lists of the set, ascending.
    pub(super) fn lists(&self, set: SetId) -> impl Iterator<Item = usize> {
        let mut waiting = vec![set];
        let mut leaf = self.nodes[EMPTY as usize];
        std::iter::from_fn(move || {
            while leaf.content == 0 {
                let mut node = self.nodes[waiting.pop()? as usize];
                while node.level > 0 {
                    let (zero, one) = node.children();
                    waiting.push(one);
                    node = self.nodes[zero as usize];
                }
                leaf = node;
            }
            let bit = leaf.content.trailing_zeros();
            leaf.content &= leaf.content - 1;
            Some(leaf.word as usize * 64 + bit as usize)
        })
    }

    /// The number of nodes; a set is the number of one.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The children of a node, which have lower numbers; none of a leaf.
    pub(super) fn children(&self, node: usize) -> Option<[SetId; 2]> {
        let node = self.nodes[node];
        let (zero, one) = node.children();
        (node.level > 0).then_some([zero, one])
    }

    /// The indices in a leaf, divided by 64.
    pub(super) fn word(&self, leaf: usize) -> u32 {
        self.nodes[leaf].word
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.nodes.len() * size_of::<Node>()
    }
}

impl Node {
    fn covers(self, word: u32) -> bool {
        (self.word ^ word) >> self.level == 0
    }

    /// Whether the word belongs under the second child.
    fn side(self, word: u32) -> bool {
        word >> (self.level - 1) & 1 == 1
    }

    #[expect(clippy::cast_possible_truncation, reason = "two halves of 64 bits")]
    fn children(self) -> (SetId, SetId) {
        (self.content as u32, (self.content >> 32) as u32)
    }

    fn hash(self) -> usize {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let place = u64::from(self.word) << 32 | u64::from(self.level);
        let mixed = (place.wrapping_mul(ODD) ^ self.content).wrapping_mul(ODD);
        let mixed = (mixed ^ mixed >> 32).wrapping_mul(ODD);
        (mixed >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn unions_are_those_of_sets(groups in prop::collection::vec(prop::collection::vec(0_u32..100_000, 0..40), 1..8)) {
            let mut builder = ListSetsBuilder::new();
            let mut set = EMPTY;
            for group in &groups {
                let other = builder.of(&mut group.clone());
                set = builder.union(set, other);
            }
            let mut by_one = EMPTY;
            for &list in groups.iter().flatten() {
                let single = builder.single(list);
                by_one = builder.union(by_one, single);
            }
            prop_assert_eq!(set, by_one, "the same set twice");
            let expected: BTreeSet<usize> = groups.iter().flatten().map(|&list| list as usize).collect();
            let sets = builder.finish();
            prop_assert!(sets.lists(set).eq(expected.iter().copied()));
            for list in expected.iter().flat_map(|&list| [list.wrapping_sub(1), list, list + 1, list + 64]) {
                prop_assert_eq!(sets.contains(set, list), expected.contains(&list));
            }
        }
    }

    #[test]
    fn a_chain_of_sets_takes_a_path_each() {
        let mut builder = ListSetsBuilder::new();
        let mut set = EMPTY;
        for list in 0..100_000 {
            let single = builder.single(list);
            set = builder.union(set, single);
        }
        assert!(builder.len() < 100_000 * 13, "{} nodes", builder.len());
        assert_eq!(builder.finish().lists(set).count(), 100_000);
    }
}
