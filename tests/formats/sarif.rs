//! SARIF, by the schema of its standard.

use ipcond::ask::lint::{Rule, rules};
use ipcond::report::lint::sarif::Log;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::findings;

fn schema() -> Validator {
    let schema: Value =
        serde_json::from_str(include_str!("sarif-schema-2.1.0.json")).expect("it is JSON");
    let mut options = jsonschema::options();
    options = options.should_validate_formats(true);
    options.build(&schema).expect("it is a schema")
}

/// The places at which a log is not as the schema demands.
fn faults(schema: &Validator, log: &Value) -> Vec<String> {
    let errors = schema.iter_errors(log);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn the_findings_of_every_rule_are_valid() {
    let (found, _) = findings();
    let log = serde_json::to_value(Log::new(&found)).expect("it can be written");
    assert_eq!(faults(&schema(), &log), [""; 0]);
    let results = log["runs"][0]["results"].as_array().expect("a list");
    assert_eq!(results.len(), found.len());
    for part in ["fixes", "relatedLocations"] {
        assert!(
            results.iter().any(|result| result.get(part).is_some()),
            "none has {part}"
        );
    }
    let described = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .expect("a list");
    for (rule, described) in rules().zip(described) {
        assert_eq!(described["id"], rule.code);
        assert_eq!(described["helpUri"].as_str().map(str::to_owned), rule.url());
    }
    assert!(rules().filter_map(Rule::url).count() > 60);
    let empty = serde_json::to_value(Log::new(&[])).expect("it can be written");
    assert_eq!(faults(&schema(), &empty), [""; 0]);
}

/// A path is a relative reference of RFC 3986, which is the name of the file again when it is read.
#[test]
fn places_are_references() {
    let (found, files) = findings();
    let log = serde_json::to_value(Log::new(&found)).expect("it can be written");
    for (result, one) in log["runs"][0]["results"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(&found)
    {
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let uri = place.as_str().expect("a string");
        assert!(
            uri.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)),
            "{uri}"
        );
        let mut parts = uri.split('%');
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
            bytes.extend_from_slice(&part.as_bytes()[2..]);
        }
        let name = format!("./{}", String::from_utf8(bytes).expect("it is UTF-8"));
        assert_eq!(name, one.source.name());
        assert!(files.contains(&name));
    }
}

/// The schema is one that a log can break.
#[test]
fn a_wrong_log_is_not_valid() {
    let (found, _) = findings();
    let log = serde_json::to_value(Log::new(&found)).expect("it can be written");
    let schema = schema();
    let wrong: [(&str, Value); 5] = [
        ("/version", json!("2.0.0")),
        ("/runs/0/tool/driver/name", Value::Null),
        ("/runs/0/results/0/level", json!("info")),
        (
            "/runs/0/results/0/locations/0/physicalLocation/region/startLine",
            json!(0),
        ),
        ("/runs/0/columnKind", json!("bytes")),
    ];
    for (place, value) in wrong {
        let mut log = log.clone();
        *log.pointer_mut(place).expect("it is there") = value;
        assert!(!faults(&schema, &log).is_empty(), "{place}");
    }
}
