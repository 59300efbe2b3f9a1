//! Small pairs of texts in `tests/pairs/<slug>/`: what `vidimus diff old.txt new.txt` prints in
//! that folder is `expected.txt`, byte for byte. The expectations are written by hand, from what a
//! careful editor would say; they are never taken from a run. How other formats look is not
//! tested here.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read their own files"
)]

mod common;

use common::{Ran, finish};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What each folder holds, and nothing else.
const FILES: [&str; 3] = ["expected.txt", "new.txt", "old.txt"];

/// Fewer folders than this, and some were lost on the way.
const FEWEST: usize = 20;

/// The folders of the pairs, by name.
fn folders() -> Vec<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let mut found: Vec<PathBuf> = std::fs::read_dir(&home)
        .unwrap_or_else(|error| panic!("{}: {error}", home.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// The names in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect()
}

/// Checks that a folder holds its three files and no other.
fn complete(folder: &Path) -> Result<(), String> {
    let (found, wanted) = (names(folder), BTreeSet::from(FILES.map(str::to_owned)));
    if found == wanted {
        return Ok(());
    }
    let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
    Err(format!("expected the files {}\nfound the files {}", list(wanted), list(found)))
}

/// Runs the program on the pair, in its folder, and compares.
fn compared(folder: &Path) -> Result<(), String> {
    let expected = std::fs::read_to_string(folder.join("expected.txt"))
        .map_err(|error| format!("expected.txt: {error}"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_vidimus"));
    command.args(["diff", "old.txt", "new.txt"]).current_dir(folder).env_clear();
    let ran = Ran::of(&finish(command.stdin(Stdio::null())));
    if ran.stdout == expected {
        return Ok(());
    }
    Err(format!(
        "--- expected\n{expected}--- found (exit {})\n{}--- stderr\n{}",
        ran.exit, ran.stdout, ran.stderr
    ))
}

#[test]
fn every_pair_reads_as_an_editor_would_put_it() {
    let folders = folders();
    assert!(folders.len() >= FEWEST, "only {} folders in tests/pairs", folders.len());
    let failures: Vec<String> = folders
        .iter()
        .filter_map(|folder| {
            let failure = complete(folder).and_then(|()| compared(folder)).err()?;
            let slug = folder.file_name().expect("a name").to_string_lossy();
            Some(format!("==== {slug}\n{failure}"))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} pairs differ\n{}",
        failures.len(),
        folders.len(),
        failures.join("\n")
    );
}
