//! What `aws iam get-account-authorization-details` prints: where its users, groups, roles and policies stand.

use super::entry::{Entry, Sort, Spelling};
use crate::error::{Error, Result};
use crate::input::Held;
use crate::json;
use crate::source::{Source, Span};

/// The lists of principals in such a file.
pub(crate) const LISTS: [&str; 3] = ["UserDetailList", "GroupDetailList", "RoleDetailList"];

fn sort_of(list: &str) -> Option<Sort> {
    match list {
        "GroupDetailList" => Some(Sort::Group),
        "Policies" => Some(Sort::Policy),
        "RoleDetailList" => Some(Sort::Role),
        "UserDetailList" => Some(Sort::User),
        _ => None,
    }
}

/// What stands where.
pub(super) fn entries(source: &Source, whole: Span) -> Result<Vec<Entry>> {
    let members = json::outline(source, whole)?;
    if !members.iter().any(|(key, _)| LISTS.contains(&key.as_ref())) {
        return Err(Error::request(
            "these are no account authorization details: there is no `RoleDetailList`",
        )
        .at(source, Span::new(whole.start(), whole.start() + 1))
        .help("give --account what `aws iam get-account-authorization-details` prints, a snapshot of AWS Config, or an organization"));
    }
    let mut entries = Vec::new();
    for (key, span) in members {
        if let Some(sort) = sort_of(&key) {
            read_list(source, &key, sort, span, &mut entries)?;
        }
    }
    Ok(entries)
}

/// All documents of a file, of managed policies the versions in force.
pub(crate) fn documents(source: &Source) -> Result<Vec<Held>> {
    let mut found = Vec::new();
    for entry in entries(source, super::whole(source))? {
        found.extend(entry.documents()?);
    }
    Ok(found)
}

fn read_list(
    source: &Source,
    list: &str,
    sort: Sort,
    span: Span,
    entries: &mut Vec<Entry>,
) -> Result<()> {
    if source.slice(span) == "null" {
        return Ok(());
    }
    let expect = |found: Span, what: &str| {
        Error::request(format!("`{list}` must be {what}")).at(source, found)
    };
    if !source.slice(span).starts_with('[') {
        return Err(expect(span, "a list"));
    }
    for (index, span) in json::outline_list(source, span)?.into_iter().enumerate() {
        if !source.slice(span).starts_with('{') {
            return Err(expect(span, "a list of objects"));
        }
        let members = json::outline(source, span)?;
        let arn = members.iter().find(|(key, _)| key == "Arn");
        let arn = arn.ok_or_else(|| {
            Error::request(format!("`{list}[{index}]` has no `Arn`"))
                .at(source, Span::new(span.start(), span.start() + 1))
        })?;
        let arn = json::parse_part(source, arn.1)?;
        entries.push(Entry {
            sort,
            arn: arn.expect_str("Arn", source)?.to_owned(),
            address: format!("{list}[{index}]"),
            source: source.clone(),
            span,
            spelling: Spelling::Upper,
        });
    }
    Ok(())
}
