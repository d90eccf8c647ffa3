//! `guard`: what it writes lets through exactly what was asked, and what lets through anything else is found out.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ipcond::ask::groups;
use ipcond::ask::guard::{Exempt, Guard, Kind, Sid, Wanted, check};
use ipcond::ask::ips::ips;
use ipcond::eval::{Decision, Scenario, SourceIp};
use ipcond::input::{Documents, read_scenario};
use ipcond::net::{AddressSet, Cidr};
use ipcond::report::guard::json;
use ipcond::source::Source;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

const KINDS: [Kind; 5] = [
    Kind::Bucket,
    Kind::Identity,
    Kind::Scp,
    Kind::Trust,
    Kind::Vpce,
];
const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const OPS: &str = "arn:aws:iam::111122223333:role/ops/*";

fn wanted(kind: Kind, allow: AddressSet) -> Wanted {
    let resources = match kind {
        Kind::Bucket => vec!["arn:aws:s3:::reports".parse().expect("an ARN")],
        _ => vec![],
    };
    Wanted {
        kind,
        allow,
        endpoints: vec![],
        exempt: Exempt::default(),
        actions: vec![],
        resources,
        sid: Sid::default(),
    }
}

fn set(blocks: &str) -> AddressSet {
    let blocks = blocks.split_whitespace();
    blocks
        .map(|block| block.parse::<Cidr>().expect("a block"))
        .collect()
}

fn exempt(words: &str) -> Exempt {
    Exempt::parse([words]).expect("exemptions")
}

/// A request as a person would put it to `ipcond`, with the printed policy where it belongs.
fn scenario(kind: Kind, printed: &str, change: &Value) -> Scenario {
    let mut guard: Value = serde_json::from_str(printed).expect("it is JSON");
    let allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let mut grant = |statement: Value| {
        let statements = guard["Statement"].as_array_mut().expect("a list");
        statements.push(statement);
    };
    let (action, resource) = match kind {
        Kind::Bucket => {
            let objects = "arn:aws:s3:::reports/*";
            grant(
                json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": objects}),
            );
            ("s3:GetObject", "arn:aws:s3:::reports/a.csv")
        }
        Kind::Trust => {
            grant(json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}));
            ("sts:AssumeRole", "arn:aws:iam::111122223333:role/ci")
        }
        _ => ("ec2:StopInstances", "*"),
    };
    let policies = match kind {
        Kind::Bucket | Kind::Trust => json!({"identity": allow, "resource": guard}),
        Kind::Identity => json!({"identity": [allow, guard]}),
        Kind::Scp => json!({"identity": allow, "scp": [[allow, guard]]}),
        Kind::Vpce => json!({"identity": allow, "vpce": guard}),
    };
    let mut scenario = json!({"principal": BOB, "action": action, "resource": resource,
        "resource_account": "111122223333", "via": "internet", "policies": policies});
    for (key, value) in change.as_object().into_iter().flatten() {
        scenario[key] = value.clone();
    }
    let source = Source::new("scenario", scenario.to_string());
    let node = ipcond::json::parse(&source).expect("it is JSON");
    read_scenario(&source, &node, Path::new(""), &mut Documents::default())
        .expect("it is a scenario")
}

/// From where the request is allowed, and from where that is not decided.
fn allowed(scenario: &Scenario) -> (AddressSet, AddressSet) {
    let wanted = groups::Wanted {
        actions: scenario.action.iter().cloned().collect(),
        resources: scenario.resource.iter().cloned().collect(),
        principal: true,
    };
    let mut answers = ips(scenario, &wanted, Timestamp::UNIX_EPOCH).expect("it can be answered");
    let answer = answers.pop().expect("an answer");
    assert!(answers.is_empty());
    (answer.allowed, answer.depends)
}

fn sets() -> impl Strategy<Value = AddressSet> {
    let v4 = (any::<u32>(), 0..=32_u8).prop_map(|(bits, prefix)| (IpAddr::V4(bits.into()), prefix));
    let crowd = (0..64_u32, 24..=32_u8)
        .prop_map(|(bits, prefix)| (IpAddr::V4(Ipv4Addr::from_bits(0xcb00_7100 + bits)), prefix));
    let v6 = (any::<u128>(), 1..=128_u8)
        .prop_map(|(bits, prefix)| (IpAddr::V6(Ipv6Addr::from_bits(bits | 1 << 127)), prefix));
    let block = prop_oneof![2 => v4, 2 => crowd, 1 => v6]
        .prop_filter_map("a block", |(ip, prefix)| Cidr::new(ip, prefix));
    let blocks = prop::collection::vec(block, 1..16).prop_map(AddressSet::from_iter);
    (blocks, any::<bool>(), prop::bool::weighted(0.2)).prop_filter_map(
        "something to let through",
        |(set, turned, none)| {
            let set = if turned { set.complement() } else { set };
            let set = set.with_none(none);
            (!set.is_empty() && set != AddressSet::all()).then_some(set)
        },
    )
}

/// The ends of each range and their neighbours.
fn edges(set: &AddressSet) -> Vec<IpAddr> {
    let around = |ip| match ip {
        IpAddr::V4(ip) => {
            let bits = Ipv4Addr::to_bits(ip);
            let near = [bits.saturating_sub(1), bits, bits.saturating_add(1)];
            near.map(|bits| IpAddr::V4(bits.into()))
        }
        IpAddr::V6(ip) => {
            let bits = Ipv6Addr::to_bits(ip);
            let near = [bits.saturating_sub(1), bits, bits.saturating_add(1)];
            near.map(|bits| IpAddr::V6(bits.into()))
        }
    };
    let ends = set.ranges().flat_map(|(first, last)| [first, last]);
    ends.flat_map(around).collect()
}

/// Inside of a VPC there is no question about every address at once; each end of each range is asked about by itself.
fn at_endpoint(printed: &str, asked: &AddressSet) -> Result<(), TestCaseError> {
    for ip in edges(asked) {
        let via = json!({"via": format!("vpce=vpce-1a,vpc=vpc-1,ip={ip}")});
        let scenario = scenario(Kind::Vpce, printed, &via);
        let answer = scenario
            .decide(Timestamp::UNIX_EPOCH)
            .expect("it can be answered");
        let (address, mapped) = ipcond::net::parse_address(&ip.to_string()).expect("an address");
        if !mapped {
            let expected = asked.contains(address);
            prop_assert_eq!(answer.decision == Decision::Allowed, expected, "{}", ip);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn the_printed_policy_lets_through_exactly_what_was_asked(asked in sets()) {
        for kind in KINDS {
            for guard in Guard::all(&wanted(kind, asked.clone())).expect("a few blocks fit") {
                let printed = json::document(&guard);
                check(&guard.wanted, &printed).expect("it is what was asked");
                let kind = guard.wanted.kind;
                if kind == Kind::Vpce {
                    at_endpoint(&printed, &asked)?;
                    continue;
                }
                let (allowed, depends) = allowed(&scenario(kind, &printed, &json!({})));
                prop_assert_eq!(&allowed, &asked, "{:?}\n{}", kind, printed);
                prop_assert!(depends.is_empty());
            }
        }
    }

    #[test]
    fn what_fits_is_within_the_limit_and_what_does_not_is_refused_with_the_numbers(
        bits in prop::collection::btree_set(any::<u32>(), 1..900)
    ) {
        let asked: AddressSet = bits.iter().filter_map(|bits| Cidr::new(Ipv4Addr::from_bits(*bits).into(), 32)).collect();
        for kind in KINDS {
            let limit = kind.limit();
            match Guard::new(&wanted(kind, asked.clone())) {
                Ok(guard) => {
                    let printed = json::document(&guard);
                    prop_assert!(limit.used(&printed) <= limit.most);
                    check(&guard.wanted, &printed).expect("it is what was asked");
                }
                Err(error) => {
                    let numbers: Vec<usize> = numbers(error.message());
                    let [takes, most, too_many] = numbers[..] else { panic!("{error}") };
                    prop_assert_eq!((most, takes - most), (limit.most, too_many), "{}", error);
                    let blocks: Vec<Cidr> = asked.blocks().collect();
                    let help = error.help_text().expect("help");
                    let room = self::numbers(help)[1];
                    let first = |count: usize| wanted(kind, blocks[..count].iter().copied().collect());
                    prop_assert!(Guard::new(&first(room)).is_ok(), "{}", help);
                    prop_assert!(Guard::new(&first(room + 1)).is_err(), "{}", help);
                }
            }
        }
    }
}

/// The numbers of a text, written with commas between thousands.
fn numbers(text: &str) -> Vec<usize> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != ',');
    words
        .filter_map(|word| word.trim_matches(',').replace(',', "").parse().ok())
        .collect()
}

#[test]
fn holes_make_room_where_the_list_of_blocks_has_none() {
    let bits = (0..200_u32).map(|number| 0x0a00_0000 + number * 0x0100_0101);
    let holes: AddressSet = bits
        .filter_map(|bits| Cidr::new(Ipv4Addr::from_bits(bits).into(), 32))
        .collect();
    let asked = holes.complement().with_none(false);
    assert!(asked.blocks().count() > 3_000);
    let guard =
        Guard::new(&wanted(Kind::Identity, asked.clone())).expect("202 blocks and holes fit");
    assert_eq!(guard.blocks, 202);
    let printed = json::document(&guard);
    let (allowed, _) = allowed(&scenario(Kind::Identity, &printed, &json!({})));
    assert_eq!(allowed, asked);
}

#[test]
fn what_no_policy_could_hold_is_refused_soon() {
    let bits = (0..300_000_u32).map(|number| number * 2);
    let asked: AddressSet = bits
        .filter_map(|bits| Cidr::new(Ipv4Addr::from_bits(bits).into(), 32))
        .collect();
    let error = Guard::new(&wanted(Kind::Bucket, asked)).expect_err("20,480 bytes");
    assert_eq!(
        error.to_string(),
        "no policy holds the addresses: over 250,000 blocks for 20,480 bytes"
    );
}

/// What becomes of requests by each way, from an address that is not allowed, by the printed policy.
#[test]
fn exemptions_hold_and_nothing_more_is_exempt() {
    let service = "cloudtrail.amazonaws.com";
    let ops = json!({"principal": {"arn": "arn:aws:sts::111122223333:assumed-role/break-glass/x",
        "role": "arn:aws:iam::111122223333:role/ops/break-glass"}});
    let not_ops = json!({"principal": "arn:aws:iam::111122223333:role/opsx/break-glass"});
    let stranger = json!({"principal": "arn:aws:iam::444455556666:role/ops/break-glass"});
    let endpoint = |id: &str| json!({"via": format!("vpce={id},vpc=vpc-1,ip=203.0.113.9")});
    let on_behalf = json!({"via": "service=athena.amazonaws.com"});
    let by_itself = json!({"principal": service, "via": "aws", "context": {"aws:ViaAWSService": false, "aws:PrincipalArn": null}});
    let unsigned = json!({"principal": "anonymous"});
    let all = "services,forward-access,roles=arn:aws:iam::111122223333:role/ops/*";
    let table = [
        ("ordinary", json!({}), [all, "none"], [false, false]),
        (
            "named endpoint",
            endpoint("vpce-1a"),
            ["none", all],
            [true, true],
        ),
        (
            "other endpoint",
            endpoint("vpce-1b"),
            [all, "none"],
            [false, false],
        ),
        (
            "on behalf",
            on_behalf,
            [
                "forward-access",
                "services,roles=arn:aws:iam::111122223333:role/ops/*",
            ],
            [true, false],
        ),
        (
            "by itself",
            by_itself,
            [
                "services",
                "forward-access,roles=arn:aws:iam::111122223333:role/ops/*",
            ],
            [true, false],
        ),
        (
            "role",
            ops,
            [
                "roles=arn:aws:iam::111122223333:role/ops/*",
                "services,forward-access",
            ],
            [true, false],
        ),
        ("other role", not_ops, [all, "none"], [false, false]),
        ("role elsewhere", stranger, [all, "none"], [false, false]),
        ("unsigned", unsigned, [all, "none"], [false, false]),
    ];
    for kind in [Kind::Bucket, Kind::Identity, Kind::Scp, Kind::Trust] {
        for (what, change, exemptions, expected) in &table {
            let bound = matches!(kind, Kind::Bucket | Kind::Trust);
            if !bound && *what == "by itself" || kind != Kind::Bucket && *what == "unsigned" {
                continue;
            }
            for (words, expected) in exemptions.iter().zip(expected) {
                let asked = Wanted {
                    endpoints: vec!["vpce-1a".parse().expect("an id")],
                    exempt: exempt(words),
                    ..wanted(kind, set("203.0.113.0/24"))
                };
                let guard = Guard::new(&asked).expect("it fits");
                let mut scenario = scenario(kind, &json::document(&guard), change);
                let (foreign, _) = ipcond::net::parse_address("198.51.100.9").expect("an address");
                if !matches!(*what, "by itself" | "named endpoint" | "other endpoint") {
                    scenario.ip = Some(SourceIp::From(foreign));
                }
                let answer = scenario
                    .decide(Timestamp::UNIX_EPOCH)
                    .expect("it can be answered");
                let decision = if *expected {
                    Decision::Allowed
                } else {
                    Decision::ExplicitDeny
                };
                assert_eq!(answer.decision, decision, "{kind:?} {what} {words}");
            }
        }
    }
}

/// Every way to damage a document by one value, key or statement.
fn mutants(document: &Value) -> Vec<(String, Value)> {
    fn walk(whole: &Value, path: &str, found: &mut Vec<(String, Value)>) {
        let here = whole.pointer(path).expect("the place is there");
        let changed = |value: Option<Value>| {
            let mut whole = whole.clone();
            match value {
                Some(value) => *whole.pointer_mut(path).expect("the place is there") = value,
                None => remove(&mut whole, path),
            }
            whole
        };
        let without_meaning = ["/Version", "/Sid"].iter().any(|end| path.ends_with(end));
        if without_meaning {
            return;
        }
        if path.contains("/Condition/") || here.is_object() && path.starts_with("/Statement/") {
            found.push((format!("without {path}"), changed(None)));
        }
        match here {
            Value::Object(members) => {
                for key in members.keys() {
                    walk(whole, &format!("{path}/{key}"), found);
                }
            }
            Value::Array(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    let place = format!("{path}/{at}");
                    walk(whole, &place, found);
                    if element.is_string() && !place.contains("/Condition/") {
                        let mut whole = whole.clone();
                        remove(&mut whole, &place);
                        found.push((format!("without {place}"), whole));
                    }
                }
            }
            Value::String(text) => {
                for other in others(text) {
                    found.push((
                        format!("{path}: {text} -> {other}"),
                        changed(Some(json!(other))),
                    ));
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found.extend(renamed(document));
    found
}

fn remove(whole: &mut Value, path: &str) {
    let (parent, key) = path.rsplit_once('/').expect("it has a parent");
    match whole.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.remove(key);
        }
        Some(Value::Array(elements)) => {
            elements.remove(key.parse().expect("a place"));
        }
        _ => panic!("{path}"),
    }
}

/// Texts that are not quite the same.
fn others(text: &str) -> Vec<String> {
    match text {
        "Deny" => vec!["Allow".into()],
        "Allow" => vec!["Deny".into()],
        "false" => vec!["true".into()],
        "*" => vec!["s3:Get*".into(), "arn:aws:s3:::*".into()],
        "s3:*" => vec!["s3:Get*".into(), "*".into()],
        _ if text.starts_with("vpce-") => vec![format!("{text}0")],
        _ if text.contains("role/") => vec![
            "*".into(),
            text.replace("111122223333", "*"),
            text.replace("ops/", "*"),
            text.replace('*', "admin"),
        ],
        _ if text.starts_with("arn:aws:s3") => {
            vec![format!("{text}x"), "arn:aws:s3:::other".into()]
        }
        _ if text.starts_with("sts:") => vec![format!("{text}x")],
        _ => match text.parse::<Cidr>() {
            Ok(block) => {
                let longer = Cidr::new(block.first(), block.net().prefix_len() + 1);
                let shorter = block.net().prefix_len().checked_sub(1);
                let shorter = shorter.and_then(|length| Cidr::new(block.first(), length));
                longer
                    .into_iter()
                    .chain(shorter)
                    .map(|block| block.to_string())
                    .collect()
            }
            Err(_) => vec![],
        },
    }
}

/// Documents with another operator or key in a condition. Those that mean the same are left out: a negated operator with
/// `IfExists` (IP-15), and `Bool` where the key is always there.
fn renamed(document: &Value) -> Vec<(String, Value)> {
    let names = [
        ("NotIpAddress", "IpAddress"),
        ("IpAddress", "NotIpAddress"),
        ("StringNotEquals", "StringEquals"),
        ("StringNotEquals", "StringEqualsIfExists"),
        ("ArnNotLike", "ArnLike"),
        ("aws:SourceIp", "aws:VpcSourceIp"),
        ("aws:VpcSourceIp", "aws:SourceIp"),
        ("aws:SourceVpce", "aws:SourceVpc"),
        ("aws:PrincipalArn", "aws:SourceArn"),
        ("aws:ViaAWSService", "aws:PrincipalIsAWSService2"),
    ];
    let text = document.to_string();
    let mut found: Vec<(String, Value)> = names
        .iter()
        .map(|(from, to)| {
            (
                from,
                to,
                text.replace(&format!("\"{from}\":"), &format!("\"{to}\":")),
            )
        })
        .filter(|(_, _, other)| *other != text)
        .map(|(from, to, other)| {
            let other = serde_json::from_str(&other).expect("it is JSON still");
            (format!("{from} -> {to}"), other)
        })
        .collect();
    if !text.contains("\"Null\":") && text.contains("\"NotIpAddress\":") {
        let other = text.replace("\"NotIpAddress\":", "\"ForAnyValue:NotIpAddress\":");
        found.push((
            "ForAnyValue".into(),
            serde_json::from_str(&other).expect("it is JSON still"),
        ));
    }
    // The other statement denies requests without an address, unless they are let through.
    if text.contains("\"Null\":") && text.contains("\"IpAddress\":") {
        let other = text.replace("\"IpAddress\":", "\"IpAddressIfExists\":");
        found.push((
            "IpAddressIfExists".into(),
            serde_json::from_str(&other).expect("it is JSON still"),
        ));
    }
    if text.contains("PrincipalIsAWSService") {
        let other = text.replace("\"BoolIfExists\":", "\"Bool\":");
        found.push((
            "Bool".into(),
            serde_json::from_str(&other).expect("it is JSON still"),
        ));
    }
    found
}

/// Whether only a request with an address, which comes neither through an endpoint nor from a service (KEY-2, KEY-10), would be
/// decided otherwise: there is none.
fn needs_an_address(what: &str) -> bool {
    let keys = [
        "aws:SourceVpce",
        "aws:PrincipalIsAWSService",
        "StringNotEquals",
    ];
    what.contains("/Statement/1/") && keys.iter().any(|key| what.contains(key))
}

#[test]
fn the_check_finds_every_document_that_is_damaged() {
    let mut tried = 0;
    for kind in KINDS {
        let around = set("198.51.100.0/24 203.0.113.0/24 2001:db8::/32");
        let cut_out = set("192.0.2.0/25 192.0.2.192/32").complement();
        for (allow, none) in [
            (&around, false),
            (&around, true),
            (&cut_out, false),
            (&cut_out, true),
        ] {
            let mut asked = wanted(kind, allow.clone().with_none(none));
            asked.exempt = exempt(&format!("forward-access,roles={OPS}"));
            // Where requests without an address are let through, these are without being named.
            if !none {
                asked.exempt.services = true;
                if kind != Kind::Vpce {
                    asked.endpoints = ["vpce-1a", "vpce-2b"]
                        .map(|id| id.parse().expect("an id"))
                        .into();
                }
            }
            for guard in Guard::all(&asked).expect("it fits") {
                let document: Value = serde_json::from_str(&guard.compact()).expect("it is JSON");
                check(&guard.wanted, &document.to_string()).expect("it is right as it is");
                let holes = guard
                    .document
                    .statement
                    .iter()
                    .any(|statement| statement.sid.as_deref() == Some("DenyOutsideExcept"));
                for (what, mutant) in mutants(&document) {
                    if holes && needs_an_address(&what) {
                        continue;
                    }
                    tried += 1;
                    let result = check(&guard.wanted, &mutant.to_string());
                    assert!(
                        result.is_err(),
                        "{:?}: {what}\n{mutant:#}",
                        guard.wanted.kind
                    );
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn a_wrong_document_is_named_with_the_difference() {
    let guard = Guard::new(&wanted(Kind::Identity, set("203.0.113.0/24"))).expect("it fits");
    let wrong = guard.compact().replace("203.0.113.0/24", "203.0.113.0/23");
    let error = check(&guard.wanted, &wrong).expect_err("it lets through twice as much");
    assert_eq!(
        error.message(),
        "internal error: the policy that was written lets through calls of unguarded:Probe from 203.0.112.0/24, which was not asked for"
    );
}

/// Actions and resources that the check has to make examples of.
#[test]
fn patterns_of_actions_and_resources_are_checked_as_well() {
    let bucket = "arn:aws:s3:::reports";
    let table: [(Kind, &[&str], &[&str]); 10] = [
        (Kind::Trust, &["sts:AssumeRoleWithSAML"], &[]),
        (Kind::Trust, &["sts:AssumeRole*", "sts:TagSession"], &[]),
        (
            Kind::Vpce,
            &["sts:GetCallerIdentity", "sts:AssumeRoleWithSAML"],
            &[],
        ),
        (
            Kind::Vpce,
            &["s3:Get?bject"],
            &["arn:aws:s3:::b*", "arn:aws:s3:::?/*"],
        ),
        (Kind::Bucket, &["s3:DeleteBucketPolicy", "*"], &[bucket]),
        (
            Kind::Bucket,
            &[],
            &["arn:aws-cn:s3:::a/x y/*", "arn:aws:s3:::*"],
        ),
        (
            Kind::Identity,
            &["kms:*"],
            &["arn:aws:kms:eu-west-1:444455556666:key/*"],
        ),
        (
            Kind::Identity,
            &["sts:AssumeRole", "iam:PassRole"],
            &["arn:aws:iam::444455556666:role/x"],
        ),
        (
            Kind::Scp,
            &["*:*", "ec2*:Run*", "?:x", "unguarded:*"],
            &["arn:*:ec2:*:*:instance/*"],
        ),
        (
            Kind::Scp,
            &["sts:*Identity", "dynamodb:Describe?ndpoints"],
            &[],
        ),
    ];
    for (kind, actions, resources) in table {
        let asked = Wanted {
            actions: actions
                .iter()
                .map(|text| text.parse().expect("actions"))
                .collect(),
            resources: resources
                .iter()
                .map(|text| text.parse().expect("resources"))
                .collect(),
            ..wanted(kind, set("203.0.113.0/24"))
        };
        for guard in Guard::all(&asked).expect("it fits") {
            let checked = check(&guard.wanted, &guard.compact());
            assert!(
                checked.is_ok(),
                "{kind:?} {actions:?} {resources:?}: {checked:?}"
            );
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let office = || set("203.0.113.0/24");
    let half_mapped =
        ["::ffff:8000:0", "::ffff:ffff:ffff"].map(|ip| ip.parse().expect("an address"));
    let half_mapped = AddressSet::from_ranges([(half_mapped[0], half_mapped[1])]);
    let table = [
        (
            wanted(Kind::Identity, AddressSet::default()),
            "nothing is to be let through",
        ),
        (
            wanted(Kind::Identity, AddressSet::all()),
            "every address and requests without one are to be let through, which leaves nothing to deny",
        ),
        (
            wanted(Kind::Identity, half_mapped),
            "`::ffff:128.0.0.0/97` holds IPv4-mapped addresses, which no request carries",
        ),
        (
            Wanted {
                resources: vec![],
                ..wanted(Kind::Bucket, office())
            },
            "a bucket policy names its bucket",
        ),
        (
            Wanted {
                resources: vec![
                    "arn:aws:sqs:eu-west-1:111122223333:q"
                        .parse()
                        .expect("an ARN"),
                ],
                ..wanted(Kind::Bucket, office())
            },
            "`arn:aws:sqs:eu-west-1:111122223333:q` is no bucket",
        ),
        (
            Wanted {
                resources: vec!["*".parse().expect("all")],
                ..wanted(Kind::Trust, office())
            },
            "a trust policy names no resource: it is about its role",
        ),
        (
            Wanted {
                endpoints: vec!["vpce-1a".parse().expect("an id")],
                ..wanted(Kind::Vpce, office())
            },
            "an endpoint policy stands at one VPC endpoint, and lists no others",
        ),
        (
            Wanted {
                actions: vec!["sts:GetCallerIdentity".parse().expect("an action")],
                ..wanted(Kind::Scp, office())
            },
            "no policy can deny `sts:GetCallerIdentity`",
        ),
        (
            Wanted {
                actions: vec!["ec2:*".parse().expect("actions")],
                ..wanted(Kind::Bucket, office())
            },
            "`ec2:*` is no action on a bucket",
        ),
        (
            Wanted {
                actions: vec!["sts:AssumeRoleWithSAML".parse().expect("an action")],
                ..wanted(Kind::Identity, office())
            },
            "an identity-based policy does not bind callers of `sts:AssumeRoleWithSAML`: they have no credentials yet",
        ),
    ];
    for (asked, message) in table {
        let error = Guard::new(&asked).expect_err(message);
        assert_eq!(error.message(), message);
        assert!(error.help_text().is_some(), "{message}");
    }
}

#[test]
fn what_the_program_writes_is_what_it_reads() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guard");
    fs::create_dir_all(&directory).expect("the directory can be made");
    let ipcond = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
        let command = command
            .args(args)
            .arg("--no-config")
            .current_dir(&directory);
        let output = command
            .stdin(Stdio::null())
            .output()
            .expect("ipcond starts");
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("it is text")
    };
    let allow =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    fs::write(directory.join("allow.json"), allow).expect("the file can be written");
    let written = ipcond(&[
        "guard",
        "--allow",
        "203.0.113.0/25",
        "2001:db8::/32",
        "-o",
        "guard.json",
    ]);
    assert!(written.is_empty());
    let question = [
        "--action",
        "ec2:StopInstances",
        "--via",
        "internet",
        "--principal",
        BOB,
        "-f",
        "cidr",
    ];
    let answer = ipcond(&[&["ips", "guard.json", "allow.json"], &question[..]].concat());
    assert_eq!(answer, "203.0.113.0/25\n2001:db8::/32\n");

    let role = ["guard", "--allow", "203.0.113.0/25", "--kind", "trust"];
    ipcond(&[&role[..], &["-o", "role.json"]].concat());
    let half = ["ips", "role.json#identity", "allow.json"];
    let answer = ipcond(&[&half[..], &question[..]].concat());
    assert_eq!(answer, "203.0.113.0/25\n");
    let found = ipcond(&["find", "203.0.113.9", "role.json", "-f", "csv"]);
    assert!(found.contains("role.json#trust"), "{found}");
    assert!(found.contains("role.json#identity"), "{found}");
    let findings = ipcond(&["lint", "role.json", "-f", "concise"]);
    assert!(!findings.contains("PL005"), "{findings}");
}
