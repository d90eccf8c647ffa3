//! How far a long run is.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::report::escape;
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
    pub(crate) fn new(watched: bool, name: &str, size: Option<u64>, unit: &'static str) -> Self {
        let start = Instant::now();
        Self {
            watched,
            name: escape::terminal(name).into_owned(),
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
        let line = self.line(rows, bytes, now - self.start);
        // If standard error is gone there is nobody to tell.
        let _ = io::stderr().write_all(format!("\r\x1b[K{line}").as_bytes());
    }

    /// What is shown after some time.
    fn line(&self, rows: u64, bytes: u64, took: Duration) -> String {
        let seconds = took.as_secs_f64();
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
        line
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if self.shown {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(name: &str, size: Option<u64>) -> Progress {
        Progress::new(true, name, size, "rows")
    }

    #[test]
    fn what_is_left_is_told_where_the_size_is_known() {
        let line = |size| progress("t.csv", size).line(3_000_000, 75, Duration::from_secs(2));
        assert_eq!(
            line(Some(100)),
            "t.csv  3,000,000 rows  1.5 M/s  75 %  1 s left"
        );
        assert_eq!(line(None), "t.csv  3,000,000 rows  1.5 M/s");
        assert_eq!(line(Some(0)), line(None), "a file of /proc has no size");
        let grown = progress("t.csv", Some(50)).line(1, 75, Duration::from_secs(2));
        assert!(grown.ends_with("100 %  0 s left"), "{grown}");
        let first = progress("t.csv", Some(u64::MAX)).line(0, 0, Duration::from_secs(1));
        assert!(first.ends_with("0 %  999 s left"), "{first}");
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        let line = progress("\u{1b}[2J", None).line(0, 0, Duration::from_secs(1));
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }

    #[test]
    fn nothing_is_shown_at_once_or_to_nobody() {
        let mut early = progress("t.csv", None);
        early.show(1, 1);
        assert!(!early.shown);
        let mut unseen = Progress::new(false, "t.csv", None, "rows");
        unseen.next = unseen.start;
        unseen.show(1, 1);
        assert!(!unseen.shown);
    }
}
