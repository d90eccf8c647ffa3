//! The configuration file, `ipcond.toml`.

use std::path::Path;

use super::documents::check_fields;
use super::lint::Ignores;
use super::scenario::read_principal;
use super::sets::Sets;
use super::toml::toml;
use crate::error::{Error, Result};
use crate::eval::{Caller, Scenario};
use crate::json::{Member, Node};
use crate::policy::AccountId;
use crate::source::Source;

/// The name of the file that is read where no other is named.
pub const CONFIG_FILE: &str = "ipcond.toml";

/// What would make the same policy mean something else from one directory to the next.
const MEANING: [&str; 10] = [
    "absent", "at", "context", "defaults", "fas_ip", "ip", "lenient", "missing", "policies", "via",
];

/// What a configuration file says: named sets, who calls and whose the resource is where nothing else says so, and which
/// findings of `lint` do not count.
///
/// It cannot change what a policy means: the same command on the same policies decides alike wherever it runs, but for the
/// request that it asks about.
///
/// # Example
/// ```
/// use ipcond::{input::Config, source::Source};
/// let text = "[sets]\noffice = '203.0.113.0/24'\n[defaults]\naccount = '111122223333'\n";
/// let config = Config::read(&Source::new("ipcond.toml", text), "".as_ref())?;
/// assert!(config.sets.get("office")?.set.contains_block("203.0.113.9/32".parse().expect("a block")));
/// let error = Config::read(&Source::new("ipcond.toml", "missing = 'absent'"), "".as_ref()).unwrap_err();
/// assert_eq!(error.message(), "`missing` cannot be configured: it would change what a policy means");
/// # Ok::<(), ipcond::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// The text that was read; none if there is no configuration.
    pub source: Option<Source>,
    /// The named sets.
    pub sets: Sets,
    /// Who calls, where neither a flag nor the scenario says.
    pub principal: Option<Caller>,
    /// Whose the resource is, where neither a flag nor the scenario nor its ARN says.
    pub account: Option<AccountId>,
    /// Findings of `lint` that do not count.
    pub ignores: Ignores,
}

impl Config {
    /// Reads the text of a configuration file; paths in it are relative to `base`.
    ///
    /// # Errors
    /// If it is not TOML, or has a key that is not known or would change what a policy means.
    pub fn read(source: &Source, base: &Path) -> Result<Self> {
        let file = toml(source)?;
        let members = file.members().unwrap_or_default();
        check_keys(members, source, None)?;
        let mut config = Self {
            source: Some(source.clone()),
            ..Self::default()
        };
        if let Some(sets) = file.get("sets") {
            config.sets.read(source, sets, base)?;
        }
        if let Some(defaults) = file.get("defaults") {
            config.defaults(source, defaults)?;
        }
        if let Some(lint) = file.get("lint") {
            config.ignores = Ignores::read(source, lint, base)?;
        }
        Ok(config)
    }

    fn defaults(&mut self, source: &Source, node: &Node<'_>) -> Result<()> {
        let members = node.expect_object("defaults", source)?;
        check_keys(members, source, Some("defaults"))?;
        if let Some(principal) = node.get("principal") {
            self.principal = Some(read_principal(source, principal)?);
        }
        if let Some(account) = node.get("account") {
            // Without quotes it is a number, which says the same: TOML allows no leading zero that could be lost.
            let text = account.scalar().unwrap_or_default();
            let parsed = text.parse::<AccountId>();
            self.account = Some(parsed.map_err(|error| error.at(source, account.span))?);
        }
        Ok(())
    }

    /// Puts the defaults where a scenario says nothing.
    pub fn fill(&self, scenario: &mut Scenario) {
        if scenario.principal.is_none() {
            scenario.principal.clone_from(&self.principal);
        }
        scenario.default_account = scenario.default_account.or(self.account);
    }
}

/// Reports a key of the file, or of a table in it, that is not known.
fn check_keys(members: &[Member<'_>], source: &Source, table: Option<&str>) -> Result<()> {
    let known: &'static [&'static str] = match table {
        None => &["sets", "defaults", "lint"],
        Some(_) => &["principal", "account"],
    };
    for member in members
        .iter()
        .filter(|member| !known.contains(&member.key.as_ref()))
    {
        let key = member.key.as_ref();
        if MEANING.contains(&key) {
            let text = format!("`{key}` cannot be configured: it would change what a policy means");
            return Err(Error::request(text)
                .at(source, member.key_span)
                .help("say it by a flag, or in a scenario or test file"));
        }
        if table.is_none() && matches!(key, "principal" | "account") {
            return Err(Error::request(format!("`{key}` is no key of its own"))
                .at(source, member.key_span)
                .help("write it under [defaults]"));
        }
    }
    check_fields(members, known, source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config> {
        Config::read(&Source::new("ipcond.toml", text), Path::new(""))
    }

    #[track_caller]
    fn refuses(text: &str, message: &str, help: &str) {
        let error = read(text).expect_err("the file makes no sense");
        assert_eq!(error.to_string(), message);
        assert!(
            error.help_text().unwrap_or_default().contains(help),
            "{error:?}"
        );
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        let at = "ipcond.toml:1:1: ";
        refuses("[set]", "ipcond.toml:1:2: unknown field `set`", "`sets`");
        refuses(
            "x = 1",
            &format!("{at}unknown field `x`"),
            "sets, defaults, lint",
        );
        refuses(
            "[defaults]\nacount = '1'",
            "ipcond.toml:2:1: unknown field `acount`",
            "`account`",
        );
        refuses(
            "principal = 'x'",
            &format!("{at}`principal` is no key of its own"),
            "[defaults]",
        );
    }

    #[test]
    fn nothing_may_change_what_a_policy_means() {
        for (text, place) in [
            ("missing = 'absent'", "1:1"),
            ("lenient = true", "1:1"),
            ("[defaults]\nmissing = 'absent'", "2:1"),
            ("[defaults]\ndefaults = false", "2:1"),
            ("[defaults.context]\n'aws:SourceIp' = '::1'", "1:11"),
        ] {
            let error = read(text).expect_err("it is refused").to_string();
            assert!(
                error.starts_with(&format!("ipcond.toml:{place}: ")),
                "{error}"
            );
            assert!(error.contains("cannot be configured"), "{error}");
        }
    }

    #[test]
    fn values_are_checked_where_they_stand() {
        let place = |text: &str| {
            let error = read(text)
                .expect_err("the value makes no sense")
                .to_string();
            error.split(": ").next().unwrap_or_default().to_owned()
        };
        assert_eq!(place("[defaults]\naccount = 1111"), "ipcond.toml:2:11");
        assert_eq!(place("[defaults]\naccount = []"), "ipcond.toml:2:11");
        assert_eq!(place("[defaults]\nprincipal = 'bob'"), "ipcond.toml:2:13");
        assert_eq!(place("[sets]\na = ['::1', 'x']"), "ipcond.toml:2:13");
        assert_eq!(place("sets = 1"), "ipcond.toml:1:8");
        assert_eq!(place("lint = 1"), "ipcond.toml:1:8");
        assert_eq!(place("[lint]\nignor = {}"), "ipcond.toml:2:1");
        assert_eq!(place("[lint.ignore]\na = ['IP002']"), "ipcond.toml:2:5");
        let entry = |text: &str| place(&format!("[lint.ignore]\na = {text}"));
        assert_eq!(
            entry("{ codes = ['IP002'], reason = ' ' }"),
            "ipcond.toml:2:5"
        );
        assert_eq!(
            entry("{ codes = ['XY1'], reason = 'r' }"),
            "ipcond.toml:2:16"
        );
        assert_eq!(entry("{ codes = [], reason = 'r' }"), "ipcond.toml:2:15");
        assert_eq!(place("[sets]\na = "), "ipcond.toml:2:5");
    }

    #[test]
    fn what_a_scenario_says_counts_before_the_defaults() {
        let config = read("[defaults]\nprincipal = 'arn:aws:iam::111122223333:user/bob'\naccount = 444455556666\n[lint.ignore]\n'a.json' = { codes = ['IP002'], reason = 'why' }\n")
            .expect("the file makes sense");
        let mut scenario = Scenario::default();
        config.fill(&mut scenario);
        assert_eq!(scenario.principal, config.principal);
        let said = Caller::parse("arn:aws:iam::111122223333:user/eve").ok();
        let mut scenario = Scenario {
            principal: said.clone(),
            ..Scenario::default()
        };
        config.fill(&mut scenario);
        assert_eq!(scenario.principal, said);
    }
}
