//! Damaged and hostile files: an error with its place, whatever is in them.

use ipcond::input::{Account, Holder};
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

proptest! {
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
