//! `--fix` and `--diff`: changes that are proved to leave the meaning as it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use similar::TextDiff;

use super::files::{Beside, Files, Text, findings_in, policy};
use crate::ask::lint::{Edit, Located, apply, is_same};
use crate::cmd::output::{Console, write_beside};
use crate::cmd::{Exit, Stop};
use crate::error::{Error, Result};
use crate::input::files::display;
use crate::policy::Policy;
use crate::report::escape;
use crate::source::Source;

/// The most rounds for one file: a change may make room for the next, such as a block that has become a duplicate.
const MOST_ROUNDS: usize = 16;

/// A file with its changes made.
struct Changed {
    policy: Arc<Policy>,
    made: usize,
}

/// Changes the files.
pub(super) fn fix(
    files: &mut Files,
    counts: &dyn Fn(&Located) -> bool,
    console: &Console,
) -> Result<()> {
    say_left(files, console);
    for at in 0..files.policies.len() {
        let text = &files.policies[at];
        let changed = match changed(files, text, counts) {
            Ok(Some(changed)) => changed,
            Ok(None) => continue,
            // What cannot be proved in one file does not keep the others from being mended; its findings stay.
            Err(error) => {
                console.report(&error);
                continue;
            }
        };
        write_beside(&text.path, changed.policy.source.text().as_bytes())?;
        let name = display(&text.path);
        let plural = if changed.made == 1 { "" } else { "s" };
        console.say(&format!(
            "fixed {}: {} change{plural}, the same addresses as before",
            escape::terminal(&name),
            changed.made
        ));
        files.policies[at] = files.policies[at].changed(changed.policy);
    }
    Ok(())
}

/// Which files are left as they are, and why.
fn say_left(files: &Files, console: &Console) {
    let left = |text: &Text| Some((display(&text.path), text.why_left()?));
    let left: BTreeSet<_> = files.policies.iter().filter_map(left).collect();
    for (name, why) in left {
        console.say(&format!("note: {} {why}", escape::terminal(&name)));
    }
}

/// Shows the changes.
pub(super) fn show(
    files: &Files,
    counts: &dyn Fn(&Located) -> bool,
    console: &mut Console,
) -> Result<Exit, Stop> {
    say_left(files, console);
    let (mut made, mut texts) = (0, 0);
    for text in &files.policies {
        let Some(changed) = changed(files, text, counts)? else {
            continue;
        };
        made += changed.made;
        texts += 1;
        let name = display(&text.path);
        let mark = if text.has_mark { "\u{feff}" } else { "" };
        let old = format!("{mark}{}", text.policy.source.text());
        let diff = TextDiff::from_lines(old.as_str(), changed.policy.source.text());
        let shown = diff.unified_diff().header(&name, &name).to_string();
        console.result()?.write_all(shown.as_bytes())?;
    }
    console.flush()?;
    let (plural, files_plural) = (
        if made == 1 { "" } else { "s" },
        if texts == 1 { "" } else { "s" },
    );
    console.say(&format!(
        "{made} change{plural} in {texts} file{files_plural}"
    ));
    Ok(match (files.are_unread(), made > 0) {
        (true, _) => Exit::Error,
        (false, true) => Exit::No,
        (false, false) => Exit::Yes,
    })
}

/// The file with every safe change made, round by round; `None` if there is nothing to change.
fn changed(
    files: &Files,
    text: &Text,
    counts: &dyn Fn(&Located) -> bool,
) -> Result<Option<Changed>> {
    if text.why_left().is_some() {
        return Ok(None);
    }
    let trusts = files.trusts();
    let trust = trusts.get(&Beside::of(text)).copied().flatten();
    let mut now = text.clone();
    let mut all = 0;
    for _ in 0..MOST_ROUNDS {
        let found = findings_in(&now, trust, None);
        let wanted = found.iter().filter(|one| counts(one));
        let edits: Vec<&[Edit]> = wanted.filter_map(Located::safe_edits).collect();
        if edits.is_empty() {
            break;
        }
        let (new, made) = apply(now.policy.source.text(), &edits);
        let source = Source::new(now.policy.source.name(), new);
        now = now.changed(policy(&source, Some(now.policy.kind))?);
        all += made;
    }
    if all == 0 {
        return Ok(None);
    }
    check(text, &now.policy)?;
    Ok(Some(Changed {
        policy: now.policy,
        made: all,
    }))
}

/// Nothing is written that is not proved.
fn check(old: &Text, new: &Arc<Policy>) -> Result<()> {
    if is_same(&old.policy, new, Timestamp::now())? {
        return Ok(());
    }
    let name = display(&old.path);
    Err(Error::request(format!(
        "the changes to `{name}` are not proved to leave its meaning as it is; nothing was written"
    )))
}
