//! Which documents a template has: under conditions, in texts, and those that something else makes of it.

use ipcond::input::Held;
use ipcond::policy::{Effect, Policy, PolicyKind};

use crate::{IDENTITY, RESOURCE, documents, quoted};

/// A template of one resource with `properties`, where `Yes` holds, `No` does not, and `Perhaps` is not known.
fn template(of_type: &str, properties: &str) -> String {
    format!(
        r#"{{"AWSTemplateFormatVersion":"2010-09-09","Parameters":{{"Open":{{"Type":"String"}},"Who":{{"Type":"String","Default":"*"}}}},
        "Conditions":{{"Yes":{{"Fn::Equals":["a","a"]}},"No":{{"Fn::Not":[{{"Condition":"Yes"}}]}},"Perhaps":{{"Fn::Equals":[{{"Ref":"Open"}},"x"]}}}},
        "Resources":{{"R":{{"Type":"{of_type}","Properties":{properties}}}}}}}"#
    )
}

fn found(of_type: &str, properties: &str) -> Vec<Held> {
    let text = template(of_type, properties);
    documents(&text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .1
}

/// What an unknown condition adds to each statement.
fn open_statements(policy: &Policy) -> usize {
    let depends = |what: &str| what == "Perhaps (condition of the template)";
    let of_statement = policy.statements.iter().map(|statement| {
        let keys = statement.conditions.iter();
        keys.filter(|condition| depends(condition.key.as_str()))
            .count()
    });
    of_statement.filter(|count| *count > 0).count()
}

#[test]
fn a_policy_of_a_list_is_there_under_its_condition() {
    let inline = format!(r#"{{"PolicyName":"p","PolicyDocument":{IDENTITY}}}"#);
    let nothing = r#"{"Ref":"AWS::NoValue"}"#;
    // The value of `Policies`, the address of what is there, and whether it depends.
    for (policies, place, open) in [
        (
            format!(r#"[{{"Fn::If":["Perhaps",{inline},{nothing}]}}]"#),
            "[0].Fn::If[1]",
            true,
        ),
        (
            format!(r#"[{{"Fn::If":["Perhaps",{nothing},{inline}]}}]"#),
            "[0].Fn::If[2]",
            true,
        ),
        (
            format!(r#"{{"Fn::If":["Perhaps",[{inline}],{nothing}]}}"#),
            ".Fn::If[1][0]",
            true,
        ),
        (
            format!(
                r#"[{{"Fn::If":["Yes",{{"Fn::If":["Perhaps",{inline},{nothing}]}},{nothing}]}}]"#
            ),
            "[0].Fn::If[1].Fn::If[1]",
            true,
        ),
        (
            format!(r#"[{{"Fn::If":["Yes",{inline},{nothing}]}}]"#),
            "[0].Fn::If[1]",
            false,
        ),
        (
            format!(r#"[{{"Fn::If":["No",{inline},{nothing}]}},{inline}]"#),
            "[1]",
            false,
        ),
    ] {
        let held = found("AWS::IAM::Role", &format!(r#"{{"Policies":{policies}}}"#));
        let addresses: Vec<&str> = held.iter().map(|held| held.address.as_str()).collect();
        assert_eq!(
            addresses,
            [format!(
                "Resources.R.Properties.Policies{place}.PolicyDocument"
            )],
            "{policies}"
        );
        let policy = held[0].policy(None, false).expect("a policy");
        assert_eq!(open_statements(&policy), usize::from(open), "{policies}");
        assert_eq!(policy.kind, PolicyKind::Identity);
    }
}

/// Two policies of which one is there: by itself neither says what the other would.
#[test]
fn a_choice_of_policies_is_one_that_is_not_known() {
    let deny = IDENTITY.replace("Allow", "Deny");
    for (of_type, name) in [
        ("AWS::IAM::Policy", "PolicyDocument"),
        ("AWS::S3::AccessPoint", "Policy"),
    ] {
        let choice = format!(r#"{{"{name}":{{"Fn::If":["Perhaps",{IDENTITY},{deny}]}}}}"#);
        let held = found(of_type, &choice);
        let addresses: Vec<&str> = held.iter().map(|held| held.address.as_str()).collect();
        assert_eq!(addresses, [format!("Resources.R.Properties.{name}")]);
        let policy = held[0].policy(None, false).expect("what stands for it");
        let effects: Vec<Effect> = policy.statements.iter().map(|one| one.effect).collect();
        assert_eq!(effects, [Effect::Deny, Effect::Allow]);
    }
}

#[test]
fn a_text_may_hold_a_policy() {
    let text = quoted(RESOURCE);
    let with_who = quoted(&RESOURCE.replace(r#""Principal":"*""#, r#""Principal":"${Who}""#));
    let with_open = with_who.replace("Who", "Open");
    // What stands under `PolicyDocument`, and the text that it comes to, if that is known.
    for (value, known) in [
        (text.clone(), true),
        (format!(r#"{{"Fn::Sub":{with_who}}}"#), true),
        (format!(r#"{{"Fn::If":["Yes",{text},""]}}"#), true),
        (format!(r#"{{"Fn::Sub":{with_open}}}"#), false),
        (format!(r#"{{"Fn::If":["Perhaps",{text},""]}}"#), false),
    ] {
        let held = found(
            "AWS::Logs::ResourcePolicy",
            &format!(r#"{{"PolicyDocument":{value}}}"#),
        );
        assert_eq!(held.len(), 1, "{value}");
        assert_eq!(held[0].text(), known.then_some(RESOURCE), "{value}");
        let policy = held[0].policy(None, false).expect("a policy");
        assert_eq!(policy.kind, PolicyKind::Resource, "{value}");
    }
    // Under another name, a text that is not known is a policy if it speaks of statements.
    for (value, count) in [(with_open.as_str(), 1), (r#""${Open}""#, 0)] {
        let content = format!(r#"{{"Content":{{"Fn::Sub":{value}}},"PolicyDocument":{RESOURCE}}}"#);
        let held = found("AWS::Organizations::Policy", &content);
        assert_eq!(held.len(), 1 + count, "{value}");
    }
    // A resource that may not be there has no certain text.
    let text = template(
        "AWS::Logs::ResourcePolicy",
        &format!(r#"{{"PolicyDocument":{text}}}"#),
    );
    let text = text.replace(r#""Properties""#, r#""Condition":"Perhaps","Properties""#);
    assert_eq!(documents(&text).expect("it is read").1[0].text(), None);
}

#[test]
fn what_makes_policies_is_an_error() {
    let include = r#""Fn::Transform":{"Name":"AWS::Include","Parameters":{"Location":"s3://b/k"}}"#;
    let policy = format!(
        r#""P":{{"Type":"AWS::IAM::Policy","Properties":{{"PolicyDocument":{IDENTITY}}}}}"#
    );
    let each = |body: &str| {
        format!(
            r#"{{"Resources":{{{policy},"Fn::ForEach::Each":["X",["a"],{{"P${{X}}":{body}}}]}}}}"#
        )
    };
    for (text, message) in [
        (
            format!(r#"{{"Resources":{{{policy},{include}}}}}"#),
            "the macro `AWS::Include` is not known",
        ),
        (
            format!(r#"{{"Resources":{{{policy},"Q":{{"Type":"AWS::IAM::Policy",{include}}}}}}}"#),
            "the macro `AWS::Include` is not known",
        ),
        (
            format!(
                r#"{{"Resources":{{{policy},"Q":{{"Type":"AWS::IAM::Policy","Properties":{{{include}}}}}}}}}"#
            ),
            "the macro `AWS::Include` is not known",
        ),
        (
            each(&format!(
                r#"{{"Type":"AWS::IAM::Policy","Properties":{{"PolicyDocument":{IDENTITY}}}}}"#
            )),
            "`Fn::ForEach::Each` makes policies that are not written out",
        ),
        (
            format!(
                r#"{{"Resources":{{{}}}}}"#,
                policy.replacen(r#""Type""#, r#""Condition":["Yes"],"Type""#, 1)
            ),
            "`Condition` must be a string, found an array",
        ),
    ] {
        let error = documents(&text).map(|_| ()).expect_err(&text);
        assert_eq!(error.message(), message, "{text}");
        assert!(error.place().is_some());
    }
    // What makes no policies makes no difference; nor does the body of an API, which is another language.
    let topic = each(r#"{"Type":"AWS::SNS::Topic"}"#);
    let body = format!(
        r#"{{"Resources":{{{policy},"A":{{"Type":"AWS::ApiGateway::RestApi","Properties":{{"Body":{{{include}}}}}}}}}}}"#
    );
    for text in [topic, body] {
        assert_eq!(documents(&text).expect("it is read").1.len(), 1);
    }
}

/// Lists grow by elements, each of which costs more than its text.
#[test]
fn lists_do_not_grow_without_end() {
    let list = "x,".repeat(30_000);
    for value in [r#"{"Ref":"List"}"#, r#"{"Fn::Split":[",",{"Ref":"Text"}]}"#] {
        let statement = format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringLike":{{"aws:username":{value}}}}}}}"#
        );
        let statements = vec![statement; 500].join(",");
        let text = template(
            "AWS::IAM::Policy",
            &format!(r#"{{"PolicyDocument":{{"Statement":[{statements}]}}}}"#),
        );
        let parameters = format!(
            r#""Parameters":{{"Text":{{"Type":"String","Default":"{list}"}},"List":{{"Type":"CommaDelimitedList","Default":"{list}"}},"#
        );
        let text = text.replacen(r#""Parameters":{"#, &parameters, 1);
        let held = &documents(&text).expect("it is read").1[0];
        let policy = held.policy(None, true).expect("a policy");
        let conditions = policy.statements.iter().flat_map(|one| &one.conditions);
        let known: usize = conditions.map(|condition| condition.values.len()).sum();
        assert!((30_000..2_000_000).contains(&known), "{value}: {known}");
    }
}

/// A condition that a function in it asks for again, as deep as the stack would go.
#[test]
fn conditions_in_circles_end() {
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(50), "]".repeat(50));
    let by_itself = r#"{"Fn::If":["Loop","a","b"]}"#;
    for asked in [by_itself.to_owned(), deep(by_itself)] {
        let text = template(
            "AWS::IAM::Role",
            &format!(
                r#"{{"Policies":[{{"Fn::If":["Loop",{{"PolicyName":"p","PolicyDocument":{IDENTITY}}},{{"Ref":"AWS::NoValue"}}]}}]}}"#
            ),
        );
        let conditions = format!(r#""Conditions":{{"Loop":{{"Fn::Equals":[{asked},"a"]}},"#);
        let text = text.replacen(r#""Conditions":{"#, &conditions, 1);
        let held = &documents(&text).expect("it is read").1[0];
        let policy = held.policy(None, false).expect("a policy");
        let names: Vec<&str> = policy.statements[0]
            .conditions
            .iter()
            .map(|condition| condition.key.as_str())
            .collect();
        assert!(
            names.contains(&"Loop (condition of the template)"),
            "{names:?}"
        );
    }
}
