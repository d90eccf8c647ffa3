//! Texts as they were in a revision of a git repository.
//!
//! The `git` program is asked, so that every kind of repository and of revision works that works for the user.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::files;
use crate::error::{Error, Result};
use crate::source::Source;

/// A file as it was in a revision, named `REVISION:PATH`; `None` if there was none.
///
/// # Errors
/// If git does not answer, the revision is not known, or the file is not text.
pub fn show(revision: &str, path: &Path) -> Result<Option<Source>> {
    let (directory, name) = split(path);
    if list(revision, directory, name)?.is_empty() {
        return Ok(None);
    }
    let object = format!("{revision}:./{}", name.to_string_lossy());
    let mut child = git(directory)
        .args(["show", "--no-textconv", &object])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| no_git(&error))?;
    let shown = format!("{revision}:{}", files::display(path));
    let text = match child.stdout.take() {
        Some(out) => files::read_from(out, &shown),
        None => files::read_from(std::io::empty(), &shown),
    };
    // What was too long to be read keeps git from ending by itself.
    let _ = child.kill();
    let _ = child.wait();
    text.map(Some)
}

/// The files below a directory as they were in a revision, as paths like the directory's.
///
/// # Errors
/// If git does not answer, or the revision is not known.
pub fn walk(revision: &str, directory: &Path) -> Result<Vec<PathBuf>> {
    let names = list(revision, directory, OsStr::new("."))?;
    let here = directory == Path::new(".");
    let joined = |name: PathBuf| if here { name } else { directory.join(name) };
    Ok(names.into_iter().map(joined).collect())
}

/// The files in a revision below a directory that `git ls-tree` finds for a path in it.
fn list(revision: &str, directory: &Path, path: &OsStr) -> Result<Vec<PathBuf>> {
    if revision.is_empty() || revision.starts_with('-') || revision.contains(':') {
        return Err(unknown(revision));
    }
    let commit = format!("{revision}^{{commit}}");
    let known = git(directory)
        .args(["rev-parse", "--verify", "--quiet", &commit])
        .output()
        .map_err(|error| no_git(&error))?;
    if !known.status.success() {
        let inside = git(directory).args(["rev-parse", "--git-dir"]).output();
        return Err(match inside {
            Ok(inside) if inside.status.success() => unknown(revision),
            _ => {
                let text = format!("`{}` is in no git repository", files::display(directory));
                Error::io(text).help("run it inside the repository, or name the two files instead")
            }
        });
    }
    let mut child = git(directory)
        .args(["ls-tree", "-r", "-z", "--name-only", revision, "--"])
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| no_git(&error))?;
    let mut names = Vec::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_end(&mut names)
            .map_err(|error| Error::io(format!("cannot read what git says: {error}")))?;
    }
    let ended = child.wait();
    if !ended.is_ok_and(|status| status.success()) {
        return Err(Error::io(format!(
            "git cannot list the files of `{revision}`"
        )));
    }
    let names = names
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty());
    Ok(names
        .map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()))
        .collect())
}

/// A path by its directory, which must be there for git to work in, and the rest.
fn split(path: &Path) -> (&Path, &OsStr) {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent.is_dir() => (parent, name),
        _ => (Path::new("."), path.as_os_str()),
    }
}

fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(if directory == Path::new("") {
        Path::new(".")
    } else {
        directory
    });
    command.stdin(Stdio::null());
    command
}

fn no_git(error: &std::io::Error) -> Error {
    Error::io(format!("cannot run git: {error}")).help("install git, or name the two files instead")
}

fn unknown(revision: &str) -> Error {
    Error::request(format!("git knows no revision `{revision}`"))
        .help("name a branch, a tag or a commit, such as `main` or `HEAD~1`")
}
