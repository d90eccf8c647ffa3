//! SARIF has the structure that the standard demands, and that code scanning reads.
//!
//! The demands are those of the schema of OASIS, sarif-schema-2.1.0.json, for what is written.

use std::sync::Arc;

use ipcond::ask::lint::{Located, Subject, lint, rules};
use ipcond::json;
use ipcond::policy::{Policy, PolicyKind};
use ipcond::report::lint::sarif::Log;
use ipcond::source::Source;
use serde_json::Value;

/// A log of the findings in a file whose name must be escaped and whose text is not all ASCII.
fn log() -> Value {
    let text = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Sid\": \"A\", \"Effect\": \"Allow\", \"Action\": \"s3:*\",\n \"Resource\": \"arn:aws:s3:::grün/*\", \"Condition\": {\"IpAddress\": {\"aws:SourceIp\": [\"52.94.76.9/24\", \"<a>&\", \"52.94.76.9\"]}}}}";
    let source = Source::new("./pólicies/a b#1.json", text);
    let tree = json::parse(&source).expect("it is JSON");
    let policy = Policy::from_node("p", &source, &tree, PolicyKind::Identity, true);
    let policy = Arc::new(policy.expect("it is a policy"));
    let found: Vec<Located> = lint(&Subject::new(&policy, &tree))
        .into_iter()
        .map(|finding| Located::in_policy(finding, &policy, &tree))
        .collect();
    serde_json::to_value(Log::new(&found)).expect("it can be written")
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("it is a list")
}

fn check_region(region: &Value) {
    let number = |key: &str| region[key].as_u64().expect("it is a number");
    assert!(number("startLine") >= 1 && number("startColumn") >= 1);
    let (start, end) = (
        (number("startLine"), number("startColumn")),
        (number("endLine"), number("endColumn")),
    );
    assert!(start <= end, "{region}");
}

#[test]
fn every_required_property_is_there() {
    let log = log();
    assert_eq!(log["version"], "2.1.0");
    let run = &list(&log["runs"])[0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "ipcond");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let descriptors = list(&driver["rules"]);
    assert_eq!(descriptors.len(), rules().count());
    for rule in descriptors {
        for key in ["shortDescription", "fullDescription", "help"] {
            assert!(
                rule[key]["text"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{rule}"
            );
        }
        assert!(
            rule["help"]["markdown"]
                .as_str()
                .is_some_and(|text| text.contains("```json"))
        );
    }
    let results = list(&run["results"]);
    assert!(results.len() >= 3);
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("it is a number");
        let rule = &descriptors[usize::try_from(index).expect("it is small")];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(
            ["error", "warning", "note"]
                .iter()
                .any(|level| result["level"] == *level)
        );
        assert!(result["message"]["text"].is_string());
        assert!(result["partialFingerprints"]["ipcond/v1"].is_string());
        let related = result
            .get("relatedLocations")
            .map_or(&[][..], |related| list(related));
        for place in list(&result["locations"]).iter().chain(related) {
            let place = &place["physicalLocation"];
            assert_eq!(
                place["artifactLocation"]["uri"],
                "p%C3%B3licies/a%20b%231.json"
            );
            check_region(&place["region"]);
        }
    }
}

#[test]
fn a_fix_says_what_goes_and_what_comes() {
    let log = log();
    let results = list(&log["runs"][0]["results"]);
    let result = results
        .iter()
        .find(|result| result["ruleId"] == "IP010")
        .expect("it is found");
    let change = &result["fixes"][0]["artifactChanges"][0];
    let replacement = &change["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "\"52.94.76.0/24\"");
    check_region(&replacement["deletedRegion"]);
    // Columns count characters: `ü` is two bytes and one column.
    assert_eq!(replacement["deletedRegion"]["startColumn"], 82);
}
