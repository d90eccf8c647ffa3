//! The command: what it writes, what it leaves alone, and how it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory that is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ipcond-lint-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("it can be made");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("it has a directory")).expect("it can be made");
        fs::write(&path, text).expect("it can be written");
        path
    }

    fn lint(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
        command
            .arg("lint")
            .args(args)
            .current_dir(&self.0)
            .env_remove("IPCOND_CONFIG");
        command.output().expect("ipcond starts")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("it can be listed");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("it can be listed")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it can be read")
}

/// Line ends of Windows, a tab, a mark, and blocks that need two rounds: the second is a twin only once its bits are gone.
const ODD: &str = "\u{feff}{\"Version\": \"2012-10-17\",\r\n\t\"Statement\": {\"Effect\": \"Allow\",  \"Action\": \"s3:*\", \"Resource\": \"*\",\r\n\t\t\"Condition\": {\"IpAddress\": {\"aws:SourceIp\": [\r\n\t\t\t\"203.0.113.0/24\",\r\n\t\t\t\"203.0.113.7/24\",\r\n\t\t\t\"::ffff:198.51.100.9\",\r\n\t\t\t\"2001:db8::/32\"\r\n\t\t]}}}}\r\n";

#[test]
fn a_fix_keeps_what_it_does_not_change() {
    let scratch = Scratch::new("fix");
    let path = scratch.write("odd.json", ODD);
    let output = scratch.lint(&[
        "--fix",
        "odd.json",
        "--fail-level",
        "info",
        "--ignore",
        "IP035,IP036",
    ]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let expected = ODD
        .trim_start_matches('\u{feff}')
        .replace("\t\t\t\"203.0.113.7/24\",\r\n", "");
    assert_eq!(read(&path), expected);
    assert_eq!(scratch.names(), ["odd.json"], "no temporary file is left");
}

#[cfg(unix)]
#[test]
fn a_fix_keeps_rights_and_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let scratch = Scratch::new("rights");
    let path = scratch.write("odd.json", ODD);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("they can be set");
    symlink("odd.json", scratch.0.join("link.json")).expect("it can be made");
    assert_eq!(scratch.lint(&["--fix", "link.json"]).status.code(), Some(0));
    let link = fs::symlink_metadata(scratch.0.join("link.json")).expect("it is there");
    assert!(link.file_type().is_symlink());
    let mode = fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(!read(&path).contains("203.0.113.7"));
}

#[test]
fn what_changes_the_meaning_is_left_alone() {
    let scratch = Scratch::new("meaning");
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": [" 203.0.113.0/24", "198.51.100.0/24,192.0.2.0/24", "2001:db8::/32",
            "::ffff:203.0.113.0/120", "203.0.113.7", "::ffff:198.51.100.9/120"]}}}}"#;
    let path = scratch.write("p.json", text);
    let output = scratch.lint(&["--fix", "p.json", "-f", "concise"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(read(&path), text);
    assert_eq!(out(&output).matches("error IP029").count(), 2);
    // Nobody knows whether AWS reads a mapped block as IPv4 (IP-8): it is neither rewritten nor relied on.
    for code in ["warning IP010", "info IP034", "info IP036"] {
        assert_eq!(out(&output).matches(code).count(), 1, "{code}");
    }
}

#[test]
fn a_rule_that_is_ignored_is_not_fixed() {
    let scratch = Scratch::new("ignored");
    let path = scratch.write("odd.json", ODD);
    assert_eq!(
        scratch
            .lint(&["--fix", ".", "--select", "PL"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(read(&path), ODD);
}

#[test]
fn findings_of_a_baseline_do_not_count_and_new_ones_do() {
    let scratch = Scratch::new("baseline");
    let statement = r#"{"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}"#;
    let policy =
        |statements: &str| format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    scratch.write("p.json", &policy(statement));
    assert_eq!(
        scratch
            .lint(&["p.json", "-f", "json", "-o", "base.txt"])
            .status
            .code(),
        Some(1)
    );
    let with = ["p.json", "--baseline", "base.txt", "-f", "concise"];
    assert_eq!(scratch.lint(&with).status.code(), Some(0));
    // Reformatted, it is the same finding; a second one of its like is new.
    scratch.write("p.json", &policy(&statement.replace(", ", ",\n    ")));
    assert_eq!(scratch.lint(&with).status.code(), Some(0));
    let second = statement
        .replace("10.0.0.0/8", "192.168.0.0/16")
        .replace("\"A\"", "\"B\"");
    scratch.write("p.json", &policy(&format!("{statement}, {second}")));
    let output = scratch.lint(&with);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(out(&output).lines().count(), 1, "{}", out(&output));
}

#[test]
fn the_working_directory_is_walked_as_git_sees_it() {
    let scratch = Scratch::new("walk");
    let bad = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}}"#;
    scratch.write("a/bad.json", bad);
    scratch.write("b/bad.json", bad);
    scratch.write("out/bad.json", bad);
    scratch.write("package.json", r#"{"name": "x"}"#);
    scratch.write(".gitignore", "out/\n");
    scratch.write(
        "ipcond.toml",
        "[lint.ignore]\n'b' = { codes = ['IP005'], reason = 'to be removed in June' }\n",
    );
    let output = scratch.lint(&["-f", "concise"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).starts_with("a/bad.json:1:"),
        "{}",
        out(&output)
    );
    assert_eq!(out(&output).lines().count(), 1, "{}", out(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 file is no policy"));
    assert_eq!(scratch.lint(&["--exit-zero"]).status.code(), Some(0));
}

#[test]
fn a_role_whose_trust_policy_stands_beside_it() {
    let scratch = Scratch::new("role");
    let deny = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}"#;
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}}"#;
    scratch.write("role/deny.json", deny);
    scratch.write("role/trust.json", trust);
    let select = ["--select", "IP020", "-f", "concise"];
    assert_eq!(out(&scratch.lint(&select)).lines().count(), 1);
    scratch.write("role/trust2.json", trust);
    assert_eq!(
        out(&scratch.lint(&select)),
        "",
        "of two trust policies nobody knows which it is"
    );
}
