//! Text that others wrote, made safe to show: names, paths and messages may hold any character.
//!
//! Every function is for one place that text goes to. What a reader could not see there is written
//! out instead of dropped, so that two names that differ never look the same.

use std::borrow::Cow;

use crate::source::Position;

/// One line for a terminal: every character that is not seen, or that moves what is seen, as `\u{…}`.
///
/// A backslash stays as it is: the result is for reading, not for reading back.
///
/// # Example
/// ```
/// use ipcond::report::escape::terminal;
/// assert_eq!(terminal("a\u{1b}[2Jb\n"), r"a\u{1b}[2Jb\u{a}");
/// assert_eq!(terminal("Zoë"), "Zoë");
/// ```
pub fn terminal(text: &str) -> Cow<'_, str> {
    rewrite(text, |character| {
        is_unseen(character).then(|| written_out(character))
    })
}

/// Lines for a terminal: as [`terminal`], but line feeds stay and a tab becomes a space.
pub fn terminal_lines(text: &str) -> Cow<'_, str> {
    rewrite(text, |character| match character {
        '\n' => None,
        '\t' => Some(Cow::Borrowed(" ")),
        _ => is_unseen(character).then(|| written_out(character)),
    })
}

/// The message of a GitHub workflow command; line feeds are kept, in GitHub's spelling.
///
/// The rules are those of `escapeData` in <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.
/// The runner gives the message back to people, so what [`terminal`] writes out is written out here as well.
pub fn github_data(text: &str) -> Cow<'_, str> {
    rewrite(text, |character| match character {
        '\t' => Some(Cow::Borrowed(" ")),
        _ => github(character),
    })
}

/// The value of a property of a GitHub workflow command, such as `file`: a colon or a comma would end it.
///
/// The rules are those of `escapeProperty`, beside `escapeData`; see [`github_data`].
pub fn github_property(text: &str) -> Cow<'_, str> {
    rewrite(text, |character| match character {
        ':' => Some(Cow::Borrowed("%3A")),
        ',' => Some(Cow::Borrowed("%2C")),
        _ => github(character),
    })
}

/// Where an annotation of GitHub Actions stands, as the properties of a command.
pub(crate) fn github_place(file: &str, start: Position, end: Position) -> String {
    let file = github_property(file);
    if start.line == end.line {
        format!(
            "file={file},line={},col={},endLine={},endColumn={}",
            start.line, start.column, end.line, end.column
        )
    } else {
        // GitHub takes columns only if both are in one line.
        format!("file={file},line={},endLine={}", start.line, end.line)
    }
}

fn github(character: char) -> Option<Cow<'static, str>> {
    match character {
        '%' => Some(Cow::Borrowed("%25")),
        '\r' => Some(Cow::Borrowed("%0D")),
        '\n' => Some(Cow::Borrowed("%0A")),
        _ => is_unseen(character).then(|| written_out(character)),
    }
}

/// Text between XML tags.
///
/// Unseen characters become references, which readers turn back. Those that XML 1.0 cannot hold even
/// as a reference (<https://www.w3.org/TR/xml/#charsets>) become `\u{…}`.
pub fn xml_text(text: &str) -> Cow<'_, str> {
    rewrite(text, xml)
}

/// The value of an XML attribute, for quotes of either sort; otherwise as [`xml_text`].
pub fn xml_attribute(text: &str) -> Cow<'_, str> {
    rewrite(text, |character| match character {
        '"' => Some(Cow::Borrowed("&quot;")),
        '\'' => Some(Cow::Borrowed("&apos;")),
        // A reader of XML makes spaces of them in an attribute, unless they are references.
        '\t' | '\n' => Some(reference(character)),
        _ => xml(character),
    })
}

fn xml(character: char) -> Option<Cow<'static, str>> {
    match character {
        '&' => Some(Cow::Borrowed("&amp;")),
        '<' => Some(Cow::Borrowed("&lt;")),
        // Needed only in `]]>`, but nobody is served by the difference.
        '>' => Some(Cow::Borrowed("&gt;")),
        '\t' | '\n' => None,
        // A reader of XML makes a line feed of it, unless it is a reference.
        '\r' => Some(reference(character)),
        '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => Some(written_out(character)),
        _ => is_unseen(character).then(|| reference(character)),
    }
}

/// The description of a TAP 14 test point, or the reason after a directive.
///
/// `#` would begin a directive and `\` an escape (<https://testanything.org/tap-version-14-specification.html>);
/// a test point is one line, so line feeds are written out as [`terminal`] does.
pub fn tap_description(text: &str) -> Cow<'_, str> {
    rewrite(text, |character| match character {
        '#' => Some(Cow::Borrowed(r"\#")),
        '\\' => Some(Cow::Borrowed(r"\\")),
        // The backslash of `\u{…}` is text too, and TAP takes one away.
        _ => is_unseen(character).then(|| Cow::Owned(format!(r"\{}", written_out(character)))),
    })
}

/// A YAML scalar in double quotes, on one line; readers get the text back as it was.
pub fn yaml_string(text: &str) -> String {
    let inner = rewrite(text, |character| match character {
        '"' => Some(Cow::Borrowed(r#"\""#)),
        '\\' => Some(Cow::Borrowed(r"\\")),
        '\n' => Some(Cow::Borrowed(r"\n")),
        _ if !is_unseen(character) && !matches!(character, '\u{fffe}' | '\u{ffff}') => None,
        _ => Some(Cow::Owned(match u32::from(character) {
            code @ ..=0xff => format!(r"\x{code:02x}"),
            code @ ..=0xffff => format!(r"\u{code:04x}"),
            code => format!(r"\U{code:08x}"),
        })),
    });
    format!("\"{inner}\"")
}

/// Puts what `replacement` gives in the place of a character; borrows the text if that is nowhere.
fn rewrite(text: &str, replacement: impl Fn(char) -> Option<Cow<'static, str>>) -> Cow<'_, str> {
    let mut rewritten = String::new();
    let mut copied = 0;
    for (at, character) in text.char_indices() {
        if let Some(replacement) = replacement(character) {
            rewritten.push_str(&text[copied..at]);
            rewritten.push_str(&replacement);
            copied = at + character.len_utf8();
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    rewritten.push_str(&text[copied..]);
    Cow::Owned(rewritten)
}

fn written_out(character: char) -> Cow<'static, str> {
    Cow::Owned(character.escape_unicode().to_string())
}

fn reference(character: char) -> Cow<'static, str> {
    Cow::Owned(format!("&#x{:X};", u32::from(character)))
}

/// Whether a character shows nothing of its own: controls, line and paragraph separators, and what
/// Unicode calls default ignorable (bidi controls, joiners, zero-width spaces, fillers, variation
/// selectors, tags) or a format character without a glyph.
///
/// Joiners and variation selectors have honest uses, in emoji and in Persian, and are written out all
/// the same: with them, two names that look alike can differ.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A field of comma-separated values, in quotes if it would end early without them (RFC 4180).
pub(crate) fn csv_field(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\r', '\n']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    // The tables are not left to rustfmt: a row is a line.
    use super::*;

    fn check(escape: impl Fn(&str) -> Cow<'_, str>, table: &[(&str, &str, &str)]) {
        for (text, expected, why) in table {
            assert_eq!(escape(text), *expected, "{text:?}: {why}");
        }
    }

    #[test]
    fn for_a_terminal() {
        #[rustfmt::skip]
        let table = [
            ("", "", "nothing to do"),
            ("Größe 東京 \u{e9}", "Größe 東京 \u{e9}", "letters of any script are text"),
            (r"C:\new", r"C:\new", "a backslash is seen"),
            ("\u{1b}[2J", r"\u{1b}[2J", "an escape sequence could clear the screen"),
            ("a\nb\tc\rd", r"a\u{a}b\u{9}c\u{d}d", "a name could forge a line or go back over it"),
            ("\0\u{7f}", r"\u{0}\u{7f}", "the first control and delete"),
            ("\u{80}\u{9b}31m\u{9f}", r"\u{80}\u{9b}31m\u{9f}", "C1: U+9B begins a sequence too"),
            ("x\u{202e}nosj.yp", r"x\u{202e}nosj.yp", "an override shows text backwards"),
            ("\u{2066}a\u{2069}\u{61c}", r"\u{2066}a\u{2069}\u{61c}", "isolates and marks"),
            ("ad\u{200b}min", r"ad\u{200b}min", "a zero-width space makes a twin of a name"),
            ("\u{feff}a\u{2060}\u{ad}", r"\u{feff}a\u{2060}\u{ad}", "other characters of no width"),
            ("a\u{2028}b\u{2029}", r"a\u{2028}b\u{2029}", "separators break lines in some viewers"),
            ("\u{3164}\u{fe0f}", r"\u{3164}\u{fe0f}", "a filler, a variation selector"),
            ("\u{e0041}", r"\u{e0041}", "tags can carry a whole hidden text"),
        ];
        check(terminal, &table);
        assert!(
            matches!(terminal("as it is"), Cow::Borrowed(_)),
            "no copy where nothing changes"
        );
    }

    #[test]
    fn for_a_terminal_in_lines() {
        #[rustfmt::skip]
        let table = [
            ("a\nb", "a\nb", "lines are meant"),
            ("a\tb", "a b", "a tab would break the indent"),
            ("a\r\nb\u{202e}", "a\\u{d}\nb\\u{202e}", "the rest as in one line"),
        ];
        check(terminal_lines, &table);
    }

    #[test]
    fn for_github() {
        #[rustfmt::skip]
        let table = [
            ("100%", "100%25", "a percent sign begins an escape"),
            ("%0A", "%250A", "what looks like an escape is text"),
            ("a\r\n::error::b", "a%0D%0A::error::b", "a new line could be a command"),
            ("a: b, c", "a: b, c", "only properties end at them"),
            ("\u{1b}[0m\u{202e}", r"\u{1b}[0m\u{202e}", "people read it in a log"),
        ];
        check(github_data, &table);
        #[rustfmt::skip]
        let table = [
            ("C:/a,b.json", "C%3A/a%2Cb.json", "a comma ends a value, `::` the properties"),
            ("a%\r\nb", "a%25%0D%0Ab", "the rest as in messages"),
            ("a\tb\u{200b}", r"a\u{9}b\u{200b}", "nothing unseen"),
        ];
        check(github_property, &table);
    }

    #[test]
    fn for_xml() {
        #[rustfmt::skip]
        let table = [
            ("a < b && c]]>", "a &lt; b &amp;&amp; c]]&gt;", "markup, and the end of CDATA"),
            ("\"it's\"", "\"it's\"", "quotes mean nothing in text"),
            ("a\n\tb", "a\n\tb", "lines are kept"),
            ("a\rb", "a&#xD;b", "a bare one would be read as a line feed"),
            ("a\0\u{1b}\u{ffff}", r"a\u{0}\u{1b}\u{ffff}", "not XML, not even as a reference"),
            ("\u{85}\u{202e}", "&#x85;&#x202E;", "unseen, but XML"),
            ("\u{1f600}", "\u{1f600}", "above the first plane"),
        ];
        check(xml_text, &table);
        #[rustfmt::skip]
        let table = [
            ("\"it's\"", "&quot;it&apos;s&quot;", "either quote could end it"),
            ("a\n\tb\r", "a&#xA;&#x9;b&#xD;", "bare ones would be read as spaces"),
            ("<&>\u{8}", r"&lt;&amp;&gt;\u{8}", "the rest as in text"),
        ];
        check(xml_attribute, &table);
    }

    #[test]
    fn for_tap() {
        #[rustfmt::skip]
        let table = [
            ("a # SKIP b", r"a \# SKIP b", "a name must not skip its test"),
            (r"a\", r"a\\", "it would escape what follows"),
            ("a\nnot ok 2", r"a\\u{a}not ok 2", "a name must not forge a test point"),
            ("\u{202e}", r"\\u{202e}", "a harness takes one backslash away"),
        ];
        check(tap_description, &table);
    }

    #[test]
    fn for_yaml() {
        #[rustfmt::skip]
        let table = [
            ("a: b # c", r#""a: b # c""#, "marks mean nothing in quotes"),
            ("\"\\\n", r#""\"\\\n""#, "what ends or escapes"),
            ("\t\u{85}", r#""\x09\x85""#, "controls of one byte"),
            ("\u{202e}\u{ffff}", r#""\u202e\uffff""#, "unseen, and what YAML cannot hold"),
            ("\u{e0041}", r#""\U000e0041""#, "above the first plane"),
        ];
        check(|text| Cow::Owned(yaml_string(text)), &table);
    }

    #[test]
    fn fields_end_where_they_should() {
        assert_eq!(csv_field("plain text"), "plain text");
        assert_eq!(csv_field("a,b"), "\"a,b\"");
        assert_eq!(csv_field("say \"x\"\n"), "\"say \"\"x\"\"\n\"");
    }
}
