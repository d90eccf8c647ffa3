//! JSON Schemas of what is written and read.
//!
//! They are written by hand, so that they say what is promised and not what happens to be written; each stands by itself.

use crate::error::{Error, Result};
use crate::policy::nearest;

/// The schema of a format.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// What the format is called: `eval/1` for an output, which begins with that name, `scenario` for an input.
    pub name: &'static str,
    /// What is in that format.
    pub about: &'static str,
    /// The schema, by the draft 2020-12 of JSON Schema.
    pub text: &'static str,
}

/// All schemas, outputs first.
pub const SCHEMAS: [Schema; 12] = [
    Schema {
        name: "eval/1",
        about: "what eval prints: an answer, a list of them, or one a line",
        text: include_str!("eval.json"),
    },
    Schema {
        name: "ways/1",
        about: "what eval --every-way prints",
        text: include_str!("ways.json"),
    },
    Schema {
        name: "assume/1",
        about: "what assume prints: the steps of a journey",
        text: include_str!("assume.json"),
    },
    Schema {
        name: "ips/1",
        about: "what ips prints: sets of addresses, and what decides",
        text: include_str!("ips.json"),
    },
    Schema {
        name: "diff/1",
        about: "what diff prints: who gains and loses access",
        text: include_str!("diff.json"),
    },
    Schema {
        name: "find/1",
        about: "what find prints: blocks and their places",
        text: include_str!("find.json"),
    },
    Schema {
        name: "lint/1",
        about: "what lint prints: findings",
        text: include_str!("lint.json"),
    },
    Schema {
        name: "test/1",
        about: "what test prints: outcomes, and coverage",
        text: include_str!("test-output.json"),
    },
    Schema {
        name: "replay/1",
        about: "what replay prints: counts, or an event a line",
        text: include_str!("replay.json"),
    },
    Schema {
        name: "guard/1",
        about: "what guard prints for a role: both its policies",
        text: include_str!("guard.json"),
    },
    Schema {
        name: "scenario",
        about: "what --scenario takes: a request or a journey with its policies",
        text: include_str!("scenario.json"),
    },
    Schema {
        name: "test",
        about: "a test file",
        text: include_str!("test.json"),
    },
];

/// The schema of a name; of an output, the version may be left out where no input has the name.
///
/// # Errors
/// If there is none: the error names the nearest.
///
/// # Example
/// ```
/// use ipcond::report::schema::schema;
/// assert_eq!(schema("eval")?.name, "eval/1");
/// assert_eq!(schema("test")?.about, "a test file"); // and not `test/1`, what the tests came to
/// # Ok::<(), ipcond::Error>(())
/// ```
pub fn schema(name: &str) -> Result<&'static Schema> {
    let versioned = format!("{name}/1");
    let called = |name: &str| SCHEMAS.iter().find(|schema| schema.name == name);
    called(name).or_else(|| called(&versioned)).ok_or_else(|| {
        let error = Error::request(format!("there is no schema `{name}`"));
        match nearest(name, SCHEMAS.iter().map(|schema| schema.name)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`ipcond schema` lists all"),
        }
    })
}

/// A line for each schema.
pub fn list() -> String {
    let line = |schema: &Schema| format!("{:<10}{}\n", schema.name, schema.about);
    SCHEMAS.iter().map(line).collect()
}
