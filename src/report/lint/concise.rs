//! A line for each finding, as compilers write them and editors read them.

use std::io::{Result, Write};

use super::escape::terminal;
use crate::ask::lint::Located;

/// Writes `path:line:column: severity CODE message` for each finding.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write(out: &mut dyn Write, found: &[Located]) -> Result<()> {
    for one in found {
        let at = one.source.position(one.span().start());
        writeln!(
            out,
            "{}:{}:{}: {} {} {}",
            terminal(one.source.name()),
            at.line,
            at.column,
            one.finding.severity.as_str(),
            one.finding.rule.code,
            terminal(&one.finding.message)
        )?;
    }
    Ok(())
}
