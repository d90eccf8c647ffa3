//! What policies mean for a request.

mod address_tests;
mod address_text;
mod algebra;
mod applying;
mod bits;
mod caller;
mod class_set;
mod condition;
mod context;
mod context_json;
mod decision;
mod defaults;
mod everywhere;
mod exemptions;
mod head;
mod journey;
mod keys;
mod layers;
mod notes;
mod reasons;
mod request;
mod scenario;
mod sieve;
mod signature;
mod statement;
mod truth;
mod verdicts;
mod way;

pub(crate) use bits::Bits;
pub use caller::{Caller, Grants, Role};
pub use condition::KeyState;
pub use context::{Assumption, Context, ContextValue, Known, Missing};
pub(crate) use context_json::read_context;
pub use decision::{Answer, ConditionTrace, Decision, Match, StatementTrace, decide};
pub use everywhere::{Everywhere, Part, Place, PlacedStatement};
pub use exemptions::Exemption;
pub(crate) use exemptions::action_class;
pub(crate) use head::Head;
pub use journey::{AssumeRole, Call, Journey, Step};
pub use keys::{SOURCE_IP, VPC_SOURCE_IP};
pub(crate) use keys::{
    global_keys, is_address as is_address_key, is_address_test,
    is_multi_valued as is_multi_valued_key, is_single_valued as is_single_valued_key,
};
pub(crate) use layers::Shape;
pub use notes::Note;
#[cfg(feature = "cli")]
pub(crate) use reasons::UNKNOWN_RESOURCE;
pub use request::{Layer, PolicySet, Request, Resource, only_denies};
pub(crate) use scenario::canonical_address;
pub use scenario::{ResourceText, Scenario};
pub(crate) use sieve::{Profile, ResourceSort, Sieve, Sieves};
pub(crate) use signature::CallerSignature;
pub use truth::{Pair, Pointwise, Truth};
pub(crate) use way::VPC_KEYS;
pub(crate) use way::depends_on as way_depends_on;
#[cfg(feature = "cli")]
pub(crate) use way::network_keys;
pub use way::{FasIp, SourceIp, Way};
