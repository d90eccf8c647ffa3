//! `ipcond ips`: from which addresses exactly.

use std::path::Path;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::args::{CallArgs, described_everywhere, in_flag};
use super::output::Console;
use super::policies::PolicyArgs;
use super::{Exit, Stop};
use crate::ask::ips::{Ips, ips, principal_title};
use crate::error::{Error, Result};
use crate::eval::{Part, Scenario, only_denies};
use crate::input::Config;
use crate::net::AddressSet;
use crate::report::shape::Family;
use crate::report::text::ips::Options;
use crate::report::{self, set, text};

/// Arguments of `ipcond ips`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct IpsArgs {
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    call: CallArgs,
    /// The addresses that are denied, instead of those that are allowed
    #[arg(long, help_heading = "Answer")]
    denied: bool,
    /// List all blocks, even where what is left out is shorter to say
    #[arg(long, help_heading = "Answer")]
    cidrs: bool,
    /// IPv4 only
    #[arg(long, conflicts_with = "v6", help_heading = "Answer")]
    v4: bool,
    /// IPv6 only
    #[arg(long, help_heading = "Answer")]
    v6: bool,
    /// Fail if an address is allowed that is not in one of these: a block, an address, `@SET` or `@file:PATH`
    #[arg(long, value_name = "CIDR", num_args = 1.., help_heading = "Answer")]
    expect_subset: Vec<String>,
    /// Fail if anything is allowed
    #[arg(long, conflicts_with = "expect_subset", help_heading = "Answer")]
    expect_empty: bool,
    /// Draw IPv4 as a Hilbert map, with the answer as text
    #[arg(long, help_heading = "Answer")]
    map: bool,
    /// How the addresses are printed
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Answer")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One block on each line
    Cidr,
    /// `first-last` on each line
    Range,
    /// Everything, as ips/1
    Json,
    /// Blocks with their decision, policy, statement and line
    Csv,
    /// A Hilbert map of IPv4, with a table of IPv6
    Svg,
    /// A list expression
    Terraform,
    /// For `aws wafv2 create-ip-set --cli-input-json`, an object for each family
    Wafv2,
    /// A table for `nft -f`
    Nft,
    /// For `ipset restore`
    Ipset,
}

pub(crate) fn run(args: &IpsArgs, console: &mut Console) -> Result<Exit, Stop> {
    args.call.facts.check_no_address()?;
    let scenario = described_everywhere(&args.policies, &args.call, console)?;
    let mut wanted = args.call.wanted(&scenario)?;
    wanted.principal = !wanted.actions.is_empty();
    let config = console.config()?;
    let expected = args.expected(&config)?;
    let answers = ips(&scenario, &wanted, Timestamp::now())?;
    args.write(&answers, &config, console)?;
    if !answers.is_empty() && nothing_allows(&scenario) {
        console.flush()?;
        console.say("note: the policies have no Allow statement, so nothing is allowed; name the policy that allows as well");
    }
    let mut exit = Exit::Yes;
    for answer in &answers {
        if let Some(expected) = &expected {
            exit = exit.worse(args.check(answer, expected, answers.len() > 1, console)?);
        }
        if !args.shown(&answer.depends).is_empty() {
            exit = exit.worse(Exit::Depends);
        }
    }
    Ok(exit)
}

impl IpsArgs {
    fn family(&self) -> Option<Family> {
        match (self.v4, self.v6) {
            (true, _) => Some(Family::V4),
            (_, true) => Some(Family::V6),
            _ => None,
        }
    }

    /// What of a set is asked for.
    fn shown(&self, set: &AddressSet) -> AddressSet {
        self.family()
            .map_or_else(|| set.clone(), |family| family.of(set))
    }

    /// The set that must hold all that is allowed, if the flags say so.
    fn expected(&self, config: &Config) -> Result<Option<AddressSet>> {
        if self.expect_empty {
            return Ok(Some(AddressSet::default()));
        }
        if self.expect_subset.is_empty() {
            return Ok(None);
        }
        let mut all = AddressSet::default();
        for text in &self.expect_subset {
            let set = config.sets.resolve(text, Path::new(""));
            let set = set.map_err(|error| in_flag("--expect-subset", &error))?;
            all = all.union(&set.set);
        }
        Ok(Some(all))
    }

    /// Whether all that is allowed is expected, and what is not.
    fn check(
        &self,
        answer: &Ips,
        expected: &AddressSet,
        of_several: bool,
        console: &mut Console,
    ) -> Result<Exit, Stop> {
        let what = match answer.request() {
            Some(request) if of_several => format!(
                " {} as {}:",
                request.action,
                principal_title(&request.caller)
            ),
            _ => String::new(),
        };
        let too_much = self.shown(&answer.allowed).difference(expected);
        let perhaps = self.shown(&answer.depends).difference(expected);
        for (set, word, exit) in [
            (too_much, "allowed", Exit::No),
            (perhaps, "perhaps allowed", Exit::Depends),
        ] {
            if set.is_empty() {
                continue;
            }
            console.flush()?;
            let (addresses, is) = describe(&set);
            let among = if self.expect_empty {
                ", and nothing should be".to_owned()
            } else {
                format!(" and {is} not in {}", self.expect_subset.join(", "))
            };
            console.say(&format!("error:{what} {addresses} {is} {word}{among}"));
            return Ok(exit);
        }
        Ok(Exit::Yes)
    }

    fn write(&self, answers: &[Ips], config: &Config, console: &mut Console) -> Result<(), Stop> {
        let screen = console.screen();
        if self.format == Format::Text {
            let options = Options {
                denied: self.denied,
                cidrs: self.cidrs,
                only: self.family(),
            };
            let names = |set: &AddressSet| config.sets.describe(set);
            let out = console.result()?;
            if answers.is_empty() {
                writeln!(out, "{NO_REQUEST}; {NAME_ONE}")?;
            }
            out.write_all(text::ips::ips(answers, options, &names, screen).as_bytes())?;
            if self.map {
                let answer = only(answers)?;
                let map = set::map::draw(&answer.allowed, &answer.depends, screen.styled);
                write!(out, "\n{map}")?;
            }
            return Ok(());
        }
        if self.map {
            let error = Error::request("--map draws beside the text");
            return Err(error
                .help("leave out --format, or write the map as -f svg")
                .into());
        }
        if self.format == Format::Json {
            return Ok(report::ips::json(console.result()?, answers)?);
        }
        let answer = only(answers)?;
        let wanted = self.shown(if self.denied {
            &answer.denied
        } else {
            &answer.allowed
        });
        if wanted.has_none() && matches!(self.format, Format::Cidr | Format::Range | Format::Wafv2)
        {
            let word = if self.denied { "denied" } else { "allowed" };
            console.say(&format!(
                "note: requests without a source IP are {word} too, which no list of blocks can say"
            ));
        }
        let out = console.result()?;
        match self.format {
            Format::Text | Format::Json => {}
            Format::Cidr => set::cidr::write(out, &wanted)?,
            Format::Range => set::range::write(out, &wanted)?,
            Format::Terraform => set::terraform::write(out, &wanted)?,
            Format::Wafv2 => set::wafv2::write(out, &wanted)?,
            Format::Nft => set::nft::write(out, &wanted)?,
            Format::Ipset => set::ipset::write(out, &wanted)?,
            Format::Csv => report::ips::csv(out, answer, |part| self.is_wanted(part))?,
            Format::Svg => {
                let title = answer.request().map_or_else(String::new, |request| {
                    format!("{} as {}", request.action, principal_title(&request.caller))
                });
                set::svg::write(out, &title, &answer.allowed, &answer.depends)?;
            }
        }
        Ok(())
    }

    /// Whether a part is in the table of CSV: everything, or what flags narrow it down to.
    fn is_wanted(&self, part: &Part) -> bool {
        let family = match (self.family(), part.range) {
            (None, _) => true,
            (Some(family), Some((first, _))) => family.holds(first),
            (Some(_), None) => false,
        };
        family && (!self.denied || part.decision.is_denied())
    }
}

/// Whether only the caller's own policies could allow anything, and none of them does.
fn nothing_allows(scenario: &Scenario) -> bool {
    let policies = &scenario.policies;
    let own = policies.identity.as_deref().unwrap_or_default();
    only_denies(own) && policies.resource.is_none() && scenario.steps.is_none()
}

const NO_REQUEST: &str = "no statement names an action on a resource, so there is nothing to ask";
const NAME_ONE: &str = "name a request with --action and --resource";

/// The answer, where there is one.
fn only(answers: &[Ips]) -> Result<&Ips> {
    if let [answer] = answers {
        Ok(answer)
    } else if answers.is_empty() {
        Err(Error::request(NO_REQUEST).help(NAME_ONE))
    } else {
        let mut names: Vec<String> = answers
            .iter()
            .filter_map(|answer| answer.request().map(|request| (answer, request)))
            .map(|(answer, request)| {
                let caller = principal_title(&request.caller);
                format!("{} on {} as {caller}", request.action, answer.resource())
            })
            .collect();
        let more = names.len().saturating_sub(12);
        names.truncate(12);
        if more > 0 {
            names.push(format!("… {more} more"));
        }
        let text = format!(
            "this format holds one set of addresses, and there are {}:\n  {}",
            answers.len(),
            names.join("\n  ")
        );
        Err(Error::request(text).help("say which with --action, --resource and --principal"))
    }
}

/// The first blocks of a set in words, and the verb that goes with them.
fn describe(set: &AddressSet) -> (String, &'static str) {
    let mut blocks: Vec<String> = set
        .blocks()
        .take(4)
        .map(|block| block.to_string())
        .collect();
    if blocks.len() == 4 {
        blocks[3] = format!("{} more", set.blocks().count() - 3);
    }
    if set.has_none() {
        blocks.push("a request without a source IP".into());
    }
    let is = if blocks.len() == 1 { "is" } else { "are" };
    (blocks.join(", "), is)
}
