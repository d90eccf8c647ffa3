//! The policies of a replay: the new ones, and the current ones that they are compared with.

use std::path::Path;
use std::sync::Arc;

use crate::ask::replay::ASSUMED;
use crate::cmd::layers::{over, place, single};
use crate::cmd::policies::base_of;
use crate::cmd::taken::{ALLOW_ALL, full_access_notes, with_full_access};
use crate::error::{Error, Result};
use crate::eval::{Layer, PolicySet, Scenario};
use crate::input::{self, Documents, Holder, files};
use crate::policy::{Effect, Policy, PolicyKind};

/// What the data of an account does not say.
const ONLY_TRUST: &str = "of policies of resources the account data has only those of roles; no other resource is taken to have one";

/// Everyone may do everything, as the policy of a resource.
const ALLOW_EVERYONE: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;

/// The current policies: those of the new side, but for the layers that `--against` says something of.
pub(super) fn current(new: &Scenario, args: &[String], lenient: bool) -> Result<Scenario> {
    let mut documents = Documents::new(lenient);
    let mut set = PolicySet::default();
    let mut scenario = new.clone();
    for arg in args {
        let (layer, path) = named(arg);
        let (path, address) = files::split_address(Path::new(path));
        let source = files::read_any_size(&path)?;
        let base = base_of(&path);
        if layer.is_none()
            && let Some(read) = input::scenario_in(&source, base, &mut documents)?
        {
            scenario = over(scenario, &read.policies);
            continue;
        }
        let held = Holder::new(&source)?.choose(address.as_deref())?;
        let place_of = match layer {
            Some(place) => place,
            None => likely_place(&new.policies, held.likely_kind()?, arg)?,
        };
        match place_of {
            Place::Trust => {
                let policy = documents.policy(&held, Some(PolicyKind::Trust))?;
                place(&mut set, policy)?;
            }
            Place::Layer(layer) => {
                let policy = documents.policy(&held, Some(layer.kind()))?;
                put(&mut set, layer, policy)?;
            }
        }
    }
    Ok(over(scenario, &set))
}

/// Where a policy belongs.
#[derive(Clone, Copy)]
enum Place {
    Layer(Layer),
    Trust,
}

/// `scp=old.json` as a place and a path; a path alone as it is.
fn named(arg: &str) -> (Option<Place>, &str) {
    let Some((name, path)) = arg.split_once('=') else {
        return (None, arg);
    };
    if name == "trust" {
        return (Some(Place::Trust), path);
    }
    let layer = Layer::ALL.into_iter().find(|layer| layer.as_str() == name);
    match layer {
        Some(layer) => (Some(Place::Layer(layer)), path),
        None => (None, arg),
    }
}

/// The layer whose place a policy takes that comes without one: of those that the new policies are in, the one that is of
/// its kind.
fn likely_place(policies: &PolicySet, kind: PolicyKind, arg: &str) -> Result<Place> {
    let names_principals = kind.names_principals();
    let given = Layer::ALL.into_iter().filter(|layer| {
        policies.gives(*layer) && layer.kind().names_principals() == names_principals
    });
    let given: Vec<Layer> = given.collect();
    let trust = |policy: &Arc<Policy>| policy.kind == PolicyKind::Trust;
    match given.as_slice() {
        [] if kind == PolicyKind::Trust => Ok(Place::Trust),
        [] if names_principals => Ok(Place::Layer(Layer::Resource)),
        [] => Ok(Place::Layer(Layer::Identity)),
        [Layer::Resource] if policies.resource.iter().flatten().any(trust) => Ok(Place::Trust),
        [only] => Ok(Place::Layer(*only)),
        several => {
            let names: Vec<&str> = several.iter().map(|layer| layer.as_str()).collect();
            let names = names.join(", ");
            Err(Error::request(format!(
                "`{arg}` may take the place of each of these: {names}"
            ))
            .help(format!(
                "say which: --against {}={arg}",
                several[0].as_str()
            )))
        }
    }
}

fn put(set: &mut PolicySet, layer: Layer, policy: Arc<Policy>) -> Result<()> {
    let levels = |levels: &mut Option<Vec<Vec<Arc<Policy>>>>, policy| {
        let levels = levels.get_or_insert_default();
        match levels.first_mut() {
            Some(level) => level.push(policy),
            None => levels.push(vec![policy]),
        }
    };
    match layer {
        Layer::Identity => set.identity.get_or_insert_default().push(policy),
        Layer::Session => set.session.get_or_insert_default().push(policy),
        Layer::Scp => levels(&mut set.scp, policy),
        Layer::Rcp => levels(&mut set.rcp, policy),
        Layer::Resource => return place(set, policy),
        Layer::Boundary => single(&mut set.boundary, policy)?,
        Layer::Vpce => single(&mut set.vpce, policy)?,
    }
    Ok(())
}

/// What is taken to be attached beside the policies, and in which words. Where nothing among them allows anything, the
/// question is what they take away: something else allowed what happened.
pub(super) fn completed(sides: &mut [Scenario], with_account: bool) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    if with_account {
        notes.push(ONLY_TRUST.to_owned());
    }
    for side in sides.iter_mut() {
        for note in full_access_notes(&side.policies) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        *side = with_full_access(std::mem::take(side));
    }
    if !with_account && sides.iter().all(|side| only_takes_away(&side.policies)) {
        notes.push(
            "nothing here allows a call; other policies are taken to allow what these do not deny"
                .into(),
        );
        let identity = Policy::from_json(ASSUMED, ALLOW_ALL, PolicyKind::Identity)?;
        let resource = Policy::from_json(ASSUMED, ALLOW_EVERYONE, PolicyKind::Resource)?;
        let (identity, resource) = (Arc::new(identity), Arc::new(resource));
        for side in sides {
            let policies = &mut side.policies;
            let own = policies.identity.get_or_insert_default();
            own.push(Arc::clone(&identity));
            let own = policies.resource.get_or_insert_default();
            own.push(Arc::clone(&resource));
        }
    }
    Ok(notes)
}

/// Whether no policy of the caller or the resource allows anything, and it was not said that there is none.
fn only_takes_away(policies: &PolicySet) -> bool {
    let lists = [&policies.identity, &policies.resource];
    let mut all = lists.iter().copied().flatten().flatten();
    let denies = all.all(|policy| {
        let mut statements = policy.statements.iter();
        statements.all(|statement| statement.effect == Effect::Deny)
    });
    denies && !policies.identity.as_ref().is_some_and(Vec::is_empty)
}
