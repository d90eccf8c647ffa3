//! What the conditions of a template come to.

use std::ops::Not;

use super::resolver::Resolver;
use crate::json::Node;

/// What a condition comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Known(bool),
    /// It rests on something that the template does not say.
    Open,
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Known(truth) => Self::Known(!truth),
            Self::Open => Self::Open,
        }
    }
}

impl<'s> Resolver<'_, 's> {
    /// What a condition of the template comes to.
    pub(super) fn condition(&self, name: &str) -> Truth {
        let conditions = self.root.get("Conditions");
        let condition = conditions.and_then(|all| self.look_up(all, name));
        condition.map_or(Truth::Open, |node| self.truth(node))
    }

    fn truth(&self, node: &Node<'s>) -> Truth {
        self.deeper(Truth::Open, || self.truth_of_level(node))
    }

    fn truth_of_level(&self, node: &Node<'s>) -> Truth {
        let Some([member]) = node.members().filter(|_| self.spend(64)) else {
            return Truth::Open;
        };
        let arguments = member.value.elements();
        let all = || arguments.iter().map(|node| self.truth(node));
        match member.key.as_ref() {
            "Condition" => member
                .value
                .as_str()
                .map_or(Truth::Open, |name| self.condition(name)),
            "Fn::Equals" => self.equals(arguments),
            "Fn::Not" => all().next().map_or(Truth::Open, Truth::not),
            "Fn::And" => among(all(), false),
            "Fn::Or" => among(all(), true),
            _ => Truth::Open,
        }
    }

    fn equals(&self, arguments: &[Node<'s>]) -> Truth {
        let [one, other] = arguments else {
            return Truth::Open;
        };
        let text = |node: &Node<'s>| {
            let value = self.value(node).ok().flatten()?;
            value.scalar().map(str::to_owned)
        };
        match (text(one), text(other)) {
            (Some(one), Some(other)) => Truth::Known(one == other),
            _ => Truth::Open,
        }
    }
}

/// Whether one of several is `wanted`, which decides all of them.
fn among(all: impl Iterator<Item = Truth>, wanted: bool) -> Truth {
    let mut result = Truth::Known(!wanted);
    for truth in all {
        match truth {
            Truth::Known(truth) if truth == wanted => return Truth::Known(wanted),
            Truth::Known(_) => {}
            Truth::Open => result = Truth::Open,
        }
    }
    result
}
