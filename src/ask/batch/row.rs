//! One row of a table of requests, and the request that it describes.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use super::address::{Bad, read_address};
use super::columns::Columns;
use crate::error::{Error, Result};
use crate::eval::{Caller, ContextValue, SOURCE_IP, Scenario, SourceIp, read_context};
use crate::json;
use crate::net::Address;
use crate::policy::{Action, ConditionKey};
use crate::source::Source;

/// Where a cell stands in the text of a [`Row`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

impl Field {
    /// A cell that is not there at all, where others of the table have one.
    pub const MISSING: Self = Self {
        start: u32::MAX,
        end: u32::MAX,
    };

    /// The bytes from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX - 1);
        Self {
            start: place(start),
            end: place(end),
        }
    }

    /// The number of its bytes: 0 for one that is not there.
    #[inline]
    pub(super) fn length(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// So many rows at most are looked at together.
pub const STRIP: usize = 128;

/// Some rows of a table, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The text in which their cells stand, quotes undone.
    pub text: &'a [u8],
    /// The cells of the first row, of the second, and so on.
    pub fields: &'a [Field],
    /// How many cells a row has: at least one.
    pub width: usize,
    /// What they mean.
    pub columns: &'a Columns,
    /// A port after an address is dropped.
    pub strip_port: bool,
    /// The cells of a row stand next to each other, with one byte between that none of them holds, as in a CSV file
    /// without quotes: then several are looked up as one text.
    pub joined: bool,
}

impl<'a> Rows<'a> {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.fields.len() / self.width
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, counted from 0.
    ///
    /// # Panics
    /// If there are not as many.
    #[inline]
    pub fn row(&self, at: usize) -> Row<'a> {
        Row {
            text: self.text,
            fields: &self.fields[at * self.width..(at + 1) * self.width],
            columns: self.columns,
            strip_port: self.strip_port,
        }
    }

    /// Up to so many of them, from one on.
    pub(super) fn part(&self, first: usize, most: usize) -> Self {
        let end = (first + most).min(self.len());
        Self {
            fields: &self.fields[first * self.width..end * self.width],
            ..*self
        }
    }

    /// The cells of a column.
    #[inline]
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &'a Field> + use<'a> {
        let rows = self.fields.chunks_exact(self.width);
        rows.filter_map(move |row| row.get(column))
    }

    /// A cell of a row.
    #[inline]
    pub(super) fn field(&self, at: usize, column: usize) -> Field {
        self.fields[at * self.width + column]
    }

    /// The bytes of a cell; none if it is not there.
    #[inline]
    pub(super) fn cell(&self, field: Field) -> &'a [u8] {
        let cell = self.text.get(field.start as usize..field.end as usize);
        cell.unwrap_or_default()
    }
}

/// The cells of one row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The text, in which quotes are undone.
    pub text: &'a [u8],
    /// The cells.
    pub fields: &'a [Field],
    /// What they mean.
    pub columns: &'a Columns,
    /// A port after an address is dropped.
    pub strip_port: bool,
}

/// What the address cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowAddress {
    /// Nothing: there is no such cell.
    Unsaid,
    /// The request carries no address.
    Absent,
    /// It comes from here.
    From(IpAddr),
}

impl<'a> Row<'a> {
    /// A cell; `None` if there is none, or nothing in it.
    #[inline]
    pub(super) fn cell(&self, column: Option<usize>) -> Option<&'a [u8]> {
        let field = self.fields.get(column?)?;
        let cell = self.text.get(field.start as usize..field.end as usize)?;
        (!cell.is_empty()).then_some(cell)
    }

    /// What the address cell says.
    #[inline]
    pub(super) fn address(&self) -> Result<RowAddress, Bad> {
        let field = self.columns.address.and_then(|at| self.fields.get(at));
        let Some(field) = field.filter(|field| **field != Field::MISSING) else {
            return Ok(RowAddress::Unsaid);
        };
        let cell = self.text.get(field.start as usize..field.end as usize);
        read_address(cell.unwrap_or_default(), self.strip_port)
            .map(|ip| ip.map_or(RowAddress::Absent, RowAddress::From))
    }

    pub(super) fn event_source_cell(&self) -> Option<&'a [u8]> {
        self.cell(self.columns.event_source)
    }

    /// Where the request comes from, for a row that could be decided.
    #[cfg(feature = "cli")]
    pub(crate) fn source(&self) -> RowAddress {
        self.address().unwrap_or(RowAddress::Unsaid)
    }

    /// The principal as it is written, for a row that could be decided.
    #[cfg(feature = "cli")]
    pub(crate) fn principal_text(&self) -> Option<&'a str> {
        let cell = self.cell(self.columns.principal)?;
        std::str::from_utf8(cell).ok()
    }

    /// Copies the cells that are used, so that two rows that differ in one differ in the copies.
    pub(super) fn copy_used(&self, copy: &mut Vec<u8>) {
        copy.clear();
        for column in self.columns.used() {
            let cell = self.cell(Some(column)).unwrap_or_default();
            let length = u32::try_from(cell.len()).unwrap_or(u32::MAX);
            copy.push(u8::from(self.has(Some(column))));
            copy.extend_from_slice(&length.to_le_bytes());
            copy.extend_from_slice(cell);
        }
    }

    /// Whether there is such a cell, be it empty.
    fn has(&self, column: Option<usize>) -> bool {
        let field = column.and_then(|at| self.fields.get(at));
        field.is_some_and(|field| *field != Field::MISSING)
    }

    fn text_of(&self, column: Option<usize>, what: &str) -> Result<Option<&'a str>> {
        self.cell(column).map(|cell| text(cell, what)).transpose()
    }

    /// The action, as the cells write it.
    pub(super) fn action(&self) -> Result<Option<Cow<'a, str>>> {
        let name = self.text_of(self.columns.action, "the action")?;
        let source = self.text_of(self.columns.event_source, "the event source")?;
        Ok(match (name, source) {
            (Some(name), Some(source)) if !name.contains(':') => {
                let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
                Some(Cow::Owned(format!("{service}:{name}")))
            }
            (name, _) => name.map(Cow::Borrowed),
        })
    }

    /// The request, put over what holds for every row.
    ///
    /// # Errors
    /// If a cell cannot be read, or says what another says as well.
    pub(super) fn scenario(&self, base: &Scenario) -> Result<Scenario> {
        let mut scenario = base.clone();
        self.fill_rest(&mut scenario)?;
        match self.address().map_err(|bad| bad.error())? {
            RowAddress::Unsaid => {}
            RowAddress::Absent => scenario.ip = Some(SourceIp::Absent),
            RowAddress::From(ip) => scenario.ip = Some(SourceIp::From(Address::new(ip))),
        }
        if scenario.ip.is_some() && self.says_address_in_context()? {
            return Err(twice_said());
        }
        Ok(scenario)
    }

    /// Everything but the address.
    pub(super) fn fill_rest(&self, scenario: &mut Scenario) -> Result<()> {
        if self.has(self.columns.action) {
            let action = self.action()?;
            let action = action.ok_or_else(|| Error::request("the action is empty"))?;
            scenario.action = Some(action.parse::<Action>()?);
        }
        if let Some(text) = self.text_of(self.columns.resource, "the resource")? {
            scenario.resource = Some(text.parse()?);
        }
        if let Some(text) = self.text_of(self.columns.principal, "the principal")? {
            scenario.principal = Some(Caller::parse(text)?);
        }
        let account = self.text_of(self.columns.resource_account, "the account")?;
        if let Some(text) = account {
            scenario.resource_account = Some(text.parse()?);
        }
        self.fill_keys(scenario)?;
        let Some(cell) = self.cell(self.columns.context) else {
            return Ok(());
        };
        let told = context(cell)?;
        let names: HashSet<&ConditionKey> = told.iter().map(|(key, _)| key).collect();
        let mut columns = self.columns.keys.iter();
        if let Some((_, key)) = columns.find(|(_, key)| names.contains(key)) {
            return Err(Error::request(format!(
                "{key} stands in the context and in a column of its own"
            )));
        }
        let context = &mut scenario.context;
        context.retain(|(other, _)| !names.contains(other));
        context.extend(told);
        Ok(())
    }

    fn fill_keys(&self, scenario: &mut Scenario) -> Result<()> {
        // No two columns have one key, so only what holds for every row can be in the way.
        let keys = &self.columns.keys;
        let context = &mut scenario.context;
        context.retain(|(other, _)| keys.iter().all(|(_, key)| key != other));
        for (at, key) in keys {
            let text = self.text_of(Some(*at), key.as_str())?;
            let value = text.map(|text| ContextValue::One(text.to_owned()));
            scenario.context.push((key.clone(), value));
        }
        Ok(())
    }

    /// Whether the context cell says the address.
    fn says_address_in_context(&self) -> Result<bool> {
        let Some(cell) = self.cell(self.columns.context) else {
            return Ok(false);
        };
        Ok(context(cell)?.iter().any(|(key, _)| key.is(SOURCE_IP)))
    }
}

fn twice_said() -> Error {
    Error::request("the address has a cell of its own, and the context says aws:SourceIp as well")
}

/// The text of a cell.
pub(super) fn text<'a>(cell: &'a [u8], what: &str) -> Result<&'a str> {
    std::str::from_utf8(cell).map_err(|error| {
        let byte = cell.get(error.valid_up_to()).copied().unwrap_or_default();
        Error::request(format!("{what} is not UTF-8: byte 0x{byte:02X}"))
    })
}

/// The condition keys in a cell that holds a JSON object.
pub(super) fn context(cell: &[u8]) -> Result<Vec<(ConditionKey, Option<ContextValue>)>> {
    let source = Source::new("context", text(cell, "the context")?);
    let read = json::parse(&source).and_then(|node| read_context(&source, &node));
    // A place in a cell is of no use without the cell.
    read.map_err(|error| Error::request(format!("the context: {}", error.message())))
}
