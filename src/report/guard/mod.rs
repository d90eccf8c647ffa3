//! How a guard reads: a file per format, and what is said of it beside.

pub mod cloudformation;
pub mod json;
pub mod summary;
pub mod terraform;

use crate::ask::guard::{Guard, Kind};

/// What a guard is called where several stand together: `trust` and `identity`, the words of scenarios.
fn part(guard: &Guard) -> &'static str {
    match guard.wanted.kind {
        Kind::Bucket => "resource",
        Kind::Identity => "identity",
        Kind::Scp => "scp",
        Kind::Trust => "trust",
        Kind::Vpce => "vpce",
    }
}

/// Guards to write, and documents to compare with what was written.
#[cfg(test)]
pub(super) mod fixture {
    use crate::ask::guard::{Exempt, Guard, Kind, Sid, Wanted};
    use crate::net::{AddressSet, Cidr};

    /// The guards of a kind, with everything that can be in one.
    pub(in crate::report) fn guards(kind: Kind, blocks: &str) -> Vec<Guard> {
        let allow: AddressSet = blocks
            .split_whitespace()
            .map(|block| block.parse::<Cidr>().expect("a block"))
            .collect();
        let endpoints: &[&str] = if kind == Kind::Vpce {
            &[]
        } else {
            &["vpce-1a", "vpce-2b"]
        };
        let resources: &[&str] = if kind == Kind::Bucket {
            &["arn:aws:s3:::reports", "arn:aws:s3:::a \"b\" \\c/*"]
        } else {
            &[]
        };
        let exempt =
            "services,forward-access,roles=arn:aws:iam::111122223333:role/ops/*".to_owned();
        Guard::all(&Wanted {
            kind,
            allow,
            endpoints: endpoints
                .iter()
                .map(|id| id.parse().expect("an id"))
                .collect(),
            exempt: Exempt::parse([exempt.as_str()]).expect("exemptions"),
            actions: Vec::new(),
            resources: resources
                .iter()
                .map(|arn| arn.parse().expect("an ARN"))
                .collect(),
            sid: Sid::default(),
        })
        .expect("it fits")
    }

    /// All kinds.
    pub(in crate::report) const KINDS: [Kind; 5] = [
        Kind::Bucket,
        Kind::Identity,
        Kind::Scp,
        Kind::Trust,
        Kind::Vpce,
    ];

    /// The document as a tree, every value in a list.
    pub(in crate::report) fn tree(guard: &Guard) -> serde_json::Value {
        let mut tree = serde_json::from_str(&guard.compact()).expect("it is JSON");
        listed(&mut tree);
        tree
    }

    /// Puts single values into lists, as formats that know only lists write them.
    pub(in crate::report) fn listed(document: &mut serde_json::Value) {
        use serde_json::Value;
        fn wrap(value: &mut Value) {
            if value.is_string() {
                *value = Value::Array(vec![value.take()]);
            }
        }
        for statement in document["Statement"].as_array_mut().expect("a list") {
            for element in ["Action", "Resource"] {
                statement.get_mut(element).into_iter().for_each(wrap);
            }
            let operators = statement
                .get_mut("Condition")
                .and_then(Value::as_object_mut);
            for keys in operators.into_iter().flat_map(|all| all.values_mut()) {
                let keys = keys.as_object_mut().expect("an object");
                keys.values_mut().for_each(wrap);
            }
        }
    }
}
