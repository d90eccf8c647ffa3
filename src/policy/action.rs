//! Actions and patterns of actions (GRAM-30, GRAM-31).

use std::fmt;
use std::str::FromStr;

use super::pattern::{Pattern, Token, glob_tokens};
use crate::error::Error;

/// The action of a request, such as `s3:GetObject`. Compared without regard to case.
#[derive(Clone, Debug)]
pub struct Action {
    written: Box<str>,
    lower: Box<str>,
    colon: usize,
}

impl Action {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The service prefix in lower case: `s3`.
    pub fn service(&self) -> &str {
        &self.lower[..self.colon]
    }

    /// The name in lower case: `getobject`.
    pub fn name(&self) -> &str {
        &self.lower[self.colon + 1..]
    }

    /// Whether it is an action on a role, which the role's trust policy must allow (ROLE-1, ROLE-14, GRAM-42).
    pub(crate) fn is_on_role(&self) -> bool {
        let names = [
            "assumerole",
            "assumerolewithsaml",
            "assumerolewithwebidentity",
            "tagsession",
            "setsourceidentity",
            "setcontext",
        ];
        self.service() == "sts" && names.contains(&self.name())
    }

    /// Whether a provider vouches for the caller, who has no credentials of AWS (ROLE-16).
    pub(crate) fn is_federated(&self) -> bool {
        self.is("sts:assumerolewithsaml") || self.is("sts:assumerolewithwebidentity")
    }

    /// Whether every signed caller may do it whatever policies say, but for the endpoint's (ROLE-30, ROLE-31).
    pub(crate) fn needs_no_permission(&self) -> bool {
        let names = [
            "sts:getcalleridentity",
            "sts:getsessiontoken",
            "dynamodb:describeendpoints",
        ];
        names.contains(&self.lower())
    }

    /// In lower case.
    pub(crate) fn lower(&self) -> &str {
        &self.lower
    }

    /// Whether it is this action, given in lower case.
    pub(crate) fn is(&self, lower: &str) -> bool {
        &*self.lower == lower
    }
}

impl Action {
    /// An action that stands for all that a pattern names: shown as `written`, matched as `example`.
    ///
    /// # Errors
    /// If the example is no action.
    pub(crate) fn standing_for(written: &str, example: &str) -> Result<Self, Error> {
        let mut action: Self = example.parse()?;
        action.written = written.into();
        Ok(action)
    }
}

impl FromStr for Action {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let lower = text.to_ascii_lowercase();
        let colon = lower.find(':').filter(|at| *at > 0 && at + 1 < lower.len());
        match colon {
            Some(colon)
                if !lower.contains(|c: char| c.is_whitespace() || matches!(c, '*' | '?')) =>
            {
                Ok(Self {
                    written: text.into(),
                    lower: lower.into(),
                    colon,
                })
            }
            _ => Err(Error::request(format!("`{text}` is not an action"))
                .by("GRAM-30")
                .help(
                    "an action is a service prefix and a name, without wildcards: `s3:GetObject`",
                )),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// One entry of `Action` or `NotAction`.
#[derive(Clone, Debug)]
pub(crate) enum ActionPattern {
    /// `*`
    All,
    /// A text without a colon, with a space or with an empty half: it matches nothing (GRAM-31).
    Never,
    /// `service:name`, each half in lower case.
    Pair(Pattern, Pattern),
}

impl ActionPattern {
    pub(crate) fn parse(text: &str) -> Self {
        if text == "*" {
            return Self::All;
        }
        let lower = text.to_ascii_lowercase();
        match lower.split_once(':') {
            Some((service, name))
                if !service.is_empty()
                    && !name.is_empty()
                    && !lower.contains(char::is_whitespace) =>
            {
                Self::Pair(Pattern::glob(service), Pattern::glob(name))
            }
            _ => Self::Never,
        }
    }

    /// The pattern over whole actions in lower case; `None` if it matches nothing.
    pub(crate) fn tokens(text: &str) -> Option<Vec<Token>> {
        if text == "*" {
            return Some(vec![Token::Many]);
        }
        let lower = text.to_ascii_lowercase();
        if matches!(Self::parse(&lower), Self::Never) {
            return None;
        }
        let (service, name) = lower.split_once(':')?;
        let mut tokens = glob_tokens(service);
        for token in &mut tokens {
            *token = token.within_segment();
        }
        tokens.push(Token::Char(':'));
        tokens.extend(glob_tokens(name));
        Some(tokens)
    }

    pub(crate) fn matches(&self, action: &Action) -> bool {
        match self {
            Self::All => true,
            Self::Never => false,
            Self::Pair(service, name) => {
                service.matches(action.service()) && name.matches(action.name())
            }
        }
    }
}
