//! Whether one statement applies to a request (EVAL-1).

use super::algebra::Algebra;
use super::caller::{Caller, Grants};
use super::condition::{self, ConditionOutcome};
use super::context::{Assumption, Known, Missing};
use super::request::{Layer, Request, Resource};
use super::truth::{Pair, Truth, all};
use crate::policy::{
    ConditionKey, Effect, PrincipalElement, Resolved, ResourceElement, Statement, Who,
};
use crate::source::Span;

/// What became of one statement, element by element.
#[derive(Clone, Debug)]
pub(crate) struct StatementOutcome<T> {
    /// Whether it applies: all that follows.
    pub applies: Pair<T>,
    /// `Principal`, in policies that have one.
    pub principal: Option<Pair<bool>>,
    /// How an Allow reaches the caller, in resource policies.
    pub grants: Grants,
    /// `Action`.
    pub action: bool,
    /// The pattern that named the action.
    pub action_span: Option<Span>,
    /// `Resource`.
    pub resource: Pair<bool>,
    /// The tests of `Condition`, in order.
    pub conditions: Vec<ConditionOutcome<T>>,
    /// What it needs and is not known: condition keys as written, or what else.
    pub unknown: Vec<Unknown>,
    /// Undocumented points that it rests on.
    pub assumptions: Vec<Assumption>,
}

/// Something that a statement needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// The value of a condition key, or whether it is in the request.
    Key(ConditionKey),
    /// Who calls.
    Principal,
    /// Which resource the request is on.
    Resource,
    /// Which account a canonical user id stands for.
    CanonicalUser,
    /// Whether the VPC endpoint is a gateway or an interface endpoint (EVAL-34).
    EndpointType,
}

impl<T: Truth> StatementOutcome<T> {
    /// Where it applies when only the principal, action and resource count.
    pub(crate) fn is_about_request(&self) -> bool {
        self.action
            && *self.resource.possibly()
            && self.principal.is_none_or(|principal| *principal.possibly())
    }
}

/// Judges one statement of a policy of `layer`.
pub(crate) fn judge<A: Algebra>(
    algebra: &A,
    statement: &Statement,
    layer: Layer,
    has_boundary: bool,
    request: &Request,
) -> StatementOutcome<A::Truth> {
    let mut judge = Judge::new(statement, layer, request);
    let (principal, grants) = judge.principal(has_boundary);
    let (action, action_span) = statement.action.matches(&request.action);
    let resource = judge.resource();
    let conditions: Vec<ConditionOutcome<A::Truth>> = statement
        .conditions
        .iter()
        .map(|condition| condition::test(algebra, condition, &request.context))
        .collect();
    for outcome in &conditions {
        judge
            .unknown
            .extend(outcome.unknown.iter().cloned().map(Unknown::Key));
        judge
            .assumptions
            .extend(outcome.assumptions.iter().cloned());
    }
    let tests = all(conditions.iter().map(|outcome| outcome.truth.clone()));
    let about = principal
        .unwrap_or(Pair::known(true))
        .and(&Pair::known(action))
        .and(&resource);
    let Judge {
        unknown,
        assumptions,
        ..
    } = judge;
    StatementOutcome {
        applies: tests.and(&about.lift()),
        principal,
        grants,
        action,
        action_span,
        resource,
        conditions,
        unknown,
        assumptions,
    }
}

/// What became of the principal of a statement, and how an Allow of it reaches the caller.
pub(crate) fn principal(
    statement: &Statement,
    layer: Layer,
    has_boundary: bool,
    request: &Request,
) -> (Option<Pair<bool>>, Grants) {
    Judge::new(statement, layer, request).principal(has_boundary)
}

/// What became of the resource of a statement.
pub(crate) fn resource(statement: &Statement, layer: Layer, request: &Request) -> Pair<bool> {
    Judge::new(statement, layer, request).resource()
}

struct Judge<'a> {
    statement: &'a Statement,
    layer: Layer,
    request: &'a Request,
    unknown: Vec<Unknown>,
    assumptions: Vec<Assumption>,
}

impl<'a> Judge<'a> {
    fn new(statement: &'a Statement, layer: Layer, request: &'a Request) -> Self {
        Self {
            statement,
            layer,
            request,
            unknown: Vec::new(),
            assumptions: Vec::new(),
        }
    }

    fn principal(&mut self, has_boundary: bool) -> (Option<Pair<bool>>, Grants) {
        let caller = &self.request.caller;
        let Some(element) = &self.statement.principal else {
            // Without the element a resource or trust policy names nobody, an endpoint policy everybody (GRAM-29).
            return match self.layer {
                Layer::Resource => (Some(Pair::known(false)), Grants::none()),
                _ => (None, Grants::none()),
            };
        };
        if element.negated {
            let matched = self.not_principal(element, has_boundary);
            return (Some(matched), Grants::directly(matched));
        }
        let mut grants = caller.grants(element);
        if self.layer == Layer::Vpce {
            self.gateway_endpoint(element, &mut grants);
        }
        if !grants.are_decided() {
            self.unknown.push(self.why_unknown(element));
            if self.request.context.missing() == Missing::Absent {
                grants = grants.certainly();
                self.assume(
                    "EVAL-31",
                    "a principal that is not known to be the caller is taken not to be",
                );
            }
        }
        self.note_path(element);
        (Some(grants.any()), grants)
    }

    fn why_unknown(&self, element: &PrincipalElement) -> Unknown {
        let canonical = element
            .entries
            .iter()
            .any(|who| matches!(who, Who::CanonicalUser(_)));
        let unnamed = |caller: &Caller| {
            matches!(
                caller,
                Caller::Stranger | Caller::Unnamed(_) | Caller::Service(None)
            )
        };
        match (self.layer, &self.request.caller) {
            (Layer::Vpce, caller) if !unnamed(caller) && !canonical => Unknown::EndpointType,
            (_, caller) if canonical && !unnamed(caller) => Unknown::CanonicalUser,
            _ => Unknown::Principal,
        }
    }

    /// `NotPrincipal` (GRAM-28).
    fn not_principal(&mut self, element: &PrincipalElement, has_boundary: bool) -> Pair<bool> {
        let caller = &self.request.caller;
        if self.statement.effect == Effect::Deny {
            if has_boundary && caller.has_identity() && !matches!(caller, Caller::Root { .. }) {
                return Pair::known(true);
            }
            self.assume(
                "GRAM-28",
                "`NotPrincipal` exempts a caller only if account, role and session are all listed",
            );
            return self.settle(caller.is_exempt(element)).not();
        }
        self.assume("GRAM-28", "`NotPrincipal` with Allow, which AWS does not support, is taken to allow everyone not listed");
        self.settle(caller.grants(element).any()).not()
    }

    /// What is not known about the principal is a question, or under `missing: absent` not so.
    fn settle(&mut self, listed: Pair<bool>) -> Pair<bool> {
        if listed.decided().is_some() {
            return listed;
        }
        self.unknown.push(Unknown::Principal);
        match self.request.context.missing() {
            Missing::Absent => Pair::known(*listed.certainly()),
            Missing::Unknown => listed,
        }
    }

    /// Gateway endpoints take `"*"` only; an account there means its root user (EVAL-34).
    fn gateway_endpoint(&mut self, element: &PrincipalElement, grants: &mut Grants) {
        let gateway = matches!(self.request.action.service(), "s3" | "dynamodb");
        let everyone = element.names_everyone();
        let root = matches!(self.request.caller, Caller::Root { .. });
        if !gateway || everyone || root || grants.any() == Pair::known(false) {
            return;
        }
        self.assume(
            "EVAL-34",
            "a gateway endpoint would not take this principal; only an interface endpoint does",
        );
        *grants = match (self.request.context.missing(), self.statement.effect) {
            (Missing::Unknown, _) => Grants::directly(Pair::unknown()),
            (Missing::Absent, Effect::Allow) => Grants::none(),
            (Missing::Absent, Effect::Deny) => Grants::directly(Pair::known(true)),
        };
    }

    /// A session's ARN does not carry the path of its role (GRAM-24, ROLE-35).
    fn note_path(&mut self, element: &PrincipalElement) {
        let Caller::RoleSession { role, .. } = &self.request.caller else {
            return;
        };
        let named = element.entries.iter().any(|who| match who {
            Who::Role(arn) => {
                arn.account() == Some(role.account)
                    && arn.resource().rsplit('/').next() == Some(role.name())
            }
            _ => false,
        });
        if named && !role.path_known {
            self.assume(
                "ROLE-35",
                format!(
                    "the path of role {} is unknown; it is compared by account and name",
                    role.name()
                ),
            );
        }
    }

    fn resource(&mut self) -> Pair<bool> {
        let Some(element) = &self.statement.resource else {
            return Pair::known(true);
        };
        let request = self.request;
        if request.resource == Resource::Unknown {
            return self.unknown_resource(element);
        }
        let bind = |key: &ConditionKey| request.context.bind(key);
        let (mut listed, mut void) = (Pair::known(false), false);
        for entry in &element.patterns {
            let matched = match entry.pattern.matches(request.resource.as_str(), &bind) {
                Resolved::Known(matched) => Pair::known(matched || self.is_all_of_s3(&entry.text)),
                Resolved::Void => {
                    void = true;
                    Pair::known(false)
                }
                Resolved::Unknown => {
                    let unknown = entry.pattern.variables().filter(|key| {
                        matches!(request.context.get(key), Known::Unknown | Known::Every)
                    });
                    self.unknown.extend(unknown.cloned().map(Unknown::Key));
                    Pair::unknown()
                }
            };
            listed = listed.or(&matched);
        }
        if !element.negated {
            return listed;
        }
        if void {
            let text = "a variable of `NotResource` has no value and excludes nothing; an Allow does not apply";
            self.assume("GRAM-35", text);
            if self.statement.effect == Effect::Allow {
                return Pair::known(false);
            }
        }
        listed.not()
    }

    /// Only what is about every resource is certainly about one that is not known.
    fn unknown_resource(&mut self, element: &ResourceElement) -> Pair<bool> {
        if element.patterns.iter().any(|entry| entry.pattern.is_all()) {
            return Pair::known(!element.negated);
        }
        self.unknown.push(Unknown::Resource);
        Pair::unknown()
    }

    /// AWS's own example allows actions on no bucket at all by `arn:aws:s3:::*` (GRAM-34).
    fn is_all_of_s3(&mut self, pattern: &str) -> bool {
        let on_all =
            self.request.resource != Resource::Unstated && self.request.resource.as_str() == "*";
        let s3 = pattern
            .strip_prefix("arn:")
            .and_then(|rest| rest.split_once(':'));
        let matched = on_all
            && self.request.action.service() == "s3"
            && s3.is_some_and(|(partition, rest)| partition.starts_with("aws") && rest == "s3:::*");
        if matched {
            self.assume(
                "GRAM-34",
                format!("`{pattern}` is taken to cover S3 actions that have no resource"),
            );
        }
        matched
    }

    fn assume(&mut self, rule: &'static str, text: impl Into<String>) {
        self.assumptions.push(Assumption::new(rule, text));
    }
}
