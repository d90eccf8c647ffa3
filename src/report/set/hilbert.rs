//! Where IPv4 addresses lie on the Hilbert map: a curve that fills a square and keeps every block together.

use ipnet::Ipv4Net;

/// The map has `2^ORDER` addresses on a side.
const ORDER: u32 = 16;

/// How many addresses a side of the map is long.
pub(super) const SIDE: u32 = 1 << ORDER;

/// A rectangle of the map, in addresses; the origin is top left, where `0.0.0.0` lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Rectangle {
    /// The rectangle that holds the addresses of a block, and no other: a square, or two squares side by side.
    pub(super) fn of(block: Ipv4Net) -> Self {
        let (first, last) = (block.network().to_bits(), block.broadcast().to_bits());
        // The curve stays in an aligned square until it has been everywhere in it, so half of the bits after the prefix,
        // rounded down, say how long a side of the squares is; the ends of the block lie in the first and in the last.
        let side = 1 << ((32 - block.prefix_len()) / 2);
        let (first_x, first_y) = square(first, side);
        let (last_x, last_y) = square(last, side);
        Self {
            x: first_x.min(last_x),
            y: first_y.min(last_y),
            width: side + first_x.abs_diff(last_x),
            height: side + first_y.abs_diff(last_y),
        }
    }
}

/// The corner of the aligned square that the address lies in.
fn square(address: u32, side: u32) -> (u32, u32) {
    let (x, y) = place(address);
    (x / side * side, y / side * side)
}

/// Where an address lies, `(x, y)`.
///
/// The classic way from the last two bits to the first ones: two bits choose a quarter, and the way through the first
/// and the last quarter is turned.
pub(super) fn place(address: u32) -> (u32, u32) {
    let (mut x, mut y) = (0_u32, 0_u32);
    for level in 0..ORDER {
        let (side, quarter) = (1 << level, address >> (2 * level) & 3);
        let right = quarter >> 1;
        let down = (quarter ^ right) & 1;
        if down == 0 {
            if right == 1 {
                // Both are below `side`: they have `level` bits so far.
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
        (x, y) = (x + side * right, y + side * down);
    }
    (x, y)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn rectangle(block: &str) -> [u32; 4] {
        let Rectangle {
            x,
            y,
            width,
            height,
        } = Rectangle::of(block.parse().expect("a block"));
        [x, y, width, height]
    }

    #[test]
    fn the_ends_of_the_scale() {
        assert_eq!(rectangle("0.0.0.0/0"), [0, 0, SIDE, SIDE]);
        assert_eq!(rectangle("0.0.0.0/1"), [0, 0, SIDE / 2, SIDE]);
        assert_eq!(rectangle("128.0.0.0/1"), [SIDE / 2, 0, SIDE / 2, SIDE]);
        assert_eq!(
            rectangle("192.0.0.0/2"),
            [SIDE / 2, 0, SIDE / 2, SIDE / 2],
            "top right"
        );
        assert_eq!(rectangle("0.0.0.0/32"), [0, 0, 1, 1]);
        assert_eq!(rectangle("255.255.255.255/32"), [SIDE - 1, 0, 1, 1]);
    }

    #[test]
    fn neighbours_on_the_line_are_neighbours_on_the_map() {
        let mut before = place(0);
        for address in (1..1 << 16).chain(0x7fff_0000..0x8001_0000) {
            let here = place(address);
            let steps = here.0.abs_diff(before.0) + here.1.abs_diff(before.1);
            assert!(steps == 1 || address == 0x7fff_0000, "{address:#x}");
            before = here;
        }
    }

    /// As many cells as addresses, and every address in one: exactly the cells of the rectangle, as places differ.
    fn check_every_address(block: Ipv4Net) {
        let Rectangle {
            x,
            y,
            width,
            height,
        } = Rectangle::of(block);
        let mut seen = vec![false; (width * height) as usize];
        for address in block.network().to_bits()..=block.broadcast().to_bits() {
            let (at_x, at_y) = place(address);
            assert!(
                (x..x + width).contains(&at_x) && (y..y + height).contains(&at_y),
                "{block}"
            );
            seen[((at_y - y) * width + at_x - x) as usize] = true;
        }
        assert!(seen.iter().all(|seen| *seen), "{block}");
    }

    #[test]
    fn every_aligned_block_of_a_corner_is_its_cells() {
        for prefix in 20..=32 {
            for network in (0xcb00_0000..0xcb00_1000_u32).step_by(1 << (32 - prefix)) {
                let block = Ipv4Net::new(network.into(), prefix).expect("a block");
                check_every_address(block);
            }
        }
    }

    proptest! {
        #[test]
        fn a_block_is_the_cells_of_its_rectangle(address: u32, prefix in 18..=32_u8) {
            let block = Ipv4Net::new(Ipv4Addr::from_bits(address), prefix).expect("a block");
            check_every_address(block.trunc());
        }

        #[test]
        fn places_are_those_of_fast_hilbert(address: u32) {
            let (x, y) = fast_hilbert::h2xy::<u16>(address, 16);
            prop_assert_eq!(place(address), (x.into(), y.into()));
        }

        #[test]
        fn large_blocks_are_the_box_around_their_addresses(address: u32, prefix in 0..=18_u8) {
            let block = Ipv4Net::new(Ipv4Addr::from_bits(address), prefix).expect("a block").trunc();
            let Rectangle { x, y, width, height } = Rectangle::of(block);
            prop_assert_eq!(u64::from(width) * u64::from(height), 1_u64 << (32 - prefix));
            let inside = |address| {
                let (at_x, at_y) = place(address);
                at_x >= x && at_x - x < width && at_y >= y && at_y - y < height
            };
            let (first, last) = (block.network().to_bits(), block.broadcast().to_bits());
            prop_assert!(inside(address) && inside(first) && inside(last));
            prop_assert!(first.checked_sub(1).is_none_or(|before| !inside(before)));
            prop_assert!(last.checked_add(1).is_none_or(|after| !inside(after)));
        }
    }
}
