//! Damage, and what is meant to do it.

use super::*;

/// Neither depth nor length of a record is paid for with more than the record.
#[test]
fn records_that_are_meant_to_harm_are_counted() {
    let directory = directory("harm");
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let long = "x".repeat(1 << 20);
    let user = |arn: &str| {
        json!({"eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
            "sourceIPAddress": "8.8.8.8", "userIdentity": {"type": "IAMUser", "arn": arn}})
    };
    let text = format!(
        r#"{{"Records":[{{"detail":{}}},{{"x":{}}},{},{},{}]}}"#,
        deep(r#"{"detail":"#, "}").replace(":}", ":1}"),
        deep("[", "]"),
        user("arn:aws:iam::111122223333:user/bob"),
        user(&format!("arn:aws:iam::111122223333:user/{long}")),
        json!({"userIdentity": {"type": long}, "eventTime": "2026-01-31T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "X"}),
    );
    put(&directory, "t.json", text);
    let whole = counts(&directory, &["t.json"]);
    assert_eq!(whole["unreadable"], 2);
    assert_eq!(whole["would_break"]["events"], 2);
    assert_eq!(whole["not_asked"]["events"], 1);
    assert!(
        whole.to_string().len() < 10_000,
        "no text is told at length"
    );
}

/// Whatever is done to the bytes, the program ends with counts that add up, and says what it could not read.
#[test]
fn damaged_logs_are_counted() {
    let directory = directory("damage");
    let forms = [
        trail::records(30, 3),
        trail::lines(30, 3),
        gzip(&trail::records(30, 3)),
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("it is small")
    };
    let (mut files, mut damaged) = (0, 0);
    for round in 0..300 {
        let mut bytes = forms[round % 3].clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(5) {
                0 => bytes[at] = b"\"\\{}[],:\n\0\xff1"[random(12)],
                1 => bytes[at] ^= 1 << random(8),
                2 => bytes.truncate(at.max(1)),
                3 => drop(bytes.drain(at..(at + random(200)).min(bytes.len()))),
                _ => {
                    let part = bytes[at..(at + random(200)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        put(&directory, &format!("logs/{round:03}.json"), &bytes);
        files += 1;
        // One process for many files, and each by itself now and then.
        if round % 30 == 29 {
            let whole = counts(&directory, &["logs"]);
            assert_eq!(whole["files"], files);
            let single = counts(&directory, &[&format!("logs/{round:03}.json")]);
            assert_eq!(single["files"], 1);
            damaged = whole["unreadable"].as_u64().expect("a count");
        }
    }
    assert!(damaged > 100, "damage shows: {damaged}");
    let output = replay(&directory, &["logs"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches(": byte ").count(), 10, "{said}");
    let more = format!("{} more records could not be read", damaged - 10);
    assert!(said.contains(&more), "{said}");
}

/// A result that is not complete never takes the place of one that was.
#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let directory = directory("output");
    put(&directory, "t.json", trail::records(50, 1));
    put(&directory, "out.csv", "old");
    let failed = replay(
        &directory,
        &["t.json", "missing.json", "-f", "csv", "-o", "out.csv"],
    );
    assert_eq!(failed.status.code(), Some(2));
    let read = || fs::read_to_string(directory.join("out.csv")).expect("it is there");
    assert_eq!(read(), "old");
    let done = replay(&directory, &["t.json", "-f", "csv", "-o", "out.csv"]);
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(read().lines().count(), 51);
}
