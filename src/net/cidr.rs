//! One block of addresses.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

use super::Address;

/// A block of addresses of one family, such as `203.0.113.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr(
    // INVARIANT: no host bit is set
    IpNet,
);

/// A block as a policy writes it: what it means, and what was peculiar about the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The block that is meant.
    pub cidr: Cidr,
    /// No prefix length was written (IP-2).
    pub bare: bool,
    /// Bits after the prefix were set; AWS ignores them (IP-3).
    pub host_bits: bool,
    /// It was written as IPv4-mapped IPv6 (IP-8).
    pub mapped: bool,
}

/// Why a text is not a block (IP-9). It displays what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CidrError {
    /// `${…}`: IP operators take no policy variables (IP-4).
    Variable,
    /// `*`: IP operators take no wildcards (IP-4).
    Wildcard,
    /// `a.b.c.d-e` or `a, b`.
    List,
    /// A netmask where the prefix length belongs.
    Netmask,
    /// A prefix length that is no number, or longer than the family allows.
    Prefix,
    /// A placeholder such as `<your address>`.
    Template,
    /// Spaces before or after.
    Spaces,
    /// Anything else.
    Address,
}

impl Cidr {
    /// The block of an address and a prefix length; host bits are dropped (IP-3). `None` if the length is over 32 or 128.
    pub fn new(ip: IpAddr, prefix: u8) -> Option<Self> {
        IpNet::new(ip, prefix).ok().map(|net| Self(net.trunc()))
    }

    /// Whether the address lies in the block. Families never mix: no IPv6 address is in `0.0.0.0/0` (IP-5, IP-7).
    ///
    /// # Example
    /// ```
    /// use ipcond::net::{Cidr, parse_address};
    /// let everyone: Cidr = "0.0.0.0/0".parse()?;
    /// let (ip, _) = parse_address("2001:db8::1").expect("an address");
    /// assert!(!everyone.contains(ip));
    /// # Ok::<(), ipcond::net::CidrError>(())
    /// ```
    pub fn contains(self, address: Address) -> bool {
        self.0.contains(&address.ip())
    }

    /// The block as the `ipnet` type.
    pub fn net(self) -> IpNet {
        self.0
    }

    /// The first address.
    pub fn first(self) -> IpAddr {
        self.0.network()
    }

    /// The last address.
    pub fn last(self) -> IpAddr {
        self.0.broadcast()
    }

    /// Reads a block as AWS would from a policy, remembering how it was written.
    ///
    /// # Errors
    /// For anything but an address or an address and a prefix length (IP-4, IP-5, IP-9).
    ///
    /// # Example
    /// ```
    /// use ipcond::net::Cidr;
    /// let written = Cidr::read("203.0.113.5/24")?;
    /// assert!(written.host_bits);
    /// assert_eq!(written.cidr.to_string(), "203.0.113.0/24"); // 256 addresses, not one (IP-3)
    /// # Ok::<(), ipcond::net::CidrError>(())
    /// ```
    pub fn read(text: &str) -> Result<Written, CidrError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let ip: IpAddr = address.parse().map_err(|_| diagnose(text))?;
        let longest = if ip.is_ipv4() { 32 } else { 128 };
        let length = match prefix {
            None => longest,
            Some(digits) => {
                prefix_length(digits, longest).ok_or_else(|| diagnose_prefix(digits))?
            }
        };
        let net = IpNet::new(ip, length).map_err(|_| CidrError::Prefix)?;
        let host_bits = net.trunc() != net;
        let (cidr, mapped) = unmap(net.trunc());
        Ok(Written {
            cidr,
            bare: prefix.is_none(),
            host_bits,
            mapped,
        })
    }
}

/// `::ffff:a.b.c.d/(96+n)` is `a.b.c.d/n`; with a shorter prefix it stays IPv6 (IP-8).
fn unmap(net: IpNet) -> (Cidr, bool) {
    if let IpNet::V6(v6) = net
        && v6.prefix_len() >= 96
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Ok(v4) = Ipv4Net::new(v4, v6.prefix_len() - 96)
    {
        return (Cidr(IpNet::V4(v4.trunc())), true);
    }
    (Cidr(net), false)
}

fn prefix_length(digits: &str, longest: u8) -> Option<u8> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let padded = digits.len() > 1 && digits.starts_with('0');
    let length = digits.parse().ok().filter(|_| plain && !padded)?;
    (length <= longest).then_some(length)
}

fn diagnose_prefix(digits: &str) -> CidrError {
    if digits.contains([',', ';']) {
        CidrError::List
    } else if digits.contains(['.', ':']) {
        CidrError::Netmask
    } else {
        CidrError::Prefix
    }
}

fn diagnose(text: &str) -> CidrError {
    if text.contains("${") {
        CidrError::Variable
    } else if text.contains(['<', '>', '{', '}', '[', ']']) {
        CidrError::Template
    } else if text.contains('*') {
        CidrError::Wildcard
    } else if text.contains([',', ';'])
        || text.contains('-') && text.starts_with(|first: char| first.is_ascii_digit())
    {
        CidrError::List
    } else if text.trim() != text {
        CidrError::Spaces
    } else {
        CidrError::Address
    }
}

impl From<IpNet> for Cidr {
    /// The block of a net; host bits are dropped (IP-3).
    fn from(net: IpNet) -> Self {
        Self(net.trunc())
    }
}

impl From<Address> for Cidr {
    /// The block that holds this address only.
    fn from(address: Address) -> Self {
        Self(address.ip().into())
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        Self::read(text).map(|written| written.cidr)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for CidrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Variable => "IP operators do not take policy variables (IP-4)",
            Self::Wildcard => "IP operators do not take wildcards (IP-4)",
            Self::List => "one value holds one block, not a list or a range (IP-9)",
            Self::Netmask => "a netmask where the prefix length belongs (IP-9)",
            Self::Prefix => "the prefix length must be 0 to 32, or 0 to 128 for IPv6 (IP-5)",
            Self::Template => "a placeholder that was left in",
            Self::Spaces => "spaces around it (IP-9)",
            Self::Address => "not an IP address or CIDR block (IP-9)",
        })
    }
}

impl std::error::Error for CidrError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_with_a_block() {
        for (text, expected) in [
            ("<your SaaS IP>", CidrError::Template),
            ("${aws:VpcSourceIp}", CidrError::Variable),
            ("203.0.113.*", CidrError::Wildcard),
            ("203.0.113.1-203.0.113.9", CidrError::List),
            ("203.0.113.0/24,198.51.100.0/24", CidrError::List),
            ("203.0.113.0/255.255.255.0", CidrError::Netmask),
            ("203.0.113.0/33", CidrError::Prefix),
            ("203.0.113.0/024", CidrError::Prefix),
            ("203.0.113.0/+8", CidrError::Prefix),
            ("::/129", CidrError::Prefix),
            (" 203.0.113.1", CidrError::Spaces),
            ("203.0.113/24", CidrError::Address),
            ("fe80::1%eth0", CidrError::Address),
            ("", CidrError::Address),
        ] {
            assert_eq!(Cidr::read(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn mapped_blocks_become_ipv4_only_from_96_on() {
        let read =
            |text| Cidr::read(text).map(|written| (written.cidr.to_string(), written.mapped));
        assert_eq!(
            read("::ffff:203.0.113.9/120"),
            Ok(("203.0.113.0/24".into(), true))
        );
        assert_eq!(read("::ffff:0:0/96"), Ok(("0.0.0.0/0".into(), true)));
        assert_eq!(read("::ffff:0:0/95"), Ok(("::fffe:0:0/95".into(), false)));
    }
}
