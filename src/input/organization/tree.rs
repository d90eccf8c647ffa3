//! The file that describes an organization: its tree, and what is attached to each node of it.

use std::collections::{BTreeMap, BTreeSet};

use super::described::{self, Described};
use crate::error::{Error, Result};
use crate::json::{Node, Value};
use crate::policy::{AccountId, PolicyKind, nearest};
use crate::source::{Source, Span};

/// What the file says.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) source: Source,
    pub(super) management: AccountId,
    pub(super) nodes: Vec<OrgNode>,
    pub(super) accounts: BTreeMap<AccountId, usize>,
    /// The documents that stand in the file beside the tree.
    pub(super) described: Vec<Described>,
    /// The types of policies that the root names, if it names any.
    types: Option<BTreeMap<String, Enabled>>,
}

/// Whether policies of a type are in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enabled {
    /// It is being enabled or disabled, and from when on is not known.
    Changing,
    /// No policy of the type counts, whatever is attached.
    No,
    /// All that are attached count.
    Yes,
}

/// The root, an organizational unit, or an account.
#[derive(Clone, Debug)]
pub(super) struct OrgNode {
    pub(super) id: String,
    name: Option<String>,
    /// Where it stands in the file: `organization.roots[0].children[1]`.
    pub(super) address: String,
    pub(super) span: Span,
    pub(super) parent: Option<usize>,
    pub(super) scp: Attached,
    pub(super) rcp: Attached,
}

/// The policies of one type that are attached to a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Attached {
    /// Each POLICY, and its place.
    pub(super) policies: Vec<(Span, String)>,
    /// Whether these are all.
    pub(super) whole: bool,
}

impl OrgNode {
    /// `ou-ab12-11111111 (Prod)`
    pub(super) fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{} ({name})", self.id),
            None => self.id.clone(),
        }
    }

    pub(super) fn attached(&self, kind: PolicyKind) -> &Attached {
        if kind == PolicyKind::Rcp {
            &self.rcp
        } else {
            &self.scp
        }
    }
}

impl Tree {
    pub(super) fn read(source: &Source, root: &Node<'_>) -> Result<Self> {
        let field = "organization";
        let node = root.get(field).unwrap_or(root);
        node.expect_object(field, source)?;
        check(source, node, &["management_account", "roots", "policies"])?;
        let management = node.get("management_account").ok_or_else(|| {
            Error::request("the organization has no `management_account`")
                .at(source, Span::new(node.span.start(), node.span.start() + 1))
                .help("it is what `aws organizations describe-organization` prints as `MasterAccountId`")
        })?;
        let mut reader = Reader {
            source,
            nodes: Vec::new(),
            accounts: BTreeMap::new(),
            ids: BTreeSet::new(),
            types: None,
        };
        let management = reader.account(management, "management_account")?;
        let (roots, wrapper) = list(source, node, "roots", "Roots")?;
        for (index, root) in roots.iter().enumerate() {
            reader.unit(root, &format!("{field}.roots{wrapper}[{index}]"), None)?;
        }
        let described = described::list(source, node, &format!("{field}.policies"))?;
        Ok(Self {
            source: source.clone(),
            management,
            nodes: reader.nodes,
            accounts: reader.accounts,
            described,
            types: reader.types,
        })
    }

    /// Whether policies of a kind are in force at all (EVAL-7). AWS lists no type that is disabled.
    pub(super) fn enables(&self, kind: PolicyKind) -> Enabled {
        let name = described::type_of(kind);
        match &self.types {
            None => Enabled::Yes,
            Some(types) => types.get(name).copied().unwrap_or(Enabled::No),
        }
    }

    /// The nodes from the root to an account; nothing if it is not in the tree.
    pub(super) fn path(&self, account: AccountId) -> Vec<&OrgNode> {
        let mut path = Vec::new();
        let mut next = self.accounts.get(&account).copied();
        while let Some(node) = next.and_then(|index| self.nodes.get(index)) {
            path.push(node);
            next = node.parent;
        }
        path.reverse();
        path
    }
}

struct Reader<'s> {
    source: &'s Source,
    nodes: Vec<OrgNode>,
    accounts: BTreeMap<AccountId, usize>,
    ids: BTreeSet<String>,
    types: Option<BTreeMap<String, Enabled>>,
}

impl Reader<'_> {
    /// The root or an organizational unit, and all below it.
    fn unit(&mut self, node: &Node<'_>, address: &str, parent: Option<usize>) -> Result<()> {
        check(
            self.source,
            node,
            &["id", "name", "scp", "rcp", "children", "accounts"],
        )?;
        let types = node
            .get("PolicyTypes")
            .filter(|types| types.value != Value::Null);
        if let Some(types) = types.filter(|_| parent.is_none()) {
            let named = types.elements().iter().filter_map(|one| {
                let name = one.get("Type").and_then(Node::as_str)?;
                let enabled = match one.get("Status").and_then(Node::as_str) {
                    None | Some("ENABLED") => Enabled::Yes,
                    Some(_) => Enabled::Changing,
                };
                Some((name.to_owned(), enabled))
            });
            self.types.get_or_insert_default().extend(named);
        }
        let index = self.node(node, address.to_owned(), parent)?.0;
        let units = list(self.source, node, "children", "OrganizationalUnits")?;
        for (at, unit) in units.0.iter().enumerate() {
            let address = format!("{address}.children{}[{at}]", units.1);
            self.unit(unit, &address, Some(index))?;
        }
        let accounts = list(self.source, node, "accounts", "Accounts")?;
        for (at, account) in accounts.0.iter().enumerate() {
            check(self.source, account, &["id", "name", "scp", "rcp"])?;
            let address = format!("{address}.accounts{}[{at}]", accounts.1);
            let (index, id) = self.node(account, address, Some(index))?;
            let id = self.account(id, "id")?;
            self.accounts.insert(id, index);
        }
        Ok(())
    }

    /// Keeps a node; gives its place in the list, and its id.
    fn node<'n, 'a>(
        &mut self,
        node: &'n Node<'a>,
        address: String,
        parent: Option<usize>,
    ) -> Result<(usize, &'n Node<'a>)> {
        let id_node = node.get("id").or_else(|| node.get("Id")).ok_or_else(|| {
            Error::request(format!("`{address}` has no `id`")).at(
                self.source,
                Span::new(node.span.start(), node.span.start() + 1),
            )
        })?;
        let id = id_node.expect_str("id", self.source)?;
        if !self.ids.insert(id.to_owned()) {
            return Err(
                Error::request(format!("`{id}` stands twice in the organization"))
                    .at(self.source, id_node.span),
            );
        }
        let name = node.get("name").or_else(|| node.get("Name"));
        self.nodes.push(OrgNode {
            id: id.to_owned(),
            name: name.and_then(Node::as_str).map(str::to_owned),
            span: id_node.span,
            parent,
            scp: self.attached(node, "scp", &address)?,
            rcp: self.attached(node, "rcp", &address)?,
            address,
        });
        Ok((self.nodes.len() - 1, id_node))
    }

    fn attached(&self, node: &Node<'_>, field: &'static str, address: &str) -> Result<Attached> {
        let Some(value) = node.get(field).filter(|node| node.value != Value::Null) else {
            return Ok(Attached::default());
        };
        let (policies, wrapper) = list(self.source, node, field, "Policies")?;
        let places = policies.iter().enumerate();
        let places = places
            .map(|(index, policy)| (policy.span, format!("{address}.{field}{wrapper}[{index}]")));
        Ok(Attached {
            policies: places.collect(),
            whole: !has_more(value),
        })
    }

    fn account(&self, node: &Node<'_>, what: &str) -> Result<AccountId> {
        let id = node.expect_str(what, self.source)?.parse();
        id.map_err(|error: Error| error.at(self.source, node.span))
    }
}

/// Whether an output of the CLI is only a page of several.
pub(super) fn has_more(node: &Node<'_>) -> bool {
    let token = node.get("NextToken");
    token.is_some_and(|token| token.value != Value::Null)
}

/// The elements of a list: itself, or what the CLI prints, which has the list under a name; and that name as a part of
/// an address. Nothing if it is left out.
fn list<'n, 'a>(
    source: &Source,
    node: &'n Node<'a>,
    field: &'static str,
    wrapper: &'static str,
) -> Result<(&'n [Node<'a>], String)> {
    let Some(value) = node.get(field).filter(|node| node.value != Value::Null) else {
        return Ok((&[], String::new()));
    };
    match value.get(wrapper) {
        None => Ok((value.elements(), String::new())),
        Some(inner) => match &inner.value {
            Value::Array(elements) => Ok((elements, format!(".{wrapper}"))),
            _ => Err(inner.mismatch(wrapper, "a list", source)),
        },
    }
}

/// Reports a field of ours that there is not. Those of AWS begin with capitals, and stay as the CLI prints them.
fn check(source: &Source, node: &Node<'_>, fields: &'static [&'static str]) -> Result<()> {
    let members = node.expect_object("a node of the organization", source)?;
    let own = |key: &str| !key.starts_with(|first: char| first.is_ascii_uppercase());
    let unknown = members
        .iter()
        .find(|member| own(&member.key) && !fields.contains(&member.key.as_ref()));
    let Some(member) = unknown else {
        return Ok(());
    };
    let error =
        Error::request(format!("unknown field `{}`", member.key)).at(source, member.key_span);
    Err(match nearest(&member.key, fields.iter().copied()) {
        Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
        None => error.help(format!("the fields are {}", fields.join(", "))),
    })
}
