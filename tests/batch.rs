//! `ipcond batch` as a process: rows in, rows out.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"},
    {"Sid":"Outside","Effect":"Deny","Action":"*","Resource":"*",
     "Condition":{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}},
    {"Sid":"Mfa","Effect":"Deny","Action":"iam:*","Resource":"*",
     "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}]}"#;

/// An empty directory with the policy in it.
fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("batch-{name}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the directory can be made");
    fs::write(directory.join("p.json"), POLICY).expect("the file can be written");
    directory
}

fn ipcond(directory: &PathBuf, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    command
        .args(["batch", "--no-config", "p.json"])
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::null());
    command
}

fn run(directory: &PathBuf, args: &[&str]) -> Output {
    ipcond(directory, args).output().expect("ipcond starts")
}

/// What comes out for a table, and what is said, without the line at the end.
#[track_caller]
fn decide(name: &str, table: impl AsRef<[u8]>, args: &[&str], code: i32) -> (Vec<u8>, String) {
    let directory = directory(name);
    fs::write(directory.join("t"), table).expect("the file can be written");
    let mut all = vec!["t"];
    all.extend(args);
    let output = run(&directory, &all);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    let said = said.lines().filter(|line| !line.contains(" unreadable"));
    let said = said.collect::<Vec<_>>().join("\n");
    (output.stdout, said)
}

#[track_caller]
fn expect(
    name: &str,
    table: impl AsRef<[u8]>,
    args: &[&str],
    expected: impl AsRef<[u8]>,
) -> String {
    let (out, said) = decide(name, table, args, 0);
    assert_eq!(
        out.escape_ascii().to_string(),
        expected.as_ref().escape_ascii().to_string(),
        "{said}"
    );
    said
}

const S3: &str = "s3:ListAllMyBuckets";
const ADDED: &str = "decision,statement,reason";
const INSIDE: &str = "allowed,All,";
const OUTSIDE: &str = "explicitDeny,Outside,aws:SourceIp not in 2 ranges";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

// What comes in goes out.

#[test]
fn every_byte_of_a_row_is_kept() {
    let table = b"\xef\xbb\xbf\"ip\",note,\"a;b\"\r\n203.0.113.9,\"x \"\"y\"\"\nz\",\xff\0\r\n\r\n8.8.8.8 ,\"\",\n\"8.8.8.8\",a\"b,";
    let expected = [
        b"\xef\xbb\xbf\"ip\",note,\"a;b\",decision,statement,reason\r\n203.0.113.9,\"x \"\"y\"\"\nz\",\xff\0,".as_slice(),
        INSIDE.as_bytes(),
        b"\r\n8.8.8.8 ,\"\",,",
        OUTSIDE.as_bytes(),
        b"\n\"8.8.8.8\",a\"b,,",
        OUTSIDE.as_bytes(),
        b"\n",
    ]
    .concat();
    let said = expect("bytes", table, &["--action", S3], expected);
    assert_eq!(said, "t: not used: note, a;b");
}

#[test]
fn delimiters_are_told_by_the_header() {
    for (name, delimiter) in [("comma", ","), ("semicolon", ";"), ("tab", "\t")] {
        let line = |cells: &[&str]| cells.join(delimiter) + "\n";
        let table = line(&["action", "client_ip"]) + &line(&[S3, "2001:db8::1"]);
        let expected = line(&["action", "client_ip", "decision", "statement", "reason"])
            + &line(&[S3, "2001:db8::1", "allowed", "All", ""]);
        expect(name, table, &[], expected);
    }
}

#[test]
fn rows_that_cannot_be_read_come_out_and_are_named() {
    let table = format!(
        "ip,action\n203.0.113.9,{S3}\n203.0.113.999,{S3}\n8.8.8.8,\n8.8.8.8\n1,2,3\n10.0.0.0/8,{S3}\n,{S3}\n\"8.8.8.8,{S3}\n"
    );
    let (out, said) = decide("bad", &table, &[], 0);
    let out = String::from_utf8(out).expect("it is text");
    let expected = format!(
        "ip,action,{ADDED}
203.0.113.9,{S3},{INSIDE}
203.0.113.999,{S3},error,,\"\"\"203.0.113.999\"\" is not an IP address\"
8.8.8.8,,error,,the action is empty
8.8.8.8,,error,,1 cell where the header has 2
1,2,3,error,,3 cells where the header has 2
10.0.0.0/8,{S3},error,,\"\"\"10.0.0.0/8\"\" is a block, not an IP address\"
,{S3},explicitDeny,Outside,aws:SourceIp is not in the request
\"8.8.8.8,{S3}
\",,error,,a quote is not closed
"
    );
    assert_eq!(out, expected);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "t:3: \"203.0.113.999\" is not an IP address");
    assert_eq!(lines[1], "t:4: the action is empty");
    assert_eq!(lines[5], "t:9: a quote is not closed");
    let (out, said) = decide("strict", &table, &["--strict"], 2);
    assert_eq!(
        out,
        format!("ip,action,{ADDED}\n203.0.113.9,{S3},{INSIDE}\n").as_bytes()
    );
    assert!(
        said.contains("t:3: \"203.0.113.999\" is not an IP address"),
        "{said}"
    );
}

#[test]
fn ten_bad_rows_are_named_and_the_rest_counted() {
    let table = "ip\n".to_owned() + &"x\n".repeat(1_000);
    let (out, said) = decide("many", table, &["--action", S3], 0);
    assert_eq!(out.split(|byte| *byte == b'\n').count(), 1_002);
    assert_eq!(said.matches("is not an IP address").count(), 10, "{said}");
    assert!(
        said.ends_with("t: 990 more rows could not be read"),
        "{said}"
    );
}

#[test]
fn json_lines_keep_their_bytes() {
    let table = format!(
        "{{\"ip\": \"203.0.113.9\", \"action\":\"{S3}\" }}\r\n\n{{}}\n[1]\n{{\"a\\u0063tion\":\"{S3}\",\"ip\":null,\"n\":[1, 2]}}"
    );
    let expected = format!(
        "{{\"ip\": \"203.0.113.9\", \"action\":\"{S3}\" ,\"decision\":\"allowed\",\"statement\":\"All\",\"reason\":\"\"}}\r
{{\"decision\":\"error\",\"statement\":\"\",\"reason\":\"the request has no action\"}}
{{\"row\":\"[1]\",\"decision\":\"error\",\"statement\":\"\",\"reason\":\"not a JSON object: invalid type: sequence, expected an object\"}}
{{\"a\\u0063tion\":\"{S3}\",\"ip\":null,\"n\":[1, 2],\"decision\":\"explicitDeny\",\"statement\":\"Outside\",\"reason\":\"aws:SourceIp is not in the request\"}}
"
    );
    let said = expect("jsonl", table, &[], expected);
    assert!(
        said.starts_with("t:3: the request has no action\nt:4: not a JSON object"),
        "{said}"
    );
}

#[test]
fn context_is_taken_from_an_object_and_from_columns() {
    let iam = "iam:ListUsers";
    let table = format!(
        "ip,action,context\n203.0.113.9,{iam},\"{{\"\"aws:MultiFactorAuthPresent\"\":false}}\"\n203.0.113.9,{iam},{{\n"
    );
    let (out, _) = decide("context", table, &[], 0);
    let out = String::from_utf8(out).expect("it is text");
    let row = |number| out.lines().nth(number).unwrap_or_default();
    assert!(
        row(1).ends_with("explicitDeny,Mfa,Bool aws:MultiFactorAuthPresent"),
        "{out}"
    );
    assert!(row(2).contains("error,,the context:"), "{out}");
    let table = format!(
        "ip,action,AWS:multifactorauthpresent\n203.0.113.9,{iam},false\n203.0.113.9,{iam},\n"
    );
    let (out, _) = decide("key", table, &[], 0);
    let out = String::from_utf8(out).expect("it is text");
    // An empty cell is an absent key, and `Bool` does not hold without one.
    assert_eq!(out.matches("explicitDeny,Mfa,").count(), 1, "{out}");
    assert_eq!(out.matches("allowed,All,").count(), 1, "{out}");
}

#[test]
fn columns_can_be_renamed_named_and_left_out() {
    let table = "a,src,eventSource,eventName\n1,8.8.8.8,s3.amazonaws.com,ListAllMyBuckets\n";
    let columns = ["--columns", "ip=src", "--keep", "src,a"];
    expect(
        "renamed",
        table,
        &columns,
        format!("src,a,{ADDED}\n8.8.8.8,1,{OUTSIDE}\n"),
    );
    let jsonl = ["--columns", "ip=src", "--keep", "a", "-f", "jsonl"];
    let expected = "{\"a\":\"1\",\"decision\":\"explicitDeny\",\"statement\":\"Outside\",\"reason\":\"aws:SourceIp not in 2 ranges\"}\n";
    expect("to-jsonl", table, &jsonl, expected);
    let headerless = format!("8.8.8.8,{S3}\n");
    expect(
        "headerless",
        &headerless,
        &["--columns", "ip,action"],
        format!("8.8.8.8,{S3},{OUTSIDE}\n"),
    );
    let object = format!("{{\"ip\":\"8.8.8.8\",\"action\":\"{S3}\",\"n\":7}}\n");
    let csv = ["-f", "csv", "--keep", "n,ip"];
    expect(
        "to-csv",
        object,
        &csv,
        format!("n,ip,{ADDED}\n7,8.8.8.8,{OUTSIDE}\n"),
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    let refused = |name: &str, table: &str, args: &[&str], why: &str| {
        let (out, said) = decide(name, table, args, 2);
        assert!(said.contains(why), "{said}");
        assert!(out.is_empty());
    };
    refused(
        "twice",
        "ip,src_ip\n",
        &["--action", S3],
        "two columns say the address",
    );
    refused(
        "both",
        "ip,aws:SourceIp\n",
        &["--action", S3],
        "two columns say the address",
    );
    refused(
        "flag",
        "ip,action\n",
        &["--action", S3],
        "--action says the action",
    );
    refused(
        "unknown",
        "ip\n",
        &["--columns", "ip=src"],
        "no column is called `src`",
    );
    refused("keep", "ip\n", &["--keep", "x"], "no column is called `x`");
    refused(
        "again",
        "ip,decision\n",
        &["--action", S3],
        "a column `decision` already",
    );
    refused(
        "utf16",
        "\u{0}",
        &["--columns", "ip=a,b"],
        "`b` is not MEANING=COLUMN",
    );
}

/// A header that is none would leave its rows without a word to decide by, and with the exit code of a success.
#[test]
fn a_header_that_is_none_is_refused() {
    let refused = |name: &str, table: &str, why: &str| {
        let (out, said) = decide(&format!("header-{name}"), table, &["--action", S3], 2);
        assert!(said.contains(why), "{name}: {said}");
        assert!(out.is_empty(), "{name}");
    };
    refused(
        "returns",
        "ip,note\r203.0.113.9,a\r8.8.8.8,b\r",
        "t:1: the header has a carriage return without a line feed",
    );
    refused("utf16", "i\0p\0\n\0", "t:1: the header has NUL bytes");
    refused(
        "row",
        "\n203.0.113.9,s3:ListAllMyBuckets\n8.8.8.8,s3:ListAllMyBuckets\n",
        "t:2: the header has an address in it, `203.0.113.9`",
    );
    refused(
        "unknown",
        "a,b\n1,2\n",
        "t:1: no column of the header says anything",
    );
    refused(
        "array",
        "[{\"ip\":\"8.8.8.8\"}]\n",
        "t:1: an array of objects",
    );
    refused(
        "pretty",
        "{\n  \"ip\": \"8.8.8.8\"\n}\n",
        "over several lines",
    );
    refused(
        "open",
        "\"ip,note\n8.8.8.8,s3:a\n",
        "t:1: the header has a quote that is not closed",
    );
    // Line ends in a quoted cell are part of it.
    decide(
        "header-quoted",
        "\"ip\",\"a\r\nb\"\r\n",
        &["--action", S3],
        0,
    );
}

#[test]
fn no_object_has_two_members_of_one_name() {
    let row = format!("{{\"ip\":\"8.8.8.8\",\"action\":\"{S3}\",\"decision\":\"allowed\"}}\n");
    let (out, said) = decide("member", &row, &[], 0);
    let out: serde_json::Value = serde_json::from_slice(&out).expect("it is JSON");
    assert_eq!(out["decision"], "error", "{out}");
    assert_eq!(out["row"], row.trim_end(), "nothing is lost");
    assert!(
        said.contains("t:1: there is a member `decision` already"),
        "{said}"
    );
    let (out, _) = decide("member-kept", &row, &["--keep", "ip"], 0);
    assert!(out.starts_with(b"{\"ip\":\"8.8.8.8\",\"decision\":\"explicitDeny\""));
    let table = "ip,note,note\n8.8.8.8,1,2\n";
    for args in [["-f", "jsonl"], ["--keep", "note"]] {
        let all = [&["--action", S3][..], &args[..]].concat();
        let (_, said) = decide("columns", table, &all, 2);
        assert!(said.contains("two columns are called `note`"), "{said}");
    }
    let all = ["--action", S3, "-f", "jsonl", "--keep", "ip,ip"];
    let (_, said) = decide("keep-twice", table, &all, 2);
    assert!(said.contains("`ip` is named twice"), "{said}");
}

#[test]
fn exit_codes() {
    let table = format!("ip,action\n8.8.8.8,{S3}\n");
    decide("denied", &table, &[], 0);
    decide("fail", &table, &["--fail-on-deny"], 1);
    decide(
        "none-denied",
        format!("ip,action\n203.0.113.9,{S3}\n"),
        &["--fail-on-deny"],
        0,
    );
    decide("empty", "", &["--action", S3], 0);
    let directory = directory("usage");
    assert_eq!(run(&directory, &["nowhere.csv"]).status.code(), Some(2));
    assert_eq!(run(&directory, &[]).status.code(), Some(2));
    assert_eq!(run(&directory, &["."]).status.code(), Some(2));
}

#[test]
fn a_summary_stands_in_place_of_rows() {
    let table =
        format!("ip,action\n8.8.8.8,{S3}\n203.0.113.9,{S3}\n203.0.113.8,{S3}\n-,{S3}\nx,{S3}\n");
    let (out, _) = decide("summary", table, &["--summary"], 0);
    let out = String::from_utf8(out).expect("it is text");
    for line in [
        "2  allowed",
        "2  explicitDeny",
        "1  error",
        "2  Outside  explicitDeny",
        "2  203.0.113.0/24  0 denied",
        "1  (no address in the request)  1 denied",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
}

#[test]
fn a_summary_of_many_principals_does_not_depend_on_threads() {
    let mut table = String::from("ip,principal\n");
    for number in 0..130_000 {
        // The last ones come in other blocks than their like.
        let session = number * 7_919 % 110_000;
        table.push_str("203.0.113.9,arn:aws:sts::111122223333:assumed-role/ops/s");
        table.push_str(&session.to_string());
        table.push('\n');
    }
    let args = |threads| ["--action", S3, "--summary", "-j", threads];
    let (one, _) = decide("principals-1", &table, &args("1"), 0);
    let (three, _) = decide("principals-3", &table, &args("3"), 0);
    let one = String::from_utf8(one).expect("it is text");
    assert!(one.contains("(others)"), "{one}");
    assert_eq!(one.into_bytes(), three);
}

/// Cells that are too long to be remembered are decided all the same, each time.
#[test]
fn long_cells_are_decided() {
    let row = |mfa: bool| {
        let context =
            serde_json::json!({"a:b": "x".repeat(2_000), "aws:MultiFactorAuthPresent": mfa});
        let row =
            serde_json::json!({"ip": "203.0.113.9", "action": "iam:ListUsers", "context": context});
        format!("{row}\n")
    };
    let (out, _) = decide("long", [row(true), row(false)].concat().repeat(2), &[], 0);
    let out = String::from_utf8(out).expect("it is text");
    let decisions = out
        .lines()
        .map(|line| line.contains("\"decision\":\"allowed\""));
    assert_eq!(decisions.collect::<Vec<_>>(), [true, false, true, false]);
}

// Threads, sizes, streams.

/// A table over several blocks, with quoted line feeds and bad rows in it.
fn large() -> Vec<u8> {
    let mut table = String::from("ip,action,note\n");
    for number in 0..40_000_u32 {
        let ip = match number % 7 {
            0 => "203.0.113.9".to_owned(),
            1 => "2001:db8::7".to_owned(),
            2 if number % 1_001 == 2 => "bad".to_owned(),
            _ => format!("{}.{}.0.1", 1 + number % 200, number % 251),
        };
        let note = if number % 97 == 0 {
            "\"a\n,b\""
        } else {
            "plain"
        };
        let row = [&ip, S3, &format!("{note}{number}\n")].join(",");
        table.push_str(&row);
    }
    table.into_bytes()
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let table = large();
    let (one, said) = decide("j1", &table, &["-j", "1"], 0);
    assert!(one.len() > table.len());
    for threads in ["2", "3", "8"] {
        let (out, other) = decide("jn", &table, &["-j", threads], 0);
        assert!(out == one, "-j {threads}");
        assert_eq!(other, said);
    }
    // Every row is there once, in its order.
    let mut rows = 0;
    let mut reader = csv::Reader::from_reader(one.as_slice());
    for (number, record) in reader.records().enumerate() {
        let record = record.expect("it is CSV");
        assert!(record[2].ends_with(&number.to_string()), "{record:?}");
        rows += 1;
    }
    assert_eq!(rows, 40_000);
    let mut packed = gzip(&table[..100_000]);
    packed.extend(gzip(&table[100_000..]));
    let (out, _) = decide("gz", packed, &[], 0);
    assert!(out == one, "gzip of two members");
    let (strict, _) = decide("strict-1", &table, &["--strict", "-j", "1"], 2);
    let (other, _) = decide("strict-4", &table, &["--strict", "-j", "4"], 2);
    assert!(strict == other && one.starts_with(&strict));
}

#[test]
fn output_is_complete_or_not_there() {
    let directory = directory("killed");
    fs::write(directory.join("t"), large()).expect("the file can be written");
    fs::write(directory.join("out"), "old").expect("the file can be written");
    let whole = run(&directory, &["t"]).stdout;
    for delay in 0..12 {
        let mut child = ipcond(&directory, &["t", "-o", "out"])
            .stderr(Stdio::null())
            .spawn()
            .expect("ipcond starts");
        std::thread::sleep(Duration::from_millis(delay * 7));
        let _ = child.kill();
        let _ = child.wait();
        let out = fs::read(directory.join("out")).expect("the name is never free");
        assert!(out == b"old" || out == whole, "{} bytes", out.len());
    }
    let output = run(&directory, &["t", "-o", "/dev/full"]);
    if cfg!(target_os = "linux") {
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"));
    }
}

/// Ctrl-C ends the process as a signal does, and leaves what was there before.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_the_old_file_and_no_other() {
    use std::os::unix::process::ExitStatusExt as _;
    let directory = directory("interrupt");
    let out = directory.join("out");
    fs::write(&out, "old").expect("the file can be written");
    let mut child = ipcond(&directory, &["-", "-j", "1", "-o", "out"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ipcond starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin.write_all(&large()).expect("rows are read");
    // It waits for more rows, and has begun to write. What is not there by then is waited for in vain.
    let temporary = || {
        let files = fs::read_dir(&directory)
            .expect("it can be listed")
            .flatten();
        let mut files = files.filter(|file| file.file_name().to_string_lossy().ends_with(".tmp"));
        files.any(|file| file.metadata().is_ok_and(|file| file.len() > 0))
    };
    while !temporary() && child.try_wait().expect("it can be asked").is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill starts").success());
    let output = child.wait_with_output().expect("ipcond ends");
    drop(stdin);
    assert_eq!(output.status.signal(), Some(2), "a shell tells 130");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.ends_with("interrupted: `out` is as it was\n"),
        "{said}"
    );
    assert_eq!(fs::read(&out).expect("it is there"), b"old");
    assert!(!temporary(), "no temporary file is left");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let directory = directory("pipe");
    fs::write(directory.join("t"), large().repeat(4)).expect("the file can be written");
    let mut child = ipcond(&directory, &["t"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("ipcond starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
