//! Events of AWS `CloudTrail`, turned into requests.
//!
//! [`split`] cuts a stream into records, whatever holds them; [`event`] is what is read of one; [`request`] is what it
//! says of a request: [`caller`], [`origin`], [`target`] and [`facts`] about other keys, and in [`actions`] what IAM calls
//! it. What an event does not say stays unknown.

pub(crate) mod actions;
mod caller;
mod event;
mod facts;
pub(crate) mod files;
mod origin;
mod parse;
mod request;
mod split;
mod tables;
mod target;

pub(crate) use event::Record;
pub(crate) use facts::{Fact, write};
pub(crate) use origin::{Hidden, Origin};
pub(crate) use request::{Event, Outcome, Skip};
pub(crate) use split::{Bad, Item, Records};
pub(crate) use target::Target;
