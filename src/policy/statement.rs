//! One statement of a policy (GRAM-2, GRAM-5, GRAM-6, GRAM-11 to GRAM-14).

use super::action::{Action, ActionPattern};
use super::condition::{self, Condition};
use super::document::{PolicyKind, Reader};
use super::key::ConditionKey;
use super::operator::nearest;
use super::principal::{PrincipalElement, Who, has_partial_wildcard};
use super::resource::ResourcePattern;
use crate::error::Result;
use crate::json::{Member, Node, Value};
use crate::source::Span;

/// What a statement does to the requests that it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

impl Effect {
    /// The word in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its name, if it has one.
    pub sid: Option<String>,
    /// Allow or deny.
    pub effect: Effect,
    /// Where the effect's value stands.
    pub effect_span: Span,
    /// `Principal` or `NotPrincipal`, in policies that have one.
    pub principal: Option<PrincipalElement>,
    /// `Action` or `NotAction`.
    pub action: ActionElement,
    /// `Resource` or `NotResource`; without it, the resource that the policy is attached to (GRAM-12).
    pub resource: Option<ResourceElement>,
    /// All tests of `Condition`, which must all hold.
    pub conditions: Vec<Condition>,
    /// Where the statement stands.
    pub span: Span,
}

/// `Action` or `NotAction`.
#[derive(Clone, Debug)]
pub struct ActionElement {
    /// It is `NotAction`: everything else (GRAM-32).
    pub negated: bool,
    /// Where the element's value stands.
    pub span: Span,
    pub(crate) patterns: Vec<ActionEntry>,
}

/// One pattern of actions, its text and its place.
#[derive(Clone, Debug)]
pub(crate) struct ActionEntry {
    pub(crate) pattern: ActionPattern,
    pub(crate) text: Box<str>,
    pub(crate) span: Span,
}

/// `Resource` or `NotResource`.
#[derive(Clone, Debug)]
pub struct ResourceElement {
    /// It is `NotResource`: everything else, `*` included (GRAM-38).
    pub negated: bool,
    /// Where the element's value stands.
    pub span: Span,
    pub(crate) patterns: Vec<ResourceEntry>,
}

/// One pattern of resources, its text and its place.
#[derive(Clone, Debug)]
pub(crate) struct ResourceEntry {
    pub(crate) pattern: ResourcePattern,
    pub(crate) text: Box<str>,
}

impl Statement {
    /// Its `Sid`, unless it is empty: tools write an empty one where none was given.
    pub fn label(&self) -> Option<&str> {
        self.sid.as_deref().filter(|sid| !sid.is_empty())
    }

    /// The condition keys that it names, in conditions and in variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ConditionKey> {
        let tested = self.conditions.iter().flat_map(|condition| {
            std::iter::once(&condition.key).chain(
                condition
                    .values
                    .iter()
                    .flat_map(|value| value.operand.variables()),
            )
        });
        let resources = self.resource.iter().flat_map(|element| &element.patterns);
        tested.chain(resources.flat_map(|entry| entry.pattern.variables()))
    }
}

impl ActionElement {
    /// Whether the statement is about `action`, and where the pattern stands that says so.
    pub(crate) fn matches(&self, action: &Action) -> (bool, Option<Span>) {
        let hit = self
            .patterns
            .iter()
            .find(|entry| entry.pattern.matches(action))
            .map(|entry| entry.span);
        (hit.is_some() != self.negated, hit)
    }
}

const ELEMENTS: [&str; 10] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Id",
];

/// Reads one statement.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Result<Statement> {
    let Some(members) = node.members() else {
        return Err(reader
            .error(
                format!("a statement must be an object, found {}", node.sort()),
                node.span,
            )
            .by("GRAM-1")
            .help("`Statement` is one object, or a flat list of them"));
    };
    for member in members {
        if !ELEMENTS[..9].contains(&member.key.as_ref()) {
            return Err(
                reader.unknown_element(member, nearest(&member.key, ELEMENTS[..9].iter().copied()))
            );
        }
    }
    let find = |name: &str| members.iter().find(|member| member.key == name);
    let (effect, effect_span) = read_effect(reader, find("Effect"), node.span)?;
    reader.open.clear();
    let sid = find("Sid").filter(|member| member.value.open().is_none());
    let mut statement = Statement {
        sid: sid.map(|member| reader.sid(&member.value)).transpose()?,
        effect,
        effect_span,
        principal: read_principal(reader, find("Principal"), find("NotPrincipal"), node.span)?,
        action: read_action(reader, find("Action"), find("NotAction"), node.span)?,
        resource: read_resource(reader, find("Resource"), find("NotResource"), node.span)?,
        conditions: find("Condition").map_or(Ok(Vec::new()), |member| {
            condition::read(reader, &member.value)
        })?,
        span: node.span,
    };
    // What of it is not known was taken as wide as it can be; whether it applies then is not known.
    let open = reader.open.drain(..);
    statement
        .conditions
        .extend(open.map(|(what, at)| condition::open(&what, at)));
    Ok(statement)
}

fn read_effect(
    reader: &Reader<'_>,
    member: Option<&Member<'_>>,
    span: Span,
) -> Result<(Effect, Span)> {
    let Some(member) = member else {
        return Err(reader
            .error("the statement has no `Effect`", span)
            .by("GRAM-13")
            .help("add \"Effect\": \"Deny\" or \"Allow\""));
    };
    match member.value.as_str() {
        Some("Allow") => Ok((Effect::Allow, member.value.span)),
        Some("Deny") => Ok((Effect::Deny, member.value.span)),
        other => {
            let found = other.map_or_else(
                || member.value.sort().to_owned(),
                |text| format!("`{text}`"),
            );
            let error = reader.error(
                format!("`Effect` must be `Allow` or `Deny`, found {found}"),
                member.value.span,
            );
            Err(error.by("GRAM-6").help("the two words are case-sensitive"))
        }
    }
}

/// Of two elements that exclude each other, the one that is there, and whether it is the negated one (GRAM-13).
fn one_of<'m, 'a>(
    reader: &Reader<'_>,
    plain: Option<&'m Member<'a>>,
    negated: Option<&'m Member<'a>>,
) -> Result<Option<(&'m Member<'a>, bool)>> {
    match (plain, negated) {
        (Some(plain), Some(negated)) => Err(reader
            .error(
                format!("`{}` and `{}` exclude each other", plain.key, negated.key),
                negated.key_span,
            )
            .by("GRAM-13")
            .help("split the statement in two")),
        (Some(member), None) => Ok(Some((member, false))),
        (None, Some(member)) => Ok(Some((member, true))),
        (None, None) => Ok(None),
    }
}

/// The strings of an element; what of it is not known is noted, and left out.
fn strings<'m>(
    reader: &mut Reader<'_>,
    name: &str,
    node: &'m Node<'_>,
) -> Result<Vec<(&'m str, Span)>> {
    let text = |element: &'m Node<'_>| {
        let text = element
            .scalar()
            .filter(|_| !matches!(element.value, Value::Bool(_)));
        text.map(|text| (text, element.span)).ok_or_else(|| {
            let found = element.sort();
            let text = format!("`{name}` must be a string or a list of strings, found {found}");
            let error = reader.error(text, element.span).by("GRAM-3");
            if is_intrinsic(element) {
                error.help(
                    "this is a function of CloudFormation; put what it stands for in its place",
                )
            } else {
                error.help("write one string, or one flat list of them")
            }
        })
    };
    let (open, known): (Vec<_>, Vec<_>) = node
        .elements()
        .iter()
        .partition(|element| element.open().is_some());
    let strings = known.into_iter().map(text).collect();
    let open = open
        .into_iter()
        .filter_map(|element| Some((element.open()?.to_owned(), element.span)));
    reader.open.extend(open);
    strings
}

/// `{"Fn::Sub": …}` and its kin, left over from a template.
fn is_intrinsic(node: &Node<'_>) -> bool {
    matches!(node.members(), Some([only]) if only.key.starts_with("Fn::") || only.key == "Ref")
}

fn read_action(
    reader: &mut Reader<'_>,
    plain: Option<&Member<'_>>,
    negated: Option<&Member<'_>>,
    span: Span,
) -> Result<ActionElement> {
    let Some((member, negated)) = one_of(reader, plain, negated)? else {
        return Err(reader
            .error("the statement has no `Action` or `NotAction`", span)
            .by("GRAM-13")
            .help("add \"Action\": \"*\" or the actions that it is about"));
    };
    let mut patterns = Vec::new();
    let before = reader.open.len();
    for (text, span) in strings(reader, &member.key, &member.value)? {
        let pattern = ActionPattern::parse(text);
        if matches!(pattern, ActionPattern::Never) {
            let message = format!("`{text}` is not an action; it matches nothing");
            reader.warn(
                "GRAM-31",
                message,
                "write `service:Name`, for example `s3:GetObject`",
                span,
            );
        }
        patterns.push(ActionEntry {
            pattern,
            text: text.into(),
            span,
        });
    }
    // Without what is not known, `NotAction` is as wide as it can be.
    if reader.open.len() > before && !negated {
        patterns.push(ActionEntry {
            pattern: ActionPattern::All,
            text: "*".into(),
            span: member.value.span,
        });
    }
    Ok(ActionElement {
        negated,
        span: member.value.span,
        patterns,
    })
}

fn read_resource(
    reader: &mut Reader<'_>,
    plain: Option<&Member<'_>>,
    negated: Option<&Member<'_>>,
    span: Span,
) -> Result<Option<ResourceElement>> {
    let Some((member, negated)) = one_of(reader, plain, negated)? else {
        return match reader.kind {
            PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Vpce => Ok(None),
            _ => Err(reader
                .error("the statement has no `Resource` or `NotResource`", span)
                .by("GRAM-12")
                .help("add \"Resource\": \"*\" or the ARNs that it is about")),
        };
    };
    if reader.kind == PolicyKind::Trust {
        let text =
            "a role trust policy has no `Resource`: it is about the role that it is attached to";
        reader.refuse("GRAM-12", text, "remove the element", member.key_span)?;
        return Ok(None);
    }
    let mut patterns = Vec::new();
    let before = reader.open.len();
    for (text, span) in strings(reader, &member.key, &member.value)? {
        let pattern = ResourcePattern::parse(text, reader.variables());
        if pattern.is_too_short() {
            let message = format!("`{text}` is not an ARN; it matches nothing");
            reader.warn(
                "GRAM-36",
                message,
                "an ARN is `arn:partition:service:region:account:resource`",
                span,
            );
        }
        if matches!(pattern, ResourcePattern::Misplaced) {
            let message = format!(
                "`{text}` has a policy variable before the fifth colon; it matches nothing"
            );
            reader.warn(
                "GRAM-35",
                message,
                "variables work in the last part of an ARN only",
                span,
            );
        }
        patterns.push(ResourceEntry {
            pattern,
            text: text.into(),
        });
    }
    if reader.open.len() > before && !negated {
        patterns.push(ResourceEntry {
            pattern: ResourcePattern::All,
            text: "*".into(),
        });
    }
    Ok(Some(ResourceElement {
        negated,
        span: member.value.span,
        patterns,
    }))
}

fn read_principal(
    reader: &mut Reader<'_>,
    plain: Option<&Member<'_>>,
    negated: Option<&Member<'_>>,
    span: Span,
) -> Result<Option<PrincipalElement>> {
    let Some((member, negated)) = one_of(reader, plain, negated)? else {
        if reader.kind.names_principals() {
            let text = format!(
                "a statement of {} needs `Principal`",
                reader.kind.with_article()
            );
            reader.refuse(
                "GRAM-11",
                text,
                "add \"Principal\": \"*\" or who it is about",
                span,
            )?;
        }
        return Ok(None);
    };
    if !reader.kind.names_principals() {
        let text = format!(
            "`{}` is not allowed in {}",
            member.key,
            reader.kind.with_article()
        );
        reader.refuse(
            "GRAM-11",
            text,
            "remove the element, or name the file as a resource or trust policy",
            member.key_span,
        )?;
        return Ok(None);
    }
    if negated && reader.kind == PolicyKind::Trust {
        let text = "`NotPrincipal` is not allowed in a role trust policy";
        reader.refuse(
            "GRAM-28",
            text,
            "use `Principal` and a condition on aws:PrincipalArn",
            member.key_span,
        )?;
    }
    let mut entries = Vec::new();
    let before = reader.open.len();
    match &member.value.value {
        Value::Open(what) => reader.open.push((what.to_string(), member.value.span)),
        Value::String(text) if text == "*" => {
            entries.push(Who::Everyone);
        }
        Value::String(_) => {
            let text = "`Principal` must be \"*\" or an object";
            reader.refuse(
                "GRAM-29",
                text,
                "write {\"AWS\": \"…\"} or {\"Service\": \"…\"}",
                member.value.span,
            )?;
            read_aws(reader, &member.key, &member.value, &mut entries)?;
        }
        Value::Object(types) => {
            for entry in types {
                read_type(reader, entry, &mut entries)?;
            }
        }
        _ => {
            let text = format!(
                "`{}` must be \"*\" or an object, found {}",
                member.key,
                member.value.sort()
            );
            return Err(reader
                .error(text, member.value.span)
                .by("GRAM-21")
                .help("write {\"AWS\": \"…\"} or {\"Service\": \"…\"}"));
        }
    }
    if reader.open.len() > before && !negated {
        entries.push(Who::Everyone);
    }
    Ok(Some(PrincipalElement {
        negated,
        entries,
        span: member.value.span,
    }))
}

fn read_type(reader: &mut Reader<'_>, entry: &Member<'_>, entries: &mut Vec<Who>) -> Result<()> {
    let wrap: fn(String) -> Who = match entry.key.as_ref() {
        "AWS" => return read_aws(reader, "AWS", &entry.value, entries),
        "Service" => Who::Service,
        "Federated" => Who::Federated,
        "CanonicalUser" => Who::CanonicalUser,
        other => {
            let error = reader
                .error(format!("unknown principal type `{other}`"), entry.key_span)
                .by("GRAM-21");
            return Err(error.help(
                "the types are AWS, Service, Federated and CanonicalUser, spelled like this",
            ));
        }
    };
    for (text, _) in strings(reader, &entry.key, &entry.value)? {
        entries.push(wrap(text.to_owned()));
    }
    Ok(())
}

fn read_aws(
    reader: &mut Reader<'_>,
    name: &str,
    node: &Node<'_>,
    entries: &mut Vec<Who>,
) -> Result<()> {
    for (text, span) in strings(reader, name, node)? {
        if has_partial_wildcard(text) {
            let message = format!("`{text}`: a wildcard cannot match part of a principal");
            let help = "use \"*\" and a condition on aws:PrincipalArn with ArnLike";
            reader.refuse("GRAM-23", message, help, span)?;
        }
        let who = Who::aws(text);
        if who == Who::Nobody && !has_partial_wildcard(text) {
            let message = format!("`{text}` is not a principal; it matches nobody");
            reader.warn(
                "GRAM-22",
                message,
                "write an account id, or the ARN of a user, role or session",
                span,
            );
        }
        if who == Who::Deleted {
            let message =
                format!("`{text}` is the id of a user or role that was deleted; it matches nobody");
            reader.warn(
                "GRAM-25",
                message,
                "write the ARN of the user or role again",
                span,
            );
        }
        entries.push(who);
    }
    Ok(())
}
