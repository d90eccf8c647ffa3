//! What a rule says about itself, on the screen and as Markdown.

use std::fmt::Write as _;

use crate::ask::lint::{Example, Rule};

/// The page of a rule for a terminal.
pub fn page(rule: &Rule) -> String {
    let mut page = format!(
        "{} {}   {}\n\n",
        rule.code,
        rule.name,
        rule.severity.as_str()
    );
    let mut part = |title: &str, text: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{title}\n{text}\n");
    };
    part("What", &wrapped(rule.what));
    part("Why", &wrapped(rule.why));
    part("Fails", &example(&rule.fails));
    part("Passes", &example(&rule.passes));
    part("Fix", &wrapped(rule.fix));
    if let Some(url) = rule.url() {
        part("See", &format!("  {url}"));
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// The page of a rule in Markdown.
pub fn markdown(rule: &Rule) -> String {
    let block = |example: &Example| match example.beside {
        None => format!("```json\n{}\n```", seen(&example.document())),
        Some((kind, text)) => format!(
            "```json\n{}\n```\n\nbeside this {}:\n\n```json\n{text}\n```",
            seen(&example.document()),
            kind.title()
        ),
    };
    let see = rule
        .url()
        .map(|url| format!("\n[AWS documentation]({url})\n"));
    format!(
        "{}\n\n{}\n\nFails:\n\n{}\n\nPasses:\n\n{}\n\n{}\n{}",
        rule.what,
        rule.why,
        block(&rule.fails),
        block(&rule.passes),
        rule.fix,
        see.unwrap_or_default()
    )
}

/// A line for each rule.
pub fn list(rules: impl Iterator<Item = &'static Rule>) -> String {
    let mut list = String::new();
    for rule in rules {
        let _ = writeln!(
            list,
            "{}  {:<7}  {:<28}  {}",
            rule.code,
            rule.severity.as_str(),
            rule.name,
            rule.what.replace('`', "")
        );
    }
    list
}

fn example(example: &Example) -> String {
    let mut text = indented(&seen(&example.document()));
    if let Some((kind, beside)) = example.beside {
        let _ = write!(
            text,
            "\n  beside this {}\n{}",
            kind.title(),
            indented(beside)
        );
    }
    text
}

/// A byte order mark is not seen.
fn seen(text: &str) -> String {
    text.replace('\u{feff}', "(U+FEFF)")
}

fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| format!("    {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// How wide a page is.
const WIDTH: usize = 96;

/// A paragraph in lines of a width that reads well.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::from("  ")];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line + word.chars().count() > WIDTH {
            lines.push(String::from("  "));
        }
        if let Some(line) = lines.last_mut() {
            if line.len() > 2 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
