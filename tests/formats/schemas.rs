//! The schemas that `ipcond schema` prints hold for what is written and read, and can be broken.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ipcond::ask::groups::Wanted;
use ipcond::ask::ips::ips;
use ipcond::eval::Scenario;
use ipcond::input::{Documents, Sets, read_suite, tree};
use ipcond::json::{Node, Value as Tree};
use ipcond::report::ips::json as write_ips;
use ipcond::report::json::{Assume, Eval};
use ipcond::report::schema::{SCHEMAS, schema};
use ipcond::source::Source;
use jiff::Timestamp;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::written;

fn validator(name: &str) -> Validator {
    let schema: Value =
        serde_json::from_str(schema(name).expect("it is one").text).expect("it is JSON");
    assert!(jsonschema::meta::is_valid(&schema), "{name}");
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("it is a schema")
}

fn faults(schema: &Validator, value: &Value) -> Vec<String> {
    let errors = schema.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The schema of the format that an output names.
fn name_of(value: &Value) -> &str {
    let first = value.as_array().map_or(value, |list| &list[0]);
    match first["ipcond"].as_str().expect("it says what it is") {
        "replay-event/1" => "replay/1",
        name => name,
    }
}

#[test]
fn definitions_that_schemas_share_are_the_same() {
    let mut seen: BTreeMap<String, (Value, &str)> = BTreeMap::new();
    for schema in SCHEMAS {
        validator(schema.name);
        let whole: Value = serde_json::from_str(schema.text).expect("it is JSON");
        assert_eq!(
            whole["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        for (name, definition) in whole["$defs"].as_object().expect("it has some") {
            let used = schema.text.contains(&format!("\"#/$defs/{name}\""));
            assert!(used, "{}: {name} is not used", schema.name);
            let (first, place) = seen
                .entry(name.clone())
                .or_insert((definition.clone(), schema.name));
            assert_eq!(first, definition, "{name} of {place} and {}", schema.name);
        }
    }
}

/// Every console block of the README and of `tests/cmd`, as JSON.
#[test]
fn outputs_of_the_examples_are_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = files(&root.join("tests/cmd"), "md");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages.into_iter().chain([root.join("README.md")]) {
        let text = fs::read_to_string(&page).expect("it can be read");
        for line in text
            .lines()
            .filter_map(|line| line.strip_prefix("$ ipcond "))
        {
            for format in ["json", "jsonl"] {
                for value in outputs(root, line, format) {
                    let name = name_of(&value).to_owned();
                    assert_eq!(faults(&validator(&name), &value), [""; 0], "{line}");
                    *counts.entry(name).or_default() += 1;
                }
            }
        }
    }
    for schema in SCHEMAS.iter().filter(|schema| schema.name.ends_with("/1")) {
        assert!(
            counts.contains_key(schema.name),
            "no example of {}: {counts:?}",
            schema.name
        );
    }
}

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("it can be listed");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|own| own == extension))
        .collect();
    paths.sort();
    paths
}

/// What a command of an example prints in another format; nothing if it has not got that one.
fn outputs(root: &Path, line: &str, format: &str) -> Vec<Value> {
    let mut words = words(line);
    let is_asked = [
        "eval", "assume", "ips", "diff", "find", "test", "lint", "replay",
    ]
    .contains(&words[0].as_str())
        // A policy of another kind is printed as AWS takes it.
        || words[0] == "guard" && line.contains("--kind trust");
    let is_shell = words
        .iter()
        .any(|word| ["|", ">", "<"].contains(&word.as_str()));
    let streams = ["eval", "replay"].contains(&words[0].as_str()) || format == "json";
    // A fix would change the file, a picture has no other form.
    let other = [
        "--fix",
        "--diff",
        "--map",
        "--statistics",
        "--help",
        "-q",
        "-o",
    ];
    if !is_asked || is_shell || !streams || words.iter().any(|word| other.contains(&word.as_str()))
    {
        return Vec::new();
    }
    if let Some(at) = words
        .iter()
        .position(|word| word == "-f" || word == "--format")
    {
        words.drain(at..at + 2);
    }
    let end = words
        .iter()
        .position(|word| word == "--")
        .unwrap_or(words.len());
    words.splice(end..end, ["-f".to_owned(), format.to_owned()]);
    let output = Command::new(env!("CARGO_BIN_EXE_ipcond"))
        .args(&words)
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .expect("ipcond starts");
    let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    values.map(|value| value.expect("it is JSON")).collect()
}

/// The words of a line of a shell, quotes undone.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for character in line.chars().chain([' ']) {
        match (character, quote) {
            (' ', None) if word.is_empty() => {}
            (' ', None) => words.push(std::mem::take(&mut word)),
            ('"' | '\'', None) => quote = Some(character),
            (end, Some(open)) if end == open => quote = None,
            _ => word.push(character),
        }
    }
    words
}

/// The scenarios of the test files of the corpus, with the trees of the files.
fn corpus() -> Vec<(PathBuf, Value, Vec<Scenario>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let directories = fs::read_dir(root).expect("it can be listed");
    let mut all = Vec::new();
    for directory in directories.map(|entry| entry.expect("an entry").path()) {
        for path in files(&directory, "yaml") {
            let text = fs::read_to_string(&path).expect("it can be read");
            let source = Source::new(path.display().to_string(), text);
            let value = value_of(&tree(&source).expect("it is YAML"));
            if value.get("tests").is_none() {
                continue;
            }
            let suite = read_suite(
                &source,
                &directory,
                &mut Documents::default(),
                &Sets::default(),
            );
            let tests = suite.expect("it is a test file").tests.into_iter();
            let scenarios = tests
                .filter_map(|test| Some(test.question.ok()?.scenario))
                .collect();
            all.push((path, value, scenarios));
        }
    }
    assert!(all.len() >= 20);
    all
}

/// A tree as other readers of YAML have it.
fn value_of(node: &Node<'_>) -> Value {
    match &node.value {
        Tree::Array(elements) => elements.iter().map(value_of).collect(),
        Tree::Bool(value) => json!(value),
        Tree::Number(text) => text.parse().map_or_else(|_| json!(text), Value::Number),
        Tree::Object(members) => {
            let pairs = members
                .iter()
                .map(|member| (member.key.to_string(), value_of(&member.value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Tree::String(text) => json!(text),
        _ => Value::Null,
    }
}

#[test]
fn outputs_of_the_corpus_are_valid() {
    let [eval, assume, sets] = ["eval/1", "assume/1", "ips/1"].map(validator);
    let now = Timestamp::UNIX_EPOCH;
    let mut counts = [0; 3];
    for (path, _, scenarios) in corpus() {
        let check = |schema: &Validator, value: &Value| {
            assert_eq!(faults(schema, value), [""; 0], "{}", path.display());
        };
        for scenario in scenarios {
            let value = if scenario.steps.is_some() {
                scenario
                    .journey(now)
                    .ok()
                    .map(|journey| (1, serde_json::to_value(Assume::new(&journey))))
            } else {
                scenario
                    .decide(now)
                    .ok()
                    .map(|answer| (0, serde_json::to_value(Eval::new(&answer, None))))
            };
            if let Some((at, value)) = value {
                check([&eval, &assume][at], &value.expect("it can be written"));
                counts[at] += 1;
            }
            if let Ok(answers) = ips(&scenario, &Wanted::default(), now) {
                let text = written(|out| write_ips(out, &answers));
                check(&sets, &serde_json::from_str(&text).expect("it is JSON"));
                counts[2] += 1;
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
}

#[test]
fn inputs_of_the_corpus_are_valid() {
    let suite = validator("test");
    for (path, value, _) in corpus() {
        assert_eq!(faults(&suite, &value), [""; 0], "{}", path.display());
    }
    let scenario = validator("scenario");
    for name in [
        "tests/cmd/files/scenario.json",
        "corpus/saas-role/journey.yaml",
        "corpus/saas-role/journey-with-ip.yaml",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let source = Source::new(name, fs::read_to_string(path).expect("it can be read"));
        assert_eq!(
            faults(&scenario, &value_of(&tree(&source).expect("a tree"))),
            [""; 0],
            "{name}"
        );
    }
}

/// Every object of `value` with a member too many, and without each of its members: where, and what came of it.
fn damaged(value: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let mut open = vec![String::new()];
    while let Some(place) = open.pop() {
        match value.pointer(&place) {
            Some(Value::Object(members)) => {
                let mut more = value.clone();
                more.pointer_mut(&place).expect("it is there")["surplus"] = json!(["surplus"]);
                all.push((format!("{place} with more"), more));
                for key in members.keys() {
                    let mut less = value.clone();
                    let object = less.pointer_mut(&place).and_then(Value::as_object_mut);
                    object.expect("it is one").remove(key);
                    all.push((format!("{place} without {key}"), less));
                    open.push(format!(
                        "{place}/{}",
                        key.replace('~', "~0").replace('/', "~1")
                    ));
                }
            }
            Some(Value::Array(elements)) => {
                open.extend((0..elements.len()).map(|at| format!("{place}/{at}")));
            }
            _ => {}
        }
    }
    all
}

/// An output with a member too many or too few is not valid, wherever that is.
#[test]
fn a_wrong_output_is_not_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let line = "eval tests/cmd/files/trust.json --principal arn:aws:iam::111122223333:role/ci --action sts:AssumeRole --ip 203.0.113.200";
    let [answer] = outputs(root, line, "json").try_into().expect("one answer");
    let schema = validator("eval/1");
    for (place, value) in damaged(&answer) {
        // The layers that are in play are no fixed ones.
        let is_map = place.starts_with("/layers without");
        assert_eq!(schema.is_valid(&value), is_map, "{place}");
    }
    let wrong = [
        ("/decision", json!("denied")),
        ("/decided_by/0/start/line", json!(0)),
        ("/blocked_by/0", json!("trust")),
        ("/action", Value::Null),
    ];
    for (place, value) in wrong {
        let mut answer = answer.clone();
        *answer.pointer_mut(place).expect("it is there") = value;
        assert!(!schema.is_valid(&answer), "{place}");
    }
}

/// What the reader of scenarios and test files refuses for its form, the schemas refuse.
#[test]
fn a_wrong_input_is_not_valid() {
    let scenario = validator("scenario");
    for text in [
        r#"{"pricipal": "anonymous"}"#,
        r#"{"principal": {"role": "arn:aws:iam::111122223333:role/r"}}"#,
        r#"{"missing": "absnt"}"#,
        r#"{"fas_ip": "other"}"#,
        r#"{"context": ["aws:SourceIp"]}"#,
        r#"{"context": {"k": {"v": 1}}}"#,
        r#"{"resource_account": "1111"}"#,
        r#"{"policies": {"identities": []}}"#,
        r#"{"policies": {"resource": "a.json", "trust": "b.json"}}"#,
        r#"{"policies": {"boundary": ["a.json", "b.json"]}}"#,
        r#"{"policies": {"identity": {"document": {"Statement": []}, "file": "a.json"}}}"#,
        r#"{"policies": {"identity": {"Statment": []}}}"#,
        r#"{"steps": [{"assume_role": {}}]}"#,
        r#"{"steps": [{"resource": "*"}]}"#,
        r#"{"steps": [{"assume_role": {"role": "r"}, "action": "s3:GetObject"}]}"#,
        r#"{"defaults": "yes"}"#,
    ] {
        assert!(
            !scenario.is_valid(&serde_json::from_str(text).expect("it is JSON")),
            "{text}"
        );
        assert!(ipcond::answer_json(text).is_err(), "{text}");
    }
    let suite = validator("test");
    for text in [
        "{}",
        r#"{"tests": {}}"#,
        r#"{"tests": [{"ip": "203.0.113.9"}]}"#,
        r#"{"tests": [{"expect": "alowed"}]}"#,
        r#"{"tests": [{"expect": "allowed", "ips": {"denied": "rest"}}]}"#,
        r#"{"tests": [{"ips": {}}]}"#,
        r#"{"tests": [{"ips": {"alowed": "rest"}}]}"#,
        r#"{"tests": [{"expect": "denied", "blocked_by": "bucket"}]}"#,
        r#"{"tests": [], "sets": {"office": 5}}"#,
        r#"{"tests": [], "default": {}}"#,
        r#"{"tests": [], "Statement": []}"#,
    ] {
        assert!(
            !suite.is_valid(&serde_json::from_str(text).expect("it is JSON")),
            "{text}"
        );
    }
}
