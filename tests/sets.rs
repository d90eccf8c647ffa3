//! Named sets, the configuration file and `find`, as a process.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Office","Effect":"Allow",
  "Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole",
  "Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#;

/// A directory with these files, to run in.
fn directory(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sets-{name}"));
    let _ = fs::remove_dir_all(&directory);
    for (name, content) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().expect("it is in the directory"))
            .expect("the directory can be made");
        fs::write(path, content).expect("the file can be written");
    }
    directory
}

fn ipcond(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    command
        .args(args)
        .current_dir(directory)
        .env_remove("CLICOLOR_FORCE")
        .env_remove("IPCOND_CONFIG")
        .stdin(Stdio::null());
    command
}

#[track_caller]
fn expect(directory: &Path, args: &[&str], code: i32) -> (String, String) {
    told(
        &ipcond(directory, args).output().expect("ipcond starts"),
        code,
    )
}

#[track_caller]
fn told(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    (out, err)
}

#[track_caller]
fn expect_line(text: &str, line: &str) {
    assert!(text.lines().any(|other| other.trim() == line), "{text}");
}

#[test]
fn the_exit_code_of_find_tells_whether_there_is_a_block() {
    let at = directory("exit", &[("trust.json", TRUST), ("other.json", "{}")]);
    expect(&at, &["find", "203.0.113.9", "trust.json"], 0);
    expect(&at, &["find", "203.0.114.9", "trust.json"], 1);
    expect(&at, &["find", "203.0.113.999", "trust.json"], 2);
    expect(&at, &["find", "203.0.113.9", "nowhere.json"], 2);
    expect(&at, &["find", "203.0.113.9", "trust.json", "other.json"], 2);
    expect(&at, &["find", "::ffff:0:0/95", "trust.json"], 1);
    expect(&at, &["find"], 2);
}

#[test]
fn a_directory_may_hold_other_files_but_no_broken_policy() {
    let files = [
        ("a/trust.json", TRUST),
        ("a/package.json", r#"{"name": "x"}"#),
        ("a/list.yaml", "- Statement\n"),
        ("a/comments.json", "// not JSON"),
    ];
    let at = directory("walk", &files);
    let (out, err) = expect(&at, &["find", "203.0.113.9", "a"], 0);
    expect_line(&out, "203.0.113.9 is in 1 block of 1 policy");
    for name in ["comments.json", "list.yaml", "package.json"] {
        expect_line(&err, &format!("note: a/{name} is no policy; passed over"));
    }
    fs::write(at.join("a/broken.json"), TRUST.replace("Allow\"", "Alow\""))
        .expect("the file can be written");
    let (out, err) = expect(&at, &["find", "203.0.113.9", "a"], 2);
    assert!(out.contains("203.0.113.9 is in 1 block"), "{out}");
    assert!(err.contains("found `Alow`"), "{err}");
    expect(&at, &["find", "203.0.113.9", "a/package.json"], 2);
}

#[test]
fn policies_come_from_standard_input_as_well() {
    let at = directory("stdin", &[]);
    fs::create_dir_all(&at).expect("the directory can be made");
    for args in [&["find", "203.0.113.9"][..], &["find", "203.0.113.9", "-"]] {
        let mut child = ipcond(&at, args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("ipcond starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        stdin.write_all(TRUST.as_bytes()).expect("it is read");
        drop(stdin);
        let (out, _) = told(&child.wait_with_output().expect("ipcond ends"), 0);
        assert!(out.contains("-:3:44"), "{out}");
    }
}

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let files = [
        ("trust.json", TRUST),
        ("conf/my.toml", "[sets]\nvpn = '@file:vpn.txt'\n"),
        ("conf/vpn.txt", "\u{feff}203.0.113.0/25 # VPN\r\n"),
        ("vpn.txt", "198.51.100.0/24\n"),
    ];
    let at = directory("paths", &files);
    let config = ["find", "@vpn", "trust.json", "--config", "conf/my.toml"];
    expect(&at, &config, 0);
    expect(&at, &["find", "@file:vpn.txt", "trust.json"], 1);
    expect(&at, &["find", "@file:conf/vpn.txt", "trust.json"], 0);
}

#[test]
fn a_bad_set_is_an_error_with_its_place() {
    let files = [
        ("trust.json", TRUST),
        (
            "ipcond.toml",
            "[sets]\nvpn = ['::1', '@file:vpn.txt']\ngone = ['::1', '@file:gone.txt']\n",
        ),
        (
            "vpn.txt",
            "# VPN\n203.0.113.0/24\n203.0.113.0/33 # typing mistake\n",
        ),
        ("cycle.toml", "[sets]\na = '@b'\nb = ['::1', '@a']\n"),
        ("syntax.toml", "[sets]\na = ['::1'\n"),
        ("key.toml", "[stes]\n"),
        ("meaning.toml", "[defaults]\nmissing = 'absent'\n"),
    ];
    let at = directory("bad", &files);
    for (query, config, place, message) in [
        (
            "@vpn",
            "ipcond.toml",
            "vpn.txt:3:1",
            "`203.0.113.0/33`: the prefix length",
        ),
        (
            "@gone",
            "ipcond.toml",
            "ipcond.toml:3:16",
            "cannot read `gone.txt`: no such file",
        ),
        ("@vpm", "ipcond.toml", "", "did you mean `@vpn`?"),
        ("vpn", "ipcond.toml", "", "did you mean `@vpn`?"),
        (
            "::1",
            "cycle.toml",
            "cycle.toml:3:13",
            "the set `a` holds itself: @a, @b, @a",
        ),
        ("::1", "syntax.toml", "syntax.toml:2:11", "not TOML"),
        ("::1", "key.toml", "key.toml:1:2", "did you mean `sets`?"),
        (
            "::1",
            "meaning.toml",
            "meaning.toml:2:1",
            "`missing` cannot be configured",
        ),
        (
            "::1",
            "none.toml",
            "",
            "cannot read `none.toml`: no such file",
        ),
    ] {
        let (_, err) = expect(&at, &["find", query, "trust.json", "--config", config], 2);
        assert!(
            err.contains(message) && err.contains(place),
            "{query} {config}: {err}"
        );
    }
}

#[test]
fn flags_go_over_the_environment_and_that_over_the_usual_file() {
    let set = |block: &str| format!("[sets]\nhere = '{block}'\n");
    let (usual, other) = (set("203.0.113.0/25"), set("198.51.100.0/24"));
    let files = [
        ("trust.json", TRUST),
        ("ipcond.toml", &usual),
        ("other.toml", &other),
    ];
    let at = directory("precedence", &files);
    let run = |args: &[&str], environment: Option<&str>| {
        let mut command = ipcond(&at, &["find", "@here", "trust.json"]);
        command.args(args);
        if let Some(path) = environment {
            command.env("IPCOND_CONFIG", path);
        }
        command.output().expect("ipcond starts").status.code()
    };
    assert_eq!(run(&[], None), Some(0));
    assert_eq!(run(&[], Some("other.toml")), Some(1));
    assert_eq!(
        run(&["--config", "ipcond.toml"], Some("other.toml")),
        Some(0)
    );
    assert_eq!(run(&["--no-config"], None), Some(2));
    assert_eq!(run(&["--no-config"], Some("other.toml")), Some(2));
    assert_eq!(
        run(&["--no-config", "--config", "other.toml"], None),
        Some(1)
    );
}

#[test]
fn a_broken_configuration_stops_only_what_needs_it() {
    let at = directory(
        "broken",
        &[("ipcond.toml", "no TOML"), ("trust.json", TRUST)],
    );
    expect(&at, &["completions", "bash"], 0);
    expect(&at, &["--help"], 0);
    let eval = [
        "eval",
        "trust.json",
        "--action",
        "sts:AssumeRole",
        "--ip",
        "203.0.113.9",
    ];
    expect(&at, &eval, 2);
    expect(&at, &[&eval[..], &["--no-config"]].concat(), 0);
}

#[test]
fn defaults_hold_where_nothing_else_says_so() {
    const BUCKET: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
      "Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"},"Action":"s3:GetObject","Resource":"*"}]}"#;
    let config =
        "[defaults]\nprincipal = 'arn:aws:iam::111122223333:user/bob'\naccount = '444455556666'\n";
    let scenario = r#"{"action": "s3:GetObject", "resource": "arn:aws:s3:::a/b", "policies": {"resource": "b.json"}}"#;
    let files = [
        ("ipcond.toml", config),
        ("b.json", BUCKET),
        ("s.json", scenario),
    ];
    let at = directory("defaults", &files);
    let decision = |args: &[&str], code| {
        let base = [
            "eval",
            "-f",
            "json",
            "--missing",
            "absent",
            "--ip",
            "203.0.113.9",
        ];
        let (out, _) = expect(&at, &[&base[..], args].concat(), code);
        let answer: serde_json::Value = serde_json::from_str(&out).expect("the answer is JSON");
        (answer["principal"].clone(), answer["decision"].clone())
    };
    let bob = "arn:aws:iam::111122223333:user/bob";
    // In another account the bucket's Allow alone is not enough (EVAL-16).
    assert_eq!(
        decision(&["--scenario", "s.json"], 1),
        (bob.into(), "implicitDeny".into())
    );
    let same = ["--scenario", "s.json", "--resource-account", "111122223333"];
    assert_eq!(decision(&same, 0), (bob.into(), "allowed".into()));
    let eve = "arn:aws:iam::444455556666:user/eve";
    let other = ["--scenario", "s.json", "--principal", eve];
    assert_eq!(decision(&other, 1), (eve.into(), "implicitDeny".into()));
    assert_eq!(
        decision(&["--scenario", "s.json", "--no-config"], 1).0,
        serde_json::Value::Null
    );
    // The ARN says whose the resource is, which is no contradiction of a default.
    let queue = [
        "--resource",
        "arn:aws:sqs:eu-west-1:111122223333:q",
        "--action",
        "s3:GetObject",
        "b.json",
    ];
    assert_eq!(decision(&queue, 0).1, "allowed");
}
