//! Rows that are looked up, against rows that are evaluated one by one.

mod workloads;

use std::path::Path;

use ipcond::ask::batch::{Batch, Columns, Decider, Field, Meaning, Rows, STRIP, Verdict};
use ipcond::eval::Scenario;
use ipcond::input::{Documents, read_scenario};
use ipcond::policy::ConditionKey;
use ipcond::source::Source;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::generate::{closed_scenarios, open_scenarios};

/// What address cells hold: addresses in and beside the blocks that policies name, none, and what is no address.
const ADDRESSES: [&str; 14] = [
    "",
    "-",
    "203.0.113.9",
    "203.0.113.200",
    "198.51.100.7",
    "192.0.2.1",
    "10.0.0.1",
    "2001:db8::1",
    "2001:db8:1::1",
    "2001:db8:ffff::1",
    "::ffff:203.0.113.9",
    " 203.0.113.9 ",
    "203.0.113.9:443",
    "nonsense",
];

/// Keys that have columns of their own in half of the tables.
const KEYS: [&str; 6] = [
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:PrincipalOrgID",
    "aws:PrincipalArn",
    "aws:username",
    "aws:MultiFactorAuthPresent",
];

/// The cells of one row, by where they are taken from.
#[derive(Clone, Debug)]
struct Draw {
    address: usize,
    caller: Index,
    call: Index,
    resource: Index,
    context: Index,
    values: Vec<usize>,
    odd: u8,
}

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let draw = (
        0..ADDRESSES.len(),
        any::<Index>(),
        any::<Index>(),
        any::<Index>(),
        any::<Index>(),
        vec(0..4_usize, KEYS.len()),
        0..32_u8,
    );
    let draw = draw.prop_map(
        |(address, caller, call, resource, context, values, odd)| Draw {
            address,
            caller,
            call,
            resource,
            context,
            values,
            odd,
        },
    );
    vec(draw, 20..60)
}

fn base(scenario: &Value, defaults: bool) -> Scenario {
    let mut facts = json!({
        "policies": scenario["policies"],
        "missing": scenario["missing"],
        "defaults": defaults,
        "at": "2026-01-31T10:00:00Z",
    });
    if let Some(account) = scenario.get("management_account") {
        facts["management_account"] = account.clone();
    }
    let source = Source::new("scenario", facts.to_string());
    let node = ipcond::json::parse(&source).expect("it is JSON");
    read_scenario(&source, &node, Path::new(""), &mut Documents::default())
        .expect("it is a scenario")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The cells of a row.
fn cells(draw: &Draw, scenarios: &[Value], by_key: bool) -> Vec<String> {
    let pick = |index: &Index| &scenarios[index.index(scenarios.len())];
    let mut context = pick(&draw.context)["context"].clone();
    let mut values = Vec::new();
    if let Some(members) = context.as_object_mut().filter(|_| by_key) {
        for (key, value) in KEYS.iter().zip(&draw.values) {
            let own = members.remove(*key).map(|value| text(&value));
            values.push(match (value, *key) {
                (0, _) => String::new(),
                (1, "aws:VpcSourceIp") => "10.0.0.9".into(),
                (1, "aws:MultiFactorAuthPresent") => "true".into(),
                (1, _) => "vpce-1".into(),
                _ => own.unwrap_or_default(),
            });
        }
    }
    let mut cells = vec![
        ADDRESSES[draw.address].to_owned(),
        text(&pick(&draw.call)["action"]),
        text(&pick(&draw.resource)["resource"]),
        text(&pick(&draw.caller)["principal"]),
        text(&pick(&draw.resource)["resource_account"]),
        context.to_string(),
    ];
    match draw.odd {
        0 => cells[1].clear(),
        1 => cells[2].clear(),
        2 => cells[3].clear(),
        3 => cells[5].clear(),
        4 => cells[1] = "no action".into(),
        5 => cells[2] = "no:arn".into(),
        6 => cells[3] = "nobody".into(),
        7 => cells[5] = "{".into(),
        8 => cells[2] = "*".into(),
        9 => cells[4] = "444455556666".into(),
        _ => {}
    }
    cells.extend(values);
    cells
}

fn columns(by_key: bool) -> Columns {
    let mut meanings = vec![
        Meaning::Address,
        Meaning::Action,
        Meaning::Resource,
        Meaning::Principal,
        Meaning::ResourceAccount,
        Meaning::Context,
    ];
    if by_key {
        meanings.extend(KEYS.map(|key| Meaning::Key(ConditionKey::new(key))));
    }
    let meanings: Vec<Option<Meaning>> = meanings.into_iter().map(Some).collect();
    Columns::new(&meanings).expect("no meaning stands twice")
}

fn check(
    scenarios: &[Value],
    draws: &[Draw],
    by_key: bool,
    defaults: bool,
    joined: bool,
) -> Result<(), TestCaseError> {
    let batch = Batch::new(base(&scenarios[0], defaults), Timestamp::UNIX_EPOCH);
    let reason = |verdict: &Verdict| verdict.reason.clone();
    let mut decider = Decider::new(&batch, &reason);
    let columns = columns(by_key);
    let (mut text, mut fields, mut width) = (String::new(), Vec::new(), 0);
    // So many that it is worth while to look up several cells as one text.
    let count = if joined { STRIP } else { draws.len() };
    for draw in draws.iter().cycle().take(count) {
        let cells = cells(draw, scenarios, by_key);
        for cell in &cells {
            let start = text.len();
            text.push_str(cell);
            fields.push(Field::new(start, text.len()));
            text.push('\u{1f}');
        }
        width = cells.len();
    }
    let rows = Rows {
        text: text.as_bytes(),
        fields: &fields,
        width,
        columns: &columns,
        strip_port: false,
        joined,
    };
    let row = |at: usize| rows.row(at % draws.len());
    let evaluated: Vec<_> = (0..draws.len()).map(|at| batch.decide(&row(at))).collect();
    // Twice: a row is looked up by what was remembered of it, too.
    for _ in 0..2 {
        let mut looked_up = Vec::new();
        decider.decide(&rows, |at, decided| {
            looked_up.push((at, decided.cloned()));
        });
        prop_assert_eq!(looked_up.len(), count);
        for (place, (at, decided)) in looked_up.into_iter().enumerate() {
            prop_assert_eq!(at, place);
            match (&evaluated[at % draws.len()], decided) {
                (Ok(verdict), Ok(found)) => {
                    prop_assert_eq!(&found.verdict, verdict, "{:?}\n{:#}", row(at), scenarios[0]);
                    prop_assert_eq!(&found.made, &verdict.reason);
                }
                (Err(one), Err(other)) => prop_assert_eq!(one.to_string(), other.to_string()),
                (one, other) => prop_assert!(false, "{one:?}\n{other:?}\n{at}"),
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn rows_are_looked_up_as_they_are_evaluated(
        scenarios in vec(prop_oneof![closed_scenarios(), open_scenarios()], 2..6),
        draws in draws(),
        by_key in any::<bool>(),
        defaults in select(vec![true, true, false]),
        joined in any::<bool>(),
    ) {
        check(&scenarios, &draws, by_key, defaults, joined)?;
    }
}

/// Columns that are looked up together because few texts come back, and then are not: what was put together is taken apart.
#[test]
fn texts_may_stop_coming_back() {
    let scenario = json!({"missing": "absent", "policies": {"identity": [{"Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Team", "Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"StringLike": {"aws:PrincipalTag/team": "*3", "aws:SourceVpce": "vpce-*7"}}},
    ]}]}});
    let batch = Batch::new(base(&scenario, false), Timestamp::UNIX_EPOCH);
    let nothing = |_: &Verdict| ();
    let mut decider = Decider::new(&batch, &nothing);
    let names = ["action", "aws:PrincipalTag/team", "aws:SourceVpce"];
    let columns = Columns::new(&names.map(Meaning::of)).expect("no meaning stands twice");
    let (mut text, mut fields) = (String::new(), Vec::new());
    for row in 0..3_000 {
        let other = if row < 2 * STRIP { 0 } else { row };
        for cell in [
            "s3:GetObject".to_owned(),
            format!("team-{}", other % 51),
            format!("vpce-{other}"),
        ] {
            let start = text.len();
            text.push_str(&cell);
            fields.push(Field::new(start, text.len()));
            text.push(',');
        }
    }
    let rows = Rows {
        text: text.as_bytes(),
        fields: &fields,
        width: names.len(),
        columns: &columns,
        strip_port: false,
        joined: true,
    };
    let mut denied = 0;
    decider.decide(&rows, |at, decided| {
        let found = &decided.expect("the row can be read").verdict;
        let evaluated = batch.decide(&rows.row(at)).expect("the row can be read");
        assert_eq!(found, &evaluated, "{:?}", rows.row(at));
        denied += usize::from(found.word() == "explicitDeny");
    });
    // so many numbers from 256 on leave a rest that ends with 3 and themselves end with 7
    assert_eq!(denied, 25);
}
