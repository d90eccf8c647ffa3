//! `ipcond man`: manual pages, for those who make packages.

use std::path::PathBuf;

use clap::Args;

use super::output::Console;
use super::{Exit, Stop};
use crate::error::Error;
use crate::input::files;

/// Arguments of `ipcond man`.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Where the pages go: ipcond.1, and one for each command
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
}

pub(crate) fn run(
    args: &ManArgs,
    command: clap::Command,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let directory = &args.directory;
    let written = std::fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(command, directory));
    written.map_err(|error| {
        let name = files::display(directory);
        Error::io(format!("cannot write manual pages to `{name}`: {error}"))
    })?;
    console.result()?;
    Ok(Exit::Yes)
}
