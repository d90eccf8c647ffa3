//! Gathers what applies to one principal.

use std::collections::BTreeSet;

use super::entry::{Entry, Sort, Spelling};
use super::overlay::Applied;
use super::{ATTACHED, Account, Collected};
use crate::error::Result;
use crate::input::Held;
use crate::json::{Node, Value};
use crate::policy::PolicyKind;
use crate::source::Span;

pub(super) struct Collector<'a> {
    account: &'a Account,
    pub(super) applied: Applied<'a>,
    pub(super) collected: Collected,
    /// What is attached already: twice is once, and costs once.
    attached: BTreeSet<String>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(account: &'a Account) -> Self {
        Self {
            account,
            applied: Applied::new(&account.overlay),
            collected: Collected::default(),
            attached: BTreeSet::new(),
        }
    }

    pub(super) fn principal(&mut self, entry: &Entry) -> Result<()> {
        let node = entry.tree()?;
        self.own(entry, &node)?;
        if entry.sort == Sort::User {
            let unsaid = self.unsaid(entry, &node, "GroupList");
            self.collected.identity.extend(unsaid);
        }
        for name in entry.list(&node, "GroupList")? {
            let group = name.expect_str("GroupList", &entry.source)?;
            self.group(entry, group, name)?;
        }
        if let Some(boundary) = entry.member(&node, "PermissionsBoundary")
            && boundary.value != Value::Null
        {
            let name = entry.spelling.of("PermissionsBoundary");
            let address = format!("{}.{name}", entry.address);
            let held = self.managed(entry, boundary, "PermissionsBoundaryArn", address)?;
            self.collected.boundary = Some(held.of_kind(PolicyKind::Boundary));
        }
        if let Some(unsaid) = self.unsaid(entry, &node, "PermissionsBoundary") {
            self.collected.boundary = Some(unsaid.of_kind(PolicyKind::Boundary));
        }
        Ok(())
    }

    /// What a member would say that is left out. Authorization details leave out what there is none of; AWS Config writes
    /// that as null or an empty list, and leaves out what was not asked for.
    fn unsaid(&mut self, entry: &Entry, node: &Node<'_>, name: &'static str) -> Option<Held> {
        if entry.spelling == Spelling::Upper || entry.member(node, name).is_some() {
            return None;
        }
        let name = entry.spelling.of(name);
        self.collected.dangling.push(format!(
            "the files do not say the `{name}` of {}; what it would say is unknown",
            entry.arn
        ));
        let what = format!("the {name} of {}", entry.arn);
        let address = format!("{}.{name}", entry.address);
        let at = Span::new(node.span.start(), node.span.start() + 1);
        let held = Held::unknown(&entry.source, at, address, what);
        Some(held.of_kind(PolicyKind::Identity).live())
    }

    /// Its inline and attached policies.
    fn own(&mut self, entry: &Entry, node: &Node<'_>) -> Result<()> {
        for held in entry.inline(node)? {
            if self.applied.keeps(&held.name()) {
                let held = self.applied.newest(held);
                self.collected.identity.push(held);
            }
        }
        let name = ATTACHED;
        for (index, attached) in entry.list(node, name)?.iter().enumerate() {
            let address = entry.place(name, index);
            if !self.applied.keeps(&entry.with_file(&address)) {
                continue;
            }
            let arn = entry.member(attached, "PolicyArn").and_then(Node::as_str);
            if arn.is_some_and(|arn| !self.attached.insert(arn.to_owned())) {
                continue;
            }
            let held = self.managed(entry, attached, "PolicyArn", address)?;
            self.collected.identity.push(held);
        }
        for name in [entry.sort.inline(), ATTACHED] {
            let unsaid = self.unsaid(entry, node, name);
            self.collected.identity.extend(unsaid);
        }
        let attached = self.applied.attached(&entry.arn);
        self.collected.identity.extend(attached);
        Ok(())
    }

    fn group(&mut self, user: &Entry, name: &str, node: &Node<'_>) -> Result<()> {
        let prefix = user.arn.split_once(":user/");
        let prefix = prefix.map_or("", |(prefix, _)| prefix);
        let arn = format!("{prefix}:group/{name}");
        if !self.attached.insert(arn.clone()) {
            return Ok(());
        }
        if let Some(group) = self.account.without_path(&arn, Sort::Group) {
            return self.own(group, &group.tree()?);
        }
        let what = format!("the policies of group {name}, which {} is in", user.arn);
        self.collected.dangling.push(format!(
            "group {name} is not in the files, and {} is in it; what it allows and denies is unknown",
            user.arn
        ));
        let address = format!("{}.{}", user.address, user.spelling.of("GroupList"));
        let held = Held::unknown(&user.source, node.span, address, what);
        self.collected
            .identity
            .push(held.of_kind(PolicyKind::Identity).live());
        Ok(())
    }

    /// The default version of a managed policy that is named under `field`.
    fn managed(
        &mut self,
        entry: &Entry,
        node: &Node<'_>,
        field: &'static str,
        address: String,
    ) -> Result<Held> {
        let source = &entry.source;
        let spelled = entry.spelling.of(field);
        let named = entry.member(node, field);
        let named = named.ok_or_else(|| node.mismatch(&spelled, "the ARN of a policy", source))?;
        let arn = named.expect_str(&spelled, source)?;
        if let Some(policy) = self.account.get(arn)
            && let Some(held) = policy.default_version()?
        {
            return Ok(self.applied.newest(held));
        }
        if let Some(held) = self.applied.supplied(arn) {
            return Ok(held);
        }
        self.collected.dangling.push(format!(
            "{arn} is attached to {} and not in the files; what it says is unknown",
            entry.arn
        ));
        let what = format!("the policy {arn}");
        let held = Held::unknown(source, named.span, address, what);
        Ok(held.of_kind(PolicyKind::Identity).live())
    }
}
