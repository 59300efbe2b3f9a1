//! Bags of the Library of Congress conformance suite, checked as `vidimus check BAG` does.

use crate::verdict::{Row, codes, refusal};
use crate::{folders, tally};
use std::path::{Path, PathBuf};
use vidimus::finding::{Outcome, Severity};
use vidimus::fs::Root;
use vidimus::tree::NoProgress;
use vidimus::verify::check_bag;

const SET: &str = "bagit-conformance-suite";

pub(crate) const ROWS: &[Row] = &[
    (SET, "valid bags: accepted", |suite| tally(bags(suite, "valid").map(accepted))),
    (SET, "invalid bags: refused with the right code", |suite| {
        tally(bags(suite, "invalid").map(|bag| refused(bag, &INVALID)))
    }),
    (SET, "bags with names that lead out on Linux: refused", |suite| {
        tally(bags(suite, "linux-only").map(unsafe_path))
    }),
    (SET, "bags with names that lead out on Windows: refused on every system", |suite| {
        tally(bags(suite, "windows-only").map(unsafe_path))
    }),
    (SET, "bags to be warned of: as pinned in the test", |suite| {
        tally(bags(suite, "warning").map(warned))
    }),
];

/// Every invalid bag and the codes of the errors; in two of them bagit.txt differs as well.
const INVALID: [(&str, &str); 15] = [
    ("v0.97/invalid/baginfo-missing-encoding", "malformed"),
    ("v0.97/invalid/bom-in-bagit.txt", "malformed"),
    ("v0.97/invalid/corrupt-data-file", "digest-mismatch"),
    ("v0.97/invalid/corrupt-tag-file", "digest-mismatch digest-mismatch digest-mismatch"),
    ("v0.97/invalid/extra-file-in-bag", "unexpected"),
    ("v0.97/invalid/invalid-version-number", "malformed"),
    ("v0.97/invalid/missing-baginfo", "missing"),
    ("v0.97/invalid/missing-bagit.txt", "malformed"),
    ("v0.97/invalid/out-of-scope-file-paths-using-dot-notation", "unsafe-path"),
    ("v0.97/invalid/out-of-scope-file-paths-using-dot-notation-for-fetch", "unsafe-path"),
    ("v0.97/invalid/same-filename-listed-twice-with-different-hashes", "malformed"),
    ("v1.0/invalid/bagit-with-invalid-whitespace", "malformed"),
    ("v1.0/invalid/notAllManifestsListAllFiles", "unexpected"),
    ("v1.0/invalid/same-filename-listed-twice-with-different-hashes", "malformed digest-mismatch"),
    ("v1.0/invalid/same-filename-listed-twice-with-the-same-hash", "malformed digest-mismatch"),
];

/// Errors and warnings. Three bags fail, and rightly: two list a second name for a file that only
/// a system which folds case or normalises would find, one a `.DS_Store` that is not there.
const WARNING: [(&str, &str, &str); 6] = [
    ("v0.97/warning/duplicate-file-with-different-case", "missing", "unsafe-path"),
    ("v0.97/warning/made-with-md5sum-tools", "", "malformed weak-hash malformed weak-hash"),
    ("v0.97/warning/relative-path", "", "malformed"),
    (
        "v0.97/warning/same-filename-listed-twice-with-different-normalization",
        "missing",
        "unsafe-path",
    ),
    ("v0.97/warning/same-filename-listed-twice-with-the-same-hash", "", "malformed"),
    ("v0.97/warning/special-system-files", "missing", ""),
];

/// Bags of one sort in every version, and what checking them finds.
fn bags(suite: &Path, sort: &'static str) -> impl Iterator<Item = (String, Outcome)> {
    let of_sort = folders(suite).into_iter().map(move |version| version.join(sort));
    let all: Vec<PathBuf> =
        of_sort.filter(|path| path.exists()).flat_map(|p| folders(&p)).collect();
    all.into_iter().map({
        let suite = suite.to_owned();
        move |bag| {
            let name = bag.strip_prefix(&suite).unwrap().to_str().unwrap().to_owned();
            (name, check_bag(&Root::open(&bag).unwrap(), &NoProgress, false))
        }
    })
}

fn accepted((name, outcome): (String, Outcome)) -> (String, bool) {
    let found = refusal(&outcome);
    (format!("{name}: {found:?}"), found.is_none())
}

fn refused((name, outcome): (String, Outcome), table: &[(&str, &str)]) -> (String, bool) {
    let found = refusal(&outcome).unwrap_or_default();
    (format!("{name}: {found}"), table.contains(&(&name, &found)))
}

fn unsafe_path((name, outcome): (String, Outcome)) -> (String, bool) {
    let found = refusal(&outcome);
    (format!("{name}: {found:?}"), found.as_deref() == Some("unsafe-path"))
}

fn warned((name, outcome): (String, Outcome)) -> (String, bool) {
    let (errors, warnings) = (codes(&outcome, Severity::Error), codes(&outcome, Severity::Warning));
    (format!("{name}: {errors:?} {warnings:?}"), WARNING.contains(&(&name, &errors, &warnings)))
}
