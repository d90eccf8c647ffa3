//! `ipcond completions`

use clap::Args;
use clap_complete::Shell;

use super::output::Console;
use super::{Exit, Stop};

/// Arguments of `ipcond completions`.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(
    args: &CompletionsArgs,
    mut command: clap::Command,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "ipcond", &mut script);
    console.result()?.write_all(&script)?;
    Ok(Exit::Yes)
}
