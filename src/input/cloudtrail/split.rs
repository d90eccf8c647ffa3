//! A stream of `CloudTrail` cut into records, whatever it holds them in, without reading it whole.
//!
//! Each record is parsed where it stands: what the parser takes is the record, so the text is walked once.

use std::fmt;
use std::io::{self, Read};

use serde::de::IgnoredAny;

use super::event::Record;
use super::parse::{Wrapper, checked, describe, is_list, member, parse, unwrapped, wrapper};

/// So much is read at a time.
const BLOCK: usize = 256 << 10;

/// A record that is longer is none.
const LONGEST: usize = 16 << 20;

/// So much is checked to be a text at a time.
const WINDOW: usize = 32 << 10;

/// What stands between records.
const GAP: &[u8] = b" \t\r\n,";

/// One record of a stream, or what stands in place of one.
#[derive(Debug)]
pub(crate) enum Item<'a> {
    /// A record, with its line from 1, and its byte from 0.
    Record(&'a Record<'a>, u64, u64),
    /// Something that cannot be read as one.
    Bad(Bad),
}

/// What cannot be read, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    /// The line, from 1.
    pub(crate) line: u64,
    /// The byte of the (decompressed) stream, from 0.
    pub(crate) offset: u64,
    /// Why.
    pub(crate) why: String,
    /// How many bytes of the stream are not read because of it, if its end is not found.
    pub(crate) unread: Option<u64>,
}

/// A stream of records.
pub(crate) struct Records<R> {
    stream: R,
    buffer: Vec<u8>,
    /// What of the buffer is not used up.
    start: usize,
    filled: usize,
    /// How much of the stream stood before the buffer.
    offset: u64,
    /// Line feeds before `counted`.
    lines: u64,
    counted: usize,
    ended: bool,
    /// Why the stream cannot be read to its end.
    broken: Option<io::Error>,
    state: State,
}

/// Where in its text the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a value: a line of JSON Lines, or the one object or list of a file.
    Top,
    /// In a list of records; `wrapped`: the list is a member of an object.
    List { wrapped: bool },
    /// Between the members of an object that wraps a list.
    Members,
    /// After a line that cannot be read: the next one counts again.
    Skip,
    /// Where things end cannot be told any more.
    Lost,
}

/// What a step came to.
enum Step {
    /// On with the next.
    Next,
    /// The buffer ends too soon.
    Short,
}

impl<R> fmt::Debug for Records<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl<R: Read> Records<R> {
    /// The records of a stream.
    pub(crate) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            offset: 0,
            lines: 0,
            counted: 0,
            ended: false,
            broken: None,
            state: State::Top,
        }
    }

    /// Reads on, and hands the records of what was read to `each`. Says whether there is more to read.
    pub(crate) fn read(&mut self, each: &mut impl FnMut(Item<'_>)) -> bool {
        self.fill();
        while let Step::Next = self.step(each) {}
        if self.ended {
            self.end(each);
        }
        !self.ended
    }

    /// How many bytes of the stream were used up.
    pub(crate) fn taken(&self) -> u64 {
        self.offset + self.start as u64
    }

    /// Moves what is left to the front, and fills the room behind it.
    fn fill(&mut self) {
        let _ = self.line();
        self.buffer.copy_within(self.start..self.filled, 0);
        self.offset += self.start as u64;
        self.filled -= self.start;
        self.counted -= self.start;
        self.start = 0;
        // A record that fills all there is gets twice as much.
        let room = (2 * self.filled).max(BLOCK);
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        let before = self.filled;
        while self.filled < room {
            match self.stream.read(&mut self.buffer[self.filled..room]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.broken = Some(error);
                    break;
                }
            }
        }
        if before == 0
            && self.offset == 0
            && self.buffer[..self.filled].starts_with(b"\xef\xbb\xbf")
        {
            self.start = 3;
            self.counted = 3;
        }
    }

    /// The line at `start`, from 1.
    fn line(&mut self) -> u64 {
        let between = &self.buffer[self.counted..self.start];
        self.lines += memchr::memchr_iter(b'\n', between).count() as u64;
        self.counted = self.start;
        self.lines + 1
    }

    /// Whether the rest of the stream is in the buffer.
    fn is_whole(&self) -> bool {
        self.ended && self.broken.is_none()
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.filled]
    }

    /// The next byte that is none of these.
    fn after(&mut self, passed: &[u8]) -> Option<u8> {
        let rest = &self.buffer[self.start..self.filled];
        let skipped = rest.iter().take_while(|byte| passed.contains(byte)).count();
        self.start += skipped;
        self.rest().first().copied()
    }

    fn step(&mut self, each: &mut impl FnMut(Item<'_>)) -> Step {
        let next = match self.state {
            State::Skip => return self.skip(),
            State::Lost => {
                return Step::Short;
            }
            State::Top => self.after(b" \t\r\n"),
            State::List { .. } | State::Members => self.after(GAP),
        };
        match (self.state, next) {
            (_, None) => Step::Short,
            (State::Top, Some(b'[')) => self.enter(1, State::List { wrapped: false }),
            (State::Top, Some(b'{')) => match wrapper(self.rest()) {
                Some(Wrapper::List(length)) => self.enter(length, State::List { wrapped: true }),
                Some(Wrapper::Members) => self.enter(1, State::Members),
                Some(Wrapper::None) => self.records(each),
                None if self.is_whole() => self.record(each),
                None => Step::Short,
            },
            (State::List { wrapped: true }, Some(b']')) => self.enter(1, State::Members),
            (State::List { wrapped: false }, Some(b']')) | (State::Members, Some(b'}')) => {
                self.enter(1, State::Top)
            }
            (State::Members, Some(_)) => self.member(each),
            (State::List { .. }, Some(b'{')) => self.records(each),
            _ => self.record(each),
        }
    }

    fn enter(&mut self, length: usize, state: State) -> Step {
        self.start += length;
        self.state = state;
        Step::Next
    }

    /// Records that follow each other and are as they should be, out of a text that is checked to be one only once.
    fn records(&mut self, each: &mut impl FnMut(Item<'_>)) -> Step {
        let (mut line, begin) = (self.line(), self.taken());
        // A window, so that a text of which each line is bad is not checked to its end for each.
        let end = self.filled.min(self.start + WINDOW);
        let text = checked(&self.buffer[self.start..end]);
        let mut at = 0;
        loop {
            let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter();
            let Some(Ok(record)) = values.next() else {
                break;
            };
            let offset = begin + at as u64;
            let mut hand = |record: &Record<'_>| each(Item::Record(record, line, offset));
            if let Err(why) = unwrapped(&record, &mut hand) {
                each(Item::Bad(Bad {
                    line,
                    offset,
                    why,
                    unread: None,
                }));
            }
            let end = at + values.byte_offset();
            let after = &text.as_bytes()[end..];
            let gap = after.iter().take_while(|byte| GAP.contains(byte)).count();
            line += memchr::memchr_iter(b'\n', &text.as_bytes()[at..end + gap]).count() as u64;
            at = end + gap;
            let after = &after[gap..];
            // At the top each may be another kind of thing.
            let goes_on = match self.state {
                State::Top => matches!(wrapper(after), Some(Wrapper::None)),
                _ => after.first() == Some(&b'{'),
            };
            if !goes_on {
                break;
            }
        }
        if at == 0 {
            return self.record(each);
        }
        self.start += at;
        self.lines = line - 1;
        self.counted = self.start;
        Step::Next
    }

    /// A record, or what stands in its place.
    fn record(&mut self, each: &mut impl FnMut(Item<'_>)) -> Step {
        let (line, offset) = (self.line(), self.taken());
        let rest = &self.buffer[self.start..self.filled];
        let parsed = parse::<Record<'_>>(rest).map(|(record, length)| {
            let mut hand = |record: &Record<'_>| each(Item::Record(record, line, offset));
            let handed = unwrapped(&record, &mut hand);
            (handed, length)
        });
        let why = match parsed {
            Ok((handed, length)) => {
                if let Err(why) = handed {
                    self.bad(each, why);
                }
                self.start += length;
                return Step::Next;
            }
            Err(error) if error.is_eof() && !self.is_whole() => return self.short(each),
            Err(error) => error,
        };
        match parse::<IgnoredAny>(rest) {
            Ok((_, length)) => {
                self.bad(each, describe(&why));
                self.start += length;
                return Step::Next;
            }
            // It is wrong, and where it ends is not read yet.
            Err(error) if error.is_eof() && !self.is_whole() => return self.short(each),
            Err(_) => {}
        }
        let why = if why.is_eof() {
            "the text ends within a record".to_owned()
        } else {
            describe(&why)
        };
        self.give_up(each, why)
    }

    /// Of lines and whole texts the next one can still be read; of a list, nothing that follows.
    fn give_up(&mut self, each: &mut impl FnMut(Item<'_>), why: String) -> Step {
        match self.state {
            State::Top => {
                self.bad(each, why);
                self.state = State::Skip;
                Step::Next
            }
            _ => self.lose(each, why),
        }
    }

    /// A record whose end is not in the buffer.
    fn short(&mut self, each: &mut impl FnMut(Item<'_>)) -> Step {
        if self.filled - self.start < LONGEST {
            return Step::Short;
        }
        let why = format!("a record is over {} MiB", LONGEST >> 20);
        self.give_up(each, why)
    }

    /// A member of an object that wraps a list.
    fn member(&mut self, each: &mut impl FnMut(Item<'_>)) -> Step {
        match member(self.rest()) {
            Ok(Some((name, value))) if is_list(&name, self.rest().get(value)) => {
                self.enter(value + 1, State::List { wrapped: true })
            }
            Ok(Some((_, value))) => match parse::<IgnoredAny>(&self.rest()[value..]) {
                Ok((_, length)) => self.enter(value + length, State::Members),
                Err(error) if error.is_eof() && !self.is_whole() => self.short(each),
                Err(error) => self.lose(each, describe(&error)),
            },
            Ok(None) if !self.is_whole() => self.short(each),
            Ok(None) => self.lose(each, "the text ends within an object".into()),
            Err(error) => self.lose(each, describe(&error)),
        }
    }

    /// Passes over the rest of a line that cannot be read, and of the record that it began.
    fn skip(&mut self) -> Step {
        if let Some(at) = memchr::memmem::find(self.rest(), b"\n{") {
            return self.enter(at + 1, State::Top);
        }
        let kept = usize::from(self.rest().last() == Some(&b'\n'));
        self.start = self.filled - kept;
        Step::Short
    }

    fn bad(&mut self, each: &mut impl FnMut(Item<'_>), why: String) {
        let line = self.line();
        each(Item::Bad(Bad {
            line,
            offset: self.offset + self.start as u64,
            why,
            unread: None,
        }));
    }

    /// Gives up on the stream, whose rest is read to its end to say how much that is.
    fn lose(&mut self, each: &mut impl FnMut(Item<'_>), why: String) -> Step {
        let line = self.line();
        let offset = self.offset + self.start as u64;
        let mut unread = (self.filled - self.start) as u64;
        let rest = io::copy(&mut self.stream, &mut io::sink());
        unread += rest.unwrap_or_default();
        each(Item::Bad(Bad {
            line,
            offset,
            why,
            unread: Some(unread),
        }));
        self.start = self.filled;
        self.ended = true;
        self.state = State::Lost;
        Step::Short
    }

    /// The stream has ended: in the middle of something, if it is not between values.
    fn end(&mut self, each: &mut impl FnMut(Item<'_>)) {
        if let Some(error) = self.broken.take() {
            self.bad(each, format!("it cannot be read on: {error}"));
        } else if matches!(self.state, State::List { .. } | State::Members) {
            self.bad(each, "the text ends before its list of records does".into());
        }
        self.state = State::Lost;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of events, and `!line:byte why` for what is bad, of a stream that gives `step` bytes at a time.
    fn read(text: &[u8], step: usize) -> Vec<String> {
        struct Slow<'a>(&'a [u8], usize);
        impl Read for Slow<'_> {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let count = self.1.min(self.0.len()).min(into.len());
                into[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        let mut records = Records::new(Slow(text, step));
        let mut all = Vec::new();
        let mut each = |item: Item<'_>| {
            all.push(match item {
                Item::Record(record, ..) => record.text(|record| &record.event_name).to_owned(),
                Item::Bad(Bad {
                    line,
                    offset,
                    why,
                    unread,
                }) => {
                    let unread = unread.map_or(String::new(), |bytes| format!(", {bytes} unread"));
                    format!("!{line}:{offset} {why}{unread}")
                }
            });
        };
        while records.read(&mut each) {}
        all
    }

    #[track_caller]
    fn expect(text: &str, expected: &[&str]) {
        for step in [1, 7, usize::MAX] {
            assert_eq!(read(text.as_bytes(), step), expected, "{text}");
        }
    }

    const A: &str = r#"{"eventName":"A","x":[{"}":"]"}],"y":"\"}"}"#;
    const B: &str = r#"{"x":{"Records":[]},"eventName":"B"}"#;

    #[test]
    fn whatever_holds_the_records() {
        expect("", &[]);
        expect(" \r\n", &[]);
        expect(A, &["A"]);
        expect(&format!("{A}\n{B}\r\n\n{A}"), &["A", "B", "A"]);
        expect(&format!(r#"{{"Records":[{A},{B}]}}"#), &["A", "B"]);
        expect(
            &format!("{{ \"Records\" : [ {A} ,\n {B} ] }}\n"),
            &["A", "B"],
        );
        expect(r#"{"Records":[]}"#, &[]);
        expect(&format!("[{A},{B}]"), &["A", "B"]);
        // files put one behind the other
        expect(
            &format!("{{\"Records\":[{A}]}}\n{{\"Records\":[{B}]}}{A}"),
            &["A", "B", "A"],
        );
        expect(&format!("\u{feff}{A}"), &["A"]);
        let held = serde_json::to_string(A).expect("a string");
        expect(
            &format!(
                r#"{{"NextToken":"{{[","Events":[{{"EventName":"x","CloudTrailEvent":{held}}}],"z":[1]}}"#
            ),
            &["A"],
        );
        let bridge =
            format!(r#"{{"version":"0","resources":["arn:x"],"detail":{A},"source":"aws.iam"}}"#);
        expect(&bridge, &["A"]);
        expect(&format!("[{bridge},{bridge}]"), &["A", "A"]);
        expect(&format!("{bridge}\n{B}"), &["A", "B"]);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        // a line of its own costs itself
        expect(
            &format!("{A}\n{{\"eventName\":\"B\n{B}\n"),
            &[
                "A",
                "!2:44 control character (\\u0000-\\u001F) found while parsing a string",
                "B",
            ],
        );
        expect(&format!("x\n{A}"), &["!1:0 expected value", "A"]);
        expect(
            &format!("{A}\n{{\"eventName\":5}}\n{B}"),
            &[
                "A",
                "!2:44 invalid type: integer `5`, expected a string",
                "B",
            ],
        );
        // in a list it costs itself if its end can be found, else the rest
        expect(
            &format!(r#"{{"Records":[null,{A},{{"userIdentity":5}},{B}]}}"#),
            &[
                "!1:12 invalid type: null, expected a record",
                "A",
                "!1:61 invalid type: integer `5`, expected an identity",
                "B",
            ],
        );
        expect(
            &format!(r#"{{"Records":[{A},{{"x":}},{B}]}}"#),
            &["A", "!1:56 expected value, 45 unread"],
        );
        expect(
            &format!(r#"{{"Records":[{A},{{"x":1"#),
            &["A", "!1:56 the text ends within a record, 6 unread"],
        );
        expect(
            &format!(r#"{{"Records":[{A}"#),
            &["A", "!1:55 the text ends before its list of records does"],
        );
        let held = r#"{"Events":[{"CloudTrailEvent":"{"}]}"#;
        expect(held, &["!1:11 EOF while parsing an object"]);
        // not UTF-8, in a part that is used and in one that is not
        let line = [b"{\"eventName\":\"\xff\"}\n".as_slice(), A.as_bytes()].concat();
        assert_eq!(read(&line, 9), ["!1:0 invalid unicode code point", "A"]);
    }

    #[test]
    fn long_records_take_room_and_endless_ones_are_given_up() {
        let long = format!(r#"{{"x":"{}","eventName":"L"}}"#, "é".repeat(BLOCK));
        expect_long(&format!("{A}\n{long}\n{B}"), &["A", "L", "B"]);
        expect_long(
            &format!(r#"{{"Records":[{A},{long},{B}]}}"#),
            &["A", "L", "B"],
        );
        let endless = format!(r#"{{"x":"{}"#, "x".repeat(2 * LONGEST));
        expect_long(
            &format!("{endless}\n{A}"),
            &["!1:0 a record is over 16 MiB", "A"],
        );
    }

    #[track_caller]
    fn expect_long(text: &str, expected: &[&str]) {
        assert!(read(text.as_bytes(), usize::MAX) == expected);
    }
}
