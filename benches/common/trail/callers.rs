//! Who calls, and from where.

/// From where a call comes.
pub(super) enum Origin {
    /// A private address, and whether the endpoint is told.
    Endpoint(String, bool),
    Internal,
    Internet(String),
    Service(&'static str),
}

/// Who calls.
pub(super) struct Caller {
    /// `userIdentity`
    pub(super) identity: String,
    pub(super) arn: String,
    pub(super) account: &'static str,
}

impl Caller {
    /// The kinds in about the shares of real events: the first people are the busiest.
    pub(super) fn new(
        person: usize,
        account: &'static str,
        origin: &Origin,
        created: &str,
    ) -> Self {
        let invoked = match origin {
            Origin::Internal => r#","invokedBy":"AWS Internal""#.into(),
            Origin::Service(service) => format!(r#","invokedBy":"{service}.amazonaws.com""#),
            Origin::Endpoint(..) | Origin::Internet(_) => String::new(),
        };
        match person % 20 {
            19 => other(person, account, &invoked),
            0..12 => user(person, account, &invoked, created),
            _ => session(person, account, &invoked, created),
        }
    }

    /// A service on its own, which says as much or as little of itself as `kind`.
    pub(super) fn service(kind: &str, service: &str, account: &'static str) -> Self {
        Self {
            identity: format!(r#"{{{kind},"invokedBy":"{service}.amazonaws.com"}}"#),
            arn: String::new(),
            account,
        }
    }
}

fn user(person: usize, account: &'static str, invoked: &str, created: &str) -> Caller {
    let arn = format!("arn:aws:iam::{account}:user/user-{person}");
    // Keys of the console and of GetSessionToken are temporary.
    let (kind, session) = if person.is_multiple_of(3) {
        (
            "ASIA",
            format!(
                r#","sessionContext":{{"sessionIssuer":{{}},"webIdFederationData":{{}},"attributes":{{"creationDate":"{created}","mfaAuthenticated":"true"}}}}"#
            ),
        )
    } else {
        ("AKIA", String::new())
    };
    Caller {
        identity: format!(
            r#"{{"type":"IAMUser","principalId":"AIDA{person:010}EXAMPLE","arn":"{arn}","accountId":"{account}","accessKeyId":"{kind}{person:09}EXAMPLE","userName":"user-{person}"{session}{invoked}}}"#
        ),
        arn,
        account,
    }
}

fn session(person: usize, account: &'static str, invoked: &str, created: &str) -> Caller {
    let arn = format!("arn:aws:sts::{account}:assumed-role/role-{person}/session-{person}");
    Caller {
        identity: format!(
            r#"{{"type":"AssumedRole","principalId":"AROA{person:010}EXAMPLE:session-{person}","arn":"{arn}","accountId":"{account}","accessKeyId":"ASIA{person:09}EXAMPLE","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROA{person:010}EXAMPLE","arn":"arn:aws:iam::{account}:role/app/role-{person}","accountId":"{account}","userName":"role-{person}"}},"webIdFederationData":{{}},"attributes":{{"creationDate":"{created}","mfaAuthenticated":"false"}}}}{invoked}}}"#
        ),
        arn,
        account,
    }
}

/// The rarer kinds.
fn other(person: usize, account: &'static str, invoked: &str) -> Caller {
    let (arn, identity) = match person / 20 % 4 {
        0 => {
            let arn = format!("arn:aws:iam::{account}:root");
            let identity = format!(
                r#"{{"type":"Root","principalId":"{account}","arn":"{arn}","accountId":"{account}","accessKeyId":""{invoked}}}"#
            );
            (arn, identity)
        }
        1 => {
            let arn = format!("arn:aws:sts::{account}:federated-user/user-{person}");
            let identity = format!(
                r#"{{"type":"FederatedUser","principalId":"{account}:user-{person}","arn":"{arn}","accountId":"{account}","accessKeyId":"ASIA{person:09}EXAMPLE","sessionContext":{{"sessionIssuer":{{"type":"IAMUser","principalId":"AIDA{person:010}EXAMPLE","arn":"arn:aws:iam::{account}:user/issuer","accountId":"{account}","userName":"issuer"}}}}{invoked}}}"#
            );
            (arn, identity)
        }
        2 => {
            let arn = format!("arn:aws:iam::{account}:user/user-{person}");
            let identity = format!(
                r#"{{"type":"AWSAccount","principalId":"AIDA{person:010}EXAMPLE","accountId":"{account}"{invoked}}}"#
            );
            (arn, identity)
        }
        _ => {
            let arn = "accounts.example.com".to_owned();
            let identity = format!(
                r#"{{"type":"WebIdentityUser","principalId":"{arn}:app:user-{person}","userName":"user-{person}","identityProvider":"{arn}"{invoked}}}"#
            );
            (arn, identity)
        }
    };
    Caller {
        identity,
        arn,
        account,
    }
}
