//! How a difference reads: a file per format.

pub mod github;
pub mod json;
pub mod markdown;
pub mod text;

use crate::ask::diff::Difference;
use crate::ask::ips::principal_title;
use crate::eval::{Decision, Place};
use crate::net::AddressSet;
use crate::report::shape::Family;

/// What two versions are called, and how they differ.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// The differences, one for each group of requests.
    pub differences: &'a [Difference],
    /// What is compared, where several pairs of files are.
    pub title: Option<&'a str>,
    /// The file that it stands in, where that is known.
    pub file: Option<&'a str>,
    /// Whether the two texts are the same.
    pub same_text: bool,
}

/// `s3:GetObject on arn:aws:s3:::reports/*`
fn request_title(difference: &Difference) -> String {
    let requests: Vec<_> = difference.new.requests().collect();
    let titles = requests.iter().enumerate().map(|(index, request)| {
        let resource = if index + 1 == requests.len() {
            difference.resource()
        } else {
            request.resource.as_str()
        };
        match resource {
            "*" => request.action.to_string(),
            resource => format!("{} on {resource}", request.action),
        }
    });
    titles.collect::<Vec<_>>().join(", then ")
}

/// Who makes the requests: of a journey, who begins it.
fn caller_title(difference: &Difference) -> String {
    let request = difference.new.requests().next();
    request.map_or_else(String::new, |request| principal_title(&request.caller))
}

/// What becomes of a request without an address: `denied → allowed`.
fn none_words(difference: &Difference, arrow: &str) -> String {
    let word = |decision| match decision {
        Decision::Allowed => "allowed",
        Decision::ExplicitDeny | Decision::ImplicitDeny => "denied",
        Decision::Depends => "depends",
    };
    let old = word(difference.old.decision(Place::None));
    let new = word(difference.new.decision(Place::None));
    format!("{old} {arrow} {new}")
}

/// What to call those who gain access, if all of a family has it now and not all had it before.
fn everyone(difference: &Difference, family: Family) -> Option<&'static str> {
    if !family.of(&difference.gained).has_addresses() {
        return None;
    }
    let has_it = family.of(&difference.gained.union(&difference.kept));
    let all = has_it == family.whole();
    let before = family.of(&difference.kept).has_addresses();
    all.then_some(match (family, before) {
        (Family::V4, false) => "EVERYONE ON THE INTERNET (0.0.0.0/0)",
        (Family::V4, true) => "EVERYONE ELSE ON THE INTERNET (0.0.0.0/0)",
        (Family::V6, false) => "EVERYONE ON THE INTERNET (::/0)",
        (Family::V6, true) => "EVERYONE ELSE ON THE INTERNET (::/0)",
    })
}

/// The keys and documents that either version depends on, in order.
fn depends_on(difference: &Difference) -> String {
    let mut keys = difference.new.depends_on();
    keys.extend(difference.old.depends_on());
    keys.sort_unstable();
    keys.dedup();
    keys.join(", ")
}

/// What anyone gains, and what anyone loses, in any of the groups.
fn totals(differences: &[Difference]) -> (AddressSet, AddressSet) {
    let union = |pick: fn(&Difference) -> &AddressSet| {
        let sets = differences.iter().map(pick);
        sets.fold(AddressSet::default(), |all, set| all.union(set))
    };
    (
        union(|difference| &difference.gained),
        union(|difference| &difference.lost),
    )
}
