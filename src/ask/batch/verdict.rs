//! What a row is told: the decision, the statement that made it, and a short reason.

use crate::eval::{
    Answer, ConditionTrace, Decision, KeyState, Layer, Match, SOURCE_IP, StatementTrace,
    is_address_test,
};
use crate::policy::{Comparison, Condition, Effect};

/// The answer for one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of the request; `None`: the row could not be read.
    pub decision: Option<Decision>,
    /// The `Sid` of the first deciding statement, or `policy#index`; empty if none decides.
    pub statement: String,
    /// Why; empty if it is allowed.
    pub reason: String,
}

impl Verdict {
    /// The verdict that sums up an answer.
    pub(crate) fn of(answer: &Answer) -> Self {
        let first = answer.deciders().next();
        let reason = match answer.decision {
            Decision::Allowed => String::new(),
            Decision::ExplicitDeny => first.map_or_else(String::new, why_denied),
            Decision::ImplicitDeny => why_not_allowed(answer),
            Decision::Depends => {
                let needs = answer.depends_on.iter();
                let needs: Vec<&str> = needs.map(|need| without_whose(need)).collect();
                format!("depends on {}", needs.join(", "))
            }
        };
        Self {
            decision: Some(answer.decision),
            statement: first.map_or_else(String::new, StatementTrace::name),
            reason,
        }
    }

    /// The verdict for a row that cannot be read.
    pub fn unreadable(why: &crate::Error) -> Self {
        Self {
            decision: None,
            statement: String::new(),
            reason: why.message().replace("\n  ", " "),
        }
    }

    /// The word: a decision, or `error`.
    pub fn word(&self) -> &'static str {
        self.decision.map_or("error", Decision::as_str)
    }
}

/// `the key policy of arn:…` without the ARN, which the row says.
pub(crate) fn without_whose(need: &str) -> &str {
    let documents = [
        "the identity policies",
        "the key policy",
        "the resource policy",
        "the trust policy",
    ];
    let document = documents.into_iter().find(|title| need.starts_with(title));
    document.unwrap_or(need)
}

/// Of a Deny that applies: how the address stands to it, else what it tests.
fn why_denied(trace: &StatementTrace) -> String {
    let (address, _) = tests(trace);
    if !address.is_empty() {
        return by_address(&address, true);
    }
    let tests = trace.statement().conditions.iter();
    let tests: Vec<String> = tests
        .map(|condition| format!("{} {}", condition.operator_text, condition.key))
        .collect();
    if tests.is_empty() {
        "no condition".into()
    } else {
        tests.join(", ")
    }
}

type Test<'a> = (&'a Condition, &'a ConditionTrace);

/// The tests of the address, and the others.
fn tests(trace: &StatementTrace) -> (Vec<Test<'_>>, Vec<Test<'_>>) {
    let tests = trace.statement().conditions.iter().zip(&trace.conditions);
    tests.partition(|(condition, _)| is_address_test(condition))
}

/// How an address stands to the tests of it, of which all hold or one does not.
fn by_address(tests: &[Test<'_>], hold: bool) -> String {
    let condition = match tests {
        [(_, test), ..] if test.key == KeyState::Absent => {
            return format!("{SOURCE_IP} is not in the request");
        }
        [(condition, _)] if condition.operator.comparison == Comparison::Ip => condition,
        several => {
            let operators = several.iter();
            let operators: Vec<&str> = operators
                .map(|(condition, _)| &*condition.operator_text)
                .collect();
            return format!("{SOURCE_IP}: {}", operators.join(", "));
        }
    };
    let count = condition.values.len();
    match (condition.operator.negated != hold, count) {
        (true, 1) => format!("{SOURCE_IP} in 1 range"),
        (true, _) => format!("{SOURCE_IP} in one of {count} ranges"),
        (false, 1) => format!("{SOURCE_IP} not in 1 range"),
        (false, _) => format!("{SOURCE_IP} not in {count} ranges"),
    }
}

/// Of a request that nothing allows: the address if that is all that an Allow misses, else the layers that do not allow.
fn why_not_allowed(answer: &Answer) -> String {
    let allows = answer.statements.iter().filter(|trace| {
        trace.statement().effect == Effect::Allow
            && trace.action == Match::Match
            && trace.resource == Match::Match
            && trace
                .principal
                .is_none_or(|principal| principal == Match::Match)
    });
    for trace in allows {
        let (address, others) = tests(trace);
        let missed = address
            .iter()
            .any(|(_, test)| test.outcome == Match::NoMatch);
        let others = others.iter().all(|(_, test)| test.outcome == Match::Match);
        if missed && others {
            return by_address(&address, false);
        }
    }
    let layers: Vec<&str> = answer
        .blocked_by
        .iter()
        .map(|layer| title(*layer))
        .collect();
    if layers.is_empty() {
        "not allowed".into()
    } else {
        format!("not allowed by {}", layers.join(", "))
    }
}

fn title(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity policies",
        Layer::Boundary => "the boundary",
        Layer::Session => "session policies",
        Layer::Scp => "SCPs",
        Layer::Rcp => "RCPs",
        Layer::Resource => "the resource policy",
        Layer::Vpce => "the endpoint policy",
    }
}
