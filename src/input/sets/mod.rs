//! Named sets of addresses, and what may stand wherever addresses are taken.

mod definition;
mod expression;
mod ip_ranges;
mod listing;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use self::definition::{Definition, Found, Gathered, enter};
use self::expression::{Expression, assumed, canonical, check_name};
use self::listing::Listing;
use crate::error::{Error, Result};
use crate::eval::Assumption;
use crate::json::Node;
use crate::net::AddressSet;
use crate::policy::nearest;
use crate::source::Source;

/// A set of addresses under the name that people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedSet {
    /// What it is called: `@office`, `203.0.113.0/24`, `@file:vpn.txt`, `none`.
    pub name: String,
    /// What is in it.
    pub set: AddressSet,
    /// What was read otherwise than written (IP-3, IP-8).
    pub assumptions: Vec<Assumption>,
}

/// The named sets in scope, and the files that were read for them.
///
/// # Example
/// ```
/// use ipcond::input::Sets;
/// let mut sets = Sets::default();
/// sets.insert("office", ["203.0.113.0/24".parse()?].into_iter().collect())?;
/// let office = sets.resolve("@office", "".as_ref())?;
/// let block = sets.resolve("203.0.113.5/24", "".as_ref())?;
/// assert_eq!(block.set, office.set); // AWS ignores the bits after the prefix (IP-3)
/// assert_eq!(block.assumptions[0].rule, "IP-3");
/// assert_eq!(sets.describe(&block.set).as_deref(), Some("@office"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sets {
    names: BTreeMap<String, Arc<Definition>>,
    /// The names that these go over. Its definitions do not see the names here.
    outer: Option<Arc<Sets>>,
    listings: Arc<Mutex<HashMap<PathBuf, Arc<Listing>>>>,
}

impl Sets {
    /// An empty scope in which these names are seen where it does not define its own.
    #[must_use]
    pub fn nested(&self) -> Self {
        Self {
            names: BTreeMap::new(),
            outer: Some(Arc::new(self.clone())),
            listings: Arc::clone(&self.listings),
        }
    }

    /// Gives a set a name, without the `@`. A set of the same name is replaced.
    ///
    /// # Errors
    /// If the name is not of letters, digits, `_`, `-` and `.`.
    pub fn insert(&mut self, name: &str, set: AddressSet) -> Result<()> {
        check_name(name)?;
        self.define(name, Definition::fixed(set));
        Ok(())
    }

    /// Defines sets as a file writes them, `{"office": ["203.0.113.0/24", "@file:vpn.txt"]}`; paths are relative to `base`.
    /// Files are read when a set is needed, so that one that is missing stops nobody who does without it.
    ///
    /// # Errors
    /// If a value is not an expression of addresses or a list of them, a name is not known, or a set holds itself.
    ///
    /// # Example
    /// ```
    /// use ipcond::{input::Sets, json, source::Source};
    /// let source = Source::new("sets", r#"{"a": ["::1", "@b"], "b": "@a"}"#);
    /// let error = Sets::default().read(&source, &json::parse(&source)?, "".as_ref()).unwrap_err();
    /// assert_eq!(error.to_string(), "sets:1:27: the set `a` holds itself: @a, @b, @a");
    /// # Ok::<(), ipcond::Error>(())
    /// ```
    pub fn read(&mut self, source: &Source, node: &Node<'_>, base: &Path) -> Result<()> {
        for member in node.expect_object("sets", source)? {
            check_name(&member.key).map_err(|error| error.at(source, member.key_span))?;
            let definition = Definition::read(source, &member.value, &member.key, base)?;
            self.define(&member.key, definition);
        }
        let mut done = HashSet::new();
        self.names.iter().try_for_each(|(name, definition)| {
            self.check((name, definition), &mut Vec::new(), &mut done)
        })
    }

    /// The addresses that a text stands for: an address, a block, `none`, `@name`, or `@file:PATH` with the path relative to
    /// `base`.
    ///
    /// # Errors
    /// If it is none of these, the name is not known, or a file cannot be read or has a line that is no block.
    pub fn resolve(&self, text: &str, base: &Path) -> Result<NamedSet> {
        let expression = Expression::parse(text).map_err(|error| {
            let known = self.find(text).is_some();
            if known {
                Error::request(error.message()).help(format!("did you mean `@{text}`?"))
            } else {
                error
            }
        })?;
        let mut gathered = Gathered::default();
        self.gather(&expression, base, &mut Vec::new(), &mut gathered)?;
        let Found { set, assumptions } = gathered.found();
        let name = match expression {
            Expression::Block(written, _) => canonical(written),
            _ => text.to_owned(),
        };
        Ok(NamedSet {
            name,
            set,
            assumptions,
        })
    }

    /// The addresses of a value in a file: one expression or a list of them, which are called together `@office, 192.0.2.1`.
    ///
    /// # Errors
    /// As [`Sets::resolve`], with the place in the file.
    pub fn resolve_node(&self, source: &Source, node: &Node<'_>, base: &Path) -> Result<NamedSet> {
        let (mut names, mut sets) = (Vec::new(), Gathered::default());
        for element in node.elements() {
            let text = element.expect_str("addresses", source)?;
            let one = self
                .resolve(text, base)
                .map_err(|error| error.at(source, element.span))?;
            names.push(one.name);
            sets.add(&one.set, &one.assumptions);
        }
        let Found { set, assumptions } = sets.found();
        Ok(NamedSet {
            name: names.join(", "),
            set,
            assumptions,
        })
    }

    /// The set of a name, which is given without the `@`.
    ///
    /// # Errors
    /// As [`Sets::resolve`].
    pub fn get(&self, name: &str) -> Result<NamedSet> {
        self.resolve(&format!("@{name}"), Path::new(""))
    }

    /// The names in scope, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let outer = self.outer.iter().flat_map(|outer| outer.names());
        let mut names: Vec<&str> = self.names.keys().map(String::as_str).chain(outer).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter()
    }

    /// The name of the set that is exactly this one: the first in alphabetical order. Sets that cannot be read are passed over.
    pub fn describe(&self, set: &AddressSet) -> Option<String> {
        if set.is_empty() {
            return None;
        }
        let is_it = |name: &&str| self.get(name).is_ok_and(|named| named.set == *set);
        self.names().find(is_it).map(|name| format!("@{name}"))
    }

    fn define(&mut self, name: &str, definition: Definition) {
        let before = self.names.insert(name.to_owned(), Arc::new(definition));
        if before.is_some() {
            // What was found for the others may rest on the definition that is no more.
            for definition in self.names.values_mut() {
                *definition = Arc::new(definition.unread());
            }
        }
    }

    /// The definition of a name, and the scope that it stands in.
    fn find(&self, name: &str) -> Option<(&Self, &Definition)> {
        match self.names.get(name) {
            Some(definition) => Some((self, definition)),
            None => self.outer.as_ref()?.find(name),
        }
    }

    fn expect(&self, name: &str) -> Result<(&Self, &Definition)> {
        self.find(name).ok_or_else(|| {
            let error = Error::request(format!("there is no set `@{name}`"));
            let known: Vec<&str> = self.names().collect();
            match nearest(name, known.iter().copied()) {
                Some(nearest) => error.help(format!("did you mean `@{nearest}`?")),
                None if known.is_empty() => error.help(
                    "no sets are defined; define some under [sets] in ipcond.toml, or write @file:PATH",
                ),
                None => error.help(format!("the sets are @{}", known.join(", @"))),
            }
        })
    }

    /// Whether the names in a definition are known, and none leads back to it.
    fn check<'a>(
        &'a self,
        (name, definition): (&'a str, &'a Definition),
        open: &mut Vec<(&'a str, *const Definition)>,
        done: &mut HashSet<*const Definition>,
    ) -> Result<()> {
        if !done.contains(&std::ptr::from_ref(definition)) {
            enter(name, definition, open)?;
            for (expression, span) in &definition.elements {
                if let Expression::Name(inner) = expression {
                    self.expect(inner)
                        .and_then(|(scope, inner_definition)| {
                            scope.check((inner, inner_definition), open, done)
                        })
                        .map_err(|error| definition.place(error, *span))?;
                }
            }
            open.pop();
            done.insert(std::ptr::from_ref(definition));
        }
        Ok(())
    }

    fn gather<'a>(
        &'a self,
        expression: &'a Expression,
        base: &Path,
        open: &mut Vec<(&'a str, *const Definition)>,
        gathered: &mut Gathered,
    ) -> Result<()> {
        match expression {
            Expression::Absent => gathered.add(&AddressSet::none(), &[]),
            Expression::Block(written, text) => {
                gathered
                    .ranges
                    .push((written.cidr.first(), written.cidr.last()));
                gathered.assumptions.extend(assumed(text, *written));
            }
            Expression::File { path, filters } => {
                let listing = self.listing(path, base)?;
                let (set, assumptions) = listing.select(filters)?;
                gathered.add(&set, assumptions);
            }
            Expression::Name(name) => {
                let (scope, definition) = self.expect(name)?;
                let found = scope.find_addresses(name, definition, open)?;
                gathered.add(&found.set, &found.assumptions);
            }
            Expression::Set(set) => gathered.add(set, &[]),
        }
        Ok(())
    }

    fn find_addresses<'a>(
        &'a self,
        name: &'a str,
        definition: &'a Definition,
        open: &mut Vec<(&'a str, *const Definition)>,
    ) -> Result<Arc<Found>> {
        if let Some(found) = definition.found.get() {
            return Ok(Arc::clone(found));
        }
        enter(name, definition, open)?;
        let mut gathered = Gathered::default();
        for (expression, span) in &definition.elements {
            self.gather(expression, &definition.base, open, &mut gathered)
                .map_err(|error| definition.place(error, *span))?;
        }
        open.pop();
        let found = Arc::new(gathered.found());
        Ok(Arc::clone(definition.found.get_or_init(|| found)))
    }

    fn listing(&self, path: &str, base: &Path) -> Result<Arc<Listing>> {
        let path = if path == "-" {
            PathBuf::from(path)
        } else {
            base.join(path)
        };
        // A thread that panicked while it held the lock has not left half a listing behind.
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listing) = listings.get(&path) {
            return Ok(Arc::clone(listing));
        }
        let listing = Arc::new(Listing::read(&path)?);
        listings.insert(path, Arc::clone(&listing));
        Ok(listing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sets: &mut Sets, text: &str) -> Result<()> {
        let source = Source::new("sets", text);
        sets.read(&source, &crate::json::parse(&source)?, Path::new(""))
    }

    fn blocks(sets: &Sets, text: &str) -> Vec<String> {
        let named = sets
            .resolve(text, Path::new(""))
            .expect("the text stands for addresses");
        let none = named.set.has_none().then(|| "none".to_owned());
        let blocks = named.set.blocks().map(|block| block.to_string());
        blocks.chain(none).collect()
    }

    #[test]
    fn sets_stand_in_sets() {
        let mut sets = Sets::default();
        let text = r#"{"all": ["@office", "@vpn", "none"], "office": "203.0.113.0/25", "vpn": ["203.0.113.128/25", "@office"]}"#;
        read(&mut sets, text).expect("the sets make sense");
        assert_eq!(blocks(&sets, "@all"), ["203.0.113.0/24", "none"]);
        assert_eq!(sets.names().collect::<Vec<_>>(), ["all", "office", "vpn"]);
    }

    #[test]
    fn a_set_that_is_replaced_is_replaced_in_all_that_hold_it() {
        let mut sets = Sets::default();
        read(&mut sets, r#"{"a": "::1", "b": "@a"}"#).expect("the sets make sense");
        assert_eq!(blocks(&sets, "@b"), ["::1/128"]);
        sets.insert("a", AddressSet::none())
            .expect("the name will do");
        assert_eq!(blocks(&sets, "@b"), ["none"]);
    }

    #[test]
    fn an_inner_scope_does_not_change_what_outer_names_mean() {
        let mut outer = Sets::default();
        read(&mut outer, r#"{"office": "192.0.2.1", "all": "@office"}"#)
            .expect("the sets make sense");
        let mut inner = outer.nested();
        read(
            &mut inner,
            r#"{"office": "192.0.2.9", "mine": ["@office", "@all"]}"#,
        )
        .expect("the sets make sense");
        assert_eq!(blocks(&inner, "@office"), ["192.0.2.9/32"]);
        assert_eq!(blocks(&inner, "@all"), ["192.0.2.1/32"]);
        assert_eq!(blocks(&inner, "@mine"), ["192.0.2.1/32", "192.0.2.9/32"]);
        assert_eq!(blocks(&outer, "@office"), ["192.0.2.1/32"]);
    }

    #[test]
    fn errors_name_the_place_and_a_way_out() {
        let told = |text: &str| {
            let error = read(&mut Sets::default(), text).expect_err("the sets make no sense");
            let help = error.help_text().unwrap_or_default().to_owned();
            (error.to_string(), help)
        };
        let (message, help) = told(r#"{"office": "::1", "all": ["@ofice"]}"#);
        assert_eq!(message, "sets:1:27: there is no set `@ofice`");
        assert_eq!(help, "did you mean `@office`?");
        assert_eq!(
            told(r#"{"a": ["@a"]}"#).0,
            "sets:1:8: the set `a` holds itself: @a, @a"
        );
        assert_eq!(
            told(r#"{"a": ["203.0.113.0/33"]}"#).0,
            "sets:1:8: `203.0.113.0/33`: the prefix length must be 0 to 32, or 0 to 128 for IPv6 (IP-5)"
        );
        assert_eq!(
            told(r#"{"a": {}}"#).0,
            "sets:1:7: `a` must be a string or a list of strings, found an object"
        );
        assert_eq!(
            told(r#"{"a b": "::1"}"#).0,
            "sets:1:2: `a b` is no name of a set"
        );
    }

    #[test]
    fn deep_nesting_and_doubling_end() {
        let chain = |length: usize, value: fn(usize) -> String| {
            let members: Vec<String> = (1..length)
                .map(|index| format!("\"s{index}\": {}", value(index - 1)))
                .collect();
            format!("{{\"s0\": \"::1\", {}}}", members.join(", "))
        };
        let doubled = |inner| format!("[\"@s{inner}\", \"@s{inner}\"]");
        let mut sets = Sets::default();
        read(&mut sets, &chain(60, doubled)).expect("sixty levels are read");
        assert_eq!(blocks(&sets, "@s59"), ["::1/128"]);
        // Backwards, so that the deepest name is the first to be looked at.
        let backwards = chain(5000, |inner| format!("\"@s{inner}\""))
            .replace("@s", "@z")
            .replace("\"s", "\"z");
        let text = format!("{}, \"a\": \"@z4999\"}}", backwards.trim_end_matches('}'));
        let error = read(&mut Sets::default(), &text).expect_err("the sets are too deep");
        assert!(error.message().contains("64 deep"), "{error}");
    }

    #[test]
    fn a_set_has_the_name_that_people_gave_it() {
        let mut sets = Sets::default();
        read(&mut sets, r#"{"b": ["203.0.113.0/25", "203.0.113.128/25"], "a": "203.0.113.0/24", "gone": "@file:no/such/file"}"#)
            .expect("files are read when they are needed");
        let block = sets
            .resolve("203.0.113.0/24", Path::new(""))
            .expect("the text is a block");
        assert_eq!(block.name, "203.0.113.0/24");
        assert_eq!(sets.describe(&block.set).as_deref(), Some("@a"));
        assert_eq!(sets.describe(&AddressSet::default()), None);
        assert_eq!(sets.describe(&AddressSet::all()), None);
        let error = sets.get("gone").expect_err("there is no such file");
        assert!(error.is_io() && error.place().is_some(), "{error}");
    }

    #[test]
    fn a_name_without_its_sign_is_recognized() {
        let mut sets = Sets::default();
        read(&mut sets, r#"{"office": "::1"}"#).expect("the sets make sense");
        let error = sets
            .resolve("office", Path::new(""))
            .expect_err("it is no address");
        assert_eq!(error.help_text(), Some("did you mean `@office`?"));
    }
}
