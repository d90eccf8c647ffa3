//! Where results and messages go.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anstream::ColorChoice;

use super::policies::base_of;
use super::{Exit, GlobalArgs, Stop, When};
use crate::error::Error;
use crate::eval::Scenario;
use crate::input::{self, Config, files};
use crate::policy::Policy;
use crate::report;
use crate::report::text::style::Screen;
use crate::source::Span;

/// The most warnings that are shown.
const MOST_WARNINGS: usize = 10;
/// The most temporary files of killed processes that are passed over.
const MOST_LEFT: u32 = 1_000;

/// The two streams of the process and how they are written.
#[derive(Debug)]
pub(crate) struct Console {
    quiet: bool,
    pub(crate) verbose: u8,
    color: When,
    output: Option<PathBuf>,
    config: ConfigChoice,
    sink: Option<Sink>,
    warned: BTreeSet<(String, Span, String)>,
    warned_enough: bool,
    noted: BTreeSet<String>,
}

/// Where the configuration comes from.
#[derive(Debug)]
enum ConfigChoice {
    /// The file that was named.
    Named(PathBuf),
    /// It was read, or there is none.
    Read(Arc<Config>),
    /// The one in the working directory, if there is one.
    Usual,
}

#[derive(Debug)]
enum Sink {
    /// Nowhere.
    Discard(io::Sink),
    Stdout(BufWriter<io::Stdout>),
    /// A device or pipe, written directly.
    Direct(BufWriter<File>),
    /// A regular file, written beside itself and renamed when complete.
    Beside {
        writer: BufWriter<File>,
        temporary: PathBuf,
        path: PathBuf,
    },
}

impl Console {
    pub(crate) fn new(args: &GlobalArgs) -> Self {
        let GlobalArgs {
            color,
            output,
            config,
            no_config,
            quiet,
            verbose,
            // Asked for, it was answered instead of any command.
            help: _,
        } = args.clone();
        let config = match config {
            _ if no_config => ConfigChoice::Read(Arc::default()),
            Some(path) => ConfigChoice::Named(path),
            None => ConfigChoice::Usual,
        };
        Self {
            quiet,
            verbose,
            color,
            output,
            config,
            sink: None,
            warned: BTreeSet::new(),
            warned_enough: false,
            noted: BTreeSet::new(),
        }
    }

    /// The configuration: read when a command first asks, so that a broken file stops only those that need it.
    pub(crate) fn config(&mut self) -> Result<Arc<Config>, Error> {
        let path = match &self.config {
            ConfigChoice::Read(config) => return Ok(Arc::clone(config)),
            ConfigChoice::Named(path) => Some(path.clone()),
            ConfigChoice::Usual => {
                let usual = PathBuf::from(input::CONFIG_FILE);
                usual.symlink_metadata().is_ok().then_some(usual)
            }
        };
        let config = match path {
            None => Config::default(),
            Some(path) => {
                let config = Config::read(&files::read(&path)?, base_of(&path))?;
                if self.verbose > 0 {
                    let name = files::display(&path);
                    let name = report::escape::terminal(&name);
                    let count = config.sets.names().count();
                    let plural = if count == 1 { "" } else { "s" };
                    self.say(&format!(
                        "read {name}: TOML, configuration, {count} named set{plural}"
                    ));
                }
                config
            }
        };
        let config = Arc::new(config);
        self.config = ConfigChoice::Read(Arc::clone(&config));
        Ok(config)
    }

    /// How the result may be styled.
    pub(crate) fn screen(&self) -> Screen {
        let styled = match (self.color, &self.output) {
            (When::Always, _) => true,
            (When::Never, _) | (When::Auto, Some(_)) => false,
            (When::Auto, None) => anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        };
        Screen { styled }
    }

    fn styled_stderr(&self) -> bool {
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => anstream::AutoStream::choice(&io::stderr()) != ColorChoice::Never,
        }
    }

    /// Whether standard error is a terminal that a person watches.
    pub(crate) fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// The stream for the result.
    pub(crate) fn result(&mut self) -> Result<&mut (dyn Write + Send), Stop> {
        let sink = match self.sink.take() {
            Some(sink) => sink,
            None => self.open()?,
        };
        Ok(match self.sink.insert(sink) {
            Sink::Discard(sink) => sink,
            Sink::Stdout(writer) => writer,
            Sink::Direct(writer) | Sink::Beside { writer, .. } => writer,
        })
    }

    /// Shows what was written so far, before something is said about it.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        Ok(self.result()?.flush()?)
    }

    fn open(&self) -> Result<Sink, Stop> {
        let Some(path) = &self.output else {
            return Ok(if self.quiet {
                Sink::Discard(io::sink())
            } else {
                Sink::Stdout(BufWriter::new(io::stdout()))
            });
        };
        let cannot = |error: io::Error| {
            Error::io(format!("cannot write `{}`: {error}", files::display(path)))
        };
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            let file = File::options().write(true).open(path).map_err(cannot)?;
            return Ok(Sink::Direct(BufWriter::new(file)));
        }
        let (temporary, file) = beside(path).map_err(cannot)?;
        #[cfg(unix)]
        super::interrupt::remove_on_signal(temporary.clone(), self.farewell(path))
            .map_err(cannot)?;
        Ok(Sink::Beside {
            writer: BufWriter::new(file),
            temporary,
            path: path.clone(),
        })
    }

    /// What is said when a signal ends the process before the result is complete.
    #[cfg(unix)]
    fn farewell(&self, path: &Path) -> Option<String> {
        let name = files::display(path);
        let name = report::escape::terminal(&name);
        let state = if path.exists() {
            "is as it was"
        } else {
            "was not written"
        };
        // A terminal shows `^C`, perhaps after a line of progress.
        let begin = if self.is_watched() { "\n" } else { "" };
        (!self.quiet).then(|| format!("{begin}interrupted: `{name}` {state}\n"))
    }

    /// A line for the person at the terminal.
    pub(crate) fn say(&self, text: &str) {
        self.speaker().say(text);
    }

    /// What says lines to the person at the terminal while the result is being written.
    pub(crate) fn speaker(&self) -> Speaker {
        Speaker { quiet: self.quiet }
    }

    /// An error, for a command that goes on.
    pub(crate) fn report(&self, error: &Error) {
        self.say(&report::error::error(error, self.styled_stderr()));
    }

    /// Notes on what was read, each once.
    pub(crate) fn say_notes(&mut self, notes: &[String]) {
        for note in notes {
            if !self.noted.insert(note.clone()) {
                continue;
            }
            self.say(&format!("note: {}", report::escape::terminal(note)));
        }
    }

    /// Warnings about the policies of a scenario, and with `-v` which they are.
    pub(crate) fn say_about(&mut self, scenario: &Scenario) {
        for (layer, policy) in scenario.all_policies() {
            if self.verbose > 0 {
                let line = read_line(policy);
                self.say(&format!("{line}, as {}", layer.as_str()));
            }
            self.warn_about(policy);
        }
    }

    /// Warnings about a policy, each once and not without end.
    pub(crate) fn warn_about(&mut self, policy: &Policy) {
        for warning in &policy.warnings {
            let place = (policy.name.clone(), warning.span, warning.message.clone());
            if self.warned.len() < MOST_WARNINGS && self.warned.insert(place) {
                let styled = self.styled_stderr();
                self.say(&report::error::warning(policy, warning, styled));
            } else if self.warned.len() == MOST_WARNINGS && !self.warned_enough {
                self.warned_enough = true;
                self.say("warning: there are more, which are not shown");
            }
        }
    }

    /// Closes the streams, reports what stopped the command, and says how the process ends.
    pub(crate) fn finish(&mut self, result: Result<Exit, Stop>) -> Exit {
        let result = result.and_then(|exit| self.close().map(|()| exit).map_err(Stop::Write));
        match result {
            Ok(exit) => exit,
            Err(Stop::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.abandon();
                Exit::Yes
            }
            Err(stop) => {
                self.abandon();
                let error = match stop {
                    Stop::Error(error) => error,
                    Stop::Write(error) => Error::io(format!("cannot write the result: {error}")),
                };
                self.report(&error);
                Exit::Error
            }
        }
    }

    fn close(&mut self) -> io::Result<()> {
        match self.sink.take() {
            None | Some(Sink::Discard(_)) => Ok(()),
            Some(Sink::Stdout(mut writer)) => writer.flush(),
            Some(Sink::Direct(mut writer)) => writer.flush(),
            Some(Sink::Beside {
                mut writer,
                temporary,
                path,
            }) => {
                let complete = writer.flush().and_then(|()| writer.get_ref().sync_all());
                let renamed = complete.and_then(|()| std::fs::rename(&temporary, &path));
                renamed.inspect_err(|_| drop(std::fs::remove_file(&temporary)))
            }
        }
    }

    /// Leaves nothing half-written behind.
    fn abandon(&mut self) {
        match self.sink.take() {
            Some(Sink::Beside {
                writer, temporary, ..
            }) => {
                drop(writer.into_parts());
                drop(std::fs::remove_file(temporary));
            }
            // What was not written yet would be written, and fail again, when the buffer is dropped.
            Some(Sink::Stdout(writer)) => drop(writer.into_parts()),
            Some(Sink::Direct(writer)) => drop(writer.into_parts()),
            Some(Sink::Discard(_)) | None => {}
        }
    }
}

/// Says lines to the person at the terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speaker {
    quiet: bool,
}

impl Speaker {
    /// A line.
    pub(crate) fn say(self, text: &str) {
        if !self.quiet {
            // If standard error is gone there is nobody to tell.
            let _ = io::stderr().write_all(format!("{}\n", text.trim_end_matches('\n')).as_bytes());
        }
    }
}

/// `read trust.json: JSON, role trust policy, 2 statements`
pub(crate) fn read_line(policy: &Policy) -> String {
    let name = report::escape::terminal(&policy.name).into_owned();
    let json = policy.source.text().trim_start().starts_with('{');
    let format = if json { "JSON" } else { "YAML" };
    let count = policy.statements.len();
    let plural = if count == 1 { "" } else { "s" };
    let kind = policy.kind.title();
    format!("read {name}: {format}, {kind}, {count} statement{plural}")
}

/// Puts a text in the place of a file, complete or not at all.
pub(crate) fn write_beside(path: &Path, text: &[u8]) -> Result<(), Error> {
    let cannot =
        |error: io::Error| Error::io(format!("cannot write `{}`: {error}", files::display(path)));
    // A link stays one: what it points to is replaced.
    let path = &path.canonicalize().map_err(cannot)?;
    let permissions = std::fs::metadata(path).map_err(cannot)?.permissions();
    let (temporary, mut file) = beside(path).map_err(cannot)?;
    let complete = file
        .write_all(text)
        .and_then(|()| file.set_permissions(permissions))
        .and_then(|()| file.sync_all());
    let renamed = complete.and_then(|()| std::fs::rename(&temporary, path));
    renamed
        .inspect_err(|_| drop(std::fs::remove_file(&temporary)))
        .map_err(cannot)
}

/// A new temporary file in the same directory, so that the rename stays on one file system.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    // In a container a process has the same number each time, and one that was killed may have left its file.
    let mut attempt = 0;
    loop {
        let temporary = path.with_file_name(format!(".{name}.{process}-{attempt}.tmp"));
        match File::create_new(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < MOST_LEFT => {
                attempt += 1;
            }
            result => return result.map(|file| (temporary, file)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_a_killed_process_left_is_passed_over() {
        let name = format!("ipcond-beside-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let (left, _) = beside(&path).expect("the file can be made");
        let (other, _) = beside(&path).expect("the file can be made");
        assert_ne!(left, other);
        for file in [left, other] {
            std::fs::remove_file(file).expect("it is there");
        }
    }
}
