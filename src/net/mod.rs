//! Addresses and blocks of addresses, as AWS reads them.

mod address;
mod cidr;
mod count;
mod forest;
mod frozen_set;
mod inverse;
mod lanes;
mod list_sets;
mod node;
mod partition;
mod ranges;
mod segments;
mod set;
mod table_v4;
mod table_v6;
mod trie;
mod word;

pub use address::{Address, parse_address};
pub use cidr::{Cidr, CidrError, Written};
pub use count::Count;
pub(crate) use count::with_separators;
pub use frozen_set::FrozenSet;
pub use partition::{Class, Partition};
pub use set::AddressSet;
pub use trie::PrefixTrie;
