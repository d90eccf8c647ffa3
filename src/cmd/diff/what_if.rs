//! An account as it is, and as it would be with changes.

use jiff::Timestamp;

use super::reader::Reader;
use super::{Compared, DiffArgs};
use crate::cmd::account::warn_unreached;
use crate::cmd::output::Console;
use crate::error::{Error, Result};
use crate::eval::{Caller, Scenario};
use crate::input::{Documents, Touched};
use crate::report::escape;

/// The most principals that are compared, each by itself.
const MOST_TOUCHED: usize = 2_000;

impl DiffArgs {
    /// What changes to an account change: for the principal that is named, else for everyone whom they concern.
    pub(super) fn what_if(&self, now: Timestamp, console: &mut Console) -> Result<Compared> {
        if !self.paths.is_empty() || self.git.is_some() {
            return Err(Error::request(
                "the changes to the account are compared with the account as it is, and other versions were named",
            )
            .help("leave them out: ipcond diff --account FILE --attach role/NAME=POLICY"));
        }
        let reader = Reader::new(self, None)?;
        let before = self.account.read()?;
        let documents = Documents::new(self.layers.lenient);
        let after = self.account.edit(before.clone(), &documents)?;
        for line in after.edits().filter(|_| console.verbose > 0) {
            console.say(&escape::terminal(line));
        }
        let sides = [&before, &after];
        let mut all = Vec::new();
        if self.call.names_principal() {
            all.push(reader.edited(sides, &Scenario::default(), console)?);
        } else {
            let touched = after.touched()?;
            check_count(touched.len())?;
            for one in &touched {
                all.push(match one {
                    Touched::Principal(arn) => {
                        let principal = Some(Caller::parse(arn)?);
                        let scenario = Scenario {
                            principal,
                            ..Scenario::default()
                        };
                        reader.edited(sides, &scenario, console)?
                    }
                    Touched::Trust(arn) => reader.trusts(sides, arn, console)?,
                });
            }
        }
        warn_unreached(&after, console);
        let mut differences = Vec::new();
        for versions in all {
            differences.extend(self.compare(versions, now, console)?.differences);
        }
        Ok(Compared {
            title: None,
            file: None,
            differences,
            same_text: false,
        })
    }
}

fn check_count(count: usize) -> Result<()> {
    if count <= MOST_TOUCHED {
        return Ok(());
    }
    let text = format!(
        "the changes concern {count} principals, and at most {MOST_TOUCHED} are compared in one run"
    );
    Err(Error::request(text).help("name one: --principal ARN"))
}
