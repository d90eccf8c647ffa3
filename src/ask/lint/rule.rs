//! What a rule is.

use std::fmt;

use super::finding::Finding;
use super::rules::ALL;
use super::subject::Subject;
use crate::error::{Error, Result};
use crate::policy::{PolicyKind, nearest};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It breaks callers, or will.
    Warning,
    /// It can never do what was meant, or opens more than was meant.
    Error,
}

impl Severity {
    /// The word, as formats for machines spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A rule: what it looks for, why that matters, and what to do.
pub struct Rule {
    /// Its permanent code, such as `IP002`.
    pub code: &'static str,
    /// A short name for people and tools, such as `deny-without-address`.
    pub name: &'static str,
    /// How bad its findings are; a finding may be milder.
    pub severity: Severity,
    /// What it finds, in one sentence.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// A policy that has it, and nothing else that a rule would find.
    pub fails: Example,
    /// A policy in which no rule finds anything.
    pub passes: Example,
    /// What to do.
    pub fix: &'static str,
    /// The page of the IAM user guide that it rests on, where there is one.
    pub(super) page: Option<&'static str>,
    pub(super) check: Check,
}

/// How a rule comes to its findings.
#[derive(Clone, Copy)]
pub(super) enum Check {
    /// By looking at a policy.
    Policy(fn(&Subject<'_>) -> Vec<Finding>),
    /// The reader of documents reports it by one of these rules.
    Reading(&'static [&'static str]),
}

/// A policy in the documentation of a rule. Its addresses are those of documentation, which stand for yours.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What the policy is attached to.
    pub kind: PolicyKind,
    /// A policy of the same role, where the rule is about the two.
    pub beside: Option<(PolicyKind, &'static str)>,
    text: &'static str,
    whole: bool,
}

impl Example {
    /// A policy of these statements.
    pub(super) const fn new(kind: PolicyKind, statements: &'static str) -> Self {
        Self {
            kind,
            beside: None,
            text: statements,
            whole: false,
        }
    }

    /// A whole text.
    pub(super) const fn text(kind: PolicyKind, text: &'static str) -> Self {
        Self {
            kind,
            beside: None,
            text,
            whole: true,
        }
    }

    /// The same beside another policy.
    pub(super) const fn beside(self, kind: PolicyKind, text: &'static str) -> Self {
        Self {
            beside: Some((kind, text)),
            ..self
        }
    }

    /// The text of the policy.
    pub fn document(&self) -> String {
        if self.whole {
            return self.text.to_owned();
        }
        let statements = self.text.replace('\n', "\n    ");
        format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {statements}\n  ]\n}}")
    }
}

impl Rule {
    /// Where AWS documents what the rule rests on.
    ///
    /// # Example
    /// ```
    /// let url = ipcond::ask::lint::rule("IP014")?.url();
    /// let guide = "https://docs.aws.amazon.com/IAM/latest/UserGuide";
    /// assert_eq!(url, Some(format!("{guide}/access-analyzer-reference-policy-checks.html")));
    /// assert_eq!(ipcond::ask::lint::rule("IP035")?.url(), None); // which addresses are special, AWS does not say
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn url(&self) -> Option<String> {
        let guide = "https://docs.aws.amazon.com/IAM/latest/UserGuide";
        self.page.map(|page| format!("{guide}/{page}.html"))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("code", &self.code)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

/// Every rule, in the order of the codes.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    ALL.iter().copied()
}

/// The rule of a code or name, whatever the case.
///
/// # Errors
/// If there is none: the error names the nearest.
pub fn rule(code: &str) -> Result<&'static Rule> {
    let is = |name: &str| name.eq_ignore_ascii_case(code);
    let found = rules().find(|rule| is(rule.code) || is(rule.name));
    found.ok_or_else(|| unknown(code))
}

fn unknown(code: &str) -> Error {
    let error = Error::request(format!("there is no rule `{code}`"));
    let names = rules().flat_map(|rule| [rule.code, rule.name]);
    match nearest(code, names)
        .and_then(|near| rules().find(|rule| [rule.code, rule.name].contains(&near)))
    {
        Some(rule) => error.help(format!("did you mean `{}` ({})?", rule.code, rule.name)),
        None => error.help("`ipcond rule` lists all"),
    }
}

/// Which rules count: beginnings of codes, the longest that fits decides.
///
/// # Example
/// ```
/// use ipcond::ask::lint::{Selection, rule};
/// let selection = Selection::new(&["IP".into(), "PL050".into()], &["IP03".into(), "ip035".into()])?;
/// assert!(selection.takes(rule("IP002")?) && !selection.takes(rule("IP034")?));
/// assert!(!selection.takes(rule("JS001")?)); // not among those that were selected
/// assert!(Selection::new(&["XY".into()], &[]).is_err());
/// # Ok::<(), ipcond::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Selection {
    select: Vec<String>,
    ignore: Vec<String>,
}

impl Selection {
    /// These rules, without those; no `select` is every rule.
    ///
    /// # Errors
    /// If no code begins like one of them.
    pub fn new(select: &[String], ignore: &[String]) -> Result<Self> {
        let check = |prefixes: &[String]| -> Result<Vec<String>> {
            prefixes
                .iter()
                .map(|prefix| {
                    let upper = prefix.trim().to_ascii_uppercase();
                    let known =
                        !upper.is_empty() && rules().any(|rule| rule.code.starts_with(&upper));
                    if known {
                        Ok(upper)
                    } else {
                        Err(unknown(prefix))
                    }
                })
                .collect()
        };
        Ok(Self {
            select: check(select)?,
            ignore: check(ignore)?,
        })
    }

    /// Whether a rule counts.
    pub fn takes(&self, rule: &Rule) -> bool {
        let longest = |prefixes: &[String]| {
            let fitting = prefixes
                .iter()
                .filter(|prefix| rule.code.starts_with(*prefix));
            fitting.map(String::len).max()
        };
        let selected = if self.select.is_empty() {
            Some(0)
        } else {
            longest(&self.select)
        };
        match (selected, longest(&self.ignore)) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(selected), Some(ignored)) => selected > ignored,
        }
    }
}
