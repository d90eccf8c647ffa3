//! The address of a request.

use std::fmt;
use std::net::IpAddr;

/// An address that a request came from: IPv4, or IPv6 that is not IPv4-mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(IpAddr);

impl Address {
    /// The address; an IPv4-mapped one (`::ffff:203.0.113.7`) becomes the IPv4 address (IP-8).
    ///
    /// # Example
    /// ```
    /// use ipcond::net::Address;
    /// assert_eq!(Address::new("::ffff:cb00:7107".parse()?).to_string(), "203.0.113.7");
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn new(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V6(v6) => Self(v6.to_ipv4_mapped().map_or(ip, IpAddr::V4)),
            IpAddr::V4(_) => Self(ip),
        }
    }

    /// The address as the standard library's type.
    pub fn ip(self) -> IpAddr {
        self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads an address, and says whether it was written as IPv4-mapped IPv6 (IP-8). `None`: not an address (IP-9, IP-12).
///
/// # Example
/// ```
/// use ipcond::net::parse_address;
/// assert!(parse_address("010.0.0.1").is_none()); // octal or decimal? nobody agrees (IP-9)
/// assert!(parse_address("2001:DB8::1").is_some());
/// ```
pub fn parse_address(text: &str) -> Option<(Address, bool)> {
    let ip: IpAddr = text.parse().ok()?;
    let address = Address::new(ip);
    Some((address, address.ip() != ip))
}
