//! Addresses and blocks of addresses, as AWS reads them.

mod address;
mod cidr;

pub use address::{Address, parse_address};
pub use cidr::{Cidr, CidrError, Written};
