//! Look-up by address against the slow version: every block asked whether it contains the address.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipcond::net::{Address, Cidr, Class, FrozenSet, Partition, PrefixTrie};
use proptest::prelude::*;

/// The lists that contain the address.
fn naive(lists: &[Vec<Cidr>], ip: IpAddr) -> Vec<usize> {
    let inside = |list: &Vec<Cidr>| list.iter().any(|block| block.net().contains(&ip));
    (0..lists.len())
        .filter(|&list| inside(&lists[list]))
        .collect()
}

fn class_of(partition: &Partition, ip: IpAddr) -> Class {
    match ip {
        IpAddr::V4(ip) => partition.class_of_v4(ip.to_bits()),
        IpAddr::V6(ip) => partition.class_of_v6(ip.to_bits()),
    }
}

/// The first and the last address of every block, and their neighbours; both ends of the address space.
fn edges(lists: &[Vec<Cidr>]) -> BTreeSet<IpAddr> {
    let mut edges = BTreeSet::new();
    let ends = ["0.0.0.0/0", "::/0"].map(|text| text.parse::<Cidr>().expect("a block"));
    for block in lists.iter().flatten().chain(&ends) {
        for ip in [block.net().network(), block.net().broadcast()] {
            match ip {
                IpAddr::V4(ip) => edges.extend(
                    [-1, 0, 1]
                        .map(|step| IpAddr::V4(ip.to_bits().wrapping_add_signed(step).into())),
                ),
                IpAddr::V6(ip) => edges.extend(
                    [-1, 0, 1]
                        .map(|step| IpAddr::V6(ip.to_bits().wrapping_add_signed(step).into())),
                ),
            }
        }
    }
    edges
}

/// Everything that must hold between lists and their partition.
fn check(lists: &[Vec<Cidr>]) {
    let partition = Partition::new(lists.iter().map(|list| list.iter().copied()));
    let segments: Vec<_> = partition.segments().collect();
    let mut known: BTreeMap<Vec<usize>, Class> = BTreeMap::new();
    let mut seen = 0;
    for (index, &(first, last, class)) in segments.iter().enumerate() {
        assert!(first <= last);
        match index.checked_sub(1).map(|before| segments[before]) {
            Some((_, end, other)) if end.is_ipv4() == first.is_ipv4() => {
                assert_eq!(next(end), Some(first), "a gap or an overlap");
                assert_ne!(other, class, "neighbours at {first}");
            }
            before => {
                assert!(before.is_none_or(|(_, end, _)| next(end).is_none()));
                assert!(match first {
                    IpAddr::V4(ip) => ip.to_bits() == 0,
                    IpAddr::V6(ip) => ip.to_bits() == 0,
                });
            }
        }
        if class.index() >= seen {
            assert_eq!(class.index(), seen, "numbered by first appearance");
            seen += 1;
        }
        for ip in [first, last] {
            let expected = naive(lists, ip);
            assert_eq!(class_of(&partition, ip), class, "{ip}");
            assert!(
                partition.lists_of(class).eq(expected.iter().copied()),
                "{ip}"
            );
            assert_eq!(
                *known.entry(expected).or_insert(class),
                class,
                "one set, two classes"
            );
        }
    }
    assert!(
        segments
            .last()
            .is_some_and(|&(_, end, _)| next(end).is_none())
    );
    assert_eq!(partition.class_count(), seen);
    assert_eq!(known.len(), seen);

    let edges = edges(lists);
    for &ip in &edges {
        let class = class_of(&partition, ip);
        assert!(partition.lists_of(class).eq(naive(lists, ip)), "{ip}");
        let address = Address::new(ip);
        if address.ip() == ip {
            assert_eq!(partition.class_of(address), class);
        }
    }
    check_batches(&partition, &edges);
    check_inverse(lists, &partition);
    check_set(lists, &edges);
}

fn next(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().checked_add(1).map(|ip| IpAddr::V4(ip.into())),
        IpAddr::V6(ip) => ip.to_bits().checked_add(1).map(|ip| IpAddr::V6(ip.into())),
    }
}

/// Addresses by family, as integers.
fn split(addresses: &BTreeSet<IpAddr>) -> (Vec<u32>, Vec<u128>) {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for ip in addresses {
        match ip {
            IpAddr::V4(ip) => v4.push(ip.to_bits()),
            IpAddr::V6(ip) => v6.push(ip.to_bits()),
        }
    }
    (v4, v6)
}

fn check_batches(partition: &Partition, edges: &BTreeSet<IpAddr>) {
    let (v4, v6) = split(edges);
    let mut classes = vec![Class::default(); v4.len()];
    partition.classes_of_v4(&v4, &mut classes);
    let expected: Vec<Class> = v4.iter().map(|&ip| partition.class_of_v4(ip)).collect();
    assert_eq!(classes, expected);
    classes.resize(v6.len(), Class::default());
    partition.classes_of_v6(&v6, &mut classes);
    let expected: Vec<Class> = v6.iter().map(|&ip| partition.class_of_v6(ip)).collect();
    assert_eq!(classes, expected);
}

fn check_inverse(lists: &[Vec<Cidr>], partition: &Partition) {
    let classes = || (0..).map(Class::new).take(partition.class_count());
    for list in 0..lists.len() {
        let expected: Vec<Class> = classes()
            .filter(|&class| partition.is_in(class, list))
            .collect();
        let in_list: Vec<Class> = partition.classes_in(list).collect();
        assert_eq!(in_list, expected, "list {list}");
        assert!(
            expected
                .iter()
                .all(|&class| partition.lists_of(class).any(|other| other == list))
        );
    }
    assert!(!partition.is_in(Class::new(0), lists.len()));
    assert_eq!(partition.classes_in(lists.len()).count(), 0);
    let mut all: Vec<Cidr> = Vec::new();
    for class in classes() {
        let blocks = partition.blocks_of(class);
        assert!(blocks.is_sorted());
        for block in &blocks {
            assert_eq!(class_of(partition, block.net().network()), class);
        }
        all.extend(blocks);
    }
    // the classes cover everything once
    let whole = Partition::new(all.iter().map(|&block| [block]));
    assert!(
        whole
            .segments()
            .all(|(.., class)| whole.lists_of(class).count() == 1)
    );
}

fn check_set(lists: &[Vec<Cidr>], edges: &BTreeSet<IpAddr>) {
    let set: FrozenSet = lists.iter().flatten().copied().collect();
    let (v4, v6) = split(edges);
    let mut inside = vec![false; v4.len()];
    set.contain_v4(&v4, &mut inside);
    assert!(
        v4.iter()
            .map(|&ip| set.contains_v4(ip))
            .eq(inside.iter().copied())
    );
    inside.resize(v6.len(), false);
    set.contain_v6(&v6, &mut inside);
    assert!(
        v6.iter()
            .map(|&ip| set.contains_v6(ip))
            .eq(inside.iter().copied())
    );
    for &ip in edges {
        let expected = !naive(lists, ip).is_empty();
        let found = match ip {
            IpAddr::V4(ip) => set.contains_v4(ip.to_bits()),
            IpAddr::V6(ip) => set.contains_v6(ip.to_bits()),
        };
        assert_eq!(found, expected, "{ip}");
        let address = Address::new(ip);
        if address.ip() == ip {
            assert_eq!(set.contains(address), expected, "{ip}");
        }
    }
}

/// Blocks that meet often: addresses with few bits set, of every prefix length, at both ends and in the middle.
fn block() -> impl Strategy<Value = Cidr> {
    let v4 =
        (0_u32..8, 0_u32..32, 0_u8..=32, any::<bool>()).prop_map(|(low, shift, prefix, end)| {
            let bits = low.rotate_left(shift);
            (IpAddr::V4(if end { !bits } else { bits }.into()), prefix)
        });
    let v6 =
        (0_u128..8, 0_u32..128, 0_u8..=128, any::<bool>()).prop_map(|(low, shift, prefix, end)| {
            let bits = low.rotate_left(shift);
            (IpAddr::V6(if end { !bits } else { bits }.into()), prefix)
        });
    prop_oneof![v4, v6].prop_filter_map("prefix", |(ip, prefix)| Cidr::new(ip, prefix))
}

/// Blocks close together: many segments in one cell of a directory.
fn dense() -> impl Strategy<Value = Cidr> {
    let v4 = (0_u32..4096, 20_u8..=32)
        .prop_map(|(low, prefix)| (IpAddr::V4((0x0a01_0000 | low).into()), prefix));
    let v6 = (0_u128..4096, 116_u8..=128)
        .prop_map(|(low, prefix)| (IpAddr::V6((0x2001_0db8 << 96 | low).into()), prefix));
    let wide = (0_u128..4096, 48_u8..=64)
        .prop_map(|(low, prefix)| (IpAddr::V6((0x2001_0db8 << 96 | low << 64).into()), prefix));
    prop_oneof![v4, v6, wide].prop_filter_map("prefix", |(ip, prefix)| Cidr::new(ip, prefix))
}

fn expect(map: &BTreeMap<Cidr, usize>, keep: impl Fn(Cidr) -> bool) -> Vec<(Cidr, usize)> {
    let kept = map.iter().filter(|&(&block, _)| keep(block));
    kept.map(|(&block, &value)| (block, value)).collect()
}

/// Everything that must hold of a trie, against the blocks in a sorted map.
fn check_trie(blocks: &[Cidr], others: &[Cidr]) {
    let mut map = BTreeMap::new();
    let mut trie = PrefixTrie::new();
    for (value, &block) in blocks.iter().enumerate() {
        assert_eq!(
            trie.insert(block, value),
            map.insert(block, value),
            "{block}"
        );
    }
    // `Cidr` sorts by family, then address, then prefix length
    let owned = |(block, &value): (Cidr, &usize)| (block, value);
    assert!(trie.iter().map(owned).eq(expect(&map, |_| true)));
    assert_eq!((trie.len(), trie.is_empty()), (map.len(), map.is_empty()));
    for &other in blocks.iter().chain(others) {
        assert_eq!(trie.get(other), map.get(&other), "{other}");
        let covering = expect(&map, |block| block.net().contains(&other.net()));
        assert!(
            trie.covering(other).map(owned).eq(covering),
            "around {other}"
        );
        let covered = expect(&map, |block| other.net().contains(&block.net()));
        assert!(trie.covered(other).map(owned).eq(covered), "inside {other}");
        for ip in [other.net().network(), other.net().broadcast()] {
            let address = Address::new(ip);
            let longest = expect(&map, |block| block.contains(address)).pop();
            assert_eq!(trie.longest_match(address).map(owned), longest, "{address}");
        }
        let (known, before) = (map.get(&other).copied(), trie.len());
        assert_eq!(
            *trie.get_or_insert_with(other, || 7_000),
            known.unwrap_or(7_000)
        );
        assert_eq!(trie.len(), before + usize::from(known.is_none()));
        map.entry(other).or_insert(7_000);
    }
}

proptest! {
    #[test]
    fn trie(blocks in prop::collection::vec(block(), 0..40), others in prop::collection::vec(block(), 0..10)) {
        check_trie(&blocks, &others);
    }

    #[test]
    fn dense_trie(blocks in prop::collection::vec(dense(), 0..120), others in prop::collection::vec(dense(), 0..10)) {
        check_trie(&blocks, &others);
    }

    #[test]
    fn few_lists(lists in prop::collection::vec(prop::collection::vec(block(), 0..6), 0..5)) {
        check(&lists);
    }

    #[test]
    fn more_lists_than_a_word_has_bits(lists in prop::collection::vec(prop::collection::vec(block(), 0..2), 60..140)) {
        check(&lists);
    }

    #[test]
    fn dense_lists(lists in prop::collection::vec(prop::collection::vec(dense(), 0..120), 1..4)) {
        check(&lists);
    }
}

fn v4(bits: u32, prefix: u8) -> Cidr {
    Cidr::new(IpAddr::V4(bits.into()), prefix).expect("a prefix length of IPv4")
}

fn v6(bits: u128, prefix: u8) -> Cidr {
    Cidr::new(IpAddr::V6(bits.into()), prefix).expect("a prefix length of IPv6")
}

/// Asserts that a partition takes no more memory than `most` bytes for each block, and answers right at every
/// `step`-th edge of its segments.
fn check_large(lists: &[Vec<Cidr>], most: usize, step: usize) -> Partition {
    let partition = Partition::new(lists.iter().map(|list| list.iter().copied()));
    let blocks: usize = lists.iter().map(Vec::len).sum();
    assert!(
        partition.bytes() <= most * blocks + 10_000,
        "{} bytes for {blocks}",
        partition.bytes()
    );
    let segments: Vec<_> = partition.segments().collect();
    assert!(segments.len() <= 2 * blocks + 2);
    for &(first, last, class) in segments.iter().step_by(step) {
        for ip in [first, last] {
            assert_eq!(class_of(&partition, ip), class);
            assert!(partition.lists_of(class).eq(naive(lists, ip)), "{ip}");
        }
    }
    partition
}

#[test]
fn every_address_of_a_network_on_alternating_lists() {
    let list = |rest| {
        (0..1 << 16)
            .filter(|bits| bits % 2 == rest)
            .map(|bits| v4(0x0a00_0000 | bits, 32))
            .collect()
    };
    let partition = check_large(&[list(0), list(1)], 24, 4_097);
    assert_eq!(partition.class_count(), 3);
    assert_eq!(partition.segments().count(), (1 << 16) + 3);
    let list = |rest| {
        (0..1 << 16)
            .filter(|bits| bits % 2 == rest)
            .map(|bits| v6(1 << 125 | bits, 128))
            .collect()
    };
    let partition = check_large(&[list(0), list(1)], 24, 4_097);
    assert_eq!(partition.segments().count(), (1 << 16) + 3);
}

#[test]
fn dense_in_one_cell_and_nothing_elsewhere() {
    // one block far away makes the cells wide, so that one of them has everything
    let mut blocks: Vec<Cidr> = (0..50_000)
        .map(|bits| v4(0x0a00_0000 | bits << 1, 32))
        .collect();
    blocks.push(v4(0xf000_0000, 32));
    check_large(&[blocks], 40, 5_003);
    let mut blocks: Vec<Cidr> = (0..50_000)
        .map(|bits| v6(0x2001 << 112 | bits << 65, 64))
        .collect();
    blocks.push(v6(0x3fff << 112, 128));
    check_large(&[blocks], 40, 5_003);
}

#[test]
fn all_prefix_lengths_nested() {
    for bits in [0, u32::MAX, 0x5555_5555] {
        check(
            &(0..=32)
                .map(|prefix| vec![v4(bits, prefix)])
                .collect::<Vec<_>>(),
        );
    }
    for bits in [0, u128::MAX, u128::MAX / 3] {
        check(
            &(0..=128)
                .map(|prefix| vec![v6(bits, prefix)])
                .collect::<Vec<_>>(),
        );
    }
}

#[test]
fn a_million_times_the_same_block() {
    let block = v4(0x0a00_0000, 8);
    let partition = Partition::new([vec![block; 1_000_000]]);
    assert_eq!(
        (partition.class_count(), partition.segments().count()),
        (2, 4)
    );
    assert!(partition.bytes() < 10_000);
    // and on a list each
    let partition = Partition::new((0..1_000_000).map(|_| [block]));
    assert_eq!(partition.class_count(), 2);
    assert_eq!(partition.lists_of(Class::new(1)).count(), 1_000_000);
    assert!(partition.classes_in(999_999).eq([Class::new(1)]));
    assert!(partition.bytes() < 1_000_000, "{}", partition.bytes());
}

#[test]
fn very_many_lists_of_one_block() {
    // each block is in a list of its own, and inside of one that is in all sets
    let count = 100_000;
    let around = v4(0x0a00_0000, 8);
    let lists = || {
        (0..count).map(|list| {
            if list == 0 {
                around
            } else {
                v4(0x0a00_0000 | list, 32)
            }
        })
    };
    let partition = Partition::new(lists().map(|block| [block]));
    assert_eq!(partition.class_count(), 2 + count as usize - 1);
    assert!(
        partition.bytes() < 400 * count as usize,
        "{} bytes",
        partition.bytes()
    );
    let mut sum = 0;
    for list in 1..count as usize {
        let mut classes = partition.classes_in(list);
        let class = classes.next().expect("every list has a class");
        assert!(classes.next().is_none());
        assert!(partition.lists_of(class).eq([0, list]));
        sum += class.index();
    }
    assert!(sum > 0);
    assert_eq!(partition.classes_in(0).count(), count as usize);
}

/// The addresses of 10.0.0.0/16 from a number on, in the fewest blocks.
fn tail_of_network(from: u32) -> impl Iterator<Item = Cidr> {
    let next = |&at: &u32| Some(at + (1 << at.trailing_zeros().min(16)));
    let starts = std::iter::successors(Some(from), next).take_while(|&at| at < 1 << 16);
    starts.map(|at| {
        let prefix = (16..=32).rev().nth(at.trailing_zeros().min(16) as usize);
        v4(0x0a00_0000 | at, prefix.expect("at most 16 zeros"))
    })
}

#[test]
fn sets_that_grow_by_one_list_at_each_address() {
    // list n has the addresses from n on: the sizes of all sets add up to the square of their number, what differs
    // between neighbours does not
    let count = 20_000;
    let partition = Partition::new((0..count).map(tail_of_network));
    assert_eq!(partition.class_count(), 1 + count as usize);
    assert!(
        partition.bytes() < 3_000 * count as usize,
        "{} bytes",
        partition.bytes()
    );
    for address in (0..count).step_by(997) {
        let class = partition.class_of_v4(0x0a00_0000 | address);
        assert!(partition.lists_of(class).eq(0..=address as usize));
        assert!(
            partition
                .classes_in(address as usize)
                .eq((address + 1..=count).map(Class::new))
        );
    }
}
