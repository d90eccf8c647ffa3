//! The rules, a file each or a small family that is one idea.

mod ip001;
mod ip002;
mod ip003;
mod ip004;
mod ip005;
mod ip008;
mod ip009;
mod ip010;
mod ip011;
mod ip012;
mod ip014;
mod ip016;
mod ip017;
mod ip020;
mod ip021;
mod ip022;
mod ip024;
mod ip025;
mod ip027;
mod ip028;
mod ip030;
mod ip031;
mod ip033;
mod ip034;
mod ip035;
mod ip036;
mod ip037;
mod js001;
mod js002;
mod pl001;
mod pl004;
mod pl007;
mod pl009;
mod pl014;
mod pl016;
mod pl021;
mod pl027;
mod pl030;
mod pl031;
mod pl050;
mod pl101;
mod pl108;

use super::rule::Rule;

/// Every rule, in the order of the codes.
pub(super) static ALL: &[&Rule] = &[
    &ip001::RULE,
    &ip002::RULE,
    &ip003::RULE,
    &ip004::RULE,
    &ip005::NEVER,
    &ip005::ALWAYS,
    &ip005::SOME,
    &ip008::RULE,
    &ip009::INVALID,
    &ip010::RULE,
    &ip011::RULE,
    &ip012::ALLOWED,
    &ip012::BLOCKED,
    &ip014::ALL,
    &ip014::ANY,
    &ip016::SEVERAL,
    &ip017::BOTH,
    &ip017::UNPAIRED,
    &ip009::VARIABLE,
    &ip020::RULE,
    &ip021::RULE,
    &ip022::SERVICES,
    &ip022::LOCKED_OUT,
    &ip024::RULE,
    &ip025::ANY_SERVICE,
    &ip025::NO_QUANTIFIER,
    &ip027::RULE,
    &ip028::RULE,
    &ip009::LIST,
    &ip030::RULE,
    &ip031::PRIVATE,
    &ip031::DATA_PLANE,
    &ip033::RULE,
    &ip034::RULE,
    &ip035::RULE,
    &ip036::RULE,
    &ip037::RULE,
    &ip002::IF_EXISTS,
    &ip016::DEAD,
    &js001::DUPLICATE,
    &js002::RULE,
    &js001::NO_JSON,
    &pl001::SHAPE,
    &pl001::NESTED,
    &pl004::RULE,
    &pl001::ELEMENT,
    &pl001::EFFECT,
    &pl007::UNKNOWN,
    &pl007::MISSING,
    &pl009::ID,
    &pl009::SID,
    &pl009::PRINCIPAL,
    &pl009::RESOURCE,
    &pl001::MISSING,
    &pl014::ELEMENT,
    &pl014::CONDITION,
    &pl016::RULE,
    &pl021::TYPE,
    &pl021::NOBODY,
    &pl021::WILDCARD,
    &pl021::DELETED,
    &pl027::TRUSTED,
    &pl027::NOT_PRINCIPAL,
    &pl021::BARE,
    &pl030::SERVICE,
    &pl031::ACTION,
    &pl031::VARIABLE,
    &pl031::ARN,
    &pl009::RCP,
    &pl030::TRUST,
    &pl050::RULE,
    &pl101::SHAPE,
    &pl101::VALUE,
    &pl101::OPERATOR,
    &pl108::RULE,
    &pl101::NULL_IF_EXISTS,
    &pl014::VALUES,
    &pl101::TYPE,
];
