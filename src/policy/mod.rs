//! Policy documents, parsed once into types that cannot be wrong.

mod action;
mod arn;
pub(crate) mod bytes;
mod condition;
mod document;
mod key;
mod mutation;
mod operator;
mod pattern;
mod principal;
mod resource;
mod statement;
mod template;
mod value;

pub use action::Action;
pub(crate) use arn::ArnParts;
pub use arn::{AccountId, Arn};
pub use condition::Condition;
pub use document::{Policy, PolicyKind, Version, Warning};
pub use key::ConditionKey;
pub use operator::{Comparison, Operator, Order, Quantifier};
pub use principal::PrincipalElement;
#[cfg(test)]
pub(crate) use resource::ResourcePattern;
pub(crate) use resource::{After, ArnMatcher};
pub use statement::{ActionElement, Effect, ResourceElement, Statement};
pub use value::ConditionValue;

pub(crate) use action::ActionPattern;
pub(crate) use mutation::{Mutation, ValuePlace};
pub(crate) use operator::nearest;
#[cfg(test)]
pub(crate) use pattern::Pattern;
pub(crate) use pattern::{Token, glob_tokens, literal};
pub(crate) use principal::Who;
pub(crate) use statement::ResourceEntry;
pub(crate) use template::{Binding, Resolved};
pub(crate) use value::{Decimal, Operand, read_binary, read_bool, read_date};
