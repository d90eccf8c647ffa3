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

#[cfg(test)]
mod tests {
    use crate::ask::suite::Outcome;
    use crate::input::{Documents, Sets, read_suite};
    use crate::source::Source;

    use super::*;

    const OPEN: &str = r#""policies": {"identity": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}},
"defaults": {"action": "s3:ListAllMyBuckets", "resource": "*", "principal": "arn:aws:iam::111122223333:user/bob", "ip": "::1"},
"#;

    /// What becomes of one test, which stands alone on line 4.
    fn run(sets: &str, test: &str) -> Result<Outcome> {
        let file = format!("{{{OPEN}\"sets\": {sets}, \"tests\": [\n{test}]}}");
        let mut outer = Sets::default();
        outer.insert(
            "office",
            "192.0.2.0/24"
                .parse::<crate::net::Cidr>()
                .expect("a block")
                .into(),
        )?;
        let suite = read_suite(
            &Source::new("t.json", file),
            Path::new(""),
            &mut Documents::default(),
            &outer,
        )?;
        Ok(suite.tests[0].run(jiff::Timestamp::UNIX_EPOCH))
    }

    #[track_caller]
    fn passes(sets: &str, test: &str) {
        let outcome = run(sets, test).expect("it is a test file");
        assert!(matches!(outcome, Outcome::Pass), "{outcome:?}");
    }

    /// The error of the file or of its test, and the help.
    fn refused(test: &str) -> (String, String) {
        let error = match run("{}", test) {
            Ok(Outcome::Error(error)) | Err(error) => error,
            outcome => panic!("{test} makes no sense: {outcome:?}"),
        };
        let help = error.help_text().unwrap_or_default().to_owned();
        (error.to_string(), help)
    }

    #[test]
    fn addresses_are_blocks_and_sets_of_either_scope() {
        for ip in [
            r#""203.0.113.0/24""#,
            r#""@office""#,
            r#""@own""#,
            r#"["@own", "@office", "none", "2001:db8::/32"]"#,
            r#""none""#,
        ] {
            let test = format!(r#"{{"ip": {ip}, "expect": "allowed"}}"#);
            passes(r#"{"own": ["@office", "::/0"]}"#, &test);
        }
        passes(
            r#"{"office": "::1"}"#,
            r#"{"ips": {"allowed": ["@office", "::/0", "0.0.0.0/0", "none"]}}"#,
        );
        // The address of the defaults is for tests of one decision.
        passes("{}", r#"{"ips": {"allowed": "rest"}}"#);
        passes("{}", r#"{"ips": {"allowed": "rest", "denied": []}}"#);
        passes("{}", r#"{"ips": {"denied": []}}"#);
    }

    #[test]
    fn a_set_is_exact_and_holds_no_address_only_if_it_says_so() {
        let outcome = run("{}", r#"{"ips": {"allowed": ["0.0.0.0/0", "::/0"]}}"#);
        let Ok(Outcome::Fail(failure)) = outcome else {
            panic!("requests without an address are allowed too: {outcome:?}")
        };
        let message = "allowed beyond what is expected: a request without an address";
        assert_eq!(failure.message(), message);
        assert_eq!(failure.counterexample().as_deref(), Some("none"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_where_it_stands() {
        for (test, message, help) in [
            (
                r#"{"ip": "::1", "ips": {"allowed": "rest"}}"#,
                "t.json:4:8: a test has `ip` and `expect`, or `ips`; here `ip` stands beside `ips`",
                "whole sets",
            ),
            (
                r#"{"ips": {"allowed": "rest"}, "expect": "allowed"}"#,
                "t.json:4:40: a test has `ip` and `expect`, or `ips`; here `expect` stands beside `ips`",
                "whole sets",
            ),
            (
                r#"{"ips": {"alowed": "rest"}}"#,
                "t.json:4:10: unknown field `alowed`",
                "`allowed`",
            ),
            (
                r#"{"ips": {}}"#,
                "t.json:4:9: `ips` expects nothing",
                "rest",
            ),
            (
                r#"{"ips": "rest"}"#,
                "t.json:4:9: `ips` must be an object, found a string",
                "",
            ),
            (
                r#"{"ips": {"allowed": "rest", "denied": "rest"}}"#,
                "t.json:4:39: `rest` stands twice in `ips`",
                "sets for the others",
            ),
            (
                r#"{"ips": {"allowed": ["::/0", "none"], "denied": ["2001:db8::/32", "none"]}}"#,
                "t.json:4:49: `denied` holds 2001:db8::/32, a request without an address, which `ips` expects to get another decision",
                "one decision",
            ),
            (
                r#"{"ips": {"denied": "rest", "explicitDeny": [], "implicitDeny": []}}"#,
                "t.json:4:10: `denied` beside both `explicitDeny` and `implicitDeny` says nothing",
                "leave one",
            ),
            (
                r#"{"ips": {"allowed": ["::1", "@ofice"]}}"#,
                "t.json:4:29: there is no set `@ofice`",
                "`@office`",
            ),
            (
                r#"{"ip": [], "expect": "allowed"}"#,
                "t.json:4:8: `ip` names no address",
                "CIDR block",
            ),
            (
                r#"{"ip": "203.0.113.999", "expect": "allowed"}"#,
                "t.json:4:8: `203.0.113.999` is not an address or a CIDR block",
                "@NAME",
            ),
            (r#"{"ip": "::1"}"#, "the test expects nothing", "expect"),
        ] {
            let (found, found_help) = refused(test);
            assert_eq!(found, message);
            assert!(found_help.contains(help), "{found_help}");
        }
    }
}
