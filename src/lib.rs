//! ipcond
pub mod ask;
#[cfg(feature = "cli")]
pub mod cmd;
pub mod error;
pub mod eval;
pub mod input;
pub mod json;
pub mod net;
pub mod policy;
pub mod source;
pub use error::{Error, Result};
pub mod report;

/// Answers one scenario, given as JSON text, with the `eval/1` object (or for `steps`, the `assume/1` object).
///
/// # Errors
/// If the text is no scenario, or one that cannot be answered.
pub fn answer_json(scenario: &str) -> Result<String> {
    use std::path::Path;
    let source = source::Source::new("scenario", scenario);
    let node = json::parse(&source)?;
    let mut documents = input::Documents::default();
    let scenario = input::read_scenario(&source, &node, Path::new(""), &mut documents)?;
    let now = jiff::Timestamp::now();
    let text = if scenario.steps.is_some() {
        serde_json::to_string(&report::json::Assume::new(&scenario.journey(now)?))
    } else {
        serde_json::to_string(&report::json::Eval::new(
            &scenario.decide(now)?,
            scenario.name.as_deref(),
        ))
    };
    text.map_err(|error| Error::io(error.to_string()))
}
