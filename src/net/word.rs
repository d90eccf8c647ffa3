//! The integers that addresses are.

use std::net::IpAddr;

use super::Cidr;

/// An address of one family as an integer: `u32` for IPv4, `u128` for IPv6.
pub(super) trait Word: Copy + Ord {
    const ZERO: Self;
    const MAX: Self;

    /// The address after this one; none after the last.
    fn next(self) -> Option<Self>;
    /// The address before this one; wraps round from the first.
    fn previous(self) -> Self;
    /// The last address of the block of that prefix length, of which this is the first.
    fn last(self, prefix: u8) -> Self;
    /// The length of the shortest prefix of which this is the first address and that ends no later than `last`.
    fn widest_prefix(self, last: Self) -> u8;
    /// The bit after a prefix of that length, which is shorter than the address.
    fn bit(self, prefix: u8) -> bool;
    /// The number of leading bits that two addresses have in common.
    fn common(self, other: Self) -> u8;
    /// The address with the bits after the prefix cleared.
    fn first(self, prefix: u8) -> Self;
    fn ip(self) -> IpAddr;
}

macro_rules! word {
    ($word:ty, $bits:literal, $ip:ty) => {
        impl Word for $word {
            const ZERO: Self = 0;
            const MAX: Self = <$word>::MAX;

            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }

            fn previous(self) -> Self {
                self.wrapping_sub(1)
            }

            fn last(self, prefix: u8) -> Self {
                self | <$word>::MAX.checked_shr(u32::from(prefix)).unwrap_or(0)
            }

            fn widest_prefix(self, last: Self) -> u8 {
                let aligned = self.trailing_zeros();
                // the span of everything, plus one, overflows to 0, and has no logarithm
                let room = (last - self)
                    .checked_add(1)
                    .map_or($bits, |size| size.ilog2());
                $bits - u8::try_from(aligned.min(room)).unwrap_or($bits)
            }

            fn bit(self, prefix: u8) -> bool {
                self << prefix >> ($bits - 1) == 1
            }

            fn common(self, other: Self) -> u8 {
                u8::try_from((self ^ other).leading_zeros()).unwrap_or($bits)
            }

            fn first(self, prefix: u8) -> Self {
                self & !<$word>::MAX.checked_shr(u32::from(prefix)).unwrap_or(0)
            }

            fn ip(self) -> IpAddr {
                <$ip>::from_bits(self).into()
            }
        }
    };
}

word!(u32, 32, std::net::Ipv4Addr);
word!(u128, 128, std::net::Ipv6Addr);

/// The shortest list of blocks that covers `first..=last`, in order.
pub(super) fn push_blocks<W: Word>(first: W, last: W, blocks: &mut Vec<Cidr>) {
    let mut first = first;
    loop {
        let prefix = first.widest_prefix(last);
        blocks.extend(Cidr::new(first.ip(), prefix));
        let end = first.last(prefix);
        match end.next() {
            Some(next) if end < last => first = next,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_list_of_blocks() {
        let list = |first: u32, last: u32| {
            let mut blocks = Vec::new();
            push_blocks(first, last, &mut blocks);
            blocks.iter().map(Cidr::to_string).collect::<Vec<_>>()
        };
        assert_eq!(list(0, u32::MAX), ["0.0.0.0/0"]);
        assert_eq!(list(u32::MAX, u32::MAX), ["255.255.255.255/32"]);
        assert_eq!(
            list(1, 6),
            ["0.0.0.1/32", "0.0.0.2/31", "0.0.0.4/31", "0.0.0.6/32"]
        );
        assert_eq!(list(0, u32::MAX - 1).len(), 32);
        let mut blocks = Vec::new();
        push_blocks(1_u128, u128::MAX, &mut blocks);
        assert_eq!(blocks.len(), 128);
    }
}
