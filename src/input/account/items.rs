//! Items of AWS Config: resources as it recorded them, in snapshots, lists, JSON Lines and what its API prints.
//!
//! Names are those of the API of each service, and begin with small letters. A configuration is an object in a snapshot and a
//! string in what the API prints.

use std::borrow::Cow;

use jiff::Timestamp;

use super::entry::{Entry, Sort, Spelling};
use super::whole;
use super::{OfResource, Recorded};
use crate::error::{Error, Result};
use crate::input::Held;
use crate::input::documents::{climb, file_of, outputs};
use crate::json::{self, Node, Value};
use crate::policy::PolicyKind;
use crate::source::{Source, Span};

/// The members of an object: the keys, and where the values stand.
type Members<'a> = [(Cow<'a, str>, Span)];

/// The lists of items: of a snapshot and a history, of a batch, and of a query.
const LISTS: [&str; 3] = ["configurationItems", "baseConfigurationItems", "Results"];

/// Whether an object with such members has items of AWS Config, or is one.
pub(crate) fn is_object(has: &impl Fn(&str) -> bool) -> bool {
    has(LISTS[0]) || has(LISTS[1]) || (has(LISTS[2]) && has("QueryInfo")) || is_item(has)
}

fn is_item(has: &impl Fn(&str) -> bool) -> bool {
    const OTHERS: [&str; 4] = [
        "configuration",
        "supplementaryConfiguration",
        "configurationItemStatus",
        "configurationItemCaptureTime",
    ];
    has("resourceType") && OTHERS.iter().any(|name| has(name))
}

/// Whether a text is a list of items, or JSON Lines of them.
pub(crate) fn is_list(source: &Source, whole: Span) -> bool {
    let first = if source.slice(whole).starts_with('[') {
        first_element(source, whole)
    } else {
        first_of_lines(source, whole)
    };
    let members = first.and_then(|first| json::outline(source, first).ok());
    members.is_some_and(|members| is_item(&|name| find(&members, name).is_some()))
}

fn first_element(source: &Source, whole: Span) -> Option<Span> {
    let elements = json::outline_list(source, whole).ok()?;
    elements.first().copied()
}

/// The first line, where more follow.
fn first_of_lines(source: &Source, whole: Span) -> Option<Span> {
    let (first, rest) = source.slice(whole).split_once('\n')?;
    let more = !rest.trim_ascii_start().is_empty();
    more.then(|| Span::new(whole.start(), whole.start() + first.trim_ascii_end().len()))
}

/// A resource as it was at a time.
struct Item {
    address: String,
    /// The text that it stands in, and where.
    source: Source,
    span: Span,
    of_type: String,
    arn: Option<String>,
    /// Whose it is.
    account: Option<String>,
    captured: Option<Timestamp>,
    configuration: Option<(Source, Span)>,
    supplementary: Option<(Source, Span)>,
}

/// All documents of a file, of managed policies the versions in force.
pub(crate) fn documents(source: &Source) -> Result<Vec<Held>> {
    let mut found = Vec::new();
    for item in items(source)? {
        found.extend(item.documents()?);
    }
    Ok(found)
}

/// What a file says of users, groups, roles, policies and resources that have one, and when.
pub(super) fn recorded(source: &Source) -> Result<Vec<Recorded>> {
    let mut all = Vec::new();
    for item in items(source)? {
        let entry = match item.sort() {
            Some(_) => item.entry()?,
            None if item.may_have_policy() => item.resource(),
            // It was of a rule, and says nothing of the resource that it names.
            None if item.of_type.starts_with("AWS::Config::") => continue,
            None => None,
        };
        let named = entry.as_ref().map(|entry| &entry.arn).or(item.arn.as_ref());
        if let Some(arn) = named.cloned() {
            let captured = item.captured;
            all.push(Recorded {
                arn,
                captured,
                entry,
            });
        }
    }
    Ok(all)
}

/// Whether a file says something of users, groups or roles.
pub(crate) fn has_principals(source: &Source) -> Result<bool> {
    let items = items(source)?;
    let sorts = items.iter().filter_map(Item::sort);
    Ok(sorts.into_iter().any(|sort| sort != Sort::Policy))
}

/// What an item says of its resource.
pub(super) fn resource(entry: &Entry) -> Result<OfResource> {
    let item = item(&entry.source, entry.span, entry.address.clone())?;
    Ok(OfResource {
        policies: item.own_policies()?,
        account: item.account.and_then(|account| account.parse().ok()),
    })
}

fn items(source: &Source) -> Result<Vec<Item>> {
    let all = whole(source);
    let text = source.slice(all);
    if text.starts_with('[') {
        return list(source, all, "");
    }
    if is_list(source, all) {
        return lines(source, all);
    }
    let members = json::outline(source, all)?;
    for name in LISTS {
        if let Some(span) = find(&members, name) {
            return list(source, span, name);
        }
    }
    Ok(vec![item(source, all, String::new())?])
}

fn list(source: &Source, span: Span, name: &str) -> Result<Vec<Item>> {
    if !source.slice(span).starts_with('[') {
        return Err(Error::request(format!("`{name}` must be a list")).at(source, span));
    }
    let elements = json::outline_list(source, span)?.into_iter().enumerate();
    elements
        .map(|(index, span)| item(source, span, format!("{name}[{index}]")))
        .collect()
}

fn lines(source: &Source, whole: Span) -> Result<Vec<Item>> {
    let (mut found, mut start) = (Vec::new(), whole.start());
    for line in source.slice(whole).split_inclusive('\n') {
        let end = start + line.trim_ascii_end().len();
        if end > start {
            let address = format!("[{}]", found.len());
            found.push(item(source, Span::new(start, end), address)?);
        }
        start += line.len();
    }
    Ok(found)
}

fn item(source: &Source, span: Span, address: String) -> Result<Item> {
    let Some((source, span)) = decoded(source, span, &address)? else {
        return Err(Error::request(format!(
            "`{address}` must be an item of AWS Config, found {}",
            json::parse_part(source, span)?.sort()
        ))
        .at(source, span));
    };
    let members = json::outline(&source, span)?;
    let inner = |name: &'static str| {
        let dot = if address.is_empty() { "" } else { "." };
        let span = find(&members, name);
        let read = span.map(|span| decoded(&source, span, &format!("{address}{dot}{name}")));
        read.transpose().map(Option::flatten)
    };
    let captured = find(&members, "configurationItemCaptureTime");
    let captured = captured
        .map(|span| json::parse_part(&source, span))
        .transpose()?;
    let status = text(&source, &members, "configurationItemStatus")?;
    let gone = status.is_some_and(|status| status.starts_with("ResourceDeleted"));
    let configuration = inner("configuration")?.filter(|_| !gone);
    let supplementary = inner("supplementaryConfiguration")?.filter(|_| !gone);
    Ok(Item {
        of_type: text(&source, &members, "resourceType")?.unwrap_or_default(),
        arn: text(&source, &members, "arn")?.or(text(&source, &members, "ARN")?),
        account: text(&source, &members, "accountId")?.or(text(&source, &members, "awsAccountId")?),
        captured: captured.as_ref().and_then(Node::scalar).and_then(time),
        configuration,
        supplementary,
        address,
        source: source.clone(),
        span,
    })
}

/// A time as the CLI prints it: RFC 3339, or seconds since 1970.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let padded = format!("{fraction:0<9}");
    let nanoseconds = padded.get(..9)?.parse().ok()?;
    Timestamp::new(seconds.parse().ok()?, nanoseconds).ok()
}

impl Item {
    fn sort(&self) -> Option<Sort> {
        match self.of_type.as_str() {
            "AWS::IAM::Group" => Some(Sort::Group),
            "AWS::IAM::Policy" => Some(Sort::Policy),
            "AWS::IAM::Role" => Some(Sort::Role),
            "AWS::IAM::User" => Some(Sort::User),
            _ => None,
        }
    }

    /// The user, group, role or policy that it is; `None` also where there is none any more, or it was not recorded.
    fn entry(&self) -> Result<Option<Entry>> {
        let (Some(sort), Some((source, span))) = (self.sort(), &self.configuration) else {
            return Ok(None);
        };
        let arn = match &self.arn {
            Some(arn) => Some(arn.clone()),
            None => text(source, &json::outline(source, *span)?, "arn")?,
        };
        let Some(arn) = arn else {
            return Err(Error::request(format!(
                "an item of type `{}` without `arn`",
                self.of_type
            ))
            .at(source, Span::new(span.start(), span.start() + 1)));
        };
        Ok(Some(Entry {
            sort,
            arn,
            address: self.inner("configuration"),
            source: source.clone(),
            span: *span,
            spelling: Spelling::Lower,
        }))
    }

    /// Whether it says anything of a policy.
    fn may_have_policy(&self) -> bool {
        let text = self.source.slice(self.span);
        text.contains("Statement") || text.contains("policyText")
    }

    /// The item as an entry, to be read again where the resource is asked about.
    fn resource(&self) -> Option<Entry> {
        Some(Entry {
            sort: Sort::Resource,
            arn: self.arn.clone()?,
            address: self.address.clone(),
            source: self.source.clone(),
            span: self.span,
            spelling: Spelling::Lower,
        })
    }

    /// Its policies, where it says whether it has any: a bucket without one has a text of `null`.
    fn own_policies(&self) -> Result<Option<Vec<Held>>> {
        let mut found = Vec::new();
        for held in self.documents()? {
            if matches!(
                held.likely_kind()?,
                PolicyKind::Resource | PolicyKind::Trust
            ) {
                found.push(held);
            }
        }
        let says = |(source, span): &(Source, Span)| source.slice(*span).contains("policyText");
        let is_said = self.supplementary.as_ref().is_some_and(says);
        Ok((is_said || !found.is_empty()).then_some(found))
    }

    fn inner(&self, name: &str) -> String {
        let dot = if self.address.is_empty() { "" } else { "." };
        format!("{}{dot}{name}", self.address)
    }

    fn documents(&self) -> Result<Vec<Held>> {
        if let Some(entry) = self.entry()? {
            return entry.documents();
        }
        let mut found = Vec::new();
        if let Some((source, span)) = &self.configuration {
            let node = json::parse_part(source, *span)?;
            let address = self.inner("configuration");
            found.extend(outputs::within(
                source,
                &node,
                &address,
                self.arn.as_deref(),
            )?);
        }
        if let Some((source, span)) = &self.supplementary {
            self.supplements(source, *span, &mut found)?;
        }
        if self.of_type == "AWS::EC2::VPCEndpoint" {
            found = found
                .into_iter()
                .map(|held| held.of_kind(PolicyKind::Vpce))
                .collect();
        }
        Ok(found)
    }

    /// What does not stand in the configuration, as a bucket's policy: objects, or strings of objects, by their names.
    fn supplements(&self, source: &Source, span: Span, found: &mut Vec<Held>) -> Result<()> {
        let node = json::parse_part(source, span)?;
        for member in node.members().unwrap_or_default() {
            let address = format!(
                "{}.{}",
                self.inner("supplementaryConfiguration"),
                member.key
            );
            let owner = self.arn.as_deref();
            if let Some(held) = outputs::policy(source, &member.value, &address)? {
                found.push(held.of(owner).live());
                continue;
            }
            let Value::String(text) = &member.value.value else {
                found.extend(outputs::within(source, &member.value, &address, owner)?);
                continue;
            };
            // Other things stand in strings too, and some of them are no JSON.
            let speaks = text.contains("Statement");
            match decoded(source, member.value.span, &address).and_then(|decoded| {
                let Some((inner, span)) = decoded else {
                    return Ok(Vec::new());
                };
                let node = json::parse_part(&inner, span)?;
                outputs::within(&inner, &node, &address, owner)
            }) {
                Err(error) if speaks => return Err(error),
                Err(_) => {}
                Ok(held) => found.extend(held),
            }
        }
        Ok(())
    }
}

/// The object at `span`, or that a string there holds; `None` for anything else.
fn decoded(source: &Source, span: Span, address: &str) -> Result<Option<(Source, Span)>> {
    let text = source.slice(span);
    if text.starts_with('{') {
        return Ok(Some((source.clone(), span)));
    }
    if !text.starts_with('"') {
        return Ok(None);
    }
    let node = json::parse_part(source, span)?;
    let text = node.as_str().unwrap_or_default();
    let text = climb(text).map_err(|error| error.at(source, span))?;
    Ok(text.map(|text| {
        let name = format!("{}#{address}", file_of(source));
        let inner = Source::held(name, text, source, span);
        let span = whole(&inner);
        (inner, span)
    }))
}

fn find(members: &Members<'_>, name: &str) -> Option<Span> {
    let found = members.iter().find(|(key, _)| key == name);
    found.map(|(_, span)| *span)
}

/// A member that is a string.
fn text(source: &Source, members: &Members<'_>, name: &str) -> Result<Option<String>> {
    let Some(span) = find(members, name) else {
        return Ok(None);
    };
    let node = json::parse_part(source, span)?;
    if node.value == Value::Null {
        return Ok(None);
    }
    node.expect_str(name, source)
        .map(|text| Some(text.to_owned()))
}
