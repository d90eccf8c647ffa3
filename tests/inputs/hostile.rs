//! Damaged and hostile files: an error with its place, whatever is in them.

use ipcond::eval::Caller;
use ipcond::input::{Account, Documents, Holder};
use ipcond::policy::PolicyKind;
use ipcond::source::Source;
use proptest::prelude::*;

use crate::{IDENTITY, TRUST, documents, percent, quoted};

#[test]
fn what_is_no_policy_says_what_it_is() {
    for (text, message) in [
        (
            "{'Version': '2012-10-17'}",
            "this is what Python prints, not JSON",
        ),
        ("<GetRoleResponse/>", "this is XML, not JSON"),
        (
            r#"{"Policy":{"PolicyName":"p","DefaultVersionId":"v1"}}"#,
            "what `aws iam get-policy` prints has no policy document",
        ),
        (
            r#"{"Records":[]}"#,
            "this is no policy document: `Records` is from CloudTrail",
        ),
        (
            r#"{"tests":[]}"#,
            "this is no policy document: `tests` is from ipcond test",
        ),
        (
            r#"{"Buckets":[],"Owner":{}}"#,
            "this is no policy document: it has `Buckets`, `Owner`, and nothing with `Statement`",
        ),
        (
            "[]",
            "this is no policy document: it is an array without a policy in it",
        ),
        (r#"{"Role":{},"Role":{}}"#, "duplicate key `Role`"),
        (
            r#"{"Role":{"AssumeRolePolicyDocument":{"Statement":[],"Statement":[]}}}"#,
            "duplicate key `Statement`",
        ),
        (
            "%7B%2",
            "not percent-encoded: found `%2`, expected `%` and two hexadecimal digits",
        ),
        (
            r#"{"Policy":"{\"Statement\":["}"#,
            "not JSON: the text ends too early (EOF while parsing a list)",
        ),
        (
            r#"{"RoleDetailList":{}}"#,
            "`RoleDetailList` must be a list",
        ),
        (
            r#"{"RoleDetailList":[1]}"#,
            "`RoleDetailList` must be a list of objects",
        ),
        (
            r#"{"RoleDetailList":[{}]}"#,
            "`RoleDetailList[0]` has no `Arn`",
        ),
        (
            r#"{"RoleDetailList":[{"Arn":1}]}"#,
            "`Arn` must be a string, found a number",
        ),
        (
            r#"{"RoleDetailList":[{"Arn":"a","Arn":"a"}]}"#,
            "duplicate key `Arn`",
        ),
        (
            r#"{"RoleDetailList":[{"Arn":"a","AssumeRolePolicyDocument":7}]}"#,
            "a policy document must be an object, found a number",
        ),
        (
            r#"{"RoleDetailList":[{"Arn":"a","RolePolicyList":{}}]}"#,
            "`RolePolicyList` must be a list, found an object",
        ),
        (
            r#"{"RoleDetailList":[{"Arn":"a","RolePolicyList":[{}]}]}"#,
            "an inline policy without `PolicyDocument`",
        ),
        (
            r#"{"PolicyInputList":[7],"ActionNames":[]}"#,
            "`PolicyInputList` must be a list of policy documents, found a number",
        ),
    ] {
        let error = documents(text).map(|_| ()).expect_err(text);
        assert_eq!(error.message(), message, "{text}");
        assert!(error.place().is_some(), "{text}");
    }
}

/// What stands before a document, such as a byte order mark, is no part of what is wrong with it.
#[test]
fn places_are_behind_a_mark_and_blanks() {
    for begin in ["", "\u{feff}", " \n", "\u{feff}\r\n\t"] {
        for text in ["<GetRoleResponse/>", "{'Version': 1}", "%7B%2", "[]"] {
            let source = Source::new("f", format!("{begin}{text}"));
            let error = Holder::new(&source).expect_err("it is no policy");
            let span = error.place().expect("it has a place").span;
            assert_eq!(span.start(), begin.len(), "{begin:?} {error}");
            assert!(
                source.text().get(span.range()).is_some(),
                "{begin:?} {error}"
            );
        }
    }
}

#[test]
fn depth_is_bounded() {
    for (open, close) in [(r#"{"Policy":"#, "}"), ("[", "]")] {
        for levels in [100, 100_000] {
            let text = format!("{}1{}", open.repeat(levels), close.repeat(levels));
            assert!(documents(&text).is_err());
        }
    }
    // The levels of a file do not count where the documents begin anew.
    let deep = format!("{}{TRUST}{}", r#"{"a":["#.repeat(20), "]}".repeat(20));
    assert_eq!(documents(&deep).expect("it is read").1.len(), 1);
}

#[test]
fn quotes_in_quotes_end() {
    let mut text = IDENTITY.to_owned();
    for _ in 0..8 {
        text = quoted(&text);
    }
    let error = documents(&text).map(|_| ()).expect_err("eight rounds");
    assert_eq!(error.message(), "still encoded after 3 rounds of decoding");
}

#[test]
fn pages_that_contradict_each_other() {
    let page = |action: &str| {
        let role = format!(
            r#"{{"RoleDetailList":[{{"Arn":"arn:aws:iam::111122223333:role/ci","Path":"{action}"}}]}}"#
        );
        Source::new(action, role)
    };
    let mut account = Account::default();
    account.add(&page("a")).expect("the first page");
    account.add(&page("a")).expect("the same again");
    let error = account
        .add(&page("b"))
        .expect_err("another role of the same ARN");
    assert_eq!(
        error.message(),
        "`arn:aws:iam::111122223333:role/ci` stands in `a` too, and says something else there"
    );
}

/// As much as a file can attach: each thing is looked for once, and found by its name.
#[test]
fn a_million_attachments_are_read_at_once() {
    let groups: Vec<String> = (0..50_000)
        .map(|index| format!(r#"{{"Arn":"arn:aws:iam::111122223333:group/g{index}"}}"#))
        .collect();
    let names: Vec<String> = (0..50_000)
        .map(|index| format!(r#""g{}""#, 49_999 - index))
        .collect();
    let attached = r#"{"PolicyName":"p","PolicyArn":"arn:aws:iam::111122223333:policy/p"}"#;
    let attached = vec![attached; 50_000].join(",");
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let statements = vec![statement; 10_000].join(",");
    let text = format!(
        r#"{{"UserDetailList":[{{"Arn":"arn:aws:iam::111122223333:user/bob","GroupList":[{}],"AttachedManagedPolicies":[{attached}]}}],"GroupDetailList":[{}],
        "Policies":[{{"Arn":"arn:aws:iam::111122223333:policy/p","PolicyVersionList":[{{"IsDefaultVersion":true,"Document":{{"Statement":[{statements}]}}}}]}}]}}"#,
        names.join(","),
        groups.join(",")
    );
    let mut account = Account::default();
    account.add(&Source::new("file", text)).expect("it is read");
    let caller = Caller::parse("arn:aws:iam::111122223333:user/bob").expect("a user");
    let found = account
        .of_caller(&caller)
        .expect("it is read")
        .expect("it is known");
    assert_eq!((found.identity.len(), found.dangling.len()), (1, 0));
}

/// A policy that is named over and over is read once.
#[test]
fn a_policy_is_attached_once() {
    let statement = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    let document = format!(r#"{{"Statement":[{}]}}"#, vec![statement; 20_000].join(","));
    let ids = vec![r#""p-12345678""#; 100_000].join(",");
    let text = format!(
        r#"{{"organization":{{"management_account":"999988887777","roots":[{{"id":"r-1","scp":[{ids}],"accounts":[{{"id":"111122223333","scp":[]}}]}}],
        "policies":[{{"Policy":{{"PolicySummary":{{"Id":"p-12345678","Type":"SERVICE_CONTROL_POLICY"}},"Content":{}}}}}]}}}}"#,
        quoted(&document)
    );
    let mut account = Account::default();
    account.add(&Source::new("file", text)).expect("it is read");
    let id = "111122223333".parse().expect("an account");
    let (mut documents, mut notes) = (Documents::default(), Vec::new());
    let levels = account
        .organization
        .levels(id, PolicyKind::Scp, &mut documents, &mut notes);
    let levels = levels.expect("they are read").expect("they are in force");
    assert_eq!(levels.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0]);
}

fn all_documents(text: &str) -> ipcond::Result<()> {
    let source = Source::new("file", text);
    let holder = Holder::new(&source)?;
    let held = holder.documents()?.into_owned();
    held.iter()
        .try_for_each(|held| held.policy(None, false).map(|_| ()))
}

/// What the whole of an organization's file says of an account.
fn all_levels(text: &str) -> ipcond::Result<()> {
    let mut account = Account::default();
    account.add(&Source::new("file", text))?;
    let mut documents = Documents::default();
    let id = "111122223333".parse().expect("an account");
    for kind in [PolicyKind::Scp, PolicyKind::Rcp] {
        account
            .organization
            .levels(id, kind, &mut documents, &mut Vec::new())?;
    }
    Ok(())
}

proptest! {
    /// As below, of items of AWS Config and of an organization.
    #[test]
    fn damaged_records_are_answered(at in 0_usize..3_000, byte in any::<u8>(), cut in any::<bool>(), is_tree in any::<bool>()) {
        let text = if is_tree {
            let content = quoted(IDENTITY);
            format!(
                r#"{{"organization":{{"management_account":"999988887777","roots":[{{"id":"r-1","scp":["p-FullAWSAccess",{IDENTITY}],"rcp":null,"PolicyTypes":[],"children":[{{"Id":"ou-1","Name":"x","scp":{{"Policies":[{{"Id":"p-12345678"}}]}},"accounts":[{{"id":"111122223333","scp":[]}}]}}]}}],"policies":[{{"Policy":{{"PolicySummary":{{"Id":"p-12345678","Type":"SERVICE_CONTROL_POLICY"}},"Content":{content}}}}}]}}}}"#
            )
        } else {
            let configuration = quoted(&format!(r#"{{"arn":"a","rolePolicyList":[{{"policyDocument":"{}"}}]}}"#, percent(IDENTITY)));
            format!(
                r#"{{"configurationItems":[{{"resourceType":"AWS::IAM::Role","arn":"a","configurationItemCaptureTime":1.5,"configuration":{configuration}}},{{"resourceType":"AWS::S3::Bucket","configuration":{{}},"supplementaryConfiguration":{{"BucketPolicy":{{"policyText":{}}}}}}}]}}"#,
                quoted(IDENTITY),
            )
        };
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for read in [all_documents(&text), all_levels(&text)] {
            if let Err(error) = read
                && let Some(place) = error.place()
            {
                prop_assert!(place.span.end() <= place.source.text().len());
            }
        }
    }

    /// Whatever one byte becomes, and wherever the text ends: an answer or an error, and no place outside the text.
    #[test]
    fn damaged_files_are_answered(at in 0_usize..2_000, byte in any::<u8>(), cut in any::<bool>()) {
        let text = format!(
            r#"{{"RoleDetailList":[{{"Arn":"arn:aws:iam::111122223333:role/ci","AssumeRolePolicyDocument":{},"RolePolicyList":[{{"PolicyDocument":{IDENTITY}}}]}}],"Policies":[{{"Arn":"x","PolicyVersionList":[{{"IsDefaultVersion":true,"Document":{}}}]}}]}}"#,
            quoted(&percent(TRUST)),
            quoted(IDENTITY),
        );
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let read = Holder::new(&Source::new("file", text)).and_then(|holder| {
            holder.documents()?.iter().try_for_each(|held| held.policy(None, false).map(|_| ()))
        });
        if let Err(error) = read {
            let place = error.place().expect("a place");
            prop_assert!(place.span.end() <= place.source.text().len());
        }
    }
}
