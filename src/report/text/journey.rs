//! The screen of `assume`.

use std::fmt::Write as _;

use super::answer::{obstacle, summary};
use super::style::{Screen, columns, origin, telling_place};
use crate::eval::{Answer, Decision, Journey, Layer, Match, Resource};
use crate::policy::Effect;
use crate::report::escape;

/// The screen for a journey.
pub fn journey(journey: &Journey, screen: Screen) -> String {
    let decision = journey.decision();
    let mut out = screen.decision(decision);
    let _ = match decision {
        Decision::Allowed => writeln!(
            out,
            "  all the way, {} of {} steps",
            journey.steps.len(),
            journey.planned
        ),
        _ => writeln!(
            out,
            " at step {} of {}",
            journey.steps.len(),
            journey.planned
        ),
    };
    for (index, answer) in journey.steps.iter().enumerate() {
        step(&mut out, index + 1, answer, screen);
    }
    for note in &journey.notes {
        let _ = writeln!(
            out,
            "\nnote: {} ({})",
            escape::terminal_lines(&note.text),
            note.rule
        );
        if let Some(help) = &note.help {
            let _ = writeln!(out, "help: {}", escape::terminal_lines(help));
        }
    }
    let mut assumptions: Vec<_> = journey
        .steps
        .iter()
        .flat_map(|answer| &answer.assumptions)
        .collect();
    assumptions.dedup();
    for (index, assumption) in assumptions.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(
            out,
            "{gap}assumes: {} ({})",
            escape::terminal(&assumption.text),
            assumption.rule
        );
    }
    out
}

fn step(out: &mut String, number: usize, answer: &Answer, screen: Screen) {
    let request = &answer.request;
    let target = match &request.resource {
        Resource::Arn(arn) => format!(" on {arn}"),
        Resource::All | Resource::Unknown | Resource::Unstated => String::new(),
    };
    let decision = screen.decision(answer.decision);
    let sort = match answer.decision {
        Decision::ExplicitDeny => "  explicit",
        Decision::ImplicitDeny => "  implicit",
        Decision::Allowed | Decision::Depends => "",
    };
    let _ = writeln!(
        out,
        "\n  {number}  {}   {decision}{sort}",
        escape::terminal(&format!("{}{target} {}", request.action, origin(answer)))
    );
    let _ = writeln!(
        out,
        "       as {}",
        escape::terminal(&request.caller.title())
    );
    let relevant = |at: &usize| {
        let trace = &answer.statements[*at];
        let decided = answer.decided_by.contains(at);
        let blocking =
            answer.blocked_by.contains(&trace.layer) && trace.statement().effect == Effect::Allow;
        decided
            || (answer.decision == Decision::ImplicitDeny && blocking)
            || (answer.decision == Decision::Depends && trace.outcome == Match::Unknown)
    };
    let shown: Vec<usize> = (0..answer.statements.len()).filter(relevant).collect();
    let rows: Vec<[String; 4]> = shown
        .iter()
        .map(|at| {
            let trace = &answer.statements[*at];
            let why = if trace.outcome == Match::Match {
                telling(trace, answer)
            } else {
                obstacle(trace, answer)
            };
            [
                layer_word(trace.layer, answer).to_owned(),
                trace.name(),
                telling_place(trace),
                why,
            ]
        })
        .collect();
    columns(out, "       ", &rows);
    if answer.decision == Decision::Depends {
        for line in settling(answer, number == 1) {
            let _ = writeln!(out, "       settle it with {}", escape::terminal(&line));
        }
    }
    if rows.is_empty() {
        let text = summary(answer);
        if !text.is_empty() {
            let _ = writeln!(out, "       {text}");
        }
    }
}

/// What an applicable statement does, and by which condition.
fn telling(trace: &crate::eval::StatementTrace, answer: &Answer) -> String {
    let statement = trace.statement();
    let verb = if statement.effect == Effect::Deny {
        "denies"
    } else {
        "allows"
    };
    let address = statement
        .conditions
        .iter()
        .zip(&trace.conditions)
        .find(|(condition, _)| condition.operator.comparison == crate::policy::Comparison::Ip);
    match address {
        Some((condition, outcome)) => {
            format!(
                "{verb}: {}",
                super::style::reason(
                    condition,
                    outcome.outcome,
                    outcome.matched,
                    outcome.key,
                    answer
                )
            )
        }
        None => verb.to_owned(),
    }
}

fn layer_word(layer: Layer, answer: &Answer) -> &'static str {
    match layer {
        Layer::Resource if answer.request.action.service() == "sts" => "trust",
        other => other.as_str(),
    }
}

/// The flags of `assume` that supply what a step depends on.
fn settling(answer: &Answer, first: bool) -> Vec<String> {
    let flag = |need: &String| -> String {
        let starts = |text| need.starts_with(text);
        match need.as_str() {
            "aws:MultiFactorAuthPresent" if first => {
                "--mfa or --absent aws:MultiFactorAuthPresent".into()
            }
            "principal" if first => "--caller ARN".into(),
            _ if starts("the trust policy") => "--trust FILE".into(),
            _ if starts("the key policy") || starts("the resource policy") => {
                "--resource-policy FILE".into()
            }
            _ if starts("the identity policies") && first => {
                "--caller-policy FILE, or --missing absent if there is none".into()
            }
            _ if starts("the identity policies") => "--role-policy FILE".into(),
            key if key.contains(':') && !key.contains(' ') => {
                format!("--context {key}=VALUE or --absent {key}")
            }
            _ if starts("the policy ") || starts("the policies ") => {
                format!("{need}, in another file of --account")
            }
            other => other.to_owned(),
        }
    };
    answer.depends_on.iter().take(8).map(flag).collect()
}
