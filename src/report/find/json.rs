//! Blocks as JSON: the shape `find/1`.

use serde::Serialize;

use super::Search;
use crate::ask::find::Hit;
use crate::eval::Assumption;
use crate::source::Position;

/// A [`Search`] as `find/1`.
#[derive(Debug, Serialize)]
pub struct Find<'a> {
    ipcond: &'static str,
    query: &'a str,
    policies: usize,
    matches: Vec<Match<'a>>,
    assumptions: &'a [Assumption],
}

#[derive(Debug, Serialize)]
struct Match<'a> {
    path: &'a str,
    policy: &'a str,
    statement: usize,
    sid: Option<&'a str>,
    effect: &'static str,
    operator: &'a str,
    key: &'a str,
    /// As the policy writes it.
    block: &'a str,
    /// What it means.
    cidr: String,
    relation: &'static str,
    start: Position,
    end: Position,
}

impl<'a> Find<'a> {
    /// The shape of a search.
    pub fn new(search: &Search<'a>) -> Self {
        Self {
            ipcond: "find/1",
            query: &search.query.name,
            policies: search.policies,
            matches: search.hits.iter().map(Match::new).collect(),
            assumptions: &search.query.assumptions,
        }
    }
}

impl<'a> Match<'a> {
    fn new(hit: &Hit<'a>) -> Self {
        let (source, span) = (&hit.policy.source, hit.value.span);
        let statement = &hit.policy.statements[hit.index];
        Self {
            path: source.name(),
            policy: &hit.policy.name,
            statement: hit.index,
            sid: statement.sid.as_deref(),
            effect: statement.effect.as_str(),
            operator: &hit.condition.operator_text,
            key: hit.condition.key.as_str(),
            block: &hit.value.text,
            cidr: hit.cidr.to_string(),
            relation: hit.relation.as_str(),
            start: source.position(span.start()),
            end: source.position(span.end()),
        }
    }
}
