//! Random scenarios.
//!
//! The vocabulary is small, so that policies and requests meet often: a handful of callers and
//! calls, of names in policies, of condition keys and of values for them. What is left out, is
//! left out because the rules say nothing certain of it, such as a token that calls S3.

mod change;
mod condition;
mod document;
mod filling;
mod people;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

pub(crate) use change::{change_case, change_lists, reverse_lists};
pub(crate) use filling::{Fillings, fillings, settle_mentioned_keys};
use people::{Call, Caller};

/// What random scenarios are to be about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Focus {
    /// Conditions on keys that may be unknown: most statements apply but for them.
    Conditions,
    /// Everything at once.
    Everything,
}

/// What the shape of a scenario is made of, before the parts are made to fit each other.
#[derive(Clone, Debug)]
struct Parts {
    caller: Index,
    call: Index,
    context: Value,
    management_account: Option<&'static str>,
    identity: Option<Vec<Value>>,
    boundary: Option<Value>,
    session: Option<Vec<Value>>,
    scp: Option<Vec<Vec<Value>>>,
    rcp: Option<Vec<Vec<Value>>>,
    resource: Option<Value>,
    vpce: Option<Value>,
}

/// Scenarios of which everything is known: a key that is not in the context is absent.
pub(crate) fn closed_scenarios() -> impl Strategy<Value = Value> {
    let parts = prop_oneof![
        parts(Focus::Everything, false),
        parts(Focus::Conditions, false),
    ];
    parts.prop_map(|parts| parts.assemble(false))
}

/// Scenarios in which a few keys that policies name are unknown, and nothing else is.
pub(crate) fn open_scenarios() -> impl Strategy<Value = Value> {
    parts(Focus::Conditions, true).prop_map(|parts| parts.assemble(true))
}

/// A scenario, and the same with one Deny statement more.
pub(crate) fn scenarios_before_and_after_a_denial() -> impl Strategy<Value = (Value, Value)> {
    let parts = prop_oneof![
        (parts(Focus::Everything, false), Just(false)),
        (parts(Focus::Conditions, true), Just(true)),
    ];
    (parts, document::denial(), any::<Index>()).prop_map(|((parts, open), mut denial, layer)| {
        let (caller, call) = parts.cast(open);
        people::fill_in_names(&mut denial, &caller, &call);
        let before = parts.assemble(open);
        let mut after = before.clone();
        change::add_denial(&mut after, denial, layer);
        (before, after)
    })
}

fn parts(focus: Focus, open: bool) -> impl Strategy<Value = Parts> {
    // Layers that may well say no are few where conditions are to decide.
    let seldom = if focus == Focus::Conditions {
        0.1
    } else {
        0.25
    };
    let layers = (
        option::weighted(0.9, vec(document::own(focus), 0..=2)),
        option::weighted(seldom, document::own(focus)),
        option::weighted(0.4, vec(document::own(focus), 0..=2)),
        option::weighted(seldom, vec(vec(document::own(focus), 0..=2), 0..=2)),
        option::weighted(0.25, vec(vec(document::rcp(focus), 0..=2), 0..=2)),
        option::weighted(0.7, document::resource(focus)),
        option::weighted(seldom, document::vpce(focus)),
    );
    let management_account =
        option::weighted(0.3, prop::sample::select(vec![people::HERE, people::THERE]));
    (
        any::<Index>(),
        any::<Index>(),
        condition::context(open),
        management_account,
        layers,
    )
        .prop_map(|(caller, call, context, management_account, layers)| {
            let (identity, boundary, session, scp, rcp, resource, vpce) = layers;
            Parts {
                caller,
                call,
                context,
                management_account,
                identity,
                boundary,
                session,
                scp,
                rcp,
                resource,
                vpce,
            }
        })
}

impl Parts {
    /// Who calls what.
    fn cast(&self, open: bool) -> (Caller, Call) {
        let mut callers = people::callers();
        if open {
            // Not to know the caller is to know too little.
            callers.retain(|caller| !caller.is_unnamed());
        }
        let caller = callers.swap_remove(self.caller.index(callers.len()));
        let mut calls = people::calls(&caller);
        let call = calls.swap_remove(self.call.index(calls.len()));
        (caller, call)
    }

    /// Makes one scenario of the parts. If it is to be `open`, keys that are not in the context
    /// are unknown, and every document that the decision could ask for is given.
    fn assemble(self, open: bool) -> Value {
        let (caller, call) = self.cast(open);
        let mut scenario = json!({
            "action": call.action,
            "resource": call.resource,
            "context": self.context,
            "defaults": false,
            "missing": if open { "unknown" } else { "absent" },
            "policies": self.policies(&caller, &call, open),
        });
        if !caller.is_unnamed() {
            scenario["principal"] = caller.principal.clone();
        }
        if let Some(account) = call.resource_account() {
            scenario["resource_account"] = json!(account);
        }
        if let Some(account) = self.management_account {
            scenario["management_account"] = json!(account);
        }
        people::fill_in_names(&mut scenario, &caller, &call);
        if open {
            filling::settle_most_keys(&mut scenario);
        }
        scenario
    }

    fn policies(&self, caller: &Caller, call: &Call, open: bool) -> Value {
        let mut policies = json!({});
        // Strangers, services and tokens have no policies of their own to give.
        let owner = caller.account.is_some();
        match &self.identity {
            Some(identity) if owner => policies["identity"] = json!(identity),
            _ if open => policies["identity"] = json!([]),
            _ => {}
        }
        if let Some(boundary) = self.boundary.as_ref().filter(|_| owner) {
            policies["boundary"] = boundary.clone();
        }
        if let Some(session) = self
            .session
            .as_ref()
            .filter(|_| caller.has_session_policies())
        {
            policies["session"] = json!(session);
        }
        if let Some(scp) = &self.scp {
            policies["scp"] = json!(scp);
        }
        if let Some(rcp) = &self.rcp {
            policies["rcp"] = json!(rcp);
        }
        if let Some(vpce) = &self.vpce {
            policies["vpce"] = document::fit_vpce(vpce, call);
        }
        // No policy is attached to `*`, and where the resource has to allow, not to know its
        // policy is not to know the answer.
        let given = self.resource.as_ref().filter(|_| call.resource != "*");
        let needed = open && call.resource != "*" && call.needs_resource_policy(caller);
        if let Some(resource) = given {
            policies["resource"] = document::fit_resource(resource, caller, call);
        } else if needed {
            policies["resource"] = document::nothing_but_denial();
        }
        policies
    }
}
