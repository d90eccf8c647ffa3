//! The screen of `eval --every-way`.

use std::fmt::Write as _;

use super::answer::summary;
use super::style::{Screen, origin};
use crate::eval::{Answer, Way};
use crate::report::escape;

/// One line for each way.
pub fn ways(rows: &[(Way, Answer)], screen: Screen) -> String {
    let mut out = String::new();
    if let Some((_, first)) = rows.first() {
        let action = escape::terminal(first.request.action.as_str()).into_owned();
        let _ = writeln!(
            out,
            "{action} as {}, by every way\n",
            escape::terminal(&first.request.caller.title())
        );
    }
    let width = rows
        .iter()
        .map(|(_, answer)| origin(answer).chars().count())
        .max()
        .unwrap_or(0);
    for (way, answer) in rows {
        let decision = screen.decision(answer.decision);
        let _ = writeln!(
            out,
            "  {:26} {:width$}   {decision}  {}",
            way.title(),
            origin(answer),
            summary(answer)
        );
    }
    out
}
