//! `JUnit` XML, by the form that readers have in common.
//!
//! It has no standard. The table is what Surefire's `surefire-test-report.xsd` and the `junit-10.xsd` of Jenkins' xUnit
//! plugin both know, and of `testcase` the `file` that GitLab and the `line` that pytest and its readers know.

use ipcond::report::lint::junit::write;
use roxmltree::{Document, Node};

use super::{findings, run, written};

/// An element: its attributes, those that must be there first, and what may stand in it.
struct Form {
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    children: &'static [&'static str],
    text: bool,
}

const FORMS: [Form; 6] = [
    Form {
        name: "testsuites",
        required: &["tests", "failures", "errors"],
        optional: &["name", "skipped"],
        children: &["testsuite"],
        text: false,
    },
    Form {
        name: "testsuite",
        required: &["name", "tests", "failures", "errors", "skipped"],
        optional: &[],
        children: &["testcase"],
        text: false,
    },
    Form {
        name: "testcase",
        required: &["classname", "name"],
        optional: &["file", "line"],
        children: &["failure", "error", "skipped"],
        text: false,
    },
    Form {
        name: "failure",
        required: &["message", "type"],
        optional: &[],
        children: &[],
        text: true,
    },
    Form {
        name: "error",
        required: &["message", "type"],
        optional: &[],
        children: &[],
        text: true,
    },
    Form {
        name: "skipped",
        required: &["message"],
        optional: &[],
        children: &[],
        text: false,
    },
];

fn count(node: Node<'_, '_>, attribute: &str) -> usize {
    let text = node
        .attribute(attribute)
        .unwrap_or_else(|| panic!("{attribute} of {node:?}"));
    text.parse()
        .unwrap_or_else(|_| panic!("{attribute}={text}"))
}

/// An element has the form of its name, and so has what is in it.
fn check(node: Node<'_, '_>) {
    let name = node.tag_name().name();
    let form = FORMS.iter().find(|form| form.name == name);
    let form = form.unwrap_or_else(|| panic!("<{name}>"));
    for required in form.required {
        assert!(node.has_attribute(*required), "<{name}> has no {required}");
    }
    for attribute in node.attributes() {
        let known = form.required.iter().chain(form.optional);
        assert!(
            known.copied().any(|known| known == attribute.name()),
            "<{name} {}>",
            attribute.name()
        );
    }
    for child in node.children() {
        if child.is_element() {
            let child_name = child.tag_name().name();
            assert!(
                form.children.contains(&child_name),
                "<{child_name}> in <{name}>"
            );
            check(child);
        } else {
            assert!(
                form.text || child.text().is_some_and(|text| text.trim().is_empty()),
                "text in <{name}>"
            );
        }
    }
    if node.has_attribute("line") {
        assert!(count(node, "line") > 0);
    }
}

/// The counts of an element are those of what is in it.
fn check_counts(node: Node<'_, '_>) {
    let of = |name: &str| {
        node.descendants()
            .filter(|inner| inner.has_tag_name(name))
            .count()
    };
    assert_eq!(count(node, "tests"), of("testcase"));
    assert_eq!(count(node, "failures"), of("failure"));
    assert_eq!(count(node, "errors"), of("error"));
    if node.has_attribute("skipped") {
        assert_eq!(count(node, "skipped"), of("skipped"));
    }
    for case in node
        .descendants()
        .filter(|inner| inner.has_tag_name("testcase"))
    {
        assert!(
            case.children().filter(Node::is_element).count() <= 1,
            "one outcome"
        );
    }
}

fn parsed(text: &str) -> Document<'_> {
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    let document = Document::parse(text).expect("it is XML");
    check(document.root_element());
    check_counts(document.root_element());
    document
        .root_element()
        .children()
        .filter(Node::is_element)
        .for_each(check_counts);
    document
}

#[test]
fn the_findings_of_every_rule_have_the_form() {
    let (mut found, mut files) = findings();
    // As the command gives them.
    found.sort_by(|a, b| a.source.name().cmp(b.source.name()));
    files.push("clean.json".to_owned());
    files.sort();
    let text = written(|out| write(out, &found, &files));
    let document = parsed(&text);
    let suites = document.root_element().children().filter(Node::is_element);
    let names: Vec<_> = suites.filter_map(|suite| suite.attribute("name")).collect();
    assert_eq!(names, files, "a reader has the names as they are");
    let failures = document
        .descendants()
        .filter(|node| node.has_tag_name("failure"));
    let messages: Vec<_> = failures
        .filter_map(|failure| failure.attribute("message"))
        .collect();
    let expected: Vec<_> = found
        .iter()
        .map(|one| one.finding.message.as_str())
        .collect();
    assert_eq!(messages, expected);
}

#[test]
fn tests_of_every_outcome_have_the_form() {
    let (output, _) = run("junit", &["test", "--no-config", "-f", "junit", "."]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("it is text");
    let document = parsed(&text);
    let of = |name: &'static str| {
        document
            .descendants()
            .filter(move |node| node.has_tag_name(name))
    };
    let names: Vec<_> = of("testcase")
        .filter_map(|case| case.attribute("name"))
        .collect();
    // What XML cannot hold is written out.
    assert_eq!(
        names,
        [
            "office, 100%: \"a\" <b> & 'c'",
            "fails]]>\n::error::x\r\\u{1b}[31m é \u{202e}",
            "%0A%25 later",
            "error: 5% # \\",
        ]
    );
    assert_eq!(
        [
            of("failure").count(),
            of("error").count(),
            of("skipped").count()
        ],
        [1, 1, 1]
    );
    assert_eq!(
        of("skipped")
            .next()
            .and_then(|node| node.attribute("message")),
        Some("a \"reason\" <x>,\n%3A")
    );
}
