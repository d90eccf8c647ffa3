//! What policies mean for a request.

mod address_tests;
mod address_text;
mod algebra;
mod applying;
mod caller;
mod class_set;
mod condition;
mod context;
mod decision;
mod defaults;
mod everywhere;
mod exemptions;
mod journey;
mod keys;
mod layers;
mod notes;
mod reasons;
mod request;
mod scenario;
mod statement;
mod truth;
mod verdicts;
mod way;

pub use caller::{Caller, Grants, Role};
pub use condition::KeyState;
pub use context::{Assumption, Context, ContextValue, Known, Missing};
pub use decision::{Answer, ConditionTrace, Decision, Match, StatementTrace, decide};
pub use everywhere::{Everywhere, Part, Place, PlacedStatement};
pub use exemptions::Exemption;
pub use journey::{AssumeRole, Call, Journey, Step};
pub use keys::{SOURCE_IP, VPC_SOURCE_IP};
pub use notes::Note;
pub use request::{Layer, PolicySet, Request, Resource, only_denies};
pub use scenario::{ResourceText, Scenario};
pub use truth::{Pair, Pointwise, Truth};
pub use way::{FasIp, SourceIp, Way};
