//! Small changes of a policy, made to see whether anybody would notice.

use super::document::Policy;
use super::value::Operand;
use crate::net::{Cidr, Written};

/// A small change of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// A value of a condition is left out.
    RemoveValue { at: ValuePlace },
    /// Another block stands for a value of a condition.
    ReplaceBlock { at: ValuePlace, block: Cidr },
    /// A statement is about nothing. The others keep their places, which are what they are called by without a `Sid`.
    Silence { statement: usize },
}

/// A value of a condition, by its place in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValuePlace {
    pub(crate) statement: usize,
    pub(crate) condition: usize,
    pub(crate) value: usize,
}

impl Policy {
    /// The policy with a change. A place that it has not is no change.
    pub(crate) fn mutated(&self, mutation: Mutation) -> Self {
        let mut policy = self.clone();
        match mutation {
            Mutation::RemoveValue { at } => {
                if let Some(values) = policy.values(at)
                    && at.value < values.len()
                {
                    values.remove(at.value);
                }
            }
            Mutation::ReplaceBlock { at, block } => {
                if let Some(value) = policy
                    .values(at)
                    .and_then(|values| values.get_mut(at.value))
                {
                    value.operand = Operand::Ip(Written {
                        cidr: block,
                        bare: false,
                        host_bits: false,
                        mapped: false,
                    });
                }
            }
            Mutation::Silence { statement } => {
                if let Some(statement) = policy.statements.get_mut(statement) {
                    statement.action.negated = false;
                    statement.action.patterns.clear();
                    // What it says of principals tells the account of a caller that is not named.
                    statement.principal = None;
                    statement.conditions.clear();
                }
            }
        }
        policy
    }

    fn values(&mut self, at: ValuePlace) -> Option<&mut Vec<super::value::ConditionValue>> {
        let statement = self.statements.get_mut(at.statement)?;
        let condition = statement.conditions.get_mut(at.condition)?;
        Some(&mut condition.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyKind;

    const TEXT: &str = r#"{"Statement":[
        {"Effect":"Allow","NotAction":"iam:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["::1","192.0.2.0/24"]}}},
        {"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;

    fn policy() -> Policy {
        Policy::from_json("p", TEXT, PolicyKind::Identity).expect("it is a policy")
    }

    fn blocks(policy: &Policy) -> Vec<String> {
        let values = policy.statements[0].conditions[0].values.iter();
        let block = |operand: &Operand| match operand {
            Operand::Ip(written) => written.cidr.to_string(),
            other => format!("{other:?}"),
        };
        values.map(|value| block(&value.operand)).collect()
    }

    #[test]
    fn a_change_is_small() {
        let at = ValuePlace {
            statement: 0,
            condition: 0,
            value: 1,
        };
        let removed = policy().mutated(Mutation::RemoveValue { at });
        assert_eq!(blocks(&removed), ["::1/128"]);
        let block = "192.0.2.0/23".parse().expect("a block");
        let replaced = policy().mutated(Mutation::ReplaceBlock { at, block });
        assert_eq!(blocks(&replaced), ["::1/128", "192.0.2.0/23"]);
        let silent = policy().mutated(Mutation::Silence { statement: 0 });
        let action = "s3:GetObject".parse().expect("an action");
        let about = |policy: &Policy| -> Vec<bool> {
            let statements = policy.statements.iter();
            statements
                .map(|statement| statement.action.matches(&action).0)
                .collect()
        };
        assert_eq!(about(&policy()), [true, true]);
        assert_eq!(about(&silent), [false, true]);
        assert_eq!(silent.statement_name(1), "p#1");
    }

    #[test]
    fn a_place_that_is_not_there_is_no_change() {
        for (statement, condition, value) in [(2, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 2)] {
            let at = ValuePlace {
                statement,
                condition,
                value,
            };
            let same = policy().mutated(Mutation::RemoveValue { at });
            assert_eq!(blocks(&same), blocks(&policy()));
        }
        let same = policy().mutated(Mutation::Silence { statement: 2 });
        assert_eq!(same.statements.len(), 2);
    }
}
