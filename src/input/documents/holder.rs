//! What a file is, by its content, and the documents in it.

use std::borrow::Cow;

use super::held::{self, Held};
use super::terraform::{self, Side};
use super::{cloudformation, guard, outputs, simulation, template_tree, tree};
use crate::error::{Error, Result};
use crate::input::{account, organization};
use crate::json::{self, MAX_BYTES, Member, Node};
use crate::source::{Source, Span};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// What `aws iam get-account-authorization-details` prints.
    Account,
    /// A template of `CloudFormation` or SAM.
    CloudFormation,
    /// Items of AWS Config: a snapshot, a list, JSON Lines, or what its API prints.
    Config,
    /// What `ipcond guard --kind trust` prints: both policies of a role.
    Guard,
    /// An organization: its tree, and which policies are attached where.
    Organization,
    /// Another output of the AWS CLI.
    Output,
    /// One policy.
    Policy,
    /// What `aws iam simulate-custom-policy --cli-input-json` takes.
    Simulation,
    /// A plan or state of Terraform or `OpenTofu`.
    Terraform,
}

impl Format {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Account => "account authorization details",
            Self::CloudFormation => "template of CloudFormation",
            Self::Config => "items of AWS Config",
            Self::Guard => "guard of a role",
            Self::Organization => "organization",
            Self::Output => "output of the AWS CLI",
            Self::Policy => "policy",
            Self::Simulation => "input of simulate-custom-policy",
            Self::Terraform => "Terraform",
        }
    }
}

/// A file, and the policy documents that stand in it.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The file.
    pub source: Source,
    /// What it is.
    pub format: Format,
    held: Vec<Held>,
}

impl Holder {
    /// Finds the documents of a text.
    ///
    /// # Errors
    /// If it has none, or is not what it begins like.
    ///
    /// # Example
    /// ```
    /// use ipcond::{input::Holder, source::Source};
    /// let text = r#"{"Role": {"Arn": "arn:aws:iam::111122223333:role/ci", "AssumeRolePolicyDocument": "%7B%22Statement%22%3A%5B%5D%7D"}}"#;
    /// let holder = Holder::new(&Source::new("role.json", text))?;
    /// let held = &holder.documents()?[0];
    /// assert_eq!(held.address, "Role.AssumeRolePolicyDocument");
    /// assert_eq!(held.text(), Some(r#"{"Statement":[]}"#)); // decoded
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn new(source: &Source) -> Result<Self> {
        let (format, held) = read(source)?;
        Ok(Self {
            source: source.clone(),
            format,
            held,
        })
    }

    /// The document at an address, or without one the only document.
    ///
    /// # Errors
    /// If there is none at the address, or several to choose from: the error lists them.
    pub fn choose(&self, address: Option<&str>) -> Result<Held> {
        held::choose(&self.documents()?, address, self.source.name()).cloned()
    }

    /// The documents before and after the change that it describes, if it is a plan.
    ///
    /// # Errors
    /// As [`Holder::new`].
    pub fn change(&self) -> Result<Option<[Vec<Held>; 2]>> {
        if self.format != Format::Terraform {
            return Ok(None);
        }
        let root = tree(&self.source)?;
        if !terraform::is_plan(&root) {
            return Ok(None);
        }
        let before = terraform::documents(&self.source, &root, Side::Before)?;
        Ok(Some([before, self.held.clone()]))
    }

    /// Its documents, in order; of a plan those that there will be.
    ///
    /// # Errors
    /// For an account or items of AWS Config with an entry that cannot be read: those are read as late as here.
    pub fn documents(&self) -> Result<Cow<'_, [Held]>> {
        match self.format {
            Format::Account => account::documents(&self.source).map(Cow::Owned),
            Format::Config => account::item_documents(&self.source).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(&self.held)),
        }
    }

    /// Whether it says of principals or accounts what applies to them, as [`Account::add`](crate::input::Account::add) takes it.
    ///
    /// # Errors
    /// As [`Holder::documents`].
    pub fn is_account(&self) -> Result<bool> {
        match self.format {
            Format::Account | Format::Organization => Ok(true),
            Format::Config => account::has_principals(&self.source),
            _ => Ok(false),
        }
    }
}

fn read(source: &Source) -> Result<(Format, Vec<Held>)> {
    let text = source.text();
    let body = text.trim_start_matches('\u{feff}').trim_start();
    let whole = Span::new(text.len() - body.len(), text.len());
    if body.starts_with("{'") || body.starts_with("{u'") {
        return Err(Error::syntax("this is what Python prints, not JSON")
            .at(source, Span::new(whole.start(), whole.start() + 2))
            .help("ask the AWS CLI for JSON: --output json"));
    }
    if body.starts_with(['%', '"'])
        && let Some(held) = encoded(source, whole)?
    {
        return Ok((Format::Policy, vec![held]));
    }
    if account::is_item_list(source, whole) {
        return Ok((Format::Config, Vec::new()));
    }
    let members = if body.starts_with('{') {
        json::outline(source, whole)?
    } else {
        Vec::new()
    };
    let has = |name: &str| members.iter().any(|(key, _)| key == name);
    if has("Statement") {
        return Ok((Format::Policy, vec![Held::whole(source)]));
    }
    if account::LISTS.iter().any(|list| has(list)) && !has("tests") {
        return Ok((Format::Account, Vec::new()));
    }
    if account::has_items(&has) {
        return Ok((Format::Config, Vec::new()));
    }
    if text.len() > MAX_BYTES {
        return Err(json::too_large(source.name()));
    }
    if let Some(held) = template(source, &has, body.starts_with('{'))? {
        return Ok((Format::CloudFormation, held));
    }
    let root = tree(source)?;
    if !body.starts_with(['{', '[']) {
        return Ok((Format::Policy, vec![Held::whole(source)]));
    }
    if has("organization") {
        let held = organization::documents(source)?;
        return Ok((Format::Organization, held));
    }
    // A plan without policies is one that changes none.
    if is_terraform(&has) {
        let held = terraform::documents(source, &root, Side::After)?;
        return Ok((Format::Terraform, held));
    }
    let (format, held) = if guard::is_guard(&root) {
        (Format::Guard, guard::documents(source, &root)?)
    } else if has("PolicyInputList") || has("ActionNames") {
        (Format::Simulation, simulation::documents(source, &root)?)
    } else {
        (Format::Output, outputs::documents(source, &root)?)
    };
    if held.is_empty() {
        if is_like_policy(&root) {
            return Ok((Format::Policy, vec![Held::whole(source)]));
        }
        return Err(no_policy(source, &root));
    }
    Ok((format, held))
}

/// The documents of a text, if it is a template.
fn template(
    source: &Source,
    has: &impl Fn(&str) -> bool,
    is_json: bool,
) -> Result<Option<Vec<Held>>> {
    // Whatever else a YAML text is, another reading of it says what is wrong with it.
    let root = match template_tree(source) {
        Err(error) if is_json && has("Resources") => return Err(error),
        Err(_) => return Ok(None),
        Ok(root) => root,
    };
    let resources = root.get("Resources").and_then(Node::members);
    let typed = |member: &Member<'_>| member.value.get("Type").is_some();
    let is_template = resources.is_some_and(|all| all.iter().any(typed))
        || root.get("AWSTemplateFormatVersion").is_some();
    if !is_template || root.get("Statement").is_some() {
        return Ok(None);
    }
    if let Some(transform) = root.get("Transform") {
        check_transform(source, transform)?;
    }
    let held = cloudformation::documents(source, &root)?;
    if held.is_empty() {
        return Err(Error::policy("this template has no policy document")
            .at(source, Span::new(root.span.start(), root.span.start())));
    }
    Ok(Some(held))
}

/// What SAM makes of a template leaves its documents as they are; what another macro makes of it, nobody knows.
fn check_transform(source: &Source, node: &Node<'_>) -> Result<()> {
    let known =
        |name: &str| name.starts_with("AWS::Serverless-") || name == "AWS::LanguageExtensions";
    let name = |node: &Node<'_>| {
        let named = node.get("Name").and_then(Node::as_str);
        named.or(node.as_str()).unwrap_or("?").to_owned()
    };
    let unknown = node.elements().iter().find(|node| !known(&name(node)));
    unknown.map_or(Ok(()), |node| {
        Err(
            Error::request(format!("the macro `{}` is not known", name(node)))
                .at(source, node.span)
                .help("give the template that AWS has made of it"),
        )
    })
}

/// What `terraform show -json` prints of a plan or state, or a state itself.
fn is_terraform(has: &impl Fn(&str) -> bool) -> bool {
    let shown = [
        "resource_changes",
        "planned_values",
        "values",
        "prior_state",
    ];
    (has("format_version") && (shown.iter().any(|key| has(key)) || has("terraform_version")))
        || (has("serial") && has("lineage") && has("resources"))
}

/// A whole text that is a policy, percent-encoded or in a JSON string.
fn encoded(source: &Source, whole: Span) -> Result<Option<Held>> {
    let text =
        super::ladder::climb(source.slice(whole)).map_err(|error| error.at(source, whole))?;
    Ok(text.map(|text| Held::whole(&Source::held(source.name(), text, source, whole))))
}

/// Whether an object is meant to be a policy, but for `Statement`: what is wrong with it is for the reader of policies to say.
fn is_like_policy(root: &Node<'_>) -> bool {
    let like = |key: &str| matches!(key, "Version" | "Id") || key.eq_ignore_ascii_case("statement");
    match root.members() {
        Some(members) => members.is_empty() || members.iter().any(|member| like(&member.key)),
        None => false,
    }
}

/// Why a text holds no policy: what it looks like instead.
fn no_policy(source: &Source, root: &Node<'_>) -> Error {
    let policy = root.get("Policy");
    let (what, help) = if policy.is_some_and(|policy| policy.get("DefaultVersionId").is_some()) {
        (
            "what `aws iam get-policy` prints has no policy document".to_owned(),
            "the document is what `aws iam get-policy-version` prints",
        )
    } else if root.get("tests").is_some() {
        (
            "this is no policy document: `tests` is from ipcond test".to_owned(),
            "run it with `ipcond test`",
        )
    } else if root.get("Records").is_some() {
        (
            "this is no policy document: `Records` is from CloudTrail".to_owned(),
            "ask what a policy would have made of it: `ipcond replay`",
        )
    } else {
        let keys = root.members().unwrap_or_default().iter().take(5);
        let keys: Vec<String> = keys.map(|member| format!("`{}`", member.key)).collect();
        let seen = match keys.as_slice() {
            [] => format!("it is {} without a policy in it", root.sort()),
            keys => format!("it has {}, and nothing with `Statement`", keys.join(", ")),
        };
        (
            format!("this is no policy document: {seen}"),
            "a policy is {\"Version\": \"2012-10-17\", \"Statement\": […]}",
        )
    };
    Error::policy(what).at(source, root.span).help(help)
}
