//! Which requests are told apart where the question leaves them open.

use super::*;

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
