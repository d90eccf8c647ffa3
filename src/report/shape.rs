//! Sets of addresses in words: by what is in them or by what is not, whichever is shorter.

use std::net::IpAddr;

use crate::net::{AddressSet, Count};

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

impl Family {
    /// Both, in the order in which addresses are listed.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The addresses of the set that are of the family.
    #[must_use]
    pub fn of(self, set: &AddressSet) -> AddressSet {
        match self {
            Self::V4 => set.only_v4(),
            Self::V6 => set.only_v6(),
        }
    }

    /// Every address of the family.
    pub fn whole(self) -> AddressSet {
        self.of(&AddressSet::all())
    }

    /// `IPv4` or `IPv6`.
    pub fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    /// Whether an address is of the family.
    pub fn holds(self, ip: IpAddr) -> bool {
        (self == Self::V4) == ip.is_ipv4()
    }
}

/// How the addresses of one family in a set are said in the fewest blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// There are none.
    Nothing,
    /// All of them.
    Everything,
    /// All but a few blocks: these, and how many blocks it would take otherwise.
    AllBut(AddressSet, usize),
    /// So many blocks.
    Blocks(usize),
}

impl Shape {
    /// Of the addresses of a family in a set.
    ///
    /// # Example
    /// ```
    /// use ipcond::net::{AddressSet, Cidr};
    /// use ipcond::report::shape::{Family, Shape};
    /// let hole: Cidr = "192.0.2.0/24".parse().unwrap();
    /// let rest = AddressSet::from(hole).complement();
    /// assert_eq!(Shape::of(&rest, Family::V4), Shape::AllBut(hole.into(), 24));
    /// assert_eq!(Shape::of(&rest, Family::V6), Shape::Everything);
    /// ```
    pub fn of(set: &AddressSet, family: Family) -> Self {
        let (inside, outside) = (family.of(set), family.whole().difference(set));
        if !inside.has_addresses() {
            return Self::Nothing;
        }
        if !outside.has_addresses() {
            return Self::Everything;
        }
        let (longer, shorter) = (inside.blocks().count(), outside.blocks().count());
        if shorter < longer {
            Self::AllBut(outside, longer)
        } else {
            Self::Blocks(longer)
        }
    }
}

/// The most blocks that are named in one line.
const MOST_IN_LINE: usize = 6;

/// The first blocks of a set, and how many more there are.
pub fn first_blocks(set: &AddressSet) -> String {
    let mut blocks = set.blocks();
    let shown: Vec<String> = blocks
        .by_ref()
        .take(MOST_IN_LINE)
        .map(|block| block.to_string())
        .collect();
    match blocks.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The addresses of a set in one line.
///
/// # Example
/// ```
/// use ipcond::net::{AddressSet, Cidr};
/// let hole: Cidr = "192.0.2.0/24".parse().unwrap();
/// let words = ipcond::report::shape::in_words(&AddressSet::from(hole).complement());
/// assert_eq!(words, "all of IPv4 except 192.0.2.0/24, all of IPv6");
/// ```
pub fn in_words(set: &AddressSet) -> String {
    let mut words = Vec::new();
    for family in Family::ALL {
        match Shape::of(set, family) {
            Shape::Nothing => {}
            Shape::Everything => words.push(format!("all of {}", family.name())),
            Shape::AllBut(outside, _) => words.push(format!(
                "all of {} except {}",
                family.name(),
                first_blocks(&outside)
            )),
            Shape::Blocks(_) => words.push(first_blocks(&family.of(set))),
        }
    }
    words.join(", ")
}

/// `128 addresses`, and for large numbers the power of two by itself.
pub fn count_words(count: Count) -> String {
    match count.exact() {
        Some(1) => "1 address".into(),
        Some(number) if number <= 1 << 32 => format!("{count} addresses"),
        _ => count.to_string(),
    }
}
