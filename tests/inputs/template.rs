//! Templates of `CloudFormation`: what functions stand for, and what stays open.

use std::fmt::Write as _;

use ipcond::eval::{Answer, Caller, Decision, Missing, PolicySet, Scenario, SourceIp};
use ipcond::input::{Format, Held};
use ipcond::policy::{Policy, PolicyKind};

use crate::documents;

/// A template of one managed policy with `statement`.
fn template(statement: &str) -> String {
    format!(
        r#"{{"AWSTemplateFormatVersion":"2010-09-09",
        "Parameters":{{"Office":{{"Type":"String","Default":"203.0.113.0/24"}},"Open":{{"Type":"String"}},
          "Offices":{{"Type":"CommaDelimitedList","Default":"203.0.113.0/25, 198.51.100.0/24"}},
          "Stored":{{"Type":"AWS::SSM::Parameter::Value<String>","Default":"/net/office"}}}},
        "Mappings":{{"Nets":{{"eu":{{"cidr":"192.0.2.0/24"}}}}}},
        "Conditions":{{"Yes":{{"Fn::Equals":[{{"Ref":"Office"}},"203.0.113.0/24"]}},"No":{{"Fn::Not":[{{"Condition":"Yes"}}]}},
          "Perhaps":{{"Fn::Equals":[{{"Ref":"Open"}},"x"]}},"Loop":{{"Condition":"Loop"}},
          "Either":{{"Fn::Or":[{{"Condition":"Perhaps"}},{{"Condition":"Yes"}}]}},"Both":{{"Fn::And":[{{"Condition":"Perhaps"}},{{"Condition":"No"}}]}}}},
        "Resources":{{"P":{{"Type":"AWS::IAM::ManagedPolicy","Properties":{{"PolicyDocument":{{"Version":"2012-10-17","Statement":{statement}}}}}}}}}}}"#
    )
}

fn only(text: &str) -> Held {
    let (format, held) = documents(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(format, Format::CloudFormation);
    let [held] = held.as_slice() else {
        panic!("{} documents", held.len());
    };
    held.clone()
}

fn decide(policy: Policy, ip: &str, action: &str) -> Answer {
    let scenario = Scenario {
        principal: Some(Caller::parse("arn:aws:iam::111122223333:user/bob").expect("a user")),
        action: Some(action.parse().expect("an action")),
        resource: Some("arn:aws:s3:::reports/a".parse().expect("an ARN")),
        ip: Some(SourceIp::parse(ip).expect("an address").0),
        missing: Missing::Absent,
        policies: PolicySet {
            identity: Some(vec![policy.into()]),
            ..PolicySet::default()
        },
        ..Scenario::default()
    };
    scenario
        .decide("2026-01-31T10:00:00Z".parse().expect("a time"))
        .expect("an answer")
}

/// Allow from the blocks that a value stands for.
fn from(value: &str) -> String {
    template(&format!(
        r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{{"IpAddress":{{"aws:SourceIp":{value}}}}}}}"#
    ))
}

/// A value, an address that it holds if it is known, and what it depends on if it is not.
const VALUES: [(&str, Result<&str, &str>); 27] = [
    (r#"{"Ref":"Office"}"#, Ok("203.0.113.9")),
    (r#"{"Ref":"Offices"}"#, Ok("198.51.100.9")),
    (r#"["192.0.2.0/24",{"Ref":"Office"}]"#, Ok("203.0.113.9")),
    (r#"{"Fn::Sub":"${Office}"}"#, Ok("203.0.113.9")),
    (
        r#"{"Fn::Sub":["${A}/${B}",{"A":"203.0.113.0","B":24}]}"#,
        Ok("203.0.113.9"),
    ),
    (
        r#"{"Fn::Join":["/",["203.0.113.0","24"]]}"#,
        Ok("203.0.113.9"),
    ),
    (
        r#"{"Fn::Join":["",[{"Fn::Select":[0,{"Fn::Split":["/",{"Ref":"Office"}]}]},"/24"]]}"#,
        Ok("203.0.113.9"),
    ),
    (
        r#"{"Fn::Select":["1",{"Ref":"Offices"}]}"#,
        Ok("198.51.100.9"),
    ),
    (r#"{"Fn::FindInMap":["Nets","eu","cidr"]}"#, Ok("192.0.2.9")),
    (
        r#"{"Fn::If":["Yes","203.0.113.0/24","192.0.2.0/24"]}"#,
        Ok("203.0.113.9"),
    ),
    (
        r#"{"Fn::If":["No","203.0.113.0/24","192.0.2.0/24"]}"#,
        Ok("192.0.2.9"),
    ),
    (
        r#"{"Fn::If":["Either","203.0.113.0/24","192.0.2.0/24"]}"#,
        Ok("203.0.113.9"),
    ),
    (
        r#"{"Fn::If":["Both","203.0.113.0/24","192.0.2.0/24"]}"#,
        Ok("192.0.2.9"),
    ),
    (
        r#"["203.0.113.0/24",{"Ref":"AWS::NoValue"}]"#,
        Ok("203.0.113.9"),
    ),
    (r#"{"Ref":"Open"}"#, Err("Open (parameter)")),
    (r#"{"Ref":"Stored"}"#, Err("Stored (parameter)")), // the default is the name of another parameter
    (
        r#"{"Ref":"AWS::AccountId"}"#,
        Err("AWS::AccountId (pseudo parameter)"),
    ),
    (r#"{"Ref":"Elsewhere"}"#, Err("Elsewhere (resource)")),
    (
        r#"{"Fn::GetAtt":["Address","PublicIp"]}"#,
        Err("Address.PublicIp (attribute)"),
    ),
    (
        r#"{"Fn::GetAtt":"Address.PublicIp"}"#,
        Err("Address.PublicIp (attribute)"),
    ),
    (
        r#"{"Fn::Sub":"${Address.PublicIp}/32"}"#,
        Err("Address.PublicIp (attribute)"),
    ),
    (
        r#"{"Fn::ImportValue":"office-cidr"}"#,
        Err("office-cidr (import)"),
    ),
    (
        r#"{"Fn::Join":["/",[{"Ref":"Open"},"24"]]}"#,
        Err("Open (parameter)"),
    ),
    (
        r#"{"Fn::If":["Perhaps","203.0.113.0/24","192.0.2.0/24"]}"#,
        Err("Perhaps (condition of the template)"),
    ),
    (
        r#"{"Fn::If":["Loop","203.0.113.0/24","192.0.2.0/24"]}"#,
        Err("Loop (condition of the template)"),
    ),
    (r#"{"Fn::Cidr":["10.0.0.0/8",1,8]}"#, Err("Fn::Cidr")),
    (
        r#""{{resolve:ssm:/net/office}}""#,
        Err("{{resolve:ssm:/net/office}}"),
    ),
];

#[test]
fn values_are_known_or_named() {
    for (value, expected) in VALUES {
        let policy = only(&from(value))
            .policy(None, false)
            .unwrap_or_else(|error| panic!("{value}: {error}"));
        let inside = decide(
            policy.clone(),
            expected.unwrap_or("203.0.113.9"),
            "s3:GetObject",
        );
        match expected {
            Ok(_) => {
                assert_eq!(inside.decision, Decision::Allowed, "{value}");
                assert_eq!(
                    decide(policy, "10.0.0.1", "s3:GetObject").decision,
                    Decision::ImplicitDeny,
                    "{value}"
                );
            }
            Err(what) => {
                assert_eq!(inside.decision, Decision::Depends, "{value}");
                assert_eq!(inside.depends_on, [what], "{value}");
            }
        }
    }
}

#[test]
fn what_is_known_beside_what_is_not_is_certain() {
    let policy = only(&from(r#"["203.0.113.0/24",{"Ref":"Open"}]"#))
        .policy(None, false)
        .expect("a policy");
    assert_eq!(
        decide(policy.clone(), "203.0.113.9", "s3:GetObject").decision,
        Decision::Allowed
    );
    assert_eq!(
        decide(policy.clone(), "192.0.2.9", "s3:GetObject").decision,
        Decision::Depends
    );
    assert_eq!(
        decide(policy, "none", "s3:GetObject").decision,
        Decision::ImplicitDeny,
        "no block holds it (IP-30)"
    );
}

/// Whatever an open parameter turns out to be, no decision that was made without it is contradicted.
#[test]
fn no_filling_contradicts_a_decision() {
    let statements = [
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24",@]}}}"#,
        r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24",@]}}}"#,
        r#"{"Effect":"Allow","Action":["s3:ListBucket",@],"Resource":"*"}"#,
        r#"{"Effect":"Allow","NotAction":["s3:ListBucket",@],"Resource":"*"}"#,
        r#"{"Effect":"Deny","NotAction":@,"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":@}"#,
        r#"{"Effect":"Deny","Action":"*","NotResource":["arn:aws:s3:::other/*",@]}"#,
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":@}}}"#,
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"aws:SourceIp":@}}}"#,
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ForAllValues:StringLike":{"aws:SourceIp":@}}}"#,
        r#"{"Fn::If":["Perhaps",{"Effect":"Allow","Action":@,"Resource":"*"},{"Effect":"Deny","Action":@,"Resource":"*"}]}"#,
    ];
    let values = [
        "203.0.113.9/32",
        "192.0.2.0/24",
        "0.0.0.0/0",
        "s3:GetObject",
        "s3:*",
        "*",
        "arn:aws:s3:::reports/*",
        "111122223333",
        "true",
        "false",
        "x",
        "",
    ];
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let (mut decided, mut open_ones) = (0, 0);
    for statement in statements {
        for base in ["", allow] {
            let with = |value: &str| {
                let statement = statement.replace('@', value);
                let list = if base.is_empty() {
                    format!("[{statement}]")
                } else {
                    format!("[{base},{statement}]")
                };
                template(&list)
            };
            let open = only(&with(r#"{"Ref":"Open"}"#))
                .policy(None, true)
                .expect("a policy");
            for ip in ["203.0.113.9", "192.0.2.9", "2001:db8::1", "none"] {
                for action in ["s3:GetObject", "s3:ListBucket", "ec2:StopInstances"] {
                    let answer = decide(open.clone(), ip, action);
                    if answer.decision == Decision::Depends {
                        open_ones += 1;
                        continue;
                    }
                    decided += 1;
                    for value in values {
                        // The parameter's condition is settled with it.
                        let text = with(&format!("\"{value}\"")).replace(
                            r#"{"Type":"String"}"#,
                            &format!(r#"{{"Type":"String","Default":"{value}"}}"#),
                        );
                        let filled = only(&text).policy(None, true).expect("a policy");
                        let filled = decide(filled, ip, action).decision;
                        // Where every filling denies and not each explicitly, the denial is implicit.
                        let same = filled == answer.decision
                            || (answer.decision == Decision::ImplicitDeny && filled.is_denied());
                        assert!(same, "{statement} with `{value}` from {ip}, {action}");
                    }
                }
            }
        }
    }
    assert!(
        decided > 40 && open_ones > 40,
        "{decided} decided, {open_ones} open"
    );
}

#[test]
fn yaml_and_json_are_the_same() {
    let yaml = "AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Open: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: 011122223333}
            Action: sts:AssumeRole
            Condition:
              Bool: {aws:MultiFactorAuthPresent: yes}
              IpAddress: {aws:SourceIp: [!Ref Open, !Sub '${Open}/32', !GetAtt A.B, !ImportValue x, !Join ['', ['203.0.113.0', /24]]]}
";
    let json = r#"{"AWSTemplateFormatVersion":"2010-09-09","Parameters":{"Open":{"Type":"String"}},"Resources":{"Role":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"011122223333"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"yes"},"IpAddress":{"aws:SourceIp":
        [{"Ref":"Open"},{"Fn::Sub":"${Open}/32"},{"Fn::GetAtt":"A.B"},{"Fn::ImportValue":"x"},{"Fn::Join":["",["203.0.113.0","/24"]]}]}}}]}}}}}"#;
    let texts = [yaml, json].map(|text| {
        let policy = only(text).policy(None, false).expect("a policy");
        assert_eq!(policy.kind, PolicyKind::Trust);
        let conditions = policy.statements[0].conditions.iter();
        let values: Vec<Vec<String>> = conditions
            .map(|condition| {
                condition
                    .values
                    .iter()
                    .map(|value| value.text.to_string())
                    .collect()
            })
            .collect();
        (
            values,
            format!(
                "{:?}",
                policy.statements[0]
                    .principal
                    .as_ref()
                    .map(|principal| principal.negated)
            ),
        )
    });
    assert_eq!(texts[0], texts[1]);
    assert_eq!(
        texts[0].0[1],
        [
            "Open (parameter)",
            "Open (parameter)",
            "A.B (attribute)",
            "x (import)",
            "203.0.113.0/24"
        ]
    );
}

#[test]
fn resources_under_conditions() {
    let text = |condition: &str| {
        template(r#"[{"Effect":"Allow","Action":"*","Resource":"*"}]"#).replace(
            r#""Type":"AWS::IAM::ManagedPolicy""#,
            &format!(r#""Type":"AWS::IAM::ManagedPolicy","Condition":"{condition}""#),
        )
    };
    assert_eq!(
        decide(
            only(&text("Yes")).policy(None, false).expect("a policy"),
            "none",
            "s3:GetObject"
        )
        .decision,
        Decision::Allowed
    );
    assert!(documents(&text("No")).is_err(), "it is not there");
    let answer = decide(
        only(&text("Perhaps"))
            .policy(None, false)
            .expect("a policy"),
        "none",
        "s3:GetObject",
    );
    assert_eq!(answer.depends_on, ["Perhaps (condition of the template)"]);
}

#[test]
fn what_is_not_known_at_all_is_a_policy_too() {
    let text = |document: &str| {
        format!(
            r#"{{"Resources":{{"R":{{"Type":"AWS::IAM::Role","Properties":{{"AssumeRolePolicyDocument":{document}}}}}}}}}"#
        )
    };
    let held = only(&text(r#"{"Ref":"Document"}"#));
    assert_eq!(
        held.policy(None, false)
            .expect("what stands for it")
            .statements
            .len(),
        2
    );
    let held = only(&text(r#"{"Statement":[{"Ref":"Statement"}]}"#));
    let policy = held.policy(None, false).expect("what stands for it");
    assert_eq!(
        (policy.kind, policy.statements.len()),
        (PolicyKind::Trust, 2)
    );
    let sam = r#"{"Transform":"AWS::Serverless-2016-10-31","Resources":{"Api":{"Type":"AWS::Serverless::Api","Properties":{"Auth":{"ResourcePolicy":{"IpRangeBlacklist":["192.0.2.0/24"]}}}}}}"#;
    assert_eq!(
        only(sam).address,
        "Resources.Api.Properties.Auth.ResourcePolicy"
    );
}

#[test]
fn templates_that_are_not_understood() {
    let statement = r#"[{"Effect":"Allow","Action":"*","Resource":@}]"#;
    for (value, message) in [
        (r#"{"Fn::Join":["-"]}"#, "this function takes two arguments"),
        (
            r#"{"Fn::If":["Yes"]}"#,
            "this function takes three arguments",
        ),
        (
            r#"{"Fn::Select":[7,["a"]]}"#,
            "this function takes an index and a list that has it",
        ),
        (
            r#"{"Fn::FindInMap":["Nets","us","cidr"]}"#,
            "this function takes the names of a mapping and of two keys in it",
        ),
        (
            r#"{"Fn::Transform":{"Name":"Mine"}}"#,
            "the macro `Mine` is not known",
        ),
        (r#"{"Ref":7}"#, "`Ref` must be a string, found a number"),
    ] {
        let error = documents(&template(&statement.replace('@', value)))
            .map(|_| ())
            .expect_err(value);
        assert_eq!(error.message(), message);
        assert!(error.place().is_some());
    }
    let effect = template(r#"[{"Effect":{"Ref":"Open"},"Action":"*","Resource":"*"}]"#);
    let error = only(&effect).policy(None, false).expect_err("neither");
    assert_eq!(
        error.message(),
        "`Effect` must be `Allow` or `Deny`, found a value that is not known"
    );
    let macros = template("[]").replace(
        r#""Mappings""#,
        r#""Transform":["AWS::Serverless-2016-10-31","Mine"],"Mappings""#,
    );
    assert_eq!(
        documents(&macros)
            .map(|_| ())
            .expect_err("a macro")
            .message(),
        "the macro `Mine` is not known"
    );
    // A policy by itself has no functions, and no tags.
    assert!(
        documents("Statement:\n  - Effect: Allow\n    Action: !Ref A\n    Resource: '*'\n")
            .is_err()
    );
}

#[test]
fn conditions_end() {
    // Each names the next one twice: thirty levels would be a billion.
    let mut conditions = String::new();
    for level in 0..31 {
        let next = level + 1;
        let pair = format!(r#"{{"Condition":"C{next}"}},{{"Condition":"C{next}"}}"#);
        let _ = write!(conditions, r#""C{level}":{{"Fn::And":[{pair}]}},"#);
    }
    let text = from(r#"{"Fn::If":["C0","203.0.113.0/24","192.0.2.0/24"]}"#);
    let text = text.replace(r#""Yes":"#, &format!(r#"{conditions}"Yes":"#));
    let policy = only(&text).policy(None, false).expect("a policy");
    assert_eq!(
        decide(policy, "203.0.113.9", "s3:GetObject").depends_on,
        ["C0 (condition of the template)"]
    );
}

#[test]
fn texts_do_not_grow_without_end() {
    // Each variable is twice the one inside it: forty levels would be a terabyte.
    let mut value = r#""203.0.113.0/24""#.to_owned();
    for _ in 0..14 {
        value = format!(
            r#"{{"Fn::Sub":["${{A}}${{A}}${{A}}${{A}}${{A}}${{A}}${{A}}${{A}}",{{"A":{value}}}]}}"#
        );
    }
    let policy = only(&from(&value)).policy(None, false).expect("a policy");
    assert_eq!(
        decide(policy, "203.0.113.9", "s3:GetObject").depends_on,
        ["Fn::Sub"]
    );
}
