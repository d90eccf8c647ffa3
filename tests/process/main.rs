//! The program as a process: exit codes, streams, colours, bad input.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

// Exit codes.

// Streams.

// Bad input: one message with a place, exit code 2, and soon.

// Tests.

mod exit;
mod pages;
mod refused;
mod streams;
mod suites;

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

#[test]
fn every_command_says_what_is_not_modelled() {
    for command in ["eval", "assume", "find", "explain", "test", "completions"] {
        let output = run(&[command, "--help"]);
        expect_code(&output, 0);
        assert!(out(&output).contains("Not modelled: S3 ACLs"), "{command}");
    }
    expect_code(&run(&[]), 2);
}
