//! Blocks as comma-separated values, a header first.

use std::io::{self, Write};

use super::Search;
use crate::report::escape::csv_field as field;

/// One row for each block. `statement` is the `Sid`, or `policy#index`; `block` is as the policy writes it.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(out: &mut dyn Write, search: &Search<'_>) -> io::Result<()> {
    writeln!(
        out,
        "path,line,column,policy,statement,effect,operator,key,block,relation"
    )?;
    for hit in search.hits {
        let source = &hit.policy.source;
        let start = source.position(hit.value.span.start());
        writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{}",
            field(source.name()),
            start.line,
            start.column,
            field(&hit.policy.name),
            field(&hit.policy.statement_name(hit.index)),
            hit.statement().effect.as_str(),
            field(&hit.condition.operator_text),
            field(hit.condition.key.as_str()),
            field(&hit.value.text),
            hit.relation.as_str(),
        )?;
    }
    Ok(())
}
