//! The screen of `eval`.

use std::fmt::Write as _;

use super::style::{Screen, blocks, columns, few, origin, place_of, reason};
use crate::ask::what_if::WhatIf;
use crate::eval::{
    Answer, Decision, KeyState, Layer, Match, PolicySet, SOURCE_IP, StatementTrace, only_denies,
};
use crate::policy::{Comparison, Effect};
use crate::report::escape;
use crate::report::snippet::{Finding, FindingLevel, Mark};

/// The most statements that are shown with their source; the rest are counted.
const MOST_SNIPPETS: usize = 4;
/// The most lines of one sort; the rest are counted.
const MOST_LINES: usize = 12;

/// The screen for an answer; `tried` is what the unknown keys would do.
pub fn answer(answer: &Answer, tried: &[WhatIf], policies: &PolicySet, screen: Screen) -> String {
    let mut out = headline(answer, screen);
    match answer.decision {
        Decision::ExplicitDeny => explicit(&mut out, answer, screen),
        Decision::Allowed => allowed(&mut out, answer, screen),
        Decision::ImplicitDeny => implicit(&mut out, answer, policies),
        Decision::Depends => depends(&mut out, answer, tried),
    }
    footer(&mut out, answer);
    out
}

/// `DENIED   s3:GetObject from 198.51.100.9   explicit deny by DenyOutside`
pub fn headline(answer: &Answer, screen: Screen) -> String {
    let action = escape::terminal(answer.request.action.as_str()).into_owned();
    let head = format!(
        "{}  {action} {}",
        screen.decision(answer.decision),
        origin(answer)
    );
    format!("{head}   {}\n", summary(answer)).replace("   \n", "\n")
}

/// Why, in a few words.
pub fn summary(answer: &Answer) -> String {
    let names = || {
        let mut names: Vec<String> = answer.deciders().map(StatementTrace::name).collect();
        names.dedup();
        escape::terminal(&few(&names)).into_owned()
    };
    let layers = || {
        answer
            .blocked_by
            .iter()
            .map(|layer| layer_title(*layer, answer))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match answer.decision {
        Decision::Allowed if answer.decided_by.is_empty() => String::new(),
        Decision::Allowed => format!("by {}", names()),
        Decision::ExplicitDeny => format!("explicit deny by {}", names()),
        Decision::ImplicitDeny if answer.blocked_by.is_empty() => "implicit deny".into(),
        Decision::ImplicitDeny => format!("implicit deny: no Allow in the {}", layers()),
        Decision::Depends => format!("on {}", escape::terminal(&few(&answer.depends_on))),
    }
}

/// What people call a layer.
pub fn layer_title(layer: Layer, answer: &Answer) -> &'static str {
    match layer {
        Layer::Identity => "identity policies",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policies",
        Layer::Scp => "SCPs",
        Layer::Rcp => "RCPs",
        Layer::Resource if answer.request.action.service() == "sts" => "trust policy",
        Layer::Resource => "resource policy",
        Layer::Vpce => "VPC endpoint policy",
    }
}

fn explicit(out: &mut String, answer: &Answer, screen: Screen) {
    for trace in answer.deciders().take(MOST_SNIPPETS) {
        out.push('\n');
        out.push_str(&snippet(trace, answer, FindingLevel::Deny, "matches").render(screen.styled));
    }
    rest(out, answer.decided_by.len());
    let is_allow = |trace: &&StatementTrace| {
        trace.outcome == Match::Match && trace.statement().effect == Effect::Allow
    };
    let allows: Vec<&StatementTrace> = answer
        .statements
        .iter()
        .filter(is_allow)
        .filter(|trace| trace.layer != Layer::Scp)
        .collect();
    for trace in allows.iter().take(2) {
        let mut note = snippet(trace, answer, FindingLevel::Note, "");
        note.title = format!("{} would have allowed it", trace.name());
        note.id = None;
        out.push_str(&note.render(screen.styled));
    }
    way_out(out, answer);
}

fn allowed(out: &mut String, answer: &Answer, screen: Screen) {
    for trace in answer.deciders().take(MOST_SNIPPETS) {
        out.push('\n');
        out.push_str(&snippet(trace, answer, FindingLevel::Allow, "applies").render(screen.styled));
    }
    rest(out, answer.decided_by.len());
    if answer.decided_by.is_empty() {
        let why = match answer.exemptions.first() {
            Some(exemption) if exemption.rule == "ROLE-30" => "it needs no permission",
            _ => "nothing denies it, and no Allow is needed",
        };
        let _ = writeln!(out, "  {why}");
    }
}

/// What the address would have to be for a Deny by address not to apply.
fn way_out(out: &mut String, answer: &Answer) {
    for trace in answer.deciders().take(MOST_SNIPPETS) {
        let conditions = trace.statement().conditions.iter().zip(&trace.conditions);
        for (condition, outcome) in
            conditions.filter(|(condition, _)| condition.operator.comparison == Comparison::Ip)
        {
            let place = if condition.operator.negated {
                "from"
            } else {
                "outside of"
            };
            let absent = if outcome.key == KeyState::Absent {
                ", and not without a source IP"
            } else {
                ""
            };
            let name = escape::terminal(&trace.name()).into_owned();
            let _ = writeln!(
                out,
                "help: {name} does not apply {place} {}{absent}",
                escape::terminal(&blocks(condition))
            );
        }
    }
}

/// From where an Allow by address would apply, when nothing else is in its way.
fn way_in(out: &mut String, answer: &Answer) {
    let allows = answer
        .statements
        .iter()
        .filter(|trace| trace.statement().effect == Effect::Allow && trace.is_about_request());
    for trace in allows {
        let tests = trace.statement().conditions.iter().zip(&trace.conditions);
        let failing: Vec<_> = tests
            .filter(|(_, outcome)| outcome.outcome != Match::Match)
            .map(|(condition, _)| condition)
            .collect();
        let [condition] = failing.as_slice() else {
            continue;
        };
        // Other tests of the same key could still stand in the way from there.
        let alone = trace
            .statement()
            .conditions
            .iter()
            .filter(|other| other.key == condition.key)
            .count()
            == 1;
        if condition.operator.comparison == Comparison::Ip && !condition.operator.negated && alone {
            let name = escape::terminal(&trace.name()).into_owned();
            let _ = writeln!(out, "help: {name} would apply from {}", blocks(condition));
        }
    }
}

fn rest(out: &mut String, all: usize) {
    if all > MOST_SNIPPETS {
        let _ = writeln!(
            out,
            "… and {} more statements; -v lists all",
            all - MOST_SNIPPETS
        );
    }
}

/// A statement with its telling parts marked.
fn snippet<'a>(
    trace: &'a StatementTrace,
    answer: &Answer,
    level: FindingLevel,
    verb: &str,
) -> Finding<'a> {
    let statement = trace.statement();
    let mut marks = vec![Mark {
        span: statement.effect_span,
        label: String::new(),
        main: false,
    }];
    if let Some(span) = trace.action_span {
        marks.push(Mark {
            span,
            label: format!("matches {}", answer.request.action),
            main: false,
        });
    }
    let telling = telling_condition(trace);
    match telling {
        Some(at) => {
            let (condition, outcome) = (&statement.conditions[at], &trace.conditions[at]);
            let by_block =
                condition.operator.comparison == Comparison::Ip && outcome.key == KeyState::Given;
            let value = outcome
                .matched
                .map(|index| condition.values[index].span)
                .filter(|_| by_block && !condition.operator.negated);
            let label = reason(
                condition,
                outcome.outcome,
                outcome.matched,
                outcome.key,
                answer,
            );
            marks.push(Mark {
                span: value.unwrap_or(condition.operator_span),
                label,
                main: true,
            });
        }
        None => marks[0].main = true,
    }
    Finding {
        level,
        id: Some(format!("{}#{}", trace.policy.name, trace.index)),
        title: format!("statement {} {verb}", trace.name()),
        source: Some(&trace.policy.source),
        marks,
        notes: Vec::new(),
        help: None,
        changes: Vec::new(),
    }
}

/// The condition that a reader wants to see: one on an address, else the first.
fn telling_condition(trace: &StatementTrace) -> Option<usize> {
    let conditions = &trace.statement().conditions;
    let address = conditions
        .iter()
        .position(|condition| condition.operator.comparison == Comparison::Ip);
    address.or((!conditions.is_empty()).then_some(0))
}

fn implicit(out: &mut String, answer: &Answer, policies: &PolicySet) {
    table(out, answer, |trace| {
        trace.statement().effect == Effect::Allow || trace.is_about_request()
    });
    way_in(out, answer);
    for layer in &answer.blocked_by {
        if !policies.gives(*layer) {
            let title = layer_title(*layer, answer);
            let _ = writeln!(out, "  no {title} given, so none allows it");
        }
    }
    let scp = answer.blocked_by.contains(&Layer::Scp);
    let mut levels = policies.scp.iter().flatten();
    if scp && levels.any(|level| only_denies(level)) {
        out.push_str("help: a level of SCPs has only Deny statements; AWS attaches FullAWSAccess to each level, add it to that level if it is there\n");
    }
    if answer.blocked_by.is_empty()
        && matches!(answer.request.caller, crate::eval::Caller::Root { .. })
    {
        out.push_str("  the root user cannot assume roles (ROLE-11)\n");
    }
}

/// Each statement in a line: its name, its place, and what was in its way.
pub fn table(out: &mut String, answer: &Answer, wanted: impl Fn(&StatementTrace) -> bool) {
    let row = |trace: &StatementTrace| {
        let label = trace.statement().label().map(str::to_owned);
        let name = label.unwrap_or_else(|| format!("#{}", trace.index));
        [name, place_of(trace), obstacle(trace, answer)]
    };
    let shown = answer.statements.iter().filter(|trace| wanted(trace));
    columns(out, "  ", &shown.map(row).collect::<Vec<_>>());
}

/// What became of a statement, and the first thing in its way.
pub fn obstacle(trace: &StatementTrace, answer: &Answer) -> String {
    let statement = trace.statement();
    let verb = if statement.effect == Effect::Deny {
        "denies"
    } else {
        "allows"
    };
    if trace.outcome == Match::Match {
        return format!("{verb} it");
    }
    if trace.action == Match::NoMatch {
        return format!("is not about {}", answer.request.action);
    }
    if trace.resource == Match::NoMatch {
        return format!("is not about {}", answer.request.resource.as_str());
    }
    if trace.principal == Some(Match::NoMatch) {
        return format!("is not about {}", answer.request.caller.title());
    }
    let bad: Vec<usize> = (0..trace.conditions.len())
        .filter(|at| trace.conditions[*at].outcome != Match::Match)
        .collect();
    let text = |at: usize| {
        let (condition, outcome) = (&statement.conditions[at], &trace.conditions[at]);
        let text = reason(
            condition,
            outcome.outcome,
            outcome.matched,
            outcome.key,
            answer,
        );
        if condition.operator.comparison == Comparison::Ip || outcome.key != KeyState::Given {
            return text;
        }
        let wanted: Vec<&str> = condition
            .values
            .iter()
            .take(3)
            .map(|value| value.text.as_ref())
            .collect();
        format!(
            "{text}, not {} {}",
            condition.operator_text,
            wanted.join(", ")
        )
    };
    match bad.as_slice() {
        [] if trace.outcome == Match::Unknown => "depends on who calls".into(),
        [] => "does not apply".into(),
        [only] if trace.outcome == Match::Unknown => format!("depends: {}", text(*only)),
        [only] if trace.conditions.len() > 1 => {
            format!("all but one condition hold; {}", text(*only))
        }
        [first, ..] if trace.outcome == Match::Unknown => format!("depends: {}", text(*first)),
        [first, ..] => format!("does not apply; {}", text(*first)),
    }
}

fn depends(out: &mut String, answer: &Answer, tried: &[WhatIf]) {
    let mut settle = Vec::new();
    for WhatIf { key, fillings } in tried {
        for filling in fillings {
            let word = match filling.decision {
                Decision::Depends => "open",
                Decision::Allowed => "allowed",
                Decision::ExplicitDeny | Decision::ImplicitDeny => "denied",
            };
            let _ = match &filling.value {
                Some(value) => writeln!(out, "  {word:7} if {key} = {}", escape::terminal(value)),
                None => writeln!(out, "  {word:7} if {key} is not in the request"),
            };
        }
        let example = fillings
            .iter()
            .find_map(|filling| filling.value.as_deref())
            .unwrap_or("VALUE");
        settle.push(if key == SOURCE_IP {
            format!("--ip {example} or --ip none")
        } else {
            format!("--context {key}={example} or --absent {key}")
        });
    }
    let needs = answer.depends_on.iter();
    let others: Vec<&String> = needs
        .filter(|need| !tried.iter().any(|tried| tried.key == **need))
        .collect();
    for need in others.iter().take(MOST_LINES) {
        let _ = writeln!(out, "  not given: {}", escape::terminal(need));
        settle.extend(flag_for(need).map(str::to_owned));
    }
    more(out, others.len());
    table(out, answer, |trace| trace.outcome == Match::Unknown);
    for line in settle {
        let _ = writeln!(out, "  settle it with {}", escape::terminal(&line));
    }
}

/// The flag that supplies something that an answer depends on.
fn flag_for(need: &str) -> Option<&'static str> {
    let flags = [
        (
            "the identity policies",
            "--identity FILE (or --missing absent if there are none)",
        ),
        ("the trust policy", "--trust FILE"),
        ("the key policy", "--resource-policy FILE"),
        ("the resource policy", "--resource-policy FILE"),
        ("principal", "--principal ARN"),
    ];
    flags
        .into_iter()
        .find(|(start, _)| need.starts_with(start))
        .map(|(_, flag)| flag)
}

/// Layers that do not count, and what the answer assumes.
fn footer(out: &mut String, answer: &Answer) {
    for exemption in answer
        .exemptions
        .iter()
        .filter(|exemption| exemption.rule != "ROLE-30")
    {
        let _ = writeln!(
            out,
            "note: the {} do not count: {} ({})",
            layer_title(exemption.layer, answer),
            exemption.why,
            exemption.rule
        );
    }
    for assumption in answer.assumptions.iter().take(MOST_LINES) {
        let _ = writeln!(
            out,
            "assumes: {} ({})",
            escape::terminal(&assumption.text),
            assumption.rule
        );
    }
    more(out, answer.assumptions.len());
}

/// Says how many lines were left out.
fn more(out: &mut String, all: usize) {
    if all > MOST_LINES {
        let _ = writeln!(out, "  … and {} more; -f json has all", all - MOST_LINES);
    }
}
