//! What is found, and what is not.

use std::path::Path;

use ipcond::ask::lint::{Subject, lint};
use ipcond::json;
use ipcond::net::parse_address;
use ipcond::policy::{Policy, PolicyKind};
use ipcond::source::Source;
use serde_json::Value;

use super::{codes, found_in, json_files, public};

/// The vectors of kind `lint`: statements and the rules that must be among the findings. Their source is the table of
/// pitfalls, LINT-1 to LINT-39, whose numbers the codes have.
#[test]
fn every_vector_is_found() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors.json")).expect("it is JSON");
    let vectors = vectors.as_array().expect("it is a list").iter();
    let mut count = 0;
    for vector in vectors.filter(|vector| vector["kind"] == "lint") {
        count += 1;
        assert_eq!(vector["policy_type"], "identity");
        let policy =
            serde_json::json!({"Version": "2012-10-17", "Statement": [vector["statement"]]});
        let found = found_in("p.json", &policy.to_string(), PolicyKind::Identity);
        for rule in vector["expect"].as_array().expect("it is a list") {
            let number = rule.as_str().and_then(|rule| rule.strip_prefix("LINT-"));
            let number: u8 = number
                .and_then(|number| number.parse().ok())
                .expect("it has a number");
            let code = format!("IP{number:03}");
            assert!(
                codes(&found).contains(&code.as_str()),
                "{}: {code} in {found:#?}",
                vector["id"]
            );
        }
    }
    assert_eq!(count, 16);
}

/// Vectors of other kinds that are about a pitfall.
#[test]
fn pitfalls_of_other_vectors_are_found() {
    #[rustfmt::skip]
    let table = [
        ("TV-122", PolicyKind::Identity, "IP016", r#"[
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]"#),
        ("TV-153", PolicyKind::Resource, "IP022", r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#),
        ("TV-177", PolicyKind::Trust, "IP021", r#"{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#),
        ("TV-195", PolicyKind::Identity, "IP029", r#"[{"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": [["192.0.2.0/24"]]}}}]"#),
    ];
    for (vector, kind, code, statements) in table {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#);
        let found = found_in("p.json", &text, kind);
        assert!(
            codes(&found).contains(&code),
            "{vector}: {:?}",
            codes(&found)
        );
    }
}

/// Corners where a rule could go too far, or not far enough.
#[test]
fn corners() {
    let condition = |effect: &str, condition: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", "Action": "s3:GetObject", "Resource": "*", "Condition": {{{condition}}}}}}}"#
        );
        found_in("p.json", &text, PolicyKind::Identity)
    };
    #[rustfmt::skip]
    let table: [(&str, &str, &[&str], &str); 14] = [
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1", "2600::/32"]}"#, &["IP011", "IP034"], "together they are all of IPv4"),
        ("Deny", r#""IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}"#, &[], "only requests without an address pass: a perimeter (COND-4)"),
        ("Allow", r#""IpAddress": {"AWS:sourceIP": ["52.94.76.0/24", "2600:1f00::/32"]}"#, &[], "keys are compared without case (COND-5)"),
        ("Allow", r#""IpAddress": {"aws:SourceIp ": ["52.94.76.0/24", "2600:1f00::/32"]}"#, &["IP030"], "a space is part of the name"),
        ("Allow", r#""IpAddress": {"SourceIp": ["52.94.76.0/24", "2600:1f00::/32"]}"#, &["IP030"], "every key has a prefix"),
        ("Allow", r#""StringNotEquals": {"aws:Ec2InstanceSourcePrivateIPv4": "${aws:VpcSourceIp}"}"#, &[], "IP-42: an IP operator takes no variables"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": [" 52.94.76.0/24", "2600:1f00::/32"]}"#, &["IP029"], "spaces"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["<office>", "2600:1f00::/32"]}"#, &["IP009"], "a placeholder"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["::ffff:52.94.76.9/120", "2600:1f00::/32"]}"#, &["IP010"], "host bits of a mapped block: one finding"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["52.94.76.0/24", "52.94.76.0/24", "2600:1f00::/32"]}"#, &["IP034"], "twice"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["52.94.76.0/25", "52.94.76.128/25", "2600:1f00::/32"]}"#, &["IP034"], "two halves"),
        ("Allow", r#""Null": {"aws:SourceIp": ["true", "false"]}"#, &["IP027"], "always true (COND-10)"),
        ("Deny", r#""NotIpAddress": {"aws:SourceIp": ["52.94.76.0/24", "2600:1f00::/32"]}, "Null": {"aws:SourceIp": "false"}, "Bool": {"aws:ViaAWSService": "false"}"#, &[], "IP-56: requests without an address pass"),
        ("Allow", r#""IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}"#, &["IP035"], "documentation, once for a list"),
    ];
    for (effect, test, expected, why) in table {
        let found = condition(effect, test);
        assert_eq!(codes(&found), expected, "{why}: {test}: {found:#?}");
    }
}

/// Operators that take no variables in any version are no reason for another version (VAR-1).
#[test]
fn variables_of_an_old_version() {
    #[rustfmt::skip]
    let table: [(&str, &[&str]); 6] = [
        (r#""StringLike": {"aws:userid": "${aws:PrincipalTag/id}"}"#, &["IP028"]),
        (r#""ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/${aws:username}"}"#, &["IP028"]),
        (r#""Bool": {"aws:SecureTransport": "${aws:PrincipalTag/tls}"}"#, &["IP028"]),
        (r#""NumericLessThan": {"s3:max-keys": "${aws:PrincipalTag/most}"}"#, &[]),
        (r#""DateLessThan": {"aws:CurrentTime": "${aws:PrincipalTag/until}"}"#, &[]),
        (r#""BinaryEquals": {"kms:EncryptionContext:key": "${aws:PrincipalTag/key}"}"#, &[]),
    ];
    for (test, expected) in table {
        let text = format!(
            r#"{{"Version": "2008-10-17", "Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {{{test}}}}}}}"#
        );
        let found = found_in("p.json", &text, PolicyKind::Identity);
        let of_variables: Vec<&str> = codes(&found)
            .into_iter()
            .filter(|code| *code == "IP028")
            .collect();
        assert_eq!(of_variables, expected, "{test}: {found:#?}");
    }
}

/// The same for policies of other kinds, and for what a finding says.
#[test]
fn corners_of_kinds() {
    use PolicyKind::{Identity, Resource, Scp, Trust, Vpce};
    let outside = r#""NotIpAddress": {"aws:SourceIp": ["52.94.76.0/24", "2600:1f00::/32"]}, "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0f3a9c2d"}, "BoolIfExists": {"aws:ViaAWSService": "false", "aws:PrincipalIsAWSService": "false"}"#;
    let deny = |rest: &str, tests: &str| {
        format!(r#"{{"Effect": "Deny", {rest}, "Condition": {{{tests}}}}}"#)
    };
    let everything = r#""Action": "*", "Resource": "*""#;
    let bucket =
        |resource: &str| format!(r#""Principal": "*", "Action": "s3:*", "Resource": {resource}"#);
    let trust = |tests: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {{{tests}}}}}"#
        )
    };
    let hole = r#""IpAddress": {"aws:SourceIp": ["52.94.76.0/24", "2600:1f00::/32"]}, "NotIpAddress": {"aws:SourceIp": "52.94.76.7"}"#;
    let if_exists = hole.replace("\"IpAddress", "\"IpAddressIfExists");
    let both = r#"["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]"#;
    #[rustfmt::skip]
    let table: Vec<(PolicyKind, String, &[&str], &str)> = vec![
        (Scp, deny(everything, hole), &[], "a block with a hole is blocked, nobody else (IP-14)"),
        (Resource, deny(&bucket(both), hole), &[], "services and administrators are in no such block"),
        (Resource, deny(&bucket(both), &if_exists), &["IP001", "IP002", "IP022", "IP023"], "true without an address (COND-9)"),
        (Resource, deny(&bucket(both), outside), &["IP023"], "the bucket and its policy"),
        (Resource, deny(&bucket(r#""arn:aws:s3:::reports/*""#), outside), &[], "objects only: the policy is the bucket's"),
        (Resource, deny(&bucket(r#""arn:aws:s3:::${aws:PrincipalTag/team}""#), outside), &["IP023"], "no slash but that of a variable"),
        (Resource, deny(&bucket(both), &outside.replace("aws:SourceVpc\": \"vpc-0f3a9c2d", "aws:SourceVpc\": \"vpc-0f3a9c2d\", \"aws:PrincipalAccount\": \"111122223333")), &[], "the own account is exempt"),
        (Resource, deny(&bucket(both), &format!(r#"{outside}, "StringEquals": {{"aws:PrincipalAccount": "111122223333"}}"#)), &["IP023"], "the own account alone is denied"),
        (Scp, deny(everything, &format!(r#"{outside}, "Null": {{"codebuild:ProjectArn": "true"}}"#)), &[], "sessions of CodeBuild are exempt (KEY-11)"),
        (Vpce, r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}}}"#.to_owned(), &[], "an endpoint is in one VPC"),
        (Trust, trust(r#""StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#), &[], "an organization"),
        (Trust, trust(r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}"#), &["PL027"], "accounts in no organization carry no such key"),
        (Trust, trust(r#""ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}"#), &["PL027"], "true without the key (COND-13)"),
        (Trust, trust(r#""ArnLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci"}"#), &[], "a caller of AssumeRole has an ARN"),
        (Trust, trust(r#""Bool": {"aws:PrincipalIsAWSService": "false"}"#), &["PL027"], "everyone but services"),
        (Trust, trust(r#""Null": {"sts:ExternalId": "false"}"#), &["PL027"], "any external id will do"),
        (Identity, deny(everything, r#""IpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}"#), &["IP005"], "private"),
    ];
    for (kind, statement, expected, why) in table {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
        let found = found_in("p.json", &text, kind);
        let mut codes = codes(&found);
        codes.sort_unstable();
        assert_eq!(codes, expected, "{why}: {statement}: {found:#?}");
    }
}

/// Whether a test holds without its key is said as it is (COND-9, COND-13, COND-16).
#[test]
fn what_is_said_of_requests_without_an_address() {
    use PolicyKind::{Identity, Resource, Trust, Vpce};
    let statement = |effect: &str, operator: &str, block: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Action": "*", "Resource": "*", "Principal": "*", "Condition": {{"{operator}": {{"aws:SourceIp": "{block}"}}}}}}"#
        )
    };
    #[rustfmt::skip]
    let table = [
        (Identity, "Allow", "IpAddress", "10.0.0.0/8", "IP005", "this test is never true"),
        (Identity, "Allow", "IpAddressIfExists", "10.0.0.0/8", "IP005", "true only when it is absent"),
        (Identity, "Allow", "ForAllValues:IpAddress", "10.0.0.0/8", "IP005", "true only when it is absent"),
        (Identity, "Deny", "NotIpAddress", "10.0.0.0/8", "IP006", "this test is always true"),
        (Identity, "Deny", "ForAnyValue:NotIpAddress", "10.0.0.0/8", "IP006", "true whenever it is there"),
        (Identity, "Allow", "NotIpAddress", "52.94.76.0/24", "IP004", "and for requests without one"),
        (Identity, "Allow", "ForAnyValue:NotIpAddress", "52.94.76.0/24", "IP004", "not listed\""),
        (Vpce, "Allow", "IpAddress", "52.94.76.0/24", "IP031", "never true here"),
        (Vpce, "Allow", "ForAllValues:IpAddress", "52.94.76.0/24", "IP031", "always true here"),
        (Vpce, "Deny", "NotIpAddress", "52.94.76.0/24", "IP031", "always true here"),
        (Vpce, "Deny", "ForAnyValue:NotIpAddress", "52.94.76.0/24", "IP031", "never true here"),
    ];
    for (kind, effect, operator, block, code, said) in table {
        let mut statement = statement(effect, operator, block);
        if kind == Identity {
            statement = statement.replace(r#", "Principal": "*""#, "");
        }
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
        let found = found_in("p.json", &text, kind);
        let one = found.iter().find(|finding| finding.rule.code == code);
        let one = one.unwrap_or_else(|| panic!("no {code}: {statement}"));
        let text = format!("{:?} {:?}", one.message, one.mark.label);
        assert!(text.contains(said), "{text} of {statement}");
    }
    let service = |operator: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"Service": "ec2.amazonaws.com"}}, "Action": "sts:AssumeRole", "Condition": {{"{operator}": {{"aws:SourceIp": ["52.94.76.0/24", "2600:1f00::/32"]}}}}}}}}"#
        );
        found_in("p.json", &text, Trust)
    };
    assert_eq!(codes(&service("IpAddress")), ["IP021"]);
    assert_eq!(codes(&service("ForAllValues:IpAddress")), ["IP014"]);
    let nobody = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotPrincipal": {"AWS": []}, "Action": "s3:*", "Resource": "*"}}"#;
    let found = found_in("p.json", nobody, Resource);
    assert_eq!(codes(&found), ["PL014"]);
    assert_eq!(found[0].mark.label, "about everything");
}

/// What else stands in a policy decides whether there is a finding, and how bad it is.
#[test]
fn what_decides_a_finding() {
    use PolicyKind::{Identity, Resource, Trust};
    let allow = |rest: &str, tests: &str| {
        format!(r#"{{"Effect": "Allow", {rest}, "Condition": {{{tests}}}}}"#)
    };
    let everything = r#""Action": "*", "Resource": "*""#;
    let get = r#""Action": "s3:GetObject", "Resource": "*""#;
    let ip = |blocks: &str| format!(r#""IpAddress": {{"aws:SourceIp": {blocks}}}"#);
    let deny = |rest: &str, tests: &str| allow(rest, tests).replace("Allow", "Deny");
    let outside = |blocks: &str| {
        format!(
            r#""NotIpAddress": {{"aws:SourceIp": {blocks}}}, "StringNotEqualsIfExists": {{"aws:SourceVpc": "vpc-0f3a9c2d"}}, "BoolIfExists": {{"aws:ViaAWSService": "false"}}"#
        )
    };
    let (one, other) = (
        r#"["52.94.76.0/24", "2600:1f00::/32"]"#,
        r#"["52.95.0.0/24", "2600:1f01::/32"]"#,
    );
    let search = |tests: &str| {
        allow(
            r#""Principal": {"AWS": "111122223333"}, "Action": "es:ESHttpGet", "Resource": "*""#,
            tests,
        )
    };
    let users: Vec<String> = (100..160)
        .map(|user| format!(r#""arn:aws:iam::111122223333:user/department/{user}""#))
        .collect();
    let trust = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": [{}]}}, "Action": "sts:AssumeRole"}}"#,
        users.join(",")
    );
    #[rustfmt::skip]
    let table: Vec<(PolicyKind, String, &[&str], &str)> = vec![
        (Identity, allow(get, &ip(r#"["<office>", "2600:1f00::/32"]"#)), &["warning IP009"], "a template is not filled in yet"),
        (Identity, allow(get, &ip(r#"["52.94.76.*", "2600:1f00::/32"]"#)), &["error IP009"], "a wildcard (IP-4)"),
        (Identity, r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "<bucket>"}"#.into(), &["warning PL036"], "a template, too"),
        (Identity, r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "bucket"}"#.into(), &["error PL036"], "no ARN (GRAM-36)"),
        (Identity, allow(get, &ip(r#""52.94.76.0/24""#)), &["warning IP012"], "nobody lets IPv6 in"),
        (Identity, [allow(get, &ip(r#""52.94.76.0/24""#)), allow(get, &ip(r#""2600:1f00::/32""#))].join(","), &[], "another statement lets IPv6 in"),
        (Identity, deny(get, &ip(r#""52.94.76.0/24""#)), &["warning IP013"], "nobody keeps IPv6 out"),
        (Identity, [deny(get, &ip(r#""52.94.76.0/24""#)), deny(get, &ip(r#""2600:1f00::/32""#))].join(","), &[], "another statement keeps IPv6 out"),
        (Identity, [deny(get, &outside(one)), deny(get, &outside(other))].join(","), &["error IP016"], "nobody is in both lists (IP-13)"),
        (Identity, [deny(get, &outside(one)), deny(&get.replace("Get", "Put"), &outside(other))].join(","), &[], "each list is for other actions"),
        (Trust, trust, &["warning PL050"], "more than the default quota (GRAM-52)"),
        (Resource, search(&ip(one)), &[], "a domain with a public endpoint"),
        (Resource, search(&format!(r#"{}, "StringEquals": {{"aws:SourceVpc": "vpc-0f3a9c2d"}}"#, ip(one))), &["warning IP032"], "a domain in a VPC (IP-39)"),
        (Identity, allow(get, r#""Bool": {"aws:ViaAWSService": "true"}"#), &["warning IP025"], "whichever service calls"),
        (Identity, allow(get, r#""Bool": {"aws:ViaAWSService": "true"}, "StringEquals": {"aws:CalledViaLast": "athena.amazonaws.com"}"#), &[], "the service is named"),
        (Identity, [allow(get, &ip(one)), deny(everything, &ip(one))].join(","), &["error IP039"], "allowed, and denied again (EVAL-2)"),
        (Identity, [allow(get, &ip(one)), deny(everything, &ip(r#"["52.94.76.0/25", "2600:1f00::/32"]"#))].join(","), &[], "half of the block is left"),
    ];
    for (kind, statements, expected, why) in table {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let found = found_in("p.json", &text, kind);
        let rated = found
            .iter()
            .map(|finding| format!("{} {}", finding.severity.as_str(), finding.rule.code));
        assert_eq!(rated.collect::<Vec<_>>(), expected, "{why}: {statements}");
    }
}

/// With an Allow that holds for it an address is let in, without one it is not (IP037).
#[test]
fn whom_no_allow_lets_in() {
    let found = |statements: &str| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let source = Source::new("p.json", text);
        let tree = json::parse(&source).expect("it is JSON");
        let policy = Policy::from_node("p.json", &source, &tree, PolicyKind::Identity, true);
        let policy = policy.expect("it is a policy");
        let me = parse_address("52.95.0.1").map(|(address, _)| address);
        codes(&lint(&Subject {
            me,
            ..Subject::new(&policy, &tree)
        }))
    };
    let office = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["52.94.76.0/24", "2600:1f00::/32"]}}}"#;
    let everywhere = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#;
    assert_eq!(found(office), ["IP037"]);
    assert!(found(&format!("{office}, {everywhere}")).is_empty());
    assert!(found(&office.replace("52.94.76.", "52.95.0.")).is_empty());
}

/// Policies as one should write them, of every kind, by their names.
#[test]
fn nothing_is_found_in_clean_policies() {
    let files = json_files(Path::new("tests/lint/clean"));
    assert!(files.len() >= 20);
    let mut kinds = std::collections::BTreeSet::new();
    for path in files {
        let name = path
            .file_stem()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        let kind = match name.split('-').next() {
            Some("identity") => PolicyKind::Identity,
            Some("boundary") => PolicyKind::Boundary,
            Some("session") => PolicyKind::Session,
            Some("scp") => PolicyKind::Scp,
            Some("rcp") => PolicyKind::Rcp,
            Some("resource") => PolicyKind::Resource,
            Some("trust") => PolicyKind::Trust,
            Some("vpce") => PolicyKind::Vpce,
            _ => panic!("{name} names no kind"),
        };
        kinds.insert(kind);
        let text = public(&std::fs::read_to_string(&path).expect("it can be read"));
        let found = found_in(&name, &text, kind);
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    assert_eq!(kinds.len(), 8);
}
