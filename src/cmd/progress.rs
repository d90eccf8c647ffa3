//! How far a long run is.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::report::suite::thousands;

const FIRST: Duration = Duration::from_millis(500);
const EVERY: Duration = Duration::from_millis(100);

/// A line on a terminal that is written again and again.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Nothing is shown where nobody looks.
    watched: bool,
    name: String,
    size: Option<u64>,
    /// What is counted: `rows`.
    unit: &'static str,
    start: Instant,
    next: Instant,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(watched: bool, name: String, size: Option<u64>, unit: &'static str) -> Self {
        let start = Instant::now();
        Self {
            watched,
            name,
            size: size.filter(|size| *size > 0),
            unit,
            start,
            next: start + FIRST,
            shown: false,
        }
    }

    /// Shows the line, if it is time.
    pub(crate) fn show(&mut self, rows: u64, bytes: u64) {
        if !self.watched {
            return;
        }
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + EVERY;
        self.shown = true;
        let seconds = (now - self.start).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "it is shown with two digits")]
        let (rows_read, bytes_read) = (rows as f64, bytes as f64);
        let rate = rows_read / seconds / 1e6;
        let mut line = format!(
            "{}  {} {}  {rate:.1} M/s",
            self.name,
            thousands(rows),
            self.unit
        );
        if let Some(size) = self.size {
            #[expect(clippy::cast_precision_loss, reason = "it is shown as per cent")]
            let done = (bytes_read / size as f64).clamp(0.001, 1.0);
            let left = seconds / done - seconds;
            line = format!("{line}  {:.0} %  {left:.0} s left", done * 100.0);
        }
        // If standard error is gone there is nobody to tell.
        let _ = io::stderr().write_all(format!("\r\x1b[K{line}").as_bytes());
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if self.shown {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}
