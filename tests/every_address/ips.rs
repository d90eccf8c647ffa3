//! The sets of `ips`, and what it ends with.

use super::*;

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
