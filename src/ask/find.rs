//! Which blocks of policies contain an address, lie in a set, or overlap it.

use std::net::IpAddr;

use crate::net::{AddressSet, Cidr};
use crate::policy::{Comparison, Condition, ConditionValue, Effect, Operand, Policy, Statement};

/// How a block of a policy stands to what was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The block holds all of it, and more.
    Contains,
    /// The block is it.
    Equal,
    /// The block is a part of it.
    Inside,
    /// They share addresses, and each has others.
    Overlaps,
}

impl Relation {
    /// The word, as formats for machines spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::Equal => "equal",
            Self::Inside => "inside",
            Self::Overlaps => "overlaps",
        }
    }

    /// Whether the block holds all of what was looked for.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Contains | Self::Equal)
    }
}

/// A block of a policy that shares addresses with what was looked for.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    /// The policy that it stands in.
    pub policy: &'a Policy,
    /// The index of the statement.
    pub index: usize,
    /// The condition.
    pub condition: &'a Condition,
    /// The block as written, and where.
    pub value: &'a ConditionValue,
    /// The block that is meant.
    pub cidr: Cidr,
    /// How it stands to what was looked for.
    pub relation: Relation,
}

impl Hit<'_> {
    /// The statement.
    pub fn statement(&self) -> &Statement {
        &self.policy.statements[self.index]
    }

    /// What the block means to a request from an address in it, as far as this condition goes.
    pub fn meaning(&self) -> &'static str {
        match (self.statement().effect, self.condition.operator.negated) {
            (Effect::Allow, false) => "may be allowed",
            (Effect::Allow, true) => "left out of the Allow",
            (Effect::Deny, false) => "may be denied",
            (Effect::Deny, true) => "exempt from the Deny",
        }
    }
}

/// A set of addresses, made ready to be compared with many blocks.
///
/// A block is one range, so where it falls among the ranges of the set tells all: each comparison is a binary search, and
/// no trie is needed.
#[derive(Debug)]
pub struct Query {
    // INVARIANT: in order, IPv4 before IPv6, and apart from each other
    ranges: Vec<(IpAddr, IpAddr)>,
}

impl Query {
    /// Looks for the addresses of a set.
    pub fn new(set: &AddressSet) -> Self {
        Self {
            ranges: set.ranges().collect(),
        }
    }

    /// How a block stands to the set. `None`: they share no address.
    ///
    /// # Example
    /// ```
    /// use ipcond::ask::find::{Query, Relation};
    /// use ipcond::net::AddressSet;
    /// let query = Query::new(&AddressSet::from_iter(["203.0.113.0/25".parse()?, "203.0.113.128/25".parse()?]));
    /// assert_eq!(query.relation("203.0.113.0/24".parse()?), Some(Relation::Equal)); // two halves are the whole
    /// assert_eq!(query.relation("::/0".parse()?), None); // families never mix (IP-5)
    /// # Ok::<(), ipcond::net::CidrError>(())
    /// ```
    pub fn relation(&self, block: Cidr) -> Option<Relation> {
        let (first, last) = (block.first(), block.last());
        // All of the ranges before this one end before the block begins.
        let at = self.ranges.partition_point(|(_, end)| *end < first);
        let (start, end) = *self.ranges.get(at)?;
        if last < start {
            return None;
        }
        let inside = start <= first && last <= end;
        let holds_all = self
            .ranges
            .first()
            .is_some_and(|(start, _)| first <= *start)
            && self.ranges.last().is_some_and(|(_, end)| *end <= last);
        Some(match (holds_all, inside) {
            (true, true) => Relation::Equal,
            (true, false) => Relation::Contains,
            (false, true) => Relation::Inside,
            (false, false) => Relation::Overlaps,
        })
    }

    /// The blocks of a policy that share addresses with the set, in the order of the text. Blocks that cannot be read match
    /// no address (IP-11).
    pub fn hits<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = Hit<'a>> {
        let conditions = policy
            .statements
            .iter()
            .enumerate()
            .flat_map(|(index, statement)| {
                statement
                    .conditions
                    .iter()
                    .filter(|condition| condition.operator.comparison == Comparison::Ip)
                    .map(move |condition| (index, condition))
            });
        conditions.flat_map(move |(index, condition)| {
            condition.values.iter().filter_map(move |value| {
                let Operand::Ip(written) = value.operand else {
                    return None;
                };
                Some(Hit {
                    policy,
                    index,
                    condition,
                    value,
                    cidr: written.cidr,
                    relation: self.relation(written.cidr)?,
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::PolicyKind;

    /// Blocks crowded into one corner of each family, so that they nest and touch.
    fn block() -> impl Strategy<Value = Cidr> {
        let v4 = (0..64_u8, 26..=32_u8)
            .prop_map(|(byte, prefix)| (IpAddr::from([192, 0, 2, byte]), prefix));
        let v6 = (0..64_u16, 122..=128_u8).prop_map(|(word, prefix)| {
            (IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, word]), prefix)
        });
        prop_oneof![v4, v6].prop_filter_map("a block", |(ip, prefix)| Cidr::new(ip, prefix))
    }

    proptest! {
        #[test]
        fn agrees_with_the_algebra_of_sets(blocks in prop::collection::vec(block(), 0..6), block in block()) {
            let set: AddressSet = blocks.into_iter().collect();
            let single = AddressSet::from(block);
            let shared = set.intersection(&single);
            let expected = if shared.is_empty() {
                None
            } else if set == single {
                Some(Relation::Equal)
            } else if shared == set {
                Some(Relation::Contains)
            } else if shared == single {
                Some(Relation::Inside)
            } else {
                Some(Relation::Overlaps)
            };
            prop_assert_eq!(Query::new(&set).relation(block), expected);
        }
    }

    #[test]
    fn looks_at_every_condition_on_an_address_and_at_no_other() {
        let text = r#"{"Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
                "IpAddressIfExists": {"aws:VpcSourceIp": ["192.0.2.7", "<your address>"]},
                "StringEquals": {"aws:SourceIp": "192.0.2.7"}}},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
                "ForAnyValue:NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "192.0.2.77/24"]}}}]}"#;
        let policy =
            Policy::from_json("p.json", text, PolicyKind::Identity).expect("it is a policy");
        let query = Query::new(&AddressSet::from_iter(["192.0.2.7"
            .parse()
            .expect("it is an address")]));
        let hits: Vec<_> = query
            .hits(&policy)
            .map(|hit| {
                (
                    hit.index,
                    hit.condition.key.as_str(),
                    &*hit.value.text,
                    hit.relation,
                    hit.meaning(),
                )
            })
            .collect();
        assert_eq!(
            hits,
            [
                (
                    0,
                    "aws:VpcSourceIp",
                    "192.0.2.7",
                    Relation::Equal,
                    "may be allowed"
                ),
                (
                    1,
                    "aws:SourceIp",
                    "192.0.2.77/24",
                    Relation::Contains,
                    "exempt from the Deny"
                ),
            ]
        );
    }
}
