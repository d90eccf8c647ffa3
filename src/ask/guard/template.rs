//! The policy for what is wanted.
//!
//! It is one Deny of everything that comes from elsewhere, with one condition for each exemption: all must hold for the Deny to
//! apply, so each of them alone lifts it (COND-1). The blocks are those of IP-50, IP-53 and IP-54; `NotIpAddress` and the other
//! negated operators hold where the key is absent (COND-3), which is what `IfExists` would say of them (COND-9, IP-15).

use super::cover::Cover;
use super::document::{Document, Statement, Test};
use super::wanted::{ActionPattern, Kind, ResourcePattern, Wanted};
use crate::eval::{SOURCE_IP, VPC_SOURCE_IP};
use crate::policy::Effect;

/// The document for these blocks.
pub(super) fn document(wanted: &Wanted, cover: &Cover) -> Document {
    let mut statement = Vec::new();
    if wanted.kind == Kind::Vpce {
        // The policy of an endpoint takes the place of one that allows everything (EVAL-12).
        statement.push(everything_else(wanted));
    }
    let mut sid = wanted.sid.to_string();
    if !(wanted.allow.has_none() && cover.is_within_everything()) {
        statement.push(deny(wanted, sid.clone(), outside(wanted, cover)));
        sid.push_str("Except");
    }
    if !cover.except.is_empty() {
        // A request with one of these addresses comes neither through an endpoint nor from a service itself (KEY-2, KEY-10);
        // what is exempt is said here too, so that nothing hangs on it.
        let holes = test("IpAddress", address_key(wanted.kind), &cover.except);
        statement.push(deny(wanted, sid, vec![holes]));
    }
    Document {
        version: "2012-10-17",
        statement,
    }
}

fn everything_else(wanted: &Wanted) -> Statement {
    Statement {
        sid: None,
        effect: Effect::Allow,
        condition: Vec::new(),
        action: vec!["*".to_owned()],
        resource: vec!["*".to_owned()],
        principal: principal(wanted.kind),
    }
}

/// A Deny where all of `tests` hold and nothing exempts the request.
fn deny(wanted: &Wanted, sid: String, mut tests: Vec<Test>) -> Statement {
    tests.extend(not_exempt(wanted));
    Statement {
        sid: Some(sid),
        effect: Effect::Deny,
        principal: principal(wanted.kind),
        action: actions(wanted),
        resource: resources(wanted),
        condition: tests,
    }
}

/// What holds of requests from elsewhere.
fn outside(wanted: &Wanted, cover: &Cover) -> Vec<Test> {
    let key = address_key(wanted.kind);
    let mut tests = Vec::new();
    if !cover.within.is_empty() {
        tests.push(test("NotIpAddress", key, &cover.within));
    }
    if wanted.allow.has_none() {
        tests.push(test("Null", key, &["false"]));
    }
    tests
}

/// What holds of requests that nothing exempts.
fn not_exempt(wanted: &Wanted) -> Vec<Test> {
    let Wanted {
        kind,
        endpoints,
        exempt,
        ..
    } = wanted;
    let mut tests = Vec::new();
    if !endpoints.is_empty() {
        tests.push(test("StringNotEquals", "aws:SourceVpce", endpoints));
    }
    // Not `Bool`: callers who do not sign carry no aws:PrincipalIsAWSService (EVAL-18, ROLE-16, IP-56), and some services do
    // not set aws:ViaAWSService (KEY-7).
    if exempt.services && kind.binds_services() {
        tests.push(test(
            "BoolIfExists",
            "aws:PrincipalIsAWSService",
            &["false"],
        ));
    }
    if exempt.forward_access && kind.sees_forward_access() {
        tests.push(test("BoolIfExists", "aws:ViaAWSService", &["false"]));
    }
    if !exempt.roles.is_empty() {
        tests.push(test("ArnNotLike", "aws:PrincipalArn", &exempt.roles));
    }
    tests
}

fn test(operator: &'static str, key: &'static str, values: &[impl ToString]) -> Test {
    Test {
        operator,
        key,
        values: values.iter().map(ToString::to_string).collect(),
    }
}

/// Through a VPC endpoint no request carries a public address, but that of its place in the VPC (KEY-2, KEY-3).
pub(super) fn address_key(kind: Kind) -> &'static str {
    if kind == Kind::Vpce {
        VPC_SOURCE_IP
    } else {
        SOURCE_IP
    }
}

fn principal(kind: Kind) -> Option<&'static str> {
    kind.policy().names_principals().then_some("*")
}

/// What is guarded: what was asked for, else all that policies of the kind are about.
pub(super) fn action_patterns(wanted: &Wanted) -> Vec<ActionPattern> {
    if !wanted.actions.is_empty() {
        return wanted.actions.clone();
    }
    match wanted.kind {
        Kind::Bucket => vec![ActionPattern::known("s3:*")],
        Kind::Trust => vec![
            ActionPattern::known("sts:AssumeRole"),
            ActionPattern::known("sts:AssumeRoleWithSAML"),
            ActionPattern::known("sts:AssumeRoleWithWebIdentity"),
        ],
        Kind::Identity | Kind::Scp | Kind::Vpce => vec![ActionPattern::all()],
    }
}

fn actions(wanted: &Wanted) -> Vec<String> {
    let patterns = action_patterns(wanted);
    patterns
        .iter()
        .map(|action| action.as_str().to_owned())
        .collect()
}

/// On what: nothing in a trust policy (GRAM-12); of a bucket itself its objects as well.
pub(super) fn resource_patterns(wanted: &Wanted) -> Vec<ResourcePattern> {
    match wanted.kind {
        Kind::Trust => Vec::new(),
        _ if wanted.resources.is_empty() => vec![ResourcePattern::all()],
        Kind::Bucket => {
            let both = |pattern: &ResourcePattern| {
                let itself = matches!(pattern.bucket(), Some((_, false)));
                let objects = itself.then(|| pattern.objects());
                std::iter::once(pattern.clone()).chain(objects)
            };
            wanted.resources.iter().flat_map(both).collect()
        }
        Kind::Identity | Kind::Scp | Kind::Vpce => wanted.resources.clone(),
    }
}

fn resources(wanted: &Wanted) -> Vec<String> {
    let patterns = resource_patterns(wanted);
    patterns
        .iter()
        .map(|resource| resource.as_str().to_owned())
        .collect()
}
