//! Who calls, and what.

use serde_json::{Value, json};

/// The account that most things belong to.
pub(super) const HERE: &str = "111122223333";
/// Another one.
pub(super) const THERE: &str = "444455556666";

const WEB_IDENTITY: &str = "arn:aws:iam::111122223333:oidc-provider/token.example.com";
const SERVICE: &str = "sns.amazonaws.com";

/// Names of principals as policies write them. Those with an `@` stand for what the caller of the
/// scenario is called: see [`fill_in_names`].
pub(super) const AWS_NAMES: [&str; 16] = [
    "*",
    HERE,
    THERE,
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/team/bob",
    "arn:aws:iam::111122223333:role/team/ops",
    "arn:aws:sts::111122223333:assumed-role/ops/other",
    "@account",
    "@account",
    "@caller",
    "@caller",
    "@origin",
    "@origin",
    "@namesake",
    "@namesake",
];
/// What a `NotPrincipal` lists: all names of the caller, or not quite all.
pub(super) const SPARED_NAMES: [&[&str]; 5] = [
    &["@account", "@caller", "@origin"],
    &["@account", "@caller", "@origin", THERE],
    &["@account", "@caller"],
    &["@account", "@origin"],
    &["@caller", "@origin"],
];
pub(super) const SERVICE_NAMES: [&str; 2] = [SERVICE, "ec2.amazonaws.com"];
pub(super) const FEDERATED_NAMES: [&str; 2] = [WEB_IDENTITY, "accounts.google.com"];

/// A caller, with the names that policies know it by.
#[derive(Debug)]
pub(super) struct Caller {
    /// As the scenario writes it.
    pub(super) principal: Value,
    pub(super) account: Option<&'static str>,
    /// Its own ARN.
    name: &'static str,
    /// The role of a session, the user of a federated-user session.
    origin: &'static str,
    /// What `aws:PrincipalArn` holds; empty if it is absent.
    principal_arn: &'static str,
}

impl Caller {
    pub(super) fn is_unnamed(&self) -> bool {
        self.principal.is_null()
    }

    /// Whether the caller holds credentials that a session policy can come with.
    pub(super) fn has_session_policies(&self) -> bool {
        !self.origin.is_empty()
    }

    /// Somebody of the same kind and name, at another path.
    fn namesake(&self) -> String {
        let name = if self.origin.is_empty() {
            self.name
        } else {
            self.origin
        };
        match name.rsplit_once('/') {
            Some((path, name)) => format!("{path}/other/{name}"),
            None => String::new(),
        }
    }

    /// Whether all three names of the caller are known that a `NotPrincipal` has to list.
    pub(super) fn can_be_spared(&self) -> bool {
        !self.is_unnamed() && self.name != self.origin && !self.name.contains("federated-user")
    }
}

/// One caller of every kind, some of both accounts.
pub(super) fn callers() -> Vec<Caller> {
    let named = |account, name, origin, principal_arn| Caller {
        principal: json!(name),
        account: Some(account),
        name,
        origin,
        principal_arn,
    };
    let user = |account, name| named(account, name, "", name);
    let session = |account, name, role| Caller {
        principal: json!({ "arn": name, "role": role }),
        ..named(account, name, role, role)
    };
    let outsider = |principal: Value, name| Caller {
        principal,
        account: None,
        name,
        origin: "",
        principal_arn: "",
    };
    vec![
        user(HERE, "arn:aws:iam::111122223333:user/alice"),
        user(HERE, "arn:aws:iam::111122223333:user/team/bob"),
        user(THERE, "arn:aws:iam::444455556666:user/carol"),
        user(HERE, "arn:aws:iam::111122223333:root"),
        user(THERE, "arn:aws:iam::444455556666:root"),
        session(
            HERE,
            "arn:aws:sts::111122223333:assumed-role/ops/s1",
            "arn:aws:iam::111122223333:role/team/ops",
        ),
        session(
            THERE,
            "arn:aws:sts::444455556666:assumed-role/ext/s2",
            "arn:aws:iam::444455556666:role/ext",
        ),
        session(
            HERE,
            "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s3",
            "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
        ),
        // A session of a role of which only the name is known.
        named(
            HERE,
            "arn:aws:sts::111122223333:assumed-role/app/s4",
            "arn:aws:iam::111122223333:role/elsewhere/app",
            "arn:aws:iam::111122223333:role/elsewhere/app",
        ),
        // A session of which only the role is known.
        named(
            HERE,
            "arn:aws:iam::111122223333:role/lone",
            "arn:aws:iam::111122223333:role/lone",
            "arn:aws:iam::111122223333:role/lone",
        ),
        Caller {
            principal: json!({
                "arn": "arn:aws:sts::111122223333:federated-user/guest",
                "user": "arn:aws:iam::111122223333:user/alice",
            }),
            ..named(
                HERE,
                "arn:aws:sts::111122223333:federated-user/guest",
                "arn:aws:iam::111122223333:user/alice",
                "arn:aws:sts::111122223333:federated-user/guest",
            )
        },
        outsider(json!(SERVICE), SERVICE),
        outsider(json!("anonymous"), "anonymous"),
        outsider(json!({ "federated": WEB_IDENTITY }), WEB_IDENTITY),
        outsider(
            json!({ "federated": "accounts.google.com" }),
            "accounts.google.com",
        ),
        Caller {
            account: Some(HERE),
            ..outsider(Value::Null, "")
        },
    ]
}

/// An action on a resource.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) action: &'static str,
    pub(super) resource: &'static str,
    /// Whose the resource is; nobody's in particular if it is `*`.
    owner: Option<&'static str>,
}

impl Call {
    /// Whether no answer is possible without the policy of the resource: it has to allow, or
    /// there is nobody else who could.
    pub(super) fn needs_resource_policy(&self, caller: &Caller) -> bool {
        let must_allow = self.resource.contains(":role/") || self.resource.contains(":key/");
        must_allow || caller.account != self.owner
    }

    /// What the scenario has to say of the owner: the ARNs of S3 have no account.
    pub(super) fn resource_account(&self) -> Option<&'static str> {
        self.owner.filter(|_| self.resource.contains(":s3:"))
    }

    pub(super) fn is_on_role(&self) -> bool {
        self.resource.contains(":role/")
    }
}

/// What this caller may be asked about.
pub(super) fn calls(caller: &Caller) -> Vec<Call> {
    let call = |action, resource, owner| Call {
        action,
        resource,
        owner,
    };
    let object = |owner| call("s3:GetObject", "arn:aws:s3:::b/k", Some(owner));
    let queue = call(
        "sqs:SendMessage",
        "arn:aws:sqs:us-east-1:111122223333:q1",
        Some(HERE),
    );
    let role = call(
        "sts:AssumeRole",
        "arn:aws:iam::111122223333:role/target",
        Some(HERE),
    );
    let key = call(
        "kms:Decrypt",
        "arn:aws:kms:us-east-1:111122223333:key/k1",
        Some(HERE),
    );
    let linked_role =
        "arn:aws:iam::111122223333:role/aws-service-role/sns.amazonaws.com/AWSServiceRoleForSns";
    if caller.name == "anonymous" {
        return vec![object(HERE), queue];
    }
    if caller.name == SERVICE {
        let linked = call("sts:AssumeRole", linked_role, Some(HERE));
        return vec![object(HERE), queue, role, key, linked];
    }
    if caller.account.is_none() {
        return vec![Call {
            action: "sts:AssumeRoleWithWebIdentity",
            ..role
        }];
    }
    let mut calls = vec![
        object(HERE),
        object(THERE),
        queue,
        role,
        key,
        call("s3:GetObject", "arn:aws:s3:::b/x/y", Some(HERE)),
        call("s3:GetObject", "arn:aws:s3:::b/red", Some(HERE)),
        call("s3:PutBucketPolicy", "arn:aws:s3:::b", Some(HERE)),
        call(
            "sqs:SendMessage",
            "arn:aws:sqs:us-east-1:444455556666:q1:x",
            Some(THERE),
        ),
        call(
            "sts:AssumeRole",
            "arn:aws:iam::111122223333:role/team/ops",
            Some(HERE),
        ),
        call(
            "kms:RetireGrant",
            "arn:aws:kms:us-east-1:111122223333:key/k1",
            Some(HERE),
        ),
    ];
    if !caller.is_unnamed() {
        calls.extend([
            call("kms:ListKeys", "*", None),
            call("s3:ListAllMyBuckets", "*", None),
            call("sts:GetCallerIdentity", "*", None),
        ]);
    }
    calls
}

/// Replaces the stand-ins in a scenario by what they stand for, so that policies often name the
/// very caller and call. A name that the caller does not have is null.
pub(super) fn fill_in_names(scenario: &mut Value, caller: &Caller, call: &Call) {
    match scenario {
        Value::String(text) => match stand_in(text, caller, call) {
            Some(name) if name.is_empty() => *scenario = Value::Null,
            Some(name) => *text = name,
            None => {}
        },
        Value::Array(elements) => {
            for element in elements {
                fill_in_names(element, caller, call);
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                fill_in_names(member, caller, call);
            }
        }
        _ => {}
    }
}

/// What a stand-in stands for; `None` if `text` is none.
fn stand_in(text: &str, caller: &Caller, call: &Call) -> Option<String> {
    let stands_for = text.strip_prefix('@')?;
    // Only identities of an account have a name that `AWS` principals can hold.
    let or_here = |name: &str| {
        let usable = caller.account.is_some() && !name.is_empty();
        if usable {
            name.to_owned()
        } else {
            HERE.to_owned()
        }
    };
    Some(match stands_for {
        "account" => caller.account.unwrap_or(THERE).to_owned(),
        "action" => call.action.to_owned(),
        "caller" => or_here(caller.name),
        "namesake" => or_here(&caller.namesake()),
        "origin" => or_here(caller.origin),
        "principal-arn" => caller.principal_arn.to_owned(),
        "resource" => call.resource.to_owned(),
        pattern => {
            let index: usize = pattern.parse().expect("all other stand-ins are patterns");
            let patterns = patterns(call);
            patterns[index % patterns.len()].to_owned()
        }
    })
}

/// Patterns for the resources of a service. Each of them is right or wrong about some rule.
fn patterns(call: &Call) -> Vec<&'static str> {
    match call.action.split(':').next() {
        _ if call.resource == "*" => vec!["arn:aws:s3:::b*", "arn:aws:kms:*", "*:*"],
        Some("s3") => vec![
            "arn:aws:s3:::b/*",
            "arn:aws:s3:::b/${app:name}",
            "arn:aws:s3:::b/${aws:PrincipalTag/team}",
            "arn:aws:s3:::b/${aws:PrincipalTag/team, 'k'}*",
            "arn:aws:s3:::B/*",
            "arn:aws:s3*",
            "arn:aws:s3:::?/k",
            "arn:aws:s*/k",
            "arn:aws:s3:::b",
        ],
        Some("sqs") => vec![
            "arn:aws:sqs:*:q1",
            "arn:aws:sqs:*:q1*",
            "arn:aws:sqs*",
            "arn:aws:s*s:us-east-1:111122223333:q1",
            "arn:aws:s*1:111122223333:q1",
            "arn:a*:sqs:us?east-1:*:q?",
            "arn:aws:sqs:us-east-1?111122223333:q1",
            "arn:aws:sqs:us-east-1",
            "arn:aws:sqs:us-east-1:444455556666:q1?x",
        ],
        Some("kms") => vec![
            "arn:*:kms:*:*:key/k?",
            "arn:aws:kms:*:key/k1",
            "arn:aws:kms:*1:111122223333:key/*",
            "arn:aws:kms:us-east-1:444455556666:key/*",
        ],
        _ => vec![
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam:*:role/t*",
            "arn:aws:iam*role/target",
            "arn:aws:iam::111122223333:role/T*",
        ],
    }
}
