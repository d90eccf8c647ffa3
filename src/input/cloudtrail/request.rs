//! An event as a request: who called what, on what, from where, and what became of it (CT-2 to CT-13).

use jiff::Timestamp;

use super::caller::Who;
use super::event::{Parameter, Record, Text};
use super::facts::{self, Fact, Said};
use super::origin::{Hidden, Origin};
use super::target::{self, Target};
use crate::error::Result;
use crate::eval::{ContextValue, ResourceText, Scenario, SourceIp, Way, network_keys};
use crate::net::Address;
use crate::policy::{Action, ConditionKey};

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was refused for want of permission (CT-6).
    Denied,
    /// It failed for another reason, and whether it was permitted is not said.
    Failed,
    /// It was done.
    Happened,
}

impl Outcome {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::Happened => "happened",
        }
    }
}

/// Why a record is no access decision of the policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Skip<'a> {
    /// An anomaly that `CloudTrail` found among events.
    Insight,
    /// The record does not say what was called, or when.
    NoEvent(&'static str),
    /// Something that a service did on its own, or a step in the console.
    NotACall(&'a str),
    /// The caller is of a kind that no policy can name.
    Unplaced(&'a str),
}

/// An event that may be an access decision.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    record: &'a Record<'a>,
    pub(crate) who: Who<'a>,
    pub(crate) origin: Origin<'a>,
    pub(crate) outcome: Outcome,
    pub(crate) time: Timestamp,
    /// `eventSource`
    pub(crate) source: &'a str,
    /// `eventName`
    pub(crate) name: &'a str,
}

impl<'a> Event<'a> {
    /// The event of a record; `own` lists the VPC endpoints of the account.
    pub(crate) fn read(record: &'a Record<'a>, own: &[String]) -> Result<Self, Skip<'a>> {
        let text = |text: &'a Option<Text<'_>>| text.as_ref().map_or("", |text| &*text.0);
        let sort = text(&record.event_type);
        if text(&record.event_category) == "Insight" || sort == "AwsCloudTrailInsight" {
            return Err(Skip::Insight);
        }
        let (source, name) = (text(&record.event_source), text(&record.event_name));
        if source.is_empty() || name.is_empty() {
            return Err(Skip::NoEvent(
                "it has no `eventSource` and `eventName`: it is no event",
            ));
        }
        let Some(time) = record.time() else {
            return Err(Skip::NoEvent("`eventTime` is no time"));
        };
        if ![
            "",
            "AwsApiCall",
            "AwsConsoleAction",
            "AwsVpceEvents",
            "AwsVpceEvent",
        ]
        .contains(&sort)
        {
            return Err(Skip::NotACall(sort));
        }
        Ok(Self {
            record,
            who: Who::of(record).map_err(Skip::Unplaced)?,
            origin: Origin::of(record, own),
            outcome: outcome(text(&record.error_code), text(&record.error_message)),
            time,
            source,
            name,
        })
    }

    /// `eventID`
    pub(crate) fn id(&self) -> &'a str {
        self.record.id.as_ref().map_or("", |id| &*id.0)
    }

    /// Whether the call names a version of an object.
    pub(crate) fn names_version(&self) -> bool {
        let version = self.record.request_parameters.text(Parameter::Version);
        version.is_some_and(|version| !version.is_empty())
    }

    /// What a call needs `action` on.
    pub(crate) fn target(&self, action: &Action) -> Target<'a> {
        Target::of(self.record, action)
    }

    /// What is known of a condition key.
    pub(crate) fn fact(&self, fact: Fact, action: &Action) -> Said<'a> {
        fact.of(self.record, action)
    }

    /// The owner of the resource, where its ARN does not say. An account that only the caller's side of a call is
    /// recorded of is the account that the call was made on (CT-7).
    pub(crate) fn owner(&self, target: &Target<'a>) -> Option<&'a str> {
        match target {
            Target::Arn {
                owner: Some(owner), ..
            } => Some(owner),
            Target::Arn { arn, .. } if has_account(arn) => None,
            _ if self.who.sort() == "AWSAccount" => {
                let account = self.record.recipient_account_id.as_ref();
                let account = account.map(|account| &*account.0);
                account.filter(|account| target::is_account(account))
            }
            _ => None,
        }
    }

    /// What is known of the way of the call, but for addresses, which are not among it.
    pub(crate) fn way_key(&self, key: &mut Vec<u8>) {
        match self.origin {
            Origin::Internet(_) => key.push(0),
            Origin::Endpoint { id, .. } => {
                key.push(1);
                facts::write(key, id);
            }
            Origin::Hidden(Hidden::Service(name)) if self.who.is_user() => {
                key.push(2);
                facts::write(key, Some(name));
            }
            Origin::Hidden(Hidden::Service(_)) if self.is_by_own_role() => key.push(3),
            Origin::Hidden(_) => key.push(4),
        }
    }

    fn is_by_own_role(&self) -> bool {
        !self.who.is_service() && self.who.is_service_linked()
    }

    /// The request for one of the actions, put over what holds for every event.
    ///
    /// # Errors
    /// If the event contradicts itself.
    pub(crate) fn scenario(
        &self,
        base: &Scenario,
        action: &Action,
        target: &Target<'_>,
        owner: Option<&str>,
    ) -> Result<Scenario> {
        let mut scenario = base.clone();
        scenario.principal = Some(self.who.caller()?);
        scenario.action = Some(action.clone());
        scenario.resource = Some(match target {
            Target::All => ResourceText::All,
            Target::Arn { arn, .. } => {
                target::read(arn).map_or(ResourceText::Unknown, ResourceText::Arn)
            }
            Target::Unknown => ResourceText::Unknown,
        });
        if let Some(owner) = owner {
            scenario.resource_account = Some(owner.parse()?);
        }
        scenario.at = Some(self.time);
        self.take_way(&mut scenario);
        for fact in Fact::ALL {
            let name = fact.key();
            match self.fact(fact, action) {
                Said::Value(text) => give(&mut scenario, name, Some(text.into_owned())),
                Said::Absent => give(&mut scenario, name, None),
                Said::Unknown => leave_open(&mut scenario, name),
            }
        }
        Ok(scenario)
    }

    fn take_way(&self, scenario: &mut Scenario) {
        scenario.ip = None;
        match self.origin {
            Origin::Internet(ip) => {
                scenario.ip = Some(SourceIp::From(Address::new(ip)));
                scenario.via = Some(Way::Internet);
            }
            Origin::Endpoint { id, address } => {
                scenario.via = Some(Way::Vpce {
                    endpoint: id.map(str::to_owned),
                    vpc: None,
                    address: address.map(Address::new),
                });
            }
            Origin::Hidden(Hidden::Service(name)) if self.who.is_user() => {
                scenario.via = Some(Way::Service(name.to_owned()));
            }
            Origin::Hidden(Hidden::Service(_)) if self.is_by_own_role() => {
                scenario.via = Some(Way::ServiceRole);
            }
            // A role's session that a service uses is its own or the caller's, and which is not recorded (CT-5).
            Origin::Hidden(_) => {
                scenario.via = None;
                let key = "aws:PrincipalIsAWSService";
                let by_service = self.who.is_service();
                give(scenario, key, Some(by_service.to_string()));
                network_keys().for_each(|key| leave_open(scenario, key));
            }
        }
    }
}

fn has_account(arn: &str) -> bool {
    target::read(arn).is_some_and(|arn| arn.account().is_some())
}

/// Gives a key a value, or says that it is absent, unless the caller of the program says something of it.
fn give(scenario: &mut Scenario, name: &str, text: Option<String>) {
    let key = ConditionKey::new(name);
    if !scenario.context.iter().any(|(other, _)| *other == key) {
        scenario.context.push((key, text.map(ContextValue::One)));
    }
}

fn leave_open(scenario: &mut Scenario, name: &'static str) {
    if !scenario.context.iter().any(|(other, _)| other.is(name)) {
        scenario.open.push(name);
    }
}

/// CT-6; EC2 says whose fault it was before the name: `Client.`, `Server.`.
fn outcome(error: &str, message: &str) -> Outcome {
    let bare = error.rsplit('.').next().unwrap_or(error);
    let denials = [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
        "VpceAccessDenied",
    ];
    if error.is_empty() && message.is_empty() {
        Outcome::Happened
    } else if denials.contains(&bare) || bare.starts_with("NotAuthorized") {
        Outcome::Denied
    } else {
        Outcome::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request in a line: caller, resource, way, address, what is given (`key=value`), absent (`!key`) and open (`?key`).
    fn shown(text: &str, action: &str, own: &[&str]) -> String {
        let record: Record<'_> = serde_json::from_str(text).expect("a record");
        let own: Vec<String> = own.iter().map(|id| (*id).to_owned()).collect();
        let event = match Event::read(&record, &own) {
            Ok(event) => event,
            Err(skip) => return format!("{skip:?}"),
        };
        let action: Action = action.parse().expect("an action");
        let target = event.target(&action);
        let owner = event.owner(&target);
        let scenario = event.scenario(&Scenario::default(), &action, &target, owner);
        let scenario = match scenario {
            Ok(scenario) => scenario,
            Err(error) => return error.message().to_owned(),
        };
        let caller = scenario.principal.map(|caller| caller.title());
        let mut parts = vec![
            caller.unwrap_or_default(),
            format!("on {}", target.as_str()),
        ];
        parts.extend(scenario.resource_account.map(|owner| format!("of {owner}")));
        parts.extend(scenario.via.map(|way| way.to_string()));
        if let Some(SourceIp::From(address)) = scenario.ip {
            parts.push(address.to_string());
        }
        for (key, value) in &scenario.context {
            parts.push(match value {
                Some(value) => format!("{}={}", key.as_str(), value.values().join(",")),
                None => format!("!{}", key.as_str()),
            });
        }
        if scenario.open.contains(&"aws:SourceIp") {
            parts.push("?network".into());
        }
        let network: Vec<&str> = network_keys().collect();
        let mut open: Vec<&str> = scenario.open.clone();
        open.retain(|key| !network.contains(key));
        parts.extend(open.iter().map(|key| format!("?{key}")));
        parts.join(" ")
    }

    fn event(rest: &str) -> String {
        format!(
            r#"{{"eventTime":"2026-01-31T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"ListUsers",{rest}}}"#
        )
    }

    const USER: &str = r#""userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob","principalId":"AIDAEXAMPLE","accessKeyId":"AKIAEXAMPLE"}"#;
    const UNSAID: &str = "?sts:ExternalId ?aws:RequestedRegion ?aws:SecureTransport ?sts:RoleSessionName ?sts:SourceIdentity ?aws:SourceIdentity ?aws:TokenIssueTime ?aws:UserAgent";

    #[test]
    fn a_user_from_everywhere() {
        let bob = "arn:aws:iam::111122223333:user/bob on unknown";
        // A key of a user's own was not issued with a token.
        let of_key = UNSAID.replace(" ?aws:TokenIssueTime", "");
        for (rule, rest, expected) in [
            (
                "CT-5",
                r#""sourceIPAddress":"203.0.113.9""#,
                format!(
                    "{bob} internet 203.0.113.9 !aws:MultiFactorAuthPresent !aws:TokenIssueTime aws:userid=AIDAEXAMPLE {of_key}"
                ),
            ),
            (
                "CT-5, IP-33: a service that calls for a user",
                r#""sourceIPAddress":"athena.amazonaws.com","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob","invokedBy":"athena.amazonaws.com","accessKeyId":"ASIAEXAMPLE"}"#,
                format!(
                    "{bob} service=athena.amazonaws.com ?sts:ExternalId ?aws:MultiFactorAuthPresent {} ?aws:userid",
                    &UNSAID[16..]
                ),
            ),
            (
                "CT-5: nothing is known of the network",
                r#""sourceIPAddress":"AWS Internal""#,
                format!(
                    "{bob} aws:PrincipalIsAWSService=false !aws:MultiFactorAuthPresent !aws:TokenIssueTime aws:userid=AIDAEXAMPLE ?network {of_key}"
                ),
            ),
        ] {
            // Of two members with one name the test takes the one of the row.
            let user = if rest.contains("userIdentity") {
                rest.to_owned()
            } else {
                format!("{rest},{USER}")
            };
            assert_eq!(
                shown(&event(&user), "iam:ListUsers", &[]),
                expected,
                "{rule}"
            );
        }
        let own = event(&format!(
            r#""sourceIPAddress":"10.0.0.9","vpcEndpointId":"vpce-1","tlsDetails":{{}},"awsRegion":"eu-west-1",{USER}"#
        ));
        let shown = shown(&own, "iam:ListUsers", &["vpce-1"]);
        assert!(
            shown.starts_with(&format!("{bob} vpce=vpce-1,ip=10.0.0.9 ")),
            "{shown}"
        );
        assert!(shown.contains(" aws:RequestedRegion=eu-west-1 aws:SecureTransport=true "));
    }

    #[test]
    fn each_kind_of_caller() {
        for (rule, identity, expected) in [
            (
                "CT-4, ROLE-35: the issuer has the path of the role",
                r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ci/run","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/team/ci"}}}"#,
                "arn:aws:sts::111122223333:assumed-role/ci/run ",
            ),
            (
                "CT-3: an issuer that is not of the session",
                r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ci/run","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/other"}}}"#,
                "the session `arn:aws:sts::111122223333:assumed-role/ci/run` is said to be of `arn:aws:iam::111122223333:role/other`",
            ),
            (
                "CT-3",
                r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root"}"#,
                "arn:aws:iam::111122223333:root ",
            ),
            (
                "CT-3, CT-7: someone of another account, seen by the owner",
                r#"{"type":"AWSAccount","accountId":"444455556666","principalId":"AIDAEXAMPLE"}"#,
                "the caller on unknown of 111122223333 ",
            ),
            (
                "CT-3: an unsigned request to S3",
                r#"{"type":"AWSAccount","accountId":"ANONYMOUS_PRINCIPAL","principalId":""}"#,
                "anonymous ",
            ),
            (
                "CT-5",
                r#"{"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"}"#,
                "cloudtrail.amazonaws.com ",
            ),
            (
                "CT-3",
                r#"{"type":"WebIdentityUser","identityProvider":"accounts.google.com"}"#,
                "accounts.google.com ",
            ),
            (
                "CT-3",
                r#"{"type":"IdentityCenterUser"}"#,
                r#"Unplaced("IdentityCenterUser")"#,
            ),
            ("CT-3", r#"{"type":"IAMUser"}"#, r#"Unplaced("IAMUser")"#),
            ("CT-3", "null", r#"Unplaced("none")"#),
        ] {
            let text = event(&format!(
                r#""recipientAccountId":"111122223333","userIdentity":{identity}"#
            ));
            let shown = shown(&text, "iam:ListUsers", &[]);
            assert!(shown.starts_with(expected), "{rule}: {shown}");
        }
    }

    /// CT-5: which credentials a service used for a role is not recorded, but for roles that only services have.
    #[test]
    fn a_role_that_a_service_uses() {
        let by_service = |role: &str| {
            let identity = format!(
                r#"{{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/{role}/s","invokedBy":"autoscaling.amazonaws.com"}}"#
            );
            let text = event(&format!(
                r#""sourceIPAddress":"autoscaling.amazonaws.com","userIdentity":{identity}"#
            ));
            shown(&text, "iam:ListUsers", &[])
        };
        assert!(by_service("ci").contains(" ?network "));
        assert!(by_service("AWSServiceRoleForAutoScaling").contains(" service-role "));
    }

    /// CT-7: what an AssumeRole call passes, and what it does not.
    #[test]
    fn the_parameters_of_assume_role() {
        let assume = |parameters: &str| {
            let text = event(&format!(
                r#""sourceIPAddress":"203.0.113.9",{USER},"requestParameters":{parameters}"#
            ));
            shown(&text, "sts:AssumeRole", &[])
        };
        let all = assume(
            r#"{"roleArn":"arn:aws:iam::444455556666:role/ci","roleSessionName":"run","externalId":"x","sourceIdentity":"bob"}"#,
        );
        assert!(
            all.contains(" on arn:aws:iam::444455556666:role/ci "),
            "{all}"
        );
        assert!(all.contains(" sts:ExternalId=x "), "{all}");
        assert!(
            all.contains(" sts:RoleSessionName=run sts:SourceIdentity=bob "),
            "{all}"
        );
        let none = assume(r#"{"roleArn":"arn:aws:iam::444455556666:role/ci"}"#);
        assert!(none.contains(" !sts:ExternalId "), "{none}");
        let refused = assume("null");
        assert!(refused.contains(" on unknown "), "{refused}");
        assert!(refused.contains(" ?sts:ExternalId "), "{refused}");
    }

    /// CT-4: of roles `CloudTrail` prints "false", whatever is true.
    #[test]
    fn multi_factor_authentication() {
        let mfa = |sort: &str, key: &str| {
            let identity = format!(
                r#"{{"type":"{sort}","arn":"arn:aws:iam::111122223333:user/bob","accessKeyId":"{key}","sessionContext":{{"attributes":{{"mfaAuthenticated":"true"}}}}}}"#
            );
            let text = event(&format!(r#""userIdentity":{identity}"#));
            let record: Record<'_> = serde_json::from_str(&text).expect("a record");
            let action = "iam:ListUsers".parse().expect("an action");
            format!("{:?}", Fact::Mfa.of(&record, &action))
        };
        assert_eq!(mfa("IAMUser", "ASIAEXAMPLE"), r#"Value("true")"#);
        assert_eq!(mfa("IAMUser", "AKIAEXAMPLE"), "Absent");
        assert_eq!(mfa("IAMUser", ""), "Unknown");
        assert_eq!(mfa("AssumedRole", "ASIAEXAMPLE"), "Unknown");
        assert_eq!(mfa("FederatedUser", "ASIAEXAMPLE"), "Absent");
    }

    /// CT-6
    #[test]
    fn what_counts_as_a_denial() {
        for error in [
            "AccessDenied",
            "AccessDeniedException",
            "Client.UnauthorizedOperation",
            "UnauthorizedOperation",
            "UnauthorizedAccess",
            "NotAuthorizedException",
            "VpceAccessDenied",
            "Server.AccessDenied",
        ] {
            assert_eq!(outcome(error, ""), Outcome::Denied, "{error}");
        }
        for error in [
            "ThrottlingException",
            "NoSuchBucket",
            "Client.RequestLimitExceeded",
        ] {
            assert_eq!(outcome(error, ""), Outcome::Failed, "{error}");
        }
        assert_eq!(outcome("", ""), Outcome::Happened);
        // It did not happen, and why not is not said in a word.
        assert_eq!(outcome("", "something failed"), Outcome::Failed);
    }

    #[test]
    fn what_is_no_call() {
        let skip = |rest: &str| {
            let text = event(&format!("{rest},{USER}"));
            shown(&text, "iam:ListUsers", &[])
        };
        assert_eq!(skip(r#""eventCategory":"Insight""#), "Insight");
        assert_eq!(
            skip(r#""eventType":"AwsServiceEvent""#),
            r#"NotACall("AwsServiceEvent")"#
        );
        let text = r#"{"eventTime":"yesterday","eventSource":"iam.amazonaws.com","eventName":"ListUsers"}"#;
        assert_eq!(
            shown(text, "iam:ListUsers", &[]),
            r#"NoEvent("`eventTime` is no time")"#
        );
    }
}
