//! Events of `CloudTrail`, shaped after real ones: about 1,350 bytes each, in the order of fields that AWS writes.
//!
//! The shares are those of two public sets of events (of 2,900 records, 88 % had an IPv4 address, 6 % `AWS Internal`, 4 % and
//! more the name of a service, 5 % an endpoint, 10 % an error, of which a fifth were denials and a third throttling, and
//! 1.4 % had no type of identity): invictus-ir/aws_dataset (MIT) and `DataDog` Stratus Red Team (Apache-2.0). Every value is
//! made up.

#[path = "trail/callers.rs"]
mod callers;
#[path = "trail/calls.rs"]
mod calls;
#[path = "trail/random.rs"]
mod random;

use std::fmt::Write as _;

use callers::{Caller, Origin};
use calls::{CALLS, Call, Shape};
use random::{Random, Zipf};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

/// Services that call for somebody.
const CALLERS: [&str; 4] = ["secretsmanager", "cloudformation", "autoscaling", "athena"];

/// How many principals there are.
const PEOPLE: u64 = 200;

/// What programs call themselves, as it is written in JSON.
const AGENTS: [&str; 8] = [
    "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.1.79 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#legacy",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.4 (+https://www.terraform.io) terraform-provider-aws/5.42.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.26.0 os/linux lang/go#1.21.8 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.154.0",
    "[aws-cli/2.15.30 Python/3.11.8 Linux/6.1.79-99.164.amzn2023.x86_64 exe/x86_64.amzn.2023 prompt/off command/s3.cp]",
    "aws-sdk-go/1.44.157 (go1.19.3; linux; amd64)",
    "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.4.247-169.350.x86_64 OpenJDK_64-Bit_Server_VM/25.372-b08 java/1.8.0_372 vendor/Oracle_Corporation cfg/retry-mode/standard]",
    "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
    r#"backup \"nightly\" (R\u0026D; Zürich) aws-sdk-java/2.25.11 Linux/6.1.79 OpenJDK_64-Bit_Server_VM/17.0.10+7-LTS Java/17.0.10 kotlin/1.9.22 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/standard"#,
    r"deploy\t\u003cci\u003e 東京/3.2 aws-sdk-js/3.540.0 ua/2.0 os/linux#6.1.79 lang/js md/nodejs#20.11.1 api/lambda#3.540.0",
];

/// What EC2 tells of itself.
const SERVICE_EVENT: &str = "SharedSnapshotVolumeCreated";

const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "us-west-2", "ap-northeast-1"];

/// So many events as one text, as they lie in S3 before they are compressed: one line without its end.
pub(crate) fn records(count: usize, seed: u64) -> Vec<u8> {
    let mut events = lines(count, seed);
    events.pop();
    // No event has a line feed in it.
    for byte in &mut events {
        if *byte == b'\n' {
            *byte = b',';
        }
    }
    [br#"{"Records":["#, events.as_slice(), b"]}"].concat()
}

/// So many events, each on a line of its own.
pub(crate) fn lines(count: usize, seed: u64) -> Vec<u8> {
    let mut trail = Trail::new(seed);
    let mut text = String::with_capacity(count * 1_400);
    for _ in 0..count {
        trail.event(&mut text);
        text.push('\n');
    }
    text.into_bytes()
}

struct Trail {
    random: Random,
    calls: Vec<Call>,
    by_rank: Zipf,
    people: Zipf,
    second: i64,
}

impl Trail {
    fn new(seed: u64) -> Self {
        let longest = CALLS.iter().map(|row| row.2.split(' ').count()).max();
        let nth = |at| {
            let call = move |row: &(&'static str, Shape, &'static str)| {
                let (service, shape, names) = *row;
                let name = names.split(' ').nth(at)?;
                Some(Call {
                    service,
                    shape,
                    name,
                })
            };
            CALLS.iter().filter_map(call)
        };
        let calls: Vec<Call> = (0..longest.unwrap_or(0)).flat_map(nth).collect();
        Self {
            random: Random(seed),
            by_rank: Zipf::new(calls.len() as u64),
            calls,
            people: Zipf::new(PEOPLE),
            // 2026-01-31T00:00:00Z
            second: 1_769_817_600,
        }
    }

    fn event(&mut self, text: &mut String) {
        self.second += i64::from(self.random.below(20) == 0);
        match self.random.below(1_000) {
            0..14 => self.service_event(text),
            14..26 => self.assumed_by_service(text),
            _ => self.somebodys(text),
        }
    }

    /// Something that happened, and that nobody asked for.
    fn service_event(&mut self, text: &mut String) {
        let account = self.random.pick(&ACCOUNTS);
        let caller = Caller::service(&format!(r#""accountId":"{account}""#), "ec2", account);
        let call = Call {
            service: "ec2",
            shape: Shape::Nothing,
            name: SERVICE_EVENT,
        };
        self.write(text, call, &caller, &Origin::Service("ec2"));
    }

    fn assumed_by_service(&mut self, text: &mut String) {
        let service = self.random.pick(&CALLERS);
        let account = self.random.pick(&ACCOUNTS);
        let caller = Caller::service(r#""type":"AWSService""#, service, account);
        let call = Call {
            service: "sts",
            shape: Shape::Assume,
            name: "AssumeRole",
        };
        self.write(text, call, &caller, &Origin::Service(service));
    }

    fn somebodys(&mut self, text: &mut String) {
        let call = self.calls[self.by_rank.draw(&mut self.random)];
        let person = self.people.draw(&mut self.random);
        let origin = self.origin(person);
        let account = ACCOUNTS[usize::from(person % 4 == 3)];
        let caller = Caller::new(person, account, &origin, &self.time(-600));
        self.write(text, call, &caller, &origin);
    }

    /// Everybody has a few addresses.
    fn origin(&mut self, person: usize) -> Origin {
        let place = person * 3 + usize::try_from(self.random.below(3)).unwrap_or(0);
        match self.random.below(1_000) {
            0..60 => Origin::Internal,
            60..90 => Origin::Service(self.random.pick(&CALLERS)),
            90..145 => Origin::Endpoint(self.private(), true),
            145..150 => Origin::Endpoint(self.private(), false),
            150..160 => Origin::Internet(format!("2001:db8:{place:x}::{:x}", person + 1)),
            _ if place.is_multiple_of(2) => Origin::Internet(format!("198.51.100.{}", place % 256)),
            _ => Origin::Internet(format!("203.0.113.{}", place % 256)),
        }
    }

    fn private(&mut self) -> String {
        let host = self.random.below(1 << 12);
        format!("10.{}.{}.{}", host % 4, host / 4 % 16, host / 64)
    }

    fn time(&self, later: i64) -> String {
        jiff::Timestamp::from_second(self.second + later)
            .expect("the years are few")
            .to_string()
    }

    fn write(&mut self, text: &mut String, call: Call, caller: &Caller, origin: &Origin) {
        let Call { service, name, .. } = call;
        let version = self
            .random
            .pick(&["1.08", "1.08", "1.08", "1.08", "1.09", "1.10"]);
        let region = self.random.pick(&REGIONS);
        let (address, agent) = match origin {
            Origin::Endpoint(ip, _) | Origin::Internet(ip) => {
                (ip.clone(), self.random.pick(&AGENTS).to_owned())
            }
            Origin::Internal => ("AWS Internal".into(), "AWS Internal".into()),
            Origin::Service(service) => {
                let name = format!("{service}.amazonaws.com");
                (name.clone(), name)
            }
        };
        let error = call.error(&mut self.random, caller);
        let parameters = call.parameters(&mut self.random, caller, region);
        let response = if error.is_empty() {
            call.response(&mut self.random, caller)
        } else {
            "null".into()
        };
        let (identity, time) = (&caller.identity, self.time(0));
        let written = write!(
            text,
            r#"{{"eventVersion":"{version}","userIdentity":{identity},"eventTime":"{time}","eventSource":"{service}.amazonaws.com","eventName":"{name}","awsRegion":"{region}","sourceIPAddress":"{address}","userAgent":"{agent}"{error},"requestParameters":{parameters},"responseElements":{response}"#
        );
        written.expect("a string takes everything");
        text.push_str(&self.identifiers(call));
        text.push_str(&self.kind(call, caller, region));
        text.push_str(&self.connection(call, caller, origin, region));
        text.push('}');
    }

    fn identifiers(&mut self, call: Call) -> String {
        let additional = match call.shape {
            Shape::Bucket | Shape::Object => format!(
                r#","additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{}=","bytesTransferredOut":{}}}"#,
                self.random.noise(75),
                self.random.below(1 << 20)
            ),
            _ => String::new(),
        };
        let request = match call.name {
            SERVICE_EVENT => String::new(),
            _ => format!(r#","requestID":"{}""#, self.random.uuid()),
        };
        let event = self.random.uuid();
        format!(r#"{additional}{request},"eventID":"{event}""#)
    }

    fn kind(&mut self, call: Call, caller: &Caller, region: &str) -> String {
        let reads = call.only_reads();
        let resources = call
            .resource(&mut self.random, caller.account, region)
            .map(|resource| format!(r#","resources":[{resource}]"#))
            .unwrap_or_default();
        let kind = match (call.shape, call.name) {
            (Shape::Login, _) => "AwsConsoleSignIn",
            (_, SERVICE_EVENT) => "AwsServiceEvent",
            _ => "AwsApiCall",
        };
        let (management, account) = (!call.is_data(), caller.account);
        format!(
            r#","readOnly":{reads}{resources},"eventType":"{kind}","managementEvent":{management},"recipientAccountId":"{account}""#
        )
    }

    fn connection(&mut self, call: Call, caller: &Caller, origin: &Origin, region: &str) -> String {
        let endpoint = match origin {
            Origin::Endpoint(_, true) => format!(
                r#","vpcEndpointId":"vpce-{:017x}","vpcEndpointAccountId":"{}""#,
                self.random.below(12),
                caller.account
            ),
            _ => String::new(),
        };
        let category = if call.is_data() { "Data" } else { "Management" };
        let tls = match origin {
            Origin::Internal | Origin::Service(_) => String::new(),
            Origin::Endpoint(..) | Origin::Internet(_) => format!(
                r#","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{}.{region}.amazonaws.com"}}"#,
                call.service
            ),
        };
        let console = match self.random.below(100) {
            0 if !tls.is_empty() => r#","sessionCredentialFromConsole":"true""#,
            _ => "",
        };
        format!(r#"{endpoint},"eventCategory":"{category}"{tls}{console}"#)
    }
}
