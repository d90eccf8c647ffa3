//! Manual pages, as those who make packages get them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::*;

const COMMANDS: [&str; 14] = [
    "assume",
    "batch",
    "completions",
    "diff",
    "eval",
    "explain",
    "find",
    "guard",
    "ips",
    "lint",
    "replay",
    "rule",
    "schema",
    "test",
];

/// The pages by name.
fn pages(name: &str) -> BTreeMap<String, String> {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pages-{name}"));
    let _ = fs::remove_dir_all(&directory);
    expect_code(&run(&["man", &directory.to_string_lossy()]), 0);
    let entries = fs::read_dir(&directory).expect("it was made");
    let page = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("it can be read");
        let name = path.file_name().expect("it has a name");
        (name.to_string_lossy().into_owned(), text)
    };
    entries
        .map(|entry| page(entry.expect("an entry").path()))
        .collect()
}

#[test]
fn every_command_has_a_page_with_its_flags() {
    let pages = pages("all");
    let names = COMMANDS.map(|command| format!("ipcond-{command}.1"));
    let expected: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .chain(["ipcond.1"])
        .collect();
    assert_eq!(
        pages.keys().map(String::as_str).collect::<Vec<_>>(),
        expected
    );
    for command in COMMANDS {
        let page = &pages[&format!("ipcond-{command}.1")];
        assert!(page.contains(&format!(".TH ipcond-{command} 1")), "{page}");
        for part in [".SH NAME", ".SH SYNOPSIS", ".SH \"OF EVERY COMMAND\""] {
            assert!(page.contains(part), "{command} has no {part}");
        }
        let help = out(&run(&[command, "--help"]));
        let lines = help
            .lines()
            .map(str::trim_start)
            .filter(|line| line.starts_with('-'));
        let words = lines.flat_map(|line| line.split([' ', ',', '[', '.']));
        for flag in words.filter(|word| word.starts_with("--") && word.len() > 2) {
            let flag = flag.replace('-', "\\-");
            assert!(page.contains(&flag), "{command} {flag}");
        }
    }
    assert!(pages["ipcond.1"].contains("ipcond\\-eval(1)"));
}

/// The same program writes the same bytes, which is what reproducible packages rest on.
#[test]
fn pages_are_the_same_each_time() {
    assert!(pages("one") == pages("two"));
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let output = run(&["man", "Cargo.toml/pages"]);
    expect_code(&output, 2);
    assert!(err(&output).starts_with("error: cannot write manual pages to `Cargo.toml/pages`"));
}
