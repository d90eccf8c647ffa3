//! Recorded events held against policies: what would have become of them, and what would change.

mod judge;
mod judged;
mod memory;
mod people;
mod ruling;
mod scope;
mod tally;

use std::sync::Arc;

use jiff::Timestamp;

pub(crate) use judge::{Entry, Judge, Told};
pub use judged::Trial;
pub(crate) use scope::ASSUMED;
pub(crate) use tally::{Group, Groups, Matrix, Row, Tally};

use crate::error::{Error, Result};
use crate::eval::{PolicySet, Scenario};
use crate::input::Account;
use crate::policy::Policy;
use memory::Court;
use people::People;
use scope::Scope;

/// What is asked of every event.
#[derive(Debug)]
pub(crate) struct Question {
    new: Side,
    /// The current policies, for a comparison.
    old: Option<Side>,
    /// The VPC endpoints of the account.
    pub(crate) endpoints: Vec<String>,
    /// Events before it are left out.
    pub(crate) since: Option<Timestamp>,
    /// So are those at it or later.
    pub(crate) until: Option<Timestamp>,
}

/// Policies, and which of them bind which events: the policy of a resource only calls on it, that of an endpoint only
/// calls through one of the account's.
#[derive(Debug)]
struct Side {
    scope: Option<Scope>,
    courts: Courts,
    /// Whether there is a policy of an endpoint.
    by_endpoint: bool,
    /// Whether any of its policies bind services (RCPs and policies of resources and endpoints do).
    binds_services: bool,
}

/// Whose policies bind a call.
#[derive(Debug)]
enum Courts {
    /// Everyone's are the same, by "from outside the account", "on the resource" and "through an endpoint"; nothing where no
    /// policy is left.
    Same([[[Option<Arc<Court>>; 2]; 2]; 2]),
    /// Each caller's own.
    People(Box<People>),
}

/// The policies of one version: those that hold for every event, and the accounts that have those of each caller.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) scenario: Scenario,
    pub(crate) account: Option<Arc<Account>>,
    /// Take what AWS would refuse to save but has a meaning.
    pub(crate) lenient: bool,
}

impl Question {
    /// A question about the policies of scenarios; `resources` are whose the resource policies are, `endpoints` the VPC
    /// endpoints of the account.
    ///
    /// # Errors
    /// If it is not said whose a resource policy or the policy of an endpoint is.
    pub(crate) fn new(
        new: &Version,
        old: Option<&Version>,
        resources: &[String],
        endpoints: &[String],
        now: Timestamp,
    ) -> Result<Self> {
        let policies = [Some(new), old].into_iter().flatten();
        let mut of_endpoint = policies.filter_map(|side| side.scenario.policies.vpce.as_ref());
        if let Some(policy) = of_endpoint.next().filter(|_| endpoints.is_empty()) {
            let text = format!(
                "`{}` does not say which VPC endpoint it belongs to",
                policy.name
            );
            return Err(Error::request(text).help("name the endpoint: --vpce-id vpce-0f3a"));
        }
        Ok(Self {
            new: Side::new(new, resources, now)?,
            old: old.map(|old| Side::new(old, resources, now)).transpose()?,
            endpoints: endpoints.to_vec(),
            since: None,
            until: None,
        })
    }

    /// Whether two versions are compared.
    pub(crate) fn compares(&self) -> bool {
        self.old.is_some()
    }
}

impl Side {
    fn new(version: &Version, resources: &[String], now: Timestamp) -> Result<Self> {
        let scenario = &version.scenario;
        let scope = Scope::new(&scenario.policies, resources)?;
        let policies = &scenario.policies;
        let court = |foreign: bool, on_resource: bool, through_endpoint: bool| {
            let mut scenario = scenario.clone();
            if foreign {
                let own = &mut scenario.policies;
                own.identity = assumed(own.identity.take());
                (own.boundary, own.session, own.scp) = (None, None, None);
            }
            if scope.is_some() && !on_resource {
                // What else lets a call through is not said of other resources.
                scenario.policies.resource = assumed(scenario.policies.resource);
            }
            if !through_endpoint {
                scenario.policies.vpce = None;
            }
            binds_anything(&scenario.policies).then(|| Arc::new(Court::new(scenario, now)))
        };
        let courts =
            match &version.account {
                None => Courts::Same(EITHER.map(|foreign| {
                    EITHER.map(|on| EITHER.map(|through| court(foreign, on, through)))
                })),
                Some(account) => {
                    let (account, base) = (Arc::clone(account), scenario.clone());
                    Courts::People(Box::new(People::new(account, base, version.lenient, now)))
                }
            };
        Ok(Self {
            courts,
            by_endpoint: policies.vpce.is_some(),
            binds_services: policies.rcp.is_some() || scope.is_some() || policies.vpce.is_some(),
            scope,
        })
    }
}

const EITHER: [bool; 2] = [false, true];

/// Those policies that were only assumed, if there are any.
fn assumed(policies: Option<Vec<Arc<Policy>>>) -> Option<Vec<Arc<Policy>>> {
    let mut rest = policies?;
    rest.retain(|policy| scope::is_assumed(policy));
    (!rest.is_empty()).then_some(rest)
}

/// Whether there is a policy that was not only assumed.
fn binds_anything(policies: &PolicySet) -> bool {
    policies
        .all()
        .any(|(_, _, policy)| !scope::is_assumed(policy))
}

#[cfg(test)]
mod tests {
    use super::memory::{Call, Memory, Room};
    use super::*;
    use crate::input::cloudtrail::{Event, Record};
    use crate::policy::PolicyKind;

    const CALLERS: [&str; 10] = [
        r#"{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob","principalId":"AIDAEXAMPLE","accessKeyId":"AKIAEXAMPLE"}"#,
        r#"{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve","accessKeyId":"ASIAEXAMPLE","sessionContext":{"attributes":{"mfaAuthenticated":"true","creationDate":"2026-01-31T09:00:00Z"}}}"#,
        r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root"}"#,
        r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ci/run","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/team/ci"}}}"#,
        r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ci/run","invokedBy":"athena.amazonaws.com"}"#,
        r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForECS/s","invokedBy":"ecs.amazonaws.com"}"#,
        r#"{"type":"AWSAccount","accountId":"444455556666"}"#,
        r#"{"type":"FederatedUser","arn":"arn:aws:sts::111122223333:federated-user/eve","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:user/eve"}}}"#,
        r#"{"type":"AWSAccount","accountId":"ANONYMOUS_PRINCIPAL"}"#,
        r#"{"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"}"#,
    ];
    const ORIGINS: [&str; 7] = [
        r#""sourceIPAddress":"203.0.113.9","userAgent":"aws-cli/2""#,
        r#""sourceIPAddress":"198.51.100.7","tlsDetails":{}"#,
        r#""sourceIPAddress":"2001:db8::1","eventTime":"2026-02-01T10:00:00Z""#,
        r#""sourceIPAddress":"10.0.0.9","vpcEndpointId":"vpce-1""#,
        r#""sourceIPAddress":"10.0.0.8""#,
        r#""sourceIPAddress":"AWS Internal","awsRegion":"eu-west-1""#,
        r#""sourceIPAddress":"athena.amazonaws.com","awsRegion":"us-east-1""#,
    ];
    const CALLS: [(&str, &str); 8] = [
        ("s3:GetObject", r#"{"bucketName":"reports","key":"a.csv"}"#),
        (
            "s3:GetObject",
            r#"{"bucketName":"other","key":"bob/a.csv"}"#,
        ),
        ("s3:DeleteObject", r#"{"bucketName":"reports"}"#),
        ("s3:ListAllMyBuckets", "null"),
        (
            "sts:AssumeRole",
            r#"{"roleArn":"arn:aws:iam::111122223333:role/ci","externalId":"x"}"#,
        ),
        ("sts:AssumeRole", "null"),
        ("kms:Decrypt", "null"),
        ("ec2:RunInstances", "{}"),
    ];
    const POLICIES: [&str; 4] = [
        r#"[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"},
            {"Sid":"Net","Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]},"BoolIfExists":{"aws:ViaAWSService":"false"}}}]"#,
        r#"[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::reports/*"},
            {"Effect":"Allow","Action":"s3:Get*","NotResource":"arn:aws:s3:::other/x"},
            {"Effect":"Allow","Action":"sts:*","Resource":"arn:aws:iam::111122223333:role/*","Condition":{"StringEquals":{"sts:ExternalId":"x"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-02-01T00:00:00Z"},"StringEquals":{"aws:RequestedRegion":"us-east-1"}}},
            {"Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{"IpAddress":{"aws:VpcSourceIp":"10.0.0.9"}}}]"#,
        r#"[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"Null":{"aws:SourceVpce":"true"}}},
            {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/team/*"},"StringLike":{"aws:UserAgent":"aws-cli*"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"},"Bool":{"aws:SecureTransport":"false"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"x"},"StringLike":{"aws:userid":"AIDA*"}}}]"#,
        r#"[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::other/${aws:username}/*"},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}}}]"#,
    ];

    /// The evaluator of one request is the oracle; every event is asked twice, to meet what the first left in the memory.
    #[test]
    fn what_is_remembered_is_what_the_evaluator_says() {
        let owner = r#"{"Statement":[{"Sid":"Owner","Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/team/ci"]},"Action":"*","Resource":"*"},
            {"Sid":"Vpc","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::reports/*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#;
        let owner = Policy::from_json("owner", owner, PolicyKind::Resource).expect("a policy");
        let (mut asked, mut words) = (0, std::collections::BTreeSet::new());
        for (statements, with_owner, room) in POLICIES
            .iter()
            .flat_map(|all| [(all, false, Room::Wide), (all, true, Room::Narrow)])
        {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
            let identity = Policy::from_json("own", &text, PolicyKind::Identity).expect("a policy");
            let base = Scenario {
                policies: PolicySet {
                    identity: Some(vec![Arc::new(identity)]),
                    resource: with_owner.then(|| vec![Arc::new(owner.clone())]),
                    ..PolicySet::default()
                },
                ..Scenario::default()
            };
            let court = Arc::new(Court::new(base, Timestamp::UNIX_EPOCH));
            let mut memory = Memory::new(&court, room);
            for round in 0..2 {
                for caller in CALLERS {
                    for origin in ORIGINS {
                        for (action, parameters) in CALLS {
                            let time = if origin.contains("eventTime") {
                                ""
                            } else {
                                r#""eventTime":"2026-01-31T10:00:00Z","#
                            };
                            let text = format!(
                                r#"{{{time}{origin},"eventSource":"x","eventName":"X","userIdentity":{caller},"requestParameters":{parameters}}}"#
                            );
                            let record: Record<'_> = serde_json::from_str(&text).expect("a record");
                            let event = Event::read(&record, &["vpce-1".into()]).expect("an event");
                            let action = action.parse().expect("an action");
                            let call = Call {
                                event: &event,
                                action: &action,
                                target: &event.target(&action),
                            };
                            let slow = court.decide(&call).expect("a ruling");
                            let fast = memory.decide(&call).expect("a ruling");
                            assert_eq!(*fast, slow, "round {round}: {statements} {text}");
                            words.insert(slow.decision.as_str());
                            asked += 1;
                        }
                    }
                }
            }
        }
        assert_eq!(asked, 2 * 4 * 2 * 10 * 7 * 8);
        assert_eq!(words.len(), 4, "every decision occurs");
    }
}
