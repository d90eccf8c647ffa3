//! A whole policy document (GRAM-1 to GRAM-12, GRAM-40 to GRAM-43).

use std::collections::BTreeSet;
use std::fmt;

use super::operator::nearest;
use super::statement::{self, Effect, Statement};
use crate::error::{Error, Result};
use crate::json::{self, Member, Node, Value};
use crate::source::{Source, Span};

/// What a policy is attached to, which decides what it may say and how it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Of a user, group or role: what it may do.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// Passed when a session was made.
    Session,
    /// A service control policy of an organization.
    Scp,
    /// A resource control policy of an organization.
    Rcp,
    /// Of a bucket, key, queue …: who may use it.
    Resource,
    /// Of a role: who may assume it.
    Trust,
    /// Of a VPC endpoint.
    Vpce,
}

impl PolicyKind {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
            Self::Resource => "resource-based policy",
            Self::Trust => "role trust policy",
            Self::Vpce => "VPC endpoint policy",
        }
    }

    /// What people call it, with its article.
    pub(crate) fn with_article(self) -> String {
        let article = if self == Self::Identity { "an" } else { "a" };
        format!("{article} {}", self.title())
    }

    /// Whether its statements have `Principal` (GRAM-11).
    pub fn names_principals(self) -> bool {
        matches!(self, Self::Rcp | Self::Resource | Self::Trust | Self::Vpce)
    }

    /// Whether IAM itself keeps it, which allows fewer characters in a `Sid` (GRAM-10).
    fn is_kept_by_iam(self) -> bool {
        matches!(
            self,
            Self::Identity | Self::Boundary | Self::Session | Self::Trust
        )
    }
}

/// The version of the policy language (GRAM-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// `2008-10-17`, or no version: no policy variables (GRAM-8).
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// Something in a policy that has a meaning, but hardly the one that was intended.
#[derive(Clone, Debug)]
pub struct Warning {
    /// The rule behind it.
    pub rule: &'static str,
    /// What was found and what it means.
    pub message: String,
    /// What to do.
    pub help: &'static str,
    /// Where it stands in the policy's source.
    pub span: Span,
}

/// A policy document.
#[derive(Clone)]
pub struct Policy {
    /// What it is called in answers: a file name, or its place in a scenario.
    pub name: String,
    /// What it is attached to.
    pub kind: PolicyKind,
    /// The text it was read from.
    pub source: Source,
    /// The version of the language it is written in.
    pub version: Version,
    /// Its statements, in order.
    pub statements: Vec<Statement>,
    /// What a person should look at.
    pub warnings: Vec<Warning>,
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            kind,
            version,
            statements,
            ..
        } = self;
        f.debug_struct("Policy")
            .field("name", name)
            .field("kind", kind)
            .field("version", version)
            .field("statements", statements)
            .finish_non_exhaustive()
    }
}

impl Policy {
    /// Reads a policy of a kind from JSON text, as AWS would.
    ///
    /// # Errors
    /// For text that is not JSON, and for a policy that AWS refuses: the error names the place and the rule.
    ///
    /// # Example
    /// ```
    /// use ipcond::policy::{Policy, PolicyKind};
    /// // One statement needs no list (GRAM-1); a version that is missing means 2008, which has no variables (GRAM-7).
    /// let policy = Policy::from_json("p", r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#, PolicyKind::Identity)?;
    /// assert_eq!(policy.statements.len(), 1);
    /// assert_eq!(policy.version, ipcond::policy::Version::V2008);
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn from_json(
        name: impl Into<String>,
        text: impl Into<String>,
        kind: PolicyKind,
    ) -> Result<Self> {
        let name = name.into();
        let source = Source::new(name.clone(), text);
        let node = json::parse(&source)?;
        Self::from_node(name, &source, &node, kind, false)
    }

    /// Reads a policy from a value of a text that was read before. `lenient` takes what AWS would refuse to save but
    /// has a meaning, with a warning (GRAM-29).
    ///
    /// # Errors
    /// As [`Policy::from_json`]; leniently, only for what has no meaning.
    pub fn from_node(
        name: impl Into<String>,
        source: &Source,
        node: &Node<'_>,
        kind: PolicyKind,
        lenient: bool,
    ) -> Result<Self> {
        Reader::new(source, kind, lenient).document(name.into(), node)
    }

    /// A policy that is attached, but whose text is not at hand: it may allow or deny anything. `what` names it; `at` is
    /// the place in `outer` that says that it is attached.
    ///
    /// # Errors
    /// Never for the kinds there are; the text that stands for it is read like any other.
    pub(crate) fn unknown(
        name: &str,
        outer: &Source,
        at: Span,
        kind: PolicyKind,
        what: &str,
    ) -> Result<Self> {
        let mut reader = Reader::new(outer, kind, true);
        let statements = reader.unknown_statements(what, at)?;
        Ok(reader.finish(name.to_owned(), statements))
    }

    /// What a statement is called: its `Sid`, or `policy#index`.
    pub fn statement_name(&self, index: usize) -> String {
        match self.statements.get(index).and_then(Statement::label) {
            Some(sid) => sid.to_owned(),
            None => format!("{}#{index}", self.name),
        }
    }
}

/// The state of reading one document.
pub(super) struct Reader<'s> {
    source: &'s Source,
    pub(super) kind: PolicyKind,
    lenient: bool,
    version: Version,
    sids: BTreeSet<String>,
    warnings: Vec<Warning>,
    /// What of the statement that is read is not known, where it is more than a value of a condition.
    pub(super) open: Vec<(String, Span)>,
}

const TOP: [&str; 3] = ["Version", "Id", "Statement"];

impl<'s> Reader<'s> {
    fn new(source: &'s Source, kind: PolicyKind, lenient: bool) -> Self {
        Self {
            source,
            kind,
            lenient,
            version: Version::V2008,
            sids: BTreeSet::new(),
            warnings: Vec::new(),
            open: Vec::new(),
        }
    }

    fn finish(self, name: String, statements: Vec<Statement>) -> Policy {
        Policy {
            name,
            kind: self.kind,
            source: self.source.clone(),
            version: self.version,
            statements,
            warnings: self.warnings,
        }
    }

    /// What may allow or deny anything, at one place: `what` would have to be known.
    fn unknown_statements(&mut self, what: &str, at: Span) -> Result<Vec<Statement>> {
        let value = |value| Node { value, span: at };
        let member = |key: &'static str, node| Member {
            key: key.into(),
            key_span: at,
            value: node,
        };
        let mut statements = Vec::new();
        // An RCP of one's own can only deny (GRAM-41).
        let effects: &[&'static str] = match self.kind {
            PolicyKind::Rcp => &["Deny"],
            _ => &["Deny", "Allow"],
        };
        for &effect in effects {
            let all = || value(Value::String("*".into()));
            let mut members = vec![
                member("Effect", value(Value::String(effect.into()))),
                member("Action", all()),
                member("Condition", value(Value::Open(what.into()))),
            ];
            if self.kind.names_principals() {
                members.push(member("Principal", all()));
            }
            if self.kind != PolicyKind::Trust {
                members.push(member("Resource", all()));
            }
            statements.push(statement::read(self, &value(Value::Object(members)))?);
        }
        Ok(statements)
    }

    fn document(mut self, name: String, node: &Node<'_>) -> Result<Policy> {
        let Some(members) = node.members() else {
            return Err(self
                .error(
                    format!("a policy must be an object, found {}", node.sort()),
                    node.span,
                )
                .by("GRAM-1")
                .help("a policy is {\"Version\": \"2012-10-17\", \"Statement\": […]}"));
        };
        for member in members {
            if !TOP.contains(&member.key.as_ref()) {
                return Err(self.unknown_element(member, nearest(&member.key, TOP)));
            }
        }
        if let Some(version) = node.get("Version") {
            self.version = self.read_version(version)?;
        }
        self.check_id(members)?;
        let Some(statement) = node.get("Statement") else {
            return Err(self
                .error("the policy has no `Statement`", node.span)
                .by("GRAM-13")
                .help("add a list of statements under \"Statement\""));
        };
        let mut statements = Vec::with_capacity(statement.elements().len());
        for element in statement.elements() {
            if let Some(what) = element.open() {
                statements.extend(self.unknown_statements(what, element.span)?);
                continue;
            }
            let statement = statement::read(&mut self, element)?;
            self.check_rcp(&statement)?;
            statements.push(statement);
        }
        Ok(self.finish(name, statements))
    }

    fn read_version(&self, node: &Node<'_>) -> Result<Version> {
        match node.as_str() {
            Some("2012-10-17") => Ok(Version::V2012),
            Some("2008-10-17") => Ok(Version::V2008),
            _ => Err(self
                .error(
                    format!("unknown `Version` {}", self.source.slice(node.span)),
                    node.span,
                )
                .by("GRAM-7")
                .help("write \"2012-10-17\"")),
        }
    }

    fn check_id(&mut self, members: &[Member<'_>]) -> Result<()> {
        let Some(id) = members.iter().find(|member| member.key == "Id") else {
            return Ok(());
        };
        if id.value.as_str().is_none() {
            return Err(self
                .error(
                    format!("`Id` must be a string, found {}", id.value.sort()),
                    id.value.span,
                )
                .by("GRAM-9")
                .help("put it in quotes, or remove it"));
        }
        if self.kind.names_principals() {
            return Ok(());
        }
        let text = format!("`Id` is not allowed in {}", self.kind.with_article());
        self.refuse("GRAM-9", text, "remove the element", id.key_span)
    }

    /// An RCP can only deny; the one Allow in the world is AWS's own `RCPFullAWSAccess` (GRAM-41).
    fn check_rcp(&mut self, statement: &Statement) -> Result<()> {
        if self.kind != PolicyKind::Rcp
            || statement.effect == Effect::Deny
            || is_full_access(statement)
        {
            return Ok(());
        }
        let text = "a resource control policy of your own can only deny";
        self.refuse(
            "GRAM-41",
            text,
            "remove the statement; RCPFullAWSAccess is always attached",
            statement.span,
        )
    }

    pub(super) fn sid(&mut self, node: &Node<'_>) -> Result<String> {
        let Value::String(sid) = &node.value else {
            return Err(self
                .error(
                    format!("`Sid` must be a string, found {}", node.sort()),
                    node.span,
                )
                .by("GRAM-10")
                .help("put it in quotes, or remove it"));
        };
        if self.kind.is_kept_by_iam() && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let text = format!("`Sid` may hold letters and digits only, found `{sid}`");
            self.refuse("GRAM-10", text, "remove the other characters", node.span)?;
        }
        if !sid.is_empty() && !self.sids.insert(sid.to_string()) {
            let text = format!("`Sid` must be unique in a policy; `{sid}` stands twice");
            if self.kind.is_kept_by_iam() {
                self.refuse("GRAM-10", text, "rename one of them", node.span)?;
            } else {
                self.warn("GRAM-10", text, "rename one of them", node.span);
            }
        }
        Ok(sid.to_string())
    }

    /// Whether the version knows policy variables (GRAM-8).
    pub(super) fn variables(&self) -> bool {
        self.version == Version::V2012
    }

    pub(super) fn error(&self, message: impl Into<String>, span: Span) -> Error {
        Error::policy(message).at(self.source, span)
    }

    pub(super) fn unknown_element(&self, member: &Member<'_>, nearest: Option<&str>) -> Error {
        let error = self
            .error(format!("unknown element `{}`", member.key), member.key_span)
            .by("GRAM-5");
        match nearest {
            Some(nearest) => error.help(format!(
                "did you mean `{nearest}`? names are case-sensitive"
            )),
            None => error.help("remove it: AWS refuses elements that it does not know"),
        }
    }

    /// What AWS would refuse to save, but has a meaning: an error, or leniently a warning.
    pub(super) fn refuse(
        &mut self,
        rule: &'static str,
        message: impl Into<String>,
        help: &'static str,
        span: Span,
    ) -> Result<()> {
        if self.lenient {
            self.warn(rule, message, help, span);
            return Ok(());
        }
        Err(self.error(message, span).by(rule).help(help))
    }

    pub(super) fn warn(
        &mut self,
        rule: &'static str,
        message: impl Into<String>,
        help: &'static str,
        span: Span,
    ) {
        self.warnings.push(Warning {
            rule,
            message: message.into(),
            help,
            span,
        });
    }
}

fn is_full_access(statement: &Statement) -> bool {
    use super::action::ActionPattern;
    use super::resource::ResourcePattern;
    let everyone = statement
        .principal
        .as_ref()
        .is_none_or(|principal| !principal.negated && principal.names_everyone());
    let all = &statement.action;
    let actions = !all.negated
        && all
            .patterns
            .iter()
            .any(|entry| matches!(entry.pattern, ActionPattern::All));
    let resources = statement.resource.as_ref().is_some_and(|resource| {
        !resource.negated
            && resource
                .patterns
                .iter()
                .any(|entry| matches!(entry.pattern, ResourcePattern::All))
    });
    everyone && actions && resources && statement.conditions.is_empty()
}
