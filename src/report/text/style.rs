//! Words and colours that all screens share.

use anstyle::{AnsiColor, Style};

use crate::eval::{Answer, Decision, KeyState, Match, SOURCE_IP, StatementTrace};
use crate::net::{Address, AddressSet, Cidr, parse_address};
use crate::policy::{Comparison, Condition, Operand};
use crate::report::escape;
use crate::source::Span;

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

/// Rows of text under each other, three blanks between the columns.
pub(crate) fn columns<const N: usize>(out: &mut String, indent: &str, rows: &[[String; N]]) {
    let shown: Vec<[String; N]> = rows
        .iter()
        .map(|row| {
            row.each_ref()
                .map(|cell| escape::terminal(cell).into_owned())
        })
        .collect();
    let mut widest = [0; N];
    for row in &shown {
        for (widest, cell) in widest.iter_mut().zip(row) {
            *widest = (*widest).max(cell.chars().count());
        }
    }
    for row in &shown {
        out.push_str(indent);
        for (column, cell) in row.iter().enumerate() {
            out.push_str(cell);
            if column + 1 < N {
                out.push_str(&" ".repeat(widest[column] - cell.chars().count() + 3));
            }
        }
        out.push('\n');
    }
}

/// A list in a line: the first three, and how many more.
pub(super) fn few(list: &[String]) -> String {
    let shown = list.get(..3).unwrap_or(list).join(", ");
    match list.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
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
        crate::eval::Known::Every => "from every address".into(),
        crate::eval::Known::Unknown => "from an unknown address".into(),
    }
}

/// `policy.json:12:9`, the place of a statement.
pub fn place_of(trace: &StatementTrace) -> String {
    place(trace, trace.statement().span)
}

/// `policy.json:12:9`, the place of what a statement says about addresses, else of the statement.
pub fn telling_place(trace: &StatementTrace) -> String {
    let statement = trace.statement();
    let by_address = |condition: &&Condition| condition.operator.comparison == Comparison::Ip;
    let condition = statement.conditions.iter().find(by_address);
    place(
        trace,
        condition.map_or(statement.span, |condition| condition.operator_span),
    )
}

fn place(trace: &StatementTrace, span: Span) -> String {
    let place = trace.policy.source.position(span.start());
    let text = format!(
        "{}:{}:{}",
        trace.policy.source.name(),
        place.line,
        place.column
    );
    escape::terminal(&text).into_owned()
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
        (Comparison::Ip, matched) => {
            // What is asked about may be several blocks.
            let is = if value.contains(", ") { "are" } else { "is" };
            match matched {
                Some(block) if lies_in(&value, block) => format!("{value} {is} in {block}"),
                // Of what is asked about, each part may be in another block of the list.
                Some(_) => format!("{value} {is} in {}", blocks(condition)),
                None => format!("{value} {is} not in {}", blocks(condition)),
            }
        }
        (Comparison::Null, _) => format!("{name} is given"),
        _ if outcome == Match::Unknown => {
            format!("{name} is {value}; a policy variable is not known")
        }
        _ => format!("{name} is {value}"),
    }
}

/// Whether a text is an address, or a block that lies in another as a whole.
fn lies_in(text: &str, block: &str) -> bool {
    if parse_address(text).is_some() {
        return true;
    }
    let (Ok(inner), Ok(outer)) = (Cidr::read(text), Cidr::read(block)) else {
        return false;
    };
    [inner.cidr.first(), inner.cidr.last()]
        .into_iter()
        .all(|end| outer.cidr.contains(Address::new(end)))
}

/// The blocks of a condition as the shortest list, the first few of them.
pub fn blocks(condition: &Condition) -> String {
    let valid = condition
        .values
        .iter()
        .filter_map(|value| match &value.operand {
            Operand::Ip(block) => Some(block.cidr),
            _ => None,
        });
    let all: Vec<Cidr> = valid.collect::<AddressSet>().blocks().collect();
    let shown: Vec<String> = all.iter().take(3).map(Cidr::to_string).collect();
    match all.len() - shown.len() {
        _ if all.is_empty() => "any block: the list has no valid one".into(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
