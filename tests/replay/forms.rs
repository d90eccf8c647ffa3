//! What is read: files, directories, the forms of events, times.

use super::*;

#[test]
fn every_form_holds_the_same_events() {
    let directory = directory("forms");
    let records = trail::records(500, 1);
    let lines = trail::lines(500, 1);
    let all = events(500, 1);
    let envelope = |event: &Value| json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "resources": [], "detail": event});
    let envelopes: Vec<Value> = all.iter().map(envelope).collect();
    let held: Vec<Value> = all
        .iter()
        .map(|event| json!({"EventId": "x", "CloudTrailEvent": event.to_string()}))
        .collect();
    let first = gzip(&lines[..lines.len() / 2]);
    let second = gzip(&lines[lines.len() / 2..]);
    let pretty = serde_json::to_vec_pretty(&json!({"Records": all})).expect("it is JSON");
    put(&directory, "records.json", &records);
    let expected = counts(&directory, &["records.json"]);
    for (name, bytes) in [
        ("records.json.gz", gzip(&records)),
        ("lines.jsonl", lines.clone()),
        // two members, the first of which ends within a line
        ("lines.ndjson.gz", [first, second].concat()),
        (
            "lookup.json",
            json!({"Events": held, "NextToken": "x"})
                .to_string()
                .into_bytes(),
        ),
        ("list.json", json!(envelopes).to_string().into_bytes()),
        ("bridge.jsonl", lines_of(&envelopes)),
        ("pretty.json", pretty),
    ] {
        put(&directory, name, &bytes);
        assert_eq!(counts(&directory, &[name]), expected, "{name}");
    }
    let mut child = ipcond(
        &directory,
        &["replay", "--policy", "p.json", "-", "-f", "json"],
    )
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .spawn()
    .expect("ipcond starts");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    stdin.write_all(&gzip(&records)).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let whole: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(whole, expected);
}

#[test]
fn a_directory_is_read_in_order_by_any_number_of_threads() {
    let directory = directory("threads");
    for at in 0..12_u64 {
        let records = trail::records(40 + 60 * usize::try_from(at % 4).expect("it is small"), at);
        let packed = if at % 2 == 0 { gzip(&records) } else { records };
        let ending = if at % 2 == 0 { "json.gz" } else { "json" };
        put(
            &directory,
            &format!("logs/{}/{at}.{ending}", at % 3),
            packed,
        );
    }
    put(&directory, "logs/CloudTrail-Digest/d.json.gz", gzip(b"{}"));
    put(&directory, "logs/CloudTrail-Insight/i.json", b"{}");
    put(&directory, "logs/broken.jsonl", b"{\"x\n{}\n");
    put(&directory, "logs/notes.txt", b"not read");
    let whole = counts(&directory, &["logs"]);
    assert_eq!(whole["files"], 13);
    assert_eq!(whole["passed_over"], json!({"digests": 1, "insights": 1}));
    assert_eq!(whole["unreadable"], 2);
    for format in ["text", "json", "jsonl", "csv"] {
        let output = |jobs: &str| {
            let args = ["logs", "-f", format, "-j", jobs, "--against", "old.json"];
            replay(&directory, &args)
        };
        put(
            &directory,
            "old.json",
            POLICY.replace("198.51.100.0/26", "0.0.0.0/0"),
        );
        let one = output("1");
        assert_eq!(one.status.code(), Some(1));
        for jobs in ["2", "5"] {
            let many = output(jobs);
            assert!(one.stdout == many.stdout, "{format} by {jobs} threads");
            let said = |output: &Output| {
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                let lines = text.lines().filter(|line| !line.contains(" events in "));
                lines.collect::<Vec<_>>().join("\n")
            };
            assert_eq!(said(&one), said(&many));
        }
    }
}

/// Whatever waits in a directory for someone to write to it is no log.
#[cfg(unix)]
#[test]
fn a_socket_in_a_directory_is_no_log() {
    let directory = directory("socket");
    fs::create_dir_all(directory.join("logs")).expect("a directory");
    put(&directory, "logs/t.jsonl", lines_of(&events(3, 1)));
    let socket = directory.join("logs/s.json");
    let _ = fs::remove_file(&socket);
    let _socket = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    assert_eq!(counts(&directory, &["logs"])["files"], 1);
}

#[test]
fn times_between_which_there_is_none() {
    let directory = directory("since");
    put(&directory, "t.jsonl", lines_of(&events(3, 1)));
    for until in ["2026-01-31", "2026-01-30T23:59:59Z"] {
        let args = ["t.jsonl", "--since", "2026-01-31", "--until", until];
        let refused = replay(&directory, &args);
        assert_eq!(refused.status.code(), Some(2), "{until}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("no time is between --since"), "{said}");
    }
}
