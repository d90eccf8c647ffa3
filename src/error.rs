//! The one error of the crate.

use std::fmt;

use crate::source::{Source, Span};

/// What went wrong, where, by which rule, and what to do about it.
///
/// # Design
/// One opaque type, boxed, for everything that can fail: a caller asks what sort it is (`is_*`) and prints it.
/// Messages are lower case without a full stop; what the user typed stands in backticks.
///
/// # Example
/// ```
/// use ipcond::policy::{Policy, PolicyKind};
/// let error = Policy::from_json("p.json", r#"{"Statement":{"Effect":"allow"}}"#, PolicyKind::Identity).unwrap_err();
/// assert_eq!(error.rule(), Some("GRAM-6"));
/// assert_eq!(error.to_string(), "p.json:1:24: `Effect` must be `Allow` or `Deny`, found `allow`");
/// ```
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    sort: Sort,
    message: String,
    rule: Option<&'static str>,
    help: Option<String>,
    place: Option<Place>,
}

/// A span in a text.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text.
    pub source: Source,
    /// Where in it.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Io,
    Policy,
    Request,
    Syntax,
}

/// `Result` with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A file that cannot be read or written.
    pub fn io(message: impl Into<String>) -> Self {
        Self::new(Sort::Io, message)
    }

    /// A text that is not JSON or YAML, or is over a limit.
    pub fn syntax(message: impl Into<String>) -> Self {
        Self::new(Sort::Syntax, message)
    }

    /// A document that is not a policy of its kind.
    pub fn policy(message: impl Into<String>) -> Self {
        Self::new(Sort::Policy, message)
    }

    /// A request, scenario or command line that cannot be answered.
    pub fn request(message: impl Into<String>) -> Self {
        Self::new(Sort::Request, message)
    }

    fn new(sort: Sort, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            sort,
            message: message.into(),
            rule: None,
            help: None,
            place: None,
        }))
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Span) -> Self {
        self.0.place.get_or_insert_with(|| Place {
            source: source.clone(),
            span,
        });
        self
    }

    /// Says which rule was broken.
    #[must_use]
    pub fn by(mut self, rule: &'static str) -> Self {
        self.0.rule.get_or_insert(rule);
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help.get_or_insert_with(|| help.into());
        self
    }

    /// What went wrong, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The rule that was broken, such as `GRAM-4`.
    pub fn rule(&self) -> Option<&'static str> {
        self.0.rule
    }

    /// What to do about it.
    pub fn help_text(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Where it is.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// A file could not be read or written.
    pub fn is_io(&self) -> bool {
        self.0.sort == Sort::Io
    }

    /// A text is not JSON or YAML.
    pub fn is_syntax(&self) -> bool {
        self.0.sort == Sort::Syntax
    }

    /// A document is not a policy of its kind.
    pub fn is_policy(&self) -> bool {
        self.0.sort == Sort::Policy
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place { source, span }) = self.place() {
            let start = source.position(span.start());
            write!(f, "{}:{}:{}: ", source.name(), start.line, start.column)?;
            if let Some((outer, span)) = source.within() {
                let at = outer.position(span.start());
                write!(
                    f,
                    "(in the string at {}:{}:{}) ",
                    outer.name(),
                    at.line,
                    at.column
                )?;
            }
        }
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}
