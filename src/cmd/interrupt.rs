//! What happens when the process is told to end while a result is being written beside its file.

use std::io::{self, Write as _};
use std::path::PathBuf;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// Removes a temporary file before a signal ends the process; `farewell` is said then. The process still ends as a signal
/// ends it, so that a shell tells 130 and a script around it stops too.
///
/// A thread waits for the signal: it may come while all others wait for input.
pub(super) fn remove_on_signal(temporary: PathBuf, farewell: Option<String>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            // If the file is not there it has its name by now, and is complete.
            let removed = std::fs::remove_file(temporary).is_ok();
            // Nobody else speaks after that.
            let mut stderr = io::stderr().lock();
            if let Some(farewell) = farewell.filter(|_| removed) {
                let _ = stderr.write_all(farewell.as_bytes());
            }
            let _ = emulate_default_handler(signal);
        }
    };
    std::thread::Builder::new().spawn(wait).map(drop)
}
