//! The organization: which SCPs and RCPs are in force for an account, and what the files do not say.
//!
//! Shapes: the examples of `describe-policy`, `list-policies-for-target`, `list-accounts-for-parent` and `list-roots` in
//! the reference of the AWS CLI.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ipcond::eval::{Caller, Scenario};
use ipcond::input::{Account, Documents, Format, Levels};
use ipcond::policy::PolicyKind;
use ipcond::source::Source;
use serde_json::{Value, json};

use crate::{documents, quoted};

const PROD: &str = "111122223333";
const TEST: &str = "444455556666";
const MANAGEMENT: &str = "999988887777";

/// A Deny from everywhere but a block.
fn guard(kind: PolicyKind, block: &str) -> Value {
    let mut statement = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": block}}});
    if kind == PolicyKind::Rcp {
        statement["Principal"] = json!("*");
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

/// What `describe-policy` prints.
fn described(id: &str, kind: PolicyKind, document: &Value) -> Value {
    let (of_type, path) = match kind {
        PolicyKind::Rcp => ("RESOURCE_CONTROL_POLICY", "resource_control_policy"),
        _ => ("SERVICE_CONTROL_POLICY", "service_control_policy"),
    };
    json!({"Policy": {
        "PolicySummary": {"Id": id, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:policy/o-exampleorgid/{path}/{id}"),
            "Name": "guard", "Description": "", "Type": of_type, "AwsManaged": false},
        "Content": document.to_string()}})
}

/// What `list-policies-for-target` prints.
fn attached(ids: &[&str]) -> Value {
    let summary = |id: &&str| json!({"Id": id, "Arn": format!("arn:aws:organizations::aws:policy/{id}"), "Name": id, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false});
    json!({"Policies": ids.iter().map(summary).collect::<Vec<_>>()})
}

const FULL: [&str; 1] = ["p-FullAWSAccess"];
const FULL_RCP: [&str; 1] = ["p-RCPFullAWSAccess"];

fn organization() -> Value {
    let account = |id: &str, scp: &[&str]| json!({"Id": id, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:account/o-exampleorgid/{id}"), "Name": "a", "Status": "ACTIVE", "JoinedTimestamp": 1.5, "scp": attached(scp), "rcp": attached(&FULL_RCP)});
    json!({"organization": {
        "management_account": MANAGEMENT,
        "roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}, {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}],
            "scp": attached(&FULL), "rcp": attached(&["p-RCPFullAWSAccess", "p-rcp00000001"]),
            "accounts": [account(MANAGEMENT, &FULL)],
            "children": [{"id": "ou-ab12-11111111", "name": "Work", "scp": attached(&FULL), "rcp": attached(&FULL_RCP),
                "accounts": {"Accounts": [account(TEST, &FULL)]},
                "children": {"OrganizationalUnits": [{"Id": "ou-ab12-22222222", "Name": "Prod", "scp": attached(&["p-FullAWSAccess", "p-scp00000001"]), "rcp": attached(&FULL_RCP),
                    "accounts": [account(PROD, &["p-FullAWSAccess", "p-scp00000002"])]}]}}]}],
        "policies": [described("p-scp00000001", PolicyKind::Scp, &guard(PolicyKind::Scp, "203.0.113.0/24")),
            described("p-rcp00000001", PolicyKind::Rcp, &guard(PolicyKind::Rcp, "203.0.112.0/20"))]}})
}

fn read(files: &[Value]) -> ipcond::Result<Account> {
    let mut account = Account::default();
    for (index, file) in files.iter().enumerate() {
        account.add(&Source::new(format!("{index}"), file.to_string()))?;
    }
    Ok(account)
}

fn levels(
    files: &[Value],
    account: &str,
    kind: PolicyKind,
) -> ipcond::Result<(Option<Levels>, Vec<String>)> {
    let mut notes = Vec::new();
    let read = read(files)?;
    let id = account.parse().expect("an account");
    let levels = read
        .organization
        .levels(id, kind, &mut Documents::default(), &mut notes)?;
    Ok((levels, notes))
}

fn names(levels: Option<&Levels>) -> Vec<Vec<String>> {
    let name = |level: &Vec<_>| {
        let names = level
            .iter()
            .map(|policy: &std::sync::Arc<ipcond::policy::Policy>| policy.name.clone());
        names.collect()
    };
    levels.into_iter().flatten().map(name).collect()
}

/// What the policies of a level rest on, of which not all is known.
fn unknown(levels: Option<&Levels>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, level) in levels.into_iter().flatten().enumerate() {
        for statement in level.iter().flat_map(|policy| &policy.statements) {
            let texts = statement
                .conditions
                .iter()
                .map(|condition| condition.key.as_str());
            found.extend(
                texts
                    .filter(|text| text.starts_with("the "))
                    .map(|text| (index, text.to_owned())),
            );
        }
    }
    found.dedup();
    found
}

const SECOND: &str = "p-scp00000002";

#[test]
fn levels_go_from_the_root_to_the_account() {
    let second = described(
        SECOND,
        PolicyKind::Scp,
        &guard(PolicyKind::Scp, "203.0.113.0/25"),
    );
    let files = [organization(), second];
    let (scp, notes) = levels(&files, PROD, PolicyKind::Scp).expect("it is read");
    assert_eq!(
        names(scp.as_ref()),
        [
            vec!["FullAWSAccess"],
            vec!["FullAWSAccess"],
            vec!["FullAWSAccess", "0#organization.policies[0].Policy.Content"],
            vec!["FullAWSAccess", "1#Policy.Content"],
        ]
    );
    assert!(notes.is_empty(), "{notes:?}");
    let (rcp, notes) = levels(&files, PROD, PolicyKind::Rcp).expect("it is read");
    let root = vec!["0#organization.policies[1].Policy.Content"];
    // RCPFullAWSAccess is in force everywhere, so nobody has to say so (EVAL-9).
    assert_eq!(names(rcp.as_ref()), [root, vec![], vec![], vec![]]);
    assert!(notes.is_empty(), "{notes:?}");
    // An account at the root has two levels.
    let (scp, _) = levels(&files, MANAGEMENT, PolicyKind::Scp).expect("it is read");
    assert_eq!(scp.map(|levels| levels.len()), Some(2));
    let account = read(&files).expect("it is read").organization;
    assert_eq!(account.management_account(), MANAGEMENT.parse().ok());
}

#[test]
fn what_is_not_in_the_files_is_not_known() {
    // Attached, and not described.
    let (scp, notes) = levels(&[organization()], PROD, PolicyKind::Scp).expect("it is read");
    assert_eq!(
        unknown(scp.as_ref()),
        [(3, format!("the service control policy {SECOND}"))]
    );
    assert_eq!(
        notes,
        [format!(
            "{SECOND} is attached to {PROD} (a) and not in the files; what it says is unknown"
        )]
    );
    // Not in the tree.
    let (scp, notes) =
        levels(&[organization()], "123456789012", PolicyKind::Scp).expect("it is read");
    assert_eq!(
        unknown(scp.as_ref()),
        [(0, "the set of SCPs of 123456789012".to_owned())]
    );
    assert_eq!(notes.len(), 1);
    // A level that nobody said anything about, by no list, by null, and by a page of several.
    let mut page = attached(&FULL);
    page["NextToken"] = json!("more");
    for (value, what) in [
        (None, "the set of SCPs of ou-ab12-22222222 (Prod)"),
        (
            Some(Value::Null),
            "the set of SCPs of ou-ab12-22222222 (Prod)",
        ),
        (
            Some(page),
            "the rest of the SCPs of ou-ab12-22222222 (Prod)",
        ),
    ] {
        let mut file = organization();
        let unit = &mut file["organization"]["roots"][0]["children"][0]["children"]["OrganizationalUnits"]
            [0];
        let unit = unit.as_object_mut().expect("the unit");
        unit.remove("scp");
        unit.extend(value.map(|value| ("scp".to_owned(), value)));
        let (scp, notes) = levels(&[file], PROD, PolicyKind::Scp).expect("it is read");
        assert_eq!(unknown(scp.as_ref())[0], (2, what.to_owned()));
        assert_eq!(scp.map(|levels| levels.len()), Some(4));
        assert_eq!(notes.len(), 2);
    }
    // An empty list is known: nothing is attached, which allows nothing (EVAL-7).
    let mut file = organization();
    file["organization"]["roots"][0]["scp"] = json!([]);
    let (scp, _) = levels(&[file], TEST, PolicyKind::Scp).expect("it is read");
    assert_eq!(names(scp.as_ref())[0], Vec::<String>::new());
    assert_eq!(unknown(scp.as_ref()), []);
}

/// `list-targets-for-policy` says of a policy where it is, and of a target not what else is there.
#[test]
fn targets_say_that_a_policy_is_there_and_not_that_no_other_is() {
    let mut file = organization();
    file["organization"]["roots"][0]["scp"] = Value::Null;
    file["organization"]["policies"][0]["Targets"] =
        json!([{"TargetId": "r-ab12", "Arn": "arn", "Name": "Root", "Type": "ROOT"}]);
    let (scp, _) = levels(&[file], TEST, PolicyKind::Scp).expect("it is read");
    let first = &names(scp.as_ref())[0];
    assert_eq!(first[0], "0#organization.policies[0].Policy.Content");
    assert_eq!(
        unknown(scp.as_ref()),
        [(0, "the rest of the SCPs of r-ab12 (Root)".to_owned())]
    );
}

/// A type that is not enabled for the root decides nothing (EVAL-7).
#[test]
fn types_may_be_off() {
    let mut file = organization();
    file["organization"]["roots"][0]["PolicyTypes"] =
        json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]);
    let files = [file];
    assert!(
        levels(&files, PROD, PolicyKind::Rcp)
            .expect("it is read")
            .0
            .is_none()
    );
    assert!(
        levels(&files, PROD, PolicyKind::Scp)
            .expect("it is read")
            .0
            .is_some()
    );
}

/// AWS may enforce policies of a type yet, or already, while it changes.
#[test]
fn types_may_be_changing() {
    for status in ["PENDING_DISABLE", "PENDING_ENABLE"] {
        let mut file = organization();
        file["organization"]["roots"][0]["PolicyTypes"] =
            json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": status}]);
        let (scp, notes) = levels(&[file], PROD, PolicyKind::Scp).expect("it is read");
        let what = "the state of SCPs in the organization".to_owned();
        assert_eq!(unknown(scp.as_ref()), [(0, what)], "{status}");
        assert_eq!(
            notes,
            [
                "SCPs are being enabled or disabled in the organization of 0; whether they count is unknown"
            ]
        );
    }
}

/// What is null is not said: that is not that no type is enabled.
#[test]
fn types_may_not_be_said() {
    let mut file = organization();
    file["organization"]["roots"][0]["PolicyTypes"] = json!(null);
    for kind in [PolicyKind::Rcp, PolicyKind::Scp] {
        let (found, _) = levels(&[file.clone()], PROD, kind).expect("it is read");
        assert!(found.is_some(), "{kind:?}");
    }
}

#[test]
fn what_is_wrong_has_a_place() {
    let change = |change: &dyn Fn(&mut Value)| {
        let mut file = organization();
        change(&mut file["organization"]);
        file
    };
    let twice = change(&|all| all["roots"][0]["children"][0]["id"] = json!("r-ab12"));
    let no_account = change(&|all| all["roots"][0]["accounts"][0]["Id"] = json!("1234"));
    let no_management = change(&|all| all["management_account"] = Value::Null);
    let typo = change(&|all| all["roots"][0]["acounts"] = json!([]));
    let no_id = change(&|all| all["roots"][0]["children"][0] = json!({"scp": []}));
    let no_content = change(&|all| all["policies"][0]["Policy"]["Content"] = json!("x"));
    for (file, message) in [
        (twice, "`r-ab12` stands twice in the organization"),
        (no_account, "`1234` is not an account"),
        (
            no_management,
            "`management_account` must be a string, found null",
        ),
        (typo, "unknown field `acounts`"),
        (no_id, "`organization.roots[0].children[0]` has no `id`"),
        (
            no_content,
            "`Content` must be a policy document, found a string",
        ),
        (
            json!({"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]}),
            "`Parents` alone does not say",
        ),
        (json!({"Targets": []}), "`Targets` alone does not say"),
    ] {
        let error = read(&[file]).map(|_| ()).expect_err(message);
        assert!(
            error.message().starts_with(message),
            "{error} instead of {message}"
        );
        assert!(error.place().is_some(), "{message}");
    }
    let two = read(&[organization(), organization()])
        .map(|_| ())
        .expect_err("two");
    assert_eq!(two.message(), "`0` has an organization too");
    let other = json!({"Organization": {"Id": "o-exampleorgid", "MasterAccountId": TEST}});
    let other = read(&[organization(), other])
        .map(|_| ())
        .expect_err("two managements");
    assert!(other.message().contains(MANAGEMENT) && other.message().contains(TEST));
    // Attached as a policy of the other type.
    let mut file = organization();
    file["organization"]["roots"][0]["scp"] = json!(["p-rcp00000001"]);
    let error = levels(&[file], TEST, PolicyKind::Scp)
        .map(|_| ())
        .expect_err("an RCP");
    assert_eq!(
        error.message(),
        "`p-rcp00000001` is no service control policy"
    );
    let alone = [described(
        SECOND,
        PolicyKind::Scp,
        &guard(PolicyKind::Scp, "203.0.113.0/24"),
    )];
    let error = levels(&alone, TEST, PolicyKind::Scp)
        .map(|_| ())
        .expect_err("attached nowhere");
    assert_eq!(
        error.message(),
        "policies of an organization were given, and not what they are attached to"
    );
}

#[test]
fn the_documents_of_an_organization() {
    let mut file = organization();
    let inline = guard(PolicyKind::Scp, "192.0.2.0/24");
    file["organization"]["roots"][0]["scp"] = json!(["p-FullAWSAccess", inline, {"name": "x", "document": inline.to_string()}, "scp.json"]);
    let (format, held) = documents(&file.to_string()).expect("it is read");
    assert_eq!(format, Format::Organization);
    let found: Vec<(&str, Option<PolicyKind>)> = held
        .iter()
        .map(|held| (held.address.as_str(), held.kind))
        .collect();
    assert_eq!(
        found,
        [
            ("organization.roots[0].scp[1]", Some(PolicyKind::Scp)),
            (
                "organization.roots[0].scp[2].document",
                Some(PolicyKind::Scp)
            ),
            (
                "organization.policies[0].Policy.Content",
                Some(PolicyKind::Scp)
            ),
            (
                "organization.policies[1].Policy.Content",
                Some(PolicyKind::Rcp)
            ),
        ]
    );
    assert!(held[2].live && !held[0].live);
}

/// A directory that is removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ipcond-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn write(&self, name: &str, value: &Value) {
        std::fs::write(self.0.join(name), value.to_string()).expect("a file");
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcond"));
    command.args(arguments).args(["-f", "json", "--no-config"]);
    command.current_dir(directory).output().expect("it runs")
}

fn answer(directory: &Path, arguments: &[&str]) -> Value {
    let output = run(directory, arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// A request of a role of an account on a bucket of an account, from an address.
fn eval(directory: &Path, files: &[&str], caller: &str, owner: &str, ip: &str) -> Value {
    let principal = format!("arn:aws:iam::{caller}:role/ci");
    let mut arguments = vec![
        "eval",
        "--identity",
        "allow.json",
        "--resource-policy",
        "open.json",
        "--principal",
        &principal,
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::reports/a",
        "--resource-account",
        owner,
        "--ip",
        ip,
        "--account",
    ];
    arguments.extend(files);
    answer(directory, &arguments)
}

fn with_policies(name: &str) -> Directory {
    let directory = Directory::new(name);
    let mut allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    directory.write("allow.json", &allow);
    allow["Statement"][0]["Principal"] = json!("*");
    directory.write("open.json", &allow);
    directory.write("org.json", &organization());
    directory.write(
        "scp2.json",
        &described(
            SECOND,
            PolicyKind::Scp,
            &guard(PolicyKind::Scp, "203.0.113.0/25"),
        ),
    );
    directory
}

/// The files, the accounts of the caller and of the resource, the address; the decision, that of the SCPs, that of the RCPs.
const ROWS: &str = "
    both  prod   prod   203.0.113.9    allowed       allowed       allowed
    both  prod   prod   203.0.113.200  explicitDeny  explicitDeny  allowed
    both  prod   prod   198.51.100.1   explicitDeny  explicitDeny  explicitDeny
    both  test   test   203.0.113.200  allowed       allowed       allowed
    both  test   test   198.51.100.1   explicitDeny  allowed       explicitDeny
    both  test   first  198.51.100.1   allowed       allowed       -
    both  first  test   198.51.100.1   explicitDeny  -             explicitDeny
    both  first  first  198.51.100.1   allowed       -             -
    tree  prod   prod   203.0.113.9    depends       depends       allowed
    tree  prod   prod   198.51.100.1   explicitDeny  explicitDeny  explicitDeny
    both  other  test   203.0.113.9    depends       depends       allowed
    both  test   other  203.0.113.9    depends       allowed       depends";

/// The SCPs are those of the caller's account and the RCPs those of the resource's (EVAL-7, EVAL-9), and neither bind the
/// management account (EVAL-8, EVAL-9).
#[test]
fn each_layer_is_of_its_account() {
    let directory = with_policies("layers");
    let both = ["org.json", "scp2.json"];
    for row in ROWS.lines().skip(1) {
        let row: Vec<&str> = row.split_whitespace().collect();
        let [files, caller, owner, ip, decision, scp, rcp] = row[..] else {
            panic!("seven columns: {row:?}");
        };
        let files = if files == "both" {
            &both[..]
        } else {
            &both[..1]
        };
        let id = |name| match name {
            "prod" => PROD,
            "test" => TEST,
            "first" => MANAGEMENT,
            _ => "123456789012",
        };
        let (caller, owner) = (id(caller), id(owner));
        let [scp, rcp] = [scp, rcp].map(|layer| Some(layer).filter(|layer| *layer != "-"));
        let answer = eval(&directory.0, files, caller, owner, ip);
        let row = format!("{caller} on {owner} from {ip}: {answer}");
        assert_eq!(answer["decision"], decision, "{row}");
        assert_eq!(answer["layers"]["scp"].as_str(), scp, "{row}");
        assert_eq!(answer["layers"]["rcp"].as_str(), rcp, "{row}");
    }
    let depends = eval(&directory.0, &["org.json"], PROD, PROD, "203.0.113.9");
    assert_eq!(
        depends["depends_on"],
        json!([format!("the service control policy {SECOND}")])
    );
}

/// The places of a deciding statement are those in the text that the file holds.
#[test]
fn the_place_of_an_scp() {
    let directory = with_policies("places");
    let answer = eval(
        &directory.0,
        &["org.json", "scp2.json"],
        PROD,
        PROD,
        "203.0.113.200",
    );
    let by = &answer["decided_by"][0];
    assert_eq!(by["policy_type"], "scp");
    assert_eq!(by["policy"], "scp2.json#Policy.Content");
    let text = guard(PolicyKind::Scp, "203.0.113.0/25").to_string();
    assert_eq!(
        by["start"]["offset"],
        text.find("{\"Action")
            .or(text.find("{\"Condition"))
            .expect("the statement")
    );
}

/// Without a resource the accounts of all that policies name count: their RCPs are not the same here.
#[test]
fn groups_of_several_accounts_do_not_share_rcps() {
    let directory = with_policies("groups");
    let queue = |account: &str| format!("arn:aws:sqs:eu-west-1:{account}:q");
    for (other, certain) in [(TEST, true), ("123456789012", false)] {
        let statement = json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": [queue(PROD), queue(other)]});
        directory.write(
            "queues.json",
            &json!({"Version": "2012-10-17", "Statement": [statement]}),
        );
        let principal = format!("arn:aws:iam::{PROD}:role/ci");
        let arguments = [
            "ips",
            "queues.json",
            "--principal",
            &principal,
            "--action",
            "sqs:SendMessage",
            "--account",
            "org.json",
            "scp2.json",
        ];
        let answer = answer(&directory.0, &arguments);
        let of_own = answer["answers"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|answer| answer["resource"] == queue(PROD))
            .expect("its own");
        assert_eq!(of_own["allowed"]["v4"] != json!([]), certain, "{answer}");
    }
}

/// Names do not tell policies apart: people choose them.
#[test]
fn rcps_of_one_name_are_not_the_same() {
    let directory = with_policies("names");
    let queue = |account: &str| format!("arn:aws:sqs:eu-west-1:{account}:q");
    let named = |block| json!([{"name": "perimeter", "document": guard(PolicyKind::Rcp, block)}]);
    for (other, certain) in [("203.0.113.0/24", true), ("198.51.100.0/24", false)] {
        let account = |id, block| json!({"id": id, "scp": FULL, "rcp": named(block)});
        let accounts = json!([account(PROD, "203.0.113.0/24"), account(TEST, other)]);
        let root = json!({"id": "r-ab12", "scp": FULL, "rcp": FULL_RCP, "accounts": accounts});
        directory.write(
            "names.json",
            &json!({"organization": {"management_account": MANAGEMENT, "roots": [root]}}),
        );
        let principal = format!("arn:aws:iam::{PROD}:role/ci");
        let mut arguments = vec!["eval", "--identity", "allow.json", "--resource-policy"];
        arguments.extend([
            "open.json",
            "--principal",
            &principal,
            "--ip",
            "203.0.113.9",
        ]);
        arguments.extend(["--action", "sqs:SendMessage", "--account", "names.json"]);
        let (own, others) = (queue(PROD), queue(TEST));
        arguments.extend(["--resource", &own, "--resource", &others]);
        let output = run(&directory.0, &arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            output.status.code(),
            Some(if certain { 0 } else { 3 }),
            "{text}"
        );
    }
}

/// A session has the SCPs of its role's account, and the call those RCPs (ROLE-8).
#[test]
fn a_journey_has_the_policies_of_each_account() {
    let directory = with_policies("journey");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]});
    directory.write("trust.json", &trust);
    // What binds the caller's own resources binds neither the role nor what its session calls.
    let mut organization = organization();
    organization["organization"]["roots"][0]["children"][0]["accounts"]["Accounts"][0]["rcp"] =
        attached(&["p-RCPFullAWSAccess", "p-rcp00000009"]);
    directory.write("org.json", &organization);
    let nobody = guard(PolicyKind::Rcp, "192.0.2.0/32");
    directory.write(
        "rcp9.json",
        &described("p-rcp00000009", PolicyKind::Rcp, &nobody),
    );
    let (caller, role) = (
        format!("arn:aws:iam::{TEST}:user/ann"),
        format!("arn:aws:iam::{PROD}:role/ci"),
    );
    for (ip, first, second) in [
        ("203.0.113.9", "allowed", "allowed"),
        // The SCPs of the role's account do not bind who assumes it.
        ("203.0.113.200", "allowed", "explicitDeny"),
        ("198.51.100.1", "explicitDeny", ""),
    ] {
        let arguments = [
            "assume",
            "--caller",
            &caller,
            "--role",
            &role,
            "--trust",
            "trust.json",
            "--caller-policy",
            "allow.json",
            "--role-policy",
            "allow.json",
            "--ip",
            ip,
            "--then",
            "s3:GetObject@arn:aws:s3:::reports/a",
            "--account",
            "org.json",
            "scp2.json",
            "rcp9.json",
        ];
        let answer = answer(&directory.0, &arguments);
        assert_eq!(answer["steps"][0]["decision"], first, "{answer}");
        assert_eq!(
            answer["steps"][1]["decision"].as_str().unwrap_or_default(),
            second,
            "{answer}"
        );
    }
}

/// A tree says what is attached: that `FullAWSAccess` is not, and so nobody may do anything, is no slip (EVAL-7). By flags a
/// level of only Denies is taken to have it.
#[test]
fn what_is_detached_is_lost() {
    let directory = with_policies("detached");
    let mut new = organization();
    new["organization"]["roots"][0]["scp"] = attached(&["p-scp00000001"]);
    directory.write("new.json", &new);
    let principal = format!("arn:aws:iam::{TEST}:role/ci");
    let asked = [
        "--identity",
        "allow.json",
        "--principal",
        &principal,
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::reports/a",
        "--ip",
        "203.0.113.9",
    ];
    let mut arguments = vec!["diff", "org.json", "new.json"];
    arguments.extend(&asked[..8]);
    let lost = &answer(&directory.0, &arguments)["groups"][0]["lost"]["v4"];
    assert_eq!(*lost, json!(["203.0.112.0/20"]));
    let mut arguments = vec!["eval", "--account", "new.json"];
    arguments.extend(asked);
    assert_eq!(answer(&directory.0, &arguments)["decision"], "implicitDeny");
}

/// What an account has of a caller is all: that nothing of it allows anything is no slip either.
#[test]
fn a_role_of_only_denies_may_do_nothing() {
    let directory = with_policies("denies");
    let arn = format!("arn:aws:iam::{TEST}:role/ci");
    let details = |block: &str| {
        let list = json!([{"PolicyName": "p", "PolicyDocument": guard(PolicyKind::Scp, block)}]);
        json!({"RoleDetailList": [{"Arn": arn, "RolePolicyList": list}]})
    };
    let items = |block: &str| {
        let text = guard(PolicyKind::Scp, block).to_string();
        let list = json!([{"policyName": "p", "policyDocument": text}, {"policyName": "q", "policyDocument": text}]);
        let configuration = json!({"rolePolicyList": list, "attachedManagedPolicies": [], "permissionsBoundary": null});
        json!([{"resourceType": "AWS::IAM::Role", "arn": arn, "configuration": configuration}])
    };
    let blocks = ["203.0.113.0/24", "203.0.113.0/25"];
    for [old, new] in [blocks.map(details), blocks.map(items)] {
        directory.write("old-role.json", &old);
        directory.write("new-role.json", &new);
        let arguments = [
            "diff",
            "old-role.json",
            "new-role.json",
            "--principal",
            "role/ci",
            "--action",
            "s3:GetObject",
            "--resource",
            "arn:aws:s3:::reports/a",
        ];
        let answer = answer(&directory.0, &arguments);
        assert_eq!(answer["changed"], false, "{answer}");
        let assumes = answer["assumptions"].to_string();
        assert!(assumes.contains("EVAL-35"), "it was asked: {answer}");
    }
}

/// What a scenario says of a layer is meant as it is, and so is what flags say.
#[test]
fn what_is_said_goes_over_the_organization() {
    let directory = with_policies("said");
    let document = |kind, block: &str| json!({"document": guard(kind, block)});
    let scenario = json!({"action": "s3:GetObject", "resource": "arn:aws:s3:::reports/a", "principal": format!("arn:aws:iam::{TEST}:role/ci"),
        "policies": {"identity": "allow.json", "scp": ["allow.json", document(PolicyKind::Scp, "192.0.2.0/24")], "rcp": []}});
    directory.write("scenario.json", &scenario);
    let ask = |ip: &str, more: &[&str]| {
        let mut arguments = vec![
            "eval",
            "--scenario",
            "scenario.json",
            "--ip",
            ip,
            "--account",
            "org.json",
        ];
        arguments.extend(more);
        answer(&directory.0, &arguments)["layers"].take()
    };
    // By the tree the SCPs allow everything, and the RCPs 203.0.112.0/20; the scenario says nothing of RCPs.
    let layers = ask("203.0.113.9", &[]);
    assert_eq!(
        (&layers["scp"], &layers["rcp"]),
        (&json!("explicitDeny"), &json!("allowed"))
    );
    let layers = ask("192.0.2.9", &[]);
    assert_eq!(
        (&layers["scp"], &layers["rcp"]),
        (&json!("allowed"), &json!("explicitDeny"))
    );
    let layers = ask("203.0.113.9", &["--scp", "allow.json"]);
    assert_eq!(layers["scp"], "allowed");
}

/// Requests of test files are filled in alike.
#[test]
fn a_scenario_is_filled_in() {
    let account = read(&[organization()]).expect("it is read");
    let principal = format!("arn:aws:iam::{TEST}:role/ci");
    let mut scenario = Scenario {
        principal: Some(Caller::parse(&principal).expect("a role")),
        action: Some("sqs:SendMessage".parse().expect("an action")),
        resource: format!("arn:aws:sqs:eu-west-1:{PROD}:q").parse().ok(),
        ..Scenario::default()
    };
    account.fill(&mut scenario, false).expect("it is read");
    let levels = |levels: Option<&Levels>| levels.map(Vec::len);
    assert_eq!(levels(scenario.policies.scp.as_ref()), Some(3));
    assert_eq!(levels(scenario.policies.rcp.as_ref()), Some(4));
    assert_eq!(scenario.management_account, MANAGEMENT.parse().ok());
}

/// Who is not named is of the account of the resource, and its SCPs bind them; if nobody says whose it is, nobody knows
/// which SCPs do.
#[test]
fn a_caller_without_a_name_has_the_scps_of_the_resource() {
    let account = read(&[organization()]).expect("it is read");
    let filled = |resource: &str| {
        let mut scenario = Scenario {
            action: Some("sqs:SendMessage".parse().expect("an action")),
            resource: resource.parse().ok(),
            ..Scenario::default()
        };
        account.fill(&mut scenario, false).expect("it is read");
        scenario.policies.scp
    };
    let known = filled(&format!("arn:aws:sqs:eu-west-1:{PROD}:q"));
    let (expected, _) = levels(&[organization()], PROD, PolicyKind::Scp).expect("it is read");
    assert_eq!(names(known.as_ref()), names(expected.as_ref()));
    assert_eq!(
        unknown(filled("arn:aws:s3:::reports/a").as_ref()),
        [(0, "the set of SCPs of the caller's account".to_owned())]
    );
}

/// Each event of a replay has a caller of its own, and which SCPs hold for it is not looked up.
#[test]
fn replay_refuses_an_organization() {
    let directory = with_policies("replay");
    let trail = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cmd/files/trail");
    let output = run(&directory.0, &["replay", trail, "--account", "org.json"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("replay takes no organization"), "{text}");
}

/// Paths in the file are relative to it.
#[test]
fn policies_may_be_paths() {
    let directory = with_policies("paths");
    std::fs::create_dir_all(directory.0.join("org/scps")).expect("a directory");
    directory.write(
        "org/scps/office.json",
        &guard(PolicyKind::Scp, "192.0.2.0/24"),
    );
    let file = json!({"organization": {"management_account": MANAGEMENT, "roots": [{"id": "r-ab12", "rcp": [],
        "scp": ["p-FullAWSAccess", "scps/office.json"], "accounts": [{"id": PROD, "scp": "p-FullAWSAccess", "rcp": []}]}]}});
    directory.write("org/tree.json", &file);
    for (ip, decision) in [("192.0.2.9", "allowed"), ("203.0.113.9", "explicitDeny")] {
        let answer = eval(&directory.0, &["org/tree.json"], PROD, PROD, ip);
        assert_eq!(answer["decision"], decision, "{answer}");
    }
}

/// The names of the SCPs and of the RCPs at a level.
type Names = [Vec<String>; 2];

/// Numbers that are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Twenty policies of each type; the first of the SCPs allows everything.
    fn policies(&mut self, directory: &Directory) -> Vec<Value> {
        let mut policies = Vec::new();
        for (kind, prefix) in [(PolicyKind::Scp, "scp"), (PolicyKind::Rcp, "rcp")] {
            for index in 0..20 {
                let block = format!("203.0.113.{}/26", self.below(4) * 64);
                let mut document = guard(kind, &block);
                if self.below(3) == 0 {
                    document["Statement"][0]["Action"] = json!("s3:*");
                }
                if kind == PolicyKind::Scp && (index == 0 || self.below(4) == 0) {
                    let some = ["s3:*", "sqs:*"][usize::from(self.below(3) == 0)];
                    let action = if index == 0 { "*" } else { some };
                    document["Statement"] =
                        json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]);
                }
                directory.write(&format!("{prefix}{index}.json"), &document);
                policies.push(described(&format!("p-{prefix}{index}"), kind, &document));
            }
        }
        policies
    }

    fn level(&mut self) -> Names {
        ["scp", "rcp"].map(|prefix| {
            let count = self.below(3);
            let more: Vec<u64> = (0..count).map(|_| 1 + self.below(40)).collect();
            let first = (prefix == "scp").then_some(0);
            let all = first
                .into_iter()
                .chain(more.into_iter().filter(|index| *index < 20));
            all.map(|index| format!("{prefix}{index}")).collect()
        })
    }

    /// A chain of six units, the first of which is the root, each with 34 accounts; and the levels of each account.
    fn tree(&mut self) -> (Value, Vec<(String, Vec<Names>)>) {
        let ids = |names: &[String]| -> Value {
            let ids = names.iter().map(|name| json!(format!("p-{name}")));
            ids.collect()
        };
        let (mut path, mut accounts, mut units) = (Vec::new(), Vec::new(), Vec::new());
        for depth in 0..6 {
            let own = self.level();
            path.push(own.clone());
            let mut list = Vec::new();
            for index in 0..34 {
                let id = format!("{}", 100_000_000_000_u64 + depth * 100 + index);
                let own = self.level();
                list.push(json!({"id": id, "scp": ids(&own[0]), "rcp": ids(&own[1])}));
                let mut levels = path.clone();
                levels.push(own);
                accounts.push((id, levels));
            }
            units.push(json!({"id": format!("ou-{depth}"), "scp": ids(&own[0]), "rcp": ids(&own[1]), "accounts": list}));
        }
        let root = units.into_iter().rev().reduce(|below, mut unit| {
            unit["children"] = json!([below]);
            unit
        });
        (json!([root]), accounts)
    }
}

/// The flags that say what levels say.
fn flags(levels: &[Names]) -> Vec<String> {
    let mut flags = Vec::new();
    for (layer, flag) in ["--scp", "--rcp"].into_iter().enumerate() {
        let levels = levels.iter().enumerate();
        let files: Vec<String> = levels
            .flat_map(|(level, own)| own[layer].iter().map(move |name| (level, name)))
            .map(|(level, name)| match flag {
                "--scp" => format!("{level}={name}.json"),
                // A level without RCPs has the one that is implied, and levels of flags have no gaps.
                _ => format!("{name}.json"),
            })
            .collect();
        if !files.is_empty() {
            flags.push(flag.to_owned());
            flags.extend(files);
        }
    }
    flags
}

/// Two hundred accounts: what the tree says is what flags say, document by document.
#[test]
fn a_tree_says_what_its_documents_say() {
    let directory = with_policies("tree");
    let mut numbers = Numbers(7);
    let policies = numbers.policies(&directory);
    let (roots, accounts) = numbers.tree();
    let file = json!({"management_account": MANAGEMENT, "roots": roots, "policies": policies});
    directory.write("all.json", &json!({"organization": file}));
    let ask = |account: &str, more: &[String]| {
        let principal = format!("arn:aws:iam::{account}:role/ci");
        let mut arguments = vec![
            "ips",
            "--identity",
            "allow.json",
            "--action",
            "s3:GetObject",
        ];
        arguments.extend([
            "--resource",
            "arn:aws:s3:::reports/a",
            "--principal",
            &principal,
        ]);
        arguments.extend(["--management-account", MANAGEMENT]);
        arguments.extend(more.iter().map(String::as_str));
        let mut answer = answer(&directory.0, &arguments)["answers"][0].take();
        let members = answer.as_object_mut().expect("an answer");
        members.retain(|name, _| !["parts", "assumptions"].contains(&name.as_str()));
        answer
    };
    let account_flag = ["--account".to_owned(), "all.json".to_owned()];
    let (mut counted, mut failed) = ([0, 0], String::new());
    for (account, levels) in accounts.iter().take(200) {
        let (tree, one_by_one) = (ask(account, &account_flag), ask(account, &flags(levels)));
        if tree != one_by_one {
            let _ = writeln!(failed, "{account}\n  {tree}\n  {one_by_one}");
        }
        counted[usize::from(tree["allowed"]["v4"] != json!([]))] += 1;
    }
    assert!(failed.is_empty(), "{failed}");
    let says = counted.iter().all(|count| *count > 20);
    assert!(says, "{counted:?}: the test says little");
}

/// Strings of strings, as the CLI prints them, are as good as objects.
#[test]
fn content_is_decoded() {
    let document = guard(PolicyKind::Scp, "203.0.113.0/24").to_string();
    let mut policy = described(SECOND, PolicyKind::Scp, &Value::Null);
    policy["Policy"]["Content"] = serde_json::from_str(&quoted(&document)).expect("a string");
    let (scp, _) = levels(&[organization(), policy], PROD, PolicyKind::Scp).expect("it is read");
    assert_eq!(scp.expect("levels")[3][1].source.text(), document);
}
