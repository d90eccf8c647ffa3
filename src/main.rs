//! The command line of ipcond.

use std::process::ExitCode;

fn main() -> ExitCode {
    ipcond::cmd::main()
}
