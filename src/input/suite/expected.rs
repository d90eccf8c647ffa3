//! What a test expects, and from where.

use std::path::Path;

use crate::ask::suite::{Claim, Expected, ExpectedDecision, ExpectedSets};
use crate::error::{Error, Result};
use crate::eval::{Layer, Scenario, SourceIp};
use crate::input::Sets;
use crate::input::documents::check_fields;
use crate::json::Node;
use crate::source::{Source, Span};

/// The decisions that a set can be expected to get, as `ips` names them.
const DECISIONS: &[&str] = &[
    "allowed",
    "denied",
    "explicitDeny",
    "implicitDeny",
    "depends",
];

/// What a test says that it expects.
pub(super) enum Expectation<'n> {
    /// Nothing.
    Missing,
    /// A decision, from wherever the test asks.
    Decision(Claim, Span),
    /// Sets of addresses, each with its decision.
    Sets(&'n Node<'n>),
}

impl<'n> Expectation<'n> {
    /// Reads the expectation of a test.
    pub(super) fn read(source: &Source, node: &'n Node<'n>) -> Result<Self> {
        if let Some(ips) = node.get("ips") {
            let beside = ["ip", "expect", "by", "blocked_by"]
                .into_iter()
                .find_map(|name| Some((name, node.get(name)?)));
            if let Some((name, beside)) = beside {
                let text = format!(
                    "a test has `ip` and `expect`, or `ips`; here `{name}` stands beside `ips`"
                );
                return Err(Error::request(text).at(source, beside.span).help(
                    "write `ips: {allowed: …, denied: rest}` for whole sets, or `ip` and `expect` for one decision",
                ));
            }
            check_fields(ips.expect_object("ips", source)?, DECISIONS, source)?;
            return Ok(Self::Sets(ips));
        }
        let by = texts(source, node, "by")?;
        let layers = texts(source, node, "blocked_by")?.into_iter();
        let blocked_by = layers
            .map(|(text, span)| layer(&text).map_err(|error| error.at(source, span)))
            .collect::<Result<_>>()?;
        let Some(expect) = node.get("expect") else {
            return Ok(Self::Missing);
        };
        let text = expect.expect_str("expect", source)?;
        let decision = ExpectedDecision::parse(text).ok_or_else(|| {
            Error::request(format!("`{text}` is not a decision"))
                .at(source, expect.span)
                .help("expect `allowed`, `denied`, `explicitDeny`, `implicitDeny` or `depends`")
        })?;
        let claim = Claim {
            decision,
            by: by.into_iter().map(|(text, _)| text).collect(),
            blocked_by,
        };
        Ok(Self::Decision(claim, expect.span))
    }

    /// Where it stands; without one, the test.
    pub(super) fn span(&self, test: &Node<'_>) -> Span {
        match self {
            Self::Missing => test.span,
            Self::Decision(_, span) => *span,
            Self::Sets(ips) => ips.span,
        }
    }
}

fn texts(source: &Source, node: &Node<'_>, name: &str) -> Result<Vec<(String, Span)>> {
    let elements = node.get(name).map(Node::elements).unwrap_or_default();
    elements
        .iter()
        .map(|element| Ok((element.expect_str(name, source)?.to_owned(), element.span)))
        .collect()
}

fn layer(text: &str) -> Result<Layer> {
    let layer = Layer::ALL
        .into_iter()
        .find(|layer| layer.as_str() == text || (text == "trust" && *layer == Layer::Resource));
    layer.ok_or_else(|| {
        Error::request(format!("`{text}` is not a layer"))
            .help("layers are identity, boundary, session, scp, rcp, resource and vpce")
    })
}

/// What addresses in a test mean.
pub(super) struct From<'a> {
    pub(super) source: &'a Source,
    pub(super) sets: &'a Sets,
    pub(super) base: &'a Path,
}

impl From<'_> {
    /// What is expected of a scenario; the one address that a test asks about becomes the scenario's.
    pub(super) fn expected(
        &self,
        ip: Option<&Node<'_>>,
        expectation: Expectation<'_>,
        scenario: &mut Scenario,
    ) -> Result<Expected> {
        let claim = match expectation {
            Expectation::Missing => {
                return Err(Error::request("the test expects nothing").help(
                    "add `expect: allowed`, `denied`, `explicitDeny`, `implicitDeny` or `depends`",
                ));
            }
            Expectation::Sets(ips) => return self.expected_sets(ips, scenario).map(Expected::Sets),
            Expectation::Decision(claim, _) => claim,
        };
        let Some(ip) = ip else {
            return Ok(Expected::Answer(claim));
        };
        if let Some(Ok((ip, assumption))) = ip.as_str().map(SourceIp::parse) {
            scenario.ip = Some(ip);
            scenario.assumptions.extend(assumption);
            return Ok(Expected::Answer(claim));
        }
        let named = self.sets.resolve_node(self.source, ip, self.base)?;
        if named.set.is_empty() {
            // A test of no address would pass whatever the policies say.
            return Err(Error::request("`ip` names no address")
                .at(self.source, ip.span)
                .help("write an address, a CIDR block, @NAME, @file:PATH or `none`, or a list of these"));
        }
        scenario.assumptions.extend(named.assumptions);
        Ok(Expected::Every {
            addresses: named.set,
            claim,
        })
    }

    fn expected_sets(&self, ips: &Node<'_>, scenario: &mut Scenario) -> Result<ExpectedSets> {
        let source = self.source;
        let members = ips.expect_object("ips", source)?;
        if members.is_empty() {
            return Err(Error::request("`ips` expects nothing")
                .at(source, ips.span)
                .help("write for example `ips: {allowed: \"@office\", denied: rest}`"));
        }
        let has = |name: &str| members.iter().any(|member| member.key == name);
        let mut sets = ExpectedSets::default();
        let mut rest = None;
        for member in members {
            let (key, value) = (member.key.as_ref(), &member.value);
            // All keys are decisions, which was checked when the test was read.
            let Some(decision) = ExpectedDecision::parse(key) else {
                continue;
            };
            if key == "denied" && has("explicitDeny") && has("implicitDeny") {
                let text = "`denied` beside both `explicitDeny` and `implicitDeny` says nothing";
                return Err(Error::request(text)
                    .at(source, member.key_span)
                    .help("leave one of the three out"));
            }
            if value.as_str() == Some("rest") {
                if rest.replace(decision).is_some() {
                    return Err(Error::request("`rest` stands twice in `ips`")
                        .at(source, value.span)
                        .help("write `rest` for one decision, and sets for the others"));
                }
                continue;
            }
            let named = self.sets.resolve_node(source, value, self.base)?;
            scenario.assumptions.extend(named.assumptions);
            if let Err(overlap) = sets.insert(decision, named.set) {
                let overlap = crate::ask::suite::blocks_of(&overlap);
                let text =
                    format!("`{key}` holds {overlap}, which `ips` expects to get another decision");
                return Err(Error::request(text)
                    .at(source, value.span)
                    .help("write each address under one decision"));
            }
        }
        if let Some(rest) = rest {
            sets.insert_rest(rest);
        }
        Ok(sets)
    }
}
