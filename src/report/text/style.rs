//! Words and colours that all screens share.

use anstyle::{AnsiColor, Style};

use crate::eval::{Answer, Decision, KeyState, Match, SOURCE_IP, StatementTrace};
use crate::policy::{Comparison, Condition, Operand};
use crate::report::escape;

/// How text is written to a terminal, or not to one.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Colours may be used.
    pub styled: bool,
}

impl Screen {
    /// Text in a style, if styles are wanted.
    pub fn paint(self, style: Style, text: &str) -> String {
        if self.styled {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The word for a decision, in its colour.
    pub fn decision(self, decision: Decision) -> String {
        let (word, colour) = match decision {
            Decision::Allowed => ("ALLOWED", AnsiColor::Green),
            Decision::ExplicitDeny | Decision::ImplicitDeny => ("DENIED", AnsiColor::Red),
            Decision::Depends => ("DEPENDS", AnsiColor::Yellow),
        };
        self.paint(colour.on_default().bold(), word)
    }

    /// Text that stands back.
    pub fn faint(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }
}

/// Where a request came from: its address, or why it has none.
pub fn origin(answer: &Answer) -> String {
    match answer
        .request
        .context
        .get(&crate::policy::ConditionKey::new(SOURCE_IP))
    {
        crate::eval::Known::Given(value) => {
            value.values().first().map_or_else(String::new, |text| {
                format!("from {}", escape::terminal(text))
            })
        }
        crate::eval::Known::Absent => "without a source IP".into(),
        crate::eval::Known::Unknown => "from an unknown address".into(),
    }
}

/// `policy.json:12:9`, the place of a statement.
pub fn place_of(trace: &StatementTrace) -> String {
    let place = trace.policy.source.position(trace.statement().span.start());
    escape::terminal(&format!(
        "{}:{}:{}",
        trace.policy.source.name(),
        place.line,
        place.column
    ))
    .into_owned()
}

/// What a test of a condition found, in words.
pub fn reason(
    condition: &Condition,
    outcome: Match,
    matched: Option<usize>,
    key: KeyState,
    answer: &Answer,
) -> String {
    let name = condition.key.as_str();
    if key == KeyState::Absent {
        return match (outcome, condition.operator.comparison) {
            (_, Comparison::Null) => format!("{name} is absent"),
            (Match::Match, _) => format!("true when {name} is absent"),
            _ => format!("false when {name} is absent"),
        };
    }
    let crate::eval::Known::Given(value) = answer.request.context.get(&condition.key) else {
        return format!("{name} is not known");
    };
    let value = value.values().join(", ");
    let matched = matched
        .and_then(|index| condition.values.get(index))
        .map(|value| value.text.as_ref());
    match (condition.operator.comparison, matched) {
        (Comparison::Ip, Some(block)) => format!("{value} is in {block}"),
        (Comparison::Ip, None) => format!("{value} is not in {}", blocks(condition)),
        (Comparison::Null, _) => format!("{name} is given"),
        _ if outcome == Match::Unknown => {
            format!("{name} is {value}; a policy variable is not known")
        }
        _ => format!("{name} is {value}"),
    }
}

/// The blocks of a condition, the first few by name.
pub fn blocks(condition: &Condition) -> String {
    let valid = condition
        .values
        .iter()
        .filter(|value| matches!(value.operand, Operand::Ip(_)));
    let texts: Vec<&str> = valid.map(|value| value.text.as_ref()).collect();
    match texts.as_slice() {
        [] => "any block: the list has no valid one".into(),
        [one, two, three, more @ ..] if !more.is_empty() => {
            format!("{one}, {two}, {three} and {} more", more.len())
        }
        all => all.join(", "),
    }
}
