//! From a list back to the classes that it holds.

use super::list_sets::{EMPTY, ListSets, SetId};

/// The sets of classes, read from the leaves up: a list finds its classes without a look at those of other lists.
#[derive(Clone, Debug)]
pub(super) struct Inverse {
    // INVARIANT: sorted; the nodes without children that a class needs, by the indices they hold
    leaves: Vec<(u32, SetId)>,
    // INVARIANT: one more than there are nodes; the parents of node n are those from first[n] to first[n + 1]
    first: Vec<usize>,
    parents: Vec<SetId>,
    /// The class of a node that is all the set of one, or `NONE`.
    classes: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Inverse {
    /// The inverse of the sets of all classes, in order of class.
    pub(super) fn new(sets: &ListSets, of_classes: &[SetId]) -> Self {
        let mut classes = vec![NONE; sets.len()];
        for (class, &set) in (0..).zip(of_classes) {
            classes[set as usize] = class;
        }
        // children come before their parents, so one pass from the end on finds all that some class needs
        let mut needed: Vec<bool> = classes.iter().map(|&class| class != NONE).collect();
        let mut first = vec![0; sets.len() + 1];
        for node in (0..sets.len()).rev().filter(|&node| node != EMPTY as usize) {
            if needed[node] {
                for child in sets.children(node).into_iter().flatten() {
                    needed[child as usize] = true;
                    first[child as usize + 1] += 1;
                }
            }
        }
        for node in 0..sets.len() {
            first[node + 1] += first[node];
        }
        let mut free = first.clone();
        let mut parents = vec![EMPTY; first[sets.len()]];
        let mut leaves = Vec::new();
        for (node, id) in (0..sets.len()).zip(0..) {
            match sets.children(node) {
                _ if !needed[node] => {}
                Some(children) => {
                    for child in children {
                        parents[free[child as usize]] = id;
                        free[child as usize] += 1;
                    }
                }
                None => leaves.push((sets.word(node), id)),
            }
        }
        leaves.sort_unstable();
        Self {
            leaves,
            first,
            parents,
            classes,
        }
    }

    /// The classes whose sets hold the list, ascending.
    pub(super) fn classes_in(&self, sets: &ListSets, list: usize) -> Vec<u32> {
        let Ok(word) = u32::try_from(list / 64) else {
            return Vec::new();
        };
        let start = self.leaves.partition_point(|&(other, _)| other < word);
        let leaves = self.leaves[start..]
            .iter()
            .take_while(|&&(other, _)| other == word);
        let holds = |&set: &SetId| sets.contains(set, list);
        // a branch has one child in which the list can be, so that no node is met twice
        let mut waiting: Vec<SetId> = leaves.map(|&(_, leaf)| leaf).filter(holds).collect();
        let mut classes = Vec::new();
        while let Some(node) = waiting.pop() {
            let node = node as usize;
            classes.extend(Some(self.classes[node]).filter(|&class| class != NONE));
            waiting.extend(&self.parents[self.first[node]..self.first[node + 1]]);
        }
        classes.sort_unstable();
        classes
    }
}
