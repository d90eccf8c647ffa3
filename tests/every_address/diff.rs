//! What `diff` finds, and what it ends with.

use super::*;

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

#[test]
fn what_two_scenarios_know_of_a_variable_counts() {
    // The condition is the same text, open in both for want of the user agent; what it is held against is not.
    let condition = r#"{"StringLike":{"aws:UserAgent":"${aws:PrincipalTag/team}*"}}"#;
    let policy = identity(&[("Allow", "s3:*", "*", condition)]);
    let scenario = |team: &str| {
        format!(
            r#"{{"principal":"{BOB}","action":"s3:ListBucket","resource":"*","context":{{"aws:PrincipalTag/team":"{team}"}},"policies":{{"identity":"p.json"}}}}"#
        )
    };
    let at = directory(
        "bound",
        &[
            ("p.json", &policy),
            ("a.json", &scenario("a")),
            ("also-a.json", &scenario("a")),
            ("b.json", &scenario("b")),
        ],
    );
    expect(&at, &["diff", "a.json", "also-a.json"], 0);
    expect(&at, &["diff", "a.json", "b.json"], 3);
}
