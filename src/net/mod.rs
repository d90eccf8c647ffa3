//! Addresses and blocks of addresses, as AWS reads them.

mod address;
mod cidr;
mod count;
mod ranges;
mod set;

pub use address::{Address, parse_address};
pub use cidr::{Cidr, CidrError, Written};
pub use count::Count;
pub use set::AddressSet;
