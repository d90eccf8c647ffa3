//! Where things are written, and in what colour.

use std::io::{BufRead as _, BufReader};

use super::*;

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
fn rows_come_out_before_their_pipe_ends() {
    let policy = file("rows-of-a-pipe", "policy.json", ALLOW);
    let mut child = ipcond(&["batch", &policy, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("ipcond starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let stdout = child.stdout.take().expect("stdout is a pipe");
    let (told, lines) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            let _ = told.send(line.expect("it is text"));
        }
    });
    // The next row is written when the last one came out; the limit only makes a failure of what would wait for ever.
    let patience = std::time::Duration::from_mins(1);
    let mut asked = vec!["source_ip,action", "203.0.113.9,s3:ListAllMyBuckets"];
    for _ in 0..3 {
        for line in asked.drain(..) {
            writeln!(stdin, "{line}").expect("it is read");
        }
        let mut line = lines.recv_timeout(patience).expect("a row comes out");
        if line.starts_with("source_ip") {
            line = lines.recv_timeout(patience).expect("a row comes out");
        }
        let is_row = line.starts_with("203.0.113.9,s3:ListAllMyBuckets,allowed,");
        assert!(is_row, "{line}");
        asked.push("203.0.113.9,s3:ListAllMyBuckets");
    }
    drop(stdin);
    reader.join().expect("the reader ends");
    expect_code(&child.wait_with_output().expect("ipcond ends"), 0);
}
