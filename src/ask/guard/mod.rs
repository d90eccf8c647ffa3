//! The policy for a set of addresses: written, and held against what was asked before anyone sees it.

mod check;
mod cover;
mod document;
mod probes;
mod size;
mod template;
mod wanted;

pub use check::check;
pub use document::{Document, Statement, Test};
pub use size::{Limit, Unit};
pub use wanted::{
    ActionPattern, Endpoint, Exempt, Kind, ResourcePattern, RolePattern, Sid, Wanted,
};

use self::cover::Cover;
use crate::error::{Error, Result};
use crate::net::{AddressSet, with_separators};
use crate::policy::Action;

/// The most blocks that are looked at. A hole or block of a document stands for 128 blocks of the shortest list at most, and
/// the largest document holds fewer than 1,800 of them.
const MOST_BLOCKS: usize = 250_000;

/// A policy that lets through what is wanted, and denies everything else that it covers.
///
/// # Example
/// ```
/// use ipcond::ask::guard::{Exempt, Guard, Kind, Wanted, check};
/// use ipcond::net::{AddressSet, Cidr};
/// let office: AddressSet = ["203.0.113.0/25".parse::<Cidr>()?, "203.0.113.128/25".parse()?].into_iter().collect();
/// let wanted = Wanted {
///     kind: Kind::Identity, allow: office, exempt: Exempt::default(),
///     endpoints: vec![], actions: vec![], resources: vec![], sid: "Office".parse()?,
/// };
/// let guard = Guard::new(&wanted)?;
/// let text = guard.compact();
/// assert!(text.contains(r#""NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#)); // the two halves are one block
/// check(&guard.wanted, &text)?;
/// assert!(check(&guard.wanted, &text.replace("/24", "/25")).is_err()); // a request that should pass would not
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Guard {
    /// What was asked.
    pub wanted: Wanted,
    /// The policy.
    pub document: Document,
    /// How many blocks it lists, and holes in them.
    pub blocks: usize,
}

impl Guard {
    /// The policy for what is wanted: of all that say exactly it, the shortest. It is within the limit of its kind.
    ///
    /// # Errors
    /// If what is wanted makes no sense for the kind, would deny nothing or let nothing through, or does not fit.
    pub fn new(wanted: &Wanted) -> Result<Self> {
        check_addresses(wanted)?;
        check_kind(wanted)?;
        let plain = wanted.allow.blocks().take(MOST_BLOCKS + 1).count();
        if plain > MOST_BLOCKS {
            return Err(far_too_many(wanted));
        }
        let guard = Self::of(wanted, &Cover::plain(&wanted.allow));
        let cover = Cover::fewest(&wanted.allow);
        let fewest = Self::of(wanted, &cover);
        // A statement for the holes is worth it only where it saves more than it takes.
        let shorter = fewest.compact().len() < guard.compact().len();
        let guard = if shorter && cover.mapped().is_none() {
            fewest
        } else {
            guard
        };
        let most = wanted.kind.limit().most;
        if guard.least() > most {
            return Err(guard.does_not_fit());
        }
        Ok(guard)
    }

    /// What `wanted` takes in all: for a role who may assume it, and what its sessions may do. Either alone leaves a way: a
    /// session that was opened here can be used elsewhere if its role may act from anywhere (ROLE-5), and the policies of a role
    /// do not count when it is assumed (ROLE-2, ROLE-3).
    ///
    /// # Errors
    /// As [`Guard::new`].
    pub fn all(wanted: &Wanted) -> Result<Vec<Self>> {
        let permissions = (wanted.kind == Kind::Trust).then(|| Wanted {
            kind: Kind::Identity,
            actions: Vec::new(),
            ..wanted.clone()
        });
        let all = std::iter::once(wanted).chain(&permissions);
        all.map(Self::new).collect()
    }

    fn of(wanted: &Wanted, cover: &Cover) -> Self {
        Self {
            document: template::document(wanted, cover),
            blocks: cover.len(),
            wanted: wanted.clone(),
        }
    }

    /// The document as JSON, without white space.
    ///
    /// # Panics
    /// Never: a document has nothing that JSON cannot say.
    pub fn compact(&self) -> String {
        serde_json::to_string(&self.document).expect("keys and values are text")
    }

    /// What it takes of the limit at least.
    pub fn least(&self) -> usize {
        self.wanted.kind.limit().used(&self.compact())
    }

    fn does_not_fit(&self) -> Error {
        let limit = self.wanted.kind.limit();
        let takes = self.least();
        let number = |number: usize| with_separators(number as u128);
        let white = if limit.white_space {
            ""
        } else {
            ", white space not counted"
        };
        let text = format!(
            "the {} takes {} of {} {}{white}: {} too many",
            self.wanted.kind.policy().title(),
            number(takes),
            number(limit.most),
            limit.unit.as_str(),
            number(takes - limit.most),
        );
        let blocks = self.wanted.allow.blocks().collect::<Vec<_>>();
        let fits = |count: &usize| {
            let allow = blocks[..*count].iter().copied().collect::<AddressSet>();
            let wanted = Wanted {
                allow: allow.with_none(self.wanted.allow.has_none()),
                ..self.wanted.clone()
            };
            let plain = Self::of(&wanted, &Cover::plain(&wanted.allow));
            plain.least() <= limit.most
        };
        let counts = (0..=blocks.len()).collect::<Vec<_>>();
        let room = counts.partition_point(fits).saturating_sub(1);
        let help = format!(
            "the shortest exact list has {} blocks, and the first {} fit; allow fewer or larger blocks{}",
            number(self.blocks),
            number(room),
            elsewhere(self.wanted.kind),
        );
        too_large(text, limit).help(help)
    }
}

/// Where there is more room, or more policies can share the work.
fn elsewhere(kind: Kind) -> &'static str {
    match kind {
        Kind::Identity => "; an SCP holds 10,240 characters (--kind scp)",
        Kind::Trust => {
            "; an SCP holds 10,240 characters and binds the callers of its own accounts (--kind scp)"
        }
        Kind::Bucket | Kind::Scp | Kind::Vpce => "",
    }
}

fn far_too_many(wanted: &Wanted) -> Error {
    let limit = wanted.kind.limit();
    let text = format!(
        "no policy holds the addresses: over {} blocks for {} {}",
        with_separators(MOST_BLOCKS as u128),
        with_separators(limit.most as u128),
        limit.unit.as_str()
    );
    too_large(text, limit).help("allow fewer or larger blocks")
}

fn too_large(text: String, limit: Limit) -> Error {
    let error = Error::request(text);
    match limit.rule {
        Some(rule) => error.by(rule),
        None => error,
    }
}

/// Whether there is something to let through and something to deny, and blocks can say it.
fn check_addresses(wanted: &Wanted) -> Result<()> {
    let Wanted {
        allow, endpoints, ..
    } = wanted;
    if allow.is_empty() && endpoints.is_empty() {
        return Err(Error::request("nothing is to be let through")
            .help("name addresses with --allow CIDR, or VPC endpoints with --vpce ID"));
    }
    if *allow == AddressSet::all() {
        return Err(
            Error::request("every address and requests without one are to be let through, which leaves nothing to deny")
                .help("name fewer addresses, or leave out `none`"),
        );
    }
    let block = Cover::plain(allow).mapped();
    match block {
        None => Ok(()),
        Some(block) => Err(Error::request(format!(
            "`{block}` holds IPv4-mapped addresses, which no request carries"
        ))
        .by("IP-8")
        .help("name the IPv4 addresses")),
    }
}

/// Whether policies of the kind can say the rest.
fn check_kind(wanted: &Wanted) -> Result<()> {
    let Wanted {
        kind,
        endpoints,
        actions,
        resources,
        ..
    } = wanted;
    if *kind == Kind::Vpce && !endpoints.is_empty() {
        return Err(Error::request(
            "an endpoint policy stands at one VPC endpoint, and lists no others",
        )
        .help("leave out --vpce; addresses of --allow are those inside of the VPC"));
    }
    if *kind == Kind::Trust && !resources.is_empty() {
        return Err(
            Error::request("a trust policy names no resource: it is about its role")
                .by("GRAM-12")
                .help("leave out --resource"),
        );
    }
    if *kind == Kind::Bucket {
        check_bucket(resources)?;
    }
    for action in actions {
        check_action(*kind, action.as_str())?;
    }
    Ok(())
}

fn check_bucket(resources: &[ResourcePattern]) -> Result<()> {
    let help = "name the bucket with --resource arn:aws:s3:::NAME";
    if resources.is_empty() {
        return Err(Error::request("a bucket policy names its bucket")
            .by("GRAM-12")
            .help(help));
    }
    match resources
        .iter()
        .find(|resource| resource.bucket().is_none())
    {
        None => Ok(()),
        Some(other) => Err(Error::request(format!("`{}` is no bucket", other.as_str())).help(help)),
    }
}

fn check_action(kind: Kind, text: &str) -> Result<()> {
    let service = text.split(':').next().unwrap_or_default();
    let of = |service_of: &str| service.eq_ignore_ascii_case(service_of);
    match kind {
        Kind::Bucket if text != "*" && !of("s3") => {
            Err(Error::request(format!("`{text}` is no action on a bucket"))
                .help("actions of bucket policies begin with `s3:`"))
        }
        Kind::Trust if !of("sts") => Err(Error::request(format!(
            "`{text}` is no way to assume a role"
        ))
        .help("actions of trust policies begin with `sts:`")),
        // A VPC endpoint policy may stop even what needs no permission.
        Kind::Vpce => Ok(()),
        _ => check_bound(kind, text),
    }
}

/// Whether policies of the kind are asked at all when it is called.
fn check_bound(kind: Kind, text: &str) -> Result<()> {
    let Ok(action) = text.parse::<Action>() else {
        return Ok(());
    };
    if action.needs_no_permission() {
        return Err(Error::request(format!("no policy can deny `{text}`"))
            .by("ROLE-30")
            .help("AWS answers it whatever policies say; leave it out"));
    }
    if matches!(kind, Kind::Identity | Kind::Scp) && action.is_federated() {
        let policy = kind.policy().with_article();
        return Err(Error::request(format!(
            "{policy} does not bind callers of `{text}`: they have no credentials yet"
        ))
        .by("ROLE-16")
        .help("guard the role with --kind trust"));
    }
    Ok(())
}
