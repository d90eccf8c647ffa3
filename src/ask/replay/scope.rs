//! Whose a resource policy is: it binds calls on that resource and no other.

use crate::error::{Error, Result};
use crate::eval::PolicySet;
use crate::input::cloudtrail::Target;
use crate::policy::{
    Action, ArnParts, Binding, ConditionKey, Policy, PolicyKind, Resolved, Statement,
};

/// The name of a policy that stands for all that are not given, and allows what they may allow.
pub(crate) const ASSUMED: &str = "another policy";

/// Whether a policy is [`ASSUMED`], or the one that AWS attaches to every level of SCPs.
pub(super) fn is_assumed(policy: &Policy) -> bool {
    policy.name == ASSUMED || policy.name == "FullAWSAccess"
}

/// The resources that a resource policy belongs to.
#[derive(Debug)]
pub(super) struct Scope {
    /// ARNs, a bucket's with all that is in it.
    named: Vec<String>,
    /// Else what the policy itself names.
    statements: Vec<Statement>,
}

/// Whether a call is on a resource of a [`Scope`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    No,
    /// It may be: the event does not say on which resource it is.
    Perhaps,
    Yes,
}

impl Scope {
    /// The scope of the resource policies, if there are any.
    ///
    /// # Errors
    /// If neither they nor `resources` say whose they are.
    pub(super) fn new(policies: &PolicySet, resources: &[String]) -> Result<Option<Self>> {
        let given = policies.resource.iter().flatten();
        let given: Vec<_> = given.filter(|policy| !is_assumed(policy)).collect();
        let Some(first) = given.first() else {
            return Ok(None);
        };
        if !resources.is_empty() {
            return Ok(Some(Self {
                named: resources.to_vec(),
                statements: Vec::new(),
            }));
        }
        let all = given.iter().flat_map(|policy| &policy.statements);
        let statements: Vec<Statement> = all.cloned().collect();
        if first.kind == PolicyKind::Trust || !statements.iter().all(names_its_own) {
            let (what, example) = if first.kind == PolicyKind::Trust {
                ("role", "arn:aws:iam::111122223333:role/ci")
            } else {
                ("resource", "arn:aws:s3:::reports")
            };
            let text = format!("`{}` does not say which {what} it belongs to", first.name);
            return Err(Error::request(text).help(format!(
                "events are on many resources; name the {what}: --resource {example}"
            )));
        }
        Ok(Some(Self {
            named: Vec::new(),
            statements,
        }))
    }

    /// Whether a call is on one of the resources.
    pub(super) fn holds(&self, action: &Action, target: &Target<'_>) -> Within {
        match target {
            Target::Unknown if self.is_of(action) => Within::Perhaps,
            Target::Arn { arn, .. } if self.is_of(action) && self.has(arn) => Within::Yes,
            Target::All | Target::Arn { .. } | Target::Unknown => Within::No,
        }
    }

    /// Whether an action is one of the service of a resource.
    fn is_of(&self, action: &Action) -> bool {
        let own = |text: &str| match ArnParts::split(text.as_bytes()) {
            Some(arn) if arn.service() == b"iam" => action.is_on_role(),
            Some(arn) if arn.service().contains(&b'*') => true,
            Some(arn) => arn.service() == action.service().as_bytes(),
            None => true,
        };
        self.texts().any(own)
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let elements = self
            .statements
            .iter()
            .filter_map(|all| all.resource.as_ref());
        let patterns = elements.flat_map(|element| &element.patterns);
        let named = self.named.iter().map(String::as_str);
        named.chain(patterns.map(|entry| &*entry.text))
    }

    fn has(&self, arn: &str) -> bool {
        // The policy of a bucket is that of its objects; below a role there is nothing.
        let below = |named: &String| {
            let rest = arn.strip_prefix(named.as_str());
            rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && is_bucket(named)))
        };
        let bind = |_: &ConditionKey| Binding::Unknown;
        let elements = self
            .statements
            .iter()
            .filter_map(|all| all.resource.as_ref());
        let mut patterns = elements.flat_map(|element| &element.patterns);
        self.named.iter().any(below)
            || patterns.any(|entry| {
                matches!(
                    entry.pattern.matches(arn, &bind),
                    Resolved::Known(true) | Resolved::Unknown
                )
            })
    }
}

fn is_bucket(arn: &str) -> bool {
    ArnParts::split(arn.as_bytes()).is_some_and(|arn| arn.service() == b"s3")
}

/// Whether a statement names resources, and not just any.
fn names_its_own(statement: &Statement) -> bool {
    statement.resource.as_ref().is_some_and(|element| {
        !element.negated && !element.patterns.iter().any(|entry| entry.pattern.is_all())
    })
}
