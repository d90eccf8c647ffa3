//! The trie of one family.

use super::super::word::Word;

/// No child; the root is nobody's child.
const NONE: u32 = 0;

/// A path-compressed binary trie in one vector: a node is a block, its children are the blocks of longer prefixes under
/// each of its halves.
#[derive(Clone, Debug)]
pub(super) struct FamilyTrie<W, V> {
    // INVARIANT: empty, or the first is the block of everything; a node without a value, other than the root, has two
    // children; a child lies in its half of the parent, so that a path is no longer than the address has bits
    nodes: Vec<Node<W, V>>,
    len: usize,
}

#[derive(Clone, Debug)]
struct Node<W, V> {
    first: W,
    prefix: u8,
    children: [u32; 2],
    value: Option<V>,
}

/// A block that has a value: its first address, its prefix length, the value.
pub(super) type Stored<'trie, W, V> = (W, u8, &'trie V);

impl<W: Word, V> FamilyTrie<W, V> {
    pub(super) const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            len: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn insert(&mut self, first: W, prefix: u8, value: V) -> Option<V> {
        let old = self.place(first, prefix).replace(value);
        self.len += usize::from(old.is_none());
        old
    }

    pub(super) fn get_or_insert_with(
        &mut self,
        first: W,
        prefix: u8,
        value: impl FnOnce() -> V,
    ) -> &mut V {
        let node = self.node(first, prefix);
        self.len += usize::from(self.nodes[node].value.is_none());
        self.nodes[node].value.get_or_insert_with(value)
    }

    pub(super) fn get(&self, first: W, prefix: u8) -> Option<&V> {
        let node = self.path(first, prefix).last()?;
        node.value.as_ref().filter(|_| node.prefix == prefix)
    }

    /// The stored blocks that contain the block, shortest prefix first.
    pub(super) fn covering(&self, first: W, prefix: u8) -> impl Iterator<Item = Stored<'_, W, V>> {
        self.path(first, prefix).filter_map(Node::stored)
    }

    /// The stored blocks that the block contains, in order of address, shorter prefixes first.
    pub(super) fn covered(&self, first: W, prefix: u8) -> impl Iterator<Item = Stored<'_, W, V>> {
        let inside =
            |node: &&Node<W, V>| node.prefix >= prefix && node.first.first(prefix) == first;
        let top = match self.path(first, prefix).last() {
            // the widest node inside is the last on the path or its child on the way
            Some(node) if node.prefix < prefix => self.child(node, first.bit(node.prefix)),
            node => node,
        };
        self.below(top.filter(inside)).filter_map(Node::stored)
    }

    /// The nodes whose block contains the block, shortest prefix first.
    fn path(&self, first: W, prefix: u8) -> impl Iterator<Item = &Node<W, V>> {
        let covers = move |node: &&Node<W, V>| {
            node.prefix <= prefix && node.first == first.first(node.prefix)
        };
        std::iter::successors(self.nodes.first(), move |node| {
            if node.prefix == prefix {
                return None;
            }
            self.child(node, first.bit(node.prefix)).filter(covers)
        })
    }

    /// The node and all below it, in order.
    fn below<'trie>(
        &'trie self,
        node: Option<&'trie Node<W, V>>,
    ) -> impl Iterator<Item = &'trie Node<W, V>> {
        let mut waiting: Vec<&Node<W, V>> = Vec::from_iter(node);
        std::iter::from_fn(move || {
            let node = waiting.pop()?;
            let children = [true, false].map(|side| self.child(node, side));
            waiting.extend(children.into_iter().flatten());
            Some(node)
        })
    }

    fn child(&self, node: &Node<W, V>, side: bool) -> Option<&Node<W, V>> {
        let child = node.children[usize::from(side)];
        (child != NONE).then(|| &self.nodes[child as usize])
    }

    fn place(&mut self, first: W, prefix: u8) -> &mut Option<V> {
        let node = self.node(first, prefix);
        &mut self.nodes[node].value
    }

    /// The node of the block, made if there is none.
    fn node(&mut self, first: W, prefix: u8) -> usize {
        if self.nodes.is_empty() {
            self.push(W::ZERO, 0, [NONE; 2]);
        }
        let mut parent = 0;
        // INVARIANT: the block of the parent contains the block
        while self.nodes[parent].prefix < prefix {
            let side = usize::from(first.bit(self.nodes[parent].prefix));
            let child = self.nodes[parent].children[side];
            if child == NONE {
                return self.link(parent, side, first, prefix, [NONE; 2]);
            }
            let Node {
                first: other,
                prefix: depth,
                ..
            } = self.nodes[child as usize];
            let common = first.common(other).min(depth).min(prefix);
            if common < depth {
                // the child comes under a new node: the block itself, or where the two part
                let mut children = [NONE; 2];
                children[usize::from(other.bit(common))] = child;
                parent = self.link(parent, side, first.first(common), common, children);
            } else {
                parent = child as usize;
            }
        }
        parent
    }

    /// Makes a node and hangs it under a parent.
    fn link(
        &mut self,
        parent: usize,
        side: usize,
        first: W,
        prefix: u8,
        children: [u32; 2],
    ) -> usize {
        let node = self.push(first, prefix, children);
        self.nodes[parent].children[side] = node;
        node as usize
    }

    fn push(&mut self, first: W, prefix: u8, children: [u32; 2]) -> u32 {
        let node = u32::try_from(self.nodes.len()).expect("2^32 nodes are over 64 GiB");
        self.nodes.push(Node {
            first,
            prefix,
            children,
            value: None,
        });
        node
    }
}

impl<W: Word, V> Node<W, V> {
    fn stored(&self) -> Option<Stored<'_, W, V>> {
        Some((self.first, self.prefix, self.value.as_ref()?))
    }
}
