//! How often each rule found something.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::ask::lint::{Located, Severity};

/// The counts as `lint-statistics/1`.
#[derive(Debug, Serialize)]
pub struct Statistics {
    ipcond: &'static str,
    rules: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    findings: usize,
    fixable: usize,
}

impl Statistics {
    /// Counts findings by rule, most first.
    pub fn new(found: &[Located]) -> Self {
        let mut rows: BTreeMap<&str, (Severity, Row)> = BTreeMap::new();
        for one in found {
            let rule = one.finding.rule;
            let (worst, row) = rows.entry(rule.code).or_insert_with(|| {
                let row = Row {
                    code: rule.code,
                    name: rule.name,
                    severity: one.finding.severity.as_str(),
                    findings: 0,
                    fixable: 0,
                };
                (one.finding.severity, row)
            });
            *worst = (*worst).max(one.finding.severity);
            row.severity = worst.as_str();
            row.findings += 1;
            row.fixable += usize::from(one.safe_edits().is_some());
        }
        let mut rules: Vec<Row> = rows.into_values().map(|(_, row)| row).collect();
        rules.sort_by_key(|row| std::cmp::Reverse(row.findings));
        Self {
            ipcond: "lint-statistics/1",
            rules,
        }
    }

    /// The counts as a table.
    pub fn table(&self) -> String {
        let width = self
            .rules
            .first()
            .map_or(1, |row| row.findings.to_string().len());
        let mut table = String::new();
        for row in &self.rules {
            let fixable = match row.fixable {
                0 => String::new(),
                count => format!("   {count} fixable"),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                table,
                "{:>width$}  {}  {:<7}  {}{fixable}",
                row.findings, row.code, row.severity, row.name
            );
        }
        table
    }
}
