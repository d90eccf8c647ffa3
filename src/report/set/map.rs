//! A set of addresses as a map of IPv4 for a terminal.

use std::fmt::Write;
use std::net::IpAddr;

use anstyle::{Ansi256Color, Color, Style};

use super::hilbert::{SIDE, place};
use super::{Share, blocks};
use crate::net::AddressSet;
use crate::report::text::style::Screen;

/// How many cells of the map are on a side.
const CELLS: usize = 64;

/// A cell holds the addresses of a /12 block.
const CELL_BITS: u32 = 20;

/// Draws which IPv4 addresses are allowed and which depend on something, on the Hilbert curve, with a legend and what the
/// map cannot show: IPv6, and requests without a source IP. What is in both sets depends.
///
/// The map is 64 columns and 32 rows. A styled one shows two blocks of prefix length 12 in a character, in colours: the
/// upper half and the lower half of it. Without colours a half block cannot say whether all of it is allowed, or whether it
/// depends; so each character is one of four signs, for its two blocks together.
///
/// # Example
/// ```
/// use ipcond::net::{AddressSet, Cidr};
/// use ipcond::report::set::map;
/// let block: Cidr = "0.0.0.0/2".parse().unwrap();
/// let map = map::draw(&block.into(), &AddressSet::default(), false);
/// let rows: Vec<&str> = map.lines().skip(1).take(32).collect();
/// assert_eq!(rows[0], format!("{}{}", "#".repeat(32), ".".repeat(32))); // the first quarter is the upper left one
/// assert_eq!(rows[16], ".".repeat(64));
/// ```
pub fn draw(allowed: &AddressSet, depends: &AddressSet, styled: bool) -> String {
    let allowed = allowed.difference(depends);
    let cells = Cells::new(&allowed, depends);
    let screen = Screen { styled };
    let mut out = String::new();
    corners(&mut out, screen, "0.0.0.0/2", "192.0.0.0/2");
    for row in 0..CELLS / 2 {
        if styled {
            styled_row(&mut out, &cells, row);
        } else {
            let states = (0..CELLS).map(|x| cells.at(x, 2 * row).and(cells.at(x, 2 * row + 1)));
            out.extend(states.map(State::sign));
        }
        out.push('\n');
    }
    corners(&mut out, screen, "64.0.0.0/2", "128.0.0.0/2");
    legend(&mut out, screen, &allowed, depends);
    out
}

/// What two of the quarters are, at the left and the right end of a line.
fn corners(out: &mut String, screen: Screen, left: &str, right: &str) {
    let line = format!("{left}{right:>width$}", width = CELLS - left.len());
    out.push_str(&screen.faint(&line));
    out.push('\n');
}

/// How much of some addresses is allowed, and if none is, how much depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    All,
    Depends,
    None,
    Some,
}

impl State {
    /// Of the addresses of two states together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::All | Self::Some, _) | (_, Self::All | Self::Some) => Self::Some,
            _ => Self::Depends,
        }
    }

    fn sign(self) -> char {
        match self {
            Self::All => '#',
            Self::Depends => '?',
            Self::None => '.',
            Self::Some => '+',
        }
    }

    /// Of the fixed 240 colours: the others are as the user likes them, and need not differ enough.
    fn colour(self) -> Color {
        let number = match self {
            Self::All => 84,
            Self::Depends => 214,
            Self::None => 238,
            Self::Some => 35,
        };
        Ansi256Color(number).into()
    }
}

/// The cells of the map, row by row.
struct Cells(Vec<State>);

impl Cells {
    fn new(allowed: &AddressSet, depends: &AddressSet) -> Self {
        let (allowed, depends) = (addresses_of_blocks(allowed), addresses_of_blocks(depends));
        let mut cells = vec![State::None; CELLS * CELLS];
        for (index, (allowed, depends)) in (0_u32..).zip(allowed.into_iter().zip(depends)) {
            let (x, y) = place(index << CELL_BITS);
            let cell = |at: u32| (at / (SIDE / 64)) as usize;
            cells[cell(y) * CELLS + cell(x)] = match (allowed, depends) {
                (0, 0) => State::None,
                (0, _) => State::Depends,
                (all, _) if all == 1 << CELL_BITS => State::All,
                _ => State::Some,
            };
        }
        Self(cells)
    }

    fn at(&self, x: usize, y: usize) -> State {
        self.0[y * CELLS + x]
    }
}

/// How many addresses of each block of prefix length 12 are in a set, along the line of addresses.
fn addresses_of_blocks(set: &AddressSet) -> Vec<u32> {
    let mut counts = vec![0; CELLS * CELLS];
    for (first, last) in set.ranges() {
        let (IpAddr::V4(first), IpAddr::V4(last)) = (first, last) else {
            break;
        };
        let (first, last) = (first.to_bits(), last.to_bits());
        for index in first >> CELL_BITS..=last >> CELL_BITS {
            let start = index << CELL_BITS;
            let end = start | ((1 << CELL_BITS) - 1);
            counts[index as usize] += last.min(end) - first.max(start) + 1;
        }
    }
    counts
}

/// One escape sequence for all characters of the same colours after another.
fn styled_row(out: &mut String, cells: &Cells, row: usize) {
    let pair = |x| (cells.at(x, 2 * row), cells.at(x, 2 * row + 1));
    let pairs: Vec<_> = (0..CELLS).map(pair).collect();
    for run in pairs.chunk_by(|one, other| one == other) {
        let (upper, lower) = run[0];
        let style = Style::new()
            .fg_color(Some(upper.colour()))
            .bg_color(Some(lower.colour()));
        let _ = write!(out, "{style}{}{style:#}", "▀".repeat(run.len()));
    }
}

fn legend(out: &mut String, screen: Screen, allowed: &AddressSet, depends: &AddressSet) {
    let states = [
        (State::All, "all allowed"),
        (State::Some, "some allowed"),
        (State::Depends, "depends"),
        (State::None, "denied"),
    ];
    let states = states.map(|(state, words)| {
        let mark = if screen.styled { '█' } else { state.sign() };
        let style = Style::new().fg_color(Some(state.colour()));
        format!("{} {words}", screen.paint(style, &mark.to_string()))
    });
    let of = if screen.styled {
        "half a character is a /12 block"
    } else {
        "a character is two /12 blocks"
    };
    let _ = writeln!(out, "{}", states.join("   "));
    let _ = writeln!(out, "{}", screen.faint(of));
    let _ = writeln!(
        out,
        "IPv4   allowed {}, depends {}",
        Share::of(allowed),
        Share::of(depends)
    );
    let v6 = |set: &AddressSet| blocks(set.only_v6().blocks().count());
    let _ = writeln!(
        out,
        "IPv6   allowed {}, depends {}; not on the map",
        v6(allowed),
        v6(depends)
    );
    let none = match (allowed.has_none(), depends.has_none()) {
        (_, true) => "depends",
        (true, false) => "allowed",
        (false, false) => "denied",
    };
    let _ = writeln!(out, "no source IP in the request   {none}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{set, sets, small};
    use super::*;

    fn rows(map: &str) -> Vec<&str> {
        map.lines().skip(1).take(CELLS / 2).collect()
    }

    #[test]
    fn signs_and_what_the_map_cannot_show() {
        let depends = set("10.0.0.0/8 203.0.114.0/24 fd00::/8").with_none(true);
        let map = draw(&small().union(&set("0.0.0.0/9")), &depends, false);
        let rows = rows(&map);
        let two = format!("##{}", ".".repeat(62));
        assert_eq!(
            rows[..2],
            [&two, &two],
            "a /9 block is two cells wide and four high"
        );
        assert_eq!(rows[6], format!("{}????{}", ".".repeat(12), ".".repeat(48)));
        let signs = |sign| {
            rows.iter()
                .map(|row| row.matches(sign).count())
                .sum::<usize>()
        };
        assert_eq!(
            signs('+'),
            2,
            "198.51.100.7, and 203.0.113.0/25 beside what depends"
        );
        let legend: Vec<&str> = map.lines().skip(34).collect();
        assert_eq!(
            legend,
            [
                "# all allowed   + some allowed   ? depends   . denied",
                "a character is two /12 blocks",
                "IPv4   allowed 0.19 %, depends 0.39 %",
                "IPv6   allowed 1 block, depends 1 block; not on the map",
                "no source IP in the request   depends",
            ]
        );
    }

    #[test]
    fn nothing_and_everything() {
        let empty = AddressSet::default();
        for (set, sign, share, blocks, none) in [
            (empty.clone(), ".", "0 %", "0 blocks", "denied"),
            (AddressSet::none(), ".", "0 %", "0 blocks", "allowed"),
            (AddressSet::all(), "#", "100 %", "1 block", "allowed"),
        ] {
            let map = draw(&set, &empty, false);
            assert_eq!(rows(&map), vec![sign.repeat(CELLS); CELLS / 2]);
            assert!(map.contains(&format!("IPv4   allowed {share}, depends 0 %\n")));
            assert!(map.contains(&format!("IPv6   allowed {blocks}, depends 0 blocks;")));
            assert!(map.ends_with(&format!("request   {none}\n")));
        }
        let unknown = draw(&AddressSet::all(), &AddressSet::all(), false);
        assert_eq!(
            rows(&unknown),
            vec!["?".repeat(CELLS); CELLS / 2],
            "never rounded to allowed"
        );
    }

    #[test]
    fn colours_tell_the_halves_of_a_character_apart() {
        // The first /12 block is the upper half of the first character, and the fourth the lower half.
        let map = draw(&set("0.0.0.0/12"), &set("0.48.0.0/12"), true);
        let row = map.lines().nth(1).expect("a row");
        assert!(
            row.starts_with("\u{1b}[38;5;84m\u{1b}[48;5;214m▀\u{1b}[0m\u{1b}[38;5;238m"),
            "{row:?}"
        );
        assert_eq!(row.matches('▀').count(), CELLS);
        assert_eq!(
            row.matches("\u{1b}[0m").count(),
            2,
            "a sequence for a run, not for a character"
        );
        assert_eq!(rows(&map).len(), CELLS / 2);
        assert!(map.contains("half a character is a /12 block"));
    }

    proptest! {
        #[test]
        fn a_cell_is_what_its_block_is(allowed in sets(), depends in sets()) {
            let allowed = allowed.difference(&depends);
            let cells = Cells::new(&allowed, &depends);
            for index in 0..4096_u32 {
                let block = set(&format!("{}/12", std::net::Ipv4Addr::from_bits(index << CELL_BITS)));
                let expected = match (allowed.intersection(&block), depends.intersection(&block)) {
                    (allowed, _) if allowed == block => State::All,
                    (allowed, _) if allowed.has_addresses() => State::Some,
                    (_, depends) if depends.has_addresses() => State::Depends,
                    _ => State::None,
                };
                let (x, y) = place(index << CELL_BITS);
                prop_assert_eq!(cells.at((x >> 10) as usize, (y >> 10) as usize), expected);
            }
        }

        #[test]
        fn every_map_is_64_by_32(allowed in sets(), depends in sets()) {
            let map = draw(&allowed, &depends, false);
            prop_assert_eq!(map.lines().count(), 39);
            prop_assert!(map.is_ascii());
            prop_assert!(map.lines().take(34).all(|line| line.len() == CELLS));
        }
    }
}
