//! Every published test vector in the folder named by `VIDIMUS_VECTORS`, through the functions
//! that `vidimus verify` and `vidimus check` call.
//!
//! The counts must be those in `docs/conformance.md`, row by row; a file of the folder that no
//! row covers fails as well. Without the folder only the rows of the document are compared.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and make their own files, and stop at the first surprise"
)]

mod bags;
#[path = "../common/mod.rs"]
mod common;
mod digests;
mod envelopes;
mod json;
mod keys;
mod later;
mod lists;
mod notes;
mod proofs;
mod signatures;
mod sigstore;
mod tokens;
mod verdict;
mod witness;

use common::say;
use std::path::{Path, PathBuf};

const DOC: &str = include_str!("../../docs/conformance.md");

/// Where the vectors lie, what is counted, and the function that counts: how many cases came out
/// as they must, of how many.
struct Row {
    set: &'static str,
    what: &'static str,
    count: fn(&Path) -> (usize, usize),
}

/// What every row of sets that are for later versions begins with; none of its cases is run.
const NOT_YET: &str = "not yet: ";

fn rows() -> Vec<Row> {
    [
        keys::ROWS,
        digests::ROWS,
        json::ROWS,
        signatures::ROWS,
        envelopes::ROWS,
        notes::ROWS,
        witness::ROWS,
        proofs::ROWS,
        sigstore::ROWS,
        tokens::ROWS,
        bags::ROWS,
        lists::ROWS,
        later::ROWS,
    ]
    .into_iter()
    .flatten()
    .map(|&(set, what, count)| Row { set, what, count })
    .collect()
}

/// The rows of the table in the document: set, what, count.
fn documented() -> Vec<[&'static str; 3]> {
    let (_, section) = DOC.split_once("\n## Vectors\n").expect("a section 'Vectors'");
    let section = section.split("\n## ").next().expect("a section");
    let cells = |line: &'static str| {
        let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(<[&str; 3]>::try_from(line.split(" | ").collect::<Vec<_>>()).expect("three cells"))
    };
    let table: Vec<_> = section.lines().filter_map(cells).collect();
    assert_eq!(table.first(), Some(&["set", "what", "count"]));
    table.into_iter().skip(1).collect()
}

/// Counts the cases that came out as they must, and names the others.
fn tally<I: Into<String>>(cases: impl IntoIterator<Item = (I, bool)>) -> (usize, usize) {
    let (mut passed, mut total) = (0, 0);
    for (id, right) in cases {
        total += 1;
        if right {
            passed += 1;
        } else {
            say(&format!("  not so: {}", id.into()));
        }
    }
    (passed, total)
}

/// Every file beneath a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The folders in a folder.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    all.sort();
    all
}

/// Origins and licences of the sets, beside the vectors.
fn is_legal(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name == "SOURCE.txt" || name.starts_with("LICENSE") || name == "LICENCE"
}

#[test]
fn the_document_has_every_row_and_no_other() {
    let rows = rows();
    let here: Vec<_> = rows.iter().map(|row| (format!("`{}`", row.set), row.what)).collect();
    let there: Vec<_> =
        documented().into_iter().map(|[set, what, _]| (set.to_owned(), what)).collect();
    assert_eq!(there, here);
}

#[test]
fn every_set_counts_as_documented() {
    let Some(vectors) = common::vectors() else { return };
    let mut counted = Vec::new();
    for Row { set, what, count } in rows() {
        let (passed, total) = count(&vectors.join(set));
        if passed < total && !what.starts_with(NOT_YET) {
            say(&format!("  in {set}: {what}"));
        }
        counted.push([format!("`{set}`"), what.to_owned(), format!("{passed} of {total}")]);
    }
    let lines: Vec<_> = counted.iter().map(|row| format!("| {} |", row.join(" | "))).collect();
    say(&format!("| set | what | count |\n|---|---|---|\n{}", lines.join("\n")));
    let wrong: Vec<_> =
        documented().into_iter().zip(&counted).filter(|(doc, found)| doc != *found).collect();
    assert!(wrong.is_empty(), "documented and found: {wrong:#?}");
    assert_eq!(documented().len(), counted.len());
    for [set, what, count] in counted {
        assert_ne!(count, "0 of 0", "{set}: {what}");
        assert_eq!(count.starts_with("0 of"), what.starts_with(NOT_YET), "{set}: {what}");
    }
}

#[test]
fn every_file_belongs_to_a_set() {
    let Some(vectors) = common::vectors() else { return };
    let sets: Vec<_> = rows().iter().map(|row| vectors.join(row.set)).collect();
    let stray: Vec<_> = files(&vectors)
        .into_iter()
        .filter(|path| !is_legal(path) && !sets.iter().any(|set| path.starts_with(set)))
        .collect();
    assert!(stray.is_empty(), "covered by no row of docs/conformance.md: {stray:#?}");
}
