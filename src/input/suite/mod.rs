//! Test files.

mod accounts;
mod expected;

use std::path::Path;

pub use self::accounts::Accounts;
use self::accounts::{account, name};
use self::expected::{Expectation, From};
use super::documents::{Documents, check_fields, tree};
use super::scenario::{FIELDS, read_scenario};
use super::sets::Sets;
use crate::ask::suite::{Question, Suite, Test};
use crate::error::{Error, Result};
use crate::json::{Member, Node, Value};
use crate::source::Source;

/// What a test may say beside the fields of a scenario.
const TEST_FIELDS: &[&str] = &[
    "account",
    "ip",
    "ips",
    "expect",
    "by",
    "blocked_by",
    "todo",
    "source",
];
/// What a file may say beside the fields of a scenario, which hold for all its tests.
const FILE_FIELDS: &[&str] = &["account", "defaults", "sets", "tests", "source"];

/// Whether a file is a test file, by its name: `*_test` or `*.ipcond`, as `json` or `yaml`.
pub fn is_test_file(name: &str) -> bool {
    let stem = [".json", ".yaml", ".yml"]
        .iter()
        .find_map(|end| name.strip_suffix(end));
    stem.is_some_and(|stem| stem.ends_with("_test") || stem.ends_with(".ipcond"))
}

/// Reads a test file; paths in it are relative to `base`, and `sets` are the names of sets that it may use beside its own.
/// A test that makes no sense is kept, with its error.
///
/// # Errors
/// If the text is no test file.
///
/// # Example
/// ```
/// use ipcond::ask::suite::Outcome;
/// use ipcond::input::{Documents, Sets, read_suite};
/// use ipcond::source::Source;
/// let text = r#"{"sets": {"office": "203.0.113.0/25"},
///   "policies": {"identity": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
///     "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}},
///   "defaults": {"principal": "arn:aws:iam::111122223333:user/bob", "action": "ec2:StopInstances", "resource": "*"},
///   "tests": [{"ip": "@office", "expect": "allowed"}, {"ips": {"allowed": "@office", "denied": "rest"}}]}"#;
/// let suite = read_suite(&Source::new("t.json", text), "".as_ref(), &mut Documents::default(), &Sets::default())?;
/// let outcomes: Vec<Outcome> = suite.tests.iter().map(|test| test.run(jiff::Timestamp::UNIX_EPOCH)).collect();
/// assert!(matches!(outcomes[0], Outcome::Pass)); // every address of the office
/// let Outcome::Fail(failure) = &outcomes[1] else { panic!("others get in too") };
/// assert_eq!(failure.message(), "expected denied, but allowed: 203.0.113.128/25");
/// # Ok::<(), ipcond::Error>(())
/// ```
pub fn read_suite(
    source: &Source,
    base: &Path,
    documents: &mut Documents,
    sets: &Sets,
) -> Result<Suite> {
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
    let mut sets = sets.nested();
    if let Some(own) = file.get("sets") {
        sets.read(source, own, base)?;
    }
    let mut reader = Reader {
        source,
        base,
        account: file.get("account").cloned(),
        shared,
        sets,
        documents,
    };
    let tests = elements
        .iter()
        .enumerate()
        .map(|(index, node)| reader.test(index + 1, node))
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

/// Reads the tests of a file.
struct Reader<'a, 'd> {
    source: &'a Source,
    base: &'a Path,
    /// The account of the file.
    account: Option<Node<'a>>,
    /// What holds for every test.
    shared: Vec<Member<'a>>,
    sets: Sets,
    documents: &'d mut Documents,
}

impl Reader<'_, '_> {
    fn test(&mut self, number: usize, node: &Node<'_>) -> Result<Test> {
        let source = self.source;
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
        let expectation = Expectation::read(source, node)?;
        Ok(Test {
            name,
            span: node.span,
            expectation: expectation.span(node),
            question: self.question(node, members, expectation),
            todo,
        })
    }

    fn question(
        &mut self,
        node: &Node<'_>,
        members: &[Member<'_>],
        expectation: Expectation<'_>,
    ) -> Result<Question> {
        let source = self.source;
        let mut merged = self.shared.clone();
        for member in members.iter().filter(|member| {
            !matches!(
                member.key.as_ref(),
                "account" | "ips" | "expect" | "by" | "blocked_by" | "todo" | "source"
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
        let named = node.get("account").or(self.account.as_ref());
        let account = account(self.documents, source, named, self.base)?;
        if let Some(account) = &account {
            name(account, source, &mut merged)?;
        }
        let scenario = Node {
            value: Value::Object(merged),
            span: node.span,
        };
        let mut scenario = read_scenario(source, &scenario, self.base, self.documents)?;
        if let Some(account) = account {
            account.fill(&mut scenario, self.documents.lenient)?;
        }
        let from = From {
            source,
            sets: &self.sets,
            base: self.base,
        };
        let expected = from.expected(ip.as_ref(), expectation, &mut scenario)?;
        Ok(Question { scenario, expected })
    }
}
