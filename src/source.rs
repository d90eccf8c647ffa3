//! Texts and places in them.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A range of bytes in a [`Source`]: `start` included, `end` excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    // INVARIANT: start <= end
    start: u32,
    end: u32,
}

impl Span {
    /// The span from byte `start` up to, and without, byte `end`. An `end` before `start` gives an empty span.
    ///
    /// # Example
    /// ```
    /// use ipcond::source::Span;
    /// assert_eq!(Span::new(3, 1).range(), 3..3);
    /// ```
    pub fn new(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self {
            start,
            end: end.max(start),
        }
    }

    /// First byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Byte after the last one.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// The bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start()..self.end()
    }
}

/// A place for people and editors: line and column count from 1, columns count characters; `offset` counts bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte offset, from 0.
    pub offset: usize,
}

/// A text with a name: a file, standard input, or a document found inside another one.
///
/// Cheap to clone; the text is shared.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    name: String,
    text: String,
    /// Where the text stands if it was held in a string of another document.
    within: Option<(Source, Span)>,
    lines: OnceLock<Lines>,
}

/// What it takes to count lines and columns.
struct Lines {
    /// Where each line starts.
    starts: Vec<u32>,
    /// The bytes that start no character, in order.
    inner: Vec<u32>,
}

impl Source {
    /// A text and the name it is shown under (a path as the user gave it, or `-`).
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::build(name.into(), text.into(), None)
    }

    /// The text of a document that is held in a string at `span` of `outer`, for example a policy in a JSON string, and
    /// what the document is called.
    pub fn held(
        name: impl Into<String>,
        text: impl Into<String>,
        outer: &Source,
        span: Span,
    ) -> Self {
        Self::build(name.into(), text.into(), Some((outer.clone(), span)))
    }

    fn build(name: String, text: String, within: Option<(Source, Span)>) -> Self {
        Self(Arc::new(Inner {
            name,
            text,
            within,
            lines: OnceLock::new(),
        }))
    }

    /// Whether the two are one text, not just equal ones.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The name, as given.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The place that holds this text, when it came from a string of another document.
    pub fn within(&self) -> Option<(&Source, Span)> {
        self.0.within.as_ref().map(|(source, span)| (source, *span))
    }

    /// The place in a file that stands for `span`: where strings hold texts that hold texts, the outermost string.
    ///
    /// # Example
    /// ```
    /// use ipcond::source::{Source, Span};
    /// let file = Source::new("role.json", r#"{"Policy": "{}"}"#);
    /// let held = Source::held("role.json#Policy", "{}", &file, Span::new(11, 15));
    /// let (outer, span) = held.outermost(Span::new(0, 2));
    /// assert_eq!((outer.name(), outer.slice(span)), ("role.json", r#""{}""#));
    /// assert_eq!(file.outermost(Span::new(1, 3)).1, Span::new(1, 3)); // a file is in nothing
    /// ```
    pub fn outermost(&self, span: Span) -> (&Source, Span) {
        let mut place = (self, span);
        while let Some(outer) = place.0.within() {
            place = outer;
        }
        place
    }

    /// The text at `span`; empty if the span is not in the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.range()).unwrap_or("")
    }

    /// Line, column and offset of a byte.
    ///
    /// # Example
    /// ```
    /// use ipcond::source::Source;
    /// let source = Source::new("p.json", "é\n x");
    /// let place = source.position(4);
    /// assert_eq!((place.line, place.column, place.offset), (2, 2, 4)); // é is two bytes and one column
    /// ```
    pub fn position(&self, offset: usize) -> Position {
        let Lines { starts, inner } = self.lines();
        let line = starts
            .partition_point(|&start| start as usize <= offset)
            .max(1);
        let line_start = starts[line - 1] as usize;
        let before = |at: usize| inner.partition_point(|&byte| (byte as usize) < at);
        let end = offset.clamp(line_start, self.text().len().max(line_start));
        let column = end - line_start - (before(end) - before(line_start)) + 1;
        Position {
            line,
            column,
            offset,
        }
    }

    /// Byte offset at which a line (from 1) starts; the end of the text if there are fewer lines.
    pub fn line_start(&self, line: usize) -> usize {
        self.lines()
            .starts
            .get(line.saturating_sub(1))
            .map_or(self.text().len(), |start| *start as usize)
    }

    fn lines(&self) -> &Lines {
        self.0.lines.get_or_init(|| {
            let newlines = self
                .text()
                .bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n');
            let after = newlines.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
            let bytes = self.text().bytes().enumerate();
            let inner = bytes.filter(|(_, byte)| (byte & 0xC0) == 0x80);
            Lines {
                starts: std::iter::once(0).chain(after).collect(),
                inner: inner
                    .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
                    .collect(),
            }
        })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name())
            .field("bytes", &self.text().len())
            .finish_non_exhaustive()
    }
}
