//! What is said of a guard beside it: what was checked, and what a person should know before attaching it.

use crate::ask::guard::{Guard, Kind, Wanted};
use crate::net::{AddressSet, Cidr, with_separators};
use crate::report::shape::count_words;

/// The most names and ids that are listed in the line.
const MOST_NAMED: usize = 3;
/// Addresses that are not public, which `aws:SourceIp` never holds (KEY-5).
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// `checked: allowed set equals @office (128 addresses); …; 412 of 20,480 bytes used`. `names` is what the addresses were asked
/// for by, and `used` what each guard takes of its limit as it is written.
pub fn checked(guards: &[Guard], names: &[String], used: &[usize]) -> String {
    let Some(first) = guards.first() else {
        return String::new();
    };
    let mut parts = vec![addresses(&first.wanted, names)];
    parts.extend(exempt(&first.wanted));
    parts.extend(denied(&first.wanted));
    for (guard, used) in guards.iter().zip(used) {
        let limit = guard.wanted.kind.limit();
        let of = if guards.len() > 1 {
            format!("{}: ", guard.wanted.kind.policy().title())
        } else {
            String::new()
        };
        let most = if *used > limit.usual {
            limit.most
        } else {
            limit.usual
        };
        let (used, most) = (number(*used), number(most));
        parts.push(format!("{of}{used} of {most} {} used", limit.unit.as_str()));
    }
    format!("checked: {}", parts.join("; "))
}

fn number(number: usize) -> String {
    with_separators(number as u128)
}

/// The first few, and how many more there are.
fn few(names: &[String]) -> String {
    match names.len().saturating_sub(MOST_NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..MOST_NAMED].join(", ")),
    }
}

fn addresses(wanted: &Wanted, names: &[String]) -> String {
    let inside = if wanted.kind == Kind::Vpce {
        " inside of the VPC"
    } else {
        ""
    };
    if wanted.allow.is_empty() {
        return "no address is allowed".to_owned();
    }
    let count = count_words(wanted.allow.count());
    format!("allowed set{inside} equals {} ({count})", few(names))
}

/// What is let through from anywhere.
fn exempt(wanted: &Wanted) -> Vec<String> {
    let Wanted {
        kind,
        endpoints,
        exempt,
        ..
    } = wanted;
    let mut parts = Vec::new();
    if !endpoints.is_empty() {
        let ids: Vec<String> = endpoints.iter().map(ToString::to_string).collect();
        parts.push(format!("requests through {} stay allowed", few(&ids)));
    }
    let services = exempt.services && kind.binds_services();
    let forward_access = exempt.forward_access && kind.sees_forward_access();
    let by = match (services, forward_access) {
        (true, true) => Some("by AWS services, themselves and on your behalf,"),
        (true, false) => Some("by AWS services themselves"),
        (false, true) => Some("by AWS services on your behalf"),
        (false, false) => None,
    };
    parts.extend(by.map(|by| format!("requests {by} stay allowed")));
    if !exempt.roles.is_empty() {
        let roles: Vec<String> = exempt.roles.iter().map(ToString::to_string).collect();
        parts.push(format!("requests by {} stay allowed", few(&roles)));
    }
    parts
}

/// What one may not expect to be denied.
fn denied(wanted: &Wanted) -> Vec<String> {
    let Wanted {
        kind,
        allow,
        endpoints,
        exempt,
        ..
    } = wanted;
    let mut parts = Vec::new();
    for (family, set) in [("IPv4", allow.only_v4()), ("IPv6", allow.only_v6())] {
        if allow.has_addresses() && !set.has_addresses() {
            parts.push(format!("every {family} address is denied"));
        }
    }
    if !allow.has_none() && *kind != Kind::Vpce {
        let other = if endpoints.is_empty() { "" } else { "other " };
        parts.push(format!("requests through {other}VPC endpoints are denied"));
    }
    if !exempt.forward_access && kind.sees_forward_access() {
        parts.push("requests by AWS services on your behalf are denied from elsewhere".to_owned());
    }
    if !exempt.services && kind.binds_services() {
        parts.push("requests by AWS services themselves are denied".to_owned());
    }
    parts
}

/// What a person should know before attaching the policy, a line for each.
pub fn notes(guards: &[Guard]) -> Vec<String> {
    let Some(first) = guards.first() else {
        return Vec::new();
    };
    let wanted = &first.wanted;
    let mut notes: Vec<String> = kind_notes(wanted)
        .iter()
        .map(|note| (*note).to_owned())
        .collect();
    let limit = wanted.kind.limit();
    if first.least() > limit.usual {
        notes.push(format!(
            "the trust policy is over the default quota of {} {}, which AWS raises on request: to {} by its newest tables, by older ones to 4,096 (GRAM-52)",
            number(limit.usual),
            limit.unit.as_str(),
            number(limit.most),
        ));
    }
    if wanted.kind != Kind::Vpce {
        notes.extend(private(&wanted.allow));
    }
    if wanted.allow.has_none() {
        notes.push("requests without a source IP are let through as well: through any VPC endpoint, of anyone (KEY-2)".to_owned());
    }
    if matches!(wanted.kind, Kind::Bucket | Kind::Trust) {
        let any = wanted
            .exempt
            .roles
            .iter()
            .find(|role| role.account().is_none());
        notes.extend(any.map(|role| {
            format!("{role} exempts roles of that name in every account of the world")
        }));
    }
    notes
}

/// What holds of every guard of a kind.
fn kind_notes(wanted: &Wanted) -> Vec<&'static str> {
    let mut notes = match wanted.kind {
        Kind::Trust => vec![
            "both halves are needed: the trust policy decides from where the role is assumed, and says nothing of where the session is used then (ROLE-5); the permissions policy decides that, and does not count when the role is assumed (ROLE-2)",
            "the trust policy only denies: keep the statement beside it that says whom the role trusts (ROLE-7)",
        ],
        Kind::Scp => vec![
            "it only denies, and was checked with FullAWSAccess attached beside it: keep that (EVAL-7)",
            "functions, builds and infrastructure roles call from addresses of AWS: exempt theirs with roles=PATTERN (IP-34)",
        ],
        Kind::Bucket if wanted.exempt.roles.is_empty() => vec![
            "no role is exempt: from elsewhere nobody but the root user of the bucket's account can change the policy again (EVAL-32)",
        ],
        Kind::Bucket | Kind::Identity | Kind::Vpce => Vec::new(),
    };
    if matches!(wanted.kind, Kind::Identity | Kind::Scp) && wanted.actions.is_empty() {
        notes.push(
            "requests to OpenSearch, DAX, Neptune, MSK, EFS and RDS databases carry other network keys; where they are in use name the --actions to guard (IP-39)",
        );
    }
    notes
}

fn private(allow: &AddressSet) -> Option<String> {
    let private: AddressSet = PRIVATE
        .iter()
        .filter_map(|block| block.parse::<Cidr>().ok())
        .collect();
    let first = allow
        .blocks()
        .find(|block| private.contains_block(*block))?;
    Some(format!(
        "{first} is private, and aws:SourceIp is always public: it lets nobody through; name the VPC endpoint with --vpce (KEY-5)"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::guards;
    use super::*;

    #[test]
    fn a_quota_that_has_to_be_raised_is_said() {
        let said = |count: u8| {
            let blocks: Vec<String> = (0..count)
                .map(|at| format!("192.0.2.{}/32", at * 2))
                .collect();
            let guards = guards(Kind::Trust, &blocks.join(" "));
            let used: Vec<usize> = guards.iter().map(Guard::least).collect();
            let raised = notes(&guards)
                .iter()
                .any(|note| note.contains("default quota of 2,048"));
            (checked(&guards, &[], &used), raised)
        };
        let (line, raised) = said(20);
        assert!(
            line.contains(" of 2,048 characters used") && !raised,
            "{line}"
        );
        let (line, raised) = said(120);
        assert!(
            line.contains(" of 8,192 characters used") && raised,
            "{line}"
        );
    }
}
