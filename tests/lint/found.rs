//! What is found, and what is not.

use std::path::Path;

use ipcond::policy::PolicyKind;
use serde_json::Value;

use super::{codes, found_in, json_files, public};

/// The vectors of kind `lint`: statements and the rules that must be among the findings. Their source is the table of
/// pitfalls, LINT-1 to LINT-39, whose numbers the codes have.
#[test]
fn every_vector_is_found() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors.json")).expect("it is JSON");
    let vectors = vectors.as_array().expect("it is a list").iter();
    let mut count = 0;
    for vector in vectors.filter(|vector| vector["kind"] == "lint") {
        count += 1;
        assert_eq!(vector["policy_type"], "identity");
        let policy =
            serde_json::json!({"Version": "2012-10-17", "Statement": [vector["statement"]]});
        let found = found_in("p.json", &policy.to_string(), PolicyKind::Identity);
        for rule in vector["expect"].as_array().expect("it is a list") {
            let number = rule.as_str().and_then(|rule| rule.strip_prefix("LINT-"));
            let number: u8 = number
                .and_then(|number| number.parse().ok())
                .expect("it has a number");
            let code = format!("IP{number:03}");
            assert!(
                codes(&found).contains(&code.as_str()),
                "{}: {code} in {found:#?}",
                vector["id"]
            );
        }
    }
    assert_eq!(count, 16);
}

/// Vectors of other kinds that are about a pitfall.
#[test]
fn pitfalls_of_other_vectors_are_found() {
    #[rustfmt::skip]
    let table = [
        ("TV-122", PolicyKind::Identity, "IP016", r#"[
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]"#),
        ("TV-153", PolicyKind::Resource, "IP022", r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#),
        ("TV-177", PolicyKind::Trust, "IP021", r#"{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#),
        ("TV-195", PolicyKind::Identity, "IP029", r#"[{"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": [["192.0.2.0/24"]]}}}]"#),
    ];
    for (vector, kind, code, statements) in table {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#);
        let found = found_in("p.json", &text, kind);
        assert!(
            codes(&found).contains(&code),
            "{vector}: {:?}",
            codes(&found)
        );
    }
}

/// Corners where a rule could go too far, or not far enough.
#[test]
fn corners() {
    let condition = |effect: &str, condition: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", "Action": "s3:GetObject", "Resource": "*", "Condition": {{{condition}}}}}}}"#
        );
        found_in("p.json", &text, PolicyKind::Identity)
    };
    #[rustfmt::skip]
    let table: [(&str, &str, &[&str], &str); 14] = [
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1", "2600::/32"]}"#, &["IP011", "IP034"], "together they are all of IPv4"),
        ("Deny", r#""IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}"#, &[], "only requests without an address pass: a perimeter (COND-4)"),
        ("Allow", r#""IpAddress": {"AWS:sourceIP": ["52.94.76.0/24", "2600:1f00::/32"]}"#, &[], "keys are compared without case (COND-5)"),
        ("Allow", r#""IpAddress": {"aws:SourceIp ": ["52.94.76.0/24", "2600:1f00::/32"]}"#, &["IP030"], "a space is part of the name"),
        ("Allow", r#""IpAddress": {"SourceIp": ["52.94.76.0/24", "2600:1f00::/32"]}"#, &["IP030"], "every key has a prefix"),
        ("Allow", r#""StringNotEquals": {"aws:Ec2InstanceSourcePrivateIPv4": "${aws:VpcSourceIp}"}"#, &[], "IP-42: an IP operator takes no variables"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": [" 52.94.76.0/24", "2600:1f00::/32"]}"#, &["IP029"], "spaces"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["<office>", "2600:1f00::/32"]}"#, &["IP009"], "a placeholder"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["::ffff:52.94.76.9/120", "2600:1f00::/32"]}"#, &["IP010"], "host bits of a mapped block: one finding"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["52.94.76.0/24", "52.94.76.0/24", "2600:1f00::/32"]}"#, &["IP034"], "twice"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["52.94.76.0/25", "52.94.76.128/25", "2600:1f00::/32"]}"#, &["IP034"], "two halves"),
        ("Allow", r#""Null": {"aws:SourceIp": ["true", "false"]}"#, &["IP027"], "always true (COND-10)"),
        ("Deny", r#""NotIpAddress": {"aws:SourceIp": ["52.94.76.0/24", "2600:1f00::/32"]}, "Null": {"aws:SourceIp": "false"}, "Bool": {"aws:ViaAWSService": "false"}"#, &[], "IP-56: requests without an address pass"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}"#, &["IP035"], "documentation, once for a list"),
    ];
    for (effect, test, expected, why) in table {
        let found = condition(effect, test);
        assert_eq!(codes(&found), expected, "{why}: {test}: {found:#?}");
    }
}

/// Policies as one should write them, of every kind, by their names.
#[test]
fn nothing_is_found_in_clean_policies() {
    let files = json_files(Path::new("tests/lint/clean"));
    assert!(files.len() >= 20);
    let mut kinds = std::collections::BTreeSet::new();
    for path in files {
        let name = path
            .file_stem()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        let kind = match name.split('-').next() {
            Some("identity") => PolicyKind::Identity,
            Some("boundary") => PolicyKind::Boundary,
            Some("session") => PolicyKind::Session,
            Some("scp") => PolicyKind::Scp,
            Some("rcp") => PolicyKind::Rcp,
            Some("resource") => PolicyKind::Resource,
            Some("trust") => PolicyKind::Trust,
            Some("vpce") => PolicyKind::Vpce,
            _ => panic!("{name} names no kind"),
        };
        kinds.insert(kind);
        let text = public(&std::fs::read_to_string(&path).expect("it can be read"));
        let found = found_in(&name, &text, kind);
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    assert_eq!(kinds.len(), 8);
}
