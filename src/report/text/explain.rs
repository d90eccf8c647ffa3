//! The screen of `explain`: every statement, every condition, every value.

use std::fmt::Write as _;

use super::answer::{headline, layer_title};
use super::style::{Screen, reason};
use crate::eval::{Answer, Match, StatementTrace};
use crate::policy::{Quantifier, Statement};
use crate::report::escape;

/// The full trace of an answer.
pub fn explain(answer: &Answer, screen: Screen) -> String {
    let mut out = headline(answer, screen);
    for trace in &answer.statements {
        statement(&mut out, trace, answer, screen);
    }
    out.push('\n');
    for (layer, decision) in &answer.layers {
        let _ = writeln!(out, "{:21} {decision}", layer_title(*layer, answer));
    }
    for exemption in &answer.exemptions {
        let _ = writeln!(
            out,
            "{:21} do not count: {} ({})",
            layer_title(exemption.layer, answer),
            exemption.why,
            exemption.rule
        );
    }
    let _ = writeln!(
        out,
        "\nAn applicable Deny in any layer denies (EVAL-2); without one, every layer that counts must allow (EVAL-13, EVAL-14)."
    );
    for key in &answer.missing_context {
        let _ = writeln!(out, "not in the request: {}", escape::terminal(key));
    }
    for assumption in &answer.assumptions {
        let _ = writeln!(
            out,
            "assumes: {} ({})",
            escape::terminal(&assumption.text),
            assumption.rule
        );
    }
    out
}

fn statement(out: &mut String, trace: &StatementTrace, answer: &Answer, screen: Screen) {
    let statement = trace.statement();
    let start = trace.policy.source.position(statement.span.start());
    let level = if matches!(
        trace.layer,
        crate::eval::Layer::Scp | crate::eval::Layer::Rcp
    ) {
        format!(" level {}", trace.level)
    } else {
        String::new()
    };
    let place = format!(
        "{}:{}:{}",
        trace.policy.source.name(),
        start.line,
        start.column
    );
    let _ = writeln!(
        out,
        "\n{}  {}  {}{level}  {}  {}",
        screen.paint(
            anstyle::Style::new().bold(),
            &escape::terminal(&trace.name())
        ),
        statement.effect.as_str(),
        trace.layer.as_str(),
        screen.faint(&escape::terminal(&place)),
        word(trace.outcome),
    );
    if let Some(principal) = trace.principal {
        let element = element(
            statement
                .principal
                .as_ref()
                .is_some_and(|element| element.negated),
            "Principal",
        );
        let _ = writeln!(
            out,
            "  {element:12} {:8}  {}",
            word(principal),
            escape::terminal(&answer.request.caller.title())
        );
    }
    let action = element(statement.action.negated, "Action");
    let _ = writeln!(
        out,
        "  {action:12} {:8}  {}",
        word(trace.action),
        escape::terminal(answer.request.action.as_str())
    );
    if let Some(resource) = &statement.resource {
        let name = element(resource.negated, "Resource");
        let _ = writeln!(
            out,
            "  {name:12} {:8}  {}",
            word(trace.resource),
            escape::terminal(answer.request.resource.as_str())
        );
    }
    conditions(out, statement, trace, answer);
}

fn conditions(out: &mut String, statement: &Statement, trace: &StatementTrace, answer: &Answer) {
    for (condition, outcome) in statement.conditions.iter().zip(&trace.conditions) {
        let why = reason(
            condition,
            outcome.outcome,
            outcome.matched,
            outcome.key,
            answer,
        );
        let line = format!("{} {}", condition.operator_text, condition.key);
        let _ = writeln!(
            out,
            "  {:12} {:8}  {}: {}",
            "Condition",
            word(outcome.outcome),
            escape::terminal(&line),
            escape::terminal(&why)
        );
        for (index, value) in condition.values.iter().enumerate().take(10) {
            let mark = if outcome.matched == Some(index) {
                "*"
            } else {
                " "
            };
            let _ = writeln!(out, "  {:12} {mark} {}", "", escape::terminal(&value.text));
        }
        if condition.values.len() > 10 {
            let _ = writeln!(
                out,
                "  {:12}   … {} more values, -f json for the matching one",
                "",
                condition.values.len() - 10
            );
        }
        let rule = match (
            condition.operator.quantifier,
            condition.operator.negated,
            condition.values.len(),
        ) {
            (Some(Quantifier::All), ..) => "every value of the request must pass",
            (Some(Quantifier::Any), ..) => "one value of the request must pass",
            (None, true, 2..) => "no value of the list may match",
            (None, false, 2..) => "any one value of the list is enough",
            _ => continue,
        };
        let _ = writeln!(out, "  {:12}   ({rule})", "");
    }
    if statement.conditions.len() > 1 {
        let _ = writeln!(
            out,
            "  {:12} all {} tests must hold",
            "",
            statement.conditions.len()
        );
    }
}

fn element(negated: bool, name: &str) -> String {
    if negated {
        format!("Not{name}")
    } else {
        name.to_owned()
    }
}

fn word(outcome: Match) -> &'static str {
    match outcome {
        Match::Match => "match",
        Match::NoMatch => "no match",
        Match::Unknown => "unknown",
    }
}
