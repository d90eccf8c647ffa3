//! The program as a process: exit codes, streams, colours, bad input.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const TRUST: &str = "tests/cmd/files/trust.json";
const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn ipcond(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    command
        .args(args)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("IPCOND_CONFIG")
        .stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    ipcond(args).output().expect("ipcond starts")
}

fn feed(args: &[&str], input: &[u8]) -> Output {
    let mut child = ipcond(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ipcond starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let input = input.to_vec();
    // A child that stops reading breaks the pipe; what it says then is what counts.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("ipcond ends");
    writer.join().expect("the writer ends");
    output
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn expect_code(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}{}",
        out(output),
        err(output)
    );
}

/// An empty directory for one test.
fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the directory can be made");
    directory
}

fn file(directory: &str, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = self::directory(directory).join(name);
    fs::write(&path, content).expect("the file can be written");
    path.to_string_lossy().into_owned()
}

fn eval_from(ip: &str) -> Vec<&str> {
    vec!["eval", TRUST, "--action", "sts:AssumeRole", "--ip", ip]
}

// Exit codes.

#[test]
fn the_exit_code_tells_the_decision() {
    expect_code(&run(&eval_from("203.0.113.9")), 0);
    expect_code(&run(&eval_from("203.0.113.200")), 1);
    expect_code(&run(&eval_from("8.8.8.8")), 1);
    expect_code(
        &run(&[
            "eval",
            "tests/cmd/files/mfa.json",
            "--action",
            "iam:CreateUser",
            "--ip",
            "203.0.113.9",
        ]),
        3,
    );
    expect_code(
        &run(&["eval", "nowhere.json", "--action", "iam:CreateUser"]),
        2,
    );
    expect_code(&run(&["eval", TRUST, "--colour"]), 2);
}

#[test]
fn of_several_answers_the_worst_counts() {
    let both = [
        "eval",
        TRUST,
        "--action",
        "sts:AssumeRole",
        "--ip",
        "203.0.113.9",
        "--ip",
        "203.0.113.200",
    ];
    let output = run(&both);
    expect_code(&output, 1);
    assert_eq!(out(&output).matches("sts:AssumeRole from").count(), 2);
}

#[test]
fn expect_turns_the_answer_into_a_check() {
    let check = |ip, expected| {
        let mut args = eval_from(ip);
        args.extend(["--expect", expected]);
        run(&args).status.code()
    };
    assert_eq!(check("203.0.113.200", "explicitDeny"), Some(0));
    assert_eq!(check("203.0.113.200", "denied"), Some(0));
    assert_eq!(check("203.0.113.200", "implicitDeny"), Some(1));
    assert_eq!(check("203.0.113.200", "perhaps"), Some(2));
    let mfa = [
        "eval",
        "tests/cmd/files/mfa.json",
        "--action",
        "iam:CreateUser",
        "--ip",
        "203.0.113.9",
        "--expect",
    ];
    expect_code(&run(&[&mfa[..], &["allowed"]].concat()), 3);
    expect_code(&run(&[&mfa[..], &["depends"]].concat()), 0);
}

#[test]
fn exit_zero_forgives_a_denial_and_nothing_else() {
    let mut args = eval_from("203.0.113.200");
    args.push("--exit-zero");
    expect_code(&run(&args), 0);
    expect_code(
        &run(&[
            "eval",
            "nowhere.json",
            "--action",
            "iam:CreateUser",
            "--exit-zero",
        ]),
        2,
    );
}

// Streams.

#[test]
fn quiet_prints_nothing_and_still_writes_the_file() {
    let file = directory("quiet").join("out.json");
    let mut args = eval_from("203.0.113.200");
    let path = file.to_string_lossy().into_owned();
    args.extend(["-q", "-f", "json", "-o", &path]);
    let output = run(&args);
    expect_code(&output, 1);
    assert_eq!((out(&output), err(&output)), (String::new(), String::new()));
    assert!(
        fs::read_to_string(&file)
            .expect("the file is there")
            .contains("\"explicitDeny\"")
    );
    let left = fs::read_dir(file.parent().expect("it is in a directory"))
        .expect("it can be listed")
        .count();
    assert_eq!(left, 1, "no temporary file is left");
}

#[test]
fn an_error_leaves_the_old_file() {
    let path = file("old-file", "out.json", "old");
    expect_code(
        &run(&[
            "eval",
            "nowhere.json",
            "--action",
            "iam:CreateUser",
            "-o",
            &path,
        ]),
        2,
    );
    assert_eq!(fs::read_to_string(&path).expect("the file is there"), "old");
}

#[test]
fn a_device_is_written_directly() {
    let mut args = eval_from("203.0.113.9");
    args.extend(["-o", "/dev/null"]);
    expect_code(&run(&args), 0);
    args.pop();
    args.push("/dev/full");
    let output = run(&args);
    expect_code(&output, 2);
    assert!(
        err(&output).contains("cannot write the result"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_broken_pipe_ends_quietly() {
    let line =
        format!(r#"{{"action":"s3:GetObject","resource":"*","policies":{{"identity":{ALLOW}}}}}"#);
    let mut child = ipcond(&["eval", "--scenario", "-", "-f", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ipcond starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    for _ in 0..2_000 {
        if writeln!(stdin, "{line}").is_err() {
            break;
        }
    }
    drop(stdin);
    let output = child.wait_with_output().expect("ipcond ends");
    expect_code(&output, 0);
    assert_eq!(err(&output), "");
}

#[test]
fn colour_is_asked_for_or_not() {
    let colourful = |args: &[&str], variable: Option<(&str, &str)>| {
        let mut command = ipcond(&[&eval_from("203.0.113.200")[..], args].concat());
        command.envs(variable);
        out(&command.output().expect("ipcond starts")).contains('\u{1b}')
    };
    assert!(!colourful(&[], None), "not to a pipe");
    assert!(colourful(&["--color", "always"], None));
    assert!(colourful(&[], Some(("CLICOLOR_FORCE", "1"))));
    assert!(!colourful(&[], Some(("NO_COLOR", "1"))));
    assert!(colourful(&[], Some(("IPCOND_COLOR", "always"))));
    assert!(!colourful(
        &["--color", "never"],
        Some(("CLICOLOR_FORCE", "1"))
    ));
}

#[test]
fn a_policy_may_come_by_standard_input() {
    let args = ["eval", "--action", "s3:GetObject", "--ip", "203.0.113.9"];
    expect_code(&feed(&args, ALLOW.as_bytes()), 0);
    expect_code(&feed(&[&args[..], &["-"]].concat(), ALLOW.as_bytes()), 0);
}

#[test]
fn a_stream_of_scenarios_is_answered_line_by_line() {
    let good = format!(
        r#"{{"name":"good","action":"s3:GetObject","resource":"*","policies":{{"identity":{ALLOW}}}}}"#
    );
    let bad = r#"{"name":"bad","action":"s3:GetObject","policies":{"identity":{"Statement":{"Effect":"allow"}}}}"#;
    let input = format!("{good}\r\n\n{bad}\nnot json\n\u{feff}{good}");
    let output = feed(
        &["eval", "--scenario", "-", "-f", "jsonl"],
        input.as_bytes(),
    );
    expect_code(&output, 2);
    let lines: Vec<serde_json::Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["decision"], "allowed");
    assert_eq!(
        (&lines[1]["name"], &lines[1]["line"]),
        (&"bad".into(), &3.into())
    );
    let error = &lines[1]["error"];
    assert_eq!(
        error["message"],
        "`Effect` must be `Allow` or `Deny`, found `allow`"
    );
    assert_eq!(
        error["start"]["column"],
        bad.find("\"allow\"").expect("it is there") + 1
    );
    assert_eq!(lines[2]["line"], 4);
    assert_eq!(lines[3]["decision"], "allowed");
    expect_code(
        &feed(&["eval", "--scenario", "-", "-f", "jsonl"], good.as_bytes()),
        0,
    );
}

#[test]
fn warnings_go_to_standard_error() {
    let policy = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"<your SaaS IP>"}}}}"#;
    let path = file("warning", "deny.json", policy);
    let output = run(&[
        "eval",
        &path,
        "--action",
        "s3:GetObject",
        "--ip",
        "203.0.113.9",
    ]);
    expect_code(&output, 1);
    assert!(
        err(&output).contains("warning[IP-11]: `<your SaaS IP>`"),
        "{}",
        err(&output)
    );
    assert!(out(&output).contains("(IP-11)"), "{}", out(&output));
}

// Bad input: one message with a place, exit code 2, and soon.

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
fn a_line_of_the_full_size_does_not_swallow_the_next() {
    let good =
        format!(r#"{{"action":"s3:GetObject","resource":"*","policies":{{"identity":{ALLOW}}}}}"#);
    let lines = |padding: usize| format!("{good}{}\n{good}\n", " ".repeat(padding));
    let full = (32 << 20) - good.len();
    let output = feed(
        &["eval", "--scenario", "-", "-f", "jsonl"],
        lines(full).as_bytes(),
    );
    expect_code(&output, 0);
    assert_eq!(out(&output).lines().count(), 2);
    let output = feed(
        &["eval", "--scenario", "-", "-f", "jsonl"],
        lines(full + 1).as_bytes(),
    );
    expect_code(&output, 2);
    let text = out(&output);
    let found: Vec<bool> = text
        .lines()
        .map(|line| line.contains("is over 32 MiB"))
        .collect();
    assert_eq!(found, [true, false]);
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
fn warnings_of_a_stream_are_said_once() {
    let line = r#"{"lenient":true,"action":"s3:GetObject","resource":"*","policies":{"identity":{"Id":"x","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}}"#;
    let input = format!("{line}\n{line}\n");
    let output = feed(
        &["eval", "--scenario", "-", "-f", "jsonl"],
        input.as_bytes(),
    );
    expect_code(&output, 0);
    assert_eq!(
        err(&output).matches("warning[GRAM-9]").count(),
        1,
        "{}",
        err(&output)
    );
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

// Tests.

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
fn every_command_says_what_is_not_modelled() {
    for command in ["eval", "assume", "find", "explain", "test", "completions"] {
        let output = run(&[command, "--help"]);
        expect_code(&output, 0);
        assert!(out(&output).contains("Not modelled: S3 ACLs"), "{command}");
    }
    expect_code(&run(&[]), 2);
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
