//! From statements to the decision: the layers of policies and how they combine.

use serde_json::Value;

use super::caller::Grant;
use super::statement::{self, Principals};
use super::{Decision, Request, arn, one_or_many};

/// The documents of one layer, or of one level of it.
#[derive(Debug)]
struct Documents {
    documents: Vec<Value>,
    principals: Principals,
}

/// The policies that have a say in a request, after the exemptions. `None` and no levels mean
/// that a layer is not in play.
#[derive(Debug)]
pub(super) struct Layers {
    identity: Documents,
    boundary: Option<Documents>,
    session: Option<Documents>,
    scp: Vec<Documents>,
    rcp: Vec<Documents>,
    resource: Option<Documents>,
    vpce: Option<Documents>,
}

impl Layers {
    /// Takes the policies that bind this request.
    pub(super) fn collect(scenario: &Value, request: &Request) -> Self {
        let policies = &scenario["policies"];
        let caller = &request.caller;
        // A service, a stranger and a token have no policies of their own (EVAL-17, EVAL-18,
        // ROLE-16); the root user has no identity policies and no boundary (EVAL-5).
        let bounded = caller.can_be_bounded();
        let resource = policies.get("resource").or_else(|| policies.get("trust"));
        Self {
            identity: Documents::read(
                if bounded {
                    &policies["identity"]
                } else {
                    &Value::Null
                },
                Principals::Implied,
            ),
            boundary: Documents::optional(&policies["boundary"], Principals::Implied)
                .filter(|_| bounded),
            session: Documents::optional(&policies["session"], Principals::Implied)
                .filter(|_| caller.has_account()),
            scp: if scp_binds(request) {
                Documents::levels(&policies["scp"], Principals::Implied)
            } else {
                Vec::new()
            },
            rcp: if rcp_binds(request) {
                Documents::levels(&policies["rcp"], Principals::Named)
            } else {
                Vec::new()
            },
            resource: resource
                .and_then(|resource| Documents::optional(resource, Principals::Named))
                .filter(|_| !request.is_bucket_owner_repair()),
            vpce: Documents::optional(&policies["vpce"], Principals::NamedOrEveryone),
        }
    }

    /// The reference algorithm, from the top.
    pub(super) fn decide(&self, request: &Request) -> Decision {
        let caller = &request.caller;
        if request.needs_no_permission() {
            return self.decide_without_permission(request);
        }
        // EVAL-2: any Deny, wherever it stands.
        if self.all().any(|documents| documents.deny(request)) {
            return Decision::ExplicitDeny;
        }
        // EVAL-12 and EVAL-7. An RCP without a Deny never stands in the way (EVAL-9).
        let passes = self.vpce.as_ref().is_none_or(|vpce| vpce.allow(request))
            && self.scp.iter().all(|level| level.allow(request));
        // ROLE-11: the root user cannot assume a role.
        let refused = caller.is_root() && request.action == "sts:assumerole";
        if passes && !refused && self.is_granted(request) {
            Decision::Allowed
        } else {
            Decision::ImplicitDeny
        }
    }

    /// Only the endpoint can stop an action that needs no permission (ROLE-30, ROLE-31).
    fn decide_without_permission(&self, request: &Request) -> Decision {
        match &self.vpce {
            Some(vpce) if vpce.deny(request) => Decision::ExplicitDeny,
            Some(vpce) if !vpce.allow(request) => Decision::ImplicitDeny,
            _ if request.caller.signs() => Decision::Allowed,
            _ => Decision::ImplicitDeny,
        }
    }

    /// Whether the identity side and the resource side grant the request between them.
    fn is_granted(&self, request: &Request) -> bool {
        let caller = &request.caller;
        let grant = self
            .resource
            .as_ref()
            .and_then(|resource| resource.grant(request));
        if !caller.has_account() {
            return grant.is_some(); // EVAL-15, EVAL-17, EVAL-18, ROLE-16
        }
        let identity = caller.is_root() || self.identity.allow(request); // EVAL-3
        let boundary = self
            .boundary
            .as_ref()
            .is_none_or(|boundary| boundary.allow(request));
        let session = match &self.session {
            Some(session) => session.allow(request),
            None => !caller.is_federated_user(), // EVAL-11
        };
        let own = identity && boundary && session;
        if caller.account != request.resource_account {
            return own && grant.is_some(); // EVAL-14, ROLE-8
        }
        // The table EVAL-20 to EVAL-27.
        match grant {
            None => own && !request.needs_resource_allow(),
            Some(Grant::Account) => own,
            // What the boundary and the session policy let through suffices here.
            Some(Grant::Limited) => boundary && session,
            Some(Grant::Direct) => true,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Documents> {
        [&self.identity]
            .into_iter()
            .chain(&self.boundary)
            .chain(&self.session)
            .chain(&self.scp)
            .chain(&self.rcp)
            .chain(&self.resource)
            .chain(&self.vpce)
    }
}

/// SCPs bind the principals of member accounts (EVAL-8).
fn scp_binds(request: &Request) -> bool {
    let caller = &request.caller;
    let managed = caller.account.is_some() && caller.account == request.management_account;
    caller.has_account() && !managed && !caller.is_service_linked()
}

/// RCPs bind the resources of member accounts (EVAL-9, EVAL-33).
fn rcp_binds(request: &Request) -> bool {
    let managed = request.resource_account.is_some()
        && request.resource_account == request.management_account;
    let to_service_linked = request.caller.is_service()
        && request.action.starts_with("sts:")
        && arn::names(&request.resource, "iam", "role/aws-service-role/");
    !managed
        && !to_service_linked
        && !request.caller.is_service_linked()
        && request.action != "kms:retiregrant"
        && request.resource != "*"
}

impl Documents {
    /// Reads one policy or a list of them.
    fn read(policies: &Value, principals: Principals) -> Self {
        let documents = one_or_many(policies).into_iter().map(document).collect();
        Self {
            documents,
            principals,
        }
    }

    /// Reads a layer in which no policies means that it is not in play.
    fn optional(policies: &Value, principals: Principals) -> Option<Self> {
        Some(Self::read(policies, principals)).filter(|layer| !layer.documents.is_empty())
    }

    /// Reads a list of levels; a flat list of policies is one level.
    fn levels(levels: &Value, principals: Principals) -> Vec<Self> {
        let levels = one_or_many(levels);
        if levels.iter().any(|level| level.is_array()) {
            levels
                .into_iter()
                .map(|level| Self::read(level, principals))
                .collect()
        } else if levels.is_empty() {
            Vec::new()
        } else {
            vec![Self {
                documents: levels.into_iter().map(document).collect(),
                principals,
            }]
        }
    }

    fn allow(&self, request: &Request) -> bool {
        self.strongest("Allow", request).is_some()
    }

    fn deny(&self, request: &Request) -> bool {
        self.strongest("Deny", request).is_some()
    }

    fn grant(&self, request: &Request) -> Option<Grant> {
        self.strongest("Allow", request)
    }

    /// The strongest of the statements with this effect that apply.
    fn strongest(&self, effect: &str, request: &Request) -> Option<Grant> {
        let statements = self.documents.iter().flat_map(|document| {
            let statements = one_or_many(&document["Statement"]);
            statements
                .into_iter()
                .map(|statement| (statement, &document["Version"]))
        });
        statements
            .filter(|(statement, _)| statement["Effect"] == effect)
            .filter_map(|(statement, version)| {
                statement::applies(statement, version, self.principals, request)
            })
            .max()
    }
}

/// The document of a policy, which may be wrapped with a name and held in a string.
fn document(policy: &Value) -> Value {
    match policy.get("document") {
        Some(Value::String(text)) => serde_json::from_str(text).expect("a document is JSON"),
        Some(document) => document.clone(),
        None => policy.clone(),
    }
}
