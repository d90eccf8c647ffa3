//! `ipcond guard`: the policy for a set of addresses.

use std::path::Path;

use clap::{Args, ValueEnum};

use super::args::in_flag;
use super::output::Console;
use super::{Exit, Stop};
use crate::ask::guard::{self, Endpoint, Exempt, Guard, Sid, Wanted};
use crate::error::{Error, Result};
use crate::input::Config;
use crate::net::AddressSet;
use crate::report::escape;
use crate::report::guard::{cloudformation, json, summary, terraform};

/// Arguments of `ipcond guard`.
#[derive(Args, Debug)]
pub(crate) struct GuardArgs {
    /// From where requests stay possible: a block, an address, `@SET`, `@file:PATH`, or `none` for requests without one
    #[arg(long, value_name = "CIDR", num_args = 1..)]
    allow: Vec<String>,
    /// VPC endpoints that requests may come through
    #[arg(long, value_name = "ID", num_args = 1..)]
    vpce: Vec<String>,
    /// What else stays possible from anywhere: services, forward-access, roles=PATTERN; or none
    #[arg(long, value_name = "WHAT", default_value = "services,forward-access")]
    exempt: Vec<String>,
    /// What the policy is attached to
    #[arg(long, value_enum, default_value_t = Kind::Identity)]
    kind: Kind,
    /// The resources that are guarded [default: all; a bucket has to be named]
    #[arg(long, value_name = "ARN", num_args = 1..)]
    resource: Vec<String>,
    /// The actions that are guarded [default: all that such a policy is about]
    #[arg(long, value_name = "ACTION", num_args = 1..)]
    actions: Vec<String>,
    /// The name of the statement
    #[arg(long, value_name = "SID", default_value = "DenyOutside")]
    sid: String,
    /// How the policy is printed
    #[arg(short, long, value_enum, default_value_t = Format::Json, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// An account or organizational unit (service control policy)
    Scp,
    /// An S3 bucket
    Bucket,
    /// A role: the trust policy, and the permissions policy that it needs beside it
    Trust,
    /// A user, group or role: what it may do
    Identity,
    /// A VPC endpoint; addresses are those inside of the VPC
    Vpce,
}

impl From<Kind> for guard::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Bucket => Self::Bucket,
            Kind::Identity => Self::Identity,
            Kind::Scp => Self::Scp,
            Kind::Trust => Self::Trust,
            Kind::Vpce => Self::Vpce,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The policy document; for a role both, as guard/1
    Json,
    /// Data sources `aws_iam_policy_document`
    Terraform,
    /// Properties in YAML
    Cloudformation,
}

pub(crate) fn run(args: &GuardArgs, console: &mut Console) -> Result<Exit, Stop> {
    let config = console.config()?;
    let (allow, names) = args.allowed(&config, console)?;
    let guards = Guard::all(&args.wanted(allow)?)?;
    let mut used = Vec::new();
    for guard in &guards {
        // What is checked is the very text that is printed; the other formats write the same document.
        let text = match args.format {
            Format::Json => json::document(guard),
            Format::Terraform | Format::Cloudformation => guard.compact(),
        };
        guard::check(&guard.wanted, &text)?;
        used.push(guard.wanted.kind.limit().used(&text));
    }
    let text = match args.format {
        Format::Json => json::write(&guards),
        Format::Terraform => terraform::write(&guards),
        Format::Cloudformation => cloudformation::write(&guards),
    };
    console.result()?.write_all(text.as_bytes())?;
    console.flush()?;
    let line = summary::checked(&guards, &names, &used);
    console.say(&escape::terminal(&line));
    for note in summary::notes(&guards) {
        console.say(&escape::terminal(&format!("note: {note}")));
    }
    Ok(Exit::Yes)
}

impl GuardArgs {
    /// The addresses, and what they were called.
    fn allowed(&self, config: &Config, console: &Console) -> Result<(AddressSet, Vec<String>)> {
        let (mut all, mut names) = (AddressSet::default(), Vec::new());
        for text in &self.allow {
            let found = config.sets.resolve(text, Path::new(""));
            let found = found.map_err(|error| in_flag("--allow", &error))?;
            if found.set.is_empty() {
                let error = Error::request(format!("`{text}` holds no address"));
                return Err(error.help(
                    "a guard that lets nobody in is hardly meant; correct the set or leave it out",
                ));
            }
            for assumption in &found.assumptions {
                let line = format!("assumes: {} ({})", assumption.text, assumption.rule);
                console.say(&escape::terminal(&line));
            }
            all = all.union(&found.set);
            names.push(found.name);
        }
        Ok((all, names))
    }

    fn wanted(&self, allow: AddressSet) -> Result<Wanted> {
        let endpoints: Result<Vec<Endpoint>> = self.vpce.iter().map(|id| id.parse()).collect();
        let resources: Result<_> = self.resource.iter().map(|text| text.parse()).collect();
        let actions: Result<_> = self.actions.iter().map(|text| text.parse()).collect();
        let exempt = Exempt::parse(self.exempt.iter().map(String::as_str));
        let sid: Result<Sid> = self.sid.parse();
        Ok(Wanted {
            kind: self.kind.into(),
            allow,
            endpoints: endpoints.map_err(|error| in_flag("--vpce", &error))?,
            exempt: exempt.map_err(|error| in_flag("--exempt", &error))?,
            actions: actions.map_err(|error| in_flag("--actions", &error))?,
            resources: resources.map_err(|error| in_flag("--resource", &error))?,
            sid: sid.map_err(|error| in_flag("--sid", &error))?,
        })
    }
}
