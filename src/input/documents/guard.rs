//! Both policies of a role, as `ipcond guard --kind trust` prints them: the object `guard/1`.

use super::check_fields;
use super::held::Held;
use crate::error::Result;
use crate::json::Node;
use crate::policy::PolicyKind;
use crate::source::Source;

/// Whether an object is one.
pub(super) fn is_guard(root: &Node<'_>) -> bool {
    root.get("ipcond").and_then(Node::as_str) == Some("guard/1")
}

/// Its documents, each under the word that a scenario has for it.
pub(super) fn documents(source: &Source, root: &Node<'_>) -> Result<Vec<Held>> {
    let members = root.expect_object("guard", source)?;
    check_fields(members, &["ipcond", "trust", "identity"], source)?;
    let mut found = Vec::new();
    for (name, kind) in [
        ("trust", PolicyKind::Trust),
        ("identity", PolicyKind::Identity),
    ] {
        let Some(node) = root.get(name) else {
            continue;
        };
        node.expect_object(name, source)?;
        let held = Held::at(source, node, name.to_owned())?;
        found.extend(held.map(|held| held.of_kind(kind)));
    }
    Ok(found)
}
