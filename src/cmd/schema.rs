//! `ipcond schema`: the JSON Schema of a format.

use clap::Args;

use super::output::Console;
use super::{Exit, Stop};
use crate::report::schema::{list, schema};

/// Arguments of `ipcond schema`.
#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// What the format is called, such as eval/1 or scenario; without it, all are listed
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(crate) fn run(args: &SchemaArgs, console: &mut Console) -> Result<Exit, Stop> {
    let text = match &args.name {
        Some(name) => schema(name)?.text.to_owned(),
        None => list(),
    };
    console.result()?.write_all(text.as_bytes())?;
    Ok(Exit::Yes)
}
