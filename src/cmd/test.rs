//! `ipcond test`
use clap::Args;
use super::output::Console;
use super::{Exit, Stop};
/// Arguments
#[derive(Args, Debug)]
pub(crate) struct TestArgs {}
pub(crate) fn run(_args: &TestArgs, _console: &mut Console) -> Result<Exit, Stop> { Ok(Exit::Yes) }
