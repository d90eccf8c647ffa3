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
            return Err(Skip::NoEvent("it names no call"));
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
            outcome: outcome(text(&record.error_code)),
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

/// CT-6
fn outcome(error: &str) -> Outcome {
    let bare = error.strip_prefix("Client.").unwrap_or(error);
    let denials = [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
        "VpceAccessDenied",
    ];
    if error.is_empty() {
        Outcome::Happened
    } else if denials.contains(&bare)
        || bare.ends_with(".UnauthorizedOperation")
        || bare.starts_with("NotAuthorized")
    {
        Outcome::Denied
    } else {
        Outcome::Failed
    }
}
