//! Wildcards and policy variables.

use super::context::Context;

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece {
    /// Exactly this character.
    Char(char),
    /// `*`: any run of characters, the empty one included.
    Many,
    /// `*` inside a segment of an ARN: any run of characters other than a colon.
    ManyInside,
    /// `?`: exactly one character.
    One,
    /// `?` inside a segment of an ARN: one character other than a colon.
    OneInside,
}

/// Whether `pattern` matches the whole of `text`, by trying every length for every `*`.
pub(super) fn matches(pattern: &[Piece], text: &[char]) -> bool {
    let Some((piece, pattern)) = pattern.split_first() else {
        return text.is_empty();
    };
    match piece {
        Piece::Char(char) => text.first() == Some(char) && matches(pattern, &text[1..]),
        Piece::Many => (0..=text.len()).any(|taken| matches(pattern, &text[taken..])),
        Piece::ManyInside => (0..=text.len())
            .take_while(|&taken| !text[..taken].contains(&':'))
            .any(|taken| matches(pattern, &text[taken..])),
        Piece::One => !text.is_empty() && matches(pattern, &text[1..]),
        Piece::OneInside => {
            text.first().is_some_and(|&char| char != ':') && matches(pattern, &text[1..])
        }
    }
}

/// [`matches`] for text that is not yet split into characters.
pub(super) fn matches_text(pattern: &[Piece], text: &str) -> bool {
    matches(pattern, &text.chars().collect::<Vec<_>>())
}

/// Reads wildcards and nothing else: `${...}` is literal text (GRAM-8).
pub(super) fn without_variables(text: &str) -> Vec<Piece> {
    text.chars()
        .map(|char| match char {
            '*' => Piece::Many,
            '?' => Piece::One,
            char => Piece::Char(char),
        })
        .collect()
}

/// Reads wildcards and replaces variables; `None` if one of them has no value (VAR-5).
pub(super) fn with_variables(text: &str, context: &Context) -> Option<Vec<Piece>> {
    let Some((before, rest)) = text.split_once("${") else {
        return Some(without_variables(text));
    };
    let Some((variable, after)) = rest.split_once('}') else {
        return Some(without_variables(text));
    };
    let mut pieces = without_variables(before);
    // What a variable puts in is literal, wildcards included (VAR-6).
    pieces.extend(value_of(variable, context)?.chars().map(Piece::Char));
    pieces.extend(with_variables(after, context)?);
    Some(pieces)
}

/// The value of what stands between `${` and `}`.
fn value_of(variable: &str, context: &Context) -> Option<String> {
    if ["*", "?", "$"].contains(&variable) {
        return Some(variable.to_owned()); // VAR-4
    }
    match variable.split_once(", '") {
        // VAR-3
        Some((key, default)) => context
            .single(key)
            .or_else(|| default.strip_suffix('\''))
            .map(str::to_owned),
        None => context.single(variable).map(str::to_owned),
    }
}

/// Takes the wildcards away, for comparisons in which `*` and `?` are characters like any other
/// (OP-1).
pub(super) fn literal(pattern: &[Piece]) -> String {
    pattern
        .iter()
        .map(|piece| match piece {
            Piece::Char(char) => *char,
            Piece::Many | Piece::ManyInside => '*',
            Piece::One | Piece::OneInside => '?',
        })
        .collect()
}

/// Keeps the wildcards of a resource pattern from crossing colons where they may not: a `*` of
/// the first five segments crosses only if it is the last character of its segment, a `?` never
/// does (GRAM-33, GRAM-36).
pub(super) fn within_segments(pattern: &[Piece]) -> Vec<Piece> {
    let mut colons = 0;
    let mut bounded = Vec::new();
    for (index, &piece) in pattern.iter().enumerate() {
        if piece == Piece::Char(':') {
            colons += 1;
        }
        let ends_segment = matches!(pattern.get(index + 1), None | Some(Piece::Char(':')));
        bounded.push(match piece {
            Piece::Many if colons < 5 && !ends_segment => Piece::ManyInside,
            Piece::One if colons < 5 => Piece::OneInside,
            piece => piece,
        });
    }
    bounded
}
