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

fn check_batches(partition: &Partition, edges: &BTreeSet<IpAddr>) {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for ip in edges {
        match ip {
            IpAddr::V4(ip) => v4.push(ip.to_bits()),
            IpAddr::V6(ip) => v6.push(ip.to_bits()),
        }
    }
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
