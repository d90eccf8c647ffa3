//! `ips`, `diff` and `eval` over blocks, as a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ipcond::net::{AddressSet, Cidr};
use serde_json::Value;

/// A directory with these files, to run in.
fn directory(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("every-{name}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the directory can be made");
    for (name, content) in files {
        fs::write(directory.join(name), content).expect("the file can be written");
    }
    directory
}

#[track_caller]
fn expect(directory: &Path, args: &[&str], code: i32) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ipcond"))
        .arg("--no-config")
        .args(args)
        .current_dir(directory)
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .output()
        .expect("ipcond starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}{err}");
    (out, err)
}

/// An identity policy with statements of (effect, action, resource, condition).
fn identity(statements: &[(&str, &str, &str, &str)]) -> String {
    let statements = statements.iter().map(|(effect, action, resource, condition)| {
        format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}","Condition":{condition}}}"#)
    });
    let statements: Vec<String> = statements.collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",\n")
    )
}

const ANYWHERE: &str = "{}";

fn from(blocks: &str) -> String {
    format!(r#"{{"IpAddress":{{"aws:SourceIp":{blocks}}}}}"#)
}

/// A set of an answer in JSON, which must be a shortest sorted list.
#[track_caller]
fn set(value: &Value) -> AddressSet {
    let list = |family: &str| -> Vec<Cidr> {
        let blocks = value[family].as_array().expect("a list of blocks");
        let block = |block: &Value| block.as_str().and_then(|text| text.parse().ok());
        blocks
            .iter()
            .map(|text| block(text).expect("a block"))
            .collect()
    };
    let (v4, v6) = (list("v4"), list("v6"));
    let set: AddressSet = v4.iter().chain(&v6).copied().collect();
    assert!(
        set.blocks().eq(v4.into_iter().chain(v6)),
        "not the shortest list: {value}"
    );
    set.with_none(value["none"] == true)
}

const BOB: &str = "arn:aws:iam::111122223333:user/bob";

#[test]
fn the_three_sets_share_nothing_and_are_everything() {
    let policy = identity(&[
        (
            "Allow",
            "s3:*",
            "*",
            &from(r#"["203.0.113.0/24","2001:db8::/32","198.51.100.7"]"#),
        ),
        (
            "Allow",
            "s3:GetObject",
            "*",
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ),
        (
            "Deny",
            "*",
            "*",
            r#"{"NotIpAddress":{"aws:SourceIp":["203.0.0.0/16","2001:db8:1::/48"]}}"#,
        ),
    ]);
    let at = directory("sets", &[("p.json", &policy)]);
    let args = [
        "ips",
        "p.json",
        "--principal",
        BOB,
        "--action",
        "s3:GetObject",
        "-f",
        "json",
    ];
    let answer: Value = serde_json::from_str(&expect(&at, &args, 3).0).expect("JSON");
    assert_eq!(answer["ipcond"], "ips/1");
    let answer = &answer["answers"][0];
    let sets = ["allowed", "denied", "depends"].map(|name| set(&answer[name]));
    let expected = AddressSet::from_iter([
        "203.0.113.0/24".parse::<Cidr>().unwrap(),
        "2001:db8:1::/48".parse().unwrap(),
    ]);
    assert_eq!(sets[0], expected);
    let depends = AddressSet::from("203.0.0.0/16".parse::<Cidr>().unwrap()).difference(&expected);
    assert_eq!(sets[2], depends);
    assert_eq!(
        answer["depends_on"],
        serde_json::json!(["aws:MultiFactorAuthPresent"])
    );
    let all = sets
        .iter()
        .fold(AddressSet::default(), |all, set| all.union(set));
    assert_eq!(all, AddressSet::all());
    assert!(sets[0].intersection(&sets[1]).is_empty() && sets[1].intersection(&sets[2]).is_empty());
    // The parts say the same, block by block.
    let mut by_part = [
        AddressSet::default(),
        AddressSet::default(),
        AddressSet::default(),
    ];
    for part in answer["parts"].as_array().unwrap() {
        let block = match part["cidr"].as_str() {
            Some(text) => text.parse::<Cidr>().unwrap().into(),
            None => AddressSet::none(),
        };
        let index = match part["decision"].as_str().unwrap() {
            "allowed" => 0,
            "depends" => 2,
            _ => 1,
        };
        assert!(
            by_part
                .iter()
                .all(|set| set.intersection(&block).is_empty())
        );
        by_part[index] = by_part[index].union(&block);
    }
    assert_eq!(by_part, sets);
}

#[test]
fn exit_codes_of_ips() {
    let policy = identity(&[("Allow", "s3:*", "*", &from(r#""203.0.113.0/24""#))]);
    let at = directory("exit", &[("p.json", &policy)]);
    let ask = |more: &[&'static str]| {
        [
            &[
                "ips",
                "p.json",
                "--principal",
                BOB,
                "--action",
                "s3:ListBucket",
            ],
            more,
        ]
        .concat()
    };
    expect(&at, &ask(&[]), 0);
    expect(&at, &ask(&["--expect-subset", "203.0.0.0/16"]), 0);
    let (_, err) = expect(&at, &ask(&["--expect-subset", "203.0.113.0/25"]), 1);
    assert_eq!(
        err,
        "error: 203.0.113.128/25 is allowed and is not in 203.0.113.0/25\n"
    );
    let (_, err) = expect(&at, &ask(&["--expect-empty"]), 1);
    assert_eq!(
        err,
        "error: 203.0.113.0/24 is allowed, and nothing should be\n"
    );
    expect(&at, &ask(&["--v6", "--expect-empty"]), 0);
    let (_, err) = expect(&at, &ask(&["--context", "aws:SourceIp=203.0.113.9"]), 2);
    assert!(err.contains("the answer is for every address"), "{err}");
    let (_, err) = expect(&at, &ask(&["--expect-subset", "@nowhere"]), 2);
    assert!(err.contains("--expect-subset"), "{err}");
}

#[test]
fn a_request_without_an_address_counts_among_what_is_expected() {
    let policy = identity(&[
        ("Allow", "*", "*", ANYWHERE),
        (
            "Deny",
            "*",
            "*",
            r#"{"NotIpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"},"Null":{"aws:SourceIp":"false"}}"#,
        ),
    ]);
    let at = directory("none", &[("p.json", &policy)]);
    let args = [
        "ips",
        "p.json",
        "--principal",
        BOB,
        "--action",
        "s3:ListBucket",
        "-f",
        "cidr",
    ];
    let (out, err) = expect(&at, &args, 0);
    assert_eq!(out, "203.0.113.0/24\n");
    assert!(err.contains("without a source IP are allowed too"), "{err}");
    let subset = [&args[..], &["--expect-subset", "203.0.113.0/24"]].concat();
    let (_, err) = expect(&at, &subset, 1);
    assert!(
        err.contains("a request without a source IP is allowed"),
        "{err}"
    );
    let both = [&args[..], &["--expect-subset", "203.0.113.0/24", "none"]].concat();
    expect(&at, &both, 0);
}

#[test]
fn by_a_way_without_an_address_every_address_is_the_same() {
    let policy = identity(&[("Allow", "*", "*", &from(r#""203.0.113.0/24""#))]);
    let at = directory("way", &[("p.json", &policy)]);
    let args = [
        "ips",
        "p.json",
        "--principal",
        BOB,
        "--action",
        "s3:ListBucket",
        "--via",
        "vpce=vpce-1",
    ];
    let (out, _) = expect(&at, &args, 0);
    assert!(out.contains("denied    every address"), "{out}");
    assert!(
        out.contains("the answer is the same for every address (KEY-2)"),
        "{out}"
    );
}

#[test]
fn resources_that_policies_tell_apart_are_answered_each() {
    let policy = identity(&[
        (
            "Allow",
            "s3:GetObject",
            "arn:aws:s3:::reports/*",
            &from(r#""203.0.113.0/24""#),
        ),
        ("Deny", "s3:GetObject", "arn:aws:s3:::*/secret", ANYWHERE),
    ]);
    let at = directory("resources", &[("p.json", &policy)]);
    let args = [
        "ips",
        "p.json",
        "--principal",
        BOB,
        "--action",
        "s3:GetObject",
        "-f",
        "json",
    ];
    let answer: Value = serde_json::from_str(&expect(&at, &args, 0).0).expect("JSON");
    let answers: Vec<(&str, AddressSet)> = answer["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| {
            (
                answer["resource"].as_str().unwrap(),
                set(&answer["allowed"]),
            )
        })
        .collect();
    let office = AddressSet::from("203.0.113.0/24".parse::<Cidr>().unwrap());
    assert_eq!(
        answers,
        [
            ("arn:aws:s3:::reports/*", office),
            (
                "arn:aws:s3:::reports/* and arn:aws:s3:::*/secret",
                AddressSet::default()
            ),
            ("arn:aws:s3:::*/secret", AddressSet::default()),
        ]
    );
}

#[test]
fn a_change_where_two_patterns_overlap_is_found() {
    // Each pattern by itself decides as before; only what both name changes.
    let allow = ("Allow", "s3:Get*", "*", ANYWHERE);
    let old = identity(&[allow, ("Deny", "s3:*Object", "*", ANYWHERE)]);
    let at = directory(
        "overlap",
        &[("old.json", &old), ("new.json", &identity(&[allow]))],
    );
    let (out, _) = expect(&at, &["diff", "old.json", "new.json"], 1);
    assert!(
        out.starts_with(
            "s3:Get* and s3:*Object   as any principal\n  + EVERYONE ON THE INTERNET (0.0.0.0/0)"
        ),
        "{out}"
    );
    assert!(out.contains("1 of 3 groups changed"), "{out}");
}

#[test]
fn exit_codes_of_diff() {
    let of = |blocks: &str| identity(&[("Allow", "s3:*", "*", &from(blocks))]);
    let mfa = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    let at = directory(
        "fail-on",
        &[
            ("a.json", &of(r#"["203.0.113.0/24","198.51.100.0/24"]"#)),
            ("b.json", &of(r#""203.0.113.0/24""#)),
            (
                "c.json",
                &of(r#"["198.51.100.0/24","203.0.113.0/25","203.0.113.128/25"]"#),
            ),
            ("mfa.json", &identity(&[("Allow", "s3:*", "*", mfa)])),
            (
                "half.json",
                &identity(&[
                    ("Allow", "s3:*", "*", mfa),
                    ("Deny", "s3:*", "*", &from(r#""198.51.100.0/24""#)),
                ]),
            ),
        ],
    );
    expect(&at, &["diff", "a.json", "b.json"], 1);
    expect(&at, &["diff", "a.json", "b.json", "--fail-on", "gain"], 0);
    expect(&at, &["diff", "a.json", "b.json", "--fail-on", "lose"], 1);
    expect(&at, &["diff", "b.json", "a.json", "--fail-on", "gain"], 1);
    expect(&at, &["diff", "b.json", "a.json", "--fail-on", "lose"], 0);
    expect(&at, &["diff", "a.json", "b.json", "--fail-on", "never"], 0);
    expect(&at, &["diff", "a.json", "b.json", "--exit-zero"], 0);
    let (out, _) = expect(&at, &["diff", "a.json", "c.json"], 0);
    assert_eq!(
        out,
        "no IP gains or loses access (text differs, meaning does not)\n"
    );
    // What is forgiven is the change, not what is open.
    expect(&at, &["diff", "a.json", "half.json"], 1);
    expect(&at, &["diff", "a.json", "half.json", "--exit-zero"], 3);
    // Open before and now in the same way is no change; open in another way may be one.
    expect(&at, &["diff", "mfa.json", "mfa.json"], 0);
    expect(&at, &["diff", "a.json", "mfa.json"], 3);
    let (_, err) = expect(&at, &["diff", "a.json"], 2);
    assert!(err.contains("nothing to compare it with"), "{err}");
    expect(&at, &["diff", "a.json", "missing.json"], 2);
}

#[test]
fn scps_of_only_denies_are_compared_with_full_access_attached() {
    let deny = |blocks: &str| {
        identity(&[(
            "Deny",
            "*",
            "*",
            &format!(r#"{{"NotIpAddress":{{"aws:SourceIp":{blocks}}}}}"#),
        )])
    };
    let allow = identity(&[("Allow", "s3:*", "*", ANYWHERE)]);
    let narrow = identity(&[("Allow", "s3:*", "*", &from(r#""203.0.113.0/24""#))]);
    let at = directory(
        "scp",
        &[
            ("scp.json", &deny(r#""203.0.0.0/16""#)),
            ("old.json", &narrow),
            ("new.json", &allow),
        ],
    );
    let args = [
        "diff",
        "old.json",
        "new.json",
        "--scp",
        "scp.json",
        "--action",
        "s3:ListBucket",
        "--principal",
        BOB,
        "-f",
        "json",
    ];
    let (out, err) = expect(&at, &args, 1);
    assert!(
        err.contains("FullAWSAccess is taken to be attached"),
        "{err}"
    );
    let gained = set(&serde_json::from_str::<Value>(&out).unwrap()["groups"][0]["gained"]);
    let office = AddressSet::from("203.0.113.0/24".parse::<Cidr>().unwrap());
    assert_eq!(
        gained,
        AddressSet::from("203.0.0.0/16".parse::<Cidr>().unwrap()).difference(&office)
    );
}

fn git(at: &Path, args: &[&str]) {
    let ended = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=n@example.com"])
        .args(args)
        .current_dir(at)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("git starts");
    assert!(ended.success(), "git {args:?}");
}

#[test]
fn the_work_tree_against_a_revision() {
    let of = |blocks: &str| identity(&[("Allow", "s3:*", "*", &from(blocks))]);
    let scenario = r#"{"principal":"arn:aws:iam::111122223333:user/bob","action":"s3:ListBucket","resource":"*","policies":{"identity":"changed.json"}}"#;
    let at = directory(
        "git",
        &[
            ("changed.json", &of(r#""203.0.113.0/24""#)),
            ("gone.json", &of(r#""198.51.100.0/24""#)),
            ("same.json", &of(r#""192.0.2.0/24""#)),
            ("notes.json", r#"{"no": "policy"}"#),
            ("scenario.yaml", scenario),
        ],
    );
    git(&at, &["init", "-q"]);
    git(&at, &["add", "-A"]);
    git(&at, &["commit", "-q", "-m", "first"]);
    let (out, _) = expect(&at, &["diff", "--git", "HEAD", "--", "."], 0);
    assert_eq!(
        out,
        "no IP gains or loses access (the texts are the same)\n"
    );
    fs::write(at.join("changed.json"), of(r#""203.0.113.0/25""#)).unwrap();
    fs::write(at.join("new.json"), of(r#""192.0.2.0/25""#)).unwrap();
    fs::write(at.join("notes.json"), r#"{"no": "policy at all"}"#).unwrap();
    fs::remove_file(at.join("gone.json")).unwrap();
    let (out, _) = expect(
        &at,
        &["diff", "--git", "HEAD", "-f", "github", "--", "."],
        1,
    );
    for line in [
        "::notice title=ipcond diff,file=changed.json::s3:* as any principal: 203.0.113.128/25 (128 addresses) lose access%0A  by HEAD:changed.json#0 HEAD:changed.json:1:128",
        "::notice title=ipcond diff,file=gone.json::s3:* as any principal: 198.51.100.0/24 (256 addresses) lose access%0A  by HEAD:gone.json#0 HEAD:gone.json:1:128",
        "::warning title=ipcond diff,file=new.json,line=1,col=128::s3:* as any principal: 192.0.2.0/25 (128 addresses) gain access%0A  by new.json#0 new.json:1:128",
    ] {
        assert!(out.lines().any(|other| other == line), "{line}\n{out}");
    }
    assert!(
        !out.contains("same.json") && !out.contains("notes.json"),
        "{out}"
    );
    // A scenario of the revision reads its policies from the revision.
    let (out, _) = expect(&at, &["diff", "--git", "HEAD", "--", "scenario.yaml"], 1);
    assert!(
        out.contains("- 203.0.113.128/25   128 addresses lose access"),
        "{out}"
    );
    let (_, err) = expect(&at, &["diff", "--git", "nowhere", "--", "."], 2);
    assert!(err.contains("git knows no revision `nowhere`"), "{err}");
    let (_, err) = expect(&at, &["diff", "--git", "--upload-pack=x", "--", "."], 2);
    assert!(err.contains("error"), "{err}");
    let (_, err) = expect(&at, &["diff", "--git", "HEAD", "--", "missing.json"], 2);
    assert!(
        err.contains("neither in `HEAD` nor in the work tree"),
        "{err}"
    );
}

#[test]
fn eval_answers_for_all_of_a_block() {
    let policy = identity(&[
        ("Allow", "s3:*", "*", &from(r#""203.0.113.0/24""#)),
        ("Deny", "s3:*", "*", &from(r#""203.0.113.64/26""#)),
    ]);
    let at = directory("block", &[("p.json", &policy)]);
    let ask = |ip: &'static str| {
        [
            "eval",
            "p.json",
            "--principal",
            BOB,
            "--action",
            "s3:ListBucket",
            "-f",
            "json",
            "--ip",
            ip,
        ]
    };
    let whole: Value = serde_json::from_str(&expect(&at, &ask("203.0.113.0/26"), 0).0).unwrap();
    assert_eq!(whole["source_ip"], "203.0.113.0/26");
    let parts: Value = serde_json::from_str(&expect(&at, &ask("203.0.113.0/25"), 1).0).unwrap();
    let parts: Vec<(&str, &str)> = parts
        .as_array()
        .expect("a list of answers")
        .iter()
        .map(|part| {
            (
                part["source_ip"].as_str().unwrap(),
                part["decision"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("203.0.113.0/26", "allowed"),
            ("203.0.113.64/26", "explicitDeny")
        ]
    );
    // An IPv4-mapped address is the IPv4 one (IP-8).
    let mapped: Value =
        serde_json::from_str(&expect(&at, &ask("::ffff:203.0.113.70"), 1).0).unwrap();
    assert_eq!(mapped["source_ip"], "203.0.113.70");
    assert_eq!(mapped["assumptions"][0]["rule"], "IP-8");
}

#[test]
fn every_format_says_the_same_set() {
    let policy = identity(&[(
        "Allow",
        "s3:*",
        "*",
        &from(r#"["203.0.113.0/24","2001:db8::/32"]"#),
    )]);
    let at = directory("formats", &[("p.json", &policy)]);
    for format in [
        "cidr",
        "range",
        "csv",
        "svg",
        "terraform",
        "wafv2",
        "nft",
        "ipset",
    ] {
        let args = [
            "ips",
            "p.json",
            "--principal",
            BOB,
            "--action",
            "s3:ListBucket",
            "-f",
            format,
        ];
        let (out, _) = expect(&at, &args, 0);
        assert!(
            out.contains("203.0.113.0") && out.contains("2001:db8::"),
            "{format}: {out}"
        );
        let (only, _) = expect(&at, &[&args[..], &["--v4"]].concat(), 0);
        assert!(
            format == "svg" || !only.contains("2001:db8::"),
            "{format}: {only}"
        );
    }
}

#[test]
fn hostile_lists_end_soon() {
    let nested: Vec<String> = (0..=32)
        .map(|length| format!("\"203.0.113.7/{length}\""))
        .collect();
    let neighbours: Vec<String> = (0..4096)
        .map(|low| format!("\"10.0.{}.{}\"", low / 256, low % 256))
        .collect();
    let alternating: Vec<String> = (0..4096)
        .map(|low| format!("\"2001:db8::{:x}\"", low * 2))
        .collect();
    let policy = identity(&[
        (
            "Allow",
            "s3:*",
            "*",
            &from(&format!("[{}]", nested.join(","))),
        ),
        (
            "Allow",
            "s3:*",
            "*",
            &from(&format!("[{}]", alternating.join(","))),
        ),
        (
            "Deny",
            "s3:*",
            "*",
            &from(&format!("[{}]", neighbours.join(","))),
        ),
    ]);
    let at = directory("hostile", &[("p.json", &policy)]);
    let args = [
        "ips",
        "p.json",
        "--principal",
        BOB,
        "--action",
        "s3:ListBucket",
        "-f",
        "cidr",
    ];
    let (out, _) = expect(&at, &args, 0);
    let allowed: AddressSet = out
        .lines()
        .map(|line| line.parse::<Cidr>().unwrap())
        .collect();
    assert_eq!(allowed.only_v4().count().to_string(), "4,294,963,200"); // all but the 4,096 neighbours
    assert_eq!(allowed.only_v6().count().to_string(), "4,096");
}

const ROLE_OF_ACCOUNT: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}"#;

fn policy(statements: &[&str]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",\n")
    )
}

/// Gains and what may change, by the caller of each group that changes.
#[track_caller]
fn changes(directory: &Path, more: &[&str], code: i32) -> Vec<Value> {
    let args = [&["diff", "old.json", "new.json", "-f", "json"], more].concat();
    let (out, _) = expect(directory, &args, code);
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    let groups = answer["groups"].as_array().expect("a list").iter();
    let changed = groups.filter(|group| {
        ["gained", "lost", "depends"]
            .iter()
            .any(|name| !set(&group[name]).is_empty())
    });
    changed.cloned().collect()
}

#[test]
fn a_role_that_is_opened_to_everyone_is_a_gain_though_its_own_account_keeps_access() {
    let everyone = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#;
    let at = directory(
        "opened",
        &[
            ("old.json", &policy(&[ROLE_OF_ACCOUNT])),
            ("new.json", &policy(&[ROLE_OF_ACCOUNT, everyone])),
        ],
    );
    let changes = changes(&at, &[], 1);
    assert_eq!(changes.len(), 1);
    assert_eq!(set(&changes[0]["gained"]), AddressSet::all());
    let (text, _) = expect(&at, &["diff", "old.json", "new.json"], 1);
    assert!(
        text.contains("as any principal of an account that is not named"),
        "{text}"
    );
}

#[test]
fn who_passes_an_external_id_may_gain() {
    let by_partner = |block: &str| {
        policy(&[&format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"sts:AssumeRole",
                "Condition":{{"StringEquals":{{"sts:ExternalId":"x"}},"IpAddress":{{"aws:SourceIp":"{block}"}}}}}}"#
        )])
    };
    let at = directory(
        "external",
        &[
            ("old.json", &by_partner("203.0.113.0/24")),
            ("new.json", &by_partner("0.0.0.0/0")),
        ],
    );
    let open = changes(&at, &[], 3);
    assert!(!set(&open[0]["depends"]).is_empty());
    let passed = changes(&at, &["--context", "sts:ExternalId=x"], 1);
    assert!(!set(&passed[0]["gained"]).is_empty());
}

#[test]
fn variables_in_resources_are_those_of_the_caller() {
    let home = |block: &str| {
        identity(&[(
            "Allow",
            "s3:GetObject",
            "arn:aws:s3:::b/home/${aws:username}/*",
            &from(&format!("\"{block}\"")),
        )])
    };
    let at = directory(
        "home",
        &[
            ("old.json", &home("203.0.113.0/24")),
            ("new.json", &home("0.0.0.0/0")),
        ],
    );
    assert_eq!(changes(&at, &["--principal", BOB], 1).len(), 1);
    let (out, _) = expect(
        &at,
        &["ips", "old.json", "--principal", BOB, "-f", "cidr"],
        0,
    );
    assert_eq!(out, "203.0.113.0/24\n");
}

#[test]
fn what_the_resource_that_stands_for_others_is_filled_in_with_is_not_so_for_them() {
    for (resource, condition) in [
        ("*", r#""aws:ResourceAccount":"444455556666""#),
        (
            "arn:aws:sqs:*:*:q",
            r#""aws:ResourceAccount":"444455556666""#,
        ),
        (
            "arn:aws:sqs:eu-*:111122223333:*",
            r#""aws:RequestedRegion":"eu-north-1""#,
        ),
    ] {
        let condition = format!(r#"{{"StringEquals":{{{condition}}}}}"#);
        let nothing = identity(&[("Allow", "iam:GetUser", "*", ANYWHERE)]);
        let more = identity(&[
            ("Allow", "iam:GetUser", "*", ANYWHERE),
            ("Allow", "sqs:SendMessage", resource, &condition),
        ]);
        let at = directory("filled", &[("old.json", &nothing), ("new.json", &more)]);
        assert_eq!(
            changes(&at, &["--principal", BOB], 3).len(),
            1,
            "{resource}"
        );
    }
}

#[test]
fn a_role_that_other_policies_do_not_name_counts() {
    let bob =
        format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{BOB}"}},"Action":"sts:AssumeRole"}}"#);
    let at = directory(
        "any-role",
        &[
            ("old.json", &policy(&[ROLE_OF_ACCOUNT])),
            ("new.json", &policy(&[ROLE_OF_ACCOUNT, &bob])),
            (
                "own.json",
                &identity(&[(
                    "Deny",
                    "sts:AssumeRole",
                    "arn:aws:iam::111122223333:role/a-*",
                    ANYWHERE,
                )]),
            ),
        ],
    );
    let changes = changes(&at, &["--identity", "own.json"], 1);
    assert!(changes.iter().any(|change| change["principal"] == BOB && set(&change["gained"]) == AddressSet::all()));
}

#[test]
fn a_deny_that_never_applies_changes_nothing_where_something_is_open() {
    let get = r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}"#;
    let never = r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*",
        "Condition":{"Bool":{"aws:ViaAWSService":"true"}}}"#;
    let at = directory(
        "never",
        &[
            ("old.json", &policy(&[get, never])),
            ("new.json", &policy(&[get])),
        ],
    );
    let changes = changes(&at, &["--via", "internet"], 0);
    assert!(changes.is_empty(), "{changes:?}");
}

#[test]
fn open_in_another_way_may_be_a_change() {
    let mfa = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    let other = r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#;
    let all = ("Allow", "*", "*", ANYWHERE);
    let home = |user: &str| format!("arn:aws:s3:::home/${{aws:PrincipalTag/{user}}}/*");
    let at = directory(
        "open",
        &[
            ("all.json", &identity(&[all])),
            ("mfa.json", &identity(&[("Allow", "*", "*", mfa)])),
            ("org.json", &identity(&[("Allow", "*", "*", other)])),
            (
                "a.json",
                &identity(&[("Allow", "s3:*", &home("a"), ANYWHERE)]),
            ),
            (
                "b.json",
                &identity(&[("Allow", "s3:*", &home("b"), ANYWHERE)]),
            ),
            (
                "levels-1.json",
                &format!(
                    r#"{{"principal":"{BOB}","action":"s3:ListBucket","resource":"*","policies":{{"identity":"all.json","scp":[["mfa.json","org.json"],["all.json"]]}}}}"#
                ),
            ),
            (
                "levels-2.json",
                &format!(
                    r#"{{"principal":"{BOB}","action":"s3:ListBucket","resource":"*","policies":{{"identity":"all.json","scp":[["mfa.json"],["org.json"]]}}}}"#
                ),
            ),
        ],
    );
    let ask = |old: &'static str, new: &'static str| ["diff", old, new, "--principal", BOB];
    expect(&at, &ask("mfa.json", "mfa.json"), 0);
    expect(&at, &ask("mfa.json", "org.json"), 3);
    let resource = [
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::home/x/y",
    ];
    let on = |old, new| [&ask(old, new)[..], &resource[..]].concat();
    expect(&at, &on("a.json", "a.json"), 0);
    // Two tags that are not known are two questions.
    expect(&at, &on("a.json", "b.json"), 3);
    // Either of two keys at one level is not the same as both at two.
    expect(&at, &["diff", "levels-1.json", "levels-1.json"], 0);
    expect(&at, &["diff", "levels-1.json", "levels-2.json"], 3);
}

#[test]
fn a_difference_says_what_it_rests_on() {
    let allow = ("Allow", "s3:*", "*", ANYWHERE);
    let tls = r#"{"Bool":{"aws:SecureTransport":"false"}}"#;
    let at = directory(
        "rests",
        &[
            ("old.json", &identity(&[allow, ("Deny", "s3:*", "*", tls)])),
            ("new.json", &identity(&[allow])),
        ],
    );
    let (out, _) = expect(
        &at,
        &["diff", "old.json", "new.json", "--principal", BOB],
        0,
    );
    assert_eq!(
        out,
        "no IP gains or loses access (text differs, meaning does not)\ncompared for requests with aws:SecureTransport = true\n"
    );
}
