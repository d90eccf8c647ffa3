//! JSON Lines of scenarios.

use std::io::{BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::{EvalArgs, write_line};
use crate::cmd::output::Console;
use crate::cmd::policies::base_of;
use crate::cmd::{Exit, Stop};
use crate::error::{Error, Result};
use crate::eval::Answer;
use crate::input::{self, Config, Documents, files};
use crate::json::{self, MAX_BYTES};
use crate::report::json::{BadLine, Eval};

/// An answer or an error for each line, in order.
pub(super) fn stream(args: &EvalArgs, path: &Path, console: &mut Console) -> Result<Exit, Stop> {
    if args.every_way || args.expect.is_some() {
        return Err(
            Error::request("--every-way and --expect take one scenario, not a stream").into(),
        );
    }
    let name = files::display(path);
    let mut lines: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::io::BufReader::new(files::open(path)?))
    };
    let mut stream = Stream {
        args,
        base: base_of(path),
        name,
        config: console.config()?,
        documents: Documents::new(args.policies.layers.lenient),
        now: Timestamp::now(),
    };
    let (mut number, mut bad) = (0, false);
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = MAX_BYTES as u64 + 1;
        let read = (&mut lines).take(limit).read_until(b'\n', &mut line);
        if read.map_err(|error| Error::io(format!("cannot read `{}`: {error}", stream.name)))? == 0
        {
            break;
        }
        number += 1;
        let ended = line.last() == Some(&b'\n');
        let whole = line.len() - usize::from(ended) <= MAX_BYTES;
        if !whole && !ended {
            skip_line(&mut lines)?;
        }
        if line.iter().all(u8::is_ascii_whitespace) && whole {
            continue;
        }
        let mut label = None;
        let answer = if whole {
            stream.answer(&line, &mut label)
        } else {
            Err(json::too_large(&stream.name))
        };
        if let Ok(answer) = &answer {
            for trace in answer.statements.iter().filter(|trace| trace.index == 0) {
                console.warn_about(&trace.policy);
            }
        }
        let out = console.result()?;
        match answer {
            Ok(answer) => write_line(out, &Eval::new(&answer, label.as_deref()))?,
            Err(error) => {
                bad = true;
                write_line(out, &BadLine::new(number, label.as_deref(), &error))?;
            }
        }
    }
    Ok(if bad { Exit::Error } else { Exit::Yes })
}

/// Passes over the rest of a line that is too long to be read.
fn skip_line(lines: &mut dyn BufRead) -> Result<(), Stop> {
    loop {
        let buffer = lines.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        lines.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

struct Stream<'a> {
    args: &'a EvalArgs,
    base: &'a Path,
    name: String,
    config: Arc<Config>,
    documents: Documents,
    now: Timestamp,
}

impl Stream<'_> {
    fn answer(&mut self, line: &[u8], label: &mut Option<String>) -> Result<Answer> {
        let source = files::decode(line.trim_ascii_end().to_vec(), &self.name)?;
        let node = json::parse(&source)?;
        *label = node
            .get("name")
            .and_then(|name| name.as_str())
            .map(str::to_owned);
        let mut scenario = input::read_scenario(&source, &node, self.base, &mut self.documents)?;
        self.args.request.apply(&mut scenario)?;
        self.config.fill(&mut scenario);
        if scenario.steps.is_some() {
            return Err(Error::request("this scenario is a journey")
                .help("run it with `ipcond assume --scenario`"));
        }
        let each = self.args.request.each(&scenario)?;
        let [scenario] = each.as_slice() else {
            return Err(Error::request(
                "a stream takes one action, one resource and one address by flag",
            ));
        };
        scenario.decide(self.now)
    }
}
