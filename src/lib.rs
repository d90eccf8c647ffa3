//! Which source IPs can use this AWS policy?
//!
//! An offline simulator of IAM decisions: would this AssumeRole or API call, from this address, be allowed, and why, to
//! the line. It evaluates identity-based, resource-based, session, endpoint and organization policies as AWS documents
//! it; where a fact is missing it answers [`depends`](eval::Decision::Depends) instead of guessing.
//!
//! # Example
//! ```
//! use ipcond::input::{Documents, read_scenario};
//! use ipcond::{eval::Decision, json, source::Source};
//! let source = Source::new("scenario", r#"{
//!     "principal": "arn:aws:iam::111122223333:user/bob", "action": "ec2:StopInstances", "resource": "*",
//!     "context": {"aws:SourceIp": "2001:db8::1"},
//!     "policies": {"identity": {"Statement": [
//!         {"Effect": "Allow", "Action": "*", "Resource": "*"},
//!         {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}]}}}"#);
//! let scenario = read_scenario(&source, &json::parse(&source)?, "".as_ref(), &mut Documents::default())?;
//! let answer = scenario.decide("2026-01-31T10:00:00Z".parse().expect("a time"))?;
//! assert_eq!(answer.decision, Decision::ExplicitDeny); // no IPv6 address is in 0.0.0.0/0 (IP-7)
//! assert_eq!(answer.deciders().next().map(|trace| trace.index), Some(1));
//! # Ok::<(), ipcond::Error>(())
//! ```
//!
//! # The rooms
//! A room uses only the rooms above it.
//!
//! | module | is |
//! |---|---|
//! | [`source`], [`error`] | texts and places in them; the one error |
//! | [`net`] | addresses and blocks as AWS reads them; sets ([`net::AddressSet`]), the prefix trie ([`net::PrefixTrie`]) and address classes with their frozen look-up ([`net::Partition`]) |
//! | [`json`] | text to a tree with spans |
//! | [`policy`] | documents, parsed once into types that cannot be wrong |
//! | [`eval`] | the meaning: one evaluator over a Boolean algebra ([`eval::Truth`]) for one address or for every address at once ([`eval::Everywhere`]), the layers, journeys |
//! | [`ask`] | what one can ask of it: from which addresses ([`ask::ips`]), what changes ([`ask::diff`]), regression suites and their coverage, what an unknown key would do, where an address stands, the policy for a set of addresses ([`ask::guard`]), pitfalls ([`ask::lint`]), millions of rows ([`ask::batch`]), recorded events |
//! | [`input`] | what users have: policies by themselves and in what the AWS CLI and Terraform print ([`input::Holder`]), whole accounts and their organization ([`input::Account`]), what would be other in them ([`input::Edit`]), scenarios, test files, YAML, sets of addresses by name, logs of `CloudTrail` |
//! | [`report`] | how answers read: JSON and its schemas, screens, test formats |
//! | `cmd` | the command line (feature `cli`) |
//!
//! Policies name a finite list of blocks, and these cut the addresses into classes that no policy at hand can tell apart.
//! A truth value is then a set of classes instead of a `bool`, and the evaluator, which knows only "and", "or" and "not",
//! answers for all of IPv4 and IPv6 in one walk. Nothing is sampled.
//!
//! Rules are cited by numbers such as `IP-7` or `EVAL-22`. The letters name the subject: `GRAM` the grammar of policies,
//! `COND`, `OP` and `VAR` conditions, operators and variables, `IP` and `KEY` addresses and context keys, `EVAL` the
//! combination of policies, `ROLE` AssumeRole and sessions, `CT` events of `CloudTrail`, `LINT` pitfalls: the number of `LINT-5`
//! is that of the rule `IP005` of [`ask::lint`].
//!
//! # What it does not do
//! It calls nothing over a network. It does not model S3 ACLs and Block Public Access, checks that services make outside
//! IAM, limits of sessions, and what a service really puts into the request context.

pub mod ask;
#[cfg(feature = "cli")]
pub mod cmd;
pub mod error;
pub mod eval;
pub mod input;
pub mod json;
pub mod net;
pub mod policy;
pub mod report;
pub mod source;

pub use error::{Error, Result};

/// What the tests of hostile inputs reach beside all that is public: no part of the library, and may change at any time.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod internal {
    pub use crate::ask::replay::Trial;
}

/// Answers one scenario, given as JSON text, with the object `eval/1`, or for a scenario with `steps` the object
/// `assume/1`. Paths in it are relative to the working directory.
///
/// # Errors
/// If the text is no scenario, or one that cannot be answered.
///
/// # Example
/// ```
/// let answer = ipcond::answer_json(r#"{"action": "sts:GetCallerIdentity", "principal": "arn:aws:iam::111122223333:user/bob",
///     "policies": {"identity": {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}}}"#)?;
/// assert!(answer.starts_with(r#"{"ipcond":"eval/1","name":null,"decision":"allowed""#)); // no policy can forbid it (ROLE-30)
/// # Ok::<(), ipcond::Error>(())
/// ```
pub fn answer_json(scenario: &str) -> Result<String> {
    let source = source::Source::new("scenario", scenario);
    let node = json::parse(&source)?;
    let mut documents = input::Documents::default();
    let scenario = input::read_scenario(&source, &node, "".as_ref(), &mut documents)?;
    let now = jiff::Timestamp::now();
    let text = if scenario.steps.is_some() {
        serde_json::to_string(&report::json::Assume::new(&scenario.journey(now)?))
    } else {
        let answer = scenario.decide(now)?;
        serde_json::to_string(&report::json::Eval::new(&answer, scenario.name.as_deref()))
    };
    text.map_err(|error| Error::io(error.to_string()))
}
