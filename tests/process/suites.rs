//! `ipcond test`.

use super::*;

#[test]
fn a_test_run_fails_for_a_failure_and_for_no_tests() {
    let suite = |body: &str| {
        format!(
            "policies: {{ identity: {{ document: '{ALLOW}' }} }}\ndefaults: {{ action: s3:GetObject, resource: '*' }}\ntests:{body}\n"
        )
    };
    let pass = "\n  - { name: p, ip: 203.0.113.9, expect: allowed }";
    let fail = "\n  - { name: f, ip: 203.0.113.9, expect: denied }";
    let todo = "\n  - { name: t, ip: 203.0.113.9, expect: denied, todo: later }";
    let broken = "\n  - { name: b, ip: 203.0.113.999, expect: denied }";
    let cases = [
        ("pass", pass.to_owned(), 0),
        ("todo", format!("{pass}{todo}"), 0),
        ("fail", format!("{fail}{pass}"), 1),
        ("broken", broken.to_owned(), 1),
        ("none", " []".to_owned(), 1),
        (
            "unknown",
            "\n  - { name: u, expected: denied }".to_owned(),
            2,
        ),
    ];
    for (name, body, code) in cases {
        let path = file(&format!("test-{name}"), "x_test.yaml", suite(&body));
        expect_code(&run(&["test", &path]), code);
    }
    let path = file("test-fast", "x_test.yaml", suite(&format!("{fail}{pass}")));
    let output = run(&["test", &path, "--fail-fast"]);
    expect_code(&output, 1);
    assert!(!out(&output).contains("ok "), "{}", out(&output));
    let output = run(&["test", &path, "--run", "^p$"]);
    expect_code(&output, 0);
    expect_code(&run(&["test", &path, "--run", "^nothing$"]), 1);
    let empty = directory("test-empty").to_string_lossy().into_owned();
    assert_ne!(run(&["test", &empty]).status.code(), Some(0));
    expect_code(&run(&["test", &empty, "--allow-empty"]), 0);
}

const SUITE: &str = "tests/cmd/files/office_test.yaml";

#[test]
fn a_test_over_many_addresses_names_one_that_contradicts_it() {
    let json = run(&["test", SUITE, "-f", "json"]);
    expect_code(&json, 1);
    let json: serde_json::Value = serde_json::from_str(&out(&json)).expect("it is JSON");
    let found = &json["files"][0]["tests"][2];
    assert_eq!(found["counterexample"], "2001:db8:1::1", "{found:#}");
    for (format, part) in [
        ("tap", "  counterexample: \"2001:db8:1::1\"\n"),
        ("junit", "2001:db8:1::/48, e.g. 2001:db8:1::1\""),
        ("github", "2001:db8:1::/48, e.g. 2001:db8:1::1%0A  by"),
        ("pretty", "2001:db8:1::/48   e.g. 2001:db8:1::1\n"),
    ] {
        let output = run(&["test", SUITE, "-f", format]);
        expect_code(&output, 1);
        assert!(out(&output).contains(part), "{}", out(&output));
    }
}

#[test]
fn coverage_tells_and_never_judges() {
    let pass = ["test", SUITE, "--run", "lobby"];
    let sums = "covered 2 of 3 statements, 0 of 3 blocks";
    for (format, code) in [("pretty", 0), ("tap", 0), ("junit", 0), ("github", 0)] {
        let output = run(&[&pass[..], &["--coverage", "-f", format]].concat());
        expect_code(&output, code);
        let told = if format == "pretty" {
            out(&output)
        } else {
            err(&output)
        };
        assert!(told.contains(sums), "{format}: {told}");
        assert_eq!(out(&output).contains(sums), format == "pretty");
    }
    expect_code(&run(&["test", SUITE, "--coverage"]), 1);
    let json = run(&[&pass[..], &["--coverage", "-f", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&out(&json)).expect("it is JSON");
    assert_eq!(json["coverage"]["statements"]["covered"], 2, "{json:#}");
    let json = run(&[&pass[..], &["-f", "json"]].concat());
    assert!(!out(&json).contains("coverage"));
}

#[test]
fn sets_of_the_configuration_are_known_to_tests() {
    let at = "test-sets";
    let suite = format!(
        "policies: {{ identity: {{ document: '{ALLOW}' }} }}\nsets: {{ all: ['@office', '@file:more.txt'] }}\ntests:\n  - {{ action: s3:ListAllMyBuckets, resource: '*', ip: '@all', expect: allowed }}\n"
    );
    let path = directory(at).join("x_test.yaml");
    fs::write(&path, suite).expect("the file can be written");
    let config = path.with_file_name("c.toml");
    fs::write(&config, "[sets]\noffice = '203.0.113.0/24'\n").expect("the file can be written");
    let config = config.to_string_lossy().into_owned();
    fs::write(path.with_file_name("more.txt"), "2001:db8::1\n").expect("the file can be written");
    let path = path.to_string_lossy().into_owned();
    let output = run(&["test", &path, "--config", &config]);
    expect_code(&output, 0);
    assert!(
        out(&output).contains("257 addresses proved"),
        "{}",
        out(&output)
    );
    let output = run(&["test", &path, "--no-config"]);
    expect_code(&output, 2);
    assert!(
        err(&output).contains("there is no set `@office`"),
        "{}",
        err(&output)
    );
}

#[test]
fn ignored_files_are_not_tests() {
    let directory = directory("ignored");
    fs::write(directory.join(".gitignore"), "old_test.yaml\n").expect("the file can be written");
    fs::write(directory.join("old_test.yaml"), "no test file").expect("the file can be written");
    expect_code(
        &run(&["test", &directory.to_string_lossy(), "--allow-empty"]),
        0,
    );
}

#[test]
fn a_broken_test_file_does_not_hide_the_others() {
    let at = directory("broken-suite");
    let good = "policies: { identity: { Statement: [] } }\ntests:\n  - { name: shut, action: s3:ListBucket, resource: '*', ip: 203.0.113.9, expect: denied }\n";
    fs::write(at.join("good_test.yaml"), good).expect("the file can be written");
    fs::write(at.join("bad_test.yaml"), "tests: [\n").expect("the file can be written");
    let output = run(&["test", &at.to_string_lossy(), "-f", "junit"]);
    expect_code(&output, 2);
    assert!(out(&output).contains("name=\"shut\""), "{}", out(&output));
    assert!(err(&output).contains("bad_test.yaml"), "{}", err(&output));
}
