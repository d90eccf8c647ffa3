//! What is refused, and how it is said.

use super::*;

#[test]
fn bad_files_are_named_and_placed() {
    let condition =
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":[]}}"#;
    let cases: [(&str, Vec<u8>, &str); 9] = [
        (
            "nested",
            "[".repeat(100_000).into(),
            "the text ends too early",
        ),
        (
            "deep",
            format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into(),
            ":1:65",
        ),
        ("large", vec![b' '; 50 << 20], "is over 32 MiB"),
        ("latin", b"{\n\"Version\": \"\xE9\"}".to_vec(), ":2:13"),
        ("utf16", b"\xFF\xFE{\0}\0".to_vec(), "is UTF-16"),
        ("comma", b"{\"Statement\": [],}".to_vec(), ":1:17"),
        (
            "comment",
            b"{ // no\n}".to_vec(),
            "comments are not allowed",
        ),
        (
            "array",
            condition.into(),
            "`Condition` must be an object, found an array",
        ),
        ("empty", Vec::new(), "the text is empty"),
    ];
    for (name, content, message) in cases {
        let path = file(&format!("bad-{name}"), "policy.json", content);
        let output = run(&[
            "eval",
            &path,
            "--action",
            "s3:GetObject",
            "--ip",
            "203.0.113.9",
        ]);
        expect_code(&output, 2);
        assert!(err(&output).contains(message), "{name}: {}", err(&output));
        assert_eq!(
            err(&output).matches("error").count(),
            1,
            "{name}: {}",
            err(&output)
        );
    }
}

#[test]
fn no_file_is_no_policy() {
    for path in [
        "/dev/null",
        "/",
        "Cargo.toml",
        "corpus/saas-role/saas_test.yaml",
    ] {
        let output = run(&[
            "eval",
            path,
            "--action",
            "s3:GetObject",
            "--ip",
            "203.0.113.9",
        ]);
        expect_code(&output, 2);
        assert!(
            err(&output).starts_with("error"),
            "{path}: {}",
            err(&output)
        );
    }
}

#[test]
fn the_wrong_kind_of_policy_is_refused() {
    let output = run(&[
        "eval",
        "--identity",
        TRUST,
        "--action",
        "sts:AssumeRole",
        "--ip",
        "203.0.113.9",
    ]);
    expect_code(&output, 2);
    let message = "error[GRAM-11]: `Principal` is not allowed in an identity-based policy";
    assert!(err(&output).contains(message), "{}", err(&output));
}

#[test]
fn bad_flags_say_what_they_want() {
    let cases = [
        (
            vec!["--ip", "203.0.113.999"],
            "is not an address or a CIDR block",
        ),
        (vec!["--ip", "203.0.113.0/33"], "the prefix length must be"),
        (vec!["--ip", "@nowhere"], "there is no set"),
        (vec!["--resource", "reports"], "is not an ARN"),
        (vec!["--principal", "bob"], "is not a principal"),
        (vec!["--action", "GetObject"], "is not an action"),
        (vec!["--via", "carrier-pigeon"], "is not a way to AWS"),
        (vec!["--context", "mfa"], "is not KEY=VALUE"),
        (vec!["--at", "tomorrow"], "is not a time"),
    ];
    for (flags, message) in cases {
        let mut args = vec!["eval", TRUST, "--action", "sts:AssumeRole"];
        if flags[0] == "--action" {
            args.truncate(2);
        }
        args.extend(flags);
        let output = run(&args);
        expect_code(&output, 2);
        assert!(err(&output).contains(message), "{args:?}: {}", err(&output));
    }
}

#[test]
fn hostile_names_cannot_move_the_cursor() {
    let policy = "{\"Statement\":{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"\\u001b[2J\\u202e\",\"Resource\":\"*\"}}";
    let path = file("hostile", "p.json", policy);
    let output = run(&[
        "explain",
        &path,
        "--action",
        "s3:GetObject",
        "--ip",
        "203.0.113.9",
    ]);
    for text in [out(&output), err(&output)] {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn hostile_values_end_soon_and_in_bounds() {
    let scenario = |condition: &str| {
        format!(
            r#"{{"action":"s3:GetObject","resource":"*","context":{{"a:b":"1"}},"policies":{{"identity":{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}}}}}"#
        )
    };
    let many: String = ('\u{4e00}'..'\u{9fff}').collect();
    let cases = [
        scenario(r#"{"NumericEquals":{"a:b":"1e-2147483648"}}"#),
        scenario(r#"{"DateEquals":{"a:b":"1e2147483647"}}"#),
        scenario(&format!(r#"{{"StringLike":{{"a:b":"{many}?"}}}}"#)),
    ];
    for case in cases {
        expect_code(
            &feed(&["eval", "--scenario", "-", "-f", "json"], case.as_bytes()),
            1,
        );
    }
}

#[test]
fn an_error_in_a_held_document_names_both_places() {
    let scenario = r#"{
  "action": "s3:GetObject",
  "policies": {"identity": {"name": "mine", "document": "{\"Statement\":\n{\"Effect\":\"allow\"}}"}}}"#;
    let output = feed(&["eval", "--scenario", "-"], scenario.as_bytes());
    expect_code(&output, 2);
    let text = err(&output);
    assert!(
        text.contains("mine:2:11") && text.contains("in the string at -:3:57"),
        "{text}"
    );
    let line = scenario.replace('\n', " ");
    let output = feed(&["eval", "--scenario", "-", "-f", "jsonl"], line.as_bytes());
    let answer: serde_json::Value = serde_json::from_str(&out(&output)).expect("it is JSON");
    assert_eq!(answer["error"]["path"], "mine");
    assert_eq!(answer["error"]["start"]["line"], 2);
    assert_eq!(answer["error"]["in"]["path"], "-");
}

#[test]
fn the_address_is_said_once() {
    for extra in [
        ["--absent", "aws:SourceIp"],
        ["--context", "aws:sourceip=203.0.113.9"],
    ] {
        let output = run(&[&eval_from("203.0.113.9")[..], &extra[..]].concat());
        expect_code(&output, 2);
    }
}
