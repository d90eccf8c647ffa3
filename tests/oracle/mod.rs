//! A second reading of the IAM rules, to hold against the first.
//!
//! This evaluator answers the same scenarios as `ipcond::answer_json`, shares no code with it,
//! and is as plain as it can be: it walks the JSON as it was written, again for every question,
//! tries every way a wildcard can match, and knows nothing of unknown keys, of positions or of
//! explanations. Where the two disagree, one of them has misread a rule.
//!
//! It takes a scenario at its word: the context is all there is (`"defaults": false`,
//! `"missing": "absent"`), policies stand in the scenario itself, and documents that could not
//! be given a meaning are not looked for. It panics on what it cannot read.
//!
//! The names in brackets, such as (EVAL-22), are the rules of the semantics that the line
//! follows.

mod arn;
mod caller;
mod condition;
mod context;
mod layers;
mod operand;
mod pattern;
mod statement;

use std::fmt;

use serde_json::Value;

use caller::Caller;
use context::Context;
use layers::Layers;
pub(crate) use operand::in_block;

/// The answer to a request of which everything is known.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Decision {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
}

impl fmt::Display for Decision {
    /// Writes the word that the AWS API and our results use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        })
    }
}

/// Decides one scenario.
pub(crate) fn decide(scenario: &Value) -> Decision {
    let request = Request::read(scenario);
    Layers::collect(scenario, &request).decide(&request)
}

/// Who asks for what, on what.
#[derive(Debug)]
struct Request {
    caller: Caller,
    /// The action in lower case, since its case never matters (GRAM-30).
    action: String,
    resource: String,
    /// The account that owns the resource.
    resource_account: Option<String>,
    management_account: Option<String>,
    context: Context,
}

impl Request {
    fn read(scenario: &Value) -> Self {
        let resource = text_of(scenario, "resource").expect("a scenario names its resource");
        // Only twelve digits count as the account of an ARN; then the field; then, below, the
        // account of the caller.
        let named_account = arn::account(&resource)
            .map(str::to_owned)
            .or_else(|| text_of(scenario, "resource_account"));
        let has_boundary = !one_or_many(&scenario["policies"]["boundary"]).is_empty();
        let caller = Caller::read(
            &scenario["principal"],
            named_account.as_deref(),
            has_boundary,
        );
        Self {
            resource_account: named_account.or_else(|| caller.account.clone()),
            caller,
            action: text_of(scenario, "action")
                .expect("a scenario names its action")
                .to_lowercase(),
            resource,
            management_account: text_of(scenario, "management_account"),
            context: Context::read(&scenario["context"]),
        }
    }

    /// Whether AWS answers the action without looking at permissions (ROLE-30, ROLE-31).
    fn needs_no_permission(&self) -> bool {
        [
            "sts:getcalleridentity",
            "sts:getsessiontoken",
            "dynamodb:describeendpoints",
        ]
        .contains(&self.action.as_str())
    }

    /// Whether the resource itself must allow, even within one account: role trust policies and
    /// key policies (EVAL-16, ROLE-7).
    fn needs_resource_allow(&self) -> bool {
        self.action.starts_with("sts:") && arn::names(&self.resource, "iam", "role/")
            || self.action.starts_with("kms:") && arn::names(&self.resource, "kms", "key/")
    }

    /// Whether the owner of a bucket is repairing its policy as root, which no bucket policy can
    /// prevent (EVAL-32).
    fn is_bucket_owner_repair(&self) -> bool {
        self.caller.is_root()
            && self.caller.account == self.resource_account
            && [
                "s3:getbucketpolicy",
                "s3:putbucketpolicy",
                "s3:deletebucketpolicy",
            ]
            .contains(&self.action.as_str())
    }
}

/// The elements of a list that may have been written without brackets (GRAM-3).
fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(elements) => elements.iter().collect(),
        Value::Null => Vec::new(),
        single => vec![single],
    }
}

/// A scalar as text: `true` is `"true"` and `10` is `"10"` (COND-6).
fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        other => panic!("expected a string, a number or a boolean, found {other}"),
    }
}

fn text_of(object: &Value, field: &str) -> Option<String> {
    object[field].as_str().map(str::to_owned)
}
