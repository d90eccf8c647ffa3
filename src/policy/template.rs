//! Text with wildcards and policy variables (VAR-1 to VAR-7).

use super::key::ConditionKey;
use super::pattern::{Pattern, Token, literal};

/// A value of a policy in which `*` and `?` may be wildcards and `${key}` may be a variable.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
    /// The pattern, compiled once, when there is no variable.
    fixed: Option<Pattern>,
}

#[derive(Clone, Debug)]
enum Part {
    Tokens(Vec<Token>),
    Variable(Variable),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// `None` for text between the braces that cannot be a key, such as one with spaces: it never has a value (VAR-2).
    pub(crate) key: Option<ConditionKey>,
    pub(crate) default: Option<String>,
}

/// Whether `*` and `?` are wildcards in a text, and whether `${…}` is a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub(crate) wildcards: bool,
    pub(crate) variables: bool,
}

/// The value of a variable in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding<'a> {
    /// The text.
    Text(&'a str),
    /// It has none (VAR-5).
    Void,
    /// It may have one.
    Unknown,
}

/// A template with its variables filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved<T> {
    /// All variables have values.
    Known(T),
    /// A variable has no value and no default: the text matches nothing (VAR-5).
    Void,
    /// A variable may or may not have a value.
    Unknown,
}

impl Template {
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Self {
        let mut parts = Vec::new();
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if syntax.variables
                && let Some((inner, after)) = braces(rest)
            {
                match inner {
                    // `${*}`, `${?}` and `${$}` are the characters themselves (VAR-4).
                    "*" | "?" | "$" => tokens.extend(inner.chars().map(Token::Char)),
                    _ => {
                        parts.push(Part::Tokens(std::mem::take(&mut tokens)));
                        parts.push(Part::Variable(Variable::parse(inner)));
                    }
                }
                rest = after;
                continue;
            }
            tokens.push(match character {
                '*' if syntax.wildcards => Token::Many,
                '?' if syntax.wildcards => Token::One,
                other => Token::Char(other),
            });
            rest = &rest[character.len_utf8()..];
        }
        parts.push(Part::Tokens(tokens));
        parts.retain(|part| !matches!(part, Part::Tokens(tokens) if tokens.is_empty()));
        let variable = parts.iter().any(|part| matches!(part, Part::Variable(_)));
        let mut template = Self { parts, fixed: None };
        if !variable && let Resolved::Known(tokens) = template.tokens(&|_| Binding::Void) {
            template.fixed = Some(Pattern::new(&tokens));
        }
        template
    }

    /// The variables, in order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Tokens(_) => None,
        })
    }

    /// Whether the text matches, with the variables filled in by `bind`. Filled-in text is literal (VAR-6).
    pub(crate) fn matches<'b>(
        &self,
        text: &str,
        bind: &impl Fn(&ConditionKey) -> Binding<'b>,
    ) -> Resolved<bool> {
        if let Some(pattern) = &self.fixed {
            return Resolved::Known(pattern.matches(text));
        }
        match self.tokens(bind) {
            Resolved::Known(tokens) => Resolved::Known(Pattern::new(&tokens).matches(text)),
            Resolved::Void => Resolved::Void,
            Resolved::Unknown => Resolved::Unknown,
        }
    }

    /// The plain text, with the variables filled in by `bind`. For templates without wildcards.
    pub(crate) fn text<'b>(
        &self,
        bind: &impl Fn(&ConditionKey) -> Binding<'b>,
    ) -> Resolved<String> {
        match self.tokens(bind) {
            Resolved::Known(tokens) => literal(&tokens).map_or(Resolved::Void, Resolved::Known),
            Resolved::Void => Resolved::Void,
            Resolved::Unknown => Resolved::Unknown,
        }
    }

    /// The tokens, with the variables filled in by `bind`.
    pub(crate) fn tokens<'b>(
        &self,
        bind: &impl Fn(&ConditionKey) -> Binding<'b>,
    ) -> Resolved<Vec<Token>> {
        let mut all = Vec::new();
        let mut unknown = false;
        for part in &self.parts {
            let variable = match part {
                Part::Tokens(tokens) => {
                    all.extend_from_slice(tokens);
                    continue;
                }
                Part::Variable(variable) => variable,
            };
            match (
                variable.key.as_ref().map_or(Binding::Void, bind),
                &variable.default,
            ) {
                (Binding::Text(text), _) => all.extend(text.chars().map(Token::Char)),
                (Binding::Void, Some(default)) => all.extend(default.chars().map(Token::Char)),
                (Binding::Void, None) => return Resolved::Void,
                (Binding::Unknown, _) => unknown = true,
            }
        }
        if unknown {
            Resolved::Unknown
        } else {
            Resolved::Known(all)
        }
    }
}

impl Variable {
    fn parse(inner: &str) -> Self {
        let (name, default) = match inner.split_once(',') {
            None => (inner, None),
            Some((name, default)) => {
                let quoted = default
                    .trim()
                    .strip_prefix('\'')
                    .and_then(|text| text.strip_suffix('\''));
                (name, quoted.map(str::to_owned))
            }
        };
        let key = (!name.is_empty() && !name.contains(char::is_whitespace))
            .then(|| ConditionKey::new(name));
        Self { key, default }
    }
}

/// What stands between `${` and `}` at the start of `text`, and what follows. Braces that do not close are text (VAR-2).
fn braces(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("${")?;
    // A default may hold a brace: the braces close after its second quote.
    let quoted_end = inner
        .find('\'')
        .filter(|open| !inner[..*open].contains('}'))
        .and_then(|open| inner[open + 1..].find('\'').map(|close| open + 1 + close));
    let end = quoted_end.unwrap_or(0) + inner[quoted_end.unwrap_or(0)..].find('}')?;
    Some((&inner[..end], &inner[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIKE: Syntax = Syntax {
        wildcards: true,
        variables: true,
    };

    fn matches(template: &str, text: &str, value: Binding<'_>) -> Resolved<bool> {
        Template::parse(template, LIKE).matches(text, &|_| value)
    }

    #[test]
    fn filled_in_text_is_literal() {
        assert_eq!(
            matches("home/${aws:username}/*", "home/b*b/x", Binding::Text("b*b")),
            Resolved::Known(true)
        );
        assert_eq!(
            matches("${x}", "anything", Binding::Text("*")),
            Resolved::Known(false)
        );
    }

    #[test]
    fn defaults_stand_in_for_missing_values() {
        assert_eq!(
            matches("${x, 'company-wide'}", "company-wide", Binding::Void),
            Resolved::Known(true)
        );
        assert_eq!(
            matches("${x, 'a}b'}c", "a}bc", Binding::Void),
            Resolved::Known(true)
        );
        assert_eq!(matches("${x}", "", Binding::Void), Resolved::Void);
        assert_eq!(
            matches("${x, 'd'}", "d", Binding::Unknown),
            Resolved::Unknown
        );
    }

    #[test]
    fn odd_braces() {
        assert_eq!(
            matches("${x", "${x", Binding::Text("v")),
            Resolved::Known(true)
        );
        assert_eq!(matches("${ x }", "v", Binding::Text("v")), Resolved::Void);
        assert_eq!(
            matches("a${*}${?}${$}", "a*?$", Binding::Void),
            Resolved::Known(true)
        );
    }
}
