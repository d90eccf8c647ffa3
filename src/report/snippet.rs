//! Pieces of source with marks under them.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet,
};

use super::escape;
use crate::source::{Source, Span};

/// The longest line that is shown; a policy on one line is 40,000 characters wide.
const LONGEST_LINE: usize = 300;

/// A mark under a piece of source.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) span: Span,
    pub(crate) label: String,
    /// The main one: `^^^` instead of `---`.
    pub(crate) main: bool,
}

/// A message with the piece of source that it is about.
#[derive(Clone, Debug)]
pub(crate) struct Finding<'a> {
    pub(crate) level: FindingLevel,
    /// What stands in brackets after the level.
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    pub(crate) source: Option<&'a Source>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) notes: Vec<String>,
    pub(crate) help: Option<String>,
    /// What the text could become.
    pub(crate) changes: Vec<Change>,
}

/// A change of the text that is shown, with what it does.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) title: String,
    pub(crate) edits: Vec<(Span, String)>,
}

/// What word a message begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindingLevel {
    Allow,
    Deny,
    Error,
    Info,
    Note,
    Warning,
}

impl Finding<'_> {
    /// The message as text, with a line end.
    pub(crate) fn render(&self, styled: bool) -> String {
        let level = match self.level {
            FindingLevel::Allow => Level::NOTE.with_name(Some("allow")),
            FindingLevel::Deny => Level::ERROR.with_name(Some("explicit deny")),
            FindingLevel::Error => Level::ERROR,
            FindingLevel::Info => Level::INFO,
            FindingLevel::Note => Level::NOTE,
            FindingLevel::Warning => Level::WARNING,
        };
        let title = escape::terminal_lines(&self.title).into_owned();
        let mut group = Group::with_title(match &self.id {
            Some(id) => level
                .primary_title(title)
                .id(escape::terminal(id).into_owned()),
            None => level.primary_title(title),
        });
        if let Some(source) = self.source {
            group = self.excerpt(group, source);
            if let Some((outer, span)) = source.within() {
                let at = outer.position(span.start());
                let text = format!(
                    "in the string at {}:{}:{}",
                    outer.name(),
                    at.line,
                    at.column
                );
                group = group.element(Level::NOTE.message(escape::terminal(&text).into_owned()));
            }
        }
        for note in &self.notes {
            let note = escape::terminal_lines(note).into_owned();
            group = group.element(Level::NOTE.message(note));
        }
        let mut report = vec![group];
        if let Some(help) = &self.help {
            report.push(Group::with_title(
                Level::HELP.secondary_title(escape::terminal_lines(help).into_owned()),
            ));
        }
        if let Some(source) = self.source {
            report.extend(self.changes.iter().map(|change| change.group(source)));
        }
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        if self.source.is_some() {
            return renderer.render(&report) + "\n";
        }
        // Without source the groups need no line that joins them.
        report
            .into_iter()
            .map(|group| renderer.render(&[group]) + "\n")
            .collect()
    }

    fn excerpt<'g>(&self, group: Group<'g>, source: &Source) -> Group<'g> {
        let name = escape::terminal(source.name()).into_owned();
        let spans: Vec<Span> = self
            .marks
            .iter()
            .map(|mark| first_line(source, mark.span))
            .collect();
        let first = spans.iter().map(|span| span.start()).min().unwrap_or(0);
        let last = spans.iter().map(|span| span.end()).max().unwrap_or(0);
        let (from, from_line) = (
            source.line_start(source.position(first).line),
            source.position(first).line,
        );
        let to = source.line_start(source.position(last).line + 1).max(last);
        if has_long_line(source, from_line, source.position(last).line) {
            return self.origins(group, source, &name);
        }
        let text = source.text().get(from..to).unwrap_or_default();
        // A line end of Windows would be shown; a blank in its place keeps all offsets.
        let shown = text.trim_end_matches(['\r', '\n']).replace("\r\n", " \n");
        // What stands among the line ends is marked behind the text.
        let end = from + shown.len();
        let inside = |span: Span| -> Range<usize> {
            span.start().min(end) - from..span.end().min(end) - from
        };
        let annotation = |(mark, span): (&Mark, &Span)| -> Annotation<'g> {
            let kind = if mark.main {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let label =
                (!mark.label.is_empty()).then(|| escape::terminal(&mark.label).into_owned());
            kind.span(inside(*span)).label(label)
        };
        let snippet = Snippet::source(shown).line_start(from_line).path(name);
        group.element(snippet.annotations(self.marks.iter().zip(&spans).map(annotation)))
    }

    /// Where lines are too long to show: the place, and what stands there.
    fn origins<'g>(&self, group: Group<'g>, source: &Source, name: &str) -> Group<'g> {
        self.marks
            .iter()
            .filter(|mark| mark.main)
            .fold(group, |group, mark| {
                let start = source.position(mark.span.start());
                let mut piece: String = source.slice(mark.span).chars().take(80).collect();
                if piece.len() < source.slice(mark.span).len() {
                    piece.push('…');
                }
                let label = if mark.label.is_empty() {
                    String::new()
                } else {
                    format!(": {}", mark.label)
                };
                let text = escape::terminal(&format!("`{piece}`{label}")).into_owned();
                let origin = Origin::path(name.to_owned())
                    .line(start.line)
                    .char_column(start.column);
                group
                    .element(origin)
                    .element(Level::NOTE.no_name().message(text))
            })
    }
}

impl Change {
    fn group(&self, source: &Source) -> Group<'static> {
        let title = escape::terminal_lines(&self.title).into_owned();
        let group = Group::with_title(Level::HELP.secondary_title(title));
        let spans = || self.edits.iter().map(|(span, _)| span);
        let (Some(first), Some(last)) = (
            spans().map(|span| span.start()).min(),
            spans().map(|span| span.end()).max(),
        ) else {
            return group;
        };
        let from_line = source.position(first).line;
        let from = source.line_start(from_line);
        let to = source.line_start(source.position(last).line + 1).max(last);
        if has_long_line(source, from_line, source.position(last).line) {
            return group;
        }
        let text = source.text().get(from..to).unwrap_or_default();
        let shown = text.trim_end_matches(['\r', '\n']).replace("\r\n", " \n");
        let end = from + shown.len();
        let patches = self.edits.iter().map(move |(span, new)| {
            let range = span.start().min(end) - from..span.end().min(end) - from;
            Patch::new(range, new.clone())
        });
        group.element(
            Snippet::source(shown.clone())
                .line_start(from_line)
                .patches(patches.collect::<Vec<_>>()),
        )
    }
}

/// Whether one of the lines from `first` to `last` is too long to show. The index of lines is asked, not the text: it may be
/// one line of 32 MiB, with a hundred thousand findings.
fn has_long_line(source: &Source, first: usize, last: usize) -> bool {
    let length = |line: usize| source.line_start(line + 1) - source.line_start(line);
    (first..=last).any(|line| length(line) > LONGEST_LINE + 1)
}

/// The part of a span on its first line: a mark along many lines would hide what it marks.
fn first_line(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    let line = text
        .split('\n')
        .next()
        .unwrap_or_default()
        .trim_end_matches('\r');
    Span::new(span.start(), span.start() + line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carriage returns end no line by themselves, and are not shown at the end of one.
    #[test]
    fn a_mark_among_line_ends_stands_behind_the_text() {
        for text in ["\r\r\r\r", "{\r\r\r", "{\r\r\n", "\u{feff}\r\r"] {
            let source = Source::new("p.json", text);
            let end = Span::new(text.len(), text.len());
            for span in [Span::new(text.len() - 1, text.len()), end] {
                let finding = Finding {
                    level: FindingLevel::Error,
                    id: None,
                    title: "it ends too early".to_owned(),
                    source: Some(&source),
                    marks: vec![Mark {
                        span,
                        label: String::new(),
                        main: true,
                    }],
                    notes: Vec::new(),
                    help: None,
                    changes: vec![Change {
                        title: "close it".to_owned(),
                        edits: vec![(span, "}".to_owned())],
                    }],
                };
                assert!(finding.render(false).contains('^'), "{text:?} {span:?}");
            }
        }
    }
}
