//! Answers as JSON: the shapes `eval/1`, `assume/1` and `ways/1`.

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use crate::error::Error;
use crate::eval::{
    Answer, Assumption, Caller, Decision, Journey, Layer, Note, PlacedStatement, SOURCE_IP,
    StatementTrace, Way,
};
use crate::policy::Policy;
use crate::source::{Position, Source, Span};

/// An [`Answer`] as `eval/1`.
#[derive(Debug, Serialize)]
pub struct Eval<'a> {
    ipcond: &'static str,
    name: Option<&'a str>,
    decision: Decision,
    principal: Option<String>,
    action: &'a str,
    resource: &'a str,
    source_ip: Option<&'a str>,
    decided_by: Vec<Decider<'a>>,
    layers: Layers<'a>,
    blocked_by: &'a [Layer],
    statements: Vec<Trace<'a>>,
    depends_on: &'a [String],
    missing_context: &'a [String],
    assumptions: &'a [Assumption],
}

impl<'a> Eval<'a> {
    /// The shape of an answer, under a label.
    pub fn new(answer: &'a Answer, name: Option<&'a str>) -> Self {
        let caller = &answer.request.caller;
        Self {
            ipcond: "eval/1",
            name,
            decision: answer.decision,
            principal: caller_name(caller),
            action: answer.request.action.as_str(),
            resource: answer.request.resource.as_str(),
            source_ip: answer
                .request
                .context
                .text(SOURCE_IP)
                .filter(|text| !text.is_empty()),
            decided_by: answer.deciders().map(Decider::new).collect(),
            layers: Layers(&answer.layers),
            blocked_by: &answer.blocked_by,
            statements: answer.statements.iter().map(Trace::new).collect(),
            depends_on: &answer.depends_on,
            missing_context: &answer.missing_context,
            assumptions: &answer.assumptions,
        }
    }
}

/// The name of a caller, if it has one.
pub(super) fn caller_name(caller: &Caller) -> Option<String> {
    (!matches!(
        caller,
        Caller::Stranger | Caller::Unnamed(_) | Caller::Service(None)
    ))
    .then(|| caller.title())
}

#[derive(Debug)]
struct Layers<'a>(&'a [(Layer, Decision)]);

impl Serialize for Layers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (layer, decision) in self.0 {
            map.serialize_entry(layer, decision)?;
        }
        map.end()
    }
}

/// Where a span stands: in its own text, and for a document held in a string also in the text around it.
#[derive(Debug, Serialize)]
pub(super) struct Place {
    start: Position,
    end: Position,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    within: Option<Within>,
}

#[derive(Debug, Serialize)]
pub(super) struct Within {
    path: String,
    start: Position,
    end: Position,
}

impl Within {
    pub(super) fn of(source: &Source) -> Option<Self> {
        let (outer, span) = source.within()?;
        Some(Self {
            path: outer.name().to_owned(),
            start: outer.position(span.start()),
            end: outer.position(span.end()),
        })
    }
}

impl Place {
    pub(super) fn new(source: &Source, span: Span) -> Self {
        Self {
            start: source.position(span.start()),
            end: source.position(span.end()),
            within: Within::of(source),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Decider<'a> {
    policy_type: Layer,
    policy: &'a str,
    statement: usize,
    sid: Option<&'a str>,
    effect: &'static str,
    #[serde(flatten)]
    place: Place,
}

impl<'a> Decider<'a> {
    fn new(trace: &'a StatementTrace) -> Self {
        Self::of(trace.layer, &trace.policy, trace.index)
    }

    /// A statement of an answer for every address.
    pub(super) fn placed(placed: &'a PlacedStatement) -> Self {
        Self::of(placed.layer, &placed.policy, placed.index)
    }

    fn of(layer: Layer, policy: &'a Policy, index: usize) -> Self {
        let statement = &policy.statements[index];
        Self {
            policy_type: layer,
            policy: &policy.name,
            statement: index,
            sid: statement.sid.as_deref(),
            effect: statement.effect.as_str(),
            place: Place::new(&policy.source, statement.span),
        }
    }
}

#[derive(Debug, Serialize)]
struct Trace<'a> {
    policy_type: Layer,
    policy: &'a str,
    statement: usize,
    sid: Option<&'a str>,
    effect: &'static str,
    outcome: crate::eval::Match,
    principal: Option<crate::eval::Match>,
    action: crate::eval::Match,
    resource: crate::eval::Match,
    conditions: Vec<Test<'a>>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    within: Option<Within>,
}

#[derive(Debug, Serialize)]
struct Test<'a> {
    operator: &'a str,
    key: &'a str,
    outcome: crate::eval::Match,
    matched: Option<&'a str>,
    at: Position,
}

impl<'a> Trace<'a> {
    fn new(trace: &'a StatementTrace) -> Self {
        let statement = trace.statement();
        let tests =
            statement
                .conditions
                .iter()
                .zip(&trace.conditions)
                .map(|(condition, outcome)| Test {
                    operator: &condition.operator_text,
                    key: condition.key.as_str(),
                    outcome: outcome.outcome,
                    matched: outcome.matched.map(|index| &*condition.values[index].text),
                    at: trace
                        .policy
                        .source
                        .position(condition.operator_span.start()),
                });
        Self {
            policy_type: trace.layer,
            policy: &trace.policy.name,
            statement: trace.index,
            sid: statement.sid.as_deref(),
            effect: statement.effect.as_str(),
            outcome: trace.outcome,
            principal: trace.principal,
            action: trace.action,
            resource: trace.resource,
            conditions: tests.collect(),
            within: Within::of(&trace.policy.source),
        }
    }
}

/// A [`Journey`] as `assume/1`.
#[derive(Debug, Serialize)]
pub struct Assume<'a> {
    ipcond: &'static str,
    name: Option<&'a str>,
    decision: Decision,
    steps: Vec<Eval<'a>>,
    notes: &'a [Note],
}

impl<'a> Assume<'a> {
    /// The shape of a journey.
    pub fn new(journey: &'a Journey) -> Self {
        Self {
            ipcond: "assume/1",
            name: journey.name.as_deref(),
            decision: journey.decision(),
            steps: journey
                .steps
                .iter()
                .map(|answer| Eval::new(answer, None))
                .collect(),
            notes: &journey.notes,
        }
    }
}

/// The same request by every way, as `ways/1`.
#[derive(Debug)]
pub struct Ways<'a>(pub &'a [(Way, Answer)]);

impl Serialize for Ways<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row<'a> {
            via: String,
            #[serde(flatten)]
            eval: Eval<'a>,
        }
        struct Rows<'a>(&'a [(Way, Answer)]);
        impl Serialize for Rows<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut rows = serializer.serialize_seq(Some(self.0.len()))?;
                for (way, answer) in self.0 {
                    rows.serialize_element(&Row {
                        via: way.to_string(),
                        eval: Eval::new(answer, None),
                    })?;
                }
                rows.end()
            }
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("ipcond", "ways/1")?;
        map.serialize_entry("ways", &Rows(self.0))?;
        map.end()
    }
}

/// A line of a stream that could not be answered, in the place of its answer.
#[derive(Debug, Serialize)]
pub struct BadLine<'a> {
    ipcond: &'static str,
    line: usize,
    name: Option<&'a str>,
    error: ErrorShape<'a>,
}

impl<'a> BadLine<'a> {
    /// The shape of an error in line `line` (from 1) of a stream.
    pub fn new(line: usize, name: Option<&'a str>, error: &'a Error) -> Self {
        Self {
            ipcond: "eval/1",
            line,
            name,
            error: ErrorShape::new(error),
        }
    }
}

#[derive(Debug, Serialize)]
struct ErrorShape<'a> {
    message: &'a str,
    help: Option<&'a str>,
    path: Option<&'a str>,
    start: Option<Position>,
    end: Option<Position>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    within: Option<Within>,
}

impl<'a> ErrorShape<'a> {
    fn new(error: &'a Error) -> Self {
        let place = error.place();
        Self {
            message: error.message(),
            help: error.help_text(),
            path: place.map(|place| place.source.name()),
            start: place.map(|place| place.source.position(place.span.start())),
            end: place.map(|place| place.source.position(place.span.end())),
            within: place.and_then(|place| Within::of(&place.source)),
        }
    }
}
