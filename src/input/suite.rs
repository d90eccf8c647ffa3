//! Test files.

use std::path::Path;

use super::documents::{Documents, check_fields, tree};
use super::scenario::{FIELDS, read_scenario};
use crate::ask::suite::{Expected, ExpectedDecision, Suite, Test};
use crate::error::{Error, Result};
use crate::eval::{Layer, SourceIp};
use crate::json::{Member, Node, Value};
use crate::source::Source;

/// What a test may say beside the fields of a scenario.
const TEST_FIELDS: &[&str] = &["ip", "expect", "by", "blocked_by", "todo", "source"];
/// What a file may say beside the fields of a scenario, which hold for all its tests.
const FILE_FIELDS: &[&str] = &["defaults", "tests", "source"];

/// Whether a file is a test file, by its name: `*_test` or `*.ipcond`, as `json` or `yaml`.
pub fn is_test_file(name: &str) -> bool {
    let stem = [".json", ".yaml", ".yml"]
        .iter()
        .find_map(|end| name.strip_suffix(end));
    stem.is_some_and(|stem| stem.ends_with("_test") || stem.ends_with(".ipcond"))
}

/// Reads a test file; paths in it are relative to `base`. A test that makes no sense is kept, with its error.
///
/// # Errors
/// If the text is no test file.
pub fn read_suite(source: &Source, base: &Path, documents: &mut Documents) -> Result<Suite> {
    let file = tree(source)?;
    documents.share(source);
    let members = file.expect_object("test file", source)?;
    if file.get("Statement").is_some() {
        let error = Error::request("this is a policy, not a test file").at(source, file.span);
        return Err(error
            .help("ask about it with `ipcond eval`, or name it under `policies` of a test file"));
    }
    check_all_fields(members, FILE_FIELDS, source)?;
    let Some(tests) = file.get("tests") else {
        return Err(Error::request("the file has no `tests`")
            .at(source, file.span)
            .help("add a list of tests"));
    };
    let Value::Array(elements) = &tests.value else {
        return Err(tests.mismatch("tests", "a list", source));
    };
    let shared = shared(&file, source)?;
    let tests = elements
        .iter()
        .enumerate()
        .map(|(index, node)| read_test(source, (index + 1, node), &shared, base, documents))
        .collect::<Result<_>>()?;
    Ok(Suite {
        source: source.clone(),
        tests,
    })
}

fn check_all_fields(
    members: &[Member<'_>],
    own: &'static [&'static str],
    source: &Source,
) -> Result<()> {
    let is_known = |member: &&Member<'_>| FIELDS.contains(&member.key.as_ref());
    let rest: Vec<Member<'_>> = members
        .iter()
        .filter(|member| !is_known(member))
        .cloned()
        .collect();
    check_fields(&rest, own, source)
}

/// What holds for every test: the fields of the file, and over them those under `defaults`.
fn shared<'a>(file: &Node<'a>, source: &Source) -> Result<Vec<Member<'a>>> {
    let own = file
        .members()
        .unwrap_or_default()
        .iter()
        .filter(|member| !FILE_FIELDS.contains(&member.key.as_ref()));
    let mut shared: Vec<Member<'a>> = own.cloned().collect();
    if let Some(defaults) = file.get("defaults") {
        let defaults = defaults.expect_object("defaults", source)?;
        let ip = |member: &Member<'_>| member.key == "ip";
        let rest: Vec<Member<'_>> = defaults
            .iter()
            .filter(|member| !ip(member))
            .cloned()
            .collect();
        check_fields(&rest, FIELDS, source)?;
        for member in defaults {
            overlay(&mut shared, member);
        }
    }
    Ok(shared)
}

/// Puts a member over those of the same name; the members of `context` and `policies` one by one.
fn overlay<'a>(below: &mut Vec<Member<'a>>, over: &Member<'a>) {
    let same = |a: &str, b: &str, policies: bool| {
        let resource = |name: &str| policies && matches!(name, "resource" | "trust");
        a.eq_ignore_ascii_case(b) || (resource(a) && resource(b))
    };
    let inner = match (over.key.as_ref(), over.value.members()) {
        (name @ ("context" | "policies"), Some(members)) => Some((name == "policies", members)),
        _ => None,
    };
    if let Some((policies, members)) = inner
        && let Some(Member {
            value:
                Node {
                    value: Value::Object(own),
                    ..
                },
            ..
        }) = below.iter_mut().find(|member| member.key == over.key)
    {
        own.retain(|member| {
            !members
                .iter()
                .any(|other| same(&member.key, &other.key, policies))
        });
        own.extend(members.iter().cloned());
        return;
    }
    below.retain(|member| member.key != over.key);
    below.push(over.clone());
}

fn read_test(
    source: &Source,
    (number, node): (usize, &Node<'_>),
    shared: &[Member<'_>],
    base: &Path,
    documents: &mut Documents,
) -> Result<Test> {
    let members = node.expect_object("test", source)?;
    check_all_fields(members, TEST_FIELDS, source)?;
    let name = match node.get("name") {
        Some(name) => name.expect_str("name", source)?.to_owned(),
        None => format!("test {number}"),
    };
    let todo = node
        .get("todo")
        .map(|todo| todo.expect_str("todo", source))
        .transpose()?
        .map(str::to_owned);
    let expected = read_expected(source, node)?;
    let mut merged = shared.to_vec();
    for member in members.iter().filter(|member| {
        !matches!(
            member.key.as_ref(),
            "expect" | "by" | "blocked_by" | "todo" | "source"
        )
    }) {
        overlay(&mut merged, member);
    }
    // A journey has no action of its own, and one action is no journey.
    if node.get("steps").is_some() {
        merged.retain(|member| !matches!(member.key.as_ref(), "action" | "resource"));
    } else if node.get("action").is_some() {
        merged.retain(|member| member.key != "steps");
    }
    let ip = merged
        .iter()
        .position(|member| member.key == "ip")
        .map(|at| merged.remove(at).value);
    let scenario = Node {
        value: Value::Object(merged),
        span: node.span,
    };
    let scenario = read_scenario(source, &scenario, base, documents).and_then(|mut scenario| {
        if let Some(ip) = ip {
            let text = ip.expect_str("ip", source)?;
            let (ip, assumption) =
                SourceIp::parse(text).map_err(|error| error.at(source, ip.span))?;
            scenario.ip = Some(ip);
            scenario.assumptions.extend(assumption);
        }
        Ok(scenario)
    });
    Ok(Test {
        name,
        span: node.span,
        scenario,
        expected,
        todo,
    })
}

fn read_expected(source: &Source, node: &Node<'_>) -> Result<Expected> {
    let texts = |name: &str| -> Result<Vec<(String, crate::source::Span)>> {
        let elements = node.get(name).map(Node::elements).unwrap_or_default();
        elements
            .iter()
            .map(|element| Ok((element.expect_str(name, source)?.to_owned(), element.span)))
            .collect()
    };
    let mut span = node.span;
    let mut decision = None;
    if let Some(expect) = node.get("expect") {
        span = expect.span;
        let text = expect.expect_str("expect", source)?;
        decision = Some(ExpectedDecision::parse(text).ok_or_else(|| {
            Error::request(format!("`{text}` is not a decision"))
                .at(source, span)
                .help("expect `allowed`, `denied`, `explicitDeny`, `implicitDeny` or `depends`")
        })?);
    }
    let mut blocked_by = Vec::new();
    for (text, span) in texts("blocked_by")? {
        let layer = Layer::ALL
            .into_iter()
            .find(|layer| layer.as_str() == text || (text == "trust" && *layer == Layer::Resource));
        blocked_by.push(layer.ok_or_else(|| {
            Error::request(format!("`{text}` is not a layer"))
                .at(source, span)
                .help("layers are identity, boundary, session, scp, rcp, resource and vpce")
        })?);
    }
    Ok(Expected {
        decision,
        by: texts("by")?.into_iter().map(|(text, _)| text).collect(),
        blocked_by,
        span,
    })
}
