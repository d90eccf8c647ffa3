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
        let (source, span) = one.outer();
        let at = source.position(span.start());
        let among = one
            .among
            .as_ref()
            .map_or_else(String::new, |among| format!("   in {}", among.title()));
        writeln!(
            out,
            "{}:{}:{}: {} {} {}{}",
            terminal(source.name()),
            at.line,
            at.column,
            one.finding.severity.as_str(),
            one.finding.rule.code,
            terminal(&one.finding.message),
            terminal(&among)
        )?;
    }
    Ok(())
}
