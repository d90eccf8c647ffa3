//! Blocks to values, asked by what contains what.

mod family;

use std::net::IpAddr;

use ipnet::IpNet;

use self::family::{FamilyTrie, Stored};
use super::word::Word;
use super::{Address, Cidr};

/// A map from blocks to values that knows which block contains which: a path-compressed binary trie for each family.
///
/// It answers with the blocks themselves, which explanations need; where only the lists matter, a
/// [`Partition`](super::Partition) is several times faster.
///
/// # Example
/// ```
/// use ipcond::net::{Cidr, PrefixTrie, parse_address};
/// let block = |text: &str| text.parse::<Cidr>().expect("a block");
/// let trie = PrefixTrie::from_iter([(block("0.0.0.0/0"), "all"), (block("203.0.113.0/24"), "office")]);
/// let (office, name) = trie.longest_match(parse_address("203.0.113.7").expect("an address").0).expect("it is in a block");
/// assert_eq!((office, *name), (block("203.0.113.0/24"), "office"));
/// assert!(trie.longest_match(parse_address("2001:db8::1").expect("an address").0).is_none()); // not in 0.0.0.0/0 (IP-7)
/// ```
#[derive(Clone, Debug)]
pub struct PrefixTrie<V> {
    v4: FamilyTrie<u32, V>,
    v6: FamilyTrie<u128, V>,
}

impl<V> PrefixTrie<V> {
    /// A trie without blocks.
    pub const fn new() -> Self {
        Self {
            v4: FamilyTrie::new(),
            v6: FamilyTrie::new(),
        }
    }

    /// Stores a value for the block, and returns the one that it replaces.
    ///
    /// # Example
    /// ```
    /// use ipcond::net::{Cidr, PrefixTrie};
    /// let mut trie = PrefixTrie::new();
    /// assert_eq!(trie.insert("10.0.0.0/8".parse::<Cidr>()?, 1), None);
    /// assert_eq!(trie.insert("10.1.0.0/8".parse()?, 2), Some(1)); // the same block: host bits do not count (IP-3)
    /// # Ok::<(), ipcond::net::CidrError>(())
    /// ```
    pub fn insert(&mut self, block: Cidr, value: V) -> Option<V> {
        match block.net() {
            IpNet::V4(net) => self
                .v4
                .insert(net.addr().to_bits(), net.prefix_len(), value),
            IpNet::V6(net) => self
                .v6
                .insert(net.addr().to_bits(), net.prefix_len(), value),
        }
    }

    /// The value of the block, stored first if there is none.
    ///
    /// # Example
    /// ```
    /// use ipcond::net::{Cidr, PrefixTrie};
    /// let mut lists: PrefixTrie<Vec<usize>> = PrefixTrie::new();
    /// let block: Cidr = "10.0.0.0/8".parse()?;
    /// for list in [3, 7] {
    ///     lists.get_or_insert_with(block, Vec::new).push(list);
    /// }
    /// assert_eq!(lists.get(block), Some(&vec![3, 7]));
    /// # Ok::<(), ipcond::net::CidrError>(())
    /// ```
    pub fn get_or_insert_with(&mut self, block: Cidr, value: impl FnOnce() -> V) -> &mut V {
        match block.net() {
            IpNet::V4(net) => {
                let first = net.addr().to_bits();
                self.v4.get_or_insert_with(first, net.prefix_len(), value)
            }
            IpNet::V6(net) => {
                let first = net.addr().to_bits();
                self.v6.get_or_insert_with(first, net.prefix_len(), value)
            }
        }
    }

    /// The value of exactly this block.
    pub fn get(&self, block: Cidr) -> Option<&V> {
        match block.net() {
            IpNet::V4(net) => self.v4.get(net.addr().to_bits(), net.prefix_len()),
            IpNet::V6(net) => self.v6.get(net.addr().to_bits(), net.prefix_len()),
        }
    }

    /// The smallest stored block that contains the address, and its value.
    pub fn longest_match(&self, address: Address) -> Option<(Cidr, &V)> {
        match address.ip() {
            IpAddr::V4(ip) => self.v4.covering(ip.to_bits(), 32).last().and_then(cidr),
            IpAddr::V6(ip) => self.v6.covering(ip.to_bits(), 128).last().and_then(cidr),
        }
    }

    /// The stored blocks that contain the block, itself included, the widest first.
    ///
    /// # Example
    /// ```
    /// use ipcond::net::{Cidr, PrefixTrie};
    /// let block = |text: &str| text.parse::<Cidr>().expect("a block");
    /// let blocks = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16"].map(block);
    /// let trie = PrefixTrie::from_iter(blocks.map(|block| (block, ())));
    /// let around = trie.covering(block("10.1.0.0/20")).map(|(block, ())| block);
    /// assert!(around.eq([block("10.0.0.0/8"), block("10.1.0.0/16")]));
    /// ```
    pub fn covering(&self, block: Cidr) -> impl Iterator<Item = (Cidr, &V)> {
        let v4 = v4(block)
            .into_iter()
            .flat_map(|(first, prefix)| self.v4.covering(first, prefix));
        let v6 = v6(block)
            .into_iter()
            .flat_map(|(first, prefix)| self.v6.covering(first, prefix));
        v4.filter_map(cidr).chain(v6.filter_map(cidr))
    }

    /// The stored blocks that the block contains, itself included, in order of address, the widest first.
    ///
    /// # Example
    /// ```
    /// use ipcond::net::{Cidr, PrefixTrie};
    /// let block = |text: &str| text.parse::<Cidr>().expect("a block");
    /// let blocks = ["10.1.2.0/24", "10.2.0.0/16", "10.1.0.0/16"].map(block);
    /// let trie = PrefixTrie::from_iter(blocks.map(|block| (block, ())));
    /// let inside = trie.covered(block("10.0.0.0/15")).map(|(block, ())| block);
    /// assert!(inside.eq([block("10.1.0.0/16"), block("10.1.2.0/24")]));
    /// ```
    pub fn covered(&self, block: Cidr) -> impl Iterator<Item = (Cidr, &V)> {
        let v4 = v4(block)
            .into_iter()
            .flat_map(|(first, prefix)| self.v4.covered(first, prefix));
        let v6 = v6(block)
            .into_iter()
            .flat_map(|(first, prefix)| self.v6.covered(first, prefix));
        v4.filter_map(cidr).chain(v6.filter_map(cidr))
    }

    /// All blocks and their values: IPv4, then IPv6, in order of address, the widest first.
    pub fn iter(&self) -> impl Iterator<Item = (Cidr, &V)> {
        let v4 = self.v4.covered(0, 0).filter_map(cidr);
        v4.chain(self.v6.covered(0, 0).filter_map(cidr))
    }

    /// The number of blocks.
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Whether there is no block.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The first address and the prefix length of an IPv4 block.
fn v4(block: Cidr) -> Option<(u32, u8)> {
    match block.net() {
        IpNet::V4(net) => Some((net.addr().to_bits(), net.prefix_len())),
        IpNet::V6(_) => None,
    }
}

/// The first address and the prefix length of an IPv6 block.
fn v6(block: Cidr) -> Option<(u128, u8)> {
    match block.net() {
        IpNet::V4(_) => None,
        IpNet::V6(net) => Some((net.addr().to_bits(), net.prefix_len())),
    }
}

fn cidr<W: Word, V>((first, prefix, value): Stored<'_, W, V>) -> Option<(Cidr, &V)> {
    Some((Cidr::new(first.ip(), prefix)?, value))
}

impl<V> Default for PrefixTrie<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> Extend<(Cidr, V)> for PrefixTrie<V> {
    fn extend<I: IntoIterator<Item = (Cidr, V)>>(&mut self, blocks: I) {
        for (block, value) in blocks {
            self.insert(block, value);
        }
    }
}

impl<V> FromIterator<(Cidr, V)> for PrefixTrie<V> {
    fn from_iter<I: IntoIterator<Item = (Cidr, V)>>(blocks: I) -> Self {
        let mut trie = Self::new();
        trie.extend(blocks);
        trie
    }
}
