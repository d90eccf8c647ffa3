//! Events of `CloudTrail`, whatever holds them.

use std::io::{self, Read};
use std::path::Path;
use std::sync::OnceLock;

use ipcond::input::{Documents, read_scenario};
use ipcond::internal::Trial;
use ipcond::json;
use ipcond::source::Source;

const SCENARIO: &str = r#"{"policies": {
"identity": {"Version": "2012-10-17", "Statement": [
  {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Sid": "Outside", "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
   "Condition": {"NotIpAddress": {"aws:SourceIp": ["198.51.100.0/26", "2001:db8::/34"]}}},
  {"Sid": "Reports", "Effect": "Deny", "Action": "s3:*", "NotResource": ["arn:aws:s3:::reports", "arn:aws:s3:::${aws:username}/*"]},
  {"Sid": "Mfa", "Effect": "Deny", "Action": ["iam:*", "ec2:*"], "Resource": "*",
   "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]},
"scp": [[{"Version": "2012-10-17", "Statement": [
  {"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Sid": "Region", "Effect": "Deny", "Action": "ec2:*", "Resource": "*",
   "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}}]}]]}}"#;

static TRIAL: OnceLock<Trial> = OnceLock::new();

/// The records and rulings are the same however the stream comes in; what is remembered of events changes no ruling; and
/// where another reader takes the text for a list of records, each of them comes out once.
pub fn check(bytes: &[u8]) {
    let trial = TRIAL.get_or_init(trial);
    let read = |step, remembers| trial.judged(Slow(bytes, step), remembers);
    let whole = read(usize::MAX, true);
    assert_eq!(whole, read(7, true));
    assert_eq!(whole, read(usize::MAX, false));
    let list: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
    let records = list
        .as_ref()
        .and_then(|list| list.as_object())
        .filter(|list| list.len() == 1);
    let records = records
        .and_then(|list| list.get("Records"))
        .and_then(|records| records.as_array());
    if let Some(records) = records {
        assert_eq!(whole.len(), records.len(), "{whole:#?}");
    }
}

fn trial() -> Trial {
    let source = Source::new("s.json", SCENARIO);
    let node = json::parse(&source).expect("it is JSON");
    let scenario = read_scenario(&source, &node, Path::new(""), &mut Documents::default());
    Trial::new(&scenario.expect("it is a scenario")).expect("the policies bind every event")
}

struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}
