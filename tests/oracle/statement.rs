//! Whether one statement applies to a request.

use serde_json::Value;

use super::caller::Grant;
use super::pattern::{self, Piece};
use super::{Request, arn, condition, one_or_many};

/// What the policy type says of principals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Principals {
    /// The caller's own policies and SCPs name none (GRAM-11).
    Implied,
    /// Resource and trust policies and RCPs name theirs; without one a statement is nobody's.
    Named,
    /// VPC endpoint policies name theirs; without one a statement is everybody's (GRAM-29).
    NamedOrEveryone,
}

/// Says how a statement grants or denies, if it applies: principal, action, resource and
/// condition all have to match (EVAL-1).
pub(super) fn applies(
    statement: &Value,
    version: &Value,
    principals: Principals,
    request: &Request,
) -> Option<Grant> {
    // Variables came with the second version of the language (GRAM-7, GRAM-8).
    let expands = version == "2012-10-17";
    let grant = principal_matches(statement, principals, request)?;
    let applies = action_matches(statement, request)
        && resource_matches(statement, expands, request)
        && condition::holds(&statement["Condition"], expands, &request.context);
    applies.then_some(grant)
}

fn principal_matches(
    statement: &Value,
    principals: Principals,
    request: &Request,
) -> Option<Grant> {
    if principals == Principals::Implied {
        return Some(Grant::Direct);
    }
    let caller = &request.caller;
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => caller.named_by(principal),
        (None, Some(listed)) if statement["Effect"] == "Deny" => {
            (!caller.spared_by(listed)).then_some(Grant::Direct)
        }
        (None, Some(listed)) => caller.named_by(listed).is_none().then_some(Grant::Direct),
        (None, None) => (principals == Principals::NamedOrEveryone).then_some(Grant::Direct),
    }
}

fn action_matches(statement: &Value, request: &Request) -> bool {
    let listed = |element: &Value| {
        one_or_many(element).into_iter().any(|pattern| {
            let pattern = pattern
                .as_str()
                .expect("actions are strings")
                .to_lowercase();
            // GRAM-31: half an action matches nothing.
            let whole = pattern == "*"
                || pattern.split_once(':').is_some_and(|(service, name)| {
                    !service.is_empty()
                        && !name.is_empty()
                        && !pattern.contains(char::is_whitespace)
                });
            // GRAM-30: without regard to case.
            whole && pattern::matches_text(&pattern::without_variables(&pattern), &request.action)
        })
    };
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(actions), _) => listed(actions),
        (None, Some(actions)) => !listed(actions), // GRAM-32
        (None, None) => panic!("a statement has an Action: {statement}"),
    }
}

fn resource_matches(statement: &Value, expands: bool, request: &Request) -> bool {
    let read = |element: &Value| -> Vec<Option<Vec<Piece>>> {
        one_or_many(element)
            .into_iter()
            .map(|pattern| {
                read_resource(
                    pattern.as_str().expect("resources are strings"),
                    expands,
                    request,
                )
            })
            .collect()
    };
    let listed = |patterns: &[Option<Vec<Piece>>]| {
        patterns
            .iter()
            .flatten()
            .any(|pattern| covers(pattern, request))
    };
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(resources), _) => listed(&read(resources)),
        (None, Some(resources)) => {
            let patterns = read(resources);
            // An entry without a value excludes nothing, and is too doubtful to grant by: the
            // Deny applies, the Allow does not (GRAM-35).
            let doubtful = patterns.iter().any(Option::is_none);
            let usable = !doubtful || statement["Effect"] == "Deny";
            usable && !listed(&patterns) // GRAM-38
        }
        // The resource that the policy is attached to (GRAM-12).
        (None, None) => true,
    }
}

/// Reads a resource pattern; `None` if a variable in it has no value. Variables count only after
/// the fifth colon (GRAM-35).
fn read_resource(text: &str, expands: bool, request: &Request) -> Option<Vec<Piece>> {
    let tail_start = text
        .match_indices(':')
        .nth(4)
        .map_or(text.len(), |(colon, _)| colon + 1);
    let (head, tail) = text.split_at(tail_start);
    let mut pieces = pattern::without_variables(head);
    if expands {
        pieces.extend(pattern::with_variables(tail, &request.context)?);
    } else {
        pieces.extend(pattern::without_variables(tail));
    }
    Some(pieces)
}

/// Whether a resource pattern covers the resource of the request.
fn covers(pattern: &[Piece], request: &Request) -> bool {
    if pattern == [Piece::Many] {
        return true; // GRAM-34
    }
    if request.resource == "*" {
        // An action without a resource type wants the star itself; for the service level of S3,
        // all its buckets will do (GRAM-34).
        let text = pattern::literal(pattern);
        return request.action.starts_with("s3:")
            && arn::parts(&text).is_some_and(|[_, _, service, region, account, resource]| {
                [service, region, account, resource] == ["s3", "", "", "*"]
            });
    }
    pattern::matches_text(&pattern::within_segments(pattern), &request.resource) // GRAM-33
}
